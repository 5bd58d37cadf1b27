"""Stage: the dataset → its size in numbers, for its description. Every number is one that a query over the dataset gives."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pyoxigraph import Literal, NamedNode, QuerySolutions

from kg import terms
from kg.graphs import Graphs, rows
from kg.linksets.links import PREDICATES
from kg.terms import DEFAULT

KINDS = ("cq:Actor", "cq:Agreement", "cq:Claim", "cq:Event")
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
    claim_graphs: int  # graphs of what is only said: of claims and scenarios
    claim_triples: int
    all_triples: int  # of the default graph and all named ones
    first: date | None  # the days on which the articles appeared
    last: date | None
    examples: tuple[
        str, ...
    ]  # IRIs: an actor, an agreement, a claim, an event, an article, as far as there are


def count(graphs: Graphs, base: str) -> Statistics:
    """The numbers of a dataset whose own IRIs begin with `base`."""
    sizes = _sizes(graphs)
    articles = {row["g"].value for row in _rows(graphs, "?g { GRAPH ?g { ?g a schema:NewsArticle } }")}
    said = _iris(
        graphs, "DISTINCT ?s { { ?k rdfs:subClassOf* cq:Claim } UNION { BIND(cq:Scenario AS ?k) } ?s a ?k }"
    )
    triples = _number(graphs, "(COUNT(*) AS ?n) { ?s ?p ?o }")
    properties = _counted(graphs, "?k (COUNT(*) AS ?n) { ?s ?k ?o } GROUP BY ?k")
    first, last = _days(graphs)
    return Statistics(
        triples=triples,
        entities=_number(graphs, f"(COUNT(DISTINCT ?s) AS ?n) {{ ?s ?p ?o {_own(base)} }}"),
        subjects=_number(graphs, "(COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"),
        objects=_number(graphs, "(COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }"),
        classes=_counted(graphs, "?k (COUNT(DISTINCT ?s) AS ?n) { ?s a ?k } GROUP BY ?k"),
        properties=properties,
        kinds={kind: _number(graphs, _of_kind(kind)) for kind in KINDS},
        links=tuple(sorted(_links(graphs, base))),
        articles=len(articles),
        article_triples=sum(sizes[name] for name in articles),
        claim_graphs=sum(1 for name in sizes if name in said),
        claim_triples=sum(size for name, size in sizes.items() if name in said),
        all_triples=triples + sum(sizes.values()),
        first=first,
        last=last,
        examples=tuple(_examples(graphs, base)),
    )


def newest(graphs: Graphs) -> date | None:
    """The day on which the newest article appeared: the date of whatever is published, as there is no clock here."""
    return _days(graphs)[1]


def day_of(value: str) -> date | None:
    """The calendar day that an xsd:date gives; None where somebody stored what is none."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def target_space(target: str) -> str:
    """What IRIs of the same collection begin with.

    >>> target_space("http://www.wikidata.org/entity/Q912"), target_space("https://sws.geonames.org/2453866/")
    ('http://www.wikidata.org/entity/', 'https://sws.geonames.org/')
    """
    path = target.rstrip("/#")
    return path[: max(path.rfind("#"), path.rfind("/")) + 1]


def _links(graphs: Graphs, base: str) -> Iterator[Links]:
    """Links out of the dataset; an alias of an event (`owl:sameAs` to one of ours) is none."""
    for name, predicate in PREDICATES.items():
        number, subjects = Counter[str](), dict[str, set[str]]()
        for fact in graphs.facts(None, predicate, None, DEFAULT):
            target = fact.object
            if fact.subject.value.startswith(base) and _leads_out(target, base):
                space = target_space(target.value)
                number[space] += 1
                subjects.setdefault(space, set()).add(fact.subject.value)
        for space, links in number.items():
            yield Links(space, name, links, len(subjects[space]))


def _leads_out(target: object, base: str) -> bool:
    return isinstance(target, NamedNode) and not target.value.startswith((base, terms.CQ))


def _of_kind(kind: str) -> str:
    return f"(COUNT(DISTINCT ?s) AS ?n) {{ ?k rdfs:subClassOf* {kind} . ?s a ?k }}"


def _examples(graphs: Graphs, base: str) -> Iterator[str]:
    patterns = [f"?k rdfs:subClassOf* {kind} . ?s a ?k" for kind in KINDS]
    for pattern in (*patterns, "GRAPH ?s { ?s a schema:NewsArticle }"):
        for row in _rows(graphs, f"(MIN(STR(?s)) AS ?least) {{ {pattern} {_own(base)} }}"):
            if row["least"]:
                yield row["least"].value


def _days(graphs: Graphs) -> tuple[date | None, date | None]:
    values = {
        fact.object.value
        for article in graphs.facts(None, terms.TYPE, terms.ARTICLE)
        for fact in graphs.facts(article.subject, terms.PUBLISHED, None, article.graph_name)
    }
    found = [day for day in map(day_of, values) if day]
    return min(found, default=None), max(found, default=None)


def _sizes(graphs: Graphs) -> dict[str, int]:
    """Named graph → its triples."""
    return _counted(graphs, "?k (COUNT(*) AS ?n) { GRAPH ?k { ?s ?p ?o } } GROUP BY ?k")


def _own(base: str) -> str:
    return f"FILTER(STRSTARTS(STR(?s), {Literal(base)}))"


def _rows(graphs: Graphs, select: str) -> QuerySolutions:
    return rows(graphs.query(SELECT + select))


def _number(graphs: Graphs, select: str) -> int:
    return int(next(_rows(graphs, select))["n"].value)


def _iris(graphs: Graphs, select: str) -> set[str]:
    return {row["s"].value for row in _rows(graphs, select)}


def _counted(graphs: Graphs, select: str) -> dict[str, int]:
    found = {row["k"].value: int(row["n"].value) for row in _rows(graphs, select) if row["k"]}
    return dict(sorted(found.items()))
