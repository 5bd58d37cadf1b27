"""A query on its way: where it waits, how long it runs, and what has come of it."""

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from server.engine import Order
from server.errors import Refusal

if TYPE_CHECKING:
    from server.pool import Pool
    from server.processes import QueryProcess

Gone = Callable[[], Awaitable[object]]
_NUMBERS = itertools.count(1)
_HIGH, _LOW = 1 << 20, 1 << 18  # bytes of a stream held for a slow client: above, its query process waits


class State(StrEnum):
    """Where a query is."""

    WAITING = "waiting"  # for a process of the short lane
    SHORT = "short"
    LONG = "long"
    PAUSED = "paused"  # long, stopped until a place in the long lane is free
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Reply:
    """The begin of an answer: complete with `body`, or a stream where it is None."""

    header: dict[str, object]
    body: bytes | None


@dataclass(eq=False, slots=True)
class Job:
    """One query from its admission to its last byte. Times are seconds of the event loop's clock."""

    order: Order
    client: str
    begun: float
    deadline: float  # seconds after `begun` at which it is ended, unless it streams
    reply: "asyncio.Future[Reply]"
    home: "Pool"
    gone: Gone | None = None  # returns when the client hangs up
    watch: "asyncio.Task[None] | None" = None  # waits for that
    number: int = field(default_factory=lambda: next(_NUMBERS))
    state: State = State.WAITING
    snapshot: str = "0"  # the name of the one that its process reads
    process: "QueryProcess | None" = None
    started: float = 0.0  # when a process took it
    computed: float | None = (
        None  # processor time that its process had used when the clock first saw it there
    )
    turn: float = 0.0  # since when it computes in the long lane
    progress: float = 0.0  # when its stream last moved
    streaming: bool = False
    held_back: bool = False  # its client reads too slowly
    failure: Refusal | None = None
    _parts: "deque[bytes | None]" = field(default_factory=deque)  # None: the end
    _size: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, part: bytes | None) -> None:
        """A piece of the stream has come; None says it is complete."""
        self._parts.append(part)
        self._size += len(part or b"")
        self._arrived.set()
        if self._size > _HIGH and self.process and not self.held_back:
            self.held_back = True
            self.process.hold_back()

    def fail(self, refusal: Refusal) -> None:
        """It comes to nothing: said to the client where nothing was sent yet, else its stream breaks off."""
        self.failure = refusal
        if not self.reply.done():
            self.reply.set_exception(refusal)
            self.reply.exception()  # it may be that nobody waits any more
        self._arrived.set()

    async def parts(self) -> AsyncIterator[bytes]:
        """The stream's pieces as they come.

        Raises:
            Refusal: the query was ended before its end.
        """
        while True:
            while not self._parts:
                if self.failure:
                    raise self.failure
                self._arrived.clear()
                await self._arrived.wait()
            part = self._parts.popleft()
            if part is None:
                return
            self._size -= len(part)
            yield part
            self._read_on()

    def _read_on(self) -> None:
        self.progress = asyncio.get_running_loop().time()
        if self.held_back and self._size < _LOW:
            self.held_back = False
            if self.process:
                self.process.read_on()

    def record(self, now: float) -> dict[str, object]:
        """What the list of running queries says of it."""
        return {
            "id": self.number,
            "client": self.client,
            "state": str(self.state) + (", streaming" if self.streaming else ""),
            "seconds": round(now - self.begun, 3),
            "deadline": self.deadline,
            "process": self.process.pid if self.process else None,
            "query": self.order.text[:2000] or f"dump {self.order.graph or ''}".strip(),
        }
