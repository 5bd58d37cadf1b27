"""From a page's thread into the event loop of the endpoints, and back with the answer."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from kg.settings import Settings
from server.engine import Order
from server.messages import Answer, FilePart, Request
from server.service import Service
from server.settings import Limits

Value = TypeVar("Value")
PAGE_CLIENT = "page"  # what the list of running queries shows for counts that pages ask for on their own


class Bridge:
    """The endpoints as a thread sees them."""

    def __init__(
        self, service: Service, loop: asyncio.AbstractEventLoop, thread: threading.Thread | None = None
    ) -> None:
        self.service, self._loop, self._thread = service, loop, thread

    def respond(self, request: Request) -> Answer:
        """What the endpoints answer, a stream gathered into bytes."""
        return self._run(self._whole(self.service.respond(request)))

    def ask(self, order: Order, client: str = PAGE_CLIENT) -> Answer:
        """A query process's answer to an order.

        Raises:
            Refusal: it cannot be answered.
        """
        return self._run(self._whole(self.service.desk.run(order, client, self.service.limits.deadline)))

    @property
    def generation(self) -> str:
        """The snapshot that is served."""
        return self.service.desk.generation

    def close(self) -> None:
        """End the endpoints' processes; only for a loop that was started for this bridge."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread:
            self._thread.join()
            self._loop.close()

    async def _close(self) -> None:
        self.service.close()
        await asyncio.sleep(0.01)  # the loop tells the transports that they are closed

    def _run(self, work: Coroutine[Any, Any, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _whole(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        answer = await work
        if hasattr(answer.body, "__aiter__"):
            body = b"".join([part async for part in answer.body])
            answer.body = body
        if isinstance(answer.body, FilePart):
            whole = answer.body.path.read_bytes()
            answer.body = whole[answer.body.start or 0 : answer.body.end]

        return answer


def start_bridge(settings: Settings, limits: Limits) -> Bridge:
    """The endpoints in an event loop and a thread of their own, for a Flask application without Granian."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="endpoints", daemon=True)
    thread.start()

    async def make() -> Service:
        return Service(settings, limits)

    return Bridge(asyncio.run_coroutine_threadsafe(make(), loop).result(), loop, thread)
