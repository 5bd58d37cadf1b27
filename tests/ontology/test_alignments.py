"""The outside terms that ours are aligned with exist as published."""

import csv
import re
from pathlib import Path

import pytest
from rdflib import FOAF, ORG, OWL, PROV, RDF, RDFS, SDO, SKOS, TIME, Graph, URIRef
from rdflib.namespace import GEO, DefinedNamespace

from kg.ontology import CQ, FOLDER, Ontology

HERE = Path(__file__).parent
CLOSED = (PROV, SDO, FOAF, ORG, TIME, GEO, RDFS, SKOS, OWL, RDF)  # rdflib ships their full lists of terms
WITHIN = (PROV, SDO, FOAF, ORG, TIME, GEO)


def outside() -> list[URIRef]:
    """The outside terms that alignments.ttl points to."""
    graph = Graph().parse(data=(FOLDER / "alignments.ttl").read_text(encoding="utf-8"))
    return sorted(o for o in set(graph.objects()) if isinstance(o, URIRef) and not o.startswith(CQ))


def published() -> set[str]:
    """Terms of vocabularies that rdflib does not ship, each looked up in what their publishers put out."""
    with (HERE / "outside-terms.csv").open(encoding="utf-8", newline="") as table:
        return {row["iri"] for row in csv.DictReader(table)}


def is_defined(term: URIRef) -> bool:
    """Whether one of the vocabularies that rdflib ships defines the term."""
    return any(term in namespace for namespace in CLOSED)


@pytest.mark.parametrize("term", outside())
def test_outside_term_is_published(term: URIRef) -> None:
    """An outside term is defined by its vocabulary, as rdflib ships it or as the table of looked-up terms says."""
    assert is_defined(term) or str(term) in published()


@pytest.mark.parametrize("namespace", WITHIN, ids=str)
def test_the_check_refuses_what_is_not_published(namespace: type[DefinedNamespace]) -> None:
    """A misspelt term of a shipped vocabulary is found out."""
    assert not is_defined(URIRef(f"{namespace}Evnet"))


def test_no_looked_up_term_is_left_over() -> None:
    """Every row of the table is a term that the alignments or the shapes use."""
    shapes = {
        f"http://www.w3.org/ns/oa#{name}"
        for name in re.findall(r"\boa:(\w+)", (FOLDER / "shapes.ttl").read_text())
    }
    assert published() <= {str(term) for term in outside()} | shapes


def test_alignments_speak_of_declared_terms(ontology: Ontology) -> None:
    """Alignments add to terms that are declared elsewhere, and declare none themselves."""
    graph = Graph().parse(data=(FOLDER / "alignments.ttl").read_text(encoding="utf-8"))
    assert not list(graph.subjects(RDF.type))
    assert all((term, RDF.type, None) in ontology for term in graph.subjects())
