"""Does the server live through it: `kill -9` at random moments under write load, then minutes of mixed load with updates.

    python -m tests.benchmarks.endurance [--kills 200] [--minutes 30] [--seed 1]

Prints how long the service was away after each kind of kill and whether a write that was acknowledged is missing; then
every ten seconds what was answered, and the server's memory, processes, open files and folders. Ends with 1 where a write
is lost, the service stays away for more than five seconds, or an answer is none that was wanted.
"""

import argparse
import contextlib
import itertools
import random
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pyoxigraph as ox
import requests

from kg.dataset.snapshots import data_folder
from tests.benchmarks.generate import BASE, CQ, LABEL, build
from tests.server.conftest import (
    TOKEN,
    Served,
    build_store,
    processes_of,
    start_server,
    stop_server,
    wait_until_healthy,
)

WRITTEN = "http://example.org/written"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
MOST_AWAY = 5.0  # seconds
EVERY = 10.0  # seconds between two lines about the load
VICTIMS = ("parent", "front", "nursery", "child")
QUADS = 100_000  # that the mixed load asks


def say(text: str) -> None:
    """One line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


# --- kills ------------------------------------------------------------------------------------------------------------


@dataclass
class Scribe:
    """Writes numbers one after the other, whoever serves, and remembers those that were acknowledged."""

    served: Served
    acknowledged: set[int] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until `over`."""
        for number in itertools.count(1):
            if self.over.is_set():
                return
            text = f"INSERT DATA {{ <http://example.org/n{number}> <{WRITTEN}> {number} }}"
            with contextlib.suppress(requests.RequestException):
                answer = requests.post(
                    f"{self.served.base}/update", data={"update": text}, headers=AUTHORIZED, timeout=20
                )
                if answer.status_code == 204:
                    self.acknowledged.add(number)
                else:
                    time.sleep(0.01)


@contextlib.contextmanager
def writing(scribe: Scribe) -> Iterator[None]:
    """Write for as long as the block lasts."""
    thread = threading.Thread(target=scribe.run)
    thread.start()
    try:
        yield
    finally:
        scribe.over.set()
        thread.join()


def kill(served: Served, victim: str) -> Served:
    """Kill one process of a kind; where it is the parent, start the server anew as the system's supervisor would."""
    if victim == "parent":
        family = psutil.Process(served.process.pid).children(recursive=True)
        served.process.kill()
        served.process.wait()
        _, alive = psutil.wait_procs(family, timeout=MOST_AWAY)
        if alive:
            raise SystemExit(f"processes outlive their parent: {alive}")
        return start_server(served.store, served.log)
    for process in processes_of(served)[victim]:
        with contextlib.suppress(psutil.Error):
            process.kill()
    return served


def away(served: Served, since: float) -> float:
    """Seconds from a moment until the server answers a query that a query process computes."""
    while time.monotonic() - since < 10 * MOST_AWAY:
        with contextlib.suppress(requests.RequestException, AssertionError):
            wait_until_healthy(served)
            query = {"query": f"ASK {{ ?s <{WRITTEN}> ?n FILTER(?n > 0) }} # {time.monotonic()}"}
            if requests.get(f"{served.base}/sparql", params=query, timeout=5).ok:
                break
    return time.monotonic() - since


def stored(store: Path) -> set[int]:
    """The numbers that the database holds."""
    database = ox.Store(str(data_folder(store)))
    quads = database.quads_for_pattern(None, ox.NamedNode(WRITTEN), None, None)
    return {int(quad.object.value) for quad in quads if isinstance(quad.object, ox.Literal)}


def endure_kills(folder: Path, number: int, chance: random.Random) -> bool:
    """Kill so many processes under write load; whether nothing acknowledged was lost and the service was back in time."""
    build_store(folder / "store", f"<http://example.org/n0> <{WRITTEN}> 0 .")
    scribe = Scribe(start_server(folder / "store", folder / "log"))
    times: defaultdict[str, list[float]] = defaultdict(list)
    with writing(scribe):
        for count in range(number):
            time.sleep(chance.uniform(0.0, 0.6))
            victim, began = chance.choice(VICTIMS), time.monotonic()
            scribe.served = kill(scribe.served, victim)
            times[victim].append(away(scribe.served, began))
            if (count + 1) % 20 == 0:
                say(f"{count + 1} kills, {len(scribe.acknowledged)} writes acknowledged")
    stop_server(scribe.served)
    lost = scribe.acknowledged - stored(folder / "store")
    for victim, seconds in sorted(times.items()):
        say(f"{victim}: {len(seconds)} kills, away {max(seconds):.2f} s at most")
    say(f"{len(scribe.acknowledged)} writes acknowledged, {len(lost)} of them lost")
    return not lost and max(map(max, times.values()), default=0.0) <= MOST_AWAY


# --- mixed load -------------------------------------------------------------------------------------------------------


@dataclass
class Load:
    """People who ask and write all the time; counts what they were answered."""

    served: Served
    events: int
    answers: Counter[str] = field(default_factory=Counter)
    unwanted: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self, what: str, wanted: tuple[int, ...], query: str, **parameters: str) -> None:
        """A query, its answer read to the end."""
        self._send(what, wanted, "GET", "/sparql", params={"query": query} | parameters)

    def change(self, what: str, wanted: tuple[int, ...], update: str) -> None:
        """An update."""
        self._send(what, wanted, "POST", "/update", data={"update": update}, headers=AUTHORIZED)

    def put(self, what: str, graph: str, turtle: str) -> None:
        """A graph."""
        headers = AUTHORIZED | {"Content-Type": "text/turtle"}
        self._send(what, (201, 204), "PUT", "/data", params={"graph": graph}, data=turtle, headers=headers)

    def fetch(self, what: str, path: str) -> None:
        """A page or a dump."""
        self._send(what, (200,), "GET", path)

    def hang_up(self, what: str, query: str) -> None:
        """A stream of which only the beginning is read."""
        address = f"{self.served.base}/sparql"
        with requests.get(address, params={"query": query}, stream=True, timeout=60) as answer:
            next(answer.iter_content(1000))
        self.answers[f"{what} {answer.status_code}"] += 1

    def _send(self, what: str, wanted: tuple[int, ...], method: str, path: str, **more: object) -> None:
        answer = requests.request(method, self.served.base + path, timeout=60, **more)  # type: ignore[arg-type]
        self.answers[f"{what} {answer.status_code}"] += 1
        if answer.status_code not in wanted:
            self.unwanted.append(f"{what}: {answer.status_code} {answer.text[:300]}")

    def run(self, turns: "list[Callable[[Load, int], None]]", start: int) -> None:
        """Take turns until `over`; what breaks is unwanted."""
        for number in itertools.count(start, 1000):
            if self.over.is_set():
                return
            try:
                turns[number // 1000 % len(turns)](self, number)
            except (requests.RequestException, StopIteration) as error:
                self.unwanted.append(repr(error)[:300])


def _point(load: Load, number: int) -> None:
    load.ask("point", (200,), f"SELECT * {{ <{BASE}event/e{number % load.events}> ?p ?o }}")


def _join(load: Load, number: int) -> None:
    agent = f"<{BASE}actor/a{number % (load.events // 10)}>"
    query = f"SELECT ?l {{ ?e <{CQ}agent> {agent} ; <{CQ}target> ?t . ?t <{LABEL}> ?l }} ORDER BY ?l"
    load.ask("join", (200,), f"{query} # {number}", format="csv")


def _aggregate(load: Load, number: int) -> None:
    load.ask("aggregate", (200,), f"SELECT ?k (COUNT(*) AS ?n) {{ ?e a ?k }} GROUP BY ?k # {number}")


def _stream(load: Load, number: int) -> None:
    load.ask("stream", (200,), f"SELECT * {{ ?s ?p ?o }} LIMIT {20_000 + number % 1000}", format="tsv")


def _construct(load: Load, number: int) -> None:
    load.ask("construct", (200,), f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s ?p ?o }} LIMIT {5_000 + number % 1000}")


def _endless(load: Load, number: int) -> None:
    load.ask(
        "endless",
        (503,),
        f"SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} # {number}",
        timeout="1",
    )


def _wrong(load: Load, number: int) -> None:
    load.ask("wrong", (400,), f"SELECT * {{ ?s ?p # {number}")


def _bomb(load: Load, number: int) -> None:
    load.ask("bomb", (400,), "SELECT * " + "{" * 3000)


def _leave(load: Load, number: int) -> None:
    load.hang_up("hang-up", f"SELECT * {{ ?a ?b ?c . ?d ?e ?f }} # {number}")


def _dump(load: Load, number: int) -> None:
    load.fetch("dump", "/dump.nq" if number % 2 else "/dump.ttl")


def _insert(load: Load, number: int) -> None:
    node = f"http://example.org/n{number % 50}"
    text = f"DELETE {{ <{node}> <{WRITTEN}> ?n }} INSERT {{ <{node}> <{WRITTEN}> {number} }}"
    load.change("update", (204,), f"{text} WHERE {{ OPTIONAL {{ <{node}> <{WRITTEN}> ?n }} }}")


def _put(load: Load, number: int) -> None:
    load.put("put", f"http://example.org/g{number % 20}", f"<a> <b> {number} .")


READERS: list[Callable[[Load, int], None]] = [
    _point, _join, _point, _aggregate, _point, _stream, _point, _wrong, _point, _construct, _point, _leave, _point, _bomb,
]  # fmt: skip
SLOW: list[Callable[[Load, int], None]] = [_endless, _dump, _endless]
WRITERS: list[Callable[[Load, int], None]] = [_insert, _insert, _insert, _put]


@dataclass(frozen=True)
class Size:
    """What a server holds at a moment."""

    memory: int  # bytes, shared pages counted once
    processes: int
    files: int  # open descriptors
    folders: int  # in the dataset's folder
    disk: int  # bytes there, hard links counted once

    def __str__(self) -> str:
        return (
            f"{self.memory >> 20} MiB, {self.processes} processes, {self.files} files open, "
            f"{self.folders} folders, {self.disk >> 20} MiB on disk"
        )


def measure(served: Served) -> Size:
    """The size of a server now."""
    family = [
        psutil.Process(served.process.pid),
        *psutil.Process(served.process.pid).children(recursive=True),
    ]
    memory = files = 0
    for process in family:
        with contextlib.suppress(psutil.Error):
            memory += process.memory_full_info().pss
            files += process.num_fds()
    disk: dict[int, int] = {}
    folders = 0
    for path in served.store.rglob("*"):
        with contextlib.suppress(OSError):
            found = path.stat()
            folders += path.is_dir()
            disk[found.st_ino] = found.st_size
    return Size(memory, len(family), files, folders, sum(disk.values()))


def endure_load(folder: Path, minutes: float) -> bool:
    """Mixed load for so many minutes; whether every answer was a wanted one."""
    events = build(folder / "store", QUADS)
    served = start_server(folder / "store", folder / "log")
    load = Load(served, events)
    crowds = [(READERS, 3), (SLOW, 1), (WRITERS, 1)]
    people = [turns for turns, number in crowds for _ in range(number)]
    threads = [threading.Thread(target=load.run, args=(turns, n)) for n, turns in enumerate(people)]
    for thread in threads:
        thread.start()
    sizes, end = [], time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        time.sleep(min(EVERY, max(0.0, end - time.monotonic())))
        sizes.append(measure(served))
        say(f"{sum(load.answers.values())} answers, {len(load.unwanted)} unwanted; {sizes[-1]}")
    load.over.set()
    for thread in threads:
        thread.join()
    time.sleep(3)  # until what was kept warm is gone
    say(f"at rest: {measure(served)}")
    family = psutil.Process(served.process.pid).children(recursive=True)
    stop_server(served)
    left = psutil.wait_procs(family, timeout=5)[1]
    _report(load, sizes, left)
    return not load.unwanted and not left


def _report(load: Load, sizes: list[Size], left: list[psutil.Process]) -> None:
    third = max(1, len(sizes) // 3)
    for name in ("memory", "processes", "files", "folders", "disk"):
        first, last = (
            sum(getattr(size, name) for size in part) / len(part) for part in (sizes[:third], sizes[-third:])
        )
        say(f"{name}: {first:.0f} in the first third, {last:.0f} in the last")
    for what, number in sorted(load.answers.items()):
        say(f"{what}: {number}")
    for text in load.unwanted[:10]:
        say(f"unwanted: {text}")
    say(f"{len(load.unwanted)} unwanted answers, {len(left)} processes left behind")


def main() -> None:
    """Both, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    well = []
    with tempfile.TemporaryDirectory() as folder:
        if wanted.kills:
            well.append(endure_kills(Path(folder) / "kills", wanted.kills, random.Random(wanted.seed)))
        if wanted.minutes:
            well.append(endure_load(Path(folder) / "load", wanted.minutes))
    say("well" if all(well) else "NOT WELL")
    sys.exit(not all(well))


if __name__ == "__main__":
    main()
