"""The front's ends of the lines to other processes: to a query process, and to the nursery that forks them."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from server import frames
from server.jobs import Job
from server.settings import Limits

if TYPE_CHECKING:
    from server.pool import Pool

_LOW_PRIORITY = 15  # nice value: about a thirtieth of the weight of a query in the short lane
_OF_PROCESS = 2  # CPUCLOCK_SCHED of include/linux/posix-timers_types.h: the clock of all threads of a process
_LARGE = 256 << 20  # bytes
# The engine makes and drops many small pieces a query: keeping them at hand saves a tenth of its time (measured). What is
# large goes back to the system at once, which by default is so only until the first large piece is freed.
ALLOCATION = (
    "glibc.malloc.tcache_count=2000:glibc.malloc.mmap_threshold=1048576:glibc.malloc.trim_threshold=16777216"
)
_PAGE = os.sysconf("SC_PAGE_SIZE")


class QueryProcess(asyncio.Protocol):
    """One query process: the queries that it has been sent, the first of which it computes, and its life."""

    def __init__(self, pool: "Pool", snapshot: str) -> None:
        self.pool = pool
        self.snapshot = snapshot
        self.name = os.path.basename(snapshot) or "0"
        self.pid = self.pidfd = 0
        self.jobs: deque[Job] = deque()
        self.spent = False  # to be ended when its first query is: its snapshot has been replaced
        self.recalling = 0  # orders that went to others, and that it has not yet said to have forgotten
        self.idle_since = 0.0  # on the event loop's clock, once it is a spare one
        self._unpacker = frames.Unpacker()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is ours."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has no ancestor in common

    def data_received(self, data: bytes) -> None:
        """Frames come in."""
        for kind, payload in self._unpacker.feed(data):
            self.pool.take(self, kind, payload)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended, on purpose or not."""
        self.pool.lose(self)

    def send(self, job: Job) -> None:
        """Give it something to do, after what it has."""
        self.jobs.append(job)
        job.process, job.snapshot = self, self.name
        if self._transport:
            self._transport.write(frames.pack_order(job.order))

    def recall(self) -> list[Job]:
        """Have it forget what it was given after its first query; gives that."""
        first, *behind = self.jobs
        self.jobs = deque([first])
        self.recalling = len(behind)
        if behind and self._transport:
            self._transport.write(frames.pack_recall(len(behind)))
        return behind

    def hold_back(self) -> None:
        """Read nothing more, so that it stands still."""
        if self._transport:
            self._transport.pause_reading()

    def read_on(self) -> None:
        """Read again."""
        if self._transport and not self._transport.is_closing():
            self._transport.resume_reading()

    def kill(self) -> None:
        """End it now."""
        self._signal(signal.SIGKILL)
        if self._transport:
            self._transport.abort()

    def stop(self) -> None:
        """Let it stand still, with all it has."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After `stop`."""
        self._signal(signal.SIGCONT)

    def lower(self) -> None:
        """Give way to the short lane from now on."""
        with contextlib.suppress(OSError):  # it may just have ended
            self._set_priority(_LOW_PRIORITY)

    def renew(self) -> bool:
        """Make it as good as new after a long query, its caches warm; whether that went.

        Raising a priority takes a privilege or RLIMIT_NICE, and one that has grown large is better forked anew.
        """
        if self.resident() > _LARGE:
            return False
        try:
            self._set_priority(0)
        except OSError:
            return False
        return True

    def _set_priority(self, nice: int) -> None:
        """For all its threads: by a process's number, Linux changes the first one's alone, and that does not compute."""
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            os.setpriority(os.PRIO_PROCESS, int(thread), nice)

    def computed(self) -> float:
        """Seconds of processor time that it has used, 0 when it has ended."""
        try:
            return time.clock_gettime(~self.pid << 3 | _OF_PROCESS)
        except OSError:
            return 0.0

    def resident(self) -> int:
        """Bytes of memory that it holds, 0 when it has ended."""
        try:
            with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * _PAGE
        except (OSError, IndexError):
            return 0

    def bury(self) -> None:
        """Let go of its descriptor; its number may be given to another process from now on."""
        if self.pidfd:
            os.close(self.pidfd)
            self.pidfd = 0

    def _signal(self, number: int) -> None:
        if self.pidfd:
            try:
                signal.pidfd_send_signal(self.pidfd, number)
            except ProcessLookupError:
                pass


class NurseryLine:
    """The front's line to a nursery: asks for processes, hears how they ended."""

    def __init__(self, limits: Limits, networked: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self._limits = asdict(limits)
        self._waiting: dict[int, asyncio.Future[tuple[int, int]]] = {}
        self._count = 0
        self.ended: dict[int, int] = {}  # pid: the signal that ended it, or 0
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "server.nursery", str(theirs.fileno())]
        command.append("networked" if networked else "offline")
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        environment["RUST_BACKTRACE"] = "0"
        environment["GLIBC_TUNABLES"] = ALLOCATION
        environment.pop("KG_WRITE_TOKEN", None)
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment)  # noqa: S603 own module
        theirs.close()
        ours.setblocking(False)
        self._control = ours
        self._loop.add_reader(ours.fileno(), self._hear)

    async def fork(self, folder: str, writing: bool = False) -> tuple[int, int, socket.socket]:
        """A new process on a snapshot, or on the dataset to write it: its pid, its pidfd, our end of its socket.

        Raises:
            OSError: the nursery cannot fork, or has ended.
        """
        ours, theirs = socket.socketpair()
        self._count += 1
        answer = self._waiting[self._count] = self._loop.create_future()
        message = {"id": self._count, "folder": folder, "writing": writing, "limits": self._limits}
        try:
            socket.send_fds(self._control, [json.dumps(message).encode()], [theirs.fileno()])
            pid, pidfd = await answer
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        ours.setblocking(False)
        return pid, pidfd, ours

    @property
    def alive(self) -> bool:
        """Whether it still forks."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the nursery and, through the kernel, all that it has forked."""
        self._stop_hearing()
        self._control.close()
        self._process.kill()
        self._process.wait()

    def _hear(self) -> None:
        try:
            message, fds, _, _ = socket.recv_fds(self._control, 1 << 12, 1)
        except BlockingIOError:
            return
        except OSError:
            message, fds = b"", []
        if not message:
            self._stop_hearing()
            return
        record = json.loads(message)
        if "ended" in record:
            self.ended[record["ended"]] = record["signal"]
        elif (answer := self._waiting.pop(record["id"], None)) and not answer.done():
            answer.set_result((record["pid"], fds[0]))

    def _stop_hearing(self) -> None:
        if self._control.fileno() >= 0 and not self._loop.is_closed():
            self._loop.remove_reader(self._control.fileno())
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the nursery has ended"))
        self._waiting.clear()
