"""Which form a document takes, and the headers that all answers of this room have."""

from collections.abc import Iterator

from flask import Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from server.errors import Refusal
from server.messages import CORS, PREFLIGHT
from server.negotiate import TRIPLES, choose, prefers_html, prefers_text
from server.pages import harden

MEDIA_TYPES = {"html": "text/html; charset=utf-8"} | {form.name: form.media_type for form in TRIPLES}
SUFFIXES = tuple(MEDIA_TYPES)


def wanted_form() -> str:
    """The suffix of the document that Accept asks for: the page for a browser, Turtle for who does not care.

    Raises:
        Refusal: 406, there is none of the kind.
    """
    accept = request.headers.get("Accept", "")
    if prefers_html(accept):
        return "html"
    found = choose(accept).triples
    if found is None:
        types = ", ".join(kind.partition(";")[0] for kind in MEDIA_TYPES.values())
        raise Refusal(406, "there is none of the forms that Accept names", f"There are: {types}.")
    return found.name


def see_other(location: str, links: Iterator[str] | tuple[str, ...] = ()) -> Response:
    """303 to a document, by a reference relative to the address asked for."""
    response = Response(status=303, headers={"Location": location, "Vary": "Accept"})
    response.autocorrect_location_header = False
    for link in links:
        response.headers.add("Link", link)
    return response


def refuse(refusal: Refusal) -> BaseResponse:
    """A refusal as a page, as JSON or as text."""
    accept = request.headers.get("Accept", "")
    if prefers_html(accept):
        body: str | bytes = render_template("refused.html", error=refusal.record())
        kind = MEDIA_TYPES["html"]
    elif prefers_text(accept):
        body, kind = refusal.as_text(), "text/plain; charset=utf-8"
    else:
        body, kind = refusal.as_json(), "application/json"
    response = Response(body, refusal.status, content_type=kind)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept"
    if refusal.retry is not None:
        response.headers["Retry-After"] = str(refusal.retry)
    return response


def finish(response: Response) -> Response:
    """CORS for everything, and what every page has for safety."""
    policy = response.headers.get("Content-Security-Policy")
    harden(response)
    if policy:
        response.headers["Content-Security-Policy"] = policy
    for name, value in CORS + (PREFLIGHT if request.method == "OPTIONS" else ()):
        response.headers.setdefault(name, value)
    return response
