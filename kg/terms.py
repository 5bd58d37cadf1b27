"""The vocabulary as the dataset speaks it: IRIs of terms, and text as literals."""

from datetime import date
from typing import NamedTuple

from pyoxigraph import DefaultGraph, Literal, NamedNode

Node = NamedNode | Literal
Graph = NamedNode | DefaultGraph
DEFAULT = DefaultGraph()

CQ = "https://w3id.org/communique/ontology#"
PREFIXES = {
    "cq": CQ,
    "dcterms": "http://purl.org/dc/terms/",
    "oa": "http://www.w3.org/ns/oa#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
LONGEST = 200  # characters of a label


class Fact(NamedTuple):
    """A statement in a graph, as the project itself makes them: nothing anonymous."""

    subject: NamedNode
    predicate: NamedNode
    object: Node
    graph_name: Graph

    def __str__(self) -> str:
        return " ".join(map(str, self))


def term(name: str) -> NamedNode:
    """A term by its prefixed name.

    >>> term("cq:Report").value
    'https://w3id.org/communique/ontology#Report'
    """
    prefix, _, local = name.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def cq(name: str) -> NamedNode:
    """A term of our own by its local name."""
    return NamedNode(CQ + name)


def local(iri: Node) -> str:
    """The local name of a term of our own."""
    return iri.value.removeprefix(CQ)


def tagged(text: str, language: str) -> Literal:
    """The text with its language, "und" (undetermined) where the tag is none of BCP 47."""
    try:
        return Literal(text, language=language)
    except ValueError:
        return Literal(text, language="und")


def label(text: str, language: str = "en") -> Literal:
    """A name as one short line: without control, format and bidirectional characters, runs of blanks joined."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST]).split())
    return tagged(line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…", language)


def day(value: date) -> Literal:
    """A calendar day."""
    return Literal(value.isoformat(), datatype=XSD_DATE)


def whole(value: int) -> Literal:
    """A whole number."""
    return Literal(value)


XSD_DATE = term("xsd:date")
TYPE = term("rdf:type")
LABEL = term("rdfs:label")
ALT_LABEL = term("skos:altLabel")
EXACT_MATCH = term("skos:exactMatch")
SAME_AS = term("owl:sameAs")
IDENTIFIER = term("dcterms:identifier")
ARTICLE = term("schema:NewsArticle")
HEADLINE = term("schema:headline")
PUBLISHED = term("schema:datePublished")
PUBLISHER = term("schema:publisher")
ADDRESS = term("schema:url")
IN_LANGUAGE = term("schema:inLanguage")
EXACT, START, END = term("oa:exact"), term("oa:start"), term("oa:end")

REPORT, PASSAGE, SCENARIO, AGREEMENT = cq("Report"), cq("Passage"), cq("Scenario"), cq("Agreement")
REPORTS, STATUS, ATTRIBUTED_TO, IN_PASSAGE = cq("reports"), cq("status"), cq("attributedTo"), cq("passage")
EARLIEST, LATEST, CONTENT = cq("earliest"), cq("latest"), cq("content")
OF_STATE, PARTY = cq("ofState"), cq("party")
ROLE = {"agents": cq("agent"), "targets": cq("target"), "places": cq("place"), "concerns": cq("concerns")}

# What one article tells; the default graph holds what follows from all of them.
TOLD_EVENT, TOLD_TYPE, TOLD_LABEL, TOLD_IN = cq("toldEvent"), cq("toldType"), cq("toldLabel"), cq("toldIn")
TOLD_EARLIEST, TOLD_LATEST, TOLD_CONTENT = cq("toldEarliest"), cq("toldLatest"), cq("toldContent")
TOLD_ROLE = {
    "agents": cq("toldAgent"),
    "targets": cq("toldTarget"),
    "places": cq("toldPlace"),
    "concerns": cq("toldConcerns"),
}
TOLD_KIND, TOLD_NAME, TOLD_STATE = cq("toldKind"), cq("toldName"), cq("toldState")
TOLD_MATCH, TOLD_PARTY, TOLD_CANDIDATE = cq("toldMatch"), cq("toldParty"), cq("toldCandidate")
COMPARED_AS, FUSION_KEY = cq("comparedAs"), cq("fusionKey")
