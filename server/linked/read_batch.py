"""Stage: the JSON of a client → reconciliation queries and extension queries, each field checked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from kg import terms
from server.errors import Refusal

BATCH = 50  # queries in one request
MOST_IDS = 200  # things in one extension
MOST_PROPERTIES = 10  # in one query or extension
LONGEST = 300  # characters of a name or value that count
DEFAULT_LIMIT, MOST_CANDIDATES = 5, 50
_MOST_JSON = 256_000  # characters
STRICTNESS = ("any", "should", "all")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that candidates should have."""

    property: str
    values: tuple[str, ...]  # any of them; ids of entities or text


@dataclass(frozen=True, slots=True)
class Query:
    """One reconciliation query."""

    name: str
    kinds: tuple[str, ...]  # IRIs of classes
    strict: str  # one of STRICTNESS
    limit: int
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Extension:
    """What is to be told of which things."""

    ids: tuple[str, ...]
    properties: tuple[str, ...]


def read_queries(text: str) -> dict[str, Query]:
    """The batch by the client's keys.

    Raises:
        Refusal: 400, something is not as the specification has it; 413, there is too much of it.
    """
    batch = _object(text, "queries")
    if len(batch) > BATCH:
        raise Refusal(413, f"the batch has {len(batch)} queries, more than {BATCH}", "Send several batches.")
    return {key: _query(value, f"queries[{key[:40]!r}]") for key, value in batch.items()}


def read_extension(text: str) -> Extension:
    """Ids and properties.

    Raises:
        Refusal: as of `read_queries`.
    """
    asked = _object(text, "extend")
    ids, listed = asked.get("ids"), asked.get("properties")
    if (
        not isinstance(ids, list)
        or not all(isinstance(id, str) for id in ids)
        or not isinstance(listed, list)
    ):
        raise Refusal(
            400, "extend: wanted `ids`, a list of text, and `properties`, a list of objects with `id`"
        )
    names = [one.get("id") if isinstance(one, dict) else None for one in listed]
    if len(ids) > MOST_IDS or len(names) > MOST_PROPERTIES:
        reason = f"the extension asks {len(names)} properties of {len(ids)} things"
        raise Refusal(413, reason, f"At most {MOST_PROPERTIES} of {MOST_IDS} at a time.")
    if not all(isinstance(name, str) for name in names):
        raise Refusal(400, "extend: a property without `id`")
    return Extension(tuple(ids), tuple(map(str, names)))


def class_iri(kind: str) -> str:
    """A class by its local name, its prefixed name or its IRI."""
    return kind if kind.startswith(("http://", "https://")) else terms.CQ + kind.removeprefix("cq:")


def _object(text: str, what: str) -> dict[str, object]:
    if len(text) > _MOST_JSON:
        raise Refusal(413, f"{what}: {len(text)} characters, more than {_MOST_JSON}", "Send several batches.")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"{what}: is no JSON: {str(error)[:200]}") from None
    if not isinstance(value, dict):
        raise Refusal(400, f"{what}: is no JSON object")
    return value


def _query(value: object, where: str) -> Query:
    if not isinstance(value, dict):
        raise Refusal(400, f"{where}: is no object", 'Wanted {"query": "a name"}.')
    name, wanted = value.get("query", ""), tuple(_all_wanted(value.get("properties"), where))
    if not isinstance(name, str) or not (name.strip() or wanted):
        raise Refusal(400, f"{where}: wanted `query`, a text that is not empty, or `properties`")
    strict = value.get("type_strict", "any")
    if strict not in STRICTNESS:
        raise Refusal(
            400, f"{where}: type_strict is {str(strict)[:20]!r}", f"Wanted {', '.join(STRICTNESS)}."
        )
    return Query(
        name[:LONGEST],
        tuple(_kinds(value.get("type"), where)),
        strict,
        _limit(value.get("limit"), where),
        wanted,
    )


def _limit(value: object, where: str) -> int:
    if value is None:
        return DEFAULT_LIMIT
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 1:
        raise Refusal(400, f"{where}: limit is {str(value)[:20]}; wanted a whole number from 1")
    return int(min(value, MOST_CANDIDATES))


def _kinds(value: object, where: str) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value] if value else []:
        kind = one.get("id") if isinstance(one, dict) else one
        if not isinstance(kind, str):
            raise Refusal(400, f"{where}: type is neither text nor a list of text")
        yield class_iri(kind)


def _all_wanted(value: object, where: str) -> Iterator[Wanted]:
    if value is None:
        return
    if not isinstance(value, list):
        raise Refusal(400, f"{where}: properties is no list")
    if len(value) > MOST_PROPERTIES:
        raise Refusal(413, f"{where}: {len(value)} properties, more than {MOST_PROPERTIES}")
    for one in value:
        if not isinstance(one, dict) or not isinstance(one.get("pid"), str) or "v" not in one:
            raise Refusal(400, f"{where}: a property without `pid` or `v`")
        listed = one["v"] if isinstance(one["v"], list) else [one["v"]]
        yield Wanted(one["pid"], tuple(_text(item, where) for item in listed[:MOST_PROPERTIES]))


def _text(value: object, where: str) -> str:
    if isinstance(value, dict):
        value = value.get("id")
    if isinstance(value, str | int | float):
        return str(value)[:LONGEST]
    raise Refusal(400, f"{where}: a value is neither text, number, boolean nor an entity with `id`")
