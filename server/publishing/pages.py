"""Addresses under which the dataset is described, listed and cited: VoID and DCAT, sitemap, robots, nanopublications, an article's dump."""

import io
from typing import cast

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from pyoxigraph import NamedNode, Quad, RdfFormat, serialize
from werkzeug.wrappers import Response as BaseResponse

from kg import terms
from kg.errors import StoreError
from kg.publish import WRITERS, write_dump
from kg.release.about import About, load_about
from kg.release.count import Statistics
from kg.release.describe_dataset import describe_dataset, served
from kg.release.nanopublish import nanopublication
from kg.release.schema_org import schema_dataset
from kg.release.sitemap import robots, sitemap_index, sitemap_page
from kg.release.vocabulary import turtle
from kg.settings import toml_file
from server.engine import FORMATS, GRAPHS
from server.errors import Refusal
from server.linked.ask import base, bridge
from server.messages import CORS
from server.negotiate import NAMES, choose, prefers_html
from server.pages import harden
from server.publishing.asked import Asked
from server.publishing.numbers import Numbers

publishing = Blueprint("publishing", __name__, template_folder="templates")
_WITH_GRAPHS = {FORMATS[name].asked_as[0]: name for name in ("trig", "nq", "jsonld")}
_SHORT = {NAMES.get(name, name): name for name in WRITERS}  # suffix → as `write_dump` calls it


@publishing.after_request
def open_to_all(response: Response) -> Response:
    """Pages of other sites may read the answers, and nothing in them runs."""
    response.headers.extend([pair for pair in CORS if pair[0] not in response.headers])
    return harden(response)


@publishing.record_once
def _open(state: BlueprintSetupState) -> None:
    state.app.extensions["publishing"] = Numbers(state.app.extensions["communique"]), load_about(toml_file())


@publishing.get("/.well-known/void")
@publishing.get("/catalog")
def description() -> BaseResponse:
    """The dataset described in VoID and DCAT, for browsers as a page."""
    numbers, about = cast(tuple[Numbers, About], current_app.extensions["publishing"])
    statistics = numbers.of_now(request.remote_addr or "")
    if "format" not in request.args and prefers_html(request.headers.get("Accept", "")):
        return _answer(_page(statistics, about).encode(), "text/html; charset=utf-8")
    form = choose(request.headers.get("Accept", ""), request.args.get("format", "")).triples
    if form is None:
        raise Refusal(406, "the description has none of the forms that Accept names", "Take text/turtle.")
    triples = describe_dataset(statistics, base(), about, served(base()))
    body = turtle(triples) if form.name == "ttl" else serialize(triples, format=GRAPHS[form.name])
    return _answer(body or b"", form.media_type)


@publishing.get("/sitemap.xml")
def sitemap() -> BaseResponse:
    """The index of the sitemap."""
    return _answer(sitemap_index(_graphs(), base()), "application/xml")


@publishing.get("/sitemap-<int(max=100000):number>.xml")
def sitemap_part(number: int) -> BaseResponse:
    """A part of the sitemap, of at most 50,000 addresses."""
    body = sitemap_page(_graphs(), base(), number)
    if body is None:
        abort(404, f"there is no part {number} of the sitemap; /sitemap.xml lists them")
    return _answer(body, "application/xml")


@publishing.get("/robots.txt")
def robots_txt() -> BaseResponse:
    """What crawlers are asked to leave alone."""
    return _answer(robots(base()), "text/plain; charset=utf-8")


@publishing.get("/event/<slug>/nanopublication")
def newest_nanopublication(slug: str) -> BaseResponse:
    """The way to a claim's nanopublication, whose IRI changes with what is in it."""
    name = cast(NamedNode, _nanopublication(slug)[0].subject).value
    return redirect("../" + name.removeprefix(f"{base()}event/"), 302)


@publishing.get("/event/<slug>/<string(length=45):code>")
def one_nanopublication(slug: str, code: str) -> BaseResponse:
    """A claim's nanopublication, as long as it says what its name was made from."""
    quads = _nanopublication(slug)
    if cast(NamedNode, quads[0].subject).value != f"{base()}event/{slug}/{code}":
        abort(404, f"the claim says something else by now; see /event/{slug}/nanopublication")
    accepted = request.accept_mimetypes
    media = accepted.best_match([*_WITH_GRAPHS]) if accepted else next(iter(_WITH_GRAPHS))
    if media is None:
        raise Refusal(406, "a nanopublication has named graphs", f"Take one of {', '.join(_WITH_GRAPHS)}.")
    form = GRAPHS[_WITH_GRAPHS[media]]
    body = turtle(quads, form) if form == RdfFormat.TRIG else serialize(quads, format=form)
    return _answer(body or b"", media)


@publishing.get("/article/<slug>/dump.<form>")
def article_dump(slug: str, form: str) -> BaseResponse:
    """All that one article tells, as `kg dump --article` writes it."""
    graphs, article = _graphs(), _iri(f"{base()}article/{slug}")
    found = [fact.object.value for fact in graphs.facts(article, terms.IDENTIFIER, None, article)]
    if not found or form not in _SHORT:
        abort(404, f"there is no such article or format; the formats are {', '.join(_SHORT)}")
    out = io.BytesIO()
    write_dump(graphs, out, _SHORT[form], min(found))
    return _answer(out.getvalue(), FORMATS[form].media_type)


@publishing.errorhandler(Refusal)
def refused(refusal: Refusal) -> BaseResponse:
    """A refusal in the shape that all errors have."""
    headers = [*refusal.headers, ("cache-control", "no-store")]
    headers += [("retry-after", str(refusal.retry))] if refusal.retry is not None else []
    return Response(refusal.as_json(), refusal.status, headers, mimetype="application/json")


def _graphs() -> Asked:
    return Asked(bridge(), request.remote_addr or "")


def _nanopublication(slug: str) -> list[Quad]:
    """The quads of the claim's nanopublication; the first is in its head and has its name as subject."""
    about = cast(tuple[Numbers, About], current_app.extensions["publishing"])[1]
    try:
        return nanopublication(_graphs(), _iri(f"{base()}event/{slug}").value, base(), about)
    except StoreError:
        abort(404, "no article tells such a claim")


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError:
        abort(404, "there can be nothing of that name")


def _page(statistics: Statistics, about: About) -> str:
    counts = [("articles", statistics.articles), ("statements", statistics.all_triples)]
    counts += [
        (f"{terms.local(terms.term(kind)).lower()}s", number) for kind, number in statistics.kinds.items()
    ]
    dumps = served(base())
    dataset = schema_dataset(statistics, base(), about, dumps)
    return render_template(
        "dataset.html",
        statistics=statistics,
        about=about,
        base=base(),
        counts=counts,
        dumps=dumps,
        dataset=dataset,
    )


def _answer(body: bytes, media_type: str) -> Response:
    response = Response(body, content_type=media_type)
    response.headers.extend([("vary", "accept"), ("cache-control", "public, no-cache")])
    response.add_etag()
    response.make_conditional(request)
    return response
