"""The door: Granian calls it for each request (RSGI). Endpoints for programs are answered in its event loop, pages by Flask."""

import asyncio
import contextlib
import gc
import io
import logging
import os
import re
import resource
import signal
import sys
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from flask import Flask

from kg.settings import Settings
from server.errors import Refusal
from server.messages import Answer, FilePart, Request
from server.outflow import Outflow
from server.sandbox import die_with_parent
from server.service import Service
from server.settings import Limits

_LOG = logging.getLogger("server")
_PAGE_THREADS = 8
_UNPACED = (
    1 << 18
)  # bytes of a stream that go out before anybody looks for its connection, which takes a while
_COLLECT = (
    20_000,
    50,
    50,
)  # the answers that are kept hold no circles: looking through them often is for nothing
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_MOST_DRAINED = 1 << 30  # bytes of a body that is too large anyway


class Door:
    """The application that Granian runs, in one process with one event loop."""

    def __init__(self, settings: Settings, limits: Limits) -> None:
        self._settings, self._limits = settings, limits
        self._pages: Flask | None = None
        self._threads = ThreadPoolExecutor(_PAGE_THREADS, thread_name_prefix="page")
        self._service: Service | None = None
        self._log_all = limits.access_log == "all"

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called before the loop runs: the first thing it does is to open the service."""
        loop.call_soon(self._open, loop)
        loop.add_signal_handler(signal.SIGTERM, self._stop, loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called when the last request is answered."""
        if self._service:
            self._service.close()

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take no more connections, which is Granian's answer to SIGINT, and give running queries a few seconds."""
        os.kill(os.getpid(), signal.SIGINT)
        if self._service:
            loop.call_later(self._limits.stop_seconds, self._service.desk.end_queries)

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        from server.app import build_pages

        self._service = Service(self._settings, self._limits)
        self._pages = build_pages(self._settings, self._limits, self._service, loop)
        gc.freeze()
        gc.set_threshold(*_COLLECT)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """One request."""
        service = cast(Service, self._service)
        get = scope.headers.get
        asked = None
        if scope.method == "GET" and scope.path == "/sparql" and not self._log_all:
            asked = (scope.query_string, get("accept"), get("accept-encoding"), get("if-none-match"))
            if again := service.again(asked):
                protocol.response_bytes(*again)
                return
        request = self._request(scope)
        if _names_one_host(scope, request):
            answer = await self._answer(service, protocol, request)
        else:
            answer = service.refuse(Refusal(400, "Host names no host, or several", "Send one Host."), request)
        if asked and answer.steady and isinstance(answer.body, bytes):
            service.remember(asked, answer)
        await self._send(scope, protocol, answer)

    async def _answer(self, service: Service, protocol: Any, request: Request) -> Answer:
        responder = service.responder(request.path)
        try:
            if request.method not in ("GET", "HEAD", "OPTIONS"):
                request.body = await self._body(protocol, request, service.body_cap(request.path))
        except Refusal as refusal:
            answer = service.refuse(refusal, request)
            answer.headers = (*answer.headers, ("connection", "close"))
            return answer
        if responder:
            return await service.respond(request, protocol.client_disconnect, responder)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._page, request)

    def _request(self, scope: Any) -> Request:
        headers = dict(scope.headers.items())
        client = scope.client.rpartition(":")[0]
        origin = f"{scope.scheme}://{headers.get('host') or scope.server}"
        request = Request(scope.method, scope.path, scope.query_string, headers, b"", client, origin)
        if self._limits.trusted_proxies:
            _believe_proxies(request, self._limits.trusted_proxies)
        return request

    async def _body(self, protocol: Any, request: Request, cap: int) -> bytes:
        """The body, unless it is too large or does not arrive.

        A body that is too large is read to its end and thrown away, since most clients listen only after they have sent
        everything; those that ask first (Expect: 100-continue) are told at once.
        """
        length = request.header("content-length")
        declared = int(length) if length.isdigit() else 0
        if declared > cap and request.header("expect"):
            raise _too_large(cap)
        pieces, size = [], 0
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                async for piece in protocol:
                    size += len(piece)
                    if size <= cap and declared <= cap:
                        pieces.append(bytes(piece))
                    elif size > _MOST_DRAINED:
                        break
        except TimeoutError:
            raise Refusal(
                408, f"the body did not arrive within {self._limits.body_seconds:g} seconds"
            ) from None
        if size > cap:
            raise _too_large(cap)
        return b"".join(pieces)

    async def _send(self, scope: Any, protocol: Any, answer: Answer) -> None:
        headers, body = list(answer.headers), answer.body
        if isinstance(body, bytes):
            if scope.method == "HEAD" and "content-length" not in dict(headers):
                headers.append(("content-length", str(len(body))))
            protocol.response_bytes(answer.status, headers, b"" if scope.method == "HEAD" else body)
        elif isinstance(body, FilePart):
            _send_file(protocol, answer.status, headers, body)
        elif scope.method == "HEAD":
            await _end(cast(AsyncGenerator[bytes, None], body))
            protocol.response_empty(answer.status, headers)
        else:
            await _send_stream(
                scope.client, protocol, answer.status, headers, cast(AsyncGenerator[bytes, None], body)
            )

    def _page(self, request: Request) -> Answer:
        return wsgi_answer(cast(Flask, self._pages), request)


def _too_large(cap: int) -> Refusal:
    return Refusal(413, f"the body has more than {cap} bytes", "Send less at a time.")


def _believe_proxies(request: Request, proxies: int) -> None:
    """Take client and address from the headers that the last `proxies` hops have set."""
    forwarded = [part.strip() for part in request.header("x-forwarded-for").split(",") if part.strip()]
    if len(forwarded) >= proxies:
        request.client = forwarded[-proxies]
    scheme, _, host = request.origin.partition("://")
    scheme = request.header("x-forwarded-proto") or scheme
    request.origin = f"{scheme}://{request.header('x-forwarded-host') or host}"


def _names_one_host(scope: Any, request: Request) -> bool:
    """Whether a request says whom it means (RFC 9112, 3.2); what is minted from that must be an IRI."""
    if scope.http_version == "1" and "host" not in request.headers:
        return True
    return len(scope.headers.get_all("host")) == 1 and bool(_ORIGIN.fullmatch(request.origin))


def _send_file(protocol: Any, status: int, headers: list[tuple[str, str]], part: FilePart) -> None:
    if part.start is None or part.end is None:
        protocol.response_file(status, headers, str(part.path))
    else:
        protocol.response_file_range(status, headers, str(part.path), part.start, part.end)


async def _end(parts: AsyncGenerator[bytes, None]) -> None:
    """End a stream of which nobody wants anything; one that was never begun would not hear of it."""
    with contextlib.suppress(Refusal):
        await anext(parts, b"")
    await parts.aclose()


async def _send_stream(
    client: str,
    protocol: Any,
    status: int,
    headers: list[tuple[str, str]],
    parts: AsyncGenerator[bytes, None],
) -> None:
    """Pass on a stream at the client's pace; where it fails, so does the connection."""
    outflow, sent = None, 0
    transport = protocol.response_stream(status, headers)
    try:
        async for part in parts:
            await transport.send_bytes(part)
            sent += len(part)
            if sent > _UNPACED:
                outflow = outflow or Outflow(client)
                await outflow.room(len(part))
    except Exception as error:
        if not isinstance(error, Refusal):
            _LOG.warning("a stream broke off: %r", error)
        outflow = outflow or Outflow(client)
        outflow.break_off()
    finally:
        await parts.aclose()
        if outflow:
            outflow.close()


def wsgi_answer(application: Flask, request: Request) -> Answer:
    """What a WSGI application answers to a request (PEP 3333)."""
    started: list[tuple[int, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
        started[:] = [(int(status.split(" ", 1)[0]), headers)]
        return lambda piece: None

    pieces = application(_environ(request), start)
    try:
        body = b"".join(pieces)
    finally:
        if close := getattr(pieces, "close", None):
            close()
    status, headers = started[0]
    head = request.method == "HEAD"  # only the application knows how long the body would be
    kept = tuple((name.lower(), value) for name, value in headers if head or name.lower() != "content-length")
    return Answer(status, kept, body)


def _environ(request: Request) -> dict[str, Any]:
    scheme, _, host = request.origin.partition("://")
    name, _, port = host.partition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query_string,
        "REMOTE_ADDR": request.client,
        "SERVER_NAME": name,
        "SERVER_PORT": port or ("443" if scheme == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": request.header("content-type"),
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for header, value in request.headers.items():
        if header not in ("content-type", "content-length"):
            environ["HTTP_" + header.upper().replace("-", "_")] = value
    return environ


def load_door(settings: Settings, limits: Limits) -> Door:
    """The application, made in Granian's worker process, which must not outlive its parent."""
    die_with_parent()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return Door(settings, limits)
