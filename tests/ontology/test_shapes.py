"""The shapes let good data pass and say in plain English what is wrong with bad data."""

import json
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
from rdflib import RDF, SH, Graph, Literal, URIRef

from kg.ontology import Ontology, shapes

HERE = Path(__file__).parent
PREFIXES = """
@base <http://localhost:8000/> .
@prefix cq: <https://w3id.org/communique/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
GOOD = """
<actor/a> a cq:State ; rdfs:label "Arvania"@en .
<event/e> a cq:Expulsion ; cq:agent <actor/a> .
<article/n> a schema:NewsArticle ; dcterms:identifier "n.txt" .
<article/n#r1> a cq:Report ; cq:reports <event/e> ; cq:status cq:Asserted ; cq:passage <article/n#char=0,9> .
<article/n#char=0,9> a cq:Passage ; oa:exact "Expelled."@en ; oa:start 0 ; oa:end 9 .
"""
BAD = json.loads((HERE / "nonconforming.json").read_text(encoding="utf-8"))


def messages(graph: Graph, ontology: Ontology) -> set[str]:
    """What the shapes say of the data together with the ontology; empty where it conforms."""
    for triple in ontology:
        graph.add(triple)
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes(), inplace=True)
    return {str(message) for message in report.objects(None, SH.resultMessage)}


def union(file: Path) -> Graph:
    """All graphs of a TriG file taken together."""
    triples = (quad.triple for quad in ox.parse(path=file, format=ox.RdfFormat.TRIG))
    return Graph().parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")


def test_least_article_conforms(ontology: Ontology) -> None:
    """An article with one report of one event needs no more than the shapes demand."""
    assert messages(Graph().parse(data=PREFIXES + GOOD), ontology) == set()


@pytest.mark.parametrize("row", BAD, ids=[row["id"] for row in BAD])
def test_bad_data_is_named(row: dict[str, str], ontology: Ontology) -> None:
    """A fault in otherwise good data is reported by the message that says what would be right."""
    assert row["out"] in GOOD
    turtle = PREFIXES + GOOD.replace(row["out"], "", 1) + row["in"]
    assert row["message"] in messages(Graph().parse(data=turtle), ontology)


def test_questions_dataset_conforms(ontology: Ontology) -> None:
    """The dataset of the competency questions conforms, all its graphs taken together."""
    assert messages(union(HERE / "questions.trig"), ontology) == set()


def test_contract_example_conforms(ontology: Ontology, contract: Path) -> None:
    """The contract's own example conforms, all its graphs taken together."""
    assert messages(union(contract / "example.trig"), ontology) == set()


def test_ontology_conforms(ontology: Ontology) -> None:
    """The ontology by itself conforms: its terms are no data that lacks something."""
    assert messages(Graph(), ontology) == set()


def test_every_constraint_has_an_english_message() -> None:
    """Each shape that constrains anything itself says in English what is needed."""
    graph = shapes()
    named = [s for kind in (SH.NodeShape, SH.PropertyShape) for s in graph.subjects(RDF.type, kind)]
    only_holders = {
        URIRef(f"https://w3id.org/communique/shapes#{n}") for n in ("ClaimShape", "EventClassShape")
    }
    english = {
        s for s, m in graph.subject_objects(SH.message) if isinstance(m, Literal) and m.language == "en"
    }
    assert set(named) - english == only_holders
