"""Stage: the dataset → tables for people without SPARQL. `columns.csv` says what each column holds; rows come sorted."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyoxigraph import NamedNode

from kg import terms
from kg.dataset.graphs import Graphs
from kg.release.told import (
    Names,
    Row,
    articles_of,
    day_in,
    iris_in,
    is_asserted,
    local_in,
    tellings,
    value_in,
)
from kg.terms import DEFAULT

COLUMNS = Path(__file__).with_name("columns.csv")


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what it holds."""

    name: str
    kind: str  # text, iri, date, integer, texts or iris
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
    return ROWS[table](Names(graphs))


def _articles(names: Names) -> Iterator[Row]:
    for identifier, article in articles_of(names.graphs):
        said = names.about(article.value, article)
        yield {
            "article": identifier,
            "article_iri": article.value,
            "published": day_in(said, terms.PUBLISHED),
            "title": value_in(said, terms.HEADLINE),
            "publisher": value_in(said, terms.PUBLISHER),
            "url": value_in(said, terms.ADDRESS),
            "language": value_in(said, terms.IN_LANGUAGE),
            "reports": sum(1 for _ in names.graphs.facts(None, terms.TYPE, terms.REPORT, article)),
        }


def _events(names: Names) -> Iterator[Row]:
    for telling in tellings(names):
        report, told = telling.report, telling.told
        row: Row = {
            "event": telling.event.value,
            "status": local_in(report, terms.STATUS),
            "said_in": names.scope(report),
        }
        row |= names.named(told, terms.ROLE["agents"], "agent")
        row |= names.named(told, terms.ROLE["targets"], "target")
        row |= names.named(told, terms.ROLE["places"], "place")
        row |= names.named(told, terms.ROLE["concerns"], "concern", linked=False)
        row |= names.named(report, terms.ATTRIBUTED_TO, "source", linked=False)
        yield telling.common | row


def _claims(names: Names) -> Iterator[Row]:
    """The reports that somebody said something, by articles that hold it to be so."""
    claims = names.of_kind("Claim")
    for telling in tellings(names):
        if telling.event.value in claims and is_asserted(telling.report):
            held, says = telling.told, dict(_said_in(names, telling.event))
            row: Row = {
                "claim": telling.event.value,
                "content": tuple(value.value for value in held.get(terms.CONTENT, ())),
                "says": tuple(says.values()),
                "says_iris": tuple(says),
            }
            row |= names.named(held, terms.ROLE["agents"], "speaker")
            row |= names.named(held, terms.ROLE["targets"], "target")
            yield telling.common | row


def _said_in(names: Names, claim: NamedNode) -> list[tuple[str, str]]:
    """The events of which a claim speaks: IRI and label, sorted."""
    events = {fact.subject.value for fact in names.graphs.facts(None, terms.TYPE, None, claim)}
    return [(event, value_in(names.about(event, claim), terms.LABEL) or event) for event in sorted(events)]


def _actors(names: Names) -> Iterator[Row]:
    for actor, kind in names.of_kind("Actor").items():
        said, node = names.about(actor), NamedNode(actor)
        state = next(iter(iris_in(said, terms.OF_STATE)), None)
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


def _agreements(names: Names) -> Iterator[Row]:
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
                "event_type": local_in(held, terms.TYPE),
                "event_label": names.label(event) if event else None,
                "from": day_in(held, terms.EARLIEST),
                "to": day_in(held, terms.LATEST),
            }


ROWS: dict[str, Callable[[Names], Iterator[Row]]] = {
    "articles": _articles,
    "events": _events,
    "claims": _claims,
    "actors": _actors,
    "agreements": _agreements,
}
