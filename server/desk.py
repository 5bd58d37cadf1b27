"""The desk where queries come in: what can be answered at once is, the rest goes to the query processes."""

import asyncio
import contextlib
import hashlib
import logging
import re
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from kg.dataset.snapshots import newest_snapshot
from kg.settings import Settings
from server.cache import AnswerCache
from server.describe import service_description
from server.engine import FORMATS, NEEDS_NETWORK, Order
from server.errors import Refusal
from server.jobs import Gone, Job, Reply
from server.lookup import Lookup
from server.messages import CORS, STEADY, UNSTEADY, VARY, Answer, Headers, Request
from server.negotiate import accepts_gzip, choose, prefers_html
from server.pool import Pool
from server.protocol import Query
from server.settings import Limits

_LOG = logging.getLogger("server")
_CALLS = re.compile(r"\b(?:now|rand|uuid|struuid|bnode|service)\b|\\u")
_LOOK_EVERY = 0.2  # seconds between two looks for a newer snapshot
_GZIP_FROM = 1000  # bytes: smaller answers go out as they are
_KEPT = 1 << 18  # bytes: longer streams are not kept
Key = tuple[str, tuple[str, ...] | None, tuple[str, ...] | None, str, str, bool]


class Desk:
    """Everything that queries need: the pools, the cache, the snapshot in use. One event loop's."""

    def __init__(self, settings: Settings, limits: Limits) -> None:
        self.settings, self.limits = settings, limits
        self.store = Path(settings.store)
        self.snapshot = newest_snapshot(self.store)
        self.base = settings.base + "sparql"  # what relative IRIs of a query are resolved against
        self.cache = AnswerCache(limits.cache_bytes)
        self.lookups = 0
        self._loop = asyncio.get_running_loop()
        self._lookup = Lookup(self.snapshot)
        self.pool = Pool(limits, self._folder())
        self.networked = Pool(limits, self._folder(), networked=True) if limits.service_allow else None
        self._timer = self._loop.call_later(_LOOK_EVERY, self._look)

    # --- snapshots ----------------------------------------------------------------------------------------------

    @property
    def generation(self) -> str:
        """The name of the snapshot that is served, "0" before the first."""
        return self.snapshot.name if self.snapshot else "0"

    def _folder(self) -> str:
        return str(self.snapshot) if self.snapshot else ""

    def _look(self) -> None:
        try:
            self.look_for_snapshot()
        except OSError as error:  # it was just replaced: the next look finds the newer one
            _LOG.warning("the newest snapshot cannot be opened: %s", error)
        self._timer = self._loop.call_later(_LOOK_EVERY, self._look)

    def look_for_snapshot(self) -> None:
        """Serve the newest snapshot from now on, if it is not yet served."""
        newest = newest_snapshot(self.store)
        if newest is None or newest == self.snapshot:
            return
        self._lookup = Lookup(newest)
        self.snapshot = newest
        self.cache.clear()
        for pool in self.pools():
            pool.use(str(newest))

    def pools(self) -> tuple[Pool, ...]:
        """The pools that there are."""
        return (self.pool, self.networked) if self.networked else (self.pool,)

    def end_queries(self) -> None:
        """Tell all clients that wait for an answer that none will come."""
        for pool in self.pools():
            for job in pool.jobs():
                pool.cancel(
                    job, Refusal(503, "the server is shutting down", "Ask again later.", retry=5), "shut down"
                )

    def close(self) -> None:
        """End all queries and processes."""
        self._timer.cancel()
        for pool in self.pools():
            pool.close()

    # --- answers ------------------------------------------------------------------------------------------------

    async def answer(self, request: Request, query: Query | None, gone: Gone | None = None) -> Answer:
        """The answer to a query, to a request without one the service description; `gone` returns on hang-up.

        Raises:
            Refusal: it is none that can be answered.
        """
        if query is None:
            return self._description(request)
        accept = request.header("accept")
        if request.method in ("GET", "HEAD") and not query.format and prefers_html(accept):
            return Answer(303, (("location", "/?" + urlencode({"query": query.text})), VARY, *CORS))
        choice = choose(accept, query.format)
        results = choice.results.name if choice.results else ""
        triples = choice.triples.name if choice.triples else ""
        gzip = accepts_gzip(request.header("accept-encoding"))
        key = (query.text, query.default_graphs, query.named_graphs, results, triples, gzip)
        known = request.header("if-none-match")
        if known and (tag := self._tag(key, self.generation)) in known and not _changes(query.text):
            return Answer(304, (("etag", tag), *STEADY, *CORS))
        if kept := self.cache.get(key):
            return kept
        answer = self._look_up(key) or await self._ask(request, key, query.timeout, gone)
        if answer.steady and isinstance(answer.body, bytes):
            self._keep(key, answer, answer.body)
        elif answer.steady:
            answer.body = self._keeping(key, answer, cast(AsyncGenerator[bytes, None], answer.body))
        return answer

    def _keep(self, key: Key, answer: Answer, body: bytes) -> None:
        kept = Answer(answer.status, answer.headers, body, answer.facts, True)
        self.cache.put(key, kept, len(body) + 2 * len(key[0]) + 1000)

    async def _keeping(
        self, key: Key, answer: Answer, stream: AsyncGenerator[bytes, None]
    ) -> AsyncIterator[bytes]:
        """Pass a stream on, and keep it where it turns out to be short."""
        pieces, size, snapshot = [], 0, self.generation
        async with contextlib.aclosing(stream):
            async for part in stream:
                size += len(part)
                if size <= _KEPT:
                    pieces.append(part)
                yield part
        if size <= _KEPT and snapshot == self.generation:
            self._keep(key, answer, b"".join(pieces))

    def _tag(self, key: Key, snapshot: str) -> str:
        told = f"{snapshot} {key[1:]} {key[0]}"
        return f'"{hashlib.blake2b(told.encode(errors="surrogatepass"), digest_size=12).hexdigest()}"'

    def _description(self, request: Request) -> Answer:
        choice = choose(request.header("accept"))
        if prefers_html(request.header("accept")):
            return Answer(303, (("location", "/"), VARY, *CORS))
        if choice.triples is None:
            raise Refusal(406, "the service description has none of the forms that Accept names")
        body = service_description(request.origin + request.path, choice.triples.name, self.limits)
        return Answer(200, (("content-type", choice.triples.media_type), VARY, *CORS), body)

    def _look_up(self, key: Key) -> Answer | None:
        text, default, named, results, _, gzip = key
        if not results or default is not None or named is not None or self.limits.rows:
            return None
        body = self._lookup.answer(text, results)
        if body is None:
            return None
        self.lookups += 1
        header: dict[str, object] = {"format": results}
        if gzip and len(body) > _GZIP_FROM:
            squeeze = zlib.compressobj(1, wbits=31)
            body, header["gzip"] = squeeze.compress(body) + squeeze.flush(), True
        headers = _headers(header, self.generation, self._tag(key, self.generation))
        return Answer(200, headers, body, steady=True)

    async def _ask(self, request: Request, key: Key, timeout: float | None, gone: Gone | None) -> Answer:
        text, default, named, results, triples, gzip = key
        order = Order(
            "query", text, results, triples, default, named, None, self.base, gzip, self.limits.rows
        )
        tag = None if _changes(text) else partial(self._tag, key)
        deadline = min(timeout or self.limits.deadline, self.limits.deadline_cap)
        return await self.run(order, request.client, deadline, tag, gone)

    async def run(
        self,
        order: Order,
        client: str,
        deadline: float,
        tag: Callable[[str], str] | None = None,
        gone: Gone | None = None,
    ) -> Answer:
        """Have a query process answer an order; `tag` gives the ETag by the snapshot that it was answered from.

        That may not be the one that is served when the answer comes; then it is not steady.
        """
        job = self.pool.admit(order, client, deadline, gone)
        try:
            reply = await self._reply(job)
        except Refusal as refusal:
            if refusal.status != NEEDS_NETWORK or not self.networked:
                raise
            job = self.networked.admit(order, client, deadline, gone)
            reply = await self._reply(job)
        facts = {"query": order.text[:1000], "job": job.number}
        headers = _headers(reply.header, job.snapshot, tag(job.snapshot) if tag else "")
        body = self._stream(job) if reply.body is None else reply.body
        return Answer(200, headers, body, facts, steady=bool(tag) and job.snapshot == self.generation)

    async def _stream(self, job: Job) -> AsyncIterator[bytes]:
        try:
            async for part in job.parts():
                yield part
        finally:
            job.home.cancel(job, Refusal(499, "the client has gone"), "client gone")

    async def _reply(self, job: Job) -> Reply:
        try:
            return await job.reply
        except asyncio.CancelledError:
            job.home.cancel(job, Refusal(499, "the client has gone"), "client gone")
            raise


def _changes(text: str) -> bool:
    """Whether a query may be answered otherwise tomorrow, from the same data."""
    lower = text.lower()
    looks = "now" in lower or "rand" in lower or "uuid" in lower or "bnode" in lower
    return (looks or "service" in lower or "\\" in lower) and bool(_CALLS.search(lower))


def _headers(header: dict[str, object], snapshot: str, tag: str) -> Headers:
    fields = [("content-type", FORMATS[str(header["format"])].media_type), ("x-snapshot", snapshot)]
    if tag:
        fields.append(("etag", tag))
    if header.get("gzip"):
        fields.append(("content-encoding", "gzip"))
    if header.get("capped"):
        fields.append(("x-row-cap", str(header["capped"])))
    return (*fields, *(STEADY if tag else UNSTEADY), *CORS)
