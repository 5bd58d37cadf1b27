"""The query processes, and who may use them when: a short lane, a long lane, and nobody for longer than its time.

Every query begins in the short lane. Whoever computes for longer than `short_seconds` leaves it: with low priority, in
one of the few places of the long lane, or stopped (SIGSTOP) until it is its turn there; turns change every second. So
cheap queries pass whatever else runs, and a query of two seconds passes among endless ones.

A process of the short lane is sent a query or two ahead, since waking it costs more than most queries do. When the one
that it computes leaves the lane, those behind it are recalled and sent to another.
"""

import asyncio
import json
import logging
import signal
from collections import Counter, deque
from collections.abc import Iterable, Sequence

from server import frames
from server.engine import Order
from server.errors import Refusal, refusal_from_record
from server.jobs import Gone, Job, Reply, State
from server.processes import NurseryLine, QueryProcess
from server.settings import Limits

_LOG = logging.getLogger("server")
_AHEAD = 3  # queries that a process of the short lane has been sent, the one that it computes included
_TICK = 0.025  # seconds between two looks at the clock
_STARVED = (
    10  # times its share by the wall's clock, and a query leaves the short lane whatever it has computed
)
_TURN = 1.0  # seconds that a long query computes while others wait for its place
_SPARE_SECONDS = 2.0  # that a process with nothing to do is kept beside the lane for the warmth of its caches
_MOST_SPARE = 8
_AFTER_FAILURE = 0.5  # seconds before another process is started where the last one died at once
_LONG_STATES = (State.LONG, State.PAUSED)


class Pool:
    """All query processes of one kind, and the queries that wait for them. Lives in one event loop."""

    def __init__(self, limits: Limits, snapshot: str, networked: bool = False) -> None:
        self.limits = limits
        self.snapshot = snapshot
        self.counts: Counter[str] = Counter()  # of ended queries, by how
        self._networked = networked
        self._loop = asyncio.get_running_loop()
        self._line = NurseryLine(limits, networked)
        self._lane: list[QueryProcess] = []  # the short lane
        self._spare: list[QueryProcess] = []  # idle ones that the lane has no place for
        self._processes: set[QueryProcess] = set()
        self._starting = 0
        self._pause_until = 0.0
        self._waiting: deque[Job] = deque()
        self._running: set[Job] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticks = 0
        self._closed = False
        self._timer = self._loop.call_later(_TICK, self._tick)
        self._replenish()

    # --- asking -------------------------------------------------------------------------------------------------

    def admit(self, order: Order, client: str, deadline: float, gone: Gone | None = None) -> Job:
        """Take in a query; `job.reply` has its answer.

        Raises:
            Refusal: 429, the client has too many queries here; 503, everybody together has.
        """
        running = len(self._running) + len(self._waiting)
        if running >= self.limits.client_running <= self.of_client(client):
            self.counts["too many of one client"] += 1
            reason = f"{self.limits.client_running} queries of yours are running or waiting"
            raise Refusal(429, reason, hint="Wait for their answers first.", retry=1)
        job = Job(order, client, self._loop.time(), deadline, self._loop.create_future(), self, gone)
        process = min(self._lane, key=_load, default=None)
        if process and len(process.jobs) < _AHEAD and not self._waiting:
            self._give(job, process)
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
        process, waiting = job.process, job.state is State.WAITING
        self._close(job)
        job.fail(refusal)
        if waiting:
            self._waiting.remove(job)
        elif process and process.jobs and process.jobs[0] is job:
            process.kill()

    def use(self, snapshot: str) -> None:
        """Answer from this snapshot from now on; who runs goes on with the one it has."""
        if snapshot != self.snapshot:
            self.snapshot = snapshot
            for process in self._processes:
                process.spent = True
            lane, self._lane, self._spare = [*self._lane, *self._spare], [], []
            for process in lane:
                if not process.jobs:
                    process.kill()
            self._replenish()

    def jobs(self) -> list[Job]:
        """All queries here, oldest first."""
        return sorted((*self._running, *self._waiting), key=lambda job: job.number)

    def gauges(self) -> dict[str, int]:
        """How many queries are in each state, and how many processes there are."""
        states = Counter(str(job.state) for job in self._running)
        states["waiting"] = len(self._waiting)
        gauges = {str(state): states[str(state)] for state in State if state is not State.DONE}
        return gauges | {
            "processes": len(self._processes),
            "idle": sum(not process.jobs for process in self._lane),
        }

    def of_client(self, client: str, *states: State) -> int:
        """How many queries a client has here, in these states or in any."""
        jobs: Iterable[Job] = (*self._running, *self._waiting)
        return sum(job.client == client and (not states or job.state in states) for job in jobs)

    def close(self) -> None:
        """End everything."""
        self._closed = True
        self._timer.cancel()
        for job in self.jobs():
            self._close(job)
            job.fail(Refusal(503, "the server is shutting down", retry=5))
        self._waiting.clear()
        for process in list(self._processes):
            process.kill()
        self._line.close()

    # --- processes ----------------------------------------------------------------------------------------------

    def _give(self, job: Job, process: QueryProcess) -> None:
        job.state = State.SHORT
        job.started = job.progress = self._loop.time()
        self._running.add(job)
        process.send(job)

    def take(self, process: QueryProcess, kind: bytes, payload: bytes) -> None:
        """A frame has come from a process."""
        job = process.jobs[0] if process.jobs else None
        if kind == frames.RECALL:
            self._hear_recalled(process, frames.unpack_recall(payload))
        elif job is None or job.state is State.DONE:
            process.kill()  # nobody waits for this any more
        elif kind == frames.PART:
            job.progress = self._loop.time()
            job.put(payload)
        elif kind == frames.BEGIN:
            self._begin_stream(job, process, payload)
        else:
            process.jobs.popleft()
            self._complete(job, kind, payload)
            self._free(process)

    def _begin_stream(self, job: Job, process: QueryProcess, payload: bytes) -> None:
        job.streaming, job.progress = True, self._loop.time()
        self._take_back(process)
        if not job.reply.done():
            job.reply.set_result(Reply(json.loads(payload), None))

    def _complete(self, job: Job, kind: bytes, payload: bytes) -> None:
        self._close(job)
        self.counts["refused" if kind == frames.REFUSED else "answered"] += 1
        if kind == frames.END:
            job.put(None)
        elif kind == frames.REFUSED:
            job.fail(refusal_from_record(json.loads(payload)))
        elif not job.reply.done():
            job.reply.set_result(Reply(*frames.unpack_whole(payload)))

    def _close(self, job: Job) -> None:
        job.state = State.DONE
        job.process = None
        self._running.discard(job)
        if job.watch:
            job.watch.cancel()

    def _free(self, process: QueryProcess) -> None:
        """A process has done with a query: on with the next, back into the lane, or to its end."""
        if process.spent or (process.jobs and process.jobs[0].state is State.DONE):
            behind, process.jobs = process.jobs, deque()
            self._leave_lane(process)
            self._wait_again(behind)
            process.kill()
        elif process not in self._lane and not process.recalling:
            self._welcome_back(process)
        elif process.jobs:
            process.jobs[0].started = self._loop.time()
        if self._waiting:
            self._send_waiting()

    def _welcome_back(self, process: QueryProcess) -> None:
        """A process comes back from the long lane: it is kept for the next time that the short lane needs one."""
        if len(self._spare) < _MOST_SPARE and process.renew():
            process.idle_since = self._loop.time()
            self._spare.append(process)
            self._replenish()
        else:
            process.kill()

    def _take_back(self, process: QueryProcess) -> None:
        """Send those behind the query that a process computes to others."""
        if len(process.jobs) > 1:
            behind = process.recall()
            self._leave_lane(process)
            self._wait_again(behind)

    def _hear_recalled(self, process: QueryProcess, forgotten: int) -> None:
        """A process has read that it has been recalled; where it had begun with the next query it is of no use."""
        if forgotten < process.recalling:
            process.kill()
        process.recalling = 0
        if not process.jobs:
            self._free(process)

    def _leave_lane(self, process: QueryProcess) -> None:
        if process in self._lane:
            self._lane.remove(process)
            self._replenish()

    def _wait_again(self, jobs: Sequence[Job]) -> None:
        for job in reversed(jobs):
            if job.state is not State.DONE:
                job.state, job.process = State.WAITING, None
                self._running.discard(job)
                self._waiting.appendleft(job)
        self._send_waiting()

    def _send_waiting(self) -> None:
        while self._waiting and (process := min(self._lane, key=_load, default=None)):
            if len(process.jobs) >= _AHEAD:
                return
            self._give(self._waiting.popleft(), process)

    def lose(self, process: QueryProcess) -> None:
        """A process has ended."""
        self._processes.discard(process)
        if process in self._lane:
            self._lane.remove(process)
            if not process.jobs:
                self._pause_until = self._loop.time() + _AFTER_FAILURE
        elif process in self._spare:
            self._spare.remove(process)
        jobs, process.jobs = list(process.jobs), deque()
        if jobs and jobs[0].state is not State.DONE:
            self._close(jobs[0])
            self._loop.call_later(0.05, self._explain, jobs[0], process.pid)
        self._wait_again(jobs[1:])
        if not self._closed:
            self._loop.call_later(1.0, self._line.ended.pop, process.pid, None)
        process.bury()
        self._replenish()

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
            job.fail(Refusal(503, "the process that answered the query has ended", "Ask again.", retry=1))

    def _replenish(self) -> None:
        """Have the short lane at its full length."""
        while self._spare and len(self._lane) < self.limits.short_lane:
            self._lane.append(self._spare.pop())
        missing = 0 if self._closed else self.limits.short_lane - len(self._lane) - self._starting
        for _ in range(missing):
            self._starting += 1
            task = self._loop.create_task(self._start())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _start(self) -> None:
        try:
            await asyncio.sleep(max(0.0, self._pause_until - self._loop.time()))
            if self._closed:
                return
            if not self._line.alive:
                _LOG.error("the nursery has ended and is started again")
                self._line.close()
                self._line = NurseryLine(self.limits, self._networked)
            process = QueryProcess(self, self.snapshot)
            process.pid, process.pidfd, channel = await self._line.fork(process.snapshot)
            await self._loop.create_unix_connection(lambda: process, sock=channel)
        except OSError as error:
            _LOG.error("no new query process: %s", error)
            self._pause_until = self._loop.time() + _AFTER_FAILURE
            return
        finally:
            self._starting -= 1
        self._processes.add(process)
        if process.snapshot != self.snapshot:
            process.kill()
            return
        self._lane.append(process)
        self._send_waiting()

    # --- the clock ----------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        now = self._loop.time()
        for job in self.jobs():
            self._look_at(job, now)
        self._share_long_lane(now)
        self._ticks += 1
        if self._ticks % 10 == 0:
            self._watch_memory()
            self._replenish()
            self._dismiss(now - _SPARE_SECONDS)
        self._timer = self._loop.call_later(_TICK, self._tick)

    def _dismiss(self, before: float) -> None:
        """End the spare processes that have had nothing to do since then."""
        for process in [process for process in self._spare if process.idle_since < before]:
            self._spare.remove(process)
            process.kill()

    def _look_at(self, job: Job, now: float) -> None:
        if job.gone and not job.watch and now - job.begun > self.limits.short_seconds:
            job.watch = self._loop.create_task(self._watch(job, job.gone))
        if job.streaming and now - job.progress > self.limits.stall_seconds:
            reason = f"the answer made no progress for {self.limits.stall_seconds:g} seconds"
            self.cancel(job, Refusal(503, reason), "stalled")
        elif not job.streaming and now - job.begun > job.deadline:
            self.cancel(job, _overdue(job), "deadline")
        elif job.state is State.SHORT and (process := job.process) and process.jobs[0] is job:
            self._look_at_short(job, process, now)

    def _look_at_short(self, job: Job, process: QueryProcess, now: float) -> None:
        """Whether a query has had its share of the short lane: in processor time, for a busy machine is not its fault."""
        patience = self.limits.short_seconds / (5 if self._waiting or len(process.jobs) > 1 else 1)
        if job.computed is None:
            job.computed = process.computed()
        elif process.computed() - job.computed > patience or now - job.started > _STARVED * patience:
            self._lengthen(job, process)

    async def _watch(self, job: Job, gone: Gone) -> None:
        """End a query whose client hangs up."""
        await gone()
        job.watch = None
        self.cancel(job, Refusal(499, "the client has gone"), "client gone")

    def _lengthen(self, job: Job, process: QueryProcess) -> None:
        """Out of the short lane, into the queue of the long one."""
        limits = self.limits
        if self.of_client(job.client, *_LONG_STATES) >= limits.client_long:
            reason = f"{limits.client_long} long queries of yours are running"
            self.cancel(job, Refusal(429, reason, "Wait for their answers first.", retry=5), "too many long")
        elif (
            sum(other.state in _LONG_STATES for other in self._running)
            >= limits.long_lane + limits.long_queue
        ):
            reason = "too many long queries are running"
            self.cancel(job, Refusal(503, reason, "Ask again later.", retry=10), "long lane full")
        else:
            process.lower()
            process.stop()
            job.state = State.PAUSED
            self._leave_lane(process)
            self._take_back(process)
            self._share_long_lane(self._loop.time())

    def _share_long_lane(self, now: float) -> None:
        """Let long queries compute in turns; a stream whose client reads slowly takes no place."""
        computing = [job for job in self._running if job.state is State.LONG and not job.held_back]
        paused = sorted((job for job in self._running if job.state is State.PAUSED), key=_turn)
        for job in sorted(computing, key=_turn):
            if len(computing) > self.limits.long_lane or (paused and now - job.turn > _TURN):
                computing.remove(job)
                job.state, job.turn = State.PAUSED, now
                if job.process:
                    job.process.stop()
        for job in paused[: max(0, self.limits.long_lane - len(computing))]:
            job.state, job.turn = State.LONG, now
            if job.process:
                job.process.go_on()

    def _watch_memory(self) -> None:
        """End the largest query when all together hold more than they may."""
        sizes = {process.jobs[0]: process.resident() for process in self._processes if process.jobs}
        if sizes and sum(sizes.values()) > self.limits.total_memory:
            largest = max(sizes, key=lambda job: sizes[job])
            reason = f"all queries together need more than {self.limits.total_memory >> 20} MiB, and yours the most"
            self.cancel(largest, Refusal(503, reason, "Ask for less at a time.", retry=5), "out of memory")


def _load(process: QueryProcess) -> int:
    return len(process.jobs)


def _turn(job: Job) -> float:
    return job.turn


def _overdue(job: Job) -> Refusal:
    hint = "Add LIMIT, make the patterns more selective, or ask for more time with timeout=SECONDS."
    return Refusal(
        503, f"the query was not answered within {job.deadline:g} seconds and was ended", hint, retry=30
    )
