"""The Flask application: `create_app` gives it whole for any WSGI server, `serve` runs it in production.

Under `serve` the endpoints live in Granian's event loop, where they stream, hear hang-ups and cost less; Flask keeps the
pages. Under another WSGI server the same endpoints run in a thread beside it, and their answers are gathered whole.
"""

import asyncio

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from kg.settings import Settings
from server.bridge import Bridge, start_bridge
from server.errors import STATUS_NAMES
from server.linked import register as register_linked
from server.messages import CORS, Request
from server.negotiate import prefers_html
from server.pages import harden, pages
from server.production import serve
from server.publishing.pages import publishing
from server.service import Service
from server.settings import Limits, read_limits

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
    application.register_blueprint(publishing)
    register_linked(application)
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


__all__ = ["build_pages", "create_app", "serve"]
