"""What is wrong in the authority's tables, for `kg authority check` and the tests: each finding names file, line and value."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from kg.authority import ENTRY_TABLES, FOLDER, Authority, fold, read_table
from kg.errors import TableError

Row = dict[str, str]

KINDS = frozenset(  # classes of actors, and the two kinds of things that are linked but act not
    "State Government ArmedForce ArmedGroup Person Organisation InternationalBody PoliticalParty Media Population Place "
    "Agreement Coup".split()
)
FORMS = {
    "id": r"[a-z]+(-[a-z]+)*/([a-z0-9]+(-[a-z0-9]+)*|[A-Z]{3})",
    "wikidata": r"Q[1-9][0-9]*",
    "geonames": r"[1-9][0-9]*",
    "valid_from": r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?",
    "valid_to": r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?",
    "weight": r"[0-9]+",
    "population": r"[0-9]+",
    "iso3": r"[A-Z]{3}",
    "iso2": r"[A-Z]{2}",
    "numeric": r"[0-9]{3}",
    "fips": r"[A-Z]{2}",
    "cow": r"[1-9][0-9]{0,2}",
}
REQUIRED = frozenset({"id", "iso3", "name", "kind", "weight", "source"})
SHARE_ALIKE = ".share-alike.csv"
STATES, HEADS, TITLES, METONYMS = "states.csv", "heads.csv", "titles.csv", "metonyms.csv"


def check_tables(folder: Path = FOLDER) -> list[str]:
    """Every finding as `file:line: what, and what would be right`; empty where all is well.

    A table that cannot be read is one finding; names that two rows share are none (see `shared_names`).
    """
    try:
        return sorted(_findings(folder))
    except TableError as error:
        return [str(error)]


def shared_names(authority: Authority) -> dict[str, tuple[str, ...]]:
    """Folded names that more than one row has, with the ids: what only the article can tell apart."""
    claimed: defaultdict[str, set[str]] = defaultdict(set)
    for entry in authority.entries():
        for name in (entry.name, *entry.aliases):
            claimed[fold(name)].add(entry.id)
    return {name: tuple(sorted(ids)) for name, ids in sorted(claimed.items()) if len(ids) > 1}


def _findings(folder: Path) -> Iterator[str]:
    tables = {
        name: list(read_table(folder / name))
        for name in (STATES, *ENTRY_TABLES, HEADS, TITLES, METONYMS, "sources.csv")
    }
    sources = {row["key"]: row for _, row in tables["sources.csv"]}
    states = {row["iso3"] for _, row in tables[STATES]}
    for table, rows in tables.items():
        for line, row in rows:
            for finding in _in_row(table, row, sources, states):
                yield f"{table}:{line}: {finding}"
    yield from _twice(tables)
    yield from _dead_aliases(Authority(folder), tables)


def _in_row(table: str, row: Row, sources: dict[str, Row], states: set[str]) -> Iterator[str]:
    for column, form in FORMS.items():
        value = row.get(column)
        if value is not None and (value or column in REQUIRED) and not re.fullmatch(form, value):
            yield f"{column} {value!r} has the wrong form; wanted {form}"
    for column in ("kind", "plural_kind"):
        if column in row and row[column] not in KINDS:
            yield f"{column} {row[column]!r} is none; wanted one of {', '.join(sorted(KINDS))}"
    if row.get("state") and row["state"] not in states:
        yield f"state {row['state']!r} is not in {STATES}"
    if table != "sources.csv":
        yield from _in_source(table, row, sources)


def _in_source(table: str, row: Row, sources: dict[str, Row]) -> Iterator[str]:
    keys = [source.partition(":")[0] for source in row["source"].split("|")]
    unknown = [key for key in keys if key not in sources]
    if unknown:
        yield f"source {'|'.join(unknown)!r} is not a key of sources.csv"
    elif all(sources[key]["share_alike"] == "yes" for key in keys) != table.endswith(SHARE_ALIKE):
        yield f"its sources and the file disagree: what is only share-alike stands in a file *{SHARE_ALIKE}, all else not"
    elif row.get("wikidata") and keys == ["project"]:
        yield f"the identifier {row['wikidata']} has no source; an identifier is never given from memory"


def _twice(tables: dict[str, list[tuple[int, Row]]]) -> Iterator[str]:
    """Values that must stand once over all tables, or once in theirs."""
    everywhere = [(name, row) for name in (STATES, *ENTRY_TABLES) for row in tables[name]]
    yield from _repeated("wikidata", everywhere)
    yield from _repeated("id", everywhere)
    for table, column in (
        (STATES, "iso3"),
        (STATES, "iso2"),
        (STATES, "numeric"),
        (STATES, "cow"),
        (HEADS, "noun"),
    ):
        yield from _repeated(column, [(table, row) for row in tables[table]])
    yield from _repeated("title", [(TITLES, row) for row in tables[TITLES]])


def _repeated(column: str, rows: Iterable[tuple[str, tuple[int, Row]]]) -> Iterator[str]:
    first: dict[str, str] = {}
    for table, (line, row) in rows:
        value = row.get(column)
        if value and (other := first.setdefault(value, f"{table}:{line}")) != f"{table}:{line}":
            yield f"{table}:{line}: {column} {value!r} stands at {other} already"


def _dead_aliases(authority: Authority, tables: dict[str, list[tuple[int, Row]]]) -> Iterator[str]:
    """Aliases that find nothing that the name does not find, or cannot be found at all."""
    for table in (STATES, *ENTRY_TABLES):
        for line, row in tables[table]:
            id = row.get("id") or f"state/{row['iso3']}"
            seen = {_shape(row["name"])}
            for alias in filter(None, [row.get("official", ""), *row["aliases"].split("|")]):
                if _shape(alias) in seen:
                    yield f"{table}:{line}: alias {alias!r} is dead: {row['name']!r} or another alias finds as much"
                elif all(entry.id != id for entry in authority.lookup(alias)):
                    yield f"{table}:{line}: alias {alias!r} is dead: no look-up finds it"
                seen.add(_shape(alias))


def _shape(name: str) -> tuple[str, bool, bool]:
    return fold(name), name.isupper(), name.startswith("The ")
