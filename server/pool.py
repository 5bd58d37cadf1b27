"""The query processes, and who may use them when: a short lane, a long lane, and nobody for longer than its time.

Every query begins in the short lane. Whoever computes for longer than `short_seconds` leaves it: low priority, in one of
the few places of the long lane, or stopped (SIGSTOP) until it is its turn there; turns change every second. So cheap
queries pass whatever else runs, and a query of two seconds passes among endless ones.
"""

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import asdict
from typing import cast

from server import frames
from server.engine import Order
from server.errors import Refusal, refusal_from_record
from server.jobs import Gone, Job, Reply, State
from server.settings import Limits

_LOG = logging.getLogger("server")
_TICK = 0.025  # seconds between two looks at the clock
_TURN = 1.0  # seconds that a long query computes while others wait for its place
_LOW_PRIORITY = 10  # nice value: about a tenth of the weight of a query in the short lane
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SHORT_STATES, _LONG_STATES = (State.SHORT,), (State.LONG, State.PAUSED)


class NeedsNetwork(Exception):
    """The query asks an allowed SERVICE: only a process with a network can answer it."""


class QueryProcess(asyncio.Protocol):
    """The front's end of one query process."""

    def __init__(self, pool: "Pool", snapshot: str) -> None:
        self.pool = pool
        self.snapshot = snapshot
        self.pid = self.pidfd = 0
        self.signal: int | None = None  # what ended it, once the nursery has told
        self.job: Job | None = None
        self.worn = False  # its priority was lowered: not to be used again
        self._unpacker = frames.Unpacker()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is ours."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has no common ancestor

    def data_received(self, data: bytes) -> None:
        """Frames come in."""
        for kind, payload in self._unpacker.feed(data):
            self.pool.take(self, kind, payload)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended, on purpose or not."""
        self.pool.lose(self)

    def send(self, order: Order) -> None:
        """Give it something to do."""
        assert self._transport
        self._transport.write(frames.pack_order(order))

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
        self.worn = True
        try:
            os.setpriority(os.PRIO_PROCESS, self.pid, _LOW_PRIORITY)
        except OSError:  # it has just ended
            pass

    def resident(self) -> int:
        """Bytes of memory that it holds, 0 when it has ended."""
        try:
            with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * _PAGE
        except (OSError, IndexError):
            return 0

    def bury(self) -> None:
        """Its number may be given to another process now."""
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
    """The front's line to its nursery: asks for processes, hears how they ended."""

    def __init__(self, limits: Limits, networked: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self._limits = asdict(limits)
        self._waiting: dict[int, asyncio.Future[tuple[int, int]]] = {}
        self._count = 0
        self.ended: dict[int, int] = {}  # pid: signal, of processes that ended unasked
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "server.nursery", str(theirs.fileno())]
        command.append("networked" if networked else "offline")
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        environment.pop("KG_WRITE_TOKEN", None)
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment)
        theirs.close()
        ours.setblocking(False)
        self._control = ours
        self._loop.add_reader(ours.fileno(), self._hear)

    async def fork(self, folder: str, writing: bool = False) -> tuple[int, int, socket.socket]:
        """A new process on a snapshot, or on the dataset to write it: its pid, its pidfd, our end of its socket."""
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

    def _hear(self) -> None:
        try:
            message, fds, _, _ = socket.recv_fds(self._control, 1 << 12, 1)
        except BlockingIOError:
            return
        except OSError:
            message, fds = b"", []
        if not message:
            return self._lost()
        record = json.loads(message)
        if "ended" in record:
            self.ended[record["ended"]] = record["signal"]
        elif (answer := self._waiting.pop(record["id"], None)) and not answer.done():
            answer.set_result((record["pid"], fds[0]))

    def _lost(self) -> None:
        self._loop.remove_reader(self._control.fileno())
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the nursery has ended"))
        self._waiting.clear()

    @property
    def alive(self) -> bool:
        """Whether it still forks."""
        return self.process.poll() is None

    def close(self) -> None:
        """End the nursery and, through the kernel, all that it has forked."""
        self._loop.remove_reader(self._control.fileno())
        self._control.close()
        self.process.kill()
        self.process.wait()


class Pool:
    """All query processes of one kind, and the queries that wait for them. Lives in one event loop."""

    def __init__(self, limits: Limits, snapshot: str, networked: bool = False) -> None:
        self.limits = limits
        self.snapshot = snapshot
        self.counts: Counter[str] = Counter()  # of ended queries, by how
        self._networked = networked
        self._loop = asyncio.get_running_loop()
        self._line = NurseryLine(limits, networked)
        self._idle: list[QueryProcess] = []
        self._processes: set[QueryProcess] = set()
        self._starting = 0
        self._pause_until = 0.0  # no new processes before: the last ones died at once
        self._waiting: deque[Job] = deque()
        self._running: set[Job] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticks = 0
        self._timer = self._loop.call_later(_TICK, self._tick)
        self._replenish()

    # --- asking -------------------------------------------------------------------------------------------------

    def admit(self, order: Order, client: str, deadline: float, gone: Gone | None = None) -> Job:
        """Take in a query; `job.reply` has its answer.

        Raises:
            Refusal: 429, the client has too many queries here; 503, everybody together has.
        """
        if self.of_client(client) >= self.limits.client_running:
            self.counts["too many of one client"] += 1
            reason = f"{self.limits.client_running} queries of yours are running or waiting"
            raise Refusal(429, reason, hint="Wait for their answers first.", retry=1)
        job = Job(order, client, self._loop.time(), deadline, self._loop.create_future(), self, gone)
        if self._idle and self._short() < self.limits.short_lane:
            self._give(job, self._idle.pop())
        elif len(self._waiting) < self.limits.waiting:
            self._waiting.append(job)
        else:
            self.counts["queue full"] += 1
            raise Refusal(
                503, f"{len(self._waiting)} queries are waiting already", "Ask again later.", retry=2
            )
        return job

    def cancel(self, job: Job, refusal: Refusal, why: str) -> None:
        """End a query wherever it is; `why` is its name in the counts."""
        if job.state is State.DONE:
            return
        self.counts[why] += 1
        if job.state is State.WAITING:
            self._waiting.remove(job)
        process = job.process
        self._close(job)
        job.fail(refusal)
        if process:
            process.job = None
            process.kill()
        self._next()

    def use(self, snapshot: str) -> None:
        """Answer from this snapshot from now on; who runs goes on with the one it has."""
        if snapshot != self.snapshot:
            self.snapshot = snapshot
            idle, self._idle = self._idle, []
            for process in idle:
                process.kill()
            self._replenish()

    def jobs(self) -> list[Job]:
        """All queries here, oldest first."""
        return sorted((*self._running, *self._waiting), key=lambda job: job.number)

    def gauges(self) -> dict[str, int]:
        """How many queries are in each state, and how many processes there are."""
        states = Counter(str(job.state) for job in self._running)
        states["waiting"] = len(self._waiting)
        return {str(state): states[str(state)] for state in State if state is not State.DONE} | {
            "processes": len(self._processes),
            "idle": len(self._idle),
        }

    def of_client(self, client: str, *states: State) -> int:
        """How many queries a client has here, in these states or in any."""
        jobs: Iterable[Job] = (*self._running, *self._waiting)
        return sum(job.client == client and (not states or job.state in states) for job in jobs)

    def close(self) -> None:
        """End everything."""
        self._timer.cancel()
        for job in self.jobs():
            self._close(job)
            job.fail(Refusal(503, "the server is shutting down", retry=5))
        self._waiting.clear()
        self._line.close()

    # --- processes ----------------------------------------------------------------------------------------------

    def _give(self, job: Job, process: QueryProcess) -> None:
        job.process, process.job = process, job
        job.state = State.SHORT
        job.started = job.progress = self._loop.time()
        self._running.add(job)
        process.send(job.order)

    def take(self, process: QueryProcess, kind: bytes, payload: bytes) -> None:
        """A frame has come from a process."""
        job = process.job
        if job is None:
            return
        job.progress = self._loop.time()
        if kind == frames.PART:
            job.put(payload)
            return
        if kind == frames.BEGIN:
            job.streaming = True
            if not job.reply.done():
                job.reply.set_result(Reply(json.loads(payload), None))
            return
        self._complete(job, kind, payload)
        self._release(process)

    def _complete(self, job: Job, kind: bytes, payload: bytes) -> None:
        self._close(job)
        self.counts["answered" if kind != frames.REFUSED else "refused"] += 1
        if kind == frames.WHOLE and not job.reply.done():
            job.reply.set_result(Reply(*frames.unpack_whole(payload)))
        elif kind == frames.END:
            job.put(None)
        elif kind == frames.REFUSED:
            job.fail(refusal_from_record(json.loads(payload)))

    def _close(self, job: Job) -> None:
        job.state = State.DONE
        job.process = None
        if job.watch:
            job.watch.cancel()
        self._running.discard(job)

    def _release(self, process: QueryProcess) -> None:
        process.job = None
        if process.worn or process.snapshot != self.snapshot:
            process.kill()
        else:
            self._idle.append(process)
        self._next()

    def lose(self, process: QueryProcess) -> None:
        """A process has ended."""
        self._processes.discard(process)
        if process in self._idle:
            self._idle.remove(process)
            self._pause_until = self._loop.time() + 0.5
        job, process.job = process.job, None
        if job is not None:
            self._close(job)
            self._loop.call_later(0.05, self._explain, job, process.pid)
        self._loop.call_later(1.0, self._line.ended.pop, process.pid, None)
        process.bury()
        self._next()

    def _explain(self, job: Job, pid: int) -> None:
        """Say why a process that was not ended by us has ended: out of memory (it aborts), or a crash."""
        number = self._line.ended.get(pid, 0)
        if number == signal.SIGABRT:
            self.counts["out of memory"] += 1
            limit = self.limits.query_memory >> 20
            reason = f"the query needs more memory than the {limit} MiB that one query may take"
            job.fail(
                Refusal(
                    503, reason, hint="Ask for less: fewer rows to sort, group or join; no growing strings."
                )
            )
        else:
            self.counts["crashed"] += 1
            _LOG.error("a query process ended by signal %s on: %.500s", number, job.order.text)
            job.fail(
                Refusal(500, "the query made its process end", hint="Other queries are not touched by it.")
            )

    def _replenish(self) -> None:
        limits = self.limits
        most = limits.short_lane + limits.long_lane + limits.long_queue
        wanted = max(1, limits.short_lane - self._short())
        missing = min(wanted, most - len(self._running)) - len(self._idle) - self._starting
        for _ in range(missing):
            self._starting += 1
            task = self._loop.create_task(self._start())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _start(self) -> None:
        try:
            await asyncio.sleep(max(0.0, self._pause_until - self._loop.time()))
            if not self._line.alive:
                _LOG.error("the nursery has ended and is started again")
                self._line.close()
                self._line = NurseryLine(self.limits, self._networked)
            snapshot = self.snapshot
            pid, pidfd, channel = await self._line.fork(snapshot)
            process = QueryProcess(self, snapshot)
            process.pid, process.pidfd = pid, pidfd
            await self._loop.create_unix_connection(lambda: process, sock=channel)
        except OSError as error:
            _LOG.error("no new query process: %s", error)
            self._pause_until = self._loop.time() + 0.5
            return
        finally:
            self._starting -= 1
        self._processes.add(process)
        self._release(process)

    def _next(self) -> None:
        while self._waiting and self._idle and self._short() < self.limits.short_lane:
            self._give(self._waiting.popleft(), self._idle.pop())
        self._replenish()

    def _short(self) -> int:
        return sum(job.state is State.SHORT for job in self._running)

    # --- the clock ----------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        now = self._loop.time()
        for job in self.jobs():
            self._look_at(job, now)
        self._share_long_lane(now)
        self._ticks += 1
        if self._ticks % 10 == 0:
            self._watch_memory()
            self._next()
        self._timer = self._loop.call_later(_TICK, self._tick)

    def _look_at(self, job: Job, now: float) -> None:
        if job.gone and not job.watch and now - job.begun > self.limits.short_seconds:
            job.watch = self._loop.create_task(self._watch(job, job.gone))
        if job.streaming:
            if now - job.progress > self.limits.stall_seconds:
                reason = f"the answer made no progress for {self.limits.stall_seconds:g} seconds"
                self.cancel(job, Refusal(503, reason), "stalled")
        elif now - job.begun > job.deadline:
            self.cancel(job, _overdue(job), "deadline")
        if job.state is State.SHORT and now - job.started > self.limits.short_seconds:
            self._lengthen(job)

    async def _watch(self, job: Job, gone: Gone) -> None:
        """End a query whose client hangs up."""
        await gone()
        job.watch = None
        self.cancel(job, Refusal(499, "the client has gone"), "client gone")

    def _lengthen(self, job: Job) -> None:
        """Out of the short lane, into the queue of the long one."""
        if self.of_client(job.client, *_LONG_STATES) >= self.limits.client_long:
            reason = f"{self.limits.client_long} long queries of yours are running"
            return self.cancel(
                job, Refusal(429, reason, "Wait for their answers first.", retry=5), "too many long"
            )
        if (
            sum(other.state in _LONG_STATES for other in self._running)
            >= self.limits.long_lane + self.limits.long_queue
        ):
            reason = "too many long queries are running"
            return self.cancel(job, Refusal(503, reason, "Ask again later.", retry=10), "long lane full")
        assert job.process
        job.process.lower()
        job.process.stop()
        job.state = State.PAUSED
        self._share_long_lane(self._loop.time())
        self._next()

    def _share_long_lane(self, now: float) -> None:
        """Let long queries compute in turns; a stream whose client reads slowly takes no place."""
        computing = [job for job in self._running if job.state is State.LONG and not job.held_back]
        paused = sorted((job for job in self._running if job.state is State.PAUSED), key=lambda job: job.turn)
        for job in sorted(computing, key=lambda job: job.turn):
            if len(computing) > self.limits.long_lane or (paused and now - job.turn > _TURN):
                computing.remove(job)
                self._pause(job, now)
        for job in paused[: max(0, self.limits.long_lane - len(computing))]:
            job.state, job.turn = State.LONG, now
            assert job.process
            job.process.go_on()

    def _pause(self, job: Job, now: float) -> None:
        job.state, job.turn = State.PAUSED, now
        assert job.process
        job.process.stop()

    def _watch_memory(self) -> None:
        """End the largest query when all together hold more than they may."""
        sizes = {job: job.process.resident() for job in self._running if job.process}
        if sizes and sum(sizes.values()) > self.limits.total_memory:
            largest = max(sizes, key=lambda job: sizes[job])
            reason = f"all queries together need more than {self.limits.total_memory >> 20} MiB, and yours the most"
            self.cancel(largest, Refusal(503, reason, "Ask for less at a time.", retry=5), "out of memory")


def _overdue(job: Job) -> Refusal:
    hint = "Add LIMIT, make the patterns more selective, or ask for more time with timeout=SECONDS."
    return Refusal(
        503, f"the query was not answered within {job.deadline:g} seconds and was ended", hint, retry=30
    )
