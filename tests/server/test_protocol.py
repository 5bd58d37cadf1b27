"""What a request to /sparql or /update carries."""

from urllib.parse import unquote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Refusal
from server.messages import Request
from server.protocol import FORM, QUERY_TYPE, UPDATE_TYPE, Query, Update, read_operation, unquote_form


def request(method: str, query: str = "", body: bytes = b"", kind: str = "") -> Request:
    """A request to /sparql."""
    return Request(method, "/sparql", query, {"content-type": kind} if kind else {}, body)


def test_a_get_a_form_and_a_direct_post_carry_the_same_query() -> None:
    """The three ways of the protocol give the same query and graphs."""
    pairs = [
        ("query", "ASK { ?a ?b “é+&=%” }"),
        ("default-graph-uri", "http://a/"),
        ("named-graph-uri", "http://b/"),
    ]
    graphs = urlencode(pairs[1:])
    ways = (
        request("GET", urlencode(pairs)),
        request("POST", "", urlencode(pairs).encode(), FORM),
        request("POST", graphs, pairs[0][1].encode(), f"{QUERY_TYPE}; charset=UTF-8"),
    )
    assert {read_operation(way) for way in ways} == {
        Query(pairs[0][1], ("http://a/",), ("http://b/",), "", None)
    }


def test_an_update_comes_by_form_or_directly() -> None:
    """Both ways of sending an update give the same."""
    wanted = Update("CLEAR ALL", ("http://a/",), ())
    assert (
        read_operation(request("POST", "", b"update=CLEAR+ALL&using-graph-uri=http%3A//a/", FORM)) == wanted
    )
    assert read_operation(request("POST", "using-graph-uri=http://a/", b"CLEAR ALL", UPDATE_TYPE)) == wanted


REFUSED = [
    ("GET", "update=CLEAR+ALL", b"", "", 400),
    ("GET", "query=ASK%7B%7D&query=ASK%7B%7D", b"", "", 400),
    ("GET", "query=%FF", b"", "", 400),
    ("PUT", "query=ASK%7B%7D", b"", "", 405),
    ("POST", "", b"ASK {}", "", 415),
    ("POST", "", b"ASK {}", "text/plain", 415),
    ("POST", "", b"ASK {}", f"{QUERY_TYPE}; charset=utf-16", 415),
    ("POST", "", b"\xff\xfe", QUERY_TYPE, 400),
    ("POST", "", b"query=ASK&update=CLEAR", FORM, 400),
    ("POST", "", b"nothing=1", FORM, 400),
    ("POST", "default-graph-uri=http://a/", b"CLEAR ALL", UPDATE_TYPE, 400),
    ("POST", "using-graph-uri=http://a/", b"ASK {}", QUERY_TYPE, 400),
    ("GET", "&".join(f"a{number}=" for number in range(2000)), b"", "", 400),
]


@pytest.mark.parametrize(("method", "query", "body", "kind", "status"), REFUSED)
def test_what_the_protocol_does_not_allow_is_refused(
    method: str, query: str, body: bytes, kind: str, status: int
) -> None:
    """Each request that the specification forbids gets its status."""
    with pytest.raises(Refusal) as refused:
        read_operation(request(method, query, body, kind))
    assert refused.value.status == status


def test_a_get_without_a_query_asks_for_the_description() -> None:
    """No query is no error: the service describes itself."""
    assert read_operation(request("GET")) is None


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_a_form_field_survives_being_sent(text: str) -> None:
    """Decoding gives back what was encoded, whatever the text."""
    assert unquote_form(urlencode({"q": text}).removeprefix("q=")) == text


@given(st.text(alphabet="aZ9%+=_-.~ é\n\r2F", max_size=40))
def test_the_fast_decoder_agrees_with_the_standard_library(text: str) -> None:
    """The C decoder and `unquote_plus` give the same for every text, broken escapes included."""
    try:
        expected = unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(UnicodeDecodeError):
            unquote_form(text)
        return
    assert unquote_form(text) == expected
