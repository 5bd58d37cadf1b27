"""What articles tell, as tables and people read it: each report with its passage, and the names of whom it speaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pyoxigraph import Literal, NamedNode

from kg import terms
from kg.dataset.graphs import Graphs, rows
from kg.linksets.links import PREDICATES
from kg.model import Status
from kg.release.count import SELECT, day_of
from kg.terms import DEFAULT, Fact, Node, cq

PLOVER = cq("plover")
CLOSE_MATCH = PREDICATES["skos:closeMatch"]
Value = str | date | int | tuple[str, ...] | None
Row = dict[str, Value]
Facts = dict[NamedNode, list[Node]]  # predicate → values, sorted


def articles_of(graphs: Graphs) -> list[tuple[str, NamedNode]]:
    """The articles: identifier and IRI, by identifier."""
    found = {
        (fact.object.value, fact.subject.value)
        for fact in graphs.facts(None, terms.IDENTIFIER, None, None)
        if fact.subject == fact.graph_name
    }
    return [(identifier, NamedNode(iri)) for identifier, iri in sorted(found)]


class Names:
    """What things are called and linked to, each looked up once."""

    def __init__(self, graphs: Graphs) -> None:
        self.graphs = graphs
        self._labels: dict[str, str] = {}
        self._links: dict[str, tuple[str, ...]] = {}

    def label(self, iri: str) -> str:
        """Its label in the default graph; the IRI where it has none."""
        if iri not in self._labels:
            self._labels[iri] = value_in(self.about(iri), terms.LABEL) or iri
        return self._labels[iri]

    def links(self, iri: str) -> tuple[str, ...]:
        """What it is outside the dataset, by the links that say identity or nearly so."""
        if iri not in self._links:
            held = self.about(iri)
            said = [v for p in (terms.SAME_AS, terms.EXACT_MATCH, CLOSE_MATCH) for v in held.get(p, ())]
            self._links[iri] = tuple(dict.fromkeys(value.value for value in said))
        return self._links[iri]

    def named(
        self, said: Facts, predicate: NamedNode, name: str, plural: str = "", linked: bool = True
    ) -> Row:
        """The columns of a role: names, IRIs and links; `name` is that of the role in the singular."""
        iris = tuple(iris_in(said, predicate))
        row: Row = {plural or f"{name}s": tuple(map(self.label, iris)), f"{name}_iris": iris}
        if linked:
            row[f"{name}_links"] = tuple(dict.fromkeys(link for iri in iris for link in self.links(iri)))
        return row

    def scope(self, report: Facts) -> str | None:
        """The claim or scenario in which a report stands, by the name under which all articles' tellings of it go."""
        own = next(iter(iris_in(report, terms.TOLD_IN)), None)
        held = self.about(own) if own else {}
        return own if terms.TYPE in held else next(iter(iris_in(held, terms.SAME_AS)), own)

    def told(self, event: NamedNode, report: Facts) -> Facts:
        """What is said of an event where the report stands: what is only said is never mixed with what is held to be so."""
        scope = None if is_asserted(report) else self.scope(report)
        return self.about(event.value, NamedNode(scope) if scope else DEFAULT)

    def about(self, iri: str, graph: terms.Graph = DEFAULT) -> Facts:
        """What a graph says of a subject."""
        return by_predicate(self.graphs.facts(NamedNode(iri), None, None, graph))

    def of_kind(self, kind: str) -> dict[str, str]:
        """All things of a class and of those beneath it: IRI → local name of its class; sorted."""
        query = f"{SELECT} ?s ?k {{ ?k rdfs:subClassOf* cq:{kind} . ?s a ?k }}"
        found = [(row["s"], row["k"].value) for row in rows(self.graphs.query(query))]
        pairs = [(s.value, k.removeprefix(terms.CQ)) for s, k in found if isinstance(s, NamedNode)]
        return dict(sorted(pairs))


@dataclass(frozen=True, slots=True)
class Telling:
    """A report of an article: the columns that events and claims share, and what is said of the event where it stands."""

    common: Row
    event: NamedNode
    report: Facts
    told: Facts


def tellings(names: Names) -> Iterator[Telling]:
    """Every report and passage, by article, place in it and event. One article is held in memory at a time."""
    for identifier, article in articles_of(names.graphs):
        own: dict[NamedNode, list[Fact]] = {}
        for fact in names.graphs.facts(None, None, None, article):
            own.setdefault(fact.subject, []).append(fact)
        described = {subject: by_predicate(facts) for subject, facts in own.items()}
        published = day_in(described[article], terms.PUBLISHED)
        article_is: Row = {"article": identifier, "article_iri": article.value, "published": published}
        found = [
            (article_is | passage, report, event)
            for report, said in described.items()
            for event in said.get(terms.REPORTS, ())
            for passage in _passages(said, described)
            if isinstance(event, NamedNode)
        ]
        for common, report, event in sorted(found, key=_place):
            told = names.told(event, described[report])
            yield Telling(
                common | {"report": report.value} | _event(names, event, told), event, described[report], told
            )


def _event(names: Names, event: NamedNode, told: Facts) -> Row:
    kind = next((v for v in told.get(terms.TYPE, ()) if v.value.startswith(terms.CQ)), None)
    plover = names.about(kind.value).get(PLOVER, ()) if kind else ()
    return {
        "label": value_in(told, terms.LABEL) or event.value,
        "type": terms.local(kind) if kind else None,
        "plover": next((value.value for value in plover), None),
        "from": day_in(told, terms.EARLIEST),
        "to": day_in(told, terms.LATEST),
    }


def is_asserted(report: Facts) -> bool:
    """Whether the article tells it in its own voice."""
    return terms.cq(Status.ASSERTED) in report.get(terms.STATUS, ())


def _passages(report: Facts, described: dict[NamedNode, Facts]) -> Iterator[Row]:
    for passage in report.get(terms.IN_PASSAGE, ()):
        said = described.get(passage, {}) if isinstance(passage, NamedNode) else {}
        quote = value_in(said, terms.EXACT)
        start, end = number_in(said, terms.START), number_in(said, terms.END)
        yield {"quote": quote, "start": start, "end": end}


def _place(told: tuple[Row, NamedNode, NamedNode]) -> tuple[int, str, str]:
    row, report, event = told
    start = row["start"]
    return start if isinstance(start, int) else -1, event.value, report.value


def by_predicate(facts: Iterator[Fact] | list[Fact]) -> Facts:
    """What facts on one subject say."""
    found: dict[NamedNode, set[Node]] = {}
    for fact in facts:
        if isinstance(fact.object, NamedNode | Literal):
            found.setdefault(fact.predicate, set()).add(fact.object)
    return {predicate: sorted(values, key=str) for predicate, values in found.items()}


def iris_in(said: Facts, predicate: NamedNode) -> list[str]:
    """The IRIs among the values."""
    return [value.value for value in said.get(predicate, ()) if isinstance(value, NamedNode)]


def value_in(said: Facts, predicate: NamedNode) -> str | None:
    """The first value as text."""
    return next((value.value for value in said.get(predicate, ())), None)


def local_in(said: Facts, predicate: NamedNode) -> str | None:
    """The first value, a term of our own, by its local name."""
    return next((terms.local(value) for value in said.get(predicate, ())), None)


def day_in(said: Facts, predicate: NamedNode) -> date | None:
    """The first value that is a day."""
    return next(filter(None, (day_of(value.value) for value in said.get(predicate, ()))), None)


def number_in(said: Facts, predicate: NamedNode) -> int | None:
    """The first value, if it is a whole number."""
    written = value_in(said, predicate)
    return int(written) if written and written.isascii() and written.isdigit() else None
