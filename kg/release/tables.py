"""Stage: the dataset → tables for people without SPARQL. `columns.csv` says what each column holds; rows come sorted."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from kg import terms
from kg.graphs import Graphs, rows
from kg.linksets.links import PREDICATES
from kg.release.count import SELECT, day_of
from kg.terms import DEFAULT, Fact, Node, cq

COLUMNS = Path(__file__).with_name("columns.csv")
PLOVER = cq("plover")
KINDS = ("text", "iri", "date", "integer", "texts", "iris")
Value = str | date | int | tuple[str, ...] | None
Row = dict[str, Value]
Facts = dict[NamedNode, list[Node]]  # predicate → values, sorted


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what it holds."""

    name: str
    kind: str  # one of KINDS
    description: str


@cache
def columns() -> dict[str, tuple[Column, ...]]:
    """Table → its columns in order."""
    found: dict[str, list[Column]] = {}
    with COLUMNS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["table"], []).append(Column(row["column"], row["kind"], row["description"]))
    return {table: tuple(listed) for table, listed in found.items()}


def table_rows(graphs: Graphs, table: str) -> Iterator[Row]:
    """The rows of a table, one at a time."""
    return ROWS[table](_Names(graphs))


class _Names:
    """What things are called and linked to, each looked up once."""

    def __init__(self, graphs: Graphs) -> None:
        self.graphs = graphs
        self._labels: dict[str, str] = {}
        self._links: dict[str, tuple[str, ...]] = {}

    def label(self, iri: str) -> str:
        """Its label, in the default graph or where it is spoken of; the IRI where it has none."""
        if iri not in self._labels:
            found = {fact.object.value for fact in self.graphs.facts(NamedNode(iri), terms.LABEL)}
            self._labels[iri] = min(found, default=iri)
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
        iris = tuple(_iris(said, predicate))
        row: Row = {plural or f"{name}s": tuple(map(self.label, iris)), f"{name}_iris": iris}
        if linked:
            row[f"{name}_links"] = tuple(dict.fromkeys(link for iri in iris for link in self.links(iri)))
        return row

    def scope(self, report: Facts) -> str | None:
        """The claim or scenario in which a report stands, by the name under which all articles' tellings of it go."""
        own = next(iter(_iris(report, terms.TOLD_IN)), None)
        held = self.about(own) if own else {}
        return own if terms.TYPE in held else next(iter(_iris(held, terms.SAME_AS)), own)

    def about(self, iri: str, graph: terms.Graph | None = DEFAULT) -> Facts:
        """What a graph (None: any) says of a subject."""
        return _by_predicate(self.graphs.facts(NamedNode(iri), None, None, graph))

    def of_kind(self, kind: str) -> dict[str, str]:
        """All things of a class and of those beneath it: IRI → local name of its class; sorted."""
        query = f"{SELECT} ?s ?k {{ ?k rdfs:subClassOf* cq:{kind} . ?s a ?k }}"
        found = [(row["s"], row["k"].value) for row in rows(self.graphs.query(query))]
        pairs = [(s.value, k.removeprefix(terms.CQ)) for s, k in found if isinstance(s, NamedNode)]
        return dict(sorted(pairs))


CLOSE_MATCH = PREDICATES["skos:closeMatch"]


@dataclass(frozen=True, slots=True)
class _Telling:
    """A report of an article: the columns that events and claims share, and what all graphs say of the event."""

    common: Row
    event: NamedNode
    report: Facts
    told: Facts


def _articles(names: _Names) -> Iterator[Row]:
    for identifier, article in _by_identifier(names.graphs):
        said = names.about(article.value, article)
        yield {
            "article": identifier,
            "article_iri": article.value,
            "published": _day(said, terms.PUBLISHED),
            "title": _text(said, terms.HEADLINE),
            "publisher": _text(said, terms.PUBLISHER),
            "url": _text(said, terms.ADDRESS),
            "language": _text(said, terms.IN_LANGUAGE),
            "reports": sum(1 for _ in names.graphs.facts(None, terms.TYPE, terms.REPORT, article)),
        }


def _events(names: _Names) -> Iterator[Row]:
    for telling in _tellings(names):
        report, told = telling.report, telling.told
        row: Row = {
            "event": telling.event.value,
            "status": _local(report, terms.STATUS),
            "said_in": names.scope(report),
        }
        row |= names.named(told, terms.ROLE["agents"], "agent")
        row |= names.named(told, terms.ROLE["targets"], "target")
        row |= names.named(told, terms.ROLE["places"], "place")
        row |= names.named(told, terms.ROLE["concerns"], "concern", linked=False)
        row |= names.named(report, terms.ATTRIBUTED_TO, "source", linked=False)
        yield telling.common | row


def _claims(names: _Names) -> Iterator[Row]:
    """The events that have a content and are held to be so: that it was said is."""
    for telling in _tellings(names):
        held = names.about(telling.event.value)
        if terms.CONTENT not in held:
            continue
        said = names.graphs.facts(None, terms.TYPE, None, telling.event)
        says = tuple(sorted({fact.subject.value for fact in said}))
        row: Row = {
            "claim": telling.event.value,
            "content": tuple(value.value for value in held[terms.CONTENT]),
            "says": tuple(map(names.label, says)),
            "says_iris": says,
        }
        row |= names.named(held, terms.ROLE["agents"], "speaker")
        row |= names.named(held, terms.ROLE["targets"], "target")
        yield telling.common | row


def _actors(names: _Names) -> Iterator[Row]:
    for actor, kind in names.of_kind("Actor").items():
        said, node = names.about(actor), NamedNode(actor)
        state = next(iter(_iris(said, terms.OF_STATE)), None)
        yield {
            "actor": actor,
            "label": names.label(actor),
            "kind": kind,
            "state": names.label(state) if state else None,
            "state_iri": state,
            "other_names": tuple(value.value for value in said.get(terms.ALT_LABEL, ())),
            "links": names.links(actor),
            "did": sum(1 for _ in names.graphs.facts(None, terms.ROLE["agents"], node, DEFAULT)),
            "suffered": sum(1 for _ in names.graphs.facts(None, terms.ROLE["targets"], node, DEFAULT)),
        }


def _agreements(names: _Names) -> Iterator[Row]:
    for agreement in names.of_kind("Agreement"):
        said = names.about(agreement)
        row: Row = {
            "agreement": agreement,
            "label": names.label(agreement),
            "other_names": tuple(value.value for value in said.get(terms.ALT_LABEL, ())),
        }
        row |= names.named(said, terms.PARTY, "party", "parties", linked=False)
        about = names.graphs.facts(None, terms.ROLE["concerns"], NamedNode(agreement), DEFAULT)
        for event in sorted({fact.subject.value for fact in about}) or [""]:
            held = names.about(event) if event else {}
            yield row | {
                "event": event or None,
                "event_type": _local(held, terms.TYPE),
                "event_label": names.label(event) if event else None,
                "from": _day(held, terms.EARLIEST),
                "to": _day(held, terms.LATEST),
            }


ROWS: dict[str, Callable[[_Names], Iterator[Row]]] = {
    "articles": _articles,
    "events": _events,
    "claims": _claims,
    "actors": _actors,
    "agreements": _agreements,
}


def _tellings(names: _Names) -> Iterator[_Telling]:
    """Every report and passage, by article, place in it and event. One article is held in memory at a time."""
    for identifier, article in _by_identifier(names.graphs):
        own: dict[NamedNode, list[Fact]] = {}
        for fact in names.graphs.facts(None, None, None, article):
            own.setdefault(fact.subject, []).append(fact)
        described = {subject: _by_predicate(facts) for subject, facts in own.items()}
        published = _day(described[article], terms.PUBLISHED)
        article_is: Row = {"article": identifier, "article_iri": article.value, "published": published}
        found = [
            (article_is | passage, report, event)
            for report, said in described.items()
            for event in said.get(terms.REPORTS, ())
            for passage in _passages(said, described)
            if isinstance(event, NamedNode)
        ]
        for common, report, event in sorted(found, key=_place):
            told = names.about(event.value, None)
            yield _Telling(
                common | {"report": report.value} | _event(names, event, told), event, described[report], told
            )


def _event(names: _Names, event: NamedNode, told: Facts) -> Row:
    kind = next((v for v in told.get(terms.TYPE, ()) if v.value.startswith(terms.CQ)), None)
    plover = names.about(kind.value).get(PLOVER, ()) if kind else ()
    return {
        "label": names.label(event.value),
        "type": terms.local(kind) if kind else None,
        "plover": next((value.value for value in plover), None),
        "from": _day(told, terms.EARLIEST),
        "to": _day(told, terms.LATEST),
    }


def _passages(report: Facts, described: dict[NamedNode, Facts]) -> Iterator[Row]:
    for passage in report.get(terms.IN_PASSAGE, ()):
        said = described.get(passage, {}) if isinstance(passage, NamedNode) else {}
        quote = _text(said, terms.EXACT)
        start, end = _number(said, terms.START), _number(said, terms.END)
        yield {"quote": quote, "start": start, "end": end}


def _place(told: tuple[Row, NamedNode, NamedNode]) -> tuple[int, str, str]:
    row, report, event = told
    start = row["start"]
    return start if isinstance(start, int) else -1, event.value, report.value


def _by_identifier(graphs: Graphs) -> list[tuple[str, NamedNode]]:
    found = {
        (fact.object.value, fact.subject.value)
        for fact in graphs.facts(None, terms.IDENTIFIER, None, None)
        if fact.subject == fact.graph_name
    }
    return [(identifier, NamedNode(iri)) for identifier, iri in sorted(found)]


def _by_predicate(facts: Iterator[Fact] | list[Fact]) -> Facts:
    found: dict[NamedNode, set[Node]] = {}
    for fact in facts:
        if isinstance(fact.object, NamedNode | Literal):
            found.setdefault(fact.predicate, set()).add(fact.object)
    return {predicate: sorted(values, key=str) for predicate, values in found.items()}


def _iris(said: Facts, predicate: NamedNode) -> list[str]:
    return [value.value for value in said.get(predicate, ()) if isinstance(value, NamedNode)]


def _text(said: Facts, predicate: NamedNode) -> str | None:
    return next((value.value for value in said.get(predicate, ())), None)


def _local(said: Facts, predicate: NamedNode) -> str | None:
    return next((terms.local(value) for value in said.get(predicate, ())), None)


def _day(said: Facts, predicate: NamedNode) -> date | None:
    return next(filter(None, (day_of(value.value) for value in said.get(predicate, ()))), None)


def _number(said: Facts, predicate: NamedNode) -> int | None:
    written = _text(said, predicate)
    return int(written) if written and written.isascii() and written.isdigit() else None
