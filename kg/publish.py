"""Stage: the dataset → dumps. The same quads give the same bytes."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import BinaryIO

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize

from kg import terms
from kg.dataset.change import former_facts
from kg.dataset.graphs import Graph, Graphs
from kg.dataset.register import Stored
from kg.errors import StoreError
from kg.terms import DEFAULT, Node

OF_TRIPLES = ("turtle", "ntriples")  # hold the default graph alone; the others hold all graphs
LOCAL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
WHOLE = re.compile(r"[+-]?[0-9]+")


def write_dump(graphs: Graphs, out: BinaryIO, form: str, article: str | None = None) -> None:
    """Write turtle, ntriples, trig, nquads or jsonld, sorted; of one article only what it tells.

    Triples hold the default graph; for one article also its own graph, so that passages are among them.

    Raises:
        StoreError: there is no such article.
    """
    quads = _article(graphs, article) if article is not None else _all(graphs, form in OF_TRIPLES)
    if form in OF_TRIPLES and article is not None:
        own = {fact.graph_name for fact in former_facts(graphs, article)} | {DEFAULT}
        flat = {Quad(q.subject, q.predicate, q.object, DEFAULT) for q in quads if q.graph_name in own}
        quads = iter(sorted(flat, key=_order))
    WRITERS[form](quads, out)


def sorted_quads(graphs: Graphs, graph: Graph) -> Iterator[Quad]:
    """A graph's quads by subject, predicate and value; no more than its subjects are held at once."""
    for subject in sorted({quad.subject for quad in graphs.quads(None, None, None, graph)}, key=str):
        yield from sorted(graphs.quads(subject, None, None, graph), key=_order)


def _all(graphs: Graphs, only_default: bool) -> Iterator[Quad]:
    yield from sorted_quads(graphs, DEFAULT)
    for name in () if only_default else sorted(graphs.names(), key=str):
        yield from sorted_quads(graphs, name)


def _article(graphs: Graphs, identifier: str) -> Iterator[Quad]:
    """The article's graph, the graphs of its claims and scenarios, and the default graph's part on all that it names."""
    own = former_facts(graphs, identifier)
    if not own:
        raise StoreError(f"{identifier}: there is no such article; `kg articles` lists them")
    about = {terms.REPORTS, terms.TOLD_EVENT, terms.TOLD_IN, terms.TOLD_STATE}
    subjects: set[Node] = {q.object for q in own if q.predicate in about}
    subjects |= {q.subject for q in own if q.predicate == terms.TOLD_KIND}
    for subject in sorted(subjects, key=str):
        yield from sorted(graphs.quads(subject, None, None, DEFAULT), key=_order)
    stored = Stored(graphs)
    scopes = {q.object.value for q in own if q.predicate == terms.TOLD_IN}
    named = {NamedNode(stored.find(scope) or scope) for scope in scopes}
    named |= {fact.subject for fact in own if fact.predicate == terms.IDENTIFIER}
    for graph in sorted(named, key=str):
        yield from sorted_quads(graphs, graph)


# ------------------------------------------------------------------------------------------------- formats


def _write_lines(quads: Iterable[Quad], out: BinaryIO) -> None:
    for quad in quads:
        name = "" if quad.graph_name == DEFAULT else f" {quad.graph_name}"
        out.write(f"{quad.triple}{name} .\n".encode())


def _write_turtle(quads: Iterable[Quad], out: BinaryIO) -> None:
    """Turtle, and TriG where there are named graphs: a block a subject, types first."""
    for prefix, namespace in sorted(terms.PREFIXES.items()):
        out.write(f"@prefix {prefix}: <{namespace}> .\n".encode())
    for graph, inside in groupby(quads, key=lambda quad: quad.graph_name):
        named, indent = graph != DEFAULT, "" if graph == DEFAULT else "    "
        out.write(f"\nGRAPH {graph} {{\n".encode() if named else b"")
        for subject, facts in groupby(inside, key=lambda quad: quad.subject):
            out.write(_block(subject, facts, indent).encode())
        out.write(b"}\n" if named else b"")


def _write_json(quads: Iterable[Quad], out: BinaryIO) -> None:
    serialize(quads, out, RdfFormat.JSON_LD)
    out.write(b"\n")


WRITERS: dict[str, Callable[[Iterable[Quad], BinaryIO], None]] = {
    "turtle": _write_turtle,
    "trig": _write_turtle,
    "ntriples": _write_lines,
    "nquads": _write_lines,
    "jsonld": _write_json,
}


def _block(subject: object, facts: Iterable[Quad], indent: str) -> str:
    by_predicate = (
        (predicate, ", ".join(_text(quad.object) for quad in some))
        for predicate, some in groupby(facts, key=lambda quad: quad.predicate)
    )
    lines = [f"{'a' if p == terms.TYPE else _text(p)} {values}" for p, values in by_predicate]
    return f"\n{indent}{_text(subject)} " + f" ;\n{indent}    ".join(lines) + " .\n"


def _text(node: object) -> str:
    """A term as Turtle writes it, shortened where a prefix serves."""
    if isinstance(node, NamedNode):
        return _short(node)
    if isinstance(node, Literal) and node.language is None:
        written = str(Literal(node.value))
        if node.datatype == XSD_INTEGER and WHOLE.fullmatch(node.value):
            return node.value
        return written if node.datatype == XSD_STRING else f"{written}^^{_short(node.datatype)}"
    return str(node)


@cache
def _prefix(namespace: str) -> str | None:
    return next((prefix for prefix, known in terms.PREFIXES.items() if known == namespace), None)


def _short(iri: NamedNode) -> str:
    cut = max(iri.value.rfind("#"), iri.value.rfind("/")) + 1
    prefix = _prefix(iri.value[:cut]) if LOCAL.fullmatch(iri.value[cut:]) else None
    return f"{prefix}:{iri.value[cut:]}" if prefix else str(iri)


def _order(quad: Quad) -> tuple[str, bool, str, str]:
    return str(quad.subject), quad.predicate != terms.TYPE, str(quad.predicate), str(quad.object)


XSD_INTEGER, XSD_STRING = terms.term("xsd:integer"), terms.term("xsd:string")
