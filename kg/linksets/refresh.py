"""Stage: the authority's tables and what Wikidata says of them → proposals for a person to judge. No table is written."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from pyoxigraph import Literal, NamedNode

from kg import authority as tables
from kg.authority import ENTRY_TABLES, FOLDER, fold, sound
from kg.errors import TableError
from kg.linksets.ask import LANGUAGE, Answer, ask, read_query
from kg.linksets.links import line
from kg.linksets.sssom import FORMULA
from kg.terms import PREFIXES

QUERIES = FOLDER / "queries"
STATES = "states.csv"
TABLES = (STATES, *ENTRY_TABLES)
ENDPOINT = "https://query.wikidata.org/sparql"
ITEM = PREFIXES["wd"]
HEADING = ("table", "line", "id", "name", "column", "value", "proposed", "why", "source")


@dataclass(frozen=True, slots=True, order=True)
class Proposed:
    """One cell of a table that might be another."""

    table: str
    line: int
    id: str
    name: str
    column: str
    value: str  # as it stands
    proposed: str  # empty where only a doubt is told
    why: str
    source: str  # the endpoint that was asked


@dataclass(frozen=True, slots=True)
class _Row:
    table: str
    line: int
    cells: dict[str, str]

    @property
    def id(self) -> str:
        return self.cells.get("id") or f"state/{self.cells['iso3']}"

    @property
    def names(self) -> tuple[str, ...]:
        others = [self.cells.get("official", ""), *self.cells["aliases"].split("|")]
        return tuple(filter(None, dict.fromkeys([self.cells["name"], *others])))


def refresh(
    endpoint: str = ENDPOINT, chosen: Sequence[str] = TABLES, folder: Path = FOLDER
) -> tuple[Proposed, ...]:
    """What an endpoint with Wikidata's data says against these tables, and what it would fill in; in their order.

    Raises:
        OutsideError: the endpoint fails or answers something else.
        TableError: there is no such table, or a shipped query is broken.
    """
    unknown = sorted(set(chosen) - set(TABLES))
    if unknown:
        raise TableError(unknown[0], None, f"is no table with identifiers; there are {', '.join(TABLES)}")
    rows = [_Row(name, at, row) for name in chosen for at, row in tables.read_table(folder / name)]
    known, empty = [r for r in rows if r.cells["wikidata"]], [r for r in rows if not r.cells["wikidata"]]
    return tuple(sorted([*_checked(known, endpoint), *_filled(empty, endpoint, rows)]))


def write_review(proposals: Iterable[Proposed], out: TextIO) -> None:
    """Write proposals as CSV for a person to read; what a spreadsheet would take for a formula is made text."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADING)
    for one in proposals:
        texts = (one.id, one.name, one.column, one.value, one.proposed, one.why, one.source)
        writer.writerow((one.table, one.line, *(f"'{t}" if t.startswith(FORMULA) else t for t in texts)))


def _checked(rows: Sequence[_Row], endpoint: str) -> Iterator[Proposed]:
    query = read_query(QUERIES / "check.rq", ("item",))
    items = [{"item": NamedNode(ITEM + row.cells["wikidata"])} for row in rows]
    said: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for answer in ask(endpoint, query, items):
        for name in ("now", "name", "iso3", "geonames"):
            if name in answer:
                said[_item(answer)][name].add(_text(answer, name))
    for row in rows:
        yield from _compared(row, said[row.cells["wikidata"]], endpoint)


def _compared(row: _Row, said: dict[str, set[str]], endpoint: str) -> Iterator[Proposed]:
    """Where the item differs from the row. An item that has become another is not compared further."""
    if said["now"]:
        now = min(said["now"]).removeprefix(ITEM)
        yield _proposed(row, "wikidata", now, "the item has been merged into this one", endpoint)
    elif not said["name"]:
        yield _proposed(row, "wikidata", "", "there is no such item, or it has no name in English", endpoint)
    elif not _alike(row.names, said["name"]):
        names = ", ".join(sorted(said["name"])[:3])
        yield _proposed(row, "wikidata", "", f"the item goes by other names: {line(names)}", endpoint)
    for column in ("iso3", "geonames"):
        value, others = row.cells.get(column), said[column]
        if value is not None and others and value not in others and (value or len(others) == 1):
            why = "the item has this value" if value else "the item has this value, the row none"
            yield _proposed(row, column, min(others), why, endpoint)


def _filled(rows: Sequence[_Row], endpoint: str, everything: Sequence[_Row]) -> Iterator[Proposed]:
    query = read_query(QUERIES / "fill.rq", ("row", "name"))
    asked = [
        {"row": Literal(row.id), "name": Literal(n, language=LANGUAGE)} for row in rows for n in row.names
    ]
    found: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for answer in ask(endpoint, query, asked):
        found[_text(answer, "row")][_item(answer)] |= {_text(answer, "iso3")} if "iso3" in answer else set()
    taken = {row.cells["wikidata"]: row.id for row in everything if row.cells["wikidata"]}
    for row in rows:
        yield from _candidates(row, found[row.id], taken, endpoint)


def _candidates(
    row: _Row, items: dict[str, set[str]], taken: dict[str, str], endpoint: str
) -> Iterator[Proposed]:
    """Items of the row's name that are not of another state; more than one are all told."""
    state = row.cells.get("state", "")
    fitting = sorted(item for item, states in items.items() if not state or not states or state in states)
    for item in fitting:
        why = (
            "has a name of the row" if len(fitting) == 1 else f"one of {len(fitting)} with a name of the row"
        )
        why += f" and is of {state}" if state and state in items[item] else ""
        why += f"; but it is {taken[item]} already" if item in taken else ""
        yield _proposed(row, "wikidata", item, why, endpoint)


def _proposed(row: _Row, column: str, proposed: str, why: str, endpoint: str) -> Proposed:
    cells = row.cells
    return Proposed(
        row.table,
        row.line,
        row.id,
        cells["name"],
        column,
        cells.get(column, ""),
        line(proposed),
        why,
        endpoint,
    )


def _alike(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """Whether any name is the same, or another spelling of it."""
    keys = [({fold(name) for name in names}, {sound(name) for name in names}) for names in (ours, theirs)]
    return bool(keys[0][0] & keys[1][0] or (keys[0][1] & keys[1][1]) - {""})


def _item(answer: Answer) -> str:
    return _text(answer, "item").removeprefix(ITEM)


def _text(answer: Answer, name: str) -> str:
    node = answer.get(name)
    return str(node.value) if isinstance(node, NamedNode | Literal) else ""
