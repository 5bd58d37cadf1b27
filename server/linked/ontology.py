"""The address of the ontology: documentation for people made from the terms, RDF for programs."""

import hashlib
from functools import lru_cache

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from kg import terms
from server.engine import GRAPHS
from server.errors import Refusal
from server.linked.forms import MEDIA_TYPES, SUFFIXES, finish, refuse, wanted_form
from server.linked.terms_shown import about, groups
from server.linked.vocabulary import vocabulary

IRI = terms.CQ.rstrip("#")
ontology = Blueprint("ontology", __name__)
ontology.after_request(finish)
ontology.register_error_handler(Refusal, refuse)


@ontology.get("/ontology")
def answer() -> Response:
    """The ontology in the form that Accept asks for; terms are fragments, so this is their address too."""
    return _document(wanted_form())


@ontology.get("/ontology.<suffix>")
def document(suffix: str) -> Response:
    """The ontology in one form."""
    if suffix not in SUFFIXES:
        raise Refusal(404, f"the ontology has no form {suffix[:20]!r}", f"There are {', '.join(SUFFIXES)}.")
    return _document(suffix)


@ontology.get("/ontology/<version>")
def version(version: str) -> Response:
    """The IRI of the version that is served is the ontology too."""
    if version != about(vocabulary()).version:
        raise Refusal(404, f"the ontology served here is not {version[:20]!r}", "See /ontology.")
    return _document(wanted_form())


def _document(suffix: str) -> Response:
    body, tag = _body(suffix)
    response = Response(body, content_type=MEDIA_TYPES[suffix])
    if tag in request.headers.get("If-None-Match", ""):
        response = Response(status=304)
    response.headers["ETag"], response.headers["Vary"] = tag, "Accept"
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers.add("Link", f'<{IRI}>; rel="canonical"')
    for other in SUFFIXES:
        kind = MEDIA_TYPES[other].partition(";")[0]
        response.headers.add("Link", f'<./ontology.{other}>; rel="alternate"; type="{kind}"')
    return response


@lru_cache(maxsize=len(SUFFIXES))
def _body(suffix: str) -> tuple[bytes, str]:
    """A form's bytes and their tag; they stay the same while the server runs."""
    if suffix == "html":
        page = render_template(
            "ontology.html",
            about=about(vocabulary()),
            groups=groups(vocabulary()),
            iri=IRI,
            suffixes=SUFFIXES[1:],
        )
        body = page.encode()
    else:
        body = ox.serialize(vocabulary().triples, format=GRAPHS[suffix], prefixes=terms.PREFIXES) or b""
    return body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
