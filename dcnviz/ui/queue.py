"""Heavy work stands in a queue: bounded, first come, first served, and of each person one piece at a time.

What a click needs never stands here. A piece of work is one :class:`Ticket`, however many people ask for the same;
it knows how many are before it, and is dropped when nobody asks for it any more. A long piece lets short ones pass at
its natural points (:meth:`Line.let_pass`), so that nobody waits half a minute for half a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, Literal, TypeVar

T = TypeVar("T")
State = Literal["waiting", "working", "done", "failed", "dropped"]

BOUND = 60
"""Most pieces of work that wait: two for each of a class of thirty."""

FORGOTTEN = 15.0
"""Seconds without anybody asking, after which a piece of work is dropped: its people have gone elsewhere."""


class Full(ValueError):
    """Too much waits already; the same may find a place a little later."""


class Ticket(Generic[T]):
    """One piece of work, from the moment it is asked for.

    Attributes:
        key: names the work; who asks for the same shares the ticket.
        long: whether it lets short ones pass.
        state: "waiting", "working", "done", "failed", or "dropped" when nobody wanted it.
        problem: why it failed.
    """

    def __init__(self, key: Hashable, work: Callable[[Ticket[T]], T], *, long: bool = False) -> None:
        self.key, self.long = key, long
        self.state: State = "waiting"
        self.problem: Exception | None = None
        self._work, self._found = work, list[T]()
        self._asked: dict[str, float] = {}
        self._over = threading.Event()

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self._over.is_set()

    @property
    def wanted(self) -> bool:
        """Whether somebody asked for it lately. Work that takes long looks here now and then, and ends if not."""
        now = time.monotonic()
        return any(now - asked < FORGOTTEN for asked in self._asked.copy().values())

    def ask(self, who: str) -> None:
        """Says that a person still wants it."""
        self._asked[who] = time.monotonic()

    def leave(self, who: str) -> None:
        """Says that a person does not want it any more; others may."""
        self._asked.pop(who, None)

    def wait(self, seconds: float) -> bool:
        """Waits for its end, and says whether it has come."""
        return self._over.wait(seconds)

    def result(self) -> T:
        """What came of it.

        Raises:
            Exception: what the work raised.
            RuntimeError: if it is not done.
        """
        if self.problem is not None:
            raise self.problem
        if not self._found:
            raise RuntimeError(f"the work is {self.state}: there is no result.")
        return self._found[0]

    def run(self) -> None:
        """Does the work, on the thread that calls."""
        self.state = "working"
        try:
            self._found.append(self._work(self))
            self.state = "done"
        except Exception as problem:  # whatever it is: who asked shall hear of it, not this thread
            self.problem, self.state = problem, "failed"
        finally:
            self.end()

    def end(self) -> None:
        """Closes it. One that never ran was dropped."""
        if self.state == "waiting":
            self.state = "dropped"
        del self._work  # and with it whatever it holds
        self._over.set()

    def people(self) -> set[str]:
        """Those who ask."""
        return set(self._asked)


class Line:
    """The queue and its workers.

    >>> line = Line()
    >>> line.join("anna", "sum", "1 + 2", lambda ticket: 1 + 2).wait(5)
    True
    """

    def __init__(self, workers: int = 1, bound: int = BOUND) -> None:
        self._bound = bound
        self._free = workers  # pieces that may be worked at besides those that are
        self._passed = 0
        self._waiting: list[Ticket[Any]] = []
        self._working: list[Ticket[Any]] = []
        self._places: dict[tuple[str, str], Ticket[Any]] = {}
        self._change = threading.Condition()
        for long in (False, True) * workers:
            threading.Thread(target=self._serve, args=(long,), name="dcnviz-queue", daemon=True).start()

    def join(
        self, who: str, what: str, key: Hashable, work: Callable[[Ticket[T]], T], *, long: bool = False
    ) -> Ticket[T]:
        """Asks for a piece of work; asking again for the same gives the same ticket as long as it is not over.

        Args:
            who: the person. Another piece of work for the same ``what`` replaces the one before, in its place.
            what: what it is for, as "maps".
            key: names the work.
            work: called on a worker's thread, with the ticket.
            long: whether it calls :meth:`let_pass` now and then.

        Raises:
            Full: if too much waits already.
        """
        with self._change:
            self._forget()
            before = self._places.get((who, what))
            if before is not None and before.key != key:
                before.leave(who)
            ticket = next((t for t in self._working + self._waiting if t.key == key), None)
            if ticket is None:
                ticket = self._admit(Ticket(key, work, long=long), before)
            ticket.ask(who)
            self._places[who, what] = ticket
            self._change.notify_all()
            return ticket

    def _admit(self, ticket: Ticket[T], before: Ticket[Any] | None) -> Ticket[T]:
        """At the end, or where the same person's ticket of before stood if nobody else shares that."""
        if before in self._waiting and before is not None and not before.people():
            self._waiting[self._waiting.index(before)] = ticket
            before.end()
            return ticket
        if len(self._waiting) >= self._bound:
            raise Full("the computer is busy with what others asked for.")
        self._waiting.append(ticket)
        return ticket

    def leave(self, who: str, what: str) -> None:
        """Gives up what a person asked for."""
        with self._change:
            if (ticket := self._places.pop((who, what), None)) is not None:
                ticket.leave(who)
            self._forget()

    def place(self, ticket: Ticket[Any]) -> int:
        """How many pieces of work come before this one; 0 if it is worked at, or over."""
        with self._change:
            self._forget()
            if ticket not in self._waiting:
                return 0
            ahead = self._working + self._waiting[: self._waiting.index(ticket)]
            return sum(1 for other in ahead if ticket.long or not other.long)

    def people(self) -> int:
        """How many wait for something, or have it in work."""
        with self._change:
            return len(set().union(*(ticket.people() for ticket in self._waiting + self._working)))

    def let_pass(self) -> None:
        """Called by a long piece of work between two of its steps: lets one short piece go before the next."""
        with self._change:
            if not any(not t.long for t in self._waiting):
                return
            self._free += 1
            passed = self._passed
            self._change.notify_all()
            self._change.wait_for(lambda: self._free and (self._passed > passed or not self._short_waits()))
            self._free -= 1

    def _short_waits(self) -> bool:
        self._forget()
        return any(not t.long for t in self._waiting)

    def _forget(self) -> None:
        """Drops what nobody wants any more."""
        for ticket in [t for t in self._waiting if not t.wanted]:
            self._waiting.remove(ticket)
            ticket.end()
        self._places = {place: ticket for place, ticket in self._places.items() if not ticket.over}

    def _serve(self, long: bool) -> None:
        while True:
            with self._change:
                ticket = self._change.wait_for(lambda: self._take(long))
                assert ticket is not None, "wait_for gives what it waited for"
            ticket.run()
            with self._change:
                self._working.remove(ticket)
                self._free += 1
                self._passed += not ticket.long
                self._change.notify_all()
            del ticket

    def _take(self, long: bool) -> Ticket[Any] | None:
        """The next for a worker of long or of short ones: the first whose people have nothing else in work."""
        self._forget()
        if not self._free:
            return None
        busy = set().union(*(t.people() for t in self._working if not t.long))
        paused = any(t.long for t in self._working)  # a long one lets pass: short ones alone
        for ticket in self._waiting:
            if ticket.people() & busy or (ticket.long and paused):
                continue
            if ticket.long != long:
                return None  # its turn, by the other worker
            self._waiting.remove(ticket)
            self._working.append(ticket)
            self._free -= 1
            return ticket
        return None
