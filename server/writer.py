"""The front's side of writing: one write after the other, each by a process of its own, none without the token."""

import asyncio
import hmac
import json
import socket

from kg.ontology import shapes
from server import frames
from server.checks import compile_checks
from server.errors import Refusal, refusal_from_record
from server.messages import Request
from server.processes import NurseryLine
from server.settings import Limits

_QUEUE = 32  # writes that wait for their turn


def check_token(request: Request, token: str | None) -> None:
    """Let nobody write but who has the token; compared in a time that does not depend on where they differ.

    Raises:
        Refusal: 403 writing is off, 401 no token or a wrong one.
    """
    if not token:
        raise Refusal(
            403, "writing is off: the server was started without KG_WRITE_TOKEN", "Set it and restart."
        )
    scheme, _, given = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise Refusal(401, "writing needs the token", "Send the header Authorization: Bearer TOKEN.")


class Writer:
    """Carries writes to the dataset's database, in the order in which they come."""

    def __init__(self, limits: Limits, store: str) -> None:
        self._limits, self._store = limits, store
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._line: NurseryLine | None = None
        self._checks: str | None = None

    async def write(self, header: dict[str, object], body: bytes) -> dict[str, object]:
        """Carry out a write; when this returns, it is on disk and in the newest snapshot.

        Raises:
            Refusal: it is wrong, took too long, or another process writes; nothing has changed then.
        """
        if self._waiting >= _QUEUE:
            raise Refusal(503, f"{_QUEUE} writes are waiting already", "Ask again later.", retry=2)
        self._waiting += 1
        try:
            async with self._turn:
                return await self._in_turn(header, body)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the nursery of the write processes."""
        if self._line:
            self._line.close()

    async def _in_turn(self, header: dict[str, object], body: bytes) -> dict[str, object]:
        if self._line is None or not self._line.alive:
            self._line = NurseryLine(self._limits, networked=False)
        if self._checks is None:
            self._checks = await asyncio.get_running_loop().run_in_executor(None, _compiled_checks)
        _, pidfd, channel = await self._line.fork(self._store, writing=True)
        try:
            exchange = _exchange(channel, frames.pack_whole(header | {"checks": self._checks}, body))
            return await asyncio.wait_for(exchange, self._limits.write_seconds)
        except TimeoutError:
            reason = f"the write took longer than {self._limits.write_seconds:g} seconds and is undone"
            raise Refusal(503, reason, "Send it in pieces.") from None
        finally:
            channel.close()
            frames.kill(pidfd)


def _compiled_checks() -> str:
    """The checks of the shapes, as write processes get them."""
    return json.dumps([(check.message, check.patterns) for check in compile_checks(shapes())])


async def _exchange(channel: socket.socket, message: bytes) -> dict[str, object]:
    reader, writer = await asyncio.open_unix_connection(sock=channel)
    try:
        writer.write(message)
        await writer.drain()
        head = await reader.readexactly(frames.HEAD.size)
        kind, length = frames.HEAD.unpack(head)
        payload = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        reason = "the write needed too much memory or made its process end; nothing has changed"
        raise Refusal(503, reason, "Send it in pieces.") from None
    finally:
        writer.close()
    if kind == frames.REFUSED:
        refusal = refusal_from_record(json.loads(payload))
        raise refusal
    return frames.unpack_whole(payload)[0]
