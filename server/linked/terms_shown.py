"""Stage: the ontology's triples → its terms as its page shows them: classes as a tree, properties, individuals."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from kg import terms
from server.linked.vocabulary import Vocabulary
from server.pages import shortened

_OWL = terms.PREFIXES["owl"]
_DEFINITION, _EXAMPLE, _NOTE = (terms.term(f"skos:{name}") for name in ("definition", "example", "scopeNote"))
_WORDS = frozenset({terms.LABEL, _DEFINITION, _EXAMPLE, _NOTE, terms.TYPE})
_ONTOLOGY = ox.NamedNode(_OWL + "Ontology")
# Headings of the page → which terms stand under them, by the OWL type.
_KINDS = {
    "Classes": ("Class",),
    "Properties": ("ObjectProperty", "DatatypeProperty"),
    "Individuals": ("NamedIndividual",),
    "What classes say of themselves": ("AnnotationProperty",),
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a term: another term (by its anchor), a term elsewhere, or text."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A term with its words."""

    name: str  # local name, and the anchor
    label: str
    definition: str
    examples: tuple[str, ...]
    notes: tuple[str, ...]
    facts: tuple[tuple[str, tuple[Value, ...]], ...]  # superclasses, domain, range, alignments …
    depth: int  # of a class below its root


@dataclass(frozen=True, slots=True)
class Group:
    """Terms of one kind."""

    heading: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class About:
    """The ontology itself."""

    title: str
    description: str
    version: str


def groups(vocabulary: Vocabulary) -> tuple[Group, ...]:
    """All terms of our own: classes from the roots down, the rest by name."""
    stated = _by_subject(vocabulary.triples)
    return tuple(
        Group(
            heading, tuple(_term(iri, stated[iri], vocabulary) for iri in _ordered(stated, kinds, vocabulary))
        )
        for heading, kinds in _KINDS.items()
    )


def about(vocabulary: Vocabulary) -> About:
    """What the ontology says of itself."""
    (iri,) = {t.subject for t in vocabulary.triples if t.predicate == terms.TYPE and t.object == _ONTOLOGY}
    said = {t.predicate: str(t.object.value) for t in vocabulary.triples if t.subject == iri}  # type: ignore[union-attr]
    title, description = (said.get(terms.term(f"dcterms:{name}"), "") for name in ("title", "description"))
    return About(title, description, said.get(terms.term("owl:versionInfo"), ""))


def _by_subject(triples: Iterable[ox.Triple]) -> dict[str, list[ox.Triple]]:
    stated: dict[str, list[ox.Triple]] = {}
    for triple in triples:
        if isinstance(triple.subject, ox.NamedNode) and triple.subject.value.startswith(terms.CQ):
            stated.setdefault(triple.subject.value, []).append(triple)
    return stated


def _ordered(stated: dict[str, list[ox.Triple]], kinds: tuple[str, ...], vocabulary: Vocabulary) -> list[str]:
    types = {terms.PREFIXES["owl"] + kind for kind in kinds}
    found = {
        iri
        for iri, triples in stated.items()
        if any(t.predicate == terms.TYPE and getattr(t.object, "value", "") in types for t in triples)
    }
    return sorted(found, key=lambda iri: _way(iri, vocabulary))


def _way(iri: str, vocabulary: Vocabulary) -> list[str]:
    """A class's names from the root down, by which the tree is sorted; of anything else its own name."""
    above = [parent for parent in vocabulary.parents.get(iri, ()) if parent.startswith(terms.CQ)]
    return [parent.removeprefix(terms.CQ) for parent in (*reversed(above), iri)]


def _term(iri: str, triples: list[ox.Triple], vocabulary: Vocabulary) -> Term:
    def texts(predicate: ox.NamedNode) -> tuple[str, ...]:
        return tuple(str(t.object.value) for t in triples if t.predicate == predicate)  # type: ignore[union-attr]

    facts: dict[str, list[Value]] = {}
    for triple in triples:
        if triple.predicate not in _WORDS:
            facts.setdefault(shortened(triple.predicate.value), []).append(_value(triple.object))
    return Term(
        iri.removeprefix(terms.CQ),
        vocabulary.label(iri),
        " ".join(texts(_DEFINITION)),
        texts(_EXAMPLE),
        texts(_NOTE),
        tuple((name, tuple(values)) for name, values in sorted(facts.items())),
        len(_way(iri, vocabulary)) - 1,
    )


def _value(node: object) -> Value:
    if not isinstance(node, ox.NamedNode):
        return Value(str(getattr(node, "value", node)))
    if node.value.startswith(terms.CQ):
        return Value("cq:" + node.value.removeprefix(terms.CQ), "#" + node.value.removeprefix(terms.CQ))
    return Value(shortened(node.value), node.value)
