"""Trusty URIs: a code that anyone can compute again from a set of quads, so that its IRI can never come to mean others.

After Kuhn and Dumontier, "Trusty URIs" (ESWC 2014), module RA: the quads are written out with a blank in place of the
code, sorted, and hashed with SHA-256.
"""

import base64
import hashlib
from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode, Quad

MODULE = "RA"  # RDF graphs, version A
PLACE = " "  # stands for the code while it is not known
Row = tuple[str, str, str, str | Literal]  # graph, subject, predicate, value; IRIs with PLACE for the code


def artifact_code(rows: Iterable[Row]) -> str:
    """The code of these rows, 45 characters."""
    lines = "".join(_lines(row) for row in sorted(set(rows), key=_order))
    digest = hashlib.sha256(lines.encode()).digest()
    return MODULE + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def with_code(rows: Iterable[Row], code: str) -> list[Quad]:
    """The rows as quads, with the code in its place; in the order given."""
    return [
        Quad(
            NamedNode(subject.replace(PLACE, code)),
            NamedNode(predicate),
            value if isinstance(value, Literal) else NamedNode(value.replace(PLACE, code)),
            NamedNode(graph.replace(PLACE, code)),
        )
        for graph, subject, predicate, value in rows
    ]


def _order(row: Row) -> tuple[object, ...]:
    """By graph, subject, predicate; then IRIs before literals, these by text, datatype (tagged ones first) and language."""
    graph, subject, predicate, value = row
    if not isinstance(value, Literal):
        return graph, subject, predicate, False, value, "", ""
    datatype = "" if value.language else value.datatype.value
    return graph, subject, predicate, True, value.value, datatype, value.language or ""


def _lines(row: Row) -> str:
    *iris, value = row
    if not isinstance(value, Literal):
        return "".join(f"{iri}\n" for iri in (*iris, value))
    kind = f"@{value.language.lower()}" if value.language else f"^{value.datatype.value}"
    words = value.value.replace("\\", "\\\\").replace("\n", "\\n")
    return "".join(f"{iri}\n" for iri in iris) + f"{kind} {words}\n"
