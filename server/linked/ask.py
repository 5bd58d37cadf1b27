"""Stage: a SELECT → its rows, asked of the query processes like anybody's query."""

import re
from collections.abc import Iterable
from typing import cast

import pyoxigraph as ox
from flask import current_app, request

from kg.terms import Node
from server.bridge import Bridge
from server.engine import Order

Row = dict[str, Node]
_SUSPICIOUS = re.compile("service|load", re.IGNORECASE)


def bridge() -> Bridge:
    """The endpoints behind this page."""
    return cast(Bridge, current_app.extensions["communique"])


def base() -> str:
    """What the IRIs of the dataset begin with."""
    return bridge().service.settings.base


def rows(query: str) -> list[Row]:
    """The rows of a SELECT, without the variables that have no value.

    Rows with anonymous nodes or triples in them are left out: the project makes none.

    Raises:
        Refusal: the query processes cannot answer just now.
    """
    answer = bridge().ask(Order("query", query, results="json", triples="ttl"), request.remote_addr or "")
    assert isinstance(answer.body, bytes)
    found = ox.parse_query_results(answer.body, format=ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    plain = ({name: row[name] for name in names if row[name] is not None} for row in found)
    return [cast(Row, row) for row in plain if all(isinstance(node, Node) for node in row.values())]


def reference(iri: str) -> str:
    """An IRI as a query has it."""
    return f"<{disguised(iri)}>"


def disguised(text: str) -> str:
    r"""Text of an IRI or a string with an escape in the words SERVICE and LOAD.

    The guard has to refuse texts in which it cannot tell such a word in a name from a call.

    >>> disguised("http://kg.example/actor/secret-service")
    'http://kg.example/actor/secret-\\u0073ervice'
    """
    return _SUSPICIOUS.sub(lambda word: f"\\u{ord(word[0][0]):04X}{word[0][1:]}", text)


def references(iris: Iterable[str]) -> str:
    """IRIs as the rows of a VALUES block, in a fixed order."""
    return " ".join(reference(iri) for iri in sorted(set(iris)))
