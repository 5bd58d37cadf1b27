"""Real servers on loopback for the tests: a reconciliation service, a SPARQL endpoint, and one that misbehaves."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pyoxigraph as ox

Respond = Callable[["Request"], None]
WD = "http://www.wikidata.org/entity/"


class Request(BaseHTTPRequestHandler):
    """One request; `form` holds what was posted."""

    respond: Respond
    form: dict[str, str]

    def do_GET(self) -> None:
        """Answer."""
        self.form = {}
        self.server.seen.append((self.path, {}))  # type: ignore[attr-defined]
        type(self).respond(self)

    def do_POST(self) -> None:
        """Answer."""
        posted = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.form = {key: values[0] for key, values in parse_qs(posted).items()}
        self.server.seen.append((self.path, self.form))  # type: ignore[attr-defined]
        type(self).respond(self)

    def answer(self, body: bytes, kind: str = "application/json", code: int = 200, **headers: str) -> None:
        """Send a body."""
        self.send_response(code)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Service:
    """A server that runs, and what it has been asked."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.address = f"http://127.0.0.1:{server.server_port}"
        self.seen: list[tuple[str, dict[str, str]]] = server.seen  # type: ignore[attr-defined]


@contextmanager
def serving(respond: Respond) -> Iterator[Service]:
    """A server on a free port of loopback, while the block runs."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Answering", (Request,), {"respond": staticmethod(respond)})
    )
    server.daemon_threads = False
    server.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Service(server)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# -- a reconciliation service

MANIFEST = {
    "versions": ["0.1", "0.2"],
    "name": "Invented authority",
    "identifierSpace": WD,
    "schemaSpace": "http://www.wikidata.org/prop/direct/",
    "view": {"url": "https://authority.example/page/{{id}}"},
}


def reconciling(known: dict[str, list[dict[str, Any]]], **manifest: Any) -> Respond:
    """A service that knows candidates by the name that is asked for."""

    def respond(request: Request) -> None:
        if "queries" in request.form:
            queries = json.loads(request.form["queries"])
            answer: Any = {key: {"result": known.get(query["query"], [])} for key, query in queries.items()}
        else:
            answer = {key: value for key, value in (MANIFEST | manifest).items() if value is not None}
        request.answer(json.dumps(answer).encode())

    return respond


# -- a SPARQL endpoint


def answering(turtle: str) -> Respond:
    """A SPARQL endpoint over these triples."""
    store = ox.Store()
    store.load(turtle.encode(), format=ox.RdfFormat.TURTLE)

    def respond(request: Request) -> None:
        try:
            answer = store.query(request.form["query"])
        except SyntaxError as error:
            request.answer(str(error).encode(), "text/plain", 400)
            return
        assert isinstance(answer, ox.QuerySolutions | ox.QueryBoolean)
        body = answer.serialize(format=ox.QueryResultsFormat.JSON)
        assert isinstance(body, bytes)
        request.answer(body, "application/sparql-results+json")

    return respond


# -- what may go wrong


def saying(body: bytes, code: int = 200, **headers: str) -> Respond:
    """Always the same answer."""
    return lambda request: request.answer(body, code=code, **headers)


def dripping(seconds: float) -> Respond:
    """Begins an answer and does not end it for some seconds."""

    def respond(request: Request) -> None:
        request.send_response(200)
        request.end_headers()
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                request.wfile.write(b" ")
                time.sleep(0.02)
        except OSError:
            pass

    return respond
