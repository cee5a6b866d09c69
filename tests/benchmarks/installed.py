"""How much room the app's packages take on a disk."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

MB = 1e6


def installed() -> tuple[float, float]:
    """Megabytes of what the app needs in this environment, and of them torch's with what its build brings."""
    total, torch = 0.0, 0.0
    for name in needed():
        try:
            files = importlib.metadata.files(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        size = sum(f.size or 0 for f in files) / MB
        total += size
        torch += size if name.startswith(("torch", "nvidia", "triton", "cuda")) else 0
    return total, torch


def needed() -> set[str]:
    """The packages of requirements.txt, and all below them."""
    root = Path(__file__).parents[2] / "requirements.txt"
    open_ = [line.split("#")[0] for line in root.read_text().splitlines()]
    found: set[str] = set()
    while open_:
        name = base(open_.pop())
        if not name or name in found:
            continue
        found.add(name)
        try:
            open_ += [r for r in importlib.metadata.requires(name) or [] if "extra ==" not in r]
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def base(requirement: str) -> str:
    """The bare name of a requirement, as packages are named.

    >>> base("Pillow>=10 ; python_version > '3'"), base("nvidia_cublas[x]")
    ('pillow', 'nvidia-cublas')
    """
    name = requirement.strip()
    for end in "<>=!~;[( ":
        name = name.split(end)[0]
    return name.lower().replace("_", "-")
