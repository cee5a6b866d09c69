"""The queue for heavy work: order, place, bound; what is given up, what fails, whose person has gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dcnviz.ui import queue
from dcnviz.ui.queue import Full, Line, Ticket

LONG = 90.0  # seconds that nothing here should take


class Gate:
    """Work that stands still until it is let go, and says when it has begun."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, ticket: Ticket[str]) -> str:
        self.begun.set()
        assert self.go.wait(LONG)
        return "gate"


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.go.set()


def held(line: Line, gate: Gate, who: str = "first") -> Ticket[str]:
    """A line whose one worker is busy."""
    ticket = line.join(who, "gate", "gate", gate)
    assert gate.begun.wait(LONG)
    return ticket


def note(order: list[str], name: str) -> Callable[[Ticket[None]], None]:
    return lambda ticket: order.append(name)


def test_first_come_first_served_and_everyone_knows_their_place(gate: Gate) -> None:
    line, order = Line(), list[str]()
    busy = held(line, gate)
    tickets = [line.join(who, "x", who, note(order, who)) for who in "abc"]
    assert [line.place(t) for t in (busy, *tickets)] == [0, 1, 2, 3] and line.people() == 4
    gate.go.set()
    assert all(t.wait(LONG) for t in tickets)
    assert order == ["a", "b", "c"] and busy.result() == "gate"
    assert [line.place(t) for t in tickets] == [0, 0, 0]


def test_the_same_work_is_one_ticket_for_all(gate: Gate) -> None:
    line, times = Line(), list[str]()
    held(line, gate)
    ours = [line.join(who, "x", "same", note(times, who)) for who in "abc"]
    assert ours[0] is ours[1] is ours[2] and line.place(ours[0]) == 1
    gate.go.set()
    assert ours[0].wait(LONG) and times == ["a"]


def test_beyond_the_bound_one_is_refused_and_the_others_keep_their_place(gate: Gate) -> None:
    line = Line(bound=2)
    held(line, gate)
    kept = [line.join(who, "x", who, note([], who)) for who in "ab"]
    with pytest.raises(Full):
        line.join("c", "x", "c", note([], "c"))
    assert [line.place(t) for t in kept] == [1, 2]
    assert line.join("b", "x", "b", note([], "b")) is kept[1]  # who has a place is not refused


def test_other_work_for_the_same_replaces_the_old_in_its_place(gate: Gate) -> None:
    line, order = Line(), list[str]()
    held(line, gate)
    old = line.join("a", "field", "old", note(order, "old"))
    last = line.join("b", "field", "b", note(order, "b"))
    new = line.join("a", "field", "new", note(order, "new"))
    assert old.over and old.state == "dropped" and (line.place(new), line.place(last)) == (1, 2)
    gate.go.set()
    assert last.wait(LONG) and order == ["new", "b"]
    with pytest.raises(RuntimeError, match="dropped"):
        old.result()


def test_who_gives_up_leaves_and_takes_nothing_from_others(gate: Gate) -> None:
    line, order = Line(), list[str]()
    held(line, gate)
    alone = line.join("a", "x", "alone", note(order, "alone"))
    shared = line.join("a", "y", "shared", note(order, "shared"))
    line.join("b", "y", "shared", note(order, "shared"))
    line.leave("a", "x")
    line.leave("a", "y")
    assert alone.over and not shared.over and line.place(shared) == 1
    gate.go.set()
    assert shared.wait(LONG) and order == ["shared"]


def test_of_each_person_one_at_a_time() -> None:
    line, first, second, other = Line(workers=2), Gate(), Gate(), Gate()
    gates = (first, second, other)
    try:
        line.join("a", "x", "1", first)
        waiting = line.join("a", "y", "2", second)
        line.join("b", "x", "3", other)
        assert first.begun.wait(LONG) and other.begun.wait(LONG)
        assert not second.begun.is_set() and line.place(waiting) > 0
        first.go.set()
        assert second.begun.wait(LONG)
    finally:
        for each in gates:
            each.go.set()


def test_a_problem_is_its_askers_and_the_next_goes_on() -> None:
    line = Line()

    def fail(ticket: Ticket[None]) -> None:
        raise ArithmeticError("no such number")

    broken = line.join("a", "x", "broken", fail)
    assert broken.wait(LONG) and broken.state == "failed"
    with pytest.raises(ArithmeticError, match="no such number"):
        broken.result()
    assert line.join("b", "x", "sound", lambda ticket: 3).wait(LONG)
    assert line.join("a", "x", "broken", lambda ticket: 4).wait(LONG)  # asked again, it is done again


def test_the_work_of_a_session_that_is_gone_is_dropped(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    line, order = Line(), list[str]()
    held(line, gate)
    gone = line.join("gone", "x", "gone", note(order, "gone"))
    there = line.join("there", "x", "there", note(order, "there"))
    monkeypatch.setattr(queue, "FORGOTTEN", 0.3)
    deadline = time.monotonic() + LONG
    while not gone.over and time.monotonic() < deadline:
        there.ask("there")
        line.place(there)
        time.sleep(0.01)
    assert gone.state == "dropped" and line.place(there) == 1
    gate.go.set()
    assert there.wait(LONG) and order == ["there"]


def test_long_work_lets_short_work_pass_and_hears_that_nobody_wants_it() -> None:
    line, order, begun, asked = Line(), list[str](), threading.Event(), threading.Event()

    def search(ticket: Ticket[None]) -> None:
        begun.set()
        assert asked.wait(LONG)
        while ticket.wanted:
            line.let_pass()
        order.append("search ended")

    long = line.join("a", "search", "s", search, long=True)
    assert begun.wait(LONG)
    behind = line.join("c", "search", "t", note(order, "other search"), long=True)
    short = [line.join(who, "x", who, note(order, who)) for who in "ab"]  # also of who searches
    assert (line.place(behind), line.place(short[0]), line.place(short[1])) == (1, 0, 1)
    asked.set()
    assert short[1].wait(LONG) and order == ["a", "b"] and not long.over and not behind.over
    line.leave("a", "search")
    assert behind.wait(LONG) and order[2:] == ["search ended", "other search"]
