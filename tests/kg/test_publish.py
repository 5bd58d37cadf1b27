"""Dumps: complete, sorted, the same bytes again, readable by others."""

import io
import json
from collections.abc import Iterator

import pytest
from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store, parse
from rdflib import Dataset as RdflibDataset
from rdflib import Graph

from kg.dataset.graphs import rows
from kg.dataset.store import Dataset
from kg.errors import StoreError
from tests.kg.datasets import dataset, dumped
from tests.kg.extractions import Telling, earlier, echo, renunciation

FORMATS = {
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
    "trig": RdfFormat.TRIG,
    "nquads": RdfFormat.N_QUADS,
    "jsonld": RdfFormat.JSON_LD,
}
OF_ALL = ("trig", "nquads", "jsonld")


@pytest.fixture(scope="module")
def told() -> Iterator[Dataset]:
    """The three invented articles, and one whose words are hostile to every syntax."""
    story = Telling(
        "hostile.txt", 'Oru said """a\\b\\u0041" \'c\' <d> {e} \t .;,# \u0085\u2028‮🙂 at once.', None, "“\\”"
    )
    story.claim(
        "said", '"""a\\b\\u0041" \'c\' <d> {e} \t .;,# \u0085\u2028‮🙂', story.actor("Ilan Oru", "Person")
    )
    with dataset(renunciation(), echo(), earlier(), story.done()) as made:
        yield made


def held(made: Dataset, form: str) -> set[Quad]:
    """What a dump in this format must hold."""
    return {quad for quad in made.graphs.quads() if form in OF_ALL or quad.graph_name == DefaultGraph()}


@pytest.mark.parametrize("form", FORMATS)
def test_a_dump_read_again_is_the_dataset(told: Dataset, form: str) -> None:
    """Oxigraph reads back every quad and no other, in each format; Turtle and N-Triples hold the default graph."""
    assert set(parse(dumped(told, form), format=FORMATS[form])) == held(told, form)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's parsers use what rdflib deprecates
@pytest.mark.parametrize("form", FORMATS)
def test_rdflib_reads_a_dump(told: Dataset, form: str) -> None:
    """The other library of the field reads as many statements."""
    graph = RdflibDataset() if form in OF_ALL else Graph()
    graph.parse(
        io.BytesIO(dumped(told, form)), format={"jsonld": "json-ld", "ntriples": "nt"}.get(form, form)
    )
    count = sum(1 for _ in graph.quads()) if isinstance(graph, RdflibDataset) else len(graph)
    assert count == len(held(told, form))


@pytest.mark.parametrize("form", FORMATS)
def test_a_dump_is_the_same_again(told: Dataset, form: str) -> None:
    """Twice from one store, and from a store that came to the same another way."""
    other = dataset(earlier())
    other.ingest(echo())
    other.ingest(renunciation())
    assert dumped(told, form) == dumped(told, form)
    told_less = dataset(renunciation(), echo(), earlier())
    assert dumped(told_less, form) == dumped(other, form)


def test_lines_are_sorted_by_graph_and_subject(told: Dataset) -> None:
    """The default graph first, then graph by graph; in each the subjects in order."""
    order = [
        (str(q.graph_name) if q.graph_name != DefaultGraph() else "", str(q.subject))
        for q in parse(dumped(told), format=RdfFormat.N_QUADS)
    ]
    assert order == sorted(order)


def test_turtle_is_made_for_reading(told: Dataset) -> None:
    """Prefixes, one block a subject, its type first, plain numbers and short datatypes."""
    text = dumped(told, "trig").decode()
    assert '\n<http://localhost:8000/actor/mali> a cq:State ;\n    rdfs:label "Mali"@en ;\n' in text
    assert '"2022-05-02"^^xsd:date' in text
    assert "oa:end 55 ;" in text


def test_a_dump_holds_nothing_anonymous_and_no_moment_of_writing(told: Dataset) -> None:
    """No blank nodes: they would be named anew each time."""
    assert b"_:" not in dumped(told, "nquads")


def test_an_articles_dump_stands_alone(told: Dataset) -> None:
    """Its graph, its claims and scenarios, and the descriptions of whom and what it tells; nothing of other articles."""
    part = Store()
    part.load(dumped(told, "nquads", "second.txt"), format=RdfFormat.N_QUADS)
    whole = set(told.graphs.quads())
    assert set(part) < whole
    graphs = {graph.value for graph in part.named_graphs()}
    own = {graph for graph in graphs if "/article/" in graph}
    assert all("after-the-pacts" in graph for graph in own)
    assert len(own) == 3  # the article and its two scenarios
    told_here = rows(
        part.query(
            "SELECT ?e { GRAPH ?g { ?r <https://w3id.org/communique/ontology#reports> ?e } MINUS { ?e a ?t } MINUS { GRAPH ?c { ?e a ?t } } }"
        )
    )
    assert list(told_here) == []


def test_an_articles_turtle_has_its_passages(told: Dataset) -> None:
    """As triples an article's dump joins its own graph and what is held to be so, without what is only claimed."""
    text = dumped(told, "turtle", "second.txt").decode()
    assert "oa:exact" in text
    assert "a cq:Coup" in text
    assert "a cq:Espionage" not in text


def test_an_article_that_is_not_there_is_named(told: Dataset) -> None:
    """Asking for an unknown article is an error that says how to list them."""
    with pytest.raises(StoreError, match="none: there is no such article; `kg articles`"):
        dumped(told, "turtle", "none")


def test_json_is_json(told: Dataset) -> None:
    """The JSON-LD is one JSON document with a graph an article and claim."""
    document = json.loads(dumped(told, "jsonld"))
    assert sum("@graph" in node for node in document) == len(list(told.graphs.names()))
