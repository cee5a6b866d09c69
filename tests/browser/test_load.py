"""The load run in small: three sessions at once, each sees its own, nobody is lost. Large: `python -m tests.load`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from tests.load.__main__ import crowd
from tests.load.person import Person, Seen, explorer_of, payload_of
from tests.load.visitor import Visitor

pytestmark = pytest.mark.timeout(180)
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
