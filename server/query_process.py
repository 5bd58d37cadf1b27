"""A query process: one read-only snapshot, one order at a time, until its socket closes or somebody ends it."""

import contextlib
import json
import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Iterator

import pyoxigraph as ox

from server import frames, sandbox
from server.engine import answer
from server.errors import Refusal
from server.settings import Limits

STACK = (
    256 << 20
)  # bytes: the engine recurses; with 8 MiB 5,000 nested brackets overflow, with this 4,000 links pass
_READ = 1 << 16  # bytes


class SocketOutlet:
    """Sends an answer to the front as frames; the socket's buffer is what holds a fast query back."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def whole(self, header: dict[str, object], body: bytes) -> None:
        """The complete answer in one frame."""
        self._channel.sendall(frames.pack_whole(header, body))

    def begin(self, header: dict[str, object]) -> None:
        """A stream's header."""
        self._channel.sendall(frames.frame(frames.BEGIN, json.dumps(header).encode()))

    def part(self, body: bytes) -> None:
        """A stream's next bytes."""
        self._channel.sendall(frames.frame(frames.PART, body))

    def end(self) -> None:
        """A stream's end."""
        self._channel.sendall(frames.frame(frames.END))


def open_snapshot(folder: str) -> ox.Store:
    """The snapshot, read-only; an empty store where nothing has been published yet."""
    return ox.Store.read_only(folder) if folder else ox.Store()


def run(channel: socket.socket, folder: str, limits: Limits, networked: bool) -> None:
    """Serve orders until the front closes the socket. Called in a fresh fork; never returns normally."""
    sandbox.die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    store = open_snapshot(folder)
    if not networked:
        sandbox.refuse_calls()
    sandbox.limit_memory(limits.query_memory + STACK)
    threading.stack_size(STACK)
    worker = threading.Thread(target=_serve, args=(store, channel, limits, networked))
    worker.start()
    worker.join()


def _serve(store: ox.Store, channel: socket.socket, limits: Limits, networked: bool) -> None:
    outlet = SocketOutlet(channel)
    try:
        for order in _orders(channel):
            try:
                answer(store, frames.unpack_order(order), limits, outlet, networked)
            except Refusal as refusal:
                channel.sendall(frames.frame(frames.REFUSED, json.dumps(refusal.record()).encode()))
    except OSError:  # the front has gone, or wants this answer no more
        pass
    os._exit(0)


def _orders(channel: socket.socket) -> Iterator[bytes]:
    """The orders one by one, without those that the front has recalled while another was answered."""
    unpacker, waiting = frames.Unpacker(), deque[bytes]()
    while piece := channel.recv(_READ):
        _sort_in(channel, unpacker, piece, waiting)
        while waiting:
            yield waiting.popleft()
            with contextlib.suppress(BlockingIOError):
                while waiting and (piece := channel.recv(_READ, socket.MSG_DONTWAIT)):
                    _sort_in(channel, unpacker, piece, waiting)


def _sort_in(channel: socket.socket, unpacker: frames.Unpacker, piece: bytes, waiting: deque[bytes]) -> None:
    for kind, payload in unpacker.feed(piece):
        if kind == frames.ORDER:
            waiting.append(payload)
        else:
            forgotten = min(len(waiting), frames.unpack_recall(payload))
            for _ in range(forgotten):
                waiting.pop()
            channel.sendall(frames.pack_recall(forgotten))
