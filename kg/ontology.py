"""The ontology as read from its files: the event classes with their words, the terms for the dataset, the shapes.

Adding an event class touches no code: its block in a Turtle file under `ontology/` (or under a folder of the user's) is enough.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
from rdflib import OWL, RDF, RDFS, SKOS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from kg import terms
from kg.errors import TableError

CQ = Namespace(terms.CQ)
FOLDER = Path(__file__).resolve().parent.parent / "ontology"
SHAPES = "shapes.ttl"
LEXICAL = {str(CQ[kind]): kind for kind in ("verb", "noun", "adjective", "phrase")}
# A subject at the start of a line, by its prefixed name or in full.
_BLOCK = re.compile(r"^(?:[\w-]*:|<[^>\s]*[#/])(?P<name>[\w-]+)>?(?=\s)", re.MULTILINE)
REQUIRED = {"rdfs:label": RDFS.label, "skos:definition": SKOS.definition, "skos:example": SKOS.example}


@dataclass(frozen=True, slots=True, order=True)
class LexicalEntry:
    """One pattern by which events of a class are told."""

    kind: str  # verb, noun, adjective or phrase
    pattern: str
    file: str  # as messages name it, from the ontology's folder on
    line: int | None  # where the entry stands, or else its class


@dataclass(frozen=True, slots=True)
class EventClass:
    """A class of events with what the pipeline needs of it."""

    name: str  # local name
    label: str
    plover: str | None  # one of PLOVER's sixteen types
    parents: tuple[str, ...]  # local names of all superclasses, nearest first
    is_claim: bool
    entries: tuple[LexicalEntry, ...]  # by kind, then pattern
    mutual: bool = False  # whoever it is done with does it too


class Ontology(Graph):
    """The graph of all terms, which remembers the statements as read and where each subject and entry stands."""

    def __init__(self) -> None:
        super().__init__()
        self.statements: set[ox.Triple] = set()
        # (subject's IRI, pattern of the entry, "" for the declaration) → file, line
        self.places: dict[tuple[str, str], tuple[str, int | None]] = {}


def load_ontology(*folders: Path) -> Ontology:
    """The shipped ontology, with all Turtle files under further folders added; shapes are left out.

    Raises:
        TableError: a folder is missing, a file is no Turtle, a class lacks its label, definition or example, or hangs
            from no declared class, or a lexical entry stands on something that is no event class.
    """
    ontology = Ontology()
    for folder in (FOLDER, *folders):
        for file in _files(folder):
            _add(ontology, file, str(file.relative_to(folder.parent)))
    _check(ontology)
    return ontology


def shapes() -> Graph:
    """The SHACL shapes that everything in the dataset conforms to."""
    graph = Graph()
    _fill(graph, _parse(FOLDER / SHAPES, SHAPES)[1])
    return graph


def event_classes(ontology: Ontology) -> dict[str, EventClass]:
    """Every class beneath cq:Event by its local name, sorted; the groups, which have no entries, are among them."""
    return {
        name: _event_class(ontology, CQ[name]) for name in sorted(subclasses(ontology, "Event") - {"Event"})
    }


def subclasses(ontology: Graph, name: str) -> frozenset[str]:
    """Local names of the class and of all classes beneath it, such as the kinds of cq:Actor."""
    return frozenset(_local(term) for term in ontology.transitive_subjects(RDFS.subClassOf, CQ[name]))


def dataset_triples(ontology: Ontology) -> list[ox.Triple]:
    """The terms as they stand in the dataset's default graph: without the lexical entries, in a fixed order."""
    return sorted((s for s in ontology.statements if s.predicate.value not in LEXICAL), key=str)


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise TableError(str(folder), None, "there is no such folder of ontology files")
    return (file for file in sorted(folder.rglob("*.ttl")) if file.name != SHAPES)


def _add(ontology: Ontology, file: Path, name: str) -> None:
    text, statements = _parse(file, name)
    blocks = {block["name"]: block.start() for block in reversed([*_BLOCK.finditer(text)])}
    for statement in statements:
        if isinstance(statement.subject, ox.BlankNode) or isinstance(statement.object, ox.BlankNode):
            reason = f"{statement.predicate} has an anonymous node; give it an IRI, dumps must be repeatable"
            raise TableError(name, None, reason)
        if (pattern := _pattern(statement)) is not None:
            subject = str(statement.subject.value)  # type: ignore[union-attr]
            start = blocks.get(_local(subject))
            ontology.places.setdefault((subject, pattern), (name, _line(text, start, pattern)))
    ontology.statements.update(statements)
    _fill(ontology, statements)


def _pattern(statement: ox.Triple) -> str | None:
    """The pattern of a lexical entry, "" where the statement declares a term, None of every other."""
    if statement.predicate.value in LEXICAL:
        return str(statement.object.value)  # type: ignore[union-attr]
    return "" if statement.predicate.value == str(RDF.type) else None


def _parse(file: Path, name: str) -> tuple[str, list[ox.Triple]]:
    """The file's text and its triples."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        return text, [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]
    except UnicodeDecodeError as error:
        raise TableError(name, None, f"is not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise TableError(name, None, f"cannot be read: {error.strerror}") from error
    except SyntaxError as error:
        raise TableError(name, error.lineno, f"is no Turtle: {error.msg}") from error


def _line(text: str, block: int | None, pattern: str) -> int | None:
    """The line of an entry in its class's block, or of the block where the entry is written with escapes."""
    if block is None:
        return None
    entry = text.find(f'"{pattern}"', block) if pattern else -1
    return text.count("\n", 0, max(entry, block)) + 1


def _fill(graph: Graph, statements: Iterable[ox.Triple]) -> None:
    for statement in statements:
        graph.add((_term(statement.subject), _term(statement.predicate), _term(statement.object)))


def _term(term: object) -> Node:
    match term:
        case ox.NamedNode(value=value):
            return URIRef(value)
        case ox.Literal(value=value, language=str(language)):
            return Literal(value, lang=language)
        case ox.Literal(value=value, datatype=datatype):
            plain = datatype.value.endswith("XMLSchema#string")
            return Literal(value, datatype=None if plain else URIRef(datatype.value))
    return BNode(str(term).removeprefix("_:"))


def _check(ontology: Ontology) -> None:
    events = set(ontology.transitive_subjects(RDFS.subClassOf, CQ.Event))
    for (subject, pattern), (file, line) in sorted(ontology.places.items()):
        if pattern and URIRef(subject) not in events:
            reason = f"{pattern!r} stands on {subject}, which is no event class; declare it beneath cq:Event"
            raise TableError(file, line, reason)
        if not pattern and (URIRef(subject), RDF.type, OWL.Class) in ontology:
            _check_class(ontology, URIRef(subject), file, line)


def _check_class(ontology: Ontology, term: URIRef, file: str, line: int | None) -> None:
    if not term.startswith(CQ):
        raise TableError(file, line, f"{term} is a class outside {CQ}, where no query would find its events")
    for name, required in REQUIRED.items():
        if (term, required, None) not in ontology:
            raise TableError(file, line, f"cq:{_local(term)} has no {name}; every class needs one")
    for parent in ontology.objects(term, RDFS.subClassOf):
        if str(parent).startswith(CQ) and (parent, RDF.type, OWL.Class) not in ontology:
            raise TableError(
                file, line, f"cq:{_local(term)} is beneath cq:{_local(parent)}, which is not declared"
            )


def _event_class(ontology: Ontology, term: URIRef) -> EventClass:
    parents = _ancestors(ontology, term)
    labels = sorted(
        ontology.objects(term, RDFS.label),
        key=lambda label: (getattr(label, "language", None) != "en", label),
    )
    plover = min((str(value) for value in ontology.objects(term, CQ.plover)), default=None)
    return EventClass(
        _local(term),
        str(labels[0]),
        plover,
        parents,
        "Claim" in (*parents, _local(term)),
        _entries(ontology, term),
        any(value == Literal(True) for value in ontology.objects(term, CQ.mutual)),
    )


def _ancestors(ontology: Graph, term: URIRef) -> tuple[str, ...]:
    """Superclasses of the ontology's own namespace, level by level; each once, even in a circle."""
    found: dict[str, None] = {}
    level = [str(term)]
    while level:
        above = {str(p) for child in level for p in ontology.objects(URIRef(child), RDFS.subClassOf)}
        level = sorted(parent for parent in above - found.keys() - {str(term)} if parent.startswith(CQ))
        found.update(dict.fromkeys(level))
    return tuple(_local(parent) for parent in found)


def _entries(ontology: Ontology, term: URIRef) -> tuple[LexicalEntry, ...]:
    return tuple(
        sorted(
            LexicalEntry(kind, str(pattern), *ontology.places[str(term), str(pattern)])
            for predicate, kind in LEXICAL.items()
            for pattern in ontology.objects(term, URIRef(predicate))
        )
    )


def _local(iri: object) -> str:
    return re.split(r"[#/]", str(iri))[-1]
