"""Links from outside services: reconciliation, SPARQL, and the refresh of the authority's tables; all over real sockets."""

import csv
import io
import json
import re
import shutil
from datetime import date
from pathlib import Path
from time import sleep
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from pyoxigraph import Literal, NamedNode

from kg.authority import ENTRY_TABLES, FOLDER
from kg.check_tables import check_tables
from kg.cli import main
from kg.dataset.store import Dataset
from kg.errors import OutsideError, TableError
from kg.linksets import fetch as door
from kg.linksets.ask import BATCH, ask, fill, read_query
from kg.linksets.compare import Proposal, compare
from kg.linksets.confidence import weights
from kg.linksets.fetch import fetch
from kg.linksets.links import CLOSE, EXACT
from kg.linksets.mapping import FOLDER as MAPPINGS
from kg.linksets.propose import from_endpoint, from_service
from kg.linksets.reconcile import open_service, reconcile
from kg.linksets.refresh import QUERIES, TABLES, refresh, write_review
from kg.linksets.unlinked import Unlinked, unlinked
from tests.kg.datasets import dataset
from tests.kg.extractions import Telling
from tests.kg.services import WD, answering, dripping, reconciling, saying, serving

LEAGUE, ORU = "Grey League", "Tamsin Oru"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asks loopback itself, whatever the environment says."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def telling() -> Telling:
    """An article of a person and a group that nobody knows, a linked state, and some nameless men."""
    made = Telling("a.txt", "Tamsin Oru of Mali warned the Grey League. Four men watched.", date(2031, 5, 5))
    oru = made.actor(ORU, "Person", "MLI")
    league = made.actor(LEAGUE, "ArmedGroup", names=("the League of the Grey",))
    made.actor("Mali", "State", "MLI", "state/MLI", links=(f"{WD}Q912",))
    made.actor("Four men", "Person", named=False)
    made.event("Threat", "warned", agents=(oru,), targets=(league,))
    return made


@pytest.fixture
def known() -> Dataset:
    """A dataset that holds the article."""
    return dataset(telling().done())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in a folder."""
    folder = tmp_path_factory.mktemp("store") / "kg-data"
    with Dataset.open(str(folder), writable=True) as made:
        made.ingest(telling().done())
    return folder


def run(*arguments: object) -> Result:
    """Calls `kg` with these arguments."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def candidate(id: str, name: str, score: float = 90.0, match: bool = True, **more: Any) -> dict[str, Any]:
    """A candidate as services give them."""
    return {
        "id": id,
        "name": name,
        "score": score,
        "match": match,
        "type": [{"id": "Q5", "name": "human"}],
    } | more


# -- who is asked for


def test_only_named_actors_without_a_link_are_asked_for(known: Dataset) -> None:
    """Linked and nameless actors are left alone; the others are asked for by their names and state."""
    asked = [(actor.names, actor.kind, actor.state) for actor in unlinked(known.graphs)]
    assert asked == [((LEAGUE, "the League of the Grey"), "ArmedGroup", None), ((ORU,), "Person", "Mali")]


@pytest.mark.parametrize(
    ("proposals", "expected"),
    [
        ([("1", "Tamsin Oru", True)], [(EXACT, 1.0)]),
        ([("1", "TAMSÍN ORU", True)], [(EXACT, 1.0)]),
        ([("1", "Tamsin Oru", False)], [(CLOSE, 0.75)]),
        ([("1", "Tamsin Oru", True), ("2", "Tamsin Oru", False)], [(CLOSE, 0.6), (CLOSE, 0.45)]),
        ([("1", "Tamsen Oru", True)], [(CLOSE, 0.3)]),
        ([("1", "Tamsin Ooru", True)], [(CLOSE, 0.9)]),
        ([("1", "Oru", True)], [(CLOSE, 0.6)]),
        ([("1", "", True)], [(CLOSE, 0.3)]),
    ],
)
def test_how_sure_a_proposal_is(
    proposals: list[tuple[str, str, bool]], expected: list[tuple[str, float]]
) -> None:
    """It is exact only where the service is sure and nobody else has the name; else names and service say how close."""
    actor = Unlinked("http://localhost:8000/actor/oru", "Person", (ORU,), None)
    given = [Proposal(f"https://x.example/{id}", (name,), sure, "") for id, name, sure in proposals]
    links = compare(actor, given, weights(), "https://x.example/")
    assert [(link.predicate, link.confidence) for link in links] == expected


# -- reconciliation


def test_reconciliation_asks_by_type_and_state(known: Dataset) -> None:
    """One request holds many queries, each valid by the specification, with the type and state that the schema has."""
    with serving(reconciling({ORU: [candidate("Q7", ORU)]})) as service:
        proposed = from_service(known, service.address)
    assert [path for path, _ in service.seen] == ["/", "/"]
    queries = json.loads(service.seen[1][1]["queries"])
    jsonschema.validate(queries, QUERY_SCHEMA)
    assert queries["q0"] == {"query": LEAGUE, "limit": 5, "type": "Q43229", "type_strict": "should"}
    assert queries["q1"]["properties"] == [{"pid": "P27", "v": "Mali"}]
    assert [(one.object, one.predicate, one.object_label) for one in proposed.linkset.links] == [
        (f"{WD}Q7", EXACT, ORU)
    ]
    assert "score 90; human" in proposed.linkset.links[0].comment
    assert proposed.asked == 2


def test_another_schema_is_asked_by_name_alone(known: Dataset) -> None:
    """A service of a schema that no profile has is asked by name; its ids become IRIs by its page."""
    with serving(
        reconciling({ORU: [candidate("o/7 x", ORU)]}, schemaSpace="urn:x", identifierSpace="urn:y")
    ) as service:
        proposed = from_service(known, service.address)
    assert json.loads(service.seen[1][1]["queries"])["q1"] == {"query": ORU, "limit": 5}
    assert [one.object for one in proposed.linkset.links] == ["https://authority.example/page/o/7%20x"]


def test_reconciliation_in_batches() -> None:
    """Many actors are asked for in several requests, and each gets its own answer."""
    actors = [
        Unlinked(f"http://localhost:8000/actor/{n:02}", "Person", (f"Oru {n}",), None) for n in range(45)
    ]
    known = {f"Oru {n}": [candidate(f"Q{n}", f"Oru {n}")] for n in range(45)}
    with serving(reconciling(known)) as service:
        found = dict(reconcile(open_service(service.address), actors))
    assert len(service.seen) == 4
    assert [proposals[0].iri for proposals in found.values()] == [f"{WD}Q{n}" for n in range(45)]


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ({"versions": ["0.1"]}, "speaks ['0.1'] of the Reconciliation API; wanted 0.2"),
        ({"versions": None}, "speaks ['0.1'] of the Reconciliation API; wanted 0.2"),
        ({"identifierSpace": None}, "its manifest lacks identifierSpace"),
    ],
)
def test_services_of_another_version(manifest: dict[str, Any], told: str) -> None:
    """A service that does not speak version 0.2 is refused before it is asked anything."""
    with serving(reconciling({}, **manifest)) as service, pytest.raises(OutsideError) as refused:
        open_service(service.address)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"id": 7, "name": ORU, "score": 1}, "a candidate without id or name"),
        ({"id": "Q7", "name": ORU}, "the candidate 'Q7' has no score"),
        ({"id": "Q7", "name": ORU, "score": True}, "the candidate 'Q7' has no score"),
        ({"id": "http://x y/\n", "name": ORU, "score": 1}, "is no IRI that a link can lead to"),
        ("Q7", "a candidate without id or name"),
    ],
)
def test_candidates_that_are_none(result: Any, told: str, known: Dataset) -> None:
    """What a service may not answer by the specification is an error that says what it was."""
    with serving(reconciling({ORU: [result]})) as service, pytest.raises(OutsideError) as refused:
        from_service(known, service.address)
    assert told in str(refused.value)


def test_reconcile_command(store: Path, tmp_path: Path) -> None:
    """`kg link --reconcile` writes the links, and what it proposes for review; what is accepted is asked for no more."""
    kept, review = tmp_path / "kg-data", tmp_path / "r.sssom.tsv"
    shutil.copytree(store, kept)
    answers = {ORU: [candidate("Q7", ORU)], LEAGUE: [candidate("Q8", "League", match=False)]}
    with serving(reconciling(answers)) as service:
        first = run("link", "--reconcile", service.address, "--store", kept, "--review", review)
        assert (first.exit_code, first.stderr) == (0, "2 asked for: 1 link of 2 candidates\n")
        assert "skos:exactMatch wd:Q7" in first.stdout
        assert "wd:Q8" not in first.stdout
        head, _, rows = review.read_text(encoding="utf-8").partition("subject_id")
        assert f"#other: {service.address}" in head.replace("source=", "").replace('"', "")
        review.write_text(
            head + "subject_id" + rows.replace("skos:exactMatch", "owl:sameAs"), encoding="utf-8"
        )
        assert (
            run("link", "--accept", review, "--store", kept).stderr == "1 accepted, 0 rejected, 1 undecided\n"
        )
        again = run("link", "--reconcile", service.address, "--store", kept)
        assert again.stderr == "1 asked for: 0 links of 1 candidate\n"


# -- SPARQL

PEOPLE = f"""
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix schema: <http://schema.org/> . @prefix wd: <{WD}> . @prefix wdt: <http://www.wikidata.org/prop/direct/> .
wd:Q7 wdt:P31 wd:Q5 ; rdfs:label "Tamsin Oru"@en, "Tamsin Oru"@fr ; schema:description "politician"@en .
wd:Q8 wdt:P31 wd:Q99 ; rdfs:label "Tamsin Oru"@en .
wd:Q9 wdt:P31 wd:Q98 ; rdfs:label "Union of the Grey"@en ; skos:altLabel "Grey League"@en .
wd:Q98 wdt:P279 wd:Q43229 .
"""


@pytest.mark.parametrize(
    ("query", "found"),
    [("wikidata-people", ["Q7"]), ("wikidata-organisations", ["Q9"]), ("wikidata-places", [])],
)
def test_shipped_queries(query: str, found: list[str], known: Dataset) -> None:
    """Each shipped query finds things of its kind by their names, and only those."""
    with serving(answering(PEOPLE)) as service:
        proposed = from_endpoint(known, service.address, MAPPINGS / f"{query}.rq")
    assert [one.object.removeprefix(WD) for one in proposed.linkset.links] == found
    assert all(one.predicate == CLOSE for one in proposed.linkset.links)


def test_sparql_command(store: Path) -> None:
    """`kg link --sparql` proposes what the endpoint has; no endpoint is so sure that a link is made unseen, unless one asks."""
    with serving(answering(PEOPLE)) as service:
        arguments = (
            "link",
            "--sparql",
            service.address,
            "--query",
            MAPPINGS / "wikidata-people.rq",
            "--store",
            store,
        )
        assert run(*arguments).stderr == "2 asked for: 0 links of 1 candidate\n"
        low = run(*arguments, "--bar", "0.7")
    assert low.stderr == "2 asked for: 1 link of 1 candidate\n"
    assert "skos:closeMatch wd:Q7" in low.stdout


def test_gap_is_filled_without_harm() -> None:
    """Names with quotes, braces and line ends are literals of the query and nothing else."""
    name = 'x" } INSERT { \\ \n'
    filled = fill("SELECT * { values (?name) { } ?x ?p ?name }", [{"name": Literal(name, language="en")}])
    assert '("x\\" } INSERT { \\\\ \\n"@en)' in filled
    with serving(answering(f"<urn:x> <urn:p> {Literal(name, language='en')} .")) as service:
        rows = list(
            ask(
                service.address,
                "SELECT * { VALUES ?name { } ?x ?p ?name }",
                [{"name": Literal(name, language="en")}],
            )
        )
    assert [row["x"] for row in rows] == [NamedNode("urn:x")]


def test_many_rows_are_asked_in_batches() -> None:
    """Each query has a bounded number of rows in its gap."""
    rows = [{"name": Literal(str(n))} for n in range(2 * BATCH + 1)]
    with serving(answering("")) as service:
        assert list(ask(service.address, "SELECT * { VALUES ?name { } ?x ?p ?name }", rows)) == []
    assert [form["query"].count("(") - 1 for _, form in service.seen] == [BATCH, BATCH, 1]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT * { ?s ?p ?o }", "has 0 gaps; wanted one: VALUES (?actor ?name) { }"),
        ("SELECT * { VALUES ?name { } VALUES ?actor { } }", "has 2 gaps"),
        ("SELECT *\n{ VALUES (?name ?title) { } }", ":2: ?title is nothing that fills the gap"),
    ],
)
def test_queries_without_a_gap(query: str, told: str, tmp_path: Path) -> None:
    """A query without a place for our actors is refused before anything is asked."""
    path = tmp_path / "q.rq"
    path.write_text(query)
    with pytest.raises(TableError, match=re.escape(told)):
        read_query(path, ("actor", "name"))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT ?match { VALUES ?actor { } ?match ?p ?o }", "a row without ?actor or ?match"),
        ("ASK { VALUES ?actor { } }", "answers yes or no; wanted a SELECT"),
        ("SELECT nonsense { VALUES ?actor { } }", "answers 400: "),
        ("SELECT ?actor ?match { VALUES ?actor { } BIND('javascript:1' AS ?match) }", "is no IRI"),
    ],
)
def test_queries_that_give_something_else(query: str, told: str, tmp_path: Path, known: Dataset) -> None:
    """What the endpoint says against a query, or a query's answer that is none, is told."""
    path = tmp_path / "q.rq"
    path.write_text(query)
    with serving(answering(PEOPLE)) as service, pytest.raises(OutsideError) as refused:
        from_endpoint(known, service.address, path)
    assert told in str(refused.value)


# -- the door


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://x.example/",
        "data:,x",
        "x.example",
        "http://",
        "http://a b/",
        "http://u:p@x.example/",
        "http://x:99999/",
        "http://ü.example/",
    ],
)
def test_addresses_that_are_none(address: str) -> None:
    """Only http and https are spoken, to a host, without a password in the address."""
    with pytest.raises(OutsideError):
        fetch(address)


def test_redirects_stay_with_the_host() -> None:
    """A redirect to another host or port is not followed; one on the same host is."""
    with serving(saying(b"{}")) as other:
        with serving(saying(b"", 302, Location=f"{other.address}/x")) as service:
            with pytest.raises(OutsideError, match="another host; name that address itself"):
                fetch(service.address)
            with pytest.raises(OutsideError, match="another host"):
                fetch(service.address, {"query": "x"})
        assert other.seen == []
    with serving(
        lambda request: (
            request.answer(b"", code=302, Location="/there") if request.path == "/" else request.answer(b"ok")
        )
    ) as service:
        assert fetch(f"{service.address}/") == b"ok"
        with pytest.raises(OutsideError, match="leads to"):
            fetch(f"{service.address}/", {"query": "x"})


def test_redirects_end() -> None:
    """A service that leads in a circle is given up."""
    with (
        serving(saying(b"", 302, Location="/again")) as service,
        pytest.raises(OutsideError, match="redirect"),
    ):
        fetch(service.address)
    assert len(service.seen) < 10


def test_answers_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is too long is given up."""
    monkeypatch.setattr(door, "BYTES", 1 << 20)
    with (
        serving(saying(b"x" * (3 << 20))) as service,
        pytest.raises(OutsideError, match="answers more than 1 MiB"),
    ):
        fetch(service.address)


def test_silence_and_slowness_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that says nothing, or never comes to an end, is given up."""
    monkeypatch.setattr(door, "SECONDS", 0.2)
    with (
        serving(dripping(2)) as service,
        pytest.raises(OutsideError, match="has not answered in full within"),
    ):
        fetch(service.address)
    monkeypatch.setattr(door, "SILENCE", 0.1)
    with (
        serving(lambda request: sleep(0.5)) as service,
        pytest.raises(OutsideError, match="timed out"),
    ):
        fetch(service.address)


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        (b"\x1b[2Jtoo many", 429, "answers 429: [2Jtoo many (try again after 30)"),
        (b"", 500, "answers 500: Internal Server Error"),
        (b"<html>", 200, "answers no JSON"),
        (b"[]", 200, "answers list; wanted a JSON object"),
        (b"[" * 100_000, 200, "answers no JSON"),
    ],
)
def test_what_services_say_when_they_fail(body: bytes, code: int, told: str) -> None:
    """An error names the address, the code and what was said."""
    later = {"Retry-After": "30"} if code == 429 else {}
    with serving(saying(body, code, **later)) as service, pytest.raises(OutsideError) as refused:
        open_service(service.address)
    assert str(refused.value).startswith(service.address)
    assert told in str(refused.value)


def test_nobody_there(store: Path) -> None:
    """Where nobody listens the command says so and ends with 1."""
    with serving(saying(b"")) as gone:
        pass
    result = run("link", "--reconcile", gone.address, "--store", store)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Error: {gone.address} cannot be asked: " in result.stderr


# -- the authority's tables


def test_check_command() -> None:
    """`kg authority check` finds nothing wrong in the shipped tables."""
    result = run("authority", "check")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "0 findings\n")


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the tables in which groups and bodies are a few of our own."""
    folder = tmp_path / "authority"
    shutil.copytree(FOLDER, folder)
    for name in ENTRY_TABLES:
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    with (folder / "groups.csv").open("a", encoding="utf-8") as file:
        file.write("group/moved,Moved Front,ArmedGroup,,,Q1,,,,,2,triad\n")
        file.write("group/gone,Gone Front,ArmedGroup,,,Q2,,,,,2,triad\n")
        file.write("group/other,Other Front,ArmedGroup,,,Q3,,,,,2,triad\n")
        file.write("group/right,Right Front,ArmedGroup,The Right,,Q4,,,,,2,triad\n")
        file.write('group/empty,"=Empty Front",ArmedGroup,,MLI,,,,,,2,triad\n')
        file.write("group/two,Two Fronts,ArmedGroup,,,,,,,,2,triad\n")
    return folder


ITEMS = f"""
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix wd: <{WD}> . @prefix wdt: <http://www.wikidata.org/prop/direct/> .
wd:Q1 owl:sameAs wd:Q11 . wd:Q3 rdfs:label "Something else"@en . wd:Q4 rdfs:label "x"@en ; skos:altLabel "the right"@en ; wdt:P1566 "77" .
wd:Q5 rdfs:label "=Empty Front"@en ; wdt:P17 wd:Q912 . wd:Q6 rdfs:label "=Empty Front"@en ; wdt:P17 wd:Q1032 .
wd:Q912 wdt:P298 "MLI" . wd:Q1032 wdt:P298 "NER" .
wd:Q7 rdfs:label "Two Fronts"@en . wd:Q8 rdfs:label "Two Fronts"@en . wd:Q9 rdfs:label "Two Fronts"@en ; wdt:P31 wd:Q4167410 .
"""


def test_refresh_proposes_and_changes_nothing(tables: Path) -> None:
    """What Wikidata says against a row, or for one without an identifier, is proposed; the tables stay as they are."""
    before = {path.name: path.read_bytes() for path in tables.glob("*.csv")}
    with serving(answering(ITEMS)) as service:
        proposals = refresh(service.address, ("groups.csv",), tables)
    said = {(p.id, p.column, p.value, p.proposed): p.why for p in proposals}
    assert said == {
        ("group/moved", "wikidata", "Q1", "Q11"): "the item has been merged into this one",
        ("group/gone", "wikidata", "Q2", ""): "there is no such item, or it has no name in English",
        ("group/other", "wikidata", "Q3", ""): "the item goes by other names: Something else",
        ("group/right", "geonames", "", "77"): "the item has this value, the row none",
        ("group/empty", "wikidata", "", "Q5"): "has a name of the row and is of MLI",
        ("group/two", "wikidata", "", "Q7"): "one of 2 with a name of the row",
        ("group/two", "wikidata", "", "Q8"): "one of 2 with a name of the row",
    }
    assert {path.name: path.read_bytes() for path in tables.glob("*.csv")} == before
    out = io.StringIO(newline="")
    write_review(proposals, out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert next(row["name"] for row in rows if row["id"] == "group/empty") == "'=Empty Front"
    assert {row["line"] for row in rows} == {"2", "3", "4", "5", "6", "7"}


def test_refresh_command(tmp_path: Path) -> None:
    """`kg authority refresh` writes a file for review; an unknown table is refused with those there are."""
    review = tmp_path / "review.csv"
    with serving(answering("")) as service:
        result = run(
            "authority", "refresh", "--sparql", service.address, "--table", "groups.csv", "-o", review
        )
    assert result.exit_code == 0
    assert re.fullmatch(r"[\d,]+ proposals; no table was changed\n", result.stderr)
    assert review.read_text(encoding="utf-8").startswith(
        "table,line,id,name,column,value,proposed,why,source\n"
    )
    wrong = run("authority", "refresh", "--sparql", service.address, "--table", "heads.csv")
    assert (wrong.exit_code, "there are states.csv, " in wrong.stderr) == (1, True)


def test_shipped_queries_have_their_gaps() -> None:
    """The queries of the refresh are complete, and the tables that they are for pass their own check."""
    assert read_query(QUERIES / "check.rq", ("item",))
    assert read_query(QUERIES / "fill.rq", ("row", "name"))
    assert {*ENTRY_TABLES} < {*TABLES}
    assert check_tables() == []


# A batch of queries by the Reconciliation Service API 0.2, section 4.2, as a schema of our own words.
QUERY_SCHEMA = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["query"],
        "additionalProperties": False,
        "properties": {
            "query": {"type": "string", "minLength": 1},
            "type": {"type": ["string", "array"]},
            "limit": {"type": "number", "minimum": 1},
            "type_strict": {"enum": ["any", "should", "all"]},
            "properties": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["pid", "v"],
                    "properties": {"pid": {"type": "string"}},
                },
            },
        },
    },
}
