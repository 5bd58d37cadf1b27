"""Attacks on a running server: each gets a clear answer while others are served."""

import contextlib
import http.client
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil
import pytest
import requests

from .conftest import TOKEN, Served, start_server, stop_server
from .test_guard import TABLE

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def post(served: Served, query: str, path: str = "/sparql", **parameters: str) -> requests.Response:
    """A query, or with another path an update."""
    name = "update" if path == "/update" else "query"
    return requests.post(
        served.base + path,
        data={name: query},
        params=parameters,
        timeout=60,
        headers={"Authorization": f"Bearer {TOKEN}"},
    )


@dataclass
class Neighbour:
    """Somebody who asks cheap questions all the time."""

    answers: list[int] = field(default_factory=list)


@contextlib.contextmanager
def neighbour(served: Served) -> Iterator[Neighbour]:
    """Ask look-ups and small joins for as long as the block lasts."""
    found, over = Neighbour(), threading.Event()

    def ask() -> None:
        number = 0
        while not over.is_set():
            number += 1
            subject = f"<http://example.org/number/{number % 1000}>"
            text = f"SELECT ?v (COUNT(*) AS ?n) {{ {subject} ?p ?v . ?s ?p ?v }} GROUP BY ?v # {number}"
            found.answers.append(
                post(served, text if number % 2 else f"SELECT ?v {{ {subject} ?p ?v }}").status_code
            )
            time.sleep(0.01)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def test_endless_queries_hold_up_nobody_else(served: Served) -> None:
    """Eight at once are each ended at their deadline, and a neighbour is served meanwhile."""
    answers: list[requests.Response] = []
    with neighbour(served) as other:
        threads = [
            threading.Thread(
                target=lambda n=n: answers.append(post(served, f"{ENDLESS} # {n}", timeout="1.5"))
            )
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {answer.status_code for answer in answers} == {503}
    assert set(other.answers) == {200}


BOMBS = {
    "braces": ("SELECT * " + "{" * 5000 + "}" * 5000, {400}),
    "chain": ("SELECT * { FILTER(" + "||".join(["?a"] * 20_000) + ") }", {400}),
    "strings": (
        "SELECT ?n { BIND('aaaaaaaaaaaaaaaa' AS ?v0) "
        + " ".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(40))
        + " BIND(STRLEN(?v40) AS ?n) }",
        {503},
    ),
    "sorting": ("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f", {503}),
    "optimizer": ("SELECT * { " + "?a ?b ?c . " * 3000 + "}", {503}),
    "collection": ("SELECT * { " + "(" * 400 + "1" + ")" * 400 + " <a:b> 1 }", {503}),
    "long": ("x" * 3_000_000, {413}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_gets_a_clear_error_and_others_are_served(served: Served, name: str) -> None:
    """Whatever it blows up is its own process, or it is refused before."""
    text, statuses = BOMBS[name]
    with neighbour(served) as other:
        answer = post(served, text)
        time.sleep(0.2)
    assert answer.status_code in statuses
    assert answer.json()["error"]["reason"]
    assert set(other.answers) == {200}


def test_no_text_makes_the_server_call_out(served: Served) -> None:
    """SERVICE and LOAD in every disguise, as query and as update, reach a listener on this machine not once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        port = listener.getsockname()[1]
        for row in TABLE:
            if row["refused"] == "yes":
                text = (
                    row["text"]
                    .replace("\\n", "\n")
                    .replace("127.0.0.1:1", f"127.0.0.1:{port}")
                    .replace("x:1", f"x:{port}")
                )
                path = "/update" if row["update"] == "yes" else "/sparql"
                assert post(served, text, path).status_code in (400, 403), row["why"]
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_query_process_has_no_network_even_for_an_allowed_service(served: Served) -> None:
    """Without an allow-list the processes that compute cannot open a connection at all."""
    store = served.store
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = start_server(
            store, store.parent / "log-open", KG_SERVER_SERVICE_ALLOW=f"http://127.0.0.1:{port}/"
        )
        try:
            nursery = [
                p
                for p in psutil.Process(server.process.pid).children(recursive=True)
                if "offline" in p.cmdline()
            ]
            listener.settimeout(10)
            query = f"SELECT * {{ SERVICE <http://127.0.0.1:{port}/x> {{ ?s ?p ?o }} }}"
            thread = threading.Thread(target=lambda: post(server, query, timeout="2"))
            thread.start()
            connection, _ = listener.accept()  # the networked process calls
            connection.close()
            thread.join()
        finally:
            stop_server(server)
    assert nursery


def test_thousands_of_idle_and_dripping_connections_hold_up_nobody(served: Served) -> None:
    """Connections that say nothing, half a head or half a body cost others nothing."""
    begins = [
        b"",
        b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 99\r\n\r\nASK",
    ]
    with contextlib.ExitStack() as stack:
        for number in range(900):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", served.port)))
            connection.sendall(begins[number % 3])
        with neighbour(served) as other:
            time.sleep(1)
    assert set(other.answers) == {200}


def test_a_client_that_reads_slowly_makes_the_server_hold_little(served: Served) -> None:
    """A stream waits for its reader; it does not pile up in memory."""
    front = max(
        psutil.Process(served.process.pid).children(recursive=True), key=lambda p: p.memory_info().rss
    )
    before = front.memory_info().rss
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    query = urllib.parse.urlencode({"query": "SELECT * { ?a ?b ?c . ?d ?e ?f } # slow reader"})
    connection.request("GET", f"/sparql?{query}", headers={"Accept": "text/csv"})
    assert connection.getresponse().read(10)
    time.sleep(1.5)
    grown = front.memory_info().rss - before
    connection.close()
    assert grown < 64 << 20


def test_a_killed_query_process_is_replaced_and_the_client_told(served: Served) -> None:
    """Kill -9 of whatever computes: one clear error, then service as before."""
    answers: list[requests.Response] = []
    thread = threading.Thread(
        target=lambda: answers.append(post(served, f"{ENDLESS} # to be killed", timeout="20"))
    )
    thread.start()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    victim = None
    while victim is None:
        jobs = requests.get(f"{served.base}/queries", headers=headers, timeout=10).json()
        victim = next(
            (job["process"] for job in jobs if "to be killed" in job["query"] and job["process"]), None
        )
    psutil.Process(victim).kill()
    thread.join()
    assert answers[0].status_code == 503
    assert "has ended" in answers[0].json()["error"]["reason"]
    assert post(served, "ASK { ?s ?p ?o FILTER(1 = 1) }").status_code == 200


def test_too_many_long_queries_of_one_client_are_429(served: Served) -> None:
    """A client has its share of the long lane, and is told when to come back."""
    with contextlib.ExitStack() as stack:
        connections = [
            stack.enter_context(contextlib.closing(http.client.HTTPConnection("127.0.0.1", served.port)))
            for _ in range(16)
        ]
        for number, connection in enumerate(connections):
            query = urllib.parse.urlencode({"query": f"{ENDLESS} # crowd {number}", "timeout": "6"})
            connection.request("GET", f"/sparql?{query}")
        answers = [connection.getresponse() for connection in connections]
        statuses = sorted(answer.status for answer in answers)
        assert statuses == [429] * 4 + [503] * 12
        assert all(answer.getheader("Retry-After") for answer in answers)
