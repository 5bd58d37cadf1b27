"""The competency questions are answered as expected over a small dataset that follows the contract."""

import csv
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.ontology import FOLDER, Ontology, dataset_triples

HERE = Path(__file__).parent
QUESTIONS = sorted((FOLDER / "questions").glob("*.rq"))
CONTRACT = ("actors", "agreements", "claims", "contested", "events")


@pytest.fixture(scope="module")
def store(ontology: Ontology) -> ox.Store:
    """The dataset of the questions with the ontology in its default graph."""
    store = ox.Store()
    store.load(path=HERE / "questions.trig")
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in dataset_triples(ontology))
    return store


def answer(store: ox.Store, question: Path) -> list[dict[str, str]]:
    """The rows of an answer, as CSV has them."""
    result = store.query(question.read_text(encoding="utf-8"))
    assert isinstance(result, ox.QuerySolutions)
    return rows(str(result.serialize(format=ox.QueryResultsFormat.CSV) or b"", "utf-8").splitlines())


def rows(lines: list[str]) -> list[dict[str, str]]:
    """The rows of a CSV table; several values in one field, which no engine orders, are sorted."""
    return [{k: "|".join(sorted(v.split("|"))) for k, v in row.items()} for row in csv.DictReader(lines)]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda file: file.stem)
def test_question_is_answered(store: ox.Store, question: Path) -> None:
    """A question gives exactly the expected rows in the expected order, and they are not none."""
    expected = rows(question.with_suffix(".csv").read_text(encoding="utf-8").splitlines())
    assert expected
    assert answer(store, question) == expected


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda file: file.stem)
def test_question_opens_with_its_words(question: Path) -> None:
    """A question's file begins with a comment that states it in English."""
    first = question.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")
    assert first[-1] in "?."


@pytest.mark.parametrize("name", CONTRACT)
def test_contract_queries_are_the_contracts(name: str, contract: Path) -> None:
    """The copies of the contract's queries have not drifted from it."""
    assert (FOLDER / "questions" / f"{name}.rq").read_bytes() == (contract / f"{name}.rq").read_bytes()


def test_what_is_alleged_is_not_held_to_be_so(store: ox.Store) -> None:
    """A plain query finds no event that is only alleged, denied, planned or negated."""
    plain = "PREFIX cq: <https://w3id.org/communique/ontology#> ASK { VALUES ?c { cq:AirspaceViolation cq:Aid cq:Election cq:Meeting cq:Withdrawal } ?e a ?c }"
    assert not store.query(plain)


def test_passages_are_as_long_as_their_offsets_say(store: ox.Store) -> None:
    """In the dataset of the questions, every passage's words are as long as its offsets say, so that it is a fair sample."""
    oa = "http://www.w3.org/ns/oa#"
    wrong = f"ASK {{ GRAPH ?g {{ ?p <{oa}exact> ?x ; <{oa}start> ?s ; <{oa}end> ?e }} FILTER(STRLEN(?x) != ?e - ?s) }}"
    assert not store.query(wrong)
