"""What the project mints answers at its own address: a description in every form, and nothing quoted told as fact."""

import csv
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pyoxigraph as ox
import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from kg.dataset.store import Dataset
from kg.pipeline import Pipeline
from kg.read import read
from kg.settings import Settings

from .conftest import EXAMPLE, ROOT, build_store, start_server, stop_server
from .sites import BASE, site, small_site

FORMS = {
    "html": "text/html",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
}
WITH_GRAPHS = {"trig": ox.RdfFormat.TRIG, "nq": ox.RdfFormat.N_QUADS, "jsonld": ox.RdfFormat.JSON_LD}
FLAT = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML}
SEED = ROOT / "seeds" / "00-mali-france.txt"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
ACCEPT = list(
    csv.DictReader((Path(__file__).parent / "linked_accept.csv").read_text(encoding="utf-8").splitlines())
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The site over the questions' dataset."""
    with small_site(tmp_path_factory.mktemp("small")) as application:
        yield application


@pytest.fixture
def client(small: Flask) -> FlaskClient:
    """A client of the small site."""
    return small.test_client()


@pytest.fixture(scope="module")
def seed_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seed article as `kg ingest` stores it."""
    folder = tmp_path_factory.mktemp("seed") / "store"
    pipeline = Pipeline(Settings())
    with Dataset.open(str(folder), writable=True) as dataset:
        for extraction in pipeline.extract_many(read([SEED])):  # type: ignore[arg-type]
            dataset.ingest(extraction)  # type: ignore[arg-type]
    return folder


@pytest.fixture(scope="module")
def seeded(seed_store: Path) -> Iterator[Flask]:
    """The site over the seed article."""
    with site(seed_store) as application:
        yield application


def nodes(quads: list[ox.Quad]) -> set[str]:
    """The IRIs in all places of these quads."""
    return {node.value for quad in quads for node in quad if isinstance(node, ox.NamedNode)}


def get(client: FlaskClient, path: str, accept: str = "*/*") -> TestResponse:
    """An answer, redirects followed."""
    return client.get(path, headers={"Accept": accept}, follow_redirects=True)


class Page(HTMLParser):
    """What tests want to know of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.data: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep ids, links and scripts."""
        named = dict(attrs)
        self.ids += [named["id"]] if named.get("id") else []  # type: ignore[list-item]
        self.links += [named["href"]] if tag == "a" and named.get("href") else []  # type: ignore[list-item]
        self.scripts += [named] if tag == "script" else []
        self._in_script = tag == "script"

    def handle_data(self, data: str) -> None:
        """Keep what scripts hold."""
        self.data += [data] if self._in_script else []
        self._in_script = False


def test_every_iri_of_the_dump_leads_to_descriptions_that_hold_it(seeded: Flask) -> None:
    """In five forms: of an IRI with a fragment the document without it, which has the fragment."""
    client = seeded.test_client()
    minted = {iri for iri in nodes(list(ox.parse(client.get("/dump.nq").data, format=ox.RdfFormat.N_QUADS))) if iri.startswith(BASE)}  # fmt: skip
    assert len(minted) > 100
    documents: dict[str, dict[str, TestResponse]] = {}
    for iri in sorted(minted):
        thing, _, fragment = iri.partition("#")
        path = thing.removeprefix(BASE)
        if path not in documents:
            documents[path] = {form: get(client, f"/{path}", kind) for form, kind in FORMS.items()}
        for form, answer in documents[path].items():
            assert answer.status_code == 200, (iri, form)
            assert answer.content_type.startswith(FORMS[form]), (iri, form)
            if form == "html":
                assert (
                    fragment in Page(answer.text).ids if fragment else f"<code>{thing}</code>" in answer.text
                )
            else:
                parser = FLAT.get(form, ox.RdfFormat.JSON_LD)
                assert iri in nodes(list(ox.parse(answer.data, format=parser))), (iri, form)


@pytest.mark.parametrize("form", FLAT)
def test_what_is_quoted_is_never_flattened_into_facts(seeded: Flask, small: Flask, form: str) -> None:
    """No statement of a claim's or scenario's graph is in a form without graphs; that there is more is said."""
    for application in (seeded, small):
        client = application.test_client()
        dump = list(ox.parse(client.get("/dump.nq").data, format=ox.RdfFormat.N_QUADS))
        plain = {q.triple for q in dump if isinstance(q.graph_name, ox.DefaultGraph) or "/article/" in q.graph_name.value and "#" not in q.graph_name.value}  # fmt: skip
        quoted = [q for q in dump if q.triple not in plain]
        assert quoted
        for iri in sorted(
            {q.subject.value for q in quoted} | {q.graph_name.value.partition("#")[0] for q in quoted}
        ):
            text = client.get(f"/{iri.removeprefix(BASE)}.{form}").data
            told = {q.triple for q in ox.parse(text, format=FLAT[form])}
            assert not told & {q.triple for q in quoted}, iri
            assert any(t.object == ox.NamedNode(f"{iri}.trig") for t in told), iri


@pytest.mark.parametrize("form", WITH_GRAPHS)
def test_a_claim_is_shown_with_its_own_graph(client: FlaskClient, form: str) -> None:
    """Forms with graphs hold what the claim says in the graph that it names, and nowhere else."""
    claim = f"{BASE}event/2031-05-accusation-arvania-belmora"
    quads = list(ox.parse(client.get(f"/{claim.removeprefix(BASE)}.{form}").data, format=WITH_GRAPHS[form]))
    drones = ox.NamedNode("https://w3id.org/communique/ontology#AirspaceViolation")
    assert {q.graph_name for q in quads if q.predicate == TYPE and q.object == drones} == {
        ox.NamedNode(claim)
    }


def test_an_actor_holds_what_it_did_said_and_was_accused_of(client: FlaskClient) -> None:
    """With the passages, on its page and in its data."""
    page = get(client, "/actor/belmora", "text/html").text
    for heading, event in (
        ("What it did", "Belmora expelled the Arvanian ambassador"),
        ("What it said", "Belmora accused Arvania of arming the Northern Front"),
        ("What was said of it", "Arvania accused Belmora of sending drones over Kelda"),
        ("What was done to it", "Government of Arvania renounced the Lake Treaty"),
    ):
        assert event in page.partition(heading)[2].partition("</section>")[0], heading
    assert "Belmora denied having sent drones over Kelda." in page
    triples = [q.triple for q in ox.parse(client.get("/actor/belmora.ttl").data, format=ox.RdfFormat.TURTLE)]
    assert any("It expelled the Arvanian ambassador" in str(t.object) for t in triples)


def test_what_is_only_alleged_stands_apart_on_a_page(client: FlaskClient) -> None:
    """The drones are under what is only said, with who alleges and who denies them."""
    page = get(client, "/actor/belmora", "text/html").text
    drones = "event/2031-airspace-violation-belmora"
    sections = re.findall(r"<section(.*?)</section>", page, re.DOTALL)
    assert [text.startswith(' class="quoted"') for text in sections if f'href="../{drones}"' in text] == [
        True
    ]
    own = get(client, f"/{drones}", "text/html").text
    assert "Nobody&#39;s fact" in own or "Nobody's fact" in own
    assert all(status in own for status in ("alleged by", "denied by"))


def test_an_articles_page_tells_its_sentences_in_order(client: FlaskClient) -> None:
    """Each with its passage, marked so that the passage's IRI leads there; no mark stands twice."""
    page = get(client, "/article/2031-05-08-lake-treaty-falls", "text/html").text
    passages = re.findall(r"<q>(.*?)</q>", page)
    assert passages[0].startswith("The government of Arvania on Monday")
    ids = Page(page).ids
    assert {"r1", "char=0,84"} <= set(ids)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("row", ACCEPT, ids=lambda row: row["accept"] or "nothing")
def test_accept_decides_where_a_thing_leads(client: FlaskClient, row: dict[str, str]) -> None:
    """303 to the document in the form that is wanted most, 406 where there is none."""
    answer = client.get("/actor/arvania", headers={"Accept": row["accept"]} if row["accept"] else {})
    if row["suffix"] == "406":
        assert answer.status_code == 406
        return
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/actor/arvania.{row['suffix']}")
    assert "accept" in answer.headers["Vary"].lower()


def test_links_name_the_thing_and_its_other_forms(client: FlaskClient) -> None:
    """Link headers: describedby from the thing, describes, alternate and canonical from a document; CORS on both."""
    thing, document = client.get("/actor/arvania"), client.get("/actor/arvania.rdf")
    assert '<./arvania.ttl>; rel="describedby"; type="text/turtle"' in thing.headers.getlist("Link")
    links = document.headers.getlist("Link")
    assert '<./arvania>; rel="describes"' in links
    assert f'<{BASE}actor/arvania.rdf>; rel="canonical"' in links
    assert '<./arvania.jsonld>; rel="alternate"; type="application/ld+json"' in links
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in (thing, document)} == {"*"}


def test_a_document_is_not_sent_again_unless_it_changed(client: FlaskClient) -> None:
    """ETag and 304, another tag for another form; HEAD has no body."""
    first = client.get("/actor/arvania.ttl")
    again = client.get("/actor/arvania.ttl", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/actor/arvania.nt").headers["ETag"] != first.headers["ETag"]
    head = client.head("/actor/arvania.ttl")
    assert (head.status_code, head.data) == (200, b"")


def test_the_same_dataset_gives_the_same_documents(tmp_path: Path) -> None:
    """Byte for byte, from another store made of the same statements."""
    paths = [f"/actor/belmora.{form}" for form in (*FORMS, "trig", "nq")]
    texts = []
    for name in ("one", "other"):
        with small_site(tmp_path / name) as application:
            texts.append([application.test_client().get(path).data for path in paths])
    assert texts[0] == texts[1]


def test_what_never_was_is_404_and_what_was_deleted_is_410(seed_store: Path) -> None:
    """An article that was deleted takes its events with it: they are gone, not unknown."""
    with Dataset.open(str(seed_store), writable=True) as dataset:
        article = dataset.article_graph(SEED.name)
        assert article
        dataset.publish()
        dataset.delete(SEED.name)
    with site(seed_store) as application:
        client = application.test_client()
        gone, never = client.get(f"/{article.removeprefix(BASE)}"), client.get("/article/never-written")
        assert (gone.status_code, never.status_code) == (410, 404)
        assert gone.get_json()["error"]["reason"]
        page = client.get("/event/never.html", headers={"Accept": "text/html"})
        assert (page.status_code, "text/html" in page.content_type) == (404, True)


def test_the_path_decides_wherever_the_dataset_is_served(tmp_path: Path) -> None:
    """IRIs of another host, with a path before them, answer here; links of the page stay here, IRIs stay what they are."""
    base = "https://kg.example/news/"
    with small_site(tmp_path, base=base) as application:
        client = application.test_client()
        assert client.get("/actor/arvania").headers["Location"] == "./arvania.ttl"
        page = client.get("/actor/arvania.html")
        assert f"<code>{base}actor/arvania</code>" in page.text
        own = [link for link in Page(page.text).links if "example.org" not in link]
        assert own
        assert all(not link.startswith(("/", "http")) for link in own)
        turtle = client.get("/actor/arvania.ttl")
        assert f"{base}actor/arvania" in nodes(list(ox.parse(turtle.data, format=ox.RdfFormat.TURTLE)))
        assert f'<{base}actor/arvania.ttl>; rel="canonical"' in turtle.headers.getlist("Link")


def test_a_page_escapes_what_articles_say_and_runs_no_script_of_theirs(tmp_path: Path) -> None:
    """Names with markup stay text, also inside the JSON-LD of the page, which is valid."""
    evil = '</script><script>alert(1)</script><img src=x onerror=alert(2)> & \\"x\\" \u2028'
    more = f'\n<actor/evil> a cq:Person ; rdfs:label "{evil}"@en ; skos:exactMatch <javascript:alert(3)> .\n'
    with small_site(tmp_path, more) as application:
        answer = get(application.test_client(), "/actor/evil", "text/html")
        page = Page(answer.text)
    assert [script.get("type") for script in page.scripts] == ["application/ld+json"]
    record = json.loads(page.data[0])
    assert (record["@type"], record["name"][:9]) == ("Person", "</script>")
    assert "<img" not in answer.text
    assert not [link for link in page.links if link.startswith("javascript:")]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_schema_org_speaks_only_of_what_is_held_to_be_so(client: FlaskClient) -> None:
    """A state is a country, a claim a claim with its words; what is only alleged is no event."""

    def record(path: str) -> dict[str, object]:
        return json.loads(Page(get(client, path, "text/html").text).data[0])  # type: ignore[no-any-return]

    assert record("/actor/arvania")["@type"] == "Country"
    claim = record("/event/2031-05-accusation-arvania-belmora")
    assert (claim["@type"], claim["text"]) == ("Claim", "sending drones over Kelda")
    assert record("/event/2031-airspace-violation-belmora")["@type"] == "Thing"
    assert record("/event/2031-03-03-coup-presidential-guard")["startDate"] == "2031-03-03"


def test_a_much_mentioned_actor_is_described_page_by_page(tmp_path: Path) -> None:
    """No document holds more than a page of what points to it; the next one is linked, and together they hold all."""
    events = [f"event/{number:03}" for number in range(250)]
    more = "\n".join(
        f'<{event}> a cq:Meeting ; rdfs:label "m"@en ; cq:agent <actor/castria> .' for event in events
    )
    found: list[str] = []
    with small_site(tmp_path, more) as application:
        client, path = application.test_client(), "/actor/castria.nt"
        while path:
            answer = client.get(path)
            found += [event for event in events if f"<{BASE}{event}>".encode() in answer.data]
            links = " ".join(answer.headers.getlist("Link"))
            following = re.search(r'<\./(castria\.nt\?page=\d+)>; rel="next"', links)
            path = f"/actor/{following[1]}" if following else ""
        assert client.get("/actor/castria.nt?page=9").status_code == 404
        assert client.get("/actor/castria.nt?page=0").status_code == 400
    assert sorted(found) == events


def test_graphs_of_users_have_no_say_in_descriptions(tmp_path: Path) -> None:
    """Whatever somebody keeps in a graph of their own about our actors stays there."""
    mine = '<actor/arvania> rdfs:label "hijacked"@en . <x:r> cq:reports <event/2031-05-08-expulsion-belmora> ; cq:status cq:Denied .'
    more = f"\nGRAPH <http://example.org/mine> {{ {mine} }}\nGRAPH <{BASE}data/7> {{ {mine} }}\n"
    with small_site(tmp_path, more) as application:
        client = application.test_client()
        for form in (*FORMS, "trig"):
            assert "hijacked" not in client.get(f"/actor/arvania.{form}").text
            assert "x:r" not in client.get(f"/event/2031-05-08-expulsion-belmora.{form}").text


def test_reviewed_links_and_bare_graphs_answer_too(tmp_path: Path) -> None:
    """What people have decided of links is no quotation; a graph without a description is described by what it holds."""
    note = "<links/reviewed#n1> a owl:Axiom ; owl:annotatedSource <actor/arvania> ."
    more = f"""
@prefix owl: <http://www.w3.org/2002/07/owl#> .
GRAPH <links/reviewed> {{ <actor/arvania> skos:closeMatch <http://example.org/other> . {note} }}
GRAPH <scenario/bare> {{ <event/bare> a cq:Meeting . }}
"""
    with small_site(tmp_path, more) as application:
        client = application.test_client()
        links = client.get("/links/reviewed.ttl")
        assert "http://example.org/other" in nodes(list(ox.parse(links.data, format=ox.RdfFormat.TURTLE)))
        assert "n1" in Page(get(client, "/links/reviewed", "text/html").text).ids
        assert get(client, "/scenario/bare", "application/trig").status_code == 200
        assert f"{BASE}event/bare".encode() not in client.get("/scenario/bare.nt").data


def test_browsers_of_other_sites_may_ask(client: FlaskClient) -> None:
    """A preflight is answered with what is allowed here."""
    answer = client.options("/actor/arvania.ttl")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert "DELETE" not in answer.headers["Allow"]


def test_names_that_look_like_calls_are_answered(tmp_path: Path) -> None:
    """The guard against SERVICE and LOAD does not refuse an actor that is called so."""
    more = '\n<actor/secret-service> a cq:Organisation ; rdfs:label "Secret Service"@en .\n<event/down-load> a cq:Meeting ; rdfs:label "m"@en ; cq:agent <actor/secret-service> .\n'
    with small_site(tmp_path, more) as application:
        client = application.test_client()
        assert get(client, "/actor/secret-service").status_code == 200
        assert get(client, "/event/down-load").status_code == 200


def test_rdf_xml_stays_readable_whatever_a_text_holds(tmp_path: Path) -> None:
    """A character that XML cannot hold is replaced there, and kept elsewhere."""
    more = '\n<actor/odd> a cq:Person ; rdfs:label "a\\u0001b"@en .\n'
    with small_site(tmp_path, more) as application:
        client = application.test_client()
        labels = {
            form: {q.object.value for q in ox.parse(client.get(f"/actor/odd.{form}").data, format=parser) if q.predicate.value == LABEL}
            for form, parser in FLAT.items()
        }  # fmt: skip
    assert "a\ufffdb" in labels["rdf"]
    assert "a\u0001b" in labels["ttl"] & labels["nt"]


@pytest.mark.parametrize(
    "path",
    [
        "/actor/../../etc/passwd", "/actor/%2e%2e/%2e%2e/etc/passwd", "/actor/..%2f..%2fetc%2fpasswd", "/actor/x%00y",
        "/actor/x%0d%0aSet-Cookie:%20a=b", "/actor/%3Cscript%3E", "/actor/x%3E%20.%20%3Cy", "/actor/%ff%fe", "/actor/%", "/actor/%zz",
        "/actor//x", "/actor/" + "x" * 9000, "/actor/.ttl", "/actor/...html", "/actor/x%22y.html", "/actor/%7B%7D", "/actor/a%5Cb",
        "/event/%E2%80%AE", "/links/x.trig", "/scenario/x?page=2", "/actor/x.exe", "/actor/\N{KELVIN SIGN}",
    ],
)  # fmt: skip
def test_hostile_paths_are_not_found(client: FlaskClient, path: str) -> None:
    """Traversal, control characters, queries in names, broken encoding and great length: 404, and no header is made of them."""
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers
    assert "passwd" not in str(answer.headers)


@given(accept=st.text(max_size=80), page=st.text(max_size=6), path=st.text(max_size=30))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_header_or_path_makes_an_error_of_the_servers_own(
    client: FlaskClient, accept: str, page: str, path: str
) -> None:
    """Any Accept, page and path is answered or refused."""
    header = accept.encode("utf-8", "ignore").decode("latin-1").translate(dict.fromkeys(range(32)))
    for address in ("/actor/arvania", f"/event/{path.encode('utf-8', 'ignore').decode()}"):
        answer = client.get(
            address.split("?")[0],
            query_string={"page": page.encode("utf-8", "ignore")},
            headers={"Accept": header},
        )
        assert answer.status_code in (200, 303, 308, 400, 404, 406)


def test_the_production_server_answers_the_same(tmp_path: Path) -> None:
    """Through Granian, over a dataset with IRIs of another host: 303, the document, and 404 for encoded traversal."""
    build_store(tmp_path / "store", EXAMPLE)
    server = start_server(tmp_path / "store", tmp_path / "log", KG_BASE=BASE)
    try:
        answer = requests.get(f"{server.base}/actor/norl%61nd", headers={"Accept": "text/turtle"}, timeout=10)
        assert (answer.status_code, answer.url) == (200, f"{server.base}/actor/norland.ttl")
        assert f"{BASE}actor/norland" in nodes(list(ox.parse(answer.content, format=ox.RdfFormat.TURTLE)))
        hostile = requests.get(f"{server.base}/actor/%2e%2e%2f%0d%0ax:y", timeout=10)
        assert hostile.status_code == 404
    finally:
        stop_server(server)
