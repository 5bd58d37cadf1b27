"""Stage: the dataset → its size in numbers, for its description. Every number is one that a query over the dataset gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pyoxigraph import Literal, QuerySolutions

from kg import terms
from kg.dataset.graphs import Graphs, rows
from kg.linksets.links import PREDICATES

KINDS = ("cq:Actor", "cq:Agreement", "cq:Claim", "cq:Event")
AN_ARTICLE = "GRAPH ?g { ?g a schema:NewsArticle }"
SAID_SIZE = """(COUNT(*) AS ?n) {
  { SELECT DISTINCT ?g { { ?k rdfs:subClassOf* cq:Claim } UNION { BIND(cq:Scenario AS ?k) } ?g a ?k } }
  GRAPH ?g { ?s ?p ?o }
}"""
SPACE = 'BIND(REPLACE(STR(?o), "[^/#]*[/#]*$", "") AS ?k)'  # an IRI without its last part: those of one collection share it
SELECT = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in sorted(terms.PREFIXES.items())) + "SELECT "


@dataclass(frozen=True, slots=True, order=True)
class Links:
    """How many links lead from things of ours into one space of names elsewhere."""

    space: str  # what the targets' IRIs begin with
    predicate: str  # prefixed name
    number: int
    subjects: int  # how many different things are linked


@dataclass(frozen=True, slots=True)
class Statistics:
    """The size of a dataset. What is not said otherwise counts the default graph: what is held to be so."""

    triples: int
    entities: int  # things whose IRI is the project's own
    subjects: int
    objects: int
    classes: dict[str, int]  # IRI → how many things are stated to be of it, sorted
    properties: dict[str, int]  # IRI → statements, sorted
    kinds: dict[str, int]  # prefixed name → how many, those of its subclasses too
    links: tuple[Links, ...]
    articles: int
    article_triples: int  # in the articles' graphs
    claim_triples: int  # in the graphs of what is only said: of claims and scenarios
    all_triples: int  # of the default graph and all named ones
    first: date | None  # the days on which the articles appeared
    last: date | None
    examples: tuple[
        str, ...
    ]  # IRIs: an actor, an agreement, a claim, an event, an article, as far as there are


def count(graphs: Graphs, base: str) -> Statistics:
    """The numbers of a dataset whose own IRIs begin with `base`."""
    triples = _number(graphs, "(COUNT(*) AS ?n) { ?s ?p ?o }")
    days = published_days(graphs)
    return Statistics(
        triples=triples,
        entities=_number(
            graphs, f"(COUNT(*) AS ?n) {{ {{ SELECT DISTINCT ?s {{ ?s ?p ?o }} }} {_own(base)} }}"
        ),
        subjects=_number(graphs, "(COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"),
        objects=_number(graphs, "(COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }"),
        classes=_counted(graphs, "?k (COUNT(DISTINCT ?s) AS ?n) { ?s a ?k } GROUP BY ?k"),
        properties=_counted(graphs, "?k (COUNT(*) AS ?n) { ?s ?k ?o } GROUP BY ?k"),
        kinds={kind: _number(graphs, _of_kind(kind)) for kind in KINDS},
        links=tuple(sorted(_links(graphs, base))),
        articles=_number(graphs, f"(COUNT(DISTINCT ?g) AS ?n) {{ {AN_ARTICLE} }}"),
        article_triples=_number(graphs, f"(COUNT(*) AS ?n) {{ {AN_ARTICLE} GRAPH ?g {{ ?s ?p ?o }} }}"),
        claim_triples=_number(graphs, SAID_SIZE),
        all_triples=triples + _number(graphs, "(COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"),
        first=min(days, default=None),
        last=max(days, default=None),
        examples=tuple(_examples(graphs, base)),
    )


def published_days(graphs: Graphs) -> set[date]:
    """The days on which articles appeared; the last is the date of whatever is published, as there is no clock here."""
    found = _rows(graphs, f"DISTINCT ?day {{ {AN_ARTICLE} GRAPH ?g {{ ?g schema:datePublished ?day }} }}")
    return {day for day in (day_of(row["day"].value) for row in found) if day}


def day_of(value: str) -> date | None:
    """The calendar day that an xsd:date gives; None where somebody stored what is none."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _links(graphs: Graphs, base: str) -> Iterator[Links]:
    """Links out of the dataset by what their targets' IRIs begin with; an alias of an event (`owl:sameAs` to one of ours) is none."""
    ours = f"{_own(base)} FILTER(isIRI(?o) && !STRSTARTS(STR(?o), {Literal(base)}) && !STRSTARTS(STR(?o), {Literal(terms.CQ)}))"
    for name, predicate in PREDICATES.items():
        found = _rows(
            graphs,
            f"?k (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?m) {{ ?s {predicate} ?o {ours} {SPACE} }} GROUP BY ?k",
        )
        for row in found:
            yield Links(row["k"].value, name, _whole(row["n"]), _whole(row["m"]))


def _of_kind(kind: str) -> str:
    return f"(COUNT(DISTINCT ?s) AS ?n) {{ ?k rdfs:subClassOf* {kind} . ?s a ?k }}"


def _examples(graphs: Graphs, base: str) -> Iterator[str]:
    patterns = [f"?k rdfs:subClassOf* {kind} . ?s a ?k" for kind in KINDS]
    for pattern in (*patterns, "GRAPH ?s { ?s a schema:NewsArticle }"):
        for row in _rows(graphs, f"(MIN(STR(?s)) AS ?least) {{ {pattern} {_own(base)} }}"):
            if row["least"]:
                yield row["least"].value


def _own(base: str) -> str:
    return f"FILTER(STRSTARTS(STR(?s), {Literal(base)}))"


def _rows(graphs: Graphs, select: str) -> QuerySolutions:
    return rows(graphs.query(SELECT + select))


def _number(graphs: Graphs, select: str) -> int:
    return _whole(next(_rows(graphs, select))["n"])


def _counted(graphs: Graphs, select: str) -> dict[str, int]:
    found = {row["k"].value: _whole(row["n"]) for row in _rows(graphs, select) if row["k"]}
    return dict(sorted(found.items()))


def _whole(number: Literal) -> int:
    return int(number.value)
