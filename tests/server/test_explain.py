"""What people are told of a query that cannot be parsed."""

import pyoxigraph as ox
import pytest

from server.explain import explain

WRONG = [
    ("SELECT ?s\nWHERE { ?s ?p }", (2, 15), "'}' does not fit"),
    ("INSERT DATA {}", (1, 1), "'INSERT' does not fit"),
    ("SELECT * {} SELECT * {}", (1, 13), "'SELECT' does not fit"),
    ("SELECT ?x { rdfs:label ?p ?o }", (1, 13), "prefix rdfs: is not declared"),
    ("PREFIX a: <x:> SELECT ?x {\n  ?x a:b b:c }", (2, 10), "prefix b: is not declared"),
    ("SELECT * { ?s ?p ?o", (1, 20), "not complete"),
    ("", (1, 1), "not complete"),
    ("SELECT (1 AS ?a) (2 AS ?a) {}", (1, 29), "Duplicated variable name"),
]


@pytest.mark.parametrize(("text", "place", "reason"), WRONG)
def test_a_wrong_query_is_explained_where_it_is_wrong(text: str, place: tuple[int, int], reason: str) -> None:
    """Line and column are those of the token that does not fit, and the reason names it."""
    with pytest.raises(SyntaxError) as error:
        ox.Store().query(text)
    refusal = explain(text, str(error.value.msg), "query")
    assert refusal.place == place
    assert reason in refusal.reason


def test_a_missing_well_known_prefix_is_given_in_full() -> None:
    """The hint holds the line to add."""
    refusal = explain("SELECT * { ?s skos:note ?o }", "error at 1:23: expected OPTIONAL", "query")
    assert "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>" in refusal.hint
