"""Stage: a set of links → RDF: the links, what is known of each, and the set's own description (VoID)."""

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from pyoxigraph import Literal, NamedNode, Quad

from kg import terms
from kg.linksets.links import PREDICATES, SEMAPV, SSSOM, Link, LinkSet, digest, line, share
from kg.publish import WRITERS
from kg.terms import DEFAULT, Fact, Graph, Node

AXIOM = terms.term("owl:Axiom")
SUBJECT, PREDICATE, OBJECT = (terms.term(f"owl:annotated{name}") for name in ("Source", "Property", "Target"))
SOURCE, TITLE, LICENCE = (terms.term(f"dcterms:{name}") for name in ("source", "title", "license"))
COMMENT = terms.term("rdfs:comment")
XSD_DECIMAL = terms.term("xsd:decimal")


def write_linkset(linkset: LinkSet, base: str, out: BinaryIO) -> None:
    """Write the links in Turtle with a void:Linkset for each predicate; the same links give the same bytes."""
    facts = {*_description(linkset, base)}
    for link in linkset.links:
        facts |= {*link_facts(link, NamedNode(f"{base}links/{linkset.name}"), DEFAULT)}
    quads = sorted((Quad(*fact) for fact in facts), key=_order)
    WRITERS["turtle"](quads, out)


def link_facts(link: Link, linkset: NamedNode, graph: Graph) -> Iterator[Fact]:
    """The link, and as an annotation of it (OWL 2) why it is made, in the terms of SSSOM."""
    subject, predicate, target = NamedNode(link.subject), PREDICATES[link.predicate], NamedNode(link.object)
    yield Fact(subject, predicate, target, graph)
    note = NamedNode(f"{linkset.value}#{digest(link.subject, link.predicate, link.object)}")
    said: list[tuple[NamedNode, Node]] = [
        (terms.TYPE, AXIOM),
        (SUBJECT, subject),
        (PREDICATE, predicate),
        (OBJECT, target),
        (_sssom("mapping_justification"), NamedNode(SEMAPV + link.justification.removeprefix("semapv:"))),
        (_sssom("confidence"), Literal(share(link.confidence), datatype=XSD_DECIMAL)),
    ]
    texts = {
        _sssom("object_label"): link.object_label,
        _sssom("reviewer_label"): link.reviewer,
        COMMENT: link.comment,
        SOURCE: link.source,
    }
    said += [(about, Literal(line(text))) for about, text in texts.items() if line(text)]
    for about, value in said:
        yield Fact(note, about, value, graph)


def _description(linkset: LinkSet, base: str) -> Iterator[Fact]:
    whole, objects = NamedNode(f"{base}links/{linkset.name}"), NamedNode(linkset.objects)
    yield Fact(whole, terms.TYPE, terms.term("void:Dataset"), DEFAULT)
    yield Fact(whole, TITLE, Literal(f"Links to {linkset.title}", language="en"), DEFAULT)
    yield Fact(whole, LICENCE, NamedNode(linkset.licence), DEFAULT)
    yield Fact(whole, SOURCE, Literal(line(linkset.source)), DEFAULT)
    yield Fact(objects, terms.TYPE, terms.term("void:Dataset"), DEFAULT)
    yield Fact(objects, TITLE, Literal(linkset.title, language="en"), DEFAULT)
    for predicate, number in sorted(Counter(link.predicate for link in linkset.links).items()):
        part = NamedNode(f"{whole.value}#{predicate.partition(':')[2]}")
        yield Fact(whole, terms.term("void:subset"), part, DEFAULT)
        yield Fact(part, terms.TYPE, terms.term("void:Linkset"), DEFAULT)
        yield Fact(part, terms.term("void:linkPredicate"), PREDICATES[predicate], DEFAULT)
        yield Fact(
            part, terms.term("void:subjectsTarget"), NamedNode(f"{base}.well-known/void#dataset"), DEFAULT
        )
        yield Fact(part, terms.term("void:objectsTarget"), objects, DEFAULT)
        yield Fact(part, terms.term("void:triples"), terms.whole(number), DEFAULT)


def _sssom(name: str) -> NamedNode:
    return NamedNode(SSSOM + name)


def _order(quad: Quad) -> tuple[str, bool, str, str]:
    return str(quad.subject), quad.predicate != terms.TYPE, str(quad.predicate), str(quad.object)
