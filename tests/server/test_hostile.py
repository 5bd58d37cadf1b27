"""Requests that no honest client sends, byte by byte, and what every answer says to browsers."""

import contextlib
import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
import requests

from .conftest import Served, wait_until_healthy

TABLE = json.loads(Path(__file__).with_name("hostile.json").read_text(encoding="utf-8"))
_SILENCE = 0.3  # seconds after which an answer has no second one behind it
QUERY = "/sparql?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D%20LIMIT%203"
PLACES = (
    "/", QUERY, "/sparql?query=ASK", "/sparql", "/dump.nt", "/dump.nothing", "/data?default", "/data?graph=http%3A%2F%2Fx%2Fy",
    "/health", "/queries", "/nowhere", "/static/page.css", "/static/../app.py",
)  # fmt: skip


def send(served: Served, head: list[str], body: str) -> bytes:
    """The answer to bytes as they are, and what follows it until the server ends the connection or says nothing more."""
    lines = [re.sub(r"@(\d+)", lambda found: "9" * int(found[1]), line) for line in head]
    pieces = []
    with (
        contextlib.suppress(TimeoutError, ConnectionError),
        socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection,
    ):
        connection.sendall("\r\n".join([*lines, "", body]).encode("latin-1"))
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
            connection.settimeout(_SILENCE)
    return b"".join(pieces)


@pytest.mark.parametrize("row", TABLE, ids=[row["id"] for row in TABLE])
def test_a_hostile_request_gets_one_answer_and_hurts_nobody(served: Served, row: dict[str, Any]) -> None:
    """Each row's status, one answer and no second one that was smuggled in, and service as before."""
    answer = send(served, row["head"], row["body"])
    assert [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d+)", answer, re.MULTILINE)] == [
        row["status"]
    ], row["why"]
    assert b"\r\nX-Split" not in answer
    wait_until_healthy(served)


@pytest.mark.parametrize("place", PLACES)
def test_every_answer_forbids_guessing_its_type_and_running_what_is_in_it(served: Served, place: str) -> None:
    """Data, errors and pages alike; no answer says which software serves it."""
    answer = requests.get(served.base + place, timeout=30, allow_redirects=False)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "X-Powered-By" not in answer.headers


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("accept", ["*/*", "text/html", "text/plain"])
def test_head_is_get_without_the_body(served: Served, place: str, accept: str) -> None:
    """The same status and the same headers; a stream's length alone may be known to only one of the two."""
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    get = requests.get(served.base + place, headers=headers, timeout=30, allow_redirects=False)
    head = requests.head(served.base + place, headers=headers, timeout=30)
    assert (head.status_code, head.content) == (get.status_code, b"")
    for name in ("Content-Type", "ETag", "Vary", "Cache-Control", "Location", "X-Snapshot"):
        assert head.headers.get(name) == get.headers.get(name), name
    lengths = {answer.headers.get("Content-Length") for answer in (get, head)}
    if place != "/health":  # its figures may have changed
        assert len(lengths - {None}) <= 1


def test_a_head_of_an_endless_stream_ends_its_query(served: Served) -> None:
    """Nobody wants the rows, so nobody computes them."""
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f } # asked by HEAD"
    assert requests.head(f"{served.base}/sparql", params={"query": query}, timeout=30).status_code == 200
    jobs = requests.get(f"{served.base}/health", timeout=30).json()
    assert jobs["short"] + jobs["long"] + jobs["paused"] + jobs["waiting"] == 0


def test_a_graph_has_an_etag_and_304(served: Served) -> None:
    """Who has a graph already need not be sent it again; another graph has another tag."""
    graphs = ("graph=http%3A%2F%2Fexample.org%2Fa", "graph=http%3A%2F%2Fexample.org%2Fb", "default")
    answers = [requests.get(f"{served.base}/data?{graph}", timeout=30) for graph in graphs]
    tags = [answer.headers["ETag"] for answer in answers]
    again = requests.get(f"{served.base}/data?{graphs[0]}", headers={"If-None-Match": tags[0]}, timeout=30)
    assert (len(set(tags)), again.status_code, again.content) == (3, 304, b"")
