"""What a query process and the front say to each other over their socket: a kind, a length, the bytes."""

import json
import marshal
import os
import signal
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO, cast

from server.engine import Order

HEAD = struct.Struct("!cI")  # kind, length of what follows
ORDER, WHOLE, BEGIN, PART, END, REFUSED = b"O", b"W", b"B", b"P", b"E", b"X"
RECALL = b"R"  # to a query process: forget the last so many orders; from it: so many are forgotten
_HEADER = struct.Struct(
    "!I"
)  # length of the JSON header that precedes a whole answer's body; how many are recalled


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """One frame."""
    return HEAD.pack(kind, len(payload)) + payload


def pack_order(order: Order) -> bytes:
    """An order as a frame. Marshal is fast, and here the trusted side writes: the front."""
    return frame(ORDER, marshal.dumps(tuple(order)))


def unpack_order(payload: bytes) -> Order:
    """The inverse of `pack_order`, without its head."""
    return Order(*marshal.loads(payload))  # noqa: S302 only the front writes here


def pack_recall(number: int) -> bytes:
    """A recall of the last so many orders, or the word that they are forgotten."""
    return frame(RECALL, _HEADER.pack(number))


def unpack_recall(payload: bytes) -> int:
    """The inverse of `pack_recall`, without its head."""
    return int(_HEADER.unpack(payload)[0])


def pack_whole(header: dict[str, object], body: bytes) -> bytes:
    """A complete answer as one frame."""
    head = _packed_header(*header.items())
    return HEAD.pack(WHOLE, len(head) + len(body)) + head + body


def unpack_whole(payload: bytes) -> tuple[dict[str, object], bytes]:
    """The inverse of `pack_whole`, without its head."""
    (length,) = _HEADER.unpack_from(payload)
    end = _HEADER.size + length
    return dict(_read_header(payload[_HEADER.size : end])), payload[end:]


@lru_cache(maxsize=64)  # a format or two, gzipped or not: the same few headers again and again
def _packed_header(*items: tuple[str, object]) -> bytes:
    head = json.dumps(dict(items)).encode()
    return _HEADER.pack(len(head)) + head


@lru_cache(maxsize=64)
def _read_header(head: bytes) -> dict[str, object]:
    return cast(dict[str, object], json.loads(head))


def receive(stream: BinaryIO) -> tuple[bytes, bytes] | None:
    """The next frame from a blocking stream; None when the other side has closed it."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    kind, length = HEAD.unpack(head)
    payload = stream.read(length)
    return (kind, payload) if len(payload) == length else None


class Unpacker:
    """Frames out of bytes as they arrive."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, piece: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Each frame that is complete now."""
        self._bytes += piece
        while len(self._bytes) >= HEAD.size:
            kind, length = HEAD.unpack_from(self._bytes)
            end = HEAD.size + length
            if len(self._bytes) < end:
                return
            payload = bytes(self._bytes[HEAD.size : end])
            del self._bytes[:end]
            yield kind, payload


def kill(pidfd: int) -> None:
    """End a process, if it has not ended, and let go of its descriptor."""
    try:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.close(pidfd)
