"""Writing over HTTP: who may, what stays when something ends, and when readers see it."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pyoxigraph as ox
import pytest
import requests

from kg.dataset.snapshots import data_folder, publish_snapshot

from .conftest import (
    EXAMPLE,
    TOKEN,
    Served,
    build_store,
    processes_of,
    start_server,
    stop_server,
    wait_until_healthy,
)

AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
UPDATE = AUTHORIZED | {"Content-Type": "application/sparql-update"}


def update(served: Served, text: str, headers: dict[str, str] = UPDATE) -> requests.Response:
    """Send an update."""
    return requests.post(f"{served.base}/update", data=text.encode(), headers=headers, timeout=60)


def value(served: Served, text: str) -> str:
    """The one value that a query gives; one whose process was killed is asked again, as its answer says."""
    for _ in range(20):
        answer = requests.get(
            f"{served.base}/sparql", params={"query": text}, headers={"Accept": "text/csv"}, timeout=60
        )
        if answer.status_code != 503:
            break
        time.sleep(0.2)
    assert answer.ok, answer.text
    return answer.text.split("\r\n")[1]


COUNT = "SELECT (COUNT(*) AS ?n) { ?s <http://example.org/written> ?o }"


def test_nobody_writes_without_the_token(writable: Served) -> None:
    """No token and a wrong one are 401 with WWW-Authenticate, for updates and for graphs, and nothing changes."""
    kind = {"Content-Type": "application/sparql-update"}
    for headers in (
        kind,
        kind | {"Authorization": "Bearer wrong"},
        kind | {"Authorization": f"Basic {TOKEN}"},
    ):
        answer = update(writable, "CLEAR ALL", headers)
        assert (answer.status_code, "WWW-Authenticate" in answer.headers) == (401, True)
        for method in ("PUT", "POST", "DELETE"):
            assert (
                requests.request(
                    method, f"{writable.base}/data?default", headers=headers, timeout=60
                ).status_code
                == 401
            )
    assert value(writable, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") != "0"


def test_without_a_configured_token_writing_is_off_and_says_so(tmp_path: Path) -> None:
    """A server started without KG_WRITE_TOKEN refuses every write, whatever token comes."""
    build_store(tmp_path / "store", EXAMPLE)
    served = start_server(tmp_path / "store", tmp_path / "log", KG_WRITE_TOKEN="")
    try:
        answer = update(served, "CLEAR ALL")
    finally:
        stop_server(served)
    assert answer.status_code == 403
    assert "writing is off" in answer.json()["error"]["reason"]


def test_an_update_is_seen_by_the_next_query(writable: Served) -> None:
    """When an update is answered, queries see it, those that were cached before too."""
    assert value(writable, COUNT) == "0"
    answer = update(writable, "INSERT DATA { <http://example.org/1> <http://example.org/written> 1, 2 }")
    assert answer.status_code == 204
    assert value(writable, COUNT) == "2"


def test_a_wrong_update_changes_nothing_and_is_explained(writable: Served) -> None:
    """Of several operations none is carried out when one is wrong."""
    answer = update(
        writable,
        "INSERT DATA { <http://example.org/1> <http://example.org/written> 1 } ;\nDELETE DATA { ?s ?p ?o }",
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["line"] == 2
    assert value(writable, COUNT) == "0"


def test_using_graph_uri_decides_where_an_update_looks(writable: Served) -> None:
    """The graphs of the request are those that its pattern sees."""
    answer = requests.post(
        f"{writable.base}/update", params={"using-graph-uri": "http://example.org/a"}, headers=UPDATE, timeout=60,
        data="INSERT { ?s <http://example.org/written> ?o } WHERE { ?s ?p ?o }",
    )  # fmt: skip
    assert answer.status_code == 204
    assert value(writable, COUNT) == "2"


def test_an_update_that_never_ends_is_undone_and_the_next_one_goes_on(tmp_path: Path) -> None:
    """At its time a write is ended; the one after it is carried out."""
    build_store(tmp_path / "store", EXAMPLE)
    served = start_server(tmp_path / "store", tmp_path / "log", KG_SERVER_WRITE_SECONDS="1")
    try:
        joins = " ".join(f"?a{number} ?b{number} ?c{number} ." for number in range(12))
        endless = update(served, f"INSERT {{ ?a0 <http://example.org/written> 1 }} WHERE {{ {joins} }}")
        after = update(served, "INSERT DATA { <http://example.org/1> <http://example.org/written> 1 }")
        count = value(served, COUNT)
    finally:
        stop_server(served)
    assert (endless.status_code, after.status_code, count) == (503, 204, "1")


def test_while_another_process_writes_the_answer_is_503_with_retry_after(writable: Served) -> None:
    """An ingest that holds the database is not waited for."""
    database = ox.Store(str(data_folder(writable.store)))
    answer = update(writable, "CLEAR ALL")
    del database
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert "another process" in answer.json()["error"]["reason"]


def test_what_another_process_publishes_is_served(writable: Served) -> None:
    """An ingest beside the server is seen without a restart."""
    database = ox.Store(str(data_folder(writable.store)))
    database.update("INSERT DATA { <http://example.org/1> <http://example.org/written> 1 }")
    publish_snapshot(database, writable.store)
    del database
    end = time.monotonic() + 30  # a bound against hanging
    while value(writable, COUNT) != "1":
        assert time.monotonic() < end
        time.sleep(0.05)


def test_graphs_are_put_added_to_read_and_deleted(writable: Served) -> None:
    """PUT makes and replaces, POST adds, GET reads, DELETE removes; 404 after."""

    def send(method: str, turtle: str = "") -> requests.Response:
        headers = AUTHORIZED | {"Content-Type": "text/turtle", "Accept": "application/n-triples"}
        address = f"{writable.base}/data?graph=http%3A%2F%2Fexample.org%2Fnew"
        return requests.request(method, address, data=turtle, headers=headers, timeout=60)

    statuses = [
        send("GET").status_code,
        send("PUT", "<a> <b> 1, 2 .").status_code,
        send("PUT", "<a> <b> 3 .").status_code,
    ]
    statuses.append(send("POST", "<a> <b> 4, [] .").status_code)
    body = send("GET").text
    statuses += [send("DELETE").status_code, send("GET").status_code]
    assert statuses == [404, 201, 204, 204, 204, 404]
    assert body.count("\n") == 3
    assert "<http://example.org/a> <http://example.org/b>" in body


def test_a_broken_graph_is_refused_with_line_and_column_and_nothing_is_replaced(writable: Served) -> None:
    """A graph goes in whole or not at all."""
    answer = requests.put(
        f"{writable.base}/data", params={"graph": "http://example.org/a"}, data="<a> <b> <c> .\n<a> <b> <c", timeout=60,
        headers=AUTHORIZED | {"Content-Type": "text/turtle"},
    )  # fmt: skip
    error = answer.json()["error"]
    assert (answer.status_code, error["line"]) == (400, 2)
    assert value(writable, "SELECT (COUNT(*) AS ?n) { GRAPH <http://example.org/a> { ?s ?p ?o } }") == "2"


@contextlib.contextmanager
def writes_under_way(served: Served) -> Iterator[list[int]]:
    """Write numbers one after the other and collect those that were acknowledged."""
    acknowledged: list[int] = []
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            number += 1
            with contextlib.suppress(requests.RequestException):
                text = (
                    f"INSERT DATA {{ <http://example.org/{number}> <http://example.org/written> {number} }}"
                )
                if update(served, text).status_code == 204:
                    acknowledged.append(number)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield acknowledged
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("victim", ["front", "nursery", "child"])
def test_killing_any_process_under_write_load_loses_nothing_acknowledged(
    writable: Served, victim: str
) -> None:
    """After each kill -9 the service comes back by itself, and every acknowledged write is there."""
    with writes_under_way(writable) as acknowledged:
        for _ in range(5):
            time.sleep(0.3)
            for process in processes_of(writable)[victim]:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            wait_until_healthy(writable, 10)
    stored = int(value(writable, COUNT))
    assert len(acknowledged) > 0
    assert stored >= len(acknowledged)
    known = {
        row.split(",")[0]
        for row in requests.get(
            f"{writable.base}/sparql", params={"query": "SELECT ?o { ?s <http://example.org/written> ?o }"},
            headers={"Accept": "text/csv"}, timeout=60,
        ).text.split()[1:]
    }  # fmt: skip
    assert {str(number) for number in acknowledged} <= known


def test_killing_the_parent_takes_every_process_along_and_a_new_server_has_everything(tmp_path: Path) -> None:
    """Nothing is left to hold the port or the lock, and what was acknowledged is there."""
    build_store(tmp_path / "store", EXAMPLE)
    served = start_server(tmp_path / "store", tmp_path / "log")
    with writes_under_way(served) as acknowledged:
        time.sleep(1)
        family = psutil.Process(served.process.pid).children(recursive=True)
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait()
    gone, alive = psutil.wait_procs(family, timeout=10)
    assert (len(gone) > 2, alive) == (True, [])
    again = start_server(tmp_path / "store", tmp_path / "log")
    try:
        assert int(value(again, COUNT)) >= len(acknowledged) > 0
    finally:
        stop_server(again)


def test_a_stopped_server_tells_who_waits_and_leaves_no_process_behind(tmp_path: Path) -> None:
    """SIGTERM gives running queries their grace, answers them, and ends all that the server started."""
    build_store(tmp_path / "store", EXAMPLE)
    served = start_server(tmp_path / "store", tmp_path / "log", KG_SERVER_STOP_SECONDS="1")
    joins = " ".join(f"?a{number} ?b{number} ?c{number} ." for number in range(12))
    query = {"query": f"SELECT (COUNT(*) AS ?n) {{ {joins} }}"}
    answers: list[requests.Response] = []
    asking = threading.Thread(
        target=lambda: answers.append(requests.get(f"{served.base}/sparql", params=query, timeout=60))
    )
    asking.start()
    time.sleep(1)
    family = psutil.Process(served.process.pid).children(recursive=True)
    served.process.terminate()
    assert served.process.wait(20) == 0
    asking.join()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert ([answer.status_code for answer in answers], alive) == ([503], [])
    assert "shutting down" in answers[0].text
