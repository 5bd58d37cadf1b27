"""Texts that nobody writes for a reader: each is read or refused with a reason, and what is cited stands where it is said to stand."""

import json
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kg.errors import ArticleError
from kg.extract import as_json
from kg.model import Article, Extraction, Status
from kg.pipeline import Pipeline
from kg.read import article_from_record, read

SENTENCE = "The army attacked Goma on Monday and the minister said that rebels had fled. "
DEED = "rebels attacked the town of Goma"

TEXTS = {
    "10,000 quotation marks": '"' * 10_000,
    "quotation marks around each word": " ".join(f'"{word}"' for word in (SENTENCE * 60).split()),
    "nested quotations": "“" * 300 + "The army attacked Goma," + "”" * 300 + " the mayor said.",
    "quotations closed before they open": "”The army” ’attacked’ »Goma« on Monday, he said“. " * 50,
    "marks without width in words": SENTENCE.replace("a", "\u200ba\u200d\u2060\ufeff") * 5,
    "right-to-left marks and overrides": SENTENCE.replace(" ", " \u202e\u200f\u2067") * 5,
    "emoji in words": SENTENCE.replace("army", "a👩‍👩‍👧‍👦r🏳️‍🌈m🇲🇱y") * 5,
    "hundreds of combining marks on a letter": SENTENCE.replace("e", "e" + "\u0301\u0316" * 300),
    "scripts mixed in a word": "The аrmy (軍隊, الجيش, армия) attaсked Gοma on Monday. " * 10,
    "capitals": SENTENCE.upper() * 20,
    "no punctuation or capitals": SENTENCE.lower().replace(".", "") * 50,
    "no white space": SENTENCE.replace(" ", "") * 50,
    "one word of 100,000 letters": "The army attacked " + "a" * 100_000 + " on Monday.",
    "an address of 5,000 characters": f"See https://example.org/{'a/b?c=%20&' * 500} where {DEED}.",
    "a sentence of 2,000 words": "The minister said that " + f"{DEED} and " * 330 + "fled.",
    "deep nesting of clauses": "The minister said that " * 500 + f"{DEED}.",
    "deep nesting of brackets": "(The minister said [" * 400 + DEED + "])" * 400,
    "one list of a thousand names": "Mali arrested " + "Moussa Keita, " * 1000 + "and others.",
    "a table of results": "Party\tVotes\tShare\nUnion\t1,204\t35.1%\nFront\t998\t29.0%\n" * 60,
    "numbers only": "12 1,000 3.5 -7 €1bn 50% 1/2 " * 200,
    "a live blog of 500 time stamps": "".join(
        f"{n // 60:02}:{n % 60:02} GMT – Rebels enter Goma\n\n{SENTENCE}\n\n" for n in range(0, 500, 4)
    ),
    "fragments": "BREAKING\n\n– – –\n\n14:02\n\n@army: #Goma\n\nMORE: soon…\n\nAmid attacks\n\n" * 20,
    "every line break there is": "The army\rattacked\x0bGoma\x0con\x85Monday.\u2028Rebels\u2029fled.\r\n" * 20,
    "control characters": "The army \x01\x02attacked\x1b[31m Goma\x7f on \x9dMonday. " * 20,
    "noncharacters and private use": "The army\ufffe attacked\uffff Goma \U0010ffff on \ue000Monday. " * 5,
    "days that are none": "The army attacked on 99999999999 May, on 31 February 2021, on 0 May 0000 and in May 99999. " * 3,
    "years that are none": "It began in 20222222222222 BC, 300 trillion years ago, 9999999999 days after the year 0. " * 3,
    "lengths out of reach": "Rebels fled 99999 centuries ago and will return in 99999999 years, before 9999-12-31. " * 3,
    "markup left in": "<p>The army <b>attacked</b> Goma &amp; &#8220;fled&#8221; &lt;/p&gt;{{x}}${y}%s</p>" * 20,
}  # fmt: skip


def _read(text: str, published: str | None = "2024-03-14") -> Article:
    return article_from_record({"id": "x", "text": text, "published": published, "language": "en"}, "x")


def _spans(node: object) -> Iterator[tuple[int, int, str]]:
    if isinstance(node, dict):
        if {"start", "end", "text"} <= node.keys():
            yield node["start"], node["end"], node["text"]
        for value in node.values():
            yield from _spans(value)
    elif isinstance(node, list):
        for value in node:
            yield from _spans(value)


def _misplaced(found: Extraction) -> list[tuple[int, int, str]]:
    text = found.article.text
    reports = [(r.passage.start, r.passage.end, r.passage.text) for r in found.reports]
    return [s for s in (*_spans(as_json(found)), *reports) if text[s[0] : s[1]] != s[2]]


@pytest.mark.parametrize("kind", TEXTS)
def test_hostile_text_is_read_and_cited_exactly(pipeline: Pipeline, kind: str) -> None:
    """No stage fails, and each span of what is found is the text's slice at its offsets."""
    assert _misplaced(pipeline.extract(_read(TEXTS[kind]))) == []


@pytest.mark.parametrize("kind", ["numbers only", "fragments", "emoji in words", "years that are none"])
def test_hostile_text_gives_what_the_contract_promises(pipeline: Pipeline, shared: Path, kind: str) -> None:
    """What is written of a hostile text is valid against the contract's schema, and can be written as UTF-8."""
    schema = json.loads((shared / "contract" / "extract.schema.json").read_text(encoding="utf-8"))
    written = json.dumps(as_json(pipeline.extract(_read(TEXTS[kind]))), ensure_ascii=False)
    jsonschema.validate(json.loads(written.encode("utf-8")), schema)


def test_a_text_of_a_megabyte_is_read_to_its_end() -> None:
    """The blocks of a long text cover all its sentences."""
    text = (SENTENCE * 6 + "\n\n") * (1_000_000 // (6 * len(SENTENCE)))
    found = _read(text).blocks
    assert sum(block.end - block.start for block in found) > 0.98 * len(text)
    assert found[-1].end == len(text.rstrip())


def test_no_sentence_is_longer_than_any_that_is_written(pipeline: Pipeline) -> None:
    """Overlong sentences are read in parts, which say that they continue one, with nothing lost between them."""
    parts = pipeline.parser.segment(_read(TEXTS["a sentence of 2,000 words"]))
    assert [part.continues for part in parts] == [False, *[True] * (len(parts) - 1)]
    assert max(len(part.tokens) for part in parts) <= 200 < sum(len(part.tokens) for part in parts)
    assert " ".join(part.text for part in parts) == TEXTS["a sentence of 2,000 words"]


def test_what_is_said_in_an_overlong_sentence_stays_said(pipeline: Pipeline) -> None:
    """However far from its "said that", nothing alleged is told as fact."""
    found = pipeline.extract(_read(TEXTS["a sentence of 2,000 words"]))
    attacks = [event for event in found.events if event.type != "Statement"]
    assert attacks
    assert {event.status for event in attacks} == {Status.ALLEGED}


@pytest.mark.parametrize(
    "text", ["Amid attacks by rebels.", "At the attack.", "In an attack by rebels on troops."]
)
def test_a_fragment_without_a_verb_is_dated(pipeline: Pipeline, text: str) -> None:
    """A root that is no verb ends the search for the clause that dates it."""
    found = pipeline.extract(_read(f"Rebels came to Goma.\n\nThe army fled on 3 March.\n\n{text}"))
    days = {event.latest for event in found.events if event.latest}
    assert found.article.published is not None
    assert days
    assert max(days) <= found.article.published


REFUSED: dict[str, dict[str, object]] = {
    "a lone surrogate in the text": {"id": "x", "text": "The army \ud800 left."},
    "a zero in the text": {"id": "x", "text": "The army \0 left."},
    "a lone surrogate in the title": {"id": "x", "text": SENTENCE, "title": "\udfff"},
    "a zero in the source": {"id": "x", "text": SENTENCE, "source": "a\0b"},
    "a lone surrogate as language": {"id": "x", "text": SENTENCE, "language": "\ud800"},
    "a lone surrogate in the id": {"id": "\ud800", "text": SENTENCE},
    "a number for a title": {"id": "x", "text": SENTENCE, "title": 7},
    "a list for an id": {"id": [], "text": SENTENCE},
    "white space of all kinds": {"id": "x", "text": " \t\u2003\u3000\n"},
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_no_format_can_hold_is_refused(kind: str) -> None:
    """A record that cannot be read is refused with its place, not read in part."""
    with pytest.raises(ArticleError, match=r"^row 3: "):
        article_from_record(REFUSED[kind], "row 3")


PAGES = {
    "100,000 nested divisions": "<div>" * 100_000 + SENTENCE + "</div>" * 100_000,
    "50,000 unclosed tags": "<b>" * 50_000 + SENTENCE,
    "a tag that never ends": "<p title='" + "<" * 100_000 + SENTENCE,
    "entities that multiply": '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><p>&b;&b;</p>' + SENTENCE,
    "a comment that never ends": "<!--" + "-" * 100_000 + SENTENCE,
    "a surrogate and a zero by number": f"<p>&#xD800;&#0;&#x110000; {SENTENCE * 3}</p>",
}  # fmt: skip


@pytest.mark.parametrize("kind", PAGES)
def test_hostile_pages_are_read_or_refused(tmp_path: Path, pipeline: Pipeline, kind: str) -> None:
    """A page gives its article or a reason why there is none."""
    page = tmp_path / "page.html"
    page.write_text(f"<html><body>{PAGES[kind]}<p>{SENTENCE * 3}</p></body></html>", encoding="utf-8")
    (outcome,) = read([page])
    if isinstance(outcome, ArticleError):
        assert str(page) in str(outcome)
    else:
        assert _misplaced(pipeline.extract(outcome)) == []


@pytest.mark.parametrize(
    "row", ["[" * 100_000, '{"a":' * 100_000, '{"id": ' + "9" * 10_000 + "}", '{"id": NaN, "text": "x"}', "\ud800"]
)  # fmt: skip
def test_hostile_rows_are_refused_and_the_next_is_read(tmp_path: Path, row: str) -> None:
    """One line of nesting, digits or broken characters stops no feed."""
    feed = tmp_path / "feed.jsonl"
    good = json.dumps({"id": "good", "text": SENTENCE})
    feed.write_bytes(f"{row}\n{good}\n".encode("utf-8", "surrogatepass"))
    first, second = read([feed])
    assert isinstance(first, ArticleError)
    assert isinstance(second, Article)


FRAGMENTS = (
    "Mali France Rwanda M23 Goma Macron AU rebels army minister he they who it accused expelled signed denied said killed "
    "attacked warned that of by with against to since until according to, not will would if coup accord peace claim May "
    "“ ” ‘ ’ \" ' « ( ) [ ] – — - : ; , . ! ? … 's 14:02 5 2021 99999999999 1,000 % \u200b \u202e \u0301 🇲🇱 軍 الجيش U.S. a.m. @x # / http://x.y/?z"
).split()  # fmt: skip
SPACES = (" ", " ", " ", " ", "", "\n", "\n\n", "\t", "\u00a0", "\u2028", "\r\n")

pieces = st.one_of(
    st.sampled_from(FRAGMENTS),
    st.sampled_from(FRAGMENTS).map(str.upper),
    st.sampled_from(
        [DEED, "on 5 May 2021", "last year", "the minister", "of spying", "14:02 – UN:", SENTENCE]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4),
)
texts = st.lists(st.tuples(pieces, st.sampled_from(SPACES)), min_size=1, max_size=50).map(
    lambda told: "".join(piece + space for piece, space in told)
)


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(texts, st.sampled_from([None, "2024-03-14", "0001-01-01", "9999-12-31"]))
@example("Amid the attack on Goma", "2024-03-14")
def test_any_text_is_cited_exactly_and_read_the_same_twice(
    pipeline: Pipeline, text: str, published: str | None
) -> None:
    """Whatever fragments of news a text is made of: exact spans, keys that lead somewhere, the same each time."""
    article = _read(f"x {text}", published)
    found = pipeline.extract(article)
    assert _misplaced(found) == []
    assert _dangling(as_json(found)) == set()
    assert pipeline.extract(article) == found


def _dangling(written: dict[str, Any]) -> set[str]:
    """Keys that are referred to and belong to nothing."""
    known = {thing["id"] for kind in ("actors", "events", "agreements") for thing in written[kind]}
    named = set()
    for event in written["events"]:
        named |= {p["actor"] for role in ("agents", "targets", "places", "sources") for p in event[role]}
        named |= {*event["concerns"]}
    for claim in written["claims"]:
        named |= {p["actor"] for p in (*claim["targets"], *filter(None, [claim["speaker"]]))}
        named |= {*filter(None, [claim["event"]])}
    return {key for key in named - known if key.strip(string.digits) in ("a", "e", "g")}
