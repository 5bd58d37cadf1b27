"""Addresses that describe, list and cite the dataset: the same as in a release, in each format, bounded, and 404 for what is not."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from kg import terms
from kg.dataset.store import Dataset
from kg.release.about import About
from kg.release.count import Statistics, count
from kg.release.describe_dataset import describe_dataset, served
from kg.release.nanopublish import claims, nanopublication
from kg.settings import Settings
from server.app import create_app
from server.bridge import Bridge
from server.errors import Refusal
from server.publishing import numbers
from server.publishing.numbers import Numbers
from server.settings import Limits
from tests.kg.extractions import Telling, earlier, echo, renunciation

BASE = "http://kg.example/"
VOID = "/.well-known/void"
FORMATS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented articles on disk, and one that tells of somebody whose name holds a word that the guard looks for."""
    folder = tmp_path_factory.mktemp("publishing") / "kg-data"
    story = Telling(
        "service.txt", "The Secret Service said it would load <b>crates</b>.", None, "Load & service"
    )
    story.claim("said", "it would load <b>crates</b>", story.actor("Secret Service", "Organisation"))
    with Dataset.open(str(folder), writable=True, base=BASE) as opened:
        for extraction in (renunciation(), echo(), earlier(), story.done()):
            opened.ingest(extraction)
    return folder


@pytest.fixture(scope="module")
def made(store: Path) -> Iterator[Dataset]:
    """The same dataset without a server."""
    with Dataset.open(str(store), writable=False, base=BASE) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(store: Path) -> Iterator[FlaskClient]:
    """The application over it."""
    application = create_app(Settings(store=str(store), base=BASE), Limits())
    yield application.test_client()
    application.extensions["communique"].close()


def triples(body: bytes, form: RdfFormat) -> set[Triple]:
    """The statements of a document."""
    return {quad.triple for quad in parse(body, format=form)}


@pytest.mark.parametrize("address", [VOID, "/catalog"])
@pytest.mark.parametrize("media", FORMATS)
def test_the_description_is_the_releases(
    client: FlaskClient, made: Dataset, address: str, media: str
) -> None:
    """VoID and DCAT, in each format that Accept names, say what the builder of releases says."""
    described = {*describe_dataset(count(made.graphs, BASE), BASE, About(), served(BASE))}
    answer = client.get(address, headers={"Accept": media})
    assert answer.status_code == 200
    assert answer.content_type.split(";")[0] == media
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.vary.to_header().lower() == "accept"
    assert triples(answer.data, FORMATS[media]) == described


def test_the_description_counts_what_the_endpoint_counts(client: FlaskClient) -> None:
    """The number of triples in VoID is what a query to the endpoint gives."""
    said = triples(client.get(VOID).data, RdfFormat.TURTLE)
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    answer = client.get("/sparql", query_string={"query": query, "format": "json"}).get_json()
    number = int(answer["results"]["bindings"][0]["n"]["value"])
    dataset, size = NamedNode(f"{BASE}.well-known/void#dataset"), NamedNode("http://rdfs.org/ns/void#triples")
    assert Triple(dataset, size, Literal(number)) in said


def test_every_dump_that_is_named_is_there(client: FlaskClient) -> None:
    """Each void:dataDump is an address of the server's that answers."""
    dump = NamedNode("http://rdfs.org/ns/void#dataDump")
    named = {t.object for t in triples(client.get(VOID).data, RdfFormat.TURTLE) if t.predicate == dump}
    assert len(named) == 6
    for one in named:
        assert isinstance(one, NamedNode)
        assert client.get(one.value.removeprefix(BASE.rstrip("/"))).status_code == 200


def test_a_description_has_a_tag_and_is_not_sent_again(client: FlaskClient) -> None:
    """Asked again with the tag it is 304; each format has its own tag."""
    first = client.get(VOID)
    assert client.get(VOID, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    other = {"Accept": "application/ld+json", "If-None-Match": first.headers["ETag"]}
    assert client.get(VOID, headers=other).status_code == 200


def test_a_format_may_be_chosen_in_the_address(client: FlaskClient) -> None:
    """`?format=` wins over Accept, as at the endpoint; one that is none is refused, and so is an Accept that nothing meets."""
    answer = client.get(f"{VOID}?format=nt", headers={"Accept": "text/html"})
    assert answer.content_type == "application/n-triples"
    assert client.get(f"{VOID}?format=nothing").status_code == 400
    refused = client.get(VOID, headers={"Accept": "image/png"})
    assert (refused.status_code, refused.get_json()["error"]["name"]) == (406, "no such format")


def test_a_browser_gets_a_page_that_search_engines_understand(client: FlaskClient, made: Dataset) -> None:
    """The page shows the numbers and holds them as a schema:Dataset; it needs no script."""
    page = client.get(VOID, headers={"Accept": "text/html,*/*;q=0.8"}).get_data(as_text=True)
    data = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert (data["@type"], data["temporalCoverage"]) == ("Dataset", "2022-05-03/2022-05-06")
    assert len(data["distribution"]) == 6
    assert f"<dt>statements</dt><dd>{count(made.graphs, BASE).all_triples:,}</dd>" in page


def test_the_pages_and_the_endpoint_lead_to_the_description(client: FlaskClient) -> None:
    """The first page's head and the service description name it."""
    page = client.get("/", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert '<link rel="describedby" type="text/turtle" href="/.well-known/void"' in page
    assert '<link rel="sitemap"' in page
    assert b"seeAlso" in client.get("/sparql", headers={"Accept": "application/n-triples"}).data


def test_only_one_visitor_counts_at_a_time(
    client: FlaskClient, made: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks while the first count runs is told to come again; while a later one runs, the numbers before are given."""
    snapshots, others = ["1"], list[object]()
    first, second = (replace(count(made.graphs, BASE), triples=number) for number in (1, 2))
    monkeypatch.setattr(Bridge, "generation", property(lambda bridge: snapshots[-1]))
    shared = Numbers(client.application.extensions["communique"])

    def slow(graphs: object, base: str) -> Statistics:
        try:
            others.append(shared.of_now("another"))
        except Refusal as refusal:
            others.append((refusal.status, refusal.retry))
        return first if snapshots[-1] == "1" else second

    monkeypatch.setattr(numbers, "count", slow)
    assert shared.of_now("one") == shared.of_now("one") == first
    snapshots.append("2")
    assert shared.of_now("one") == second
    assert others == [(503, 5), first]


def test_the_sitemap_leads_to_everything(client: FlaskClient, made: Dataset) -> None:
    """The index names its parts, they name what the dataset holds, and beyond them there is nothing."""
    index = client.get("/sitemap.xml")
    assert index.content_type == "application/xml"
    assert index.get_data(as_text=True).count("<sitemap>") == 2
    assert f"<loc>{BASE}ontology</loc>" in client.get("/sitemap-0.xml").get_data(as_text=True)
    things = client.get("/sitemap-1.xml").get_data(as_text=True)
    assert f"<loc>{BASE}actor/mali</loc>" in things
    for entry in made.articles():
        assert f"<loc>{entry.iri}</loc>" in things
    assert client.get("/sitemap-2.xml").status_code == 404
    assert client.get("/sitemap-99999999999999999999.xml").status_code == 404


def test_robots_are_told_where_the_sitemap_is(client: FlaskClient) -> None:
    """/robots.txt is plain text that names the sitemap."""
    answer = client.get("/robots.txt")
    assert answer.content_type.startswith("text/plain")
    assert f"Sitemap: {BASE}sitemap.xml" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("media", "form"),
    [
        ("application/trig", RdfFormat.TRIG),
        ("application/n-quads", RdfFormat.N_QUADS),
        ("application/ld+json", RdfFormat.JSON_LD),
        ("*/*", RdfFormat.TRIG),
        ("", RdfFormat.TRIG),
    ],
)
def test_each_claim_answers_with_its_nanopublication(
    client: FlaskClient, made: Dataset, media: str, form: RdfFormat
) -> None:
    """A claim's address with `/nanopublication` leads to the one whose name holds its hash, in TriG if nothing else is asked."""
    for claim in claims(made.graphs):
        path = claim.removeprefix(BASE.rstrip("/"))
        lead = client.get(f"{path}/nanopublication")
        assert (lead.status_code, lead.headers["Access-Control-Allow-Origin"]) == (302, "*")
        answer = client.get(
            f"/event/{lead.headers['Location'].removeprefix('../')}",
            headers={"Accept": media} if media else {},
        )
        assert answer.status_code == 200
        assert set(parse(answer.data, format=form)) == set(nanopublication(made.graphs, claim, BASE, About()))


def test_a_nanopublication_that_says_something_else_is_gone(client: FlaskClient, made: Dataset) -> None:
    """Another code of the same claim is 404 and says where the newest is; triples cannot hold one: 406."""
    path = claims(made.graphs)[0].removeprefix(BASE.rstrip("/"))
    gone = client.get(f"{path}/RA{'x' * 43}")
    assert gone.status_code == 404
    assert "/nanopublication" in gone.get_json()["error"]["reason"]
    newest = client.get(f"{path}/nanopublication").headers["Location"].removeprefix("../")
    assert client.get(f"/event/{newest}", headers={"Accept": "text/turtle"}).status_code == 406


@pytest.mark.parametrize(
    ("suffix", "form"),
    [("trig", "trig"), ("nq", "nquads"), ("jsonld", "jsonld"), ("ttl", "turtle"), ("nt", "ntriples")],
)
def test_an_articles_dump_is_that_of_the_command(
    client: FlaskClient, made: Dataset, suffix: str, form: str
) -> None:
    """It has the same bytes as `kg dump --article`."""
    for entry in made.articles():
        out = io.BytesIO()
        made.dump(out, form, entry.id)
        answer = client.get(f"{entry.iri.removeprefix(BASE.rstrip('/'))}/dump.{suffix}")
        assert answer.status_code == 200
        assert answer.data == out.getvalue()


@pytest.mark.parametrize(
    "path",
    [
        "/event/none/nanopublication",
        "/event/a%20b/nanopublication",
        "/event/%3E%20%7D%20DROP%20ALL/nanopublication",
        "/event/service/nanopublication",
        f"/event/none/{'R' * 45}",
        "/article/none/dump.ttl",
        "/article/%22%3E/dump.ttl",
        "/article/none/dump.exe",
    ],
)
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    """Unknown claims and articles, and names that are none, are 404 in the usual shape."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.get_json()["error"]["name"] == "not found"


def test_an_article_that_is_there_has_no_dump_in_an_unknown_format(
    client: FlaskClient, made: Dataset
) -> None:
    """The formats that there are, are named."""
    path = next(made.articles()).iri.removeprefix(BASE.rstrip("/"))
    answer = client.get(f"{path}/dump.exe")
    assert answer.status_code == 404
    assert "ttl, " in answer.get_json()["error"]["reason"]


def test_a_server_without_data_has_a_description(tmp_path: Path) -> None:
    """Before the first ingest everything is counted as 0."""
    application = create_app(Settings(store=str(tmp_path / "none"), base=BASE), Limits())
    try:
        body = application.test_client().get(VOID).data
        sitemap = application.test_client().get("/sitemap.xml").data
    finally:
        application.extensions["communique"].close()
    size = NamedNode("http://rdfs.org/ns/void#triples")
    assert {t.object for t in triples(body, RdfFormat.TURTLE) if t.predicate == size} == {Literal(0)}
    assert sitemap.count(b"<sitemap>") == 1
    assert terms.CQ.encode() not in sitemap
