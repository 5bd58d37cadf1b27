"""The vocabularies in which a dataset speaks of itself, and the files of a release as such a description names them."""

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from kg import terms
from kg.release.about import About
from kg.terms import Node

PREFIXES = terms.PREFIXES | {
    "dcat": "http://www.w3.org/ns/dcat#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "np": "http://www.nanopub.org/nschema#",
    "prov": "http://www.w3.org/ns/prov#",
    "sh": "http://www.w3.org/ns/shacl#",
    "spdx": "http://spdx.org/rdf/terms#",
}
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
Statement = tuple[NamedNode, str, Node]  # subject, prefixed name of the predicate, value


@dataclass(frozen=True, slots=True)
class Distribution:
    """A file or address from which the data can be had."""

    name: str  # path within the release, or the address's last part
    address: str
    media_type: str
    title: str
    compressed: bool = False  # by gzip
    size: int | None = None  # bytes
    sha256: str | None = None  # hexadecimal
    part: str = ""  # which of the description's data sets it holds; empty: none, it is about them


def term(name: str) -> NamedNode:
    """A term by its prefixed name.

    >>> term("dcat:Dataset").value
    'http://www.w3.org/ns/dcat#Dataset'
    """
    prefix, _, local = name.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def triples(statements: Iterable[Statement]) -> list[Triple]:
    """The statements as triples, sorted, each once; a subject's types come first."""
    found = {Triple(subject, term(predicate), value) for subject, predicate, value in statements}
    return sorted(
        found, key=lambda t: (str(t.subject), t.predicate != terms.TYPE, str(t.predicate), str(t.object))
    )


def text(words: str) -> Literal:
    """A title or description, which are written in English."""
    return Literal(words, language="en")


def publisher_of(about: About, base: str) -> NamedNode:
    """Who publishes the dataset: the IRI that was given, or one for the name or the site."""
    return iri(about.publisher) or NamedNode(f"{base}.well-known/void#publisher")


def iri(value: str) -> NamedNode | None:
    """The text as an IRI on the web, None where it is none."""
    try:
        return NamedNode(value) if value.startswith(("http://", "https://")) else None
    except ValueError:
        return None


def turtle(statements: Iterable[Triple] | Iterable[Quad], form: RdfFormat = RdfFormat.TURTLE) -> bytes:
    """Turtle (or TriG) with the prefixes of this vocabulary, in the order given."""
    lines = (serialize(statements, format=form, prefixes=PREFIXES) or b"").split(b"\n")
    head = len(PREFIXES)  # one line each, which Oxigraph writes in an order of its own
    return b"\n".join(sorted(lines[:head]) + lines[head:])
