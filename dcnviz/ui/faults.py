"""What may be missing on the server's disk, by a code for which the pages have a sentence in the person's language."""

from __future__ import annotations

from typing import Literal

Code = Literal["checkpoint", "picture", "figures"]


class MissingError(ValueError):
    """A file that comes with dcnviz is not there, or is damaged; what does not need it works on.

    Attributes:
        code: what it is: a network's "checkpoint", a "picture" of the gallery, the measured "figures" of a network.
        name: of which: a version, or the picture's id.
    """

    def __init__(self, code: Code, name: str) -> None:
        super().__init__(f"the {code} of {name} is missing from the assets, or damaged.")
        self.code: Code = code
        self.name = name
