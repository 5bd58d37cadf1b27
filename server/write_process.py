"""A write process: opens the dataset's database, carries out one write, publishes a snapshot, and is gone.

It is forked for each write, so an update that hangs, crashes or eats memory takes nothing with it: the engine's
transaction is undone. Between writes nobody holds the lock, so that `kg ingest` can go on beside the server.
"""

import json
import os
import signal
import socket
from pathlib import Path
from typing import BinaryIO, cast

import pyoxigraph as ox

from kg.snapshots import data_folder, publish_snapshot
from server import frames, sandbox
from server.engine import GRAPHS
from server.errors import Refusal
from server.explain import explain
from server.guard import examine
from server.settings import Limits

LOCKED = "another process is writing the dataset"


def run(channel: socket.socket, store: str, limits: Limits) -> None:
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
        channel.sendall(frames.pack_whole(_write(Path(store), header, body, limits), b""))
    except Refusal as refusal:
        channel.sendall(frames.frame(frames.REFUSED, json.dumps(refusal.record()).encode()))
    os._exit(0)


def _write(folder: Path, header: dict[str, object], body: bytes, limits: Limits) -> dict[str, object]:
    text = body.decode() if header["kind"] == "update" else ""
    if text:
        examine(text, limits, update=True)
        _parse(text, str(header["base"]))
    database = _opened(folder)
    try:
        done = _carry_out(database, header, body)
        database.flush()
    except SyntaxError as error:
        raise _unreadable(error) from None
    except MemoryError:
        raise Refusal(503, "the write needs more memory than one may take", "Send it in pieces.") from None
    except (ValueError, RuntimeError, OSError) as error:
        raise Refusal(400, f"the write failed and is undone: {error}") from None
    done["snapshot"] = publish_snapshot(database, folder).name
    return done


def _unreadable(error: SyntaxError) -> Refusal:
    place = (error.lineno, error.offset) if error.lineno and error.offset else None
    return Refusal(400, f"this cannot be read: {error.msg or error}", place=place)


def _parse(text: str, base: str) -> None:
    """Find what is wrong with an update before anybody waits for the database."""
    try:
        ox.Store().update(text, base_iri=base)
    except SyntaxError as error:
        raise explain(text, str(error.msg or error), "update") from None
    except (ValueError, RuntimeError, OSError):  # it needs data to succeed: the database will say
        return


def _opened(folder: Path) -> ox.Store:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return ox.Store(str(data_folder(folder)))
    except OSError as error:
        if "lock" in str(error).lower():
            raise Refusal(503, LOCKED, "Ask again when it has ended.", retry=2) from None
        raise Refusal(500, f"the database cannot be opened: {error}") from None


def _carry_out(database: ox.Store, header: dict[str, object], body: bytes) -> dict[str, object]:
    if header["kind"] == "update":
        database.update(body.decode(), base_iri=str(header["base"]))
        return {}
    return _change_graph(database, header, body)


def _change_graph(database: ox.Store, header: dict[str, object], body: bytes) -> dict[str, object]:
    """PUT, POST or DELETE of a graph (Graph Store Protocol, 5.3 to 5.5); `created` says whether it was not there."""
    name = str(header["graph"])
    graph = ox.NamedNode(name) if name else ox.DefaultGraph()
    there = not name or database.contains_named_graph(graph)
    if header["kind"] == "delete":
        if not there:
            raise Refusal(404, f"there is no graph {name}")
        database.clear_graph(graph) if not name else database.remove_graph(graph)
        return {"created": False}
    parts = json.loads(str(header["parts"]))
    new = [
        quad
        for part in parts
        for quad in _parsed(body[part["start"] : part["end"]], part["format"], header, graph)
    ]
    if header["kind"] == "put" and there:
        _replace(database, graph, new)
    else:
        database.extend(new)
    if name and not new:
        database.add_graph(graph)
    return {"created": not there}


def _parsed(
    body: bytes, form: str, header: dict[str, object], graph: ox.NamedNode | ox.DefaultGraph
) -> list[ox.Quad]:
    quads = ox.parse(body, GRAPHS[form], base_iri=str(header["base"]), rename_blank_nodes=True)
    return [ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in quads]


def _replace(database: ox.Store, graph: ox.NamedNode | ox.DefaultGraph, new: list[ox.Quad]) -> None:
    """The graph with these quads and no others, in one transaction."""
    target = "DEFAULT" if isinstance(graph, ox.DefaultGraph) else f"GRAPH {graph}"
    triples = "\n".join(f"{quad.subject} {quad.predicate} {quad.object} ." for quad in new)
    data = triples if isinstance(graph, ox.DefaultGraph) else f"GRAPH {graph} {{ {triples} }}"
    database.update(f"CLEAR SILENT {target} ; INSERT DATA {{ {data} }}")
