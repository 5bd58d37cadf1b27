"""What pages need to know of the terms: names, which events are claims, and what schema.org calls a class."""

from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox

from kg import terms
from server.pages import shortened

_SCHEMA = terms.PREFIXES["schema"]
_ABOVE = terms.term("rdfs:subClassOf")
_NEAR = (_ABOVE, terms.term("skos:closeMatch"))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The shipped ontology, as far as pages need it."""

    triples: tuple[ox.Triple, ...]
    labels: dict[str, str]  # IRI of a term → its English label
    parents: dict[str, tuple[str, ...]]  # IRI of a class → its superclasses, nearest first
    schema: dict[str, str]  # IRI of a class → the class of schema.org that is nearest, by its local name

    def is_a(self, kind: str, above: str) -> bool:
        """Whether a class is another one, given by its local name, or beneath it."""
        return terms.CQ + above in (kind, *self.parents.get(kind, ()))

    def beneath(self, above: str) -> list[str]:
        """IRIs of a class, given by its local name, and of all classes beneath it, sorted."""
        return sorted(kind for kind in self.parents if self.is_a(kind, above))

    def label(self, iri: str) -> str:
        """The label of a term; of one from elsewhere its prefixed name."""
        return self.labels.get(iri) or shortened(iri)


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The shipped ontology, read when first asked for.

    Raises:
        TableError: it is broken.
    """
    from kg.ontology import (
        dataset_triples,
        load_ontology,
    )  # with rdflib, which a server's start need not wait for

    triples = tuple(dataset_triples(load_ontology()))
    labels = {_value(t.subject): _value(t.object) for t in triples if t.predicate == terms.LABEL}
    above: dict[str, list[str]] = {}
    near: dict[str, list[str]] = {}
    for triple in triples:
        if triple.predicate == _ABOVE:
            above.setdefault(_value(triple.subject), []).append(_value(triple.object))
        if triple.predicate in _NEAR and _value(triple.object).startswith(_SCHEMA):
            near.setdefault(_value(triple.subject), []).append(_value(triple.object).removeprefix(_SCHEMA))
    parents = {kind: _ancestors(kind, above) for kind in labels}
    schema = {kind: _nearest(kind, parents, near) for kind in labels}
    return Vocabulary(triples, labels, parents, {kind: name for kind, name in schema.items() if name})


def _ancestors(kind: str, above: dict[str, list[str]]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    level = [kind]
    while level:
        level = sorted({parent for child in level for parent in above.get(child, ())} - found.keys() - {kind})
        found.update(dict.fromkeys(level))
    return tuple(found)


def _nearest(kind: str, parents: dict[str, tuple[str, ...]], near: dict[str, list[str]]) -> str:
    return next((min(near[one]) for one in (kind, *parents[kind]) if one in near), "")


def _value(node: object) -> str:
    return str(getattr(node, "value", node))
