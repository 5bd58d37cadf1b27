"""A real server on a free loopback port over a small real store; always ended."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyoxigraph as ox
import pytest

from kg.dataset.snapshots import data_folder, publish_snapshot

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
TOKEN = "a token of these tests"
_START = "from kg.settings import load_settings; from server.app import serve; serve(load_settings())"  # as `kg serve` does


@dataclass(frozen=True)
class Served:
    """A running server."""

    process: subprocess.Popen[bytes]
    base: str  # http://127.0.0.1:PORT
    store: Path
    log: Path

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.base.rpartition(":")[2])


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def build_store(folder: Path, trig: str = "", *more: ox.Quad) -> None:
    """A dataset with these quads, published."""
    folder.mkdir(parents=True, exist_ok=True)
    database = ox.Store(str(data_folder(folder)))
    if trig:
        database.load(trig, ox.RdfFormat.TRIG)
    database.bulk_extend(more)
    publish_snapshot(database, folder)
    del database


def start_server(store: Path, log: Path, **settings: str) -> Served:
    """Start a server and wait until it answers."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KG_")}
    environment |= {
        "KG_STORE": str(store),
        "KG_PORT": str(port),
        "KG_WRITE_TOKEN": TOKEN,
        "PYTHONPATH": str(ROOT),
    }
    environment |= {"KG_BASE": f"http://127.0.0.1:{port}/"} | settings
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", _START], env=environment, stderr=output, cwd=store.parent
        )
    served = Served(process, f"http://127.0.0.1:{port}", store, log)
    try:
        wait_until_healthy(served)
    except BaseException:
        stop_server(served)
        raise
    return served


def wait_until_healthy(served: Served, seconds: float = 30.0) -> None:
    """Return when /health says ok; fail when it does not in this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{served.base}/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
        if served.process.poll() is not None:
            break
    raise AssertionError(f"the server did not come up:\n{served.log.read_text()}")


def stop_server(served: Served) -> None:
    """End a server, if need be the hard way."""
    served.process.send_signal(signal.SIGTERM)
    try:
        served.process.wait(20)
    except subprocess.TimeoutExpired:
        served.process.kill()
        served.process.wait()


def processes_of(served: Served) -> dict[str, list[psutil.Process]]:
    """The processes of a server by what they are."""
    found: dict[str, list[psutil.Process]] = {"front": [], "nursery": [], "child": []}
    for process in psutil.Process(served.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            nursery = "server.nursery" in " ".join(process.cmdline())
            parent = process.parent()
            forked = parent is not None and "server.nursery" in " ".join(parent.cmdline())
            found["child" if forked else "nursery" if nursery else "front"].append(process)
    return found


EXAMPLE = """
@base <http://localhost:8000/> .
@prefix cq: <https://w3id.org/communique/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
<actor/norland> a cq:State ; rdfs:label "Norland"@en .
<actor/sudland> a cq:State ; rdfs:label "Sudland"@en .
<event/2020-treaty> a cq:Agreement ; rdfs:label "Norland & <Sudland> signed"@en ; cq:agent <actor/norland>, <actor/sudland> .
GRAPH <article/one> { <article/one> a schema:NewsArticle ; schema:headline "A treaty"@en . }
GRAPH <http://example.org/a> { <http://example.org/x> rdfs:label "x" . <http://example.org/both> rdfs:label "both" . }
GRAPH <http://example.org/b> { <http://example.org/y> rdfs:label "y" . <http://example.org/both> rdfs:label "both" . }
"""


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over the example that tests only read."""
    folder = tmp_path_factory.mktemp("served")
    many = (_numbered(number) for number in range(30_000))
    build_store(folder / "store", EXAMPLE, *many)
    server = start_server(
        folder / "store", folder / "log", KG_SERVER_DEADLINE="2", KG_SERVER_SHORT_SECONDS="0.2"
    )
    yield server
    stop_server(server)


def _numbered(number: int) -> ox.Quad:
    subject = ox.NamedNode(f"http://example.org/number/{number}")
    return ox.Quad(subject, ox.NamedNode("http://example.org/value"), ox.Literal(number))


@pytest.fixture
def writable(tmp_path: Path) -> Iterator[Served]:
    """A server over a store of its own, for tests that write."""
    build_store(tmp_path / "store", EXAMPLE)
    server = start_server(tmp_path / "store", tmp_path / "log")
    yield server
    stop_server(server)
