"""The headers of every answer, and the window that opens at the start."""

from __future__ import annotations

import asyncio
import inspect
import logging
import socket
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import streamlit
from streamlit import config
from streamlit.runtime import app_session

from dcnviz.ui import serving, warming
from dcnviz.ui.serving import FRAMES, LEFT, Headers, OwnSite, at_start, headers, send_at_once, worth_saying


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """To its end, on a thread of its own: on this one Playwright's loop runs, once a browser test has been."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()


def answer(start: dict[str, Any], scope: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """What reaches the browser when the app behind the middleware begins its answer so."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start)
        await send({"type": "http.response.body", "body": b"x"})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    run(Headers(app)(scope or {"type": "http"}, receive, send))
    return sent


def test_every_answer_carries_each_header_once_and_keeps_its_own() -> None:
    own = [(b"ETag", b"1"), (b"X-Frame-Options", b"ALLOWALL")]
    start, body = answer({"type": "http.response.start", "status": 404, "headers": own})
    found = [(name.lower(), value) for name, value in start["headers"]]
    assert start["status"] == 404 and body["body"] == b"x"
    assert (b"etag", b"1") in found and (b"x-frame-options", b"DENY") in found
    assert len({name for name, _ in found}) == len(found) == 1 + len(headers())


def test_a_websocket_passes_untouched() -> None:
    start = {"type": "websocket.accept", "headers": []}
    assert answer(start, {"type": "websocket"})[0] is start


def test_the_policy_admits_one_inline_script_and_no_other_host() -> None:
    policy = dict(part.split(" ", 1) for part in headers()["Content-Security-Policy"].split("; "))
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    assert policy["script-src"].count("'sha256-") == page.count("<script>") > 0
    assert "unsafe" not in policy["script-src"] and policy["connect-src"] == "'self' data: blob:"
    assert policy["frame-ancestors"] == "'none'"
    assert not any("http" in value or "*" in value for value in policy.values())


def test_sites_that_may_frame_the_page_come_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FRAMES, "https://a.example  https://*.b.example:8443 'self'")
    start, _ = answer({"type": "http.response.start", "status": 200})
    found = dict(start["headers"])
    policy = found[b"content-security-policy"]
    assert policy.endswith(b"frame-ancestors https://a.example https://*.b.example:8443 'self'")
    assert b"x-frame-options" not in found


@pytest.mark.parametrize(
    "frames", ["*", "a.example", "https://a;script-src", "https://a,b", "https://a\r\nX:1"]
)
def test_what_is_no_site_is_refused(frames: str) -> None:
    with pytest.raises(ValueError, match="must be sites with a space between"):
        headers(frames)


@pytest.mark.parametrize("headless", [True, False])
def test_at_the_start_the_first_page_is_made_ready_and_the_window_opens_unless_nobody_looks(
    headless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, done, warmed = [], threading.Event(), []
    monkeypatch.setattr(warming, "begin", lambda: warmed.append(1))
    monkeypatch.setattr(serving.webbrowser, "open", lambda url: (opened.append(url), done.set()))
    options = {"server.headless": headless, "browser.serverAddress": "localhost", "server.port": 8612}
    monkeypatch.setattr(config, "get_option", options.__getitem__)

    async def start() -> None:
        async with at_start(None):
            pass

    run(start())
    assert warmed == [1]
    if headless:
        assert not opened
    else:
        assert done.wait(5) and opened == ["http://localhost:8612"]


def test_a_part_of_a_page_that_was_left_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    assert LEFT in inspect.getsource(app_session), "Streamlit says it in other words now"
    log = logging.getLogger("test.serving")
    log.addFilter(worth_saying)
    with caplog.at_level(logging.INFO):
        log.info(LEFT + " - it might have been removed", "abc")
        log.info("The session with id %s was lost", "abc")
    assert caplog.messages == ["The session with id abc was lost"]


def test_small_pieces_are_sent_at_once_on_every_connection_of_a_socket_that_listens() -> None:
    """Made as Streamlit makes it, without a protocol's number, by which Python's own loop knows TCP."""
    with socket.socket() as listening, socket.socket() as client, socket.socket() as other:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        assert listening.proto == 0
        assert send_at_once() >= 1
        client.connect(listening.getsockname())
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert not other.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)  # it does not listen


@pytest.mark.parametrize(
    ("origin", "passes"),
    [
        (None, True),
        (b"https://viz.example", True),
        (b"http://localhost:9000", True),
        (b"http://b.example:1", True),
        (b"https://c.example", True),
        (b"https://evil.example", False),
        (b"https://viz.example.evil.example", False),
        (b"http://[", False),
        (b"null", False),
    ],
)
def test_a_page_of_another_site_is_refused_before_anything_is_looked_up(
    origin: bytes | None, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {
        "server.enableCORS": True,
        "browser.serverAddress": "b.example",
        "server.corsAllowedOrigins": ["https://c.example"],
    }
    monkeypatch.setattr(config, "get_option", options.__getitem__)
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    sent_headers = [(b"host", b"viz.example")] + ([(b"origin", origin)] if origin else [])
    run(OwnSite(app)({"type": "websocket", "headers": sent_headers}, receive, send))
    assert sent == ["websocket.accept" if passes else "websocket.close"]
