"""The server against native Oxigraph and rdflib-endpoint, side by side in one run: prints the table of bars.

    python -m tests.benchmarks.server [--quads 2000000] [--seconds 3] [--rounds 3]

Needs the packages `oxigraph` and `rdflib-endpoint` (the latter is left out where it is missing). Throughput is the best of
the rounds, which alternate between the servers, so that what else the machine does meets all of them. The client is
written in the standard library, in processes of its own; on a machine with few cores it takes its share of them.
"""

import argparse
import contextlib
import http.client
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.benchmarks.generate import BASE, CQ, LABEL, build
from tests.server.conftest import ROOT, free_port

CONNECTIONS = 8
RDFLIB_QUADS = 46_000  # what rdflib-endpoint can hold in memory in reasonable time
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
JSON = "application/sparql-results+json"


@dataclass(frozen=True)
class Target:
    """A running server."""

    name: str
    port: int
    path: str
    pid: int
    events: int

    def get(self, query: str, accept: str = JSON, timeout: float = 120) -> tuple[int, float, float, int]:
        """Status, seconds to the first byte, seconds to the last, bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        began = time.perf_counter()
        connection.request(
            "GET", f"{self.path}?{urllib.parse.urlencode({'query': query})}", headers={"Accept": accept}
        )
        answer = connection.getresponse()
        size = len(answer.read(1))
        first = time.perf_counter() - began
        while piece := answer.read(1 << 20):
            size += len(piece)
        connection.close()
        return answer.status, first, time.perf_counter() - began, size


def point(number: int, events: int) -> str:
    """All that is said of one event."""
    return f"SELECT ?p ?o WHERE {{ <{BASE}event/e{number % events}> ?p ?o }}"


def repeated(number: int, events: int) -> str:
    """The same question each time."""
    return point(77, events)


def two_hops(number: int, events: int) -> str:
    """The events of an actor's state, with their targets' names; the LIMIT makes each one another."""
    actor = f"<{BASE}actor/a{number % max(10, events // 10)}>"
    return (
        f"SELECT ?l ?m WHERE {{ {actor} <{CQ}ofState> ?s . ?e <{CQ}agent> ?s ; <{LABEL}> ?l ; <{CQ}target> ?t . "
        f"?t <{LABEL}> ?m }} LIMIT {1000 + number}"
    )


def aggregate(number: int, events: int) -> str:
    """How many events there are of each kind."""
    return f"SELECT ?k (COUNT(*) AS ?n) WHERE {{ ?e <{CQ}agent> ?a ; a ?k }} GROUP BY ?k ORDER BY ?k LIMIT {1000 + number}"


Make = Callable[[int, int], str]


def _client(
    target: Target, make: Make, seed: int, seconds: float, out: "multiprocessing.Queue[list[float]]"
) -> None:
    chance = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=120)
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or not taken:  # a slow query is waited for
        query = urllib.parse.urlencode({"query": make(chance.randrange(1 << 30), target.events)})
        began = time.perf_counter()
        connection.request("GET", f"{target.path}?{query}", headers={"Accept": JSON})
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            taken.append(time.perf_counter() - began)
    out.put(taken)


def load(target: Target, make: Make, seconds: float, seed: int) -> tuple[float, float, float]:
    """Answers a second over eight connections, and the median and slowest of them in milliseconds."""
    out: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    clients = [
        multiprocessing.Process(target=_client, args=(target, make, seed * 1000 + n, seconds, out))
        for n in range(CONNECTIONS)
    ]
    began = time.perf_counter()
    for client in clients:
        client.start()
    taken = sorted(time_ for _ in clients for time_ in out.get())
    seconds = max(seconds, time.perf_counter() - began)
    for client in clients:
        client.join()
    return len(taken) / seconds, 1000 * taken[len(taken) // 2], 1000 * taken[-1]


@contextlib.contextmanager
def running(
    command: list[str], name: str, port: int, path: str, events: int, **settings: str
) -> Iterator[Target]:
    """A server, ended afterwards with all its processes."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KG_")} | settings
    process = subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    target = Target(name, port, path, process.pid, events)
    try:
        _wait(target)
        yield target
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(target: Target) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if target.get("ASK {}")[0] == 200:
                return
        time.sleep(0.1)
    raise SystemExit(f"{target.name} did not start")


def ours(store: Path, events: int) -> "contextlib.AbstractContextManager[Target]":
    """Our server over a dataset."""
    port = free_port()
    start = "from kg.settings import load_settings; from server.app import serve; serve(load_settings())"
    settings = {
        "KG_STORE": str(store),
        "KG_PORT": str(port),
        "KG_SERVER_DEADLINE": "5",
        "PYTHONPATH": str(ROOT),
    }
    return running([sys.executable, "-c", start], "ours", port, "/sparql", events, **settings)


def native(store: Path, events: int) -> "contextlib.AbstractContextManager[Target]":
    """Oxigraph's own server over the same snapshot."""
    port, program = (
        free_port(),
        shutil.which("oxigraph", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}"),
    )
    if program is None:
        raise SystemExit("the package `oxigraph` is not installed")
    snapshot = store / "snapshots" / (store / "current").read_text().strip()
    command = [program, "serve-read-only", "--location", str(snapshot), "--bind", f"127.0.0.1:{port}"]
    return running(command, "native", port, "/query", events)


def rdflib_endpoint(store: Path, events: int) -> "contextlib.AbstractContextManager[Target]":
    """rdflib-endpoint over a small dataset in memory."""
    port = free_port()
    start = (
        "from rdflib import Dataset; from rdflib_endpoint import SparqlEndpoint; import uvicorn\n"
        f"g = Dataset(); g.parse({str(store / 'generated.nq')!r}, format='nquads')\n"
        f"uvicorn.run(SparqlEndpoint(graph=g, path='/'), port={port}, log_level='error')"
    )
    return running([sys.executable, "-W", "ignore", "-c", start], "rdflib-endpoint", port, "/", events)


def best(target: Target, make: Make, seconds: float, rounds: range) -> tuple[float, float, float]:
    """The round with the highest throughput."""
    return max(load(target, make, seconds, seed) for seed in rounds)


def compare(
    a: Target, b: Target, make: Make, seconds: float, rounds: int
) -> tuple[tuple[float, float, float], ...]:
    """The best round of each, taken in turns."""
    found = [
        (best(a, make, seconds, range(n, n + 1)), best(b, make, seconds, range(n, n + 1)))
        for n in range(rounds)
    ]
    return max(row[0] for row in found), max(row[1] for row in found)


def peak(target: Target, work: Callable[[], object]) -> int:
    """The most bytes that a server and its processes hold together while something is done, shared pages counted once."""
    most, over = 0, multiprocessing.Event()
    import threading

    def watch() -> None:
        nonlocal most
        while not over.is_set():
            family = [psutil.Process(target.pid), *psutil.Process(target.pid).children(recursive=True)]
            size = 0
            for process in family:
                with contextlib.suppress(psutil.Error):
                    size += process.memory_full_info().pss
            most = max(most, size)
            time.sleep(0.05)

    thread = threading.Thread(target=watch)
    thread.start()
    work()
    over.set()
    thread.join()
    return most


def _ask_endlessly(target: Target, out: "multiprocessing.Queue[tuple[int, float]]") -> None:
    status, _, last, _ = target.get(ENDLESS + f" # {os.getpid()}")
    out.put((status, last))


def with_endless(
    target: Target, number: int, calm: float, seconds: float
) -> tuple[float, float, list[tuple[int, float]]]:
    """The share of point throughput kept beside endless queries, the slowest point query, how the endless ones ended."""
    out: multiprocessing.Queue[tuple[int, float]] = multiprocessing.Queue()
    others = [multiprocessing.Process(target=_ask_endlessly, args=(target, out)) for _ in range(number)]
    for other in others:
        other.start()
    time.sleep(1)  # until all have left the short lane
    rate, _, slowest = load(target, point, seconds, 99)
    ended = [out.get(timeout=60) for _ in others]
    for other in others:
        other.join()
    return rate / calm, slowest, ended


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quads", type=int, default=2_000_000)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder) / "large", Path(folder) / "small"
        events, few = build(large, wanted.quads), build(small, RDFLIB_QUADS)
        with ours(large, events) as us, native(large, events) as them:
            _against_native(us, them, wanted.seconds, wanted.rounds)
        with contextlib.suppress(ImportError):
            import rdflib_endpoint as _  # noqa: F401 only where it is installed

            with ours(small, few) as us, rdflib_endpoint(small, few) as them:
                for name, make in (("point", point), ("2-hop", two_hops), ("aggregate", aggregate)):
                    ratio = load(us, make, wanted.seconds, 1)[0] / max(
                        load(them, make, wanted.seconds, 1)[0], 1e-9
                    )
                    row(f"{name} against rdflib-endpoint, {RDFLIB_QUADS} quads", ratio, 20.0, "times")


def _against_native(us: Target, them: Target, seconds: float, rounds: int) -> None:
    for name, make, bar in (
        ("point query, uncached", point, 0.60), ("point query, repeated", repeated, 1.0),
        ("2-hop join, uncached", two_hops, 0.70), ("aggregate, uncached", aggregate, 0.90),
    ):  # fmt: skip
        mine, theirs = compare(us, them, make, seconds, rounds)
        note = f"{mine[0]:.0f}/s, median {mine[1]:.2f} ms; native {theirs[0]:.0f}/s, {theirs[1]:.2f} ms"
        row(f"{name}, {CONNECTIONS} connections, of native", mine[0] / theirs[0], bar, note)
    rows_ = f"SELECT ?e ?a ?l WHERE {{ ?e <{CQ}agent> ?a ; <{LABEL}> ?l }} LIMIT 100000"
    firsts = [(us.get(rows_ + f" # {n}")[1], them.get(rows_ + f" # {n}")[1]) for n in range(5)]
    mine_first, their_first = min(first for first, _ in firsts), min(first for _, first in firsts)
    row(
        "first byte of 100k rows, times native (at most)",
        -mine_first / their_first,
        -3.0,
        f"{1000 * mine_first:.1f} ms",
    )
    everything = "CONSTRUCT { ?s ?p ?o } WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    mine_peak = peak(us, lambda: us.get(everything, "application/n-triples"))
    their_peak = peak(them, lambda: them.get(everything, "application/n-triples"))
    row(
        "peak memory of a full CONSTRUCT, times native (at most)",
        -mine_peak / their_peak,
        -1.5,
        f"{mine_peak >> 20} MiB",
    )
    calm = load(us, point, seconds, 98)[0]
    for number, bar in ((1, 0.75), (8, 0.60)):
        kept, slowest, ended = with_endless(us, number, calm, seconds)
        row(
            f"point throughput kept beside {number} endless",
            kept,
            bar,
            f"slowest {slowest:.0f} ms; ended {json.dumps(ended)}",
        )


def row(name: str, found: float, bar: float, note: str) -> None:
    """One line of the table; bars below zero are upper bounds."""
    verdict = "reached" if found >= bar else "MISSED"
    sys.stdout.write(f"{name:<60} {abs(found):8.2f}  bar {abs(bar):<5g} {verdict:<8} {note}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
