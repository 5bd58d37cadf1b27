"""The endpoints for programs: which path is answered by whom. Flask has the pages for people."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import cast

from kg.settings import Settings
from server import graph_store
from server.desk import Desk
from server.dumps import Dumps, dump_tag, send_file
from server.engine import FORMATS, Order
from server.errors import Refusal
from server.jobs import Gone
from server.messages import CORS, PREFLIGHT, STEADY, Answer, Request, error_answer
from server.metrics import Tally, exposition
from server.negotiate import TRIPLES, accepts_gzip, choose
from server.protocol import Update, read_operation
from server.settings import Limits
from server.using import with_using
from server.writer import Writer, check_token

_LOG = logging.getLogger("server")
_ACCESS = logging.getLogger("server.access")
_JSON = (("content-type", "application/json"), ("cache-control", "no-store"), *CORS)
Asked = tuple[str, str | None, str | None, str | None]  # query string, Accept, Accept-Encoding, If-None-Match
_RECENT = 2048  # requests
Responder = Callable[[Request, Gone | None], Awaitable[Answer]]


class Service:
    """All endpoints for programs. Made and used in one event loop."""

    def __init__(self, settings: Settings, limits: Limits) -> None:
        self.settings, self.limits = settings, limits
        self.desk = Desk(settings, limits)
        self.writer = Writer(limits, settings.store)
        self.tally = Tally()
        self._dumps = Dumps(self.desk.store)
        self._recent: dict[Asked, tuple[int, list[tuple[str, str]], bytes]] = {}
        self._recent_of = ""

    def responder(self, path: str) -> tuple[str, Responder] | None:
        """Who answers a path, with the name that the figures have for it; None where it is a page."""
        first = path.split("/", 2)[1] if path.startswith("/") else ""
        if first == "sparql" and path.rstrip("/") == "/sparql":
            return "sparql", self._sparql
        if first.startswith("dump."):
            return "dump", self._dump
        found = {
            "update": self._update, "data": self._data, "health": self._health, "metrics": self._metrics,
            "queries": self._queries,
        }.get(first)  # fmt: skip
        return (first, found) if found else None

    def body_cap(self, path: str) -> int:
        """How many bytes of a body are read for this path."""
        if path.startswith("/data"):
            return self.limits.upload_bytes
        return max(self.limits.update_bytes, 4 * self.limits.query_bytes)

    async def respond(
        self, request: Request, gone: Gone | None = None, responder: tuple[str, Responder] | None = None
    ) -> Answer:
        """The answer to a request, an error too; with CORS headers, counted and logged."""
        began = time.monotonic()
        name, respond = responder or self.responder(request.path) or ("other", _nothing)
        try:
            answer = (
                Answer(204, PREFLIGHT + CORS) if request.method == "OPTIONS" else await respond(request, gone)
            )
        except Refusal as refusal:
            answer = error_answer(refusal, request)
        except Exception:
            _LOG.exception("error in the server itself on %s %s", request.method, request.path)
            answer = error_answer(Refusal(500, "the server has made an error; it is in its log"), request)
        seconds = time.monotonic() - began
        self.tally.add(name, answer.status, seconds)
        if self.limits.access_log != "off":
            self._log(request, answer, seconds)
        return answer

    def refuse(self, refusal: Refusal, request: Request) -> Answer:
        """A refusal that came before anybody could answer."""
        self.tally.add("refused", refusal.status, 0.0)
        return error_answer(refusal, request)

    def again(self, asked: Asked) -> tuple[int, list[tuple[str, str]], bytes] | None:
        """The answer to a request that came just so since the snapshot was published."""
        if self._recent_of != self.desk.generation:
            self._recent.clear()
            self._recent_of = self.desk.generation
        found = self._recent.get(asked)
        if found:
            self.tally.again += 1
        return found

    def remember(self, asked: Asked, answer: Answer) -> None:
        """Keep an answer for `again`; its body is the one that the cache holds."""
        if len(self._recent) >= _RECENT:
            self._recent.clear()
        self._recent[asked] = (answer.status, list(answer.headers), cast(bytes, answer.body))

    def close(self) -> None:
        """End all processes."""
        self.writer.close()
        self.desk.close()

    # --- endpoints ----------------------------------------------------------------------------------------------

    async def _sparql(self, request: Request, gone: Gone | None) -> Answer:
        operation = read_operation(request)
        if isinstance(operation, Update):
            return await self._carry_out(request, operation)
        return await self.desk.answer(request, operation, gone)

    async def _update(self, request: Request, gone: Gone | None) -> Answer:
        operation = read_operation(request)
        if not isinstance(operation, Update):
            hint = "POST an update as application/sparql-update, or as the form field `update`."
            raise Refusal(400, "there is no update in this request; queries go to /sparql", hint)
        return await self._carry_out(request, operation)

    async def _carry_out(self, request: Request, update: Update) -> Answer:
        check_token(request, self.settings.write_token)
        text = update.text
        if update.using is not None or update.using_named is not None:
            text = with_using(text, update.using or (), update.using_named or ())
        return await self._write(request, {"kind": "update"}, text.encode())

    async def _write(self, request: Request, header: dict[str, object], body: bytes) -> Answer:
        base = request.origin + request.path
        done = await self.writer.write({"base": base, "own": self.settings.base} | header, body)
        self.desk.look_for_snapshot()
        return Answer(201 if done.get("created") else 204, (("x-snapshot", str(done["snapshot"])), *CORS))

    async def _data(self, request: Request, gone: Gone | None) -> Answer:
        if request.method in ("GET", "HEAD"):
            return await self._get_graph(request, graph_store.graph_of(request), gone)
        if request.method not in ("PUT", "POST", "DELETE"):
            allowed = ("allow", "GET, HEAD, PUT, POST, DELETE, OPTIONS")
            raise Refusal(
                405, f"{request.method} is not allowed here", "Use PUT, POST or DELETE.", headers=(allowed,)
            )
        check_token(request, self.settings.write_token)
        makes = (
            request.method == "POST"
            and request.path.rstrip("/") == graph_store.PATH
            and not request.query_string
        )
        graph = (
            graph_store.new_graph(request, self.desk.generation) if makes else graph_store.graph_of(request)
        )
        header: dict[str, object] = {
            "kind": request.method.lower(),
            "graph": graph,
            "base": graph or request.origin,
        }
        if request.method != "DELETE":
            header["parts"] = graph_store.encode_parts(graph_store.parts_of(request))
        answer = await self._write(request, header, request.body)
        return Answer(answer.status, (("location", graph), *answer.headers)) if makes else answer

    async def _get_graph(self, request: Request, graph: str, gone: Gone | None) -> Answer:
        choice = choose(request.header("accept"))
        form = choice.triples.name if choice.triples else ""
        order = Order("dump", graph=graph, triples=form, gzip=_takes_gzip(request))
        tag = partial(dump_tag, form=form, gzip=order.gzip, graph=graph)
        if tag(self.desk.generation) in request.header("if-none-match"):
            return Answer(304, (("etag", tag(self.desk.generation)), *STEADY, *CORS))
        return await self.desk.run(order, request.client, self.limits.deadline, tag, gone)

    async def _dump(self, request: Request, gone: Gone | None) -> Answer:
        _only_get(request)
        form = graph_store.dump_format(request.path.removeprefix("/dump."))
        if not form:
            names = ", ".join(f"/dump.{item.name}" for item in TRIPLES)
            raise Refusal(404, f"there is no {request.path}", f"There are {names}.")
        gzip = _takes_gzip(request)
        path = self._dumps.path(self.desk.generation, form, gzip)
        tag = partial(dump_tag, form=form, gzip=gzip)
        if path.is_file():
            encoding = (("content-encoding", "gzip"),) if gzip else ()
            headers = (
                ("content-type", FORMATS[form].media_type),
                ("x-snapshot", self.desk.generation),
                *encoding,
            )
            return send_file(request, path, headers, tag(self.desk.generation))
        order = Order("dump", triples=form, gzip=gzip)
        answer = await self.desk.run(order, request.client, self.limits.deadline_cap, tag, gone)
        if isinstance(answer.body, AsyncIterator) and request.method == "GET" and answer.steady:
            answer.body = self._dumps.keep(path, answer.body)
        return answer

    async def _health(self, request: Request, gone: Gone | None) -> Answer:
        _only_get(request)
        gauges = self.desk.pool.gauges()
        well = gauges["processes"] > 0
        record = {"status": "ok" if well else "no query process", "snapshot": self.desk.generation, **gauges}
        return Answer(200 if well else 503, _JSON, json.dumps(record).encode() + b"\n")

    async def _metrics(self, request: Request, gone: Gone | None) -> Answer:
        _only_get(request)
        kind = "text/plain; version=0.0.4; charset=utf-8"
        return Answer(200, (("content-type", kind), ("cache-control", "no-store"), *CORS), exposition(self))

    async def _queries(self, request: Request, gone: Gone | None) -> Answer:
        check_token(request, self.settings.write_token)
        jobs = [job for pool in self.desk.pools() for job in pool.jobs()]
        number = request.path.removeprefix("/queries").strip("/")
        if not number:
            _only_get(request)
            now = asyncio.get_running_loop().time()
            return Answer(
                200, _JSON, json.dumps([job.record(now) for job in jobs], ensure_ascii=False).encode()
            )
        job = next((job for job in jobs if str(job.number) == number), None)
        if job is None:
            raise Refusal(404, f"there is no query {number} running", "GET /queries lists them.")
        if request.method != "DELETE":
            raise Refusal(
                405,
                f"{request.method} is not allowed here",
                "DELETE ends the query.",
                headers=(("allow", "DELETE"),),
            )
        job.home.cancel(job, Refusal(503, "the query was ended by the one who runs the server"), "cancelled")
        return Answer(204, CORS)

    def _log(self, request: Request, answer: Answer, seconds: float) -> None:
        slow = seconds >= self.limits.slow_seconds
        if slow or self.limits.access_log == "all" or answer.status >= 500:
            record = {
                "client": request.client, "method": request.method, "path": request.path,
                "status": answer.status, "seconds": round(seconds, 4),
                "bytes": len(answer.body) if isinstance(answer.body, bytes) else None,
            } | dict(answer.facts)  # fmt: skip
            _ACCESS.info("%s", json.dumps(record | {"slow": slow}, ensure_ascii=False))


def _only_get(request: Request) -> None:
    if request.method not in ("GET", "HEAD"):
        raise Refusal(
            405,
            f"{request.method} is not allowed here",
            "Use GET.",
            headers=(("allow", "GET, HEAD, OPTIONS"),),
        )


def _takes_gzip(request: Request) -> bool:
    return accepts_gzip(request.header("accept-encoding"))


async def _nothing(request: Request, gone: Gone | None) -> Answer:
    raise Refusal(404, f"there is nothing at {request.path}")
