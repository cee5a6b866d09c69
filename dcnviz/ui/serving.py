"""The server round the pages: how it is started, what it says in the headers of every answer, the first window.

Streamlit sends no security headers. Its own `st.App` admits a middleware, so one is here: a policy of contents that
lets the page talk to its own server only, no guessing of types, no frame of somebody else's round the page.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import re
import socket
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FRAMES = "DCNVIZ_FRAME_ANCESTORS"
"""Environment variable: the sites that may show the page in a frame, as ``https://a.example https://b.example``."""

OPEN_FILES = Path("/dev/fd")

_SITE = re.compile(r"'self'|https?://(\*\.)?[A-Za-z0-9.-]+(:[0-9]+)?")


def headers(frames: str = "") -> dict[str, str]:
    """The headers that every answer of the server carries.

    Args:
        frames: sites that may frame the page, with a space between; empty for none. Hosts that show apps inside
            their own pages need it.

    Raises:
        ValueError: if ``frames`` holds anything but sites.

    Example:
        >>> headers()["X-Content-Type-Options"], headers()["X-Frame-Options"]
        ('nosniff', 'DENY')
        >>> "frame-ancestors https://example.org" in headers("https://example.org")["Content-Security-Policy"]
        True
    """
    sites = frames.split()
    for site in sites:
        if not _SITE.fullmatch(site):
            raise ValueError(
                f"{FRAMES} must be sites with a space between, as https://a.example; got {site!r}."
            )
    policy = {
        "default-src": "'self'",
        # blob: the explorer's module, which Streamlit hands to the browser so.
        "script-src": " ".join(["'self'", "blob:", *_inline_scripts()]),
        "worker-src": "'self' blob:",
        "style-src": "'self' 'unsafe-inline'",  # Streamlit makes its styles while it runs
        "img-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self' data: blob:",  # a photograph just taken is fetched from a data: address
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": " ".join(sites) or "'none'",
    }
    found = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    }
    return found if sites else {**found, "X-Frame-Options": "DENY"}


def _inline_scripts() -> list[str]:
    """Hashes of the scripts inside Streamlit's own page, so that no other inline script runs."""
    import streamlit

    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_bytes()
    scripts = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" for script in scripts]


class Headers:
    """ASGI middleware: puts `headers` on every answer, and leaves body and websocket alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        found = headers(os.environ.get(FRAMES, ""))
        self._headers = [(name.lower().encode(), value.encode()) for name, value in found.items()]
        self._names = {name for name, _ in self._headers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in self._names]
                message = {**message, "headers": kept + self._headers}
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


class OwnSite:
    """ASGI middleware: refuses a websocket that a page of another site opens.

    Streamlit refuses it too, but first asks a server outside what the address of this machine is. Nothing here may
    ask anybody.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "websocket" and self._foreign(dict(scope["headers"])):
            await receive()
            await send(
                {"type": "websocket.close", "code": 1008}
            )  # before it is accepted: the browser gets a 403
            return
        await self._app(scope, receive, send)

    @staticmethod
    def _foreign(found: dict[bytes, bytes]) -> bool:
        from streamlit import config

        origin = found.get(b"origin")
        if origin is None or not config.get_option("server.enableCORS"):
            return False
        try:
            site = urlsplit(origin.decode("latin-1"))
            name = site.hostname
        except ValueError:  # not an address at all
            return True
        named = [config.get_option("browser.serverAddress"), *config.get_option("server.corsAllowedOrigins")]
        known = {
            "localhost",
            "127.0.0.1",
            *(urlsplit(each if "//" in each else f"//{each}").hostname for each in named),
        }
        return site.netloc.encode("latin-1") != found.get(b"host") and name not in known


def send_at_once() -> int:
    """Lets this process's listening sockets send small pieces as they come; says how many sockets these are.

    By default a system holds a small piece back until the other side has acknowledged the one before (Nagle's
    algorithm), and the other side waits up to 40 ms before it does: that long for every file, every click. Python's
    loop switches this off, but not for a socket made beforehand as Streamlit's is, whose protocol number is 0.
    Connections inherit the setting. Where a system does not list a process's open files, nothing changes.
    """
    found = 0
    for path in list(OPEN_FILES.iterdir()) if OPEN_FILES.is_dir() else ():
        if not path.is_socket():
            continue
        each = socket.socket(fileno=int(path.name))
        if each.family in (socket.AF_INET, socket.AF_INET6) and _listens(each):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            found += 1
        each.detach()  # it is somebody else's, and stays open
    return found


def _listens(each: socket.socket) -> bool:
    try:
        return bool(each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:  # a system that does not tell
        return False


LEFT = "The fragment with id %s does not exist anymore"
"""How Streamlit begins to say that a browser asked for a part of a page that is no longer there."""


def worth_saying(record: logging.LogRecord) -> bool:
    """Keeps from the log what looks like a fault and is none, at every quick click.

    Who has turned to another page and clicks once more before it comes, clicks on the page that is being left; and a
    page may look at its work again just when that is over. Streamlit drops both, as it should: what was asked for
    has no place any more, and nothing of what is shown is lost.
    """
    return not str(record.msg).startswith(LEFT)


@asynccontextmanager
async def at_start(_: Any) -> AsyncIterator[None]:
    """Opens the page in the person's browser, which Streamlit itself does only without `st.App`, and gets it ready."""
    from streamlit import config

    from dcnviz.ui import warming

    send_at_once()
    logging.getLogger("streamlit.runtime.app_session").addFilter(worth_saying)
    warming.begin()
    if not config.get_option("server.headless"):
        host, port = (config.get_option(name) for name in ("browser.serverAddress", "server.port"))
        # The socket already listens. Some browsers keep their caller waiting: the server must not.
        threading.Thread(target=webbrowser.open, args=(f"http://{host}:{port}",), daemon=True).start()
    yield


def serve(script: Path, options: dict[str, str]) -> int:
    """Runs the app's server in this process until it is stopped (Ctrl+C), as `streamlit run` would.

    Args:
        script: the app's entry.
        options: Streamlit's settings that differ from the file beside the script, as ``{"server.port": "0"}``.

    Returns:
        The exit code.

    Raises:
        ValueError: if Streamlit refuses a setting, also one of the environment (``STREAMLIT_SERVER_PORT``).
    """
    import click
    from streamlit.web.cli import main

    flags = [f"--{name}={value}" for name, value in options.items()]
    try:
        main(["run", str(script), *flags], prog_name="streamlit", standalone_mode=False)
    except click.Abort:  # Ctrl+C
        return 0
    except click.ClickException as error:
        raise ValueError(error.format_message()) from error
    return 0
