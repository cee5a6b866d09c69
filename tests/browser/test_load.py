"""The load run in small: three sessions at once, each sees its own, nobody is lost. Large: `python -m tests.load`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.load.__main__ import crowd
from tests.load.person import Person, Seen, drawn_for, explorer_of, payload_of
from tests.load.visitor import Visitor

pytestmark = pytest.mark.timeout(900)
T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """On a thread of its own: Playwright keeps a loop on the main one, once any test has used a browser."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def test_three_sessions_see_their_own(app_url: str) -> None:
    seen = run(crowd(app_url.replace("127.0.0.1", "localhost"), 3, 4.0, pause=0.4))
    assert seen.lost == [] and seen.wrong == []
    assert seen.sessions == 3 and len(seen.clicks) >= 3 and min(seen.clicks) > 0


def test_the_check_would_notice_another_s_picture_and_version(app_url: str) -> None:
    async def mistaken() -> list[str]:
        person = Person(1, Seen())
        async with Visitor(app_url.replace("127.0.0.1", "localhost")) as visitor:
            await visitor.until(lambda: explorer_of(visitor))
            person.check(visitor)
            assert person.seen.wrong == [] and payload_of(explorer_of(visitor)).startswith(b"DCNV")
            person.picture, person.version, person.cell = "cat", "v3", (1, 1)
            person.check(visitor)
        return person.seen.wrong

    wrong = run(mistaken())
    assert len(wrong) == 3 and "v3" in wrong[0] and "picture" in wrong[1] and "(1, 1)" in wrong[2]


def test_pictures_of_one_name_brought_at_once_stay_apart(app_url: str) -> None:
    async def together() -> Seen:
        seen = Seen()
        async with asyncio.TaskGroup() as group:
            for number in (0, 3, 6):  # each brings a "picture.png" of its own colour
                person = Person(number, seen, pause=0.3)
                group.create_task(person.live(app_url.replace("127.0.0.1", "localhost"), 1.0))
        return seen

    seen = run(together())
    assert seen.lost == [] and seen.wrong == [] and seen.sessions == 3


def test_an_explorer_that_comes_late_is_not_taken_for_the_one_asked_for() -> None:
    visitor = Visitor("http://localhost", "picture=astronaut&version=v2&")
    late = ForwardMsg()
    late.metadata.delta_path.extend([0, 0])
    late.delta.new_element.bidi_component.component_name = "dcnviz.dcnviz_explorer"
    asked = ForwardMsg()
    asked.page_info_changed.query_string = "picture=own&version=v2&"
    for message in (late, asked):
        visitor.take(message)
    assert explorer_of(visitor) is not None and visitor.query.startswith("picture=own")
    assert not drawn_for(visitor, "picture=own&")
    visitor.take(late)
    assert drawn_for(visitor, "picture=own&")


def test_the_label_of_a_cell_before_chooses_no_channel(app_url: str) -> None:
    async def hasty() -> str:
        async with Visitor(app_url.replace("127.0.0.1", "localhost"), "layer=1") as visitor:
            await visitor.until(lambda: explorer_of(visitor))
            for cell in ((9, 9), (12, 30)):
                await visitor.settled()
                late = visitor.widget("channel.en")  # as who has just changed the group still has it
                await visitor.set(late, string_value="999")
                await visitor.pin(cell)
                await visitor.until(lambda at=cell: f"({at[0]}, {at[1]})" in visitor.words())
            await visitor.settled()
            return visitor.query

    assert "channel=" not in run(hasty())
