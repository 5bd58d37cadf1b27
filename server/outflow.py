"""The TCP connection of a streamed answer: how much of it has arrived, and how to break it off.

Granian takes whatever a stream gives into a queue without bounds, and ends a stream whose application fails as if it
were complete (measured with 2.8.7). So the front asks the kernel how many bytes the client has acknowledged and sends
no further ahead than a window; and where an answer fails, it shuts the connection down, so that no cut answer looks whole.
"""

import asyncio
import os
import socket
import stat
import struct

_WINDOW = 4 << 20  # bytes sent and not yet acknowledged
_POLL = 0.01  # seconds between two looks at a client that reads slowly
_ACKED_AT = 120  # offset of tcpi_bytes_acked in struct tcp_info (linux/tcp.h, since Linux 4.1)


class Outflow:
    """A view of the connection to a client; without one (a Unix socket in front) nothing is paced."""

    def __init__(self, client: str) -> None:
        self._socket = _find(client)
        self._before = self._acked()
        self._given = 0

    async def room(self, size: int) -> None:
        """Wait until another piece may be sent."""
        self._given += size
        while self._socket and self._given - (self._acked() - self._before) > _WINDOW:
            await asyncio.sleep(_POLL)

    def break_off(self) -> None:
        """End the connection now, whatever is on its way."""
        if self._socket:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client was first
                pass

    def close(self) -> None:
        """Let go of the connection."""
        if self._socket:
            self._socket.close()

    def _acked(self) -> int:
        if not self._socket:
            return 0
        record = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
        return int(struct.unpack_from("Q", record, _ACKED_AT)[0]) if len(record) >= _ACKED_AT + 8 else 1 << 62


def _find(client: str) -> socket.socket | None:
    """A second descriptor of the connection whose other end is `client` ("address:port")."""
    for name in os.listdir("/proc/self/fd"):
        try:
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            candidate = socket.socket(fileno=os.dup(int(name)))
        except OSError:
            continue
        try:
            if candidate.family in (socket.AF_INET, socket.AF_INET6):
                host, port = candidate.getpeername()[:2]
                if client in (f"{host}:{port}", f"[{host}]:{port}"):
                    return candidate
        except OSError:
            pass
        candidate.close()
    return None
