"""The ontology's own address: documentation made from the terms, and the terms themselves for programs."""

import re
from collections.abc import Iterator
from html import unescape

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient

from kg import terms
from kg.ontology import dataset_triples, load_ontology
from kg.settings import Settings
from server.app import create_app
from server.settings import Limits

FORMS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/n-quads": ox.RdfFormat.N_QUADS,
    "application/trig": ox.RdfFormat.TRIG,
}
TRIPLES = set(dataset_triples(load_ontology()))
OURS = sorted({t.subject.value for t in TRIPLES if isinstance(t.subject, ox.NamedNode) and t.subject.value.startswith(terms.CQ)})  # fmt: skip


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application over no dataset at all: the ontology does not need one."""
    application = create_app(Settings(store=str(tmp_path_factory.mktemp("none") / "store")), Limits())
    yield application
    application.extensions["communique"].close()


@pytest.fixture
def client(application: Flask) -> FlaskClient:
    """A client."""
    return application.test_client()


@pytest.fixture(scope="module")
def page(application: Flask) -> str:
    """The page as a browser gets it."""
    answer = application.test_client().get("/ontology", headers={"Accept": "text/html"})
    assert (answer.status_code, "text/html" in answer.content_type) == (200, True)
    return answer.text


def test_each_term_has_its_place_on_the_page(page: str) -> None:
    """The fragment of its IRI leads to it, once."""
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(OURS) > 80
    assert sorted(ids) == sorted(iri.removeprefix(terms.CQ) for iri in OURS)


def test_the_page_is_made_from_the_terms(page: str) -> None:
    """Each label, definition, example, note and alignment of a term stands in its block."""
    blocks = {
        name: unescape(block)
        for name, block in re.findall(r'<article id="([^"]+)"(.*?)</article>', page, re.DOTALL)
    }
    words = {terms.LABEL} | {terms.term(f"skos:{name}") for name in ("definition", "example", "scopeNote")}
    for triple in TRIPLES:
        if not isinstance(triple.subject, ox.NamedNode) or triple.subject.value not in OURS:
            continue
        block = blocks[triple.subject.value.removeprefix(terms.CQ)]
        if triple.predicate in words and isinstance(triple.object, ox.Literal):
            assert triple.object.value in block
        elif isinstance(triple.object, ox.NamedNode) and triple.predicate != terms.TYPE:
            assert f'href="{triple.object.value.replace(terms.CQ, "#")}"' in block


def test_links_within_the_page_lead_somewhere(page: str) -> None:
    """Every fragment that is linked to is there."""
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(re.findall(r' id="([^"]+)"', page))


@pytest.mark.parametrize("accept", FORMS)
def test_programs_get_all_terms_by_accept(client: FlaskClient, accept: str) -> None:
    """In each form the very statements that the dataset holds of the terms."""
    answer = client.get("/ontology", headers={"Accept": accept})
    assert answer.content_type.startswith(accept)
    assert {quad.triple for quad in ox.parse(answer.data, format=FORMS[accept])} == TRIPLES
    assert "accept" in answer.headers["Vary"].lower()
    assert '<https://w3id.org/communique/ontology>; rel="canonical"' in answer.headers.getlist("Link")


def test_forms_have_addresses_tags_and_limits(client: FlaskClient) -> None:
    """By suffix too, with ETag and 304; the version's IRI answers; what there is not is 404 or 406."""
    first = client.get("/ontology.ttl")
    again = client.get("/ontology.ttl", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    version = next(str(t.object.value) for t in TRIPLES if t.predicate == terms.term("owl:versionInfo"))  # type: ignore[union-attr]
    assert client.get(f"/ontology/{version}", headers={"Accept": "text/turtle"}).data == first.data
    assert [
        client.get(path).status_code for path in ("/ontology.exe", "/ontology/9.9.9", "/ontology/%3Cx%3E")
    ] == [404, 404, 404]
    assert client.get("/ontology", headers={"Accept": "image/png"}).status_code == 406


def test_the_page_needs_no_script_and_nothing_from_elsewhere(page: str, client: FlaskClient) -> None:
    """It is whole without a network."""
    assert "<script" not in page
    assert not re.findall(r'(?:src|<link rel="stylesheet" href)="https?:', page)
    assert "default-src 'none'" in client.get("/ontology.html").headers["Content-Security-Policy"]
    assert client.get("/static/page.css", buffered=True).status_code == 200


def test_words_of_the_lexicon_stay_out(page: str, client: FlaskClient) -> None:
    """The patterns by which events are found are no part of what the terms mean."""
    assert "overthrow obj" not in page
    assert b"overthrow obj" not in client.get("/ontology.ttl").data
