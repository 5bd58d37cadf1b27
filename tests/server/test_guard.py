"""What the guard refuses before the engine's parser sees it, and what it lets pass."""

import csv
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Refusal
from server.guard import Dataset, examine, without_clauses
from server.settings import Limits
from server.tokens import tokenize
from server.using import with_using

LIMITS = Limits()
TABLE = list(csv.DictReader((Path(__file__).parent / "remote.csv").read_text(encoding="utf-8").splitlines()))
ALLOWING = Limits(service_allow=("https://query.example.org/sparql", "https://two.example.org/"))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["why"])
def test_service_and_load_are_found_in_every_disguise_and_nowhere_else(row: dict[str, str]) -> None:
    """The table's texts are refused or let pass as it says; what is let pass is no call for the engine either."""
    text = row["text"].replace("\\n", "\n")
    if row["refused"] == "yes":
        with pytest.raises(Refusal) as refused:
            examine(text, LIMITS, update=row["update"] == "yes")
        assert refused.value.place is not None
    else:
        assert not examine(text, LIMITS, update=row["update"] == "yes").remote


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("<https://query.example.org/sparql>", True),
        ("<https://query.example.org/sparql?default-graph-uri=x>", True),
        ("<https://query.example.org/sparqlx>", False),
        ("<https://query.example.org.evil.example/sparql>", False),
        ("<https://two.example.org/a/b>", True),
        ("<https://two.example.org@evil.example/>", False),
        ("<https://two.example.org:99/>", False),
        ("<http://two.example.org/>", False),
        ("?where", False),
        ("ex:sparql", False),
        ("good:sparql", True),
        ("<sparql>", False),
    ],
)
def test_an_allowed_service_is_one_below_an_allowed_address(address: str, allowed: bool) -> None:
    """A prefix of the allow-list ends at a boundary of the address, and prefixed names are resolved first."""
    text = f"PREFIX good: <https://query.example.org/> SELECT * {{ SERVICE SILENT {address} {{ ?a ?b ?c }} }}"
    if allowed:
        assert examine(text, ALLOWING).remote
    else:
        with pytest.raises(Refusal, match="not allowed"):
            examine(text, ALLOWING)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * " + "{" * 5000 + "}" * 5000,
        "SELECT * { FILTER(" + "(" * 600 + "1" + ")" * 600 + ") }",
        "SELECT * { FILTER(" + "||".join(["?a"] * 20_000) + ") }",
        "SELECT * { FILTER(" + "!" * 20_000 + "?a) }",
        "SELECT * { " + " UNION ".join(["{?a ?b ?c}"] * 20_000) + " }",
        "SELECT * { " + "OPTIONAL {?a ?b ?c} " * 5000 + "}",
        "SELECT * { ?a " + "/".join(["<a:b>"] * 9000) + " ?c }",
        "SELECT * { " + "<<( <a:b> <a:b> " * 600 + "1" + " )>>" * 600 + " <a:b> 1 }",
    ],
    ids=["braces", "brackets", "or", "not", "union", "optional", "path", "triple terms"],
)
def test_what_would_overflow_the_engines_stack_is_refused_with_its_place(text: str) -> None:
    """Deep nesting and long chains never reach the parser."""
    with pytest.raises(Refusal) as refused:
        examine(text, LIMITS)
    assert (refused.value.status, refused.value.place is None) == (400, False)


def test_a_text_that_is_too_long_is_refused() -> None:
    """Beyond the configured length nothing is read."""
    with pytest.raises(Refusal) as refused:
        examine("x" * 2_000_000, LIMITS)
    assert refused.value.status == 413


def test_from_clauses_are_read_with_base_and_prefixes_and_blanked_in_place() -> None:
    """The dataset of a query is known in full, and without its clauses lines and columns stay."""
    text = "PREFIX ex: <http://e/>\nSELECT * FROM ex:a\nFROM NAMED <http://b> { FILTER(?from = 'FROM <x>') }"
    reading = examine(text, LIMITS)
    assert reading.dataset == Dataset(("http://e/a",), ("http://b",))
    blanked = without_clauses(reading)
    assert len(blanked) == len(text)
    assert blanked.count("\n") == 2
    assert "FROM NAMED" not in blanked
    assert "'FROM <x>'" in blanked


@given(st.text(max_size=400))
def test_tokenizing_never_fails_and_loses_nothing_but_blanks_and_comments(text: str) -> None:
    """Whatever the text, tokens are slices of it, in order."""
    end = 0
    for token in tokenize(text):
        assert text[token.start : token.end] == token.text
        assert token.start >= end
        end = token.end


_PIECES = st.sampled_from(
    ["SERVICE", "SILENT", " ", "\n", "#", "<", ">", "'", '"', '"""', "'''", "\\", "?a", "{", "}", "x:y", "a", "1", "&&", "<a:b#>",
     "FILTER(", ")", "@en", "^^", ".", "<?b#>", "BIND("]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=14), st.lists(_PIECES, max_size=6))
def test_no_text_that_the_engine_reads_as_a_call_passes(before: list[str], after: list[str]) -> None:
    """Around a SERVICE whatever is put, the engine either sees no call, or the guard refuses the text."""
    text = "SELECT * { " + "".join(before) + " SERVICE <x:y> { ?p ?q ?r } " + "".join(after) + " }"
    try:
        examine(text, LIMITS)
    except Refusal:
        return
    try:
        found = ox.Store().query(text)
    except (SyntaxError, OSError):
        return
    assert isinstance(found, ox.QuerySolutions)
    assert not {"p", "q", "r"} <= {variable.value for variable in found.variables}


USING = [
    ("DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "DELETE { ?s ?p ?o } USING <a:b> WHERE { ?s ?p ?o }"),
    ("DELETE WHERE { ?s ?p ?o }", "DELETE { ?s ?p ?o } USING <a:b> WHERE { ?s ?p ?o }"),
    ("INSERT DATA { <a:b> <a:b> 'WHERE' }", "INSERT DATA { <a:b> <a:b> 'WHERE' }"),
    ("CLEAR ALL ; INSERT { ?s ?p 1 } WHERE { { SELECT * WHERE { ?s ?p ?o } } }",
     "CLEAR ALL ; INSERT { ?s ?p 1 } USING <a:b> WHERE { { SELECT * WHERE { ?s ?p ?o } } }"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), USING)
def test_using_goes_before_each_where_of_an_update_and_nowhere_else(text: str, expected: str) -> None:
    """The request's graphs are written into every operation with a pattern, the short form of DELETE too."""
    assert " ".join(with_using(text, ("a:b",), ()).split()) == expected


def test_graphs_in_the_request_and_in_the_update_conflict() -> None:
    """Both at once is a bad request (SPARQL 1.1 Protocol, 2.2.3)."""
    with pytest.raises(Refusal):
        with_using("WITH <a:b> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", ("a:b",), ())
