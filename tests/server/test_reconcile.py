"""The reconciliation service: names of people's tables find our actors, as version 0.2 of the API has it."""

import csv
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.errors import TableError
from kg.linksets.reconcile import open_service, reconcile
from kg.linksets.unlinked import Unlinked
from server.linked.properties import properties

from .conftest import start_server, stop_server
from .sites import BASE, small_site

HERE = Path(__file__).parent
SHAPES = json.loads((HERE / "reconciliation_shapes.json").read_text(encoding="utf-8"))
TABLE = list(csv.DictReader((HERE / "reconcile.csv").read_text(encoding="utf-8").splitlines()))
MORE = """
<actor/twin-one> a cq:Person ; rdfs:label "Twin"@en . <actor/twin-two> a cq:Person ; rdfs:label "Twin"@en .
<actor/linked> a cq:Place ; rdfs:label "Somewhere"@en ; skos:exactMatch <http://www.wikidata.org/entity/arvania-link> .
<actor/ilan-oru> skos:altLabel "Oru"@en .
<actor/evil> a cq:Person ; rdfs:label "<script>alert(1)</script>"@en .
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The site over the questions' dataset and some more names."""
    with small_site(tmp_path_factory.mktemp("names"), MORE) as application:
        yield application


@pytest.fixture
def client(small: Flask) -> FlaskClient:
    """A client of the site."""
    return small.test_client()


def valid(answer: Any, shape: str) -> Any:
    """The answer's JSON, valid by a shape."""
    assert answer.status_code == 200, answer.text
    jsonschema.validate(answer.get_json(), SHAPES[shape] | {"$defs": SHAPES["$defs"]})
    return answer.get_json()


def ask(client: FlaskClient, **queries: Any) -> Any:
    """The results of a batch that is posted as a form."""
    answer = client.post("/reconcile", data={"queries": json.dumps(queries)})
    return {key: found["result"] for key, found in valid(answer, "results").items()}


def test_without_a_query_the_manifest_tells_where_everything_is(client: FlaskClient) -> None:
    """And each of its addresses answers, for clients on any site."""
    answer = client.get("/reconcile")
    manifest = valid(answer, "manifest")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (manifest["identifierSpace"], manifest["schemaSpace"]) == (
        BASE,
        "https://w3id.org/communique/ontology#",
    )
    for service in manifest["suggest"].values():
        valid(client.get(service["service_url"] + service["service_path"] + "?prefix=a"), "entities")
    preview = client.get(manifest["preview"]["url"].replace("{{id}}", quote("actor/arvania", safe="")))
    assert "Republic of Arvania" in preview.text
    view = manifest["view"]["url"].replace("{{id}}", quote("actor/arvania", safe=""))
    assert client.get(view).status_code == 303


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["why"])
def test_a_name_finds_who_is_meant(client: FlaskClient, row: dict[str, str]) -> None:
    """The likeliest candidate, and whether it is sure enough to be linked without a look."""
    query: dict[str, Any] = {"query": row["query"]}
    query |= {"type": row["type"]} if row["type"] else {}
    query |= {"type_strict": row["strict"]} if row["strict"] else {}
    query |= {"properties": [{"pid": row["pid"], "v": row["value"]}]} if row["pid"] else {}
    found = ask(client, q=query)["q"]
    assert (found[0]["id"] if found else "") == row["best"]
    assert [one["match"] for one in found[:1]] == ([row["match"] == "yes"] if row["best"] else [])
    assert not any(one["match"] for one in found[1:])
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)


def test_a_query_without_a_name_is_found_by_its_properties(client: FlaskClient) -> None:
    """An identifier of another dataset is enough."""
    found = ask(client, q={"properties": [{"pid": "wikidata", "v": "arvania-link"}]})["q"]
    assert [(one["id"], one["match"]) for one in found] == [("actor/linked", True)]


def test_get_and_post_give_the_same_and_limit_is_kept(client: FlaskClient) -> None:
    """In the query string or as a form."""
    queries = {"a": {"query": "Arvania", "limit": 1}, "b": {"query": "Belmora"}}
    asked = client.get("/reconcile", query_string={"queries": json.dumps(queries)})
    assert {key: found["result"] for key, found in valid(asked, "results").items()} == ask(client, **queries)
    assert len(asked.get_json()["a"]["result"]) == 1


def test_a_table_is_extended_by_properties(client: FlaskClient) -> None:
    """Text, entities, dates and numbers, by id or IRI; of who is not here every cell is empty."""
    wanted = [{"id": id} for id in ("country", "type", "first-event", "events", "same-as", "iri", "party")]
    ids = ["actor/presidential-guard", f"{BASE}actor/arvania", "agreement/lake-treaty", "actor/never", "../x"]
    answer = client.post("/reconcile", data={"extend": json.dumps({"ids": ids, "properties": wanted})})
    rows = valid(answer, "extension")["rows"]
    assert rows[ids[0]]["country"] == [{"id": "actor/arvania", "name": "Arvania"}]
    assert rows[ids[0]]["first-event"] == [{"date": "2031-03-03T00:00:00Z"}]
    assert rows[ids[0]]["events"] == [{"int": 3}]
    assert rows[ids[1]]["same-as"] == [{"str": "http://example.org/arvania"}]
    assert rows[ids[1]]["country"] == [{"id": "actor/arvania", "name": "Arvania"}]
    assert [party["id"] for party in rows[ids[2]]["party"]] == ["actor/arvania", "actor/belmora"]
    assert all(not cell for id in ids[3:] for cell in rows[id].values())


def test_what_begins_so_is_suggested(client: FlaskClient) -> None:
    """Things by any of their names, kinds and properties by theirs; from a cursor on."""

    def suggested(what: str, **asked: str) -> list[str]:
        answer = client.get(f"/reconcile/suggest/{what}", query_string=asked)
        return [one["id"] for one in valid(answer, "entities")["result"]]

    assert suggested("entity", prefix="arv")[0] == "actor/arvania"
    assert "actor/arvania" in suggested("entity", prefix="republ")
    assert suggested("entity", prefix="", cursor="2") == suggested("entity", prefix="")[2:] + suggested("entity", prefix="", cursor="20")[:2]  # fmt: skip
    assert suggested("entity", prefix="ilan", type="State") == []
    assert "State" in suggested("type", prefix="sta")
    assert suggested("property", prefix="wiki") == ["wikidata"]
    proposed = client.get("/reconcile/propose?type=State&limit=2").get_json()
    assert (proposed["type"], len(proposed["properties"])) == ("State", 2)


def test_previews_and_flyouts_escape_names_and_may_be_framed(client: FlaskClient) -> None:
    """A client shows them inside its own page."""
    preview = client.get("/reconcile/preview?id=actor/evil")
    assert "&lt;script&gt;" in preview.text
    assert "<script" not in preview.text
    assert "frame-ancestors *" in preview.headers["Content-Security-Policy"]
    flyout = client.get("/reconcile/flyout/entity?id=actor/evil").get_json()
    assert flyout["id"] == "actor/evil"
    assert "<script" not in flyout["html"]
    assert "state" in client.get("/reconcile/flyout/type?id=State").get_json()["html"]
    assert client.get("/reconcile/preview?id=actor/never").status_code == 404
    assert client.get("/reconcile/flyout/entity?id=%3Cx%3E").status_code == 404


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"queries": "{"}, 400), ({"queries": "[" * 100_000}, 400), ({"queries": "[]"}, 400), ({"queries": '{"q": 1}'}, 400),
        ({"queries": '{"q": {"query": ""}}'}, 400), ({"queries": '{"q": {"query": 7}}'}, 400),
        ({"queries": '{"q": {"query": "a", "limit": 0}}'}, 400), ({"queries": '{"q": {"query": "a", "limit": NaN}}'}, 400),
        ({"queries": '{"q": {"query": "a", "type": 3}}'}, 400), ({"queries": '{"q": {"query": "a", "type_strict": "x"}}'}, 400),
        ({"queries": '{"q": {"query": "a", "properties": [{}]}}'}, 400), ({"queries": '{"q": {"query": "a", "properties": 1}}'}, 400),
        ({"queries": json.dumps({str(n): {"query": "a"} for n in range(51)})}, 413), ({"queries": "x" * 300_000}, 413),
        ({"extend": "{}"}, 400), ({"extend": '{"ids": ["actor/x"], "properties": [{"id": "no"}]}'}, 400),
        ({"extend": '{"ids": [1], "properties": []}'}, 400), ({"extend": '{"ids": [], "properties": [{}]}'}, 400),
        ({"extend": json.dumps({"ids": ["a"] * 201, "properties": []})}, 413),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused_with_a_reason(
    client: FlaskClient, form: dict[str, str], status: int
) -> None:
    """What is no JSON, not what the specification has, or too much."""
    answer = client.post("/reconcile", data=form)
    assert answer.status_code == status
    assert answer.get_json()["error"]["reason"]


@given(name=st.text(max_size=400), value=st.text(max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_is_answered(client: FlaskClient, name: str, value: str) -> None:
    """Whatever stands in a cell of a table."""
    query = {"query": name, "properties": [{"pid": "country", "v": value}]}
    assert "q" in ask(client, q=query)


def test_new_names_are_found_once_they_are_served(tmp_path: Path) -> None:
    """Names belong to a dataset: another application finds its own."""
    for number in (1, 2):
        more = f'<actor/new-{number}> a cq:Person ; rdfs:label "Newly Known"@en .'
        with small_site(tmp_path / str(number), more) as application:
            found = ask(application.test_client(), q={"query": "Newly Known"})["q"]
            assert [one["id"] for one in found] == [f"actor/new-{number}"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server over the dataset."""
    folder = tmp_path_factory.mktemp("service")
    with small_site(folder, MORE):
        pass
    server = start_server(folder / "store", folder / "log", KG_BASE=BASE)
    yield f"{server.base}/reconcile"
    stop_server(server)


def test_the_python_client_reconciles_a_column(address: str) -> None:
    """The package `reconciler` gets candidates for a column of a data frame, by type and property."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside the client are its own
        reconciler = pytest.importorskip("reconciler", reason="pip install reconciler, a client for the test")
        import pandas  # type: ignore[import-untyped,unused-ignore]

        frame = pandas.DataFrame({"who": ["Presidential Guard", "Belmora"], "where": ["Arvania", "Belmora"]})
        found = reconciler.reconcile(
            frame["who"], property_mapping={"country": frame["where"]}, reconciliation_endpoint=address
        )
    assert list(found["id"]) == ["actor/presidential-guard", "actor/belmora"]
    assert list(found["match"]) == [True, True]


def test_kg_link_finds_our_actors_through_the_service(address: str) -> None:
    """The project's own client of the API reads what the project's own service says."""
    service = open_service(address)
    (actor, proposals), *_ = reconcile(service, [Unlinked(f"{BASE}actor/x", "State", ("Belmora",), None)])
    assert actor.names == ("Belmora",)
    assert [(one.iri, one.sure) for one in proposals[:1]] == [(f"{BASE}actor/belmora", True)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[property]]\nid = 'x'\n",
        "[[property]]\nid='x'\nname='x'\ndescription='x'\nkind='shape'\nquery='VALUES ?x { }'\n",
    ],
)
def test_a_broken_table_of_properties_is_refused(tmp_path: Path, text: str) -> None:
    """By its file."""
    table = tmp_path / "properties.toml"
    table.write_text(text)
    with pytest.raises(TableError, match=r"properties\.toml"):
        properties(table)
