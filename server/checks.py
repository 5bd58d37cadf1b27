"""SHACL shapes → SPARQL queries that find what breaks them, so that a write is judged in the time of a few look-ups.

Understood is what `ontology/shapes.ttl` uses; another component stops with its name. A test holds the queries and pySHACL
together. SHACL is at https://www.w3.org/TR/shacl/.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox
from rdflib import RDF, Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH
from rdflib.term import Node

from kg.errors import TableError

_SUB = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_MOST = 20  # violations told of one check
_KNOWN = {
    SH.path, SH.message, SH.property, SH.nodeKind, SH["class"], SH.datatype, SH.minCount, SH.maxCount, SH.minLength,
    SH.minInclusive, SH["in"], SH.lessThan, SH.lessThanOrEquals, SH["not"], SH.qualifiedValueShape, SH.qualifiedMinCount,
    SH.qualifiedMaxCount, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, RDF.type,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One way to break a shape: the patterns that find its nodes, one for each target, and the shape's message."""

    message: str
    patterns: tuple[str, ...]

    def query(self, nodes: Iterable[str] | None) -> str:
        """The query for nodes that break it, among these or among all."""
        focus = "" if nodes is None else "VALUES ?node { " + " ".join(f"<{node}>" for node in nodes) + " } "
        union = " UNION ".join(f"{{ {focus}{pattern} }}" for pattern in self.patterns)
        return f"SELECT DISTINCT ?node WHERE {{ {union} }} LIMIT {_MOST}"


def compile_checks(shapes: Graph) -> tuple[Check, ...]:
    """All checks of a graph of shapes, in an order that depends on nothing but the shapes.

    Raises:
        TableError: a shape uses a part of SHACL that is not understood here.
    """
    found = []
    for shape in sorted(shapes.subjects(RDF.type, SH.NodeShape), key=str):
        targets = tuple(_targets(shapes, shape))
        for message, bad in sorted(_faults(shapes, shape)):
            found.append(Check(message, tuple(f"{target} {bad}" for target in targets)))
    return tuple(found)


def violations(
    store: ox.Store, checks: Iterable[Check], nodes: Iterable[str] | None
) -> frozenset[tuple[str, str]]:
    """Node and message of everything that breaks a shape, all graphs taken together; among all nodes, or among these."""
    among = None if nodes is None else sorted(nodes)
    found: set[tuple[str, str]] = set()
    for check in checks if among is None or among else ():
        answer = store.query(check.query(among), use_default_graph_as_union=True)
        if isinstance(answer, ox.QuerySolutions):
            found |= {(_name(row["node"]), check.message) for row in answer}
    return frozenset(found)


def _name(node: object) -> str:
    return node.value if isinstance(node, ox.NamedNode) else str(node)


def _targets(shapes: Graph, shape: Node) -> Iterator[str]:
    for target in sorted(shapes.objects(shape, SH.targetClass), key=str):
        yield f"?node {_TYPE}/{_SUB}* {target.n3()} ."
    for target in sorted(shapes.objects(shape, SH.targetSubjectsOf), key=str):
        yield f"?node {target.n3()} ?any ."
    for target in sorted(shapes.objects(shape, SH.targetObjectsOf), key=str):
        yield f"?any {target.n3()} ?node ."


def _faults(shapes: Graph, shape: Node) -> Iterator[tuple[str, str]]:
    """Message and pattern of each constraint of a node shape and its property shapes."""
    message = str(shapes.value(shape, SH.message) or "")
    for bad in _constraints(shapes, shape, "?node", ""):
        yield message, bad
    for inner in shapes.objects(shape, SH["not"]):
        path, value = _path(shapes, shapes.value(inner, SH.path)), shapes.value(inner, SH.hasValue)
        yield message, f"?node {path} {_n3(value)} ."
    for property_ in shapes.objects(shape, SH.property):
        path = _path(shapes, shapes.value(property_, SH.path))
        message = str(shapes.value(property_, SH.message) or "")
        for bad in _constraints(shapes, property_, "?value", f"?node {path} ?value . "):
            yield message, bad
        for bad in _counts(shapes, property_, path):
            yield message, bad


def _constraints(shapes: Graph, shape: Node, value: str, reach: str) -> Iterator[str]:
    """Patterns that hold where a value breaks a constraint."""
    for predicate, wanted in shapes.predicate_objects(shape):
        if predicate not in _KNOWN:
            raise TableError(
                "ontology/shapes.ttl", None, f"{predicate} is not understood by the server's checks"
            )
        if predicate == SH.nodeKind:
            kind = {SH.IRI: "isIRI", SH.Literal: "isLiteral"}[URIRef(str(wanted))]
            yield f"{reach}FILTER(!{kind}({value}))"
        elif predicate == SH["class"]:
            yield f"{reach}FILTER NOT EXISTS {{ {value} {_TYPE}/{_SUB}* {wanted.n3()} }}"
        elif predicate == SH.datatype:
            yield f"{reach}FILTER(!isLiteral({value}) || DATATYPE({value}) != {wanted.n3()})"
        elif predicate == SH.minLength:
            yield f"{reach}FILTER(STRLEN(STR({value})) < {wanted})"
        elif predicate == SH.minInclusive:
            yield f"{reach}FILTER(!COALESCE({value} >= {wanted}, false))"
        elif predicate == SH["in"]:
            yield f"{reach}FILTER({value} NOT IN ({', '.join(_n3(item) for item in Collection(shapes, wanted))}))"
        elif predicate in (SH.lessThan, SH.lessThanOrEquals):
            sign = "<" if predicate == SH.lessThan else "<="
            yield f"{reach}?node {wanted.n3()} ?other . FILTER(!COALESCE({value} {sign} ?other, false))"


def _counts(shapes: Graph, shape: Node, path: str) -> Iterator[str]:
    """Patterns that hold where there are too few or too many values; counts above one do not occur."""
    qualified = shapes.value(shape, SH.qualifiedValueShape)
    least, most = (shapes.value(shape, item) for item in (SH.minCount, SH.maxCount))
    also = ""
    if qualified is not None:
        least, most = (shapes.value(shape, item) for item in (SH.qualifiedMinCount, SH.qualifiedMaxCount))
        inner, target = _path(shapes, shapes.value(qualified, SH.path)), shapes.value(qualified, SH.hasValue)
        also = f" %s {inner} {_n3(target)} ."
    first, second = (also % name if also else "" for name in ("?value", "?second"))
    if least is not None and int(str(least)) == 1:
        yield f"FILTER NOT EXISTS {{ ?node {path} ?value .{first} }}"
    if most is not None and int(str(most)) == 1:
        yield f"?node {path} ?value , ?second .{first}{second} FILTER(!sameTerm(?value, ?second))"


def _path(shapes: Graph, path: Node | None) -> str:
    """A SHACL path as a SPARQL path."""
    if path is None:
        raise TableError("ontology/shapes.ttl", None, "a property shape has no sh:path")
    if inverse := shapes.value(path, SH.inversePath):
        return f"^{_path(shapes, inverse)}"
    if many := shapes.value(path, SH.zeroOrMorePath):
        return f"{_path(shapes, many)}*"
    if either := shapes.value(path, SH.alternativePath):
        return "(" + "|".join(_path(shapes, item) for item in Collection(shapes, either)) + ")"
    return _n3(path)


def _n3(term: Node | None) -> str:
    return term.n3() if term is not None else "?missing"
