"""Stage: actors and agreements, and properties → their values, by the queries of `properties.toml`."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kg import terms
from kg.errors import TableError
from kg.terms import Node
from server.linked.ask import base, references, rows

TABLE = Path(__file__).with_name("properties.toml")
KINDS = ("text", "entity", "date", "number")
MOST = 100  # values of one property that are given for one thing
_GAP = re.compile(r"VALUES \?x \{ \}")
_PREFIXES = "".join(
    f"PREFIX {prefix}: <{terms.PREFIXES[prefix]}> " for prefix in ("cq", "owl", "rdfs", "skos")
)


@dataclass(frozen=True, slots=True)
class Property:
    """A property as the table has it."""

    id: str
    name: str
    description: str
    kind: str  # one of KINDS
    query: str


@dataclass(frozen=True, slots=True)
class Value:
    """A value as text, and of an entity its name."""

    text: str  # of an entity its id
    name: str = ""


@lru_cache(maxsize=1)
def properties(table: Path = TABLE) -> dict[str, Property]:
    """The properties by id, in the table's order.

    Raises:
        TableError: a property lacks a field, has an unknown kind, or its query no gap.
    """
    try:
        listed = tomllib.loads(table.read_text(encoding="utf-8"))["property"]
        found = {row["id"]: Property(**row) for row in listed}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TableError(str(table), None, f"is no table of properties: {error}") from error
    for one in found.values():
        if one.kind not in KINDS or len(_GAP.findall(one.query)) != 1:
            reason = f"{one.id} needs a kind of {', '.join(KINDS)} and a query with one gap VALUES ?x {{ }}"
            raise TableError(str(table), None, reason)
    return found


def values(id: str, things: Iterable[str]) -> dict[str, tuple[Value, ...]]:
    """The values of a property of these things (given and answered by id), sorted; those without any are left out.

    Raises:
        Refusal: the query processes cannot answer just now.
    """
    own = base()
    filled = references(own + thing for thing in things)
    if not filled:
        return {}
    query = properties()[id].query
    gap = _GAP.search(query)
    assert gap
    found: dict[str, set[Value]] = {}
    for row in rows(f"{_PREFIXES}{query[: gap.start()]}VALUES ?x {{ {filled} }}{query[gap.end() :]}"):
        if "x" in row and "v" in row:
            thing = str(row["x"].value).removeprefix(own)
            found.setdefault(thing, set()).add(_value(row, own))
    return {
        thing: tuple(sorted(some, key=lambda v: (v.name, v.text))[:MOST]) for thing, some in found.items()
    }


def _value(row: dict[str, Node], own: str) -> Value:
    return Value(
        str(row["v"].value).removeprefix(own) if "name" in row else str(row["v"].value),
        str(row["name"].value) if "name" in row else "",
    )
