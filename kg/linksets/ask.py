"""Stage: a query with a gap and rows to fill it → what a SPARQL endpoint answers, batch by batch.

The gap is an empty `VALUES ?x { }` or `VALUES (?x ?y) { }`: as it stands the query is valid, and answers nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pyoxigraph import Literal, NamedNode, QueryResultsFormat, QuerySolutions, parse_query_results

from kg.dataset.graphs import Node
from kg.errors import OutsideError, TableError
from kg.linksets.compare import Proposal
from kg.linksets.fetch import fetch
from kg.linksets.links import line, outside_iri
from kg.linksets.unlinked import Unlinked

GAP = re.compile(r"VALUES\s*(?:\(\s*((?:\?\w+\s*)+)\)|(\?\w+))\s*\{\s*\}", re.IGNORECASE)
ROWS = "application/sparql-results+json"
BATCH = 100  # rows that fill the gap of one query
LANGUAGE = "en"  # of the names that are asked for

Answer = dict[str, Node]


def read_query(path: Path, variables: Sequence[str]) -> str:
    """A query with one gap for these variables (in any order, some may be left out).

    Raises:
        TableError: the file cannot be read, or has no such gap.
    """
    try:
        query = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(str(path), None, f"cannot be read: {error}") from error
    gaps = list(GAP.finditer(query))
    wanted = " ".join(f"?{name}" for name in variables)
    if len(gaps) != 1:
        raise TableError(str(path), None, f"has {len(gaps)} gaps; wanted one: VALUES ({wanted}) {{ }}")
    unknown = sorted(set(_variables(gaps[0])) - set(variables))
    if unknown:
        number = query.count("\n", 0, gaps[0].start()) + 1
        raise TableError(
            str(path), number, f"?{unknown[0]} is nothing that fills the gap; there are {wanted}"
        )
    return query


def ask(address: str, query: str, rows: Sequence[Mapping[str, Node]]) -> Iterator[Answer]:
    """Every row of the answers, as the endpoint gives them.

    Raises:
        OutsideError: the endpoint fails, or does not answer rows.
    """
    for at in range(0, len(rows), BATCH):
        body = fetch(address, {"query": fill(query, rows[at : at + BATCH])}, accept=ROWS)
        try:
            answer = parse_query_results(body, format=QueryResultsFormat.JSON)
            if not isinstance(answer, QuerySolutions):
                raise OutsideError(f"{address} answers yes or no; wanted a SELECT")
            names = [variable.value for variable in answer.variables]
            yield from ({name: row[name] for name in names if row[name] is not None} for row in answer)
        except (SyntaxError, ValueError) as error:
            raise OutsideError(f"{address} answers no {ROWS}: {line(str(error))}") from error


def fill(query: str, rows: Sequence[Mapping[str, Node]]) -> str:
    """The query with these rows in its gap.

    >>> fill("SELECT * { VALUES ?name { } ?x ?p ?name }", [{"name": Literal("Kelda"), "actor": Literal("")}])
    'SELECT * { VALUES (?name) { ("Kelda") } ?x ?p ?name }'
    """

    def filled(gap: re.Match[str]) -> str:
        names = _variables(gap)
        lines = dict.fromkeys(" ".join(str(row[name]) for name in names) for row in rows)
        return f"VALUES ({' '.join(f'?{name}' for name in names)}) {{ {' '.join(f'({text})' for text in lines)} }}"

    return GAP.sub(filled, query)


def ask_of_actors(
    address: str, query: str, actors: Sequence[Unlinked]
) -> Iterator[tuple[Unlinked, tuple[Proposal, ...]]]:
    """For each actor what the endpoint proposes: `?match`, and if the query has them `?label` and `?said`; by IRI.

    Raises:
        OutsideError: the endpoint fails, or its rows lack ?actor or ?match.
    """
    rows: list[dict[str, Node]] = [
        {
            "actor": NamedNode(actor.iri),
            "name": Literal(name, language=LANGUAGE),
            "kind": Literal(actor.kind),
            "state": Literal(actor.state or "", language=LANGUAGE),
        }
        for actor in actors
        for name in actor.names
    ]
    found: dict[str, dict[str, tuple[set[str], set[str]]]] = {}
    for row in ask(address, query, rows):
        if "actor" not in row or "match" not in row:
            raise OutsideError(f"{address}: a row without ?actor or ?match; the query must select both")
        matches = found.setdefault(_value(row["actor"]), {})
        names, said = matches.setdefault(outside_iri(_value(row["match"])), (set(), set()))
        names.update([line(_value(row["label"]))] if "label" in row else [])
        said.update([line(_value(row["said"]))] if "said" in row else [])
    for actor in actors:
        yield actor, tuple(_proposal(iri, *told) for iri, told in sorted(found.get(actor.iri, {}).items()))


def _proposal(iri: str, names: set[str], said: set[str]) -> Proposal:
    return Proposal(iri, tuple(sorted(names)), False, "; ".join(sorted(said)[:3]))


def _variables(gap: re.Match[str]) -> list[str]:
    return [name.lstrip("?") for name in (gap[1] or gap[2]).split()]


def _value(node: Node) -> str:
    return str(node.value) if isinstance(node, NamedNode | Literal) else str(node)
