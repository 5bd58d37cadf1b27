"""Our data joined with Wikidata's, asked from either side: two servers on loopback, each allowed to ask the other or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from .conftest import ROOT, Served, build_store, start_server, stop_server
from .sites import BASE, small_site

QUESTIONS = sorted((ROOT / "ontology" / "questions" / "federated").glob("*.rq"))
WIKIDATA, OURS = "https://query.wikidata.org/sparql", f"{BASE}sparql"
WD = "http://www.wikidata.org/entity/"
LINKED = (
    f"<actor/arvania> skos:exactMatch <{WD}Q-arvania> . <actor/belmora> skos:exactMatch <{WD}Q-belmora> .\n"
)
# Statements of Wikidata's shape on the invented states.
ELSEWHERE = f"""
@prefix wdt: <http://www.wikidata.org/prop/direct/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<{WD}Q-arvania> wdt:P298 "ARV" ; rdfs:label "Arvanie"@fr, "Arvania"@en ; wdt:P1566 "11" .
<{WD}Q-belmora> wdt:P298 "BLM" ; rdfs:label "Belmore"@fr .
<{WD}Q-other> wdt:P298 "OTH" ; rdfs:label "Autre"@fr .
"""


@contextmanager
def started(store: Path, name: str, **settings: str) -> Iterator[Served]:
    """A server over a store, while the block runs."""
    server = start_server(store, store.parent / name, KG_BASE=BASE, **settings)
    try:
        yield server
    finally:
        stop_server(server)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Our store and one of Wikidata's shape."""
    folder = tmp_path_factory.mktemp("federation")
    with small_site(folder / "ours", LINKED):
        pass
    build_store(folder / "theirs" / "store", ELSEWHERE)
    return folder / "ours" / "store", folder / "theirs" / "store"


def ask(server: Served, text: str) -> requests.Response:
    """The answer to a query."""
    return requests.post(
        f"{server.base}/sparql", data={"query": text}, headers={"Accept": "application/json"}, timeout=30
    )


def rows(answer: requests.Response) -> list[tuple[str, ...]]:
    """The rows of an answer."""
    assert answer.status_code == 200, answer.text
    found = answer.json()
    names = found["head"]["vars"]
    return [
        tuple(row.get(name, {}).get("value", "") for name in names) for row in found["results"]["bindings"]
    ]


def question(name: str) -> str:
    """A shipped question."""
    return next(path for path in QUESTIONS if path.stem == name).read_text(encoding="utf-8")


def test_our_endpoint_asks_the_other_that_is_allowed(stores: tuple[Path, Path]) -> None:
    """The states that accuse or are accused get the names and numbers that the other endpoint has."""
    ours, theirs = stores
    with started(theirs, "log") as other:
        text = question("states-in-french").replace(WIKIDATA, f"{other.base}/sparql")
        with started(ours, "log", KG_SERVER_SERVICE_ALLOW=f"{other.base}/sparql") as server:
            answer = rows(ask(server, text))
        with started(ours, "log") as server:
            refused = ask(server, text)
    assert answer == [("Arvania", "ARV", "Arvanie", "11"), ("Belmora", "BLM", "Belmore", "")]
    assert refused.status_code == 403
    assert other.base in refused.json()["error"]["hint"]


def test_the_other_endpoint_asks_ours(stores: tuple[Path, Path]) -> None:
    """Items of the other data set get the events that we hold to be so; nothing that is only alleged is counted."""
    ours, theirs = stores
    with started(ours, "log") as server:
        text = question("events-of-wikidata-items").replace(OURS, f"{server.base}/sparql")
        with started(theirs, "log", KG_SERVER_SERVICE_ALLOW=f"{server.base}/") as other:
            answer = rows(ask(other, text))
    kinds = {(iso3, kind): events for _, iso3, kind, events in answer}
    assert kinds["ARV", "accusation"] == "1"
    assert kinds["BLM", "expulsion"] == "1"
    assert not {kind for _, kind in kinds} & {"violation of airspace", "aid"}
    assert "OTH" not in {iso3 for iso3, _ in kinds}


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_a_question_opens_with_its_words(path: Path) -> None:
    """And says where it is to be asked."""
    first, second, *_ = path.read_text(encoding="utf-8").splitlines()
    assert first.startswith("# ")
    assert first.endswith("?")
    assert "Asked of" in second
