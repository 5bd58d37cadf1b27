"""Which format a client gets."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Refusal
from server.negotiate import RESULTS, TRIPLES, accepts_gzip, choose, parse_accept, prefers_html, prefers_text

TABLE = list(csv.DictReader((Path(__file__).parent / "accept.csv").read_text(encoding="utf-8").splitlines()))
TYPES = [kind for item in RESULTS + TRIPLES for kind in item.asked_as]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["why"])
def test_the_table_of_accept_headers_gets_its_formats(row: dict[str, str]) -> None:
    """Each Accept header of the table, most of them sent by a known client, gets the formats beside it."""
    found = choose(row["accept"])
    assert (found.results.name if found.results else "") == row["rows"]
    assert (found.triples.name if found.triples else "") == row["triples"]


@given(st.text(max_size=300))
def test_no_accept_header_makes_negotiation_fail(accept: str) -> None:
    """Whatever a client sends as Accept, negotiation gives formats or none."""
    found = choose(accept)
    assert found.results is None or found.results in RESULTS
    assert found.triples is None or found.triples in TRIPLES
    prefers_html(accept)
    prefers_text(accept)
    accepts_gzip(accept)


@given(
    st.lists(
        st.tuples(st.sampled_from(TYPES), st.integers(1, 1000)),
        min_size=1,
        max_size=6,
        unique_by=lambda r: r[0],
    )
)
def test_a_chosen_format_was_asked_for_with_the_highest_q(ranges: list[tuple[str, int]]) -> None:
    """Among listed types the one with the highest q wins, in whatever order they are listed."""
    accept = ", ".join(f"{kind};q={quality / 1000}" for kind, quality in ranges)
    for chosen, formats in ((choose(accept).results, RESULTS), (choose(accept).triples, TRIPLES)):
        best = max(
            (quality for kind, quality in ranges for item in formats if kind in item.asked_as), default=0
        )
        assert (chosen is None) == (best == 0)
        assert chosen is None or best in [quality for kind, quality in ranges if kind in chosen.asked_as]


@given(
    st.lists(
        st.sampled_from(["text/csv;q=0.4", "text/turtle", "*/*;q=0.1", "application/json;q=0.3"]), unique=True
    )
)
def test_the_order_of_ranges_does_not_count(ranges: list[str]) -> None:
    """RFC 9110 gives the order of media ranges no meaning."""
    assert choose(", ".join(ranges)) == choose(", ".join(reversed(ranges)))


def test_q_0_excludes_a_format() -> None:
    """A type with q=0 is never sent, even where */* would allow it."""
    found = choose("*/*, application/sparql-results+json;q=0").results
    assert found is not None
    assert found.name != "json"


def test_format_names_a_format_by_short_name_media_type_or_long_name() -> None:
    """`?format=` understands csv, text/csv and turtle alike, whatever Accept says."""
    assert [choose("text/turtle", name).results for name in ("csv", "text/csv")] == [RESULTS[2], RESULTS[2]]
    assert choose("text/csv", "turtle").triples == TRIPLES[0]


def test_an_unknown_format_is_refused_and_the_known_ones_are_listed() -> None:
    """`?format=pdf` is a bad request that names the formats there are."""
    with pytest.raises(Refusal) as refused:
        choose("", "pdf")
    assert refused.value.status == 400
    assert "csv" in refused.value.hint


def test_a_broken_q_counts_as_0() -> None:
    """A q that is no number asks for nothing."""
    assert parse_accept("text/csv;q=high") == (("text/csv", 0.0),)
