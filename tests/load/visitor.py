"""One session of the app without a browser: speaks Streamlit's messages over its websocket, and keeps what it is shown.

It answers for what a browser does by itself: keeps the widgets' values and sends all of them with every change, takes
cached messages by their hash, drops what a finished run did not draw again, fetches what a panel says of a cell.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.request import Request, urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.load.browser import BOUNDARY, PATIENCE, Drawn, cookie_of, form, read, said_by, value_of

KEPT = 6  # cached messages
MOST = 64 << 20  # bytes of a message


class Lost(Exception):
    """The session did not get what it asked for: an error, a silence, an end of the connection."""


class Visitor:
    """A session. Use it as an asynchronous context manager.

    Attributes:
        page: what is drawn, by its path.
        pages: hashes of the app's pages, by their place in the address.
        query: the address.
        received: bytes.
        running: whether a script runs.
    """

    def __init__(self, url: str, query: str = "", lang: str = "en-US") -> None:
        self.url, self.query, self._lang = url, query, lang
        self.page: dict[tuple[int, ...], Drawn] = {}
        self.pages: dict[str, str] = {}
        self.received, self.running = 0, False
        self._values: dict[str, WidgetState] = {}
        self._cached: dict[str, ForwardMsg] = {}
        self._promised = set[str]()  # hashes of those that the run asked for last may refer to
        self._here, self._run, self._run_fragments = "", "", set[str]()
        self._more_follows = False
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._problem: str | None = None
        self._uploads: dict[str, Any] = {}
        self._panels: dict[str, str] = {}  # HTML by id, as it came last
        self._socket: ClientConnection
        self._listener: asyncio.Task[None]

    async def __aenter__(self) -> Visitor:
        """Connects and asks for the first page."""
        cookie = await asyncio.to_thread(cookie_of, self.url)
        self._cookie, token = cookie, cookie.partition("=")[2]
        self._token = token
        self._socket = await connect(
            self.url.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=["streamlit", token],  # type: ignore[list-item]  # plain words
            origin=self.url,  # type: ignore[arg-type]  # likewise
            additional_headers={"Cookie": cookie},
            max_size=MOST,
            open_timeout=PATIENCE,
        )
        self._listener = asyncio.create_task(self._listen())
        await self.ask()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leaves, as a closed tab does."""
        for timer in self._timers.values():
            timer.cancel()
        self._listener.cancel()
        await self._socket.close()

    # What a person does

    async def set(self, drawn: Drawn, **value: Any) -> None:
        """Sets a widget (`WidgetState`'s field and its value) and asks for the run that follows."""
        state = WidgetState(id=drawn.body.id)
        ((field, content),) = value.items()
        if field == "string_array_value":
            state.string_array_value.data.extend(content)
        elif field == "double_array_value":
            state.double_array_value.data.extend(content)
        else:
            setattr(state, field, content)
        self._values[state.id] = state
        await self.ask(drawn.fragment)
        if field == "trigger_value":
            del self._values[state.id]

    async def pin(self, cell: tuple[int, int], explorer: str = "explorer") -> None:
        """Clicks a cell of an explorer: its panels fetch what they say of that, then the first tells Python.

        Where there is no panel, the explorer tells.
        """
        selected: dict[str, object] = {"i": cell[0], "j": cell[1]}
        teller = next(d for d in self.all("bidi_component") if d.body.id.endswith(f"-{explorer}"))
        for drawn in list(self.all("bidi_component")):
            said = said_by(drawn)
            if said is None or said["channel"] != explorer:
                continue
            html = await asyncio.to_thread(
                read, f"{self.url}/{said['address']}/{cell[0]}/{cell[1]}", self._cookie
            )
            if html is not None:
                self._panels[drawn.body.id] = html
            if said["tells"]:
                teller, selected["asks"] = drawn, html is not None
        await self.set(teller, json_value=json.dumps({"selected": selected}))

    async def go(self, page: str) -> None:
        """Follows the navigation to a page."""
        self._here, self.query = self.pages[page], ""
        await self.ask()

    async def upload(self, uploader: Drawn, name: str, data: bytes, mime: str) -> None:
        """Gives a file to an uploader."""
        asked = BackMsg()
        asked.file_urls_request.request_id = name
        asked.file_urls_request.file_names.append(name)
        await self._socket.send(asked.SerializeToString())
        await self.until(lambda: name in self._uploads)
        urls = self._uploads.pop(name)
        request = Request(self.url + urls.upload_url, form(name, data, mime), method="PUT")
        request.add_header("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        request.add_header("Cookie", self._cookie)
        request.add_header("X-Xsrftoken", self._token)
        await asyncio.to_thread(lambda: urlopen(request, timeout=PATIENCE).read())
        state = WidgetState(id=uploader.body.id)
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.name, info.size, info.file_id = name, len(data), urls.file_id
        info.file_urls.CopyFrom(urls)
        self._values[state.id] = state
        await self.ask(uploader.fragment)

    async def ask(self, fragment: str = "", *, timer: bool = False) -> None:
        """Sends the widgets' values for a run of the page or of a fragment."""
        asked = BackMsg()
        rerun = asked.rerun_script
        rerun.query_string, rerun.page_script_hash, rerun.fragment_id = self.query, self._here, fragment
        rerun.is_auto_rerun = timer
        here = {drawn.body.id for drawn in self.page.values() if hasattr(drawn.body, "id")}
        rerun.widget_states.widgets.extend(state for id, state in self._values.items() if id in here)
        rerun.cached_message_hashes.extend(self._cached)
        self._promised |= set(self._cached)
        rerun.context_info.timezone, rerun.context_info.locale = "UTC", self._lang
        rerun.context_info.url, rerun.context_info.color_scheme = self.url + "/", "light"
        self.running = self.running or not timer  # a page that looks by itself counts as at rest
        try:
            await self._socket.send(asked.SerializeToString())
        except ConnectionClosed as closed:
            raise Lost("the connection ended") from closed

    async def until(self, condition: Callable[[], object], patience: float | None = None) -> None:
        """Waits until what is drawn fulfils a condition.

        Raises:
            Lost: if it does not in time, or the session ended.
        """
        patience = patience or PATIENCE
        deadline = time.monotonic() + patience
        while not condition():
            if self._problem:
                raise Lost(self._problem)
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), deadline - time.monotonic())
            except TimeoutError:
                raise Lost(f"nothing came within {patience:.0f} s") from None

    async def settled(self) -> None:
        """Waits until no script runs."""
        await self.until(lambda: self.page and not self.running)

    # What a person sees

    def all(self, kind: str) -> Iterator[Drawn]:
        """The elements of a kind, in the order of the page."""
        return (drawn for _, drawn in sorted(self.page.items()) if drawn.kind == kind)

    def widget(self, key: str) -> Drawn:
        """The widget of a key."""
        for drawn in self.page.values():
            if getattr(drawn.body, "id", "").endswith(f"-{key}"):
                return drawn
        raise Lost(f"there is no {key} on the page")

    def words(self) -> str:
        """All Markdown of the page, and its panel."""
        panels = (drawn.body.id for drawn in self.all("bidi_component") if drawn.body.id.endswith("pinned"))
        texts = (self._panels.get(id, "") for id in panels)
        return "\n".join([*(drawn.body.body for drawn in self.all("markdown")), *texts])

    # What comes

    async def _listen(self) -> None:
        try:
            async for data in self._socket:
                assert isinstance(data, bytes)
                self.received += len(data)
                message = ForwardMsg()
                message.ParseFromString(data)
                if message.WhichOneof("type") == "ref_hash":
                    whole = ForwardMsg()
                    whole.CopyFrom(self._cached[message.ref_hash])
                    whole.metadata.CopyFrom(message.metadata)
                    message = whole
                elif message.metadata.cacheable:
                    self._cached[message.hash] = message
                    for old in [hash for hash in self._cached if hash not in self._promised][:-KEPT]:
                        del self._cached[old]
                self.take(message)
                self._changed.set()
            self._problem = "the server ended the connection"
        except ConnectionClosed as closed:
            self._problem = f"the connection ended: {closed}"
        except (
            Exception
        ) as problem:  # a fault of this client's own: else it would pass for a silence of the server's
            self._problem = f"a message was not understood: {problem!r}"
        self._changed.set()

    def take(self, message: ForwardMsg) -> None:
        """Does to the page what a message says."""
        kind = message.WhichOneof("type")
        if kind == "delta":
            self._draw(tuple(message.metadata.delta_path), message.delta)
        elif kind == "new_session":
            self._run = message.metadata.run.script_run_id
            self._run_fragments = set(message.metadata.run.fragment_ids)
            if not self._run_fragments:
                self._still(set(self._timers))
            self._here = message.new_session.page_script_hash or self._here
        elif kind == "session_status_changed":
            self.running = message.session_status_changed.script_is_running or self._more_follows
        elif kind == "script_finished":
            self._finish(message.script_finished)
        elif kind == "navigation":
            self.pages = {p.url_pathname: p.page_script_hash for p in message.navigation.app_pages}
            self._here = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "file_urls_response":
            self._uploads[message.file_urls_response.response_id] = message.file_urls_response.file_urls[0]
        elif kind == "stop_auto_rerun":
            gone = set(message.stop_auto_rerun.fragment_ids)
            self._still(gone)
            for path in [path for path, drawn in self.page.items() if drawn.fragment in gone]:
                del self.page[path]
        elif kind == "auto_rerun":
            self._repeat(message.auto_rerun.fragment_id, message.auto_rerun.interval)

    def _draw(self, path: tuple[int, ...], delta: Any) -> None:
        if delta.WhichOneof("type") != "new_element":
            return
        drawn = Drawn(delta.new_element, delta.fragment_id, self._run, self.query)
        self.page[path] = drawn
        if drawn.kind == "exception":
            self._problem = f"the page shows an error: {drawn.body.type} {drawn.body.message}"
        elif drawn.kind == "bidi_component" and (said := said_by(drawn)):
            if said["html"] is not None:
                self._panels[drawn.body.id] = said["html"]
        elif hasattr(drawn.body, "id") and (state := value_of(drawn, drawn.body.id in self._values)):
            self._values[state.id] = state

    def _finish(self, how: int) -> None:
        """Takes away what this run should have drawn again and did not."""
        self._more_follows = how == ForwardMsg.FINISHED_EARLY_FOR_RERUN
        if self._more_follows:
            return
        self._promised = set()
        whole = how == ForwardMsg.FINISHED_SUCCESSFULLY
        for path, drawn in list(self.page.items()):
            mine = whole or drawn.fragment in self._run_fragments
            if mine and drawn.run != self._run:
                del self.page[path]

    def _still(self, fragments: Iterable[str]) -> None:
        """Ends the timers of fragments that are gone."""
        for fragment in fragments:
            if timer := self._timers.pop(fragment, None):
                timer.cancel()

    def _repeat(self, fragment: str, seconds: float) -> None:
        self._still([fragment])

        async def again() -> None:
            while True:
                await asyncio.sleep(seconds)
                await self.ask(fragment, timer=True)

        self._timers[fragment] = asyncio.create_task(again())
