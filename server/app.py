"""The Flask application, and `serve`, which runs it in production behind Granian.

`create_app` gives an application for any WSGI server, all endpoints included. `serve` puts the same endpoints into
Granian's event loop, where they stream, hear hang-ups and cost less; Flask keeps the pages.
"""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from kg.errors import SettingsError, StoreError
from kg.settings import FILE, Settings
from server.bridge import Bridge, start_bridge
from server.errors import STATUS_NAMES
from server.front import load_door
from server.messages import CORS, Request
from server.negotiate import prefers_html
from server.pages import harden, pages
from server.service import Service
from server.settings import Limits, load_limits

_LOG = logging.getLogger("server")
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_ENDPOINTS = (
    "/sparql", "/sparql/", "/update", "/update/", "/data", "/data/", "/data/<path:rest>", "/dump.<form>", "/health",
    "/metrics", "/queries", "/queries/<rest>",
)  # fmt: skip


def create_app(settings: Settings, limits: Limits | None = None) -> Flask:
    """The whole application as WSGI; it starts its own query processes and stops them with `app.extensions["communique"].close()`."""
    limits = limits or read_limits()
    bridge = start_bridge(settings, limits)
    application = _pages_of(bridge)
    for place, rule in enumerate(_ENDPOINTS):
        application.add_url_rule(
            rule, f"endpoint-{place}", _endpoint, methods=_METHODS, provide_automatic_options=False
        )
    return application


def build_pages(
    settings: Settings, limits: Limits, service: Service, loop: asyncio.AbstractEventLoop
) -> Flask:
    """The pages alone, asking endpoints that run in this loop already."""
    return _pages_of(Bridge(service, loop))


def _pages_of(bridge: Bridge) -> Flask:
    application = Flask("server", static_folder=None)
    application.extensions["communique"] = bridge
    application.register_blueprint(pages)
    application.register_error_handler(HTTPException, _error)
    return application


def _endpoint(**_: str) -> BaseResponse:
    from flask import current_app

    bridge: Bridge = current_app.extensions["communique"]
    headers = {name.lower(): value for name, value in request.headers.items()}
    path, query = request.path, request.query_string.decode("latin-1")
    origin = request.host_url.rstrip("/")
    answer = bridge.respond(
        Request(request.method, path, query, headers, request.get_data(), request.remote_addr or "", origin)
    )
    assert isinstance(answer.body, bytes)
    return Response(answer.body, answer.status, list(answer.headers))


def _error(error: HTTPException) -> BaseResponse:
    status = error.code or 500
    reason = str(error.description or error.name)
    if prefers_html(request.headers.get("Accept", "")):
        response: Response = Response(
            f"<!doctype html><title>{status}</title><p>{status}: {error.name}</p>", status
        )
    else:
        response = jsonify(
            error={"status": status, "name": STATUS_NAMES.get(status, "error"), "reason": reason}
        )
        response.status_code = status
    for name, value in CORS:
        response.headers[name] = value
    return harden(response)


def read_limits() -> Limits:
    """The limits from environment and TOML file, found where `kg.settings` finds it."""
    return load_limits(os.environ, Path(os.environ.get("KG_CONFIG") or FILE))


def serve(settings: Settings, limits: Limits | None = None) -> None:
    """Serve until SIGTERM or SIGINT; running requests are answered before it ends.

    Raises:
        StoreError: the store is no folder.
        SettingsError: the port is taken or may not be opened.
    """
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    if settings.store.startswith(("http://", "https://")):
        raise StoreError(
            f"{settings.store}: a SPARQL server answers queries itself; `kg serve` serves a folder"
        )
    limits = limits or read_limits()
    _log_to_stderr()
    _check_port(settings.host, settings.port)
    server = Server(
        "communique",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        workers=1,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        websockets=False,
        backlog=4096,
        backpressure=65536,
        respawn_failed_workers=True,
        respawn_interval=0.05,
        workers_kill_timeout=30,
        log_level=LogLevels.warning,
    )
    _LOG.info("serving %s at http://%s:%s/", settings.store, settings.host, settings.port)
    loader = cast(Callable[..., Callable[..., Any]], partial(load_door, settings, limits))
    server.serve(target_loader=loader, wrap_loader=False)


def _check_port(host: str, port: int) -> None:
    """Granian shares a port with who has it already; so look first."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            taken = (
                "is taken by another program"
                if error.errno == errno.EADDRINUSE
                else f"cannot be opened: {error.strerror}"
            )
            raise SettingsError(f"{host}:{port} {taken}; choose another with --port") from error


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("server")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    logger.propagate = False
