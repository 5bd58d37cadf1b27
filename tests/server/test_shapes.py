"""What the project owns keeps its shapes, whoever writes; users' own graphs are free."""

import csv
import json
from pathlib import Path

import pyoxigraph as ox
import pytest
import requests

from kg.ontology import dataset_triples, load_ontology, shapes
from kg.validate import verdict
from server.checks import compile_checks, violations
from server.touched import operations, touched

from .conftest import TOKEN, Served, build_store, start_server, stop_server

CHECKS = compile_checks(shapes())
CQ = "https://w3id.org/communique/ontology#"
BASE = "http://localhost:8000/"
PREFIXES = f"PREFIX cq: <{CQ}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
BROKEN = json.loads(
    (Path(__file__).parents[1] / "ontology" / "nonconforming.json").read_text(encoding="utf-8")
)
TOUCHED = list(
    csv.DictReader((Path(__file__).parent / "touched.csv").read_text(encoding="utf-8").splitlines())
)
DATA = f"""
PREFIX cq: <{CQ}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
INSERT DATA {{
  <actor/norland> a cq:State ; rdfs:label "Norland"@en .
  <event/visit> a cq:Coup ; rdfs:label "A visit"@en ; cq:agent <actor/norland> ; cq:earliest "2031-05-02"^^xsd:date .
  GRAPH <article/one> {{
    <article/one#r1> a cq:Report ; cq:reports <event/visit> ; cq:status cq:Asserted ; cq:passage <article/one#char=0,5> .
    <article/one#char=0,5> a cq:Passage ; oa:exact "Hello" ; oa:start 0 ; oa:end 5 .
  }}
}}"""


def ontology_quads() -> list[ox.Quad]:
    """The terms as a dataset holds them."""
    return [
        ox.Quad(triple.subject, triple.predicate, triple.object)
        for triple in dataset_triples(load_ontology())
    ]


def sound_store() -> ox.Store:
    """A store in memory that conforms."""
    store = ox.Store()
    store.extend(ontology_quads())
    store.update(DATA, base_iri=BASE)
    return store


def test_sound_data_break_nothing() -> None:
    """On data that pySHACL finds sound, the queries find nothing either."""
    store = sound_store()
    assert verdict(store).conforms
    assert violations(store, CHECKS, None) == frozenset()


SPOILT = [
    "INSERT DATA { <event/visit> cq:agent <actor/nobody> }",
    "INSERT DATA { <event/visit> cq:earliest 'yesterday' }",
    "DELETE WHERE { <actor/norland> a ?kind }",
    "DELETE WHERE { <actor/norland> rdfs:label ?label }",
    "INSERT DATA { <actor/norland> rdfs:label 'Another' }",
    "INSERT DATA { <actor/norland> a cq:Person }",
    "DELETE WHERE { GRAPH ?g { ?report cq:reports <event/visit> } }",
    "INSERT DATA { <event/none> a cq:Coup }",
    "DELETE { GRAPH ?g { ?r cq:status ?s } } INSERT { GRAPH ?g { ?r cq:status cq:Sure } } WHERE { GRAPH ?g { ?r cq:status ?s } }",
    "INSERT { GRAPH <article/one> { ?r cq:attributedTo <actor/norland> } } WHERE { GRAPH ?g { ?r a cq:Report } }",
    "CLEAR DEFAULT",
]


@pytest.mark.parametrize("update", SPOILT)
def test_each_way_to_break_a_shape_is_found_by_both(update: str) -> None:
    """The queries, looking only at the touched nodes, judge as pySHACL does over everything."""
    store, nodes = sound_store(), frozenset[str]()
    for operation in operations(f"BASE <{BASE}> {PREFIXES} {update}"):
        found = touched(operation, store, BASE)
        nodes = None if found is None or nodes is None else nodes | found  # type: ignore[assignment]
        store.update(operation.runnable)
    if update == "CLEAR DEFAULT":
        store.extend(ontology_quads())
    assert not verdict(store).conforms
    assert violations(store, CHECKS, nodes)


@pytest.mark.parametrize("row", TOUCHED, ids=lambda row: row["why"])
def test_what_an_update_touches_is_known_before_it_is_carried_out(row: dict[str, str]) -> None:
    """The table's updates touch the nodes beside them, nothing, or anything."""
    (operation,) = operations(f"BASE <{BASE}> {PREFIXES} {row['update']}")
    found = touched(operation, sound_store(), BASE)
    shown = (
        "any"
        if found is None
        else " ".join(sorted(node.removeprefix(BASE) for node in found if node.startswith(BASE)))
    )
    assert shown == row["nodes"]


def test_a_write_that_breaks_the_projects_data_is_refused_with_the_report_and_others_pass(
    tmp_path: Path,
) -> None:
    """422 names node and message and changes nothing; sound changes and users' own graphs go in."""
    build_store(tmp_path / "store", "", *ontology_quads())
    served = start_server(tmp_path / "store", tmp_path / "log", KG_BASE=BASE)
    try:
        _check_writes(served)
    finally:
        stop_server(served)


def _check_writes(served: Served) -> None:
    def send(update: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/sparql-update"}
        text = f"BASE <{BASE}> {PREFIXES} {update}"
        return requests.post(f"{served.base}/update", data=text.encode(), headers=headers, timeout=60)

    assert send(DATA).status_code == 204
    refused = send("DELETE WHERE { <actor/norland> rdfs:label ?label }")
    assert refused.status_code == 422
    assert f"{BASE}actor/norland: An actor needs exactly one label" in refused.json()["error"]["report"]
    both = "DELETE { ?a rdfs:label ?l } INSERT { ?a rdfs:label 'New Norland'@en } WHERE { ?a a cq:State ; rdfs:label ?l }"
    assert send(both).status_code == 204
    assert (
        send(
            "INSERT DATA { GRAPH <http://example.org/mine> { <actor/norland> rdfs:label 1, 2 ; cq:agent 3 } }"
        ).status_code
        == 204
    )
    address = f"{served.base}/data?graph=" + BASE.replace(":", "%3A") + "article/one"
    graph = requests.put(
        address,
        data="<#r1> <a:b> 1 .",
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/turtle"},
        timeout=60,
    )
    assert graph.status_code == 422
    assert "at least one report" in graph.json()["error"]["report"]
    assert send("CLEAR ALL").status_code == 204
