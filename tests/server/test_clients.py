"""The clients that people use, as they really ask."""

import shutil
import subprocess
import warnings
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox
import pytest
from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore

from .conftest import TOKEN, Served

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
LABELS = f"SELECT ?l {{ ?s <{LABEL}> ?l }} ORDER BY ?l"


@pytest.fixture(autouse=True)
def _their_warnings() -> Iterator[None]:
    """Deprecations inside the clients are theirs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def wrapper(address: str) -> Any:
    """A SPARQLWrapper for an address."""
    return pytest.importorskip("SPARQLWrapper").SPARQLWrapper(address)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sparqlwrapper_selects_in_json_xml_and_csv(served: Served, method: str) -> None:
    """SELECT by GET and by POST, in three formats."""
    client = wrapper(f"{served.base}/sparql")
    client.setMethod(method)
    client.setQuery(LABELS)
    client.setReturnFormat("json")
    assert [row["l"]["value"] for row in client.query().convert()["results"]["bindings"]][-1] == "Sudland"
    client.setReturnFormat("xml")
    assert len(client.query().convert().getElementsByTagName("result")) == 3
    client.setReturnFormat("csv")
    assert client.query().convert().split() == [
        b"l",
        b"Norland",
        *b"Norland & <Sudland> signed".split(),
        b"Sudland",
    ]


def test_sparqlwrapper_constructs_and_describes(served: Served) -> None:
    """CONSTRUCT and DESCRIBE as RDF/XML, the only thing it accepts by default, and as Turtle."""
    client = wrapper(f"{served.base}/sparql")
    client.setQuery(f"CONSTRUCT WHERE {{ ?s <{LABEL}> ?l }}")
    assert len(client.queryAndConvert()) == 3
    client.setQuery("DESCRIBE <http://localhost:8000/actor/norland>")
    client.setReturnFormat("turtle")
    assert len(Graph().parse(data=client.queryAndConvert(), format="turtle")) == 2


def test_sparqlwrapper_updates_with_the_token(writable: Served) -> None:
    """UPDATE by POST, with the token as a header."""
    client = wrapper(f"{writable.base}/update")
    client.addCustomHttpHeader("Authorization", f"Bearer {TOKEN}")
    client.setMethod("POST")
    client.setQuery(f"INSERT DATA {{ <http://example.org/new> <{LABEL}> 'new' }}")
    client.query()
    client = wrapper(f"{writable.base}/sparql")
    client.setQuery(f"ASK {{ ?s <{LABEL}> 'new' }}")
    client.setReturnFormat("json")
    assert client.queryAndConvert()["boolean"] is True


def test_rdflib_reads_by_its_sparql_store(served: Served) -> None:
    """Triples and queries through SPARQLStore, which takes XML results."""
    graph = Graph(SPARQLStore(f"{served.base}/sparql"))
    assert (
        URIRef("http://localhost:8000/actor/norland"),
        URIRef(LABEL),
        Literal("Norland", lang="en"),
    ) in graph
    assert len(list(graph.query(LABELS))) == 3


def test_rdflib_writes_by_its_update_store(writable: Served) -> None:
    """Adding and removing triples and graphs through SPARQLUpdateStore."""
    store = SPARQLUpdateStore(
        f"{writable.base}/sparql", f"{writable.base}/update", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    graph = Graph(store, identifier=URIRef("http://example.org/mine"))
    triple = (URIRef("http://example.org/s"), URIRef(LABEL), Literal("mine"))
    graph.add(triple)
    assert list(graph.triples((None, None, None))) == [triple]
    graph.remove(triple)
    assert len(graph) == 0


def test_rdflib_and_pyoxigraph_federate_with_us(served: Served) -> None:
    """SERVICE from rdflib, which posts a form, and from pyoxigraph, which posts the query itself."""
    query = f"SELECT ?l {{ SERVICE <{served.base}/sparql> {{ ?s <{LABEL}> ?l }} }}"
    assert len(list(Dataset().query(query))) == 3
    found = ox.Store().query(query)
    assert isinstance(found, ox.QuerySolutions)
    assert len(list(found)) == 3


def test_sparql_dataframe_gets_a_table(served: Served) -> None:
    """Pandas people ask for CSV."""
    frame = pytest.importorskip("sparql_dataframe").get(f"{served.base}/sparql", LABELS)
    assert list(frame["l"])[-1] == "Sudland"


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_gets_json_and_dumps_compressed(served: Served) -> None:
    """What the README shows works in a shell."""
    asked = ["curl", "-sSf", "--data-urlencode", "query=ASK {}", f"{served.base}/sparql"]
    assert subprocess.run(asked, capture_output=True, check=True).stdout == b'{"head":{},"boolean":true}'
    dumped = ["curl", "-sSf", "--compressed", f"{served.base}/dump.ttl"]
    assert b"Norland" in subprocess.run(dumped, capture_output=True, check=True).stdout
