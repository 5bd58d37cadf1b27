"""A write process: opens the dataset's database, carries out one write, publishes a snapshot, and is gone.

It is forked for each write, so an update that hangs, crashes or eats memory takes nothing with it: the engine's
transaction is undone. Between writes nobody holds the lock, so that `kg ingest` can go on beside the server.

A write that may touch what the project owns is first tried on a copy (hard links, so it costs milliseconds), and is
refused where the copy then breaks a shape that the dataset did not break before.
"""

import json
import os
import shutil
import signal
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

import pyoxigraph as ox

from kg.dataset.snapshots import data_folder, publish_snapshot
from server import frames, sandbox
from server.checks import Check, violations
from server.engine import GRAPHS
from server.errors import Refusal
from server.explain import explain
from server.guard import examine
from server.settings import Limits
from server.touched import MOST_NODES, is_owned, operations, touched

_LOCKED = "another process is writing the dataset"
_TRIED_FIRST = 100_000  # characters up to which an update is parsed before the database is opened
_TOLD = 20  # violations in a report


@dataclass(frozen=True, slots=True)
class Write:
    """One write: an update, or the PUT, POST or DELETE of a graph with its RDF documents."""

    kind: str  # update | put | post | delete
    body: bytes
    base: str  # what relative IRIs are resolved against
    own: str  # what the project's graphs begin with
    graph: str = ""  # "" is the default graph
    parts: str = "[]"  # JSON: start, end and format of each document in the body
    checks: str = "[]"  # JSON: message and patterns of each check

    @property
    def node(self) -> ox.NamedNode | ox.DefaultGraph:
        """The graph as the engine names it."""
        return ox.NamedNode(self.graph) if self.graph else ox.DefaultGraph()


def run(channel: socket.socket, store: str, limits: Limits) -> NoReturn:
    """Carry out the one write that comes over the socket and say how it went. Called in a fresh fork."""
    sandbox.die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sandbox.refuse_calls()
    sandbox.limit_memory(2 * limits.query_memory)
    received = frames.receive(cast(BinaryIO, channel.makefile("rb")))
    if received is None:
        os._exit(0)
    header, body = frames.unpack_whole(received[1])
    try:
        done = _write(Path(store), Write(body=body, **cast(dict[str, str], header)), limits)
        channel.sendall(frames.pack_whole(done, b""))
    except Refusal as refusal:
        channel.sendall(frames.frame(frames.REFUSED, json.dumps(refusal.record()).encode()))
    os._exit(0)


def _write(folder: Path, write: Write, limits: Limits) -> dict[str, object]:
    if write.kind == "update":
        _read_update(write, limits)
    database = _opened(folder)
    try:
        _check(database, folder, write)
        done = _carry_out(database, write)
        database.flush()
    except SyntaxError as error:
        raise _unreadable(error) from None
    except MemoryError:
        raise Refusal(503, "the write needs more memory than one may take", "Send it in pieces.") from None
    except (ValueError, RuntimeError, OSError) as error:
        raise Refusal(400, f"the write failed and is undone: {error}") from None
    return done | {"snapshot": publish_snapshot(database, folder).name}


def _read_update(write: Write, limits: Limits) -> None:
    """Find what is wrong with an update before anybody waits for the database."""
    text = write.body.decode()
    examine(text, limits, update=True)
    if len(text) > _TRIED_FIRST:
        return
    try:
        ox.Store().update(text, base_iri=write.base)
    except SyntaxError as error:
        raise explain(text, str(error.msg or error), "update") from None
    except (ValueError, RuntimeError, OSError):  # it needs data to succeed: the database will say
        return


def _unreadable(error: SyntaxError) -> Refusal:
    place = (error.lineno, error.offset) if error.lineno and error.offset else None
    return Refusal(400, f"this cannot be read: {error.msg or error}", place=place)


def _opened(folder: Path) -> ox.Store:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return ox.Store(str(data_folder(folder)))
    except OSError as error:
        if "lock" in str(error).lower():
            raise Refusal(503, _LOCKED, "Ask again when it has ended.", retry=2) from None
        raise Refusal(500, f"the database cannot be opened: {error}") from None


# --- shapes -----------------------------------------------------------------------------------------------------------


def _check(database: ox.Store, folder: Path, write: Write) -> None:
    """Refuse a write after which the project's own data would break a shape that they do not break now."""
    checks = [Check(message, tuple(patterns)) for message, patterns in json.loads(write.checks)]
    if not checks or not _touches_own(write):
        return
    copy = folder / "trial"
    shutil.rmtree(copy, ignore_errors=True)
    try:
        database.backup(str(copy))
        found = _violations_after(ox.Store(str(copy)), write, checks)
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    nodes = {node for node, _ in found if not node.startswith("_:")}
    new = sorted(found - violations(database, checks, nodes)) if found else []
    if new:
        report = "\n".join(f"{node}: {message}" for node, message in new[:_TOLD])
        hint = "Graphs of your own are free: write to GRAPH <…> with a name that the project does not mint."
        raise Refusal(
            422, f"the write would break {len(new)} shapes of the project's data", hint, report=report
        )


def _touches_own(write: Write) -> bool:
    if write.kind != "update":
        return is_owned(write.graph, write.own)
    empty = ox.Store()
    return any(
        touched(operation, empty, write.own) != frozenset() for operation in operations(write.body.decode())
    )


def _violations_after(trial: ox.Store, write: Write, checks: Iterable[Check]) -> frozenset[tuple[str, str]]:
    """What breaks the shapes once the write is carried out on a copy, in which users' own graphs then do not count."""
    nodes = _carry_out_watched(trial, write)
    for graph in list(trial.named_graphs()):
        if isinstance(graph, ox.BlankNode) or not is_owned(graph.value, write.own):
            trial.remove_graph(graph)
    return violations(trial, checks, nodes)


def _carry_out_watched(trial: ox.Store, write: Write) -> frozenset[str] | None:
    """Carry the write out and say which nodes it may have changed; None for any."""
    if write.kind != "update":
        before = set(trial.quads_for_pattern(None, None, None, write.node))
        _carry_out(trial, write)
        return _nodes(before ^ set(trial.quads_for_pattern(None, None, None, write.node)))
    found: set[str] | None = set()
    for operation in operations(write.body.decode()):
        nodes = touched(operation, trial, write.own)
        found = None if found is None or nodes is None else found | nodes
        trial.update(operation.runnable, base_iri=write.base)
    return None if found is None or len(found) > MOST_NODES else frozenset(found)


def _nodes(quads: Iterable[ox.Quad]) -> frozenset[str] | None:
    terms = {term for quad in quads for term in (quad.subject, quad.object)}
    nodes = frozenset(term.value for term in terms if isinstance(term, ox.NamedNode))
    return None if len(nodes) > MOST_NODES or any(isinstance(term, ox.BlankNode) for term in terms) else nodes


# --- carrying out -----------------------------------------------------------------------------------------------------


def _carry_out(database: ox.Store, write: Write) -> dict[str, object]:
    if write.kind == "update":
        database.update(write.body.decode(), base_iri=write.base)
        return {}
    return _change_graph(database, write)


def _change_graph(database: ox.Store, write: Write) -> dict[str, object]:
    """PUT, POST or DELETE of a graph (Graph Store Protocol, 5.3 to 5.5); `created` says whether it was not there."""
    graph = write.node
    there = isinstance(graph, ox.DefaultGraph) or database.contains_named_graph(graph)
    if write.kind == "delete":
        if not there:
            raise Refusal(404, f"there is no graph {write.graph}")
        if isinstance(graph, ox.DefaultGraph):
            database.clear_graph(graph)
        else:
            database.remove_graph(graph)
        return {"created": False}
    new = [quad for part in json.loads(write.parts) for quad in _parsed(write, part)]
    if write.kind == "put" and there:
        _replace(database, graph, new)
    else:
        database.extend(new)
    if isinstance(graph, ox.NamedNode) and not new:
        database.add_graph(graph)
    return {"created": not there}


def _parsed(write: Write, part: dict[str, Any]) -> list[ox.Quad]:
    body = write.body[slice(part["start"], part["end"])]
    quads = ox.parse(body, GRAPHS[part["format"]], base_iri=write.base, rename_blank_nodes=True)
    return [ox.Quad(quad.subject, quad.predicate, quad.object, write.node) for quad in quads]


def _replace(database: ox.Store, graph: ox.NamedNode | ox.DefaultGraph, new: list[ox.Quad]) -> None:
    """The graph with these quads and no others, in one transaction."""
    target = "DEFAULT" if isinstance(graph, ox.DefaultGraph) else f"GRAPH {graph}"
    triples = "\n".join(f"{quad.subject} {quad.predicate} {quad.object} ." for quad in new)
    data = triples if isinstance(graph, ox.DefaultGraph) else f"GRAPH {graph} {{ {triples} }}"
    database.update(f"CLEAR SILENT {target} ; INSERT DATA {{ {data} }}")
