"""What a browser knows without being told: an element's kind and first value, the form of an upload, its cookie."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from streamlit.proto.WidgetStates_pb2 import WidgetState

PATIENCE = 60.0  # seconds, after which a session counts as lost
BOUNDARY = "----dcnviz-load"


@dataclass
class Drawn:
    """An element as the page has it, the run and fragment that drew it, and the address of the page meanwhile."""

    element: Any
    fragment: str
    run: str
    address: str = ""

    @property
    def kind(self) -> str:
        """Of the element: "markdown", "button" ..."""
        return str(self.element.WhichOneof("type"))

    @property
    def body(self) -> Any:
        """What it holds."""
        return getattr(self.element, self.kind)


def value_of(drawn: Drawn, known: bool) -> WidgetState | None:
    """The value that a widget arrives with: its default at first, and what the server sets."""
    body, state = drawn.body, WidgetState(id=drawn.body.id)
    given = getattr(body, "set_value", False)
    if known and not given:
        return None
    if drawn.kind == "button_group":
        chosen = body.raw_values if given else [body.options[n].content for n in body.default]
        state.string_array_value.data.extend(chosen)
    elif drawn.kind in ("selectbox", "radio"):
        default = body.options[body.default] if body.HasField("default") and body.options else ""
        if value := body.raw_value if given else default:
            state.string_value = value
    elif drawn.kind == "slider" and body.options:  # of words
        state.string_array_value.data.extend(
            body.raw_value if given else [body.options[int(n)] for n in body.default]
        )
    elif drawn.kind == "slider":
        state.double_array_value.data.extend(body.value if given else body.default)
    else:
        return None
    return state


def said_by(drawn: Drawn) -> dict[str, Any] | None:
    """What Python says to a panel; None of any other component."""
    body = drawn.body
    if not body.component_name.endswith("dcnviz_panel"):
        return None
    said: dict[str, Any] = json.loads(body.json or body.mixed.json)
    return said


def read(url: str, cookie: str) -> str | None:
    """What an address of the app says; None if it refuses."""
    try:
        with urlopen(Request(url, headers={"Cookie": cookie}), timeout=PATIENCE) as answer:
            text: str = answer.read().decode()
            return text
    except HTTPError:
        return None


def form(name: str, data: bytes, mime: str) -> bytes:
    """The body of a request that brings a file."""
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {mime}\r\n\r\n'
    return f"--{BOUNDARY}\r\n{head}".encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()


def cookie_of(url: str) -> str:
    """The cross-site token, as ``name=value``."""
    with urlopen(url + "/_stcore/health", timeout=PATIENCE) as answer:
        cookies = answer.headers.get_all("Set-Cookie") or []
    return next((c.split(";")[0] for c in cookies if "xsrf" in c), "_streamlit_xsrf=")
