"""Pages for people: what is here, example questions, a form, and answers as a table. They work without JavaScript."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from kg.settings import ROOT
from server.bridge import Bridge
from server.engine import Order
from server.errors import Refusal
from server.tokens import PREFIXES

QUESTIONS = ROOT / "ontology" / "questions"
SHOWN_ROWS = 1000
_SHOWN_CHARACTERS = 200_000  # of a graph as text
pages = Blueprint(
    "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
)

_COUNTS = """
PREFIX cq: <https://w3id.org/communique/ontology#> PREFIX schema: <https://schema.org/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?articles ?actors ?events ?claims ?agreements WHERE {
  { SELECT (COUNT(?a) AS ?articles) { GRAPH ?a { ?a a schema:NewsArticle } } }
  { SELECT (COUNT(DISTINCT ?x) AS ?actors) { ?kind rdfs:subClassOf* cq:Actor . ?x a ?kind } }
  { SELECT (COUNT(DISTINCT ?e) AS ?events) { ?kind rdfs:subClassOf* cq:Event . ?e a ?kind } }
  { SELECT (COUNT(DISTINCT ?c) AS ?claims) { ?kind rdfs:subClassOf* cq:Claim . ?c a ?kind } }
  { SELECT (COUNT(DISTINCT ?g) AS ?agreements) { ?kind rdfs:subClassOf* cq:Agreement . ?g a ?kind } }
}"""


@dataclass(frozen=True, slots=True)
class Question:
    """An example query: its file's name, the question in words, the query."""

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A term as a table shows it."""

    text: str
    href: str = ""
    note: str = ""  # language or datatype


@dataclass(frozen=True, slots=True)
class Table:
    """What a query gave, ready to be shown."""

    names: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    text: str = ""  # a graph or a yes or no, in place of rows
    warning: str = ""
    error: Mapping[str, object] = field(default_factory=dict)


@lru_cache(maxsize=1)
def questions(folder: Path = QUESTIONS) -> tuple[Question, ...]:
    """The example queries, by file name; the first line of each is a comment that asks the question."""
    found = []
    for path in sorted(folder.glob("*.rq")):
        text = path.read_text(encoding="utf-8")
        first, _, rest = text.partition("\n")
        titled = first.startswith("#")
        found.append(
            Question(path.stem, first.lstrip("# ") if titled else path.stem, rest if titled else text)
        )
    return tuple(found)


def _bridge() -> Bridge:
    bridge = current_app.extensions["communique"]
    assert isinstance(bridge, Bridge)
    return bridge


@pages.get("/")
def first_page() -> BaseResponse:
    """What is here, and the form; with `?query=` its answer below."""
    text = request.args.get("query", "")
    example = next((item for item in questions() if item.name == request.args.get("example")), None)
    table = _table(text) if text.strip() else None
    page = render_template(
        "first.html",
        counts=_counts(),
        questions=questions(),
        query=text or (example.text if example else ""),
        table=table,
        shown=SHOWN_ROWS,
    )
    return Response(page, status=int(str(table.error["status"])) if table and table.error else 200)


@pages.get("/query")
def form_target() -> BaseResponse:
    """An older name of the form's target."""
    return redirect("/?" + request.query_string.decode("latin-1"), 301)


def _counts() -> Mapping[str, str]:
    """How many articles, actors, events, claims there are; empty where that cannot be said just now."""
    try:
        answer = _bridge().ask(Order("query", _COUNTS, results="json", triples="ttl"))
    except Refusal:
        return {}
    assert isinstance(answer.body, bytes)
    (row,) = json.loads(answer.body)["results"]["bindings"]
    return {name: f"{int(term['value']):,}" for name, term in row.items()}


def _table(text: str) -> Table:
    client = request.remote_addr or ""
    order = Order("query", text, results="json", triples="ttl", rows=SHOWN_ROWS, base=_base())
    try:
        answer = _bridge().ask(order, client)
    except Refusal as refusal:
        return Table(error=refusal.record())
    assert isinstance(answer.body, bytes)
    if "turtle" in dict(answer.headers)["content-type"]:
        return _as_text(answer.body)
    found = json.loads(answer.body)
    if "boolean" in found:
        return Table(text="yes" if found["boolean"] else "no")
    names = found["head"]["vars"]
    rows = [[_cell(row.get(name)) for name in names] for row in found["results"]["bindings"]]
    return Table(names, rows, warning=" ".join(found.get("warnings", ())))


def _as_text(body: bytes) -> Table:
    text = body.decode("utf-8", errors="replace")
    cut = len(text) > _SHOWN_CHARACTERS
    return Table(
        text=text[:_SHOWN_CHARACTERS], warning="Only the beginning; download it for all." if cut else ""
    )


def _cell(term: Mapping[str, str] | None) -> Cell:
    if term is None:
        return Cell("")
    if term["type"] == "uri":
        href = term["value"] if term["value"].startswith(("http://", "https://")) else ""
        return Cell(shortened(term["value"]), href)
    if term["type"] == "bnode":
        return Cell("_:" + term["value"])
    if term["type"] == "triple":
        return Cell(json.dumps(term["value"], ensure_ascii=False))
    return Cell(term["value"], note=term.get("xml:lang") or shortened(term.get("datatype", "")))


def shortened(iri: str) -> str:
    """An IRI with a usual prefix, or as it is."""
    for prefix, start in PREFIXES.items():
        if iri.startswith(start) and len(iri) > len(start):
            return f"{prefix}:{iri[len(start) :]}"
    return iri.removeprefix(_base_of_iris())


def _base_of_iris() -> str:
    return _bridge().service.settings.base


def _base() -> str:
    return _base_of_iris() + "sparql"


@pages.after_request
def harden(response: Response) -> Response:
    """No script but our own file, nothing from elsewhere, no framing."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
