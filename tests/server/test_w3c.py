"""The W3C's own tests of the SPARQL protocol, the graph store protocol and the service description, over HTTP."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from rdflib import Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.namespace import RDF
from rdflib.term import Node

from .conftest import SHARED, TOKEN, Served, build_store, start_server, stop_server

FOLDER = SHARED / "w3c" / "sparql11"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the W3C's tests are not beside this repository")
HT, CNT = Namespace("http://www.w3.org/2011/http#"), Namespace("http://www.w3.org/2011/content#")
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class Exchange:
    """One request of a test and what is expected of its answer."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    statuses: tuple[str, ...]
    boolean: bool | None
    format: str | None
    location: str | None
    body_out: str | None
    type_out: str | None


@dataclass(frozen=True)
class Case:
    """One test of a manifest."""

    name: str
    data: tuple[tuple[str, str], ...]  # graph IRI, file
    exchanges: tuple[Exchange, ...]


def read_cases(file: Path) -> list[Case]:
    """All tests of a manifest in its order."""
    if not file.is_file():
        return []
    graph = Graph().parse(file, format="turtle")
    entries = _list(graph, graph.value(None, RDF.type, MF.Manifest), MF.entries)
    return [_case(graph, entry, file.parent) for entry in entries]


def _case(graph: Graph, entry: Node, folder: Path) -> Case:
    data = tuple(
        (
            str(graph.value(node, URIRef("http://www.w3.org/2000/01/rdf-schema#label"))),
            _file(graph.value(node, UT.graph)),
        )
        for node in graph.objects(entry, UT.graphData)
    )
    actions = list(graph.objects(entry, MF.action))
    exchanges = [_exchange(graph, node) for action in actions for node in _list(graph, action, HT.requests)]
    return Case(
        str(entry).rpartition("#")[2],
        tuple((name, str(folder / file)) for name, file in data),
        tuple(exchanges),
    )


def _file(node: object) -> str:
    return str(node).rpartition("/")[2]


def _list(graph: Graph, subject: Node | None, predicate: URIRef) -> Iterator[Node]:
    for head in graph.objects(subject, predicate):
        yield from Collection(graph, head)


def _headers(graph: Graph, node: Node | None) -> dict[str, str]:
    return {
        str(graph.value(header, HT.fieldName)): str(graph.value(header, HT.fieldValue))
        for header in _list(graph, node, HT.headers)
    }


def _body(graph: Graph, node: Node | None) -> str | None:
    content = graph.value(node, HT.body)
    chars = graph.value(content, CNT.chars) if content else None
    return None if chars is None else str(chars)


def _exchange(graph: Graph, node: Node) -> Exchange:
    response = graph.value(node, HT.resp)
    text, content = _body(graph, node), graph.value(node, HT.body)
    encoding = str(graph.value(content, CNT.characterEncoding) or "utf-8") if content else "utf-8"
    boolean, out = graph.value(response, MF.expectedBoolean), _headers(graph, response)
    location = graph.value(response, MF.expectedLocation)
    expected_format = graph.value(response, MF.expectedFormat)
    return Exchange(
        str(graph.value(node, HT.methodName)),
        str(graph.value(node, HT.absolutePath)),
        _headers(graph, node),
        (text or "").encode(encoding),
        tuple(str(status).rpartition("#")[2] for status in graph.objects(response, MF.expectedStatus)),
        None if boolean is None else str(boolean) == "true",
        None if expected_format is None else str(expected_format),
        None if location is None else str(location),
        _body(graph, response),
        out.get("content-type"),
    )


STATUSES = {
    "OK": {200}, "Created": {201}, "NoContent": {204}, "NotFound": {404}, "BadRequest": {400},
    "MethodNotAllowed": {405}, "UnsupportedMediaType": {415},
}  # fmt: skip


def _allowed(statuses: tuple[str, ...]) -> set[int]:
    allowed: set[int] = set()
    for status in statuses:
        if found := re.fullmatch(r"StatusCode(\d)xx", status):
            allowed |= set(range(int(found[1]) * 100, int(found[1]) * 100 + 100))
        else:
            allowed |= STATUSES[status]
    return allowed


def _check(answer: requests.Response, wanted: Exchange) -> None:
    assert answer.status_code in _allowed(wanted.statuses), answer.text
    if wanted.boolean is not None:
        assert _boolean(answer) is wanted.boolean
    kind = answer.headers.get("content-type", "")
    if wanted.format == "tabular":
        assert kind.startswith(("application/sparql-results", "text/csv", "text/tab-separated-values"))
    if wanted.format == "RDF":
        Graph().parse(data=answer.content, format=kind.split(";")[0])
    if wanted.body_out is not None and wanted.type_out:
        expected = Graph().parse(data=wanted.body_out, format="turtle", publicID=answer.url)
        found = Graph().parse(data=answer.content, format=kind.split(";")[0], publicID=answer.url)
        assert isomorphic(expected, found)


def _boolean(answer: requests.Response) -> bool:
    if "json" in answer.headers["content-type"]:
        return bool(json.loads(answer.content)["boolean"])
    return "<boolean>true</boolean>" in answer.text


def _run(case: Case, base: str, endpoint: str, prefix: str) -> None:
    """Send a test's requests; `prefix` is what its paths begin with, `endpoint` what takes that place."""
    places: dict[str, str] = {}
    for exchange in case.exchanges:
        path, body = exchange.path, exchange.body
        for name, value in places.items():
            path, body = path.replace(name, value), body.replace(name.encode(), value.encode())
        if path.startswith(prefix):
            path = base + endpoint + path.removeprefix(prefix)
        answer = requests.request(
            exchange.method,
            path,
            headers=exchange.headers | AUTHORIZED,
            data=body or None,
            timeout=20,
            allow_redirects=False,
        )
        _check(answer, exchange)
        if exchange.location:
            assert answer.headers["location"]
            places[exchange.location] = answer.headers["location"]


PROTOCOL = read_cases(FOLDER / "protocol" / "manifest.ttl")
STORE = [
    case
    for kind in ("direct", "indirect")
    for case in read_cases(FOLDER / "graph-store-protocol" / f"manifest-{kind}.ttl")
]


def _fresh(tmp_path: Path, case: Case) -> Served:
    build_store(tmp_path / "store")
    served = start_server(tmp_path / "store", tmp_path / "log")
    for graph, file in case.data:
        answer = requests.put(
            f"{served.base}/data", params={"graph": graph}, data=Path(file).read_bytes(), timeout=20,
            headers=AUTHORIZED | {"Content-Type": "application/n-triples"},
        )  # fmt: skip
        assert answer.ok, answer.text
    return served


@pytest.mark.parametrize("case", PROTOCOL, ids=lambda case: case.name)
def test_protocol(case: Case, tmp_path: Path) -> None:
    """The SPARQL protocol is kept as the W3C tests it."""
    served = _fresh(tmp_path, case)
    try:
        _run(case, served.base, "/sparql", "/sparql")
    finally:
        stop_server(served)


@pytest.mark.parametrize("case", STORE, ids=lambda case: case.name)
def test_graph_store_protocol(case: Case, tmp_path: Path) -> None:
    """The graph store protocol is kept as the W3C tests it."""
    served = _fresh(tmp_path, case)
    try:
        _run(case, served.base, "/data", "/gsp")
    finally:
        stop_server(served)


def test_the_service_description_is_rdf_names_its_endpoint_and_fits_the_vocabulary(served: Served) -> None:
    """GET on the endpoint gives RDF with a matching sd:endpoint, in the terms of the vocabulary."""
    address = f"{served.base}/sparql"
    answer = requests.get(address, headers={"Accept": "text/turtle"}, timeout=20)
    graph = Graph().parse(data=answer.text, format="turtle")
    sd = Namespace("http://www.w3.org/ns/sparql-service-description#")
    service = graph.value(None, sd.endpoint, URIRef(address))
    assert service is not None
    assert (service, RDF.type, sd.Service) in graph
    dataset = graph.value(service, sd.defaultDataset)
    assert (dataset, RDF.type, sd.Dataset) in graph
    assert (graph.value(dataset, sd.defaultGraph), RDF.type, sd.Graph) in graph
