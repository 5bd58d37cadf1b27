"""Times: what is found, what it means, and that no text and no date breaks it."""

import csv
import dataclasses
import re
import tomllib
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import TableError
from kg.model import Article, Block, BlockKind, Sentence, TimeExpression, Token
from kg.resolve_time import resolve_time
from kg.segment import Parser
from kg.times import words as vocabulary
from kg.times.calendar import days, easter, nth_weekday, shifted
from kg.times.grammar import NAME, Rule, find, rules
from kg.times.numerals import units_of
from kg.times.readings import READERS
from kg.times.words import holidays, words

with (Path(__file__).parent / "resolve_time.csv").open(encoding="utf-8", newline="") as stream:
    CASES = list(csv.DictReader(stream))
PUBLISHED = date(2022, 5, 5)


@pytest.fixture(scope="module")
def parser() -> Parser:
    """The project's own language model."""
    return Parser()


def parsed(parser: Parser, text: str, kind: BlockKind = BlockKind.PARAGRAPH) -> tuple[Sentence, ...]:
    """The sentences of a text of one block."""
    return parser.segment(Article("test", text, (Block(0, len(text), kind),)))


def unparsed(text: str) -> Sentence:
    """A sentence whose words hang on each other in a chain, without any grammar."""
    tokens, at = [], 0
    for index, word in enumerate(text.split()):
        at = text.index(word, at)
        head = max(0, index - 1)
        tokens.append(
            Token(index, at, at + len(word), word, word.lower(), "NOUN", "NN", "dep", head, "", False)
        )
        at += len(word)
    children = tuple((token.index + 1,) if token.index + 1 < len(tokens) else () for token in tokens)
    return Sentence(0, 0, BlockKind.PARAGRAPH, 0, len(text), text, tuple(tokens), children, ())


def written(times: Iterable[TimeExpression]) -> str:
    """Times as the table has them: words = value [earliest, latest]."""
    return "; ".join(
        f"{time.text} = {time.timex}"
        + (f" [{time.earliest or ''}, {time.latest or ''}]" if time.earliest or time.latest else "")
        for time in times
    )


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_table(parser: Parser, case: dict[str, str]) -> None:
    """Every sentence of the table has exactly the times that stand beside it, with their values and days."""
    published = date.fromisoformat(case["published"]) if case["published"] else None
    assert written(resolve_time(parsed(parser, case["text"]), published)) == case["expected"], case["reason"]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.example)
def test_examples_of_the_grammar(rule: Rule) -> None:
    """Every rule of the grammar finds its own example, or what its brackets hold, by its own reading."""
    text = rule.example.replace("[", "").replace("]", "")
    start = max(0, rule.example.find("["))
    end = rule.example.find("]") - 1 if "]" in rule.example else len(text)
    found = [
        (match.reading, match.words[0].start, match.words[-1].end) for match in find(words(unparsed(text)))
    ]
    assert (rule.reading, start, end) in found
    assert len(found) == 1 or "[" in rule.example


def test_every_reading_is_read() -> None:
    """Every reading that the grammar names has a reader, and every reader a rule."""
    assert {rule.reading for rule in rules()} == set(READERS) | {"day_before"}


def test_every_class_is_used() -> None:
    """No class of words.csv is unknown to the grammar."""
    grammar = tomllib.loads((vocabulary.TABLES / "grammar.toml").read_text(encoding="utf-8"))
    patterns = [*grammar["macros"].values(), *(rule["pattern"] for rule in grammar["rule"])]
    used = {name for pattern in patterns for name in NAME.findall(pattern)}
    assert {entry.kind for entry in vocabulary.vocabulary().values()} <= used


def test_every_holiday_has_a_day() -> None:
    """Every holiday of the table is found by its name and has days in the year told."""
    for name in (" ".join(name) for names in holidays().values() for name, _ in names):
        spoken = re.sub(r" (?=['.])", "", name).capitalize() + " 2021"
        (time,) = resolve_time([unparsed(f"It happened on {spoken}.")], PUBLISHED)
        assert time.text == spoken
        assert time.earliest is not None
        assert time.earliest.year == 2021


def test_present_tense_of_a_caption(parser: Parser) -> None:
    """A caption's present tense tells the past, a timetable's in a paragraph the future."""
    text = "The trial opens on Monday."
    told = [
        resolve_time(parsed(parser, text, kind), PUBLISHED)[0].timex
        for kind in (BlockKind.CAPTION, BlockKind.PARAGRAPH)
    ]
    assert told == ["2022-05-02", "2022-05-09"]


def test_kind_relation_and_head(parser: Parser) -> None:
    """A time says its TIMEX3 type, its preposition and its head token."""
    (sentence,) = parsed(parser, "Since 2013 they have met every week, for two hours at 5 pm.")
    times = resolve_time([sentence], PUBLISHED)
    assert [(time.kind, time.relation, sentence.tokens[time.head].text) for time in times] == [
        ("DATE", "since", "2013"),
        ("SET", "", "week"),
        ("DURATION", "for", "hours"),
        ("TIME", "at", "pm"),
    ]


def test_offsets_count_from_the_article(parser: Parser) -> None:
    """Offsets count code points of the article, also behind characters outside the basic plane."""
    text = "😀 “Été” – It began.\n\nIt ended in May 2021."
    sentences = parser.segment(
        Article("a", text, (Block(0, 20, BlockKind.PARAGRAPH), Block(22, len(text), BlockKind.PARAGRAPH)))
    )
    (time,) = resolve_time(sentences, PUBLISHED)
    assert text[time.start : time.end] == time.text == "May 2021"


WORDS = (
    sorted(vocabulary.vocabulary())
    + "1 7 12 13 24 31 32 99 1957 2013 0000 9999 58 3rd 10:30 1960s 1/2 , . - ’s % $".split()
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
DATES = st.one_of(st.none(), st.dates(), st.sampled_from([date.min, date.max, date(2020, 2, 29)]))


@settings(deadline=None, max_examples=400)
@given(texts=st.lists(TEXTS, max_size=3), published=DATES, capital=st.booleans())
def test_any_text(texts: list[str], published: date | None, capital: bool) -> None:
    """Of any words and any day: no error, offsets exact, in order, earliest not after latest."""
    sentences = [unparsed(text.title() if capital else text) for text in texts]
    times = resolve_time([dataclasses.replace(s, index=at) for at, s in enumerate(sentences)], published)
    for time in times:
        assert sentences[time.sentence].text[time.start : time.end] == time.text
        assert -1 <= time.head < len(sentences[time.sentence].tokens)
        if time.earliest is not None and time.latest is not None:
            assert time.earliest <= time.latest
    for before, after in pairwise(times):
        assert (before.sentence, before.end) <= (after.sentence, after.start)


@given(value=st.from_regex(r"\A[0-9X]{2,4}(-(W?[0-9X]{2}|Q[0-9]|H[0-9]|[SFW][PUAI])(-([0-9X]{2}|WE))?)?\Z"))
def test_any_value(value: str) -> None:
    """Of any value: its days in order, or none where no calendar has them."""
    covered = days(value)
    assert covered is None or covered[0] <= covered[1]


@given(
    day=st.dates(),
    unit=st.sampled_from(["D", "W", "M", "3M", "Y", "10Y"]),
    number=st.integers(-40_000, 40_000),
)
def test_shifting(day: date, unit: str, number: int) -> None:
    """A shift never errs; where it stays in the calendar it goes the right way."""
    moved = shifted(day, unit, number)
    assert moved is None or (moved > day) == (number > 0 and moved != day)


@pytest.mark.parametrize(
    ("year", "month", "day"), [(1818, 3, 22), (2000, 4, 23), (2011, 4, 24), (2024, 3, 31), (2038, 4, 25)]
)
def test_easter(year: int, month: int, day: int) -> None:
    """Easter falls as the tables of the Western churches say, its earliest and latest days among them."""
    assert easter(year) == date(year, month, day)


def test_nth_weekday() -> None:
    """The first Monday, the fourth Thursday and the last Monday of a month."""
    assert nth_weekday(2022, 9, 1, 1) == date(2022, 9, 5)
    assert nth_weekday(2022, 11, 4, 4) == date(2022, 11, 24)
    assert nth_weekday(2022, 5, 1, -1) == date(2022, 5, 30)


@pytest.mark.parametrize(
    ("number", "unit", "value"),
    [
        (9, "Y", "P9Y"),
        (5.5, "TH", "PT5H30M"),
        (None, "D", "PXD"),
        (2, "10Y", "P20Y"),
        (0.5, "Y", "P6M"),
        (1.5, "D", "P1DT12H"),
        (2.5, "W", "P2.5W"),
    ],
)
def test_durations(number: float | None, unit: str, value: str) -> None:
    """Lengths are written as TIMEX3 durations, halves in the next smaller unit where it divides."""
    assert units_of(number, unit) == value


HOSTILE = {
    "digits": "1" * 2_000_000,
    "groups of digits": "1" + ",111" * 50_000 + "1",
    "numbers": "12 " * 20_000,
    "words for numbers": "one hundred and " * 10_000,
    "weekdays": "Monday " * 10_000,
    "holidays": "Easter " * 10_000,
    "clocks": "noon. Monday. " * 5_000,
    "hyphens": "2001-" * 20_000,
    "apostrophes": "'" * 50_000,
    "quantities": "the last several more " * 8_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text(text: str) -> None:
    """Long runs of what times are made of come through, each time with its exact words."""
    assert all(text[time.start : time.end] == time.text for time in resolve_time([unparsed(text)], PUBLISHED))


BAD_TABLES = [
    ("word,class,value\n", "the heading"),
    ("word,class,value,when\nmay,month\n", "4 fields"),
    ("word,class,value,when\nmay,month,5,sometimes\n", "'sometimes'"),
    ("word,class,value,when\nmay,month,5,name\nmay,month,5,name\n", "has a row already"),
]


@pytest.mark.parametrize(("table", "reason"), BAD_TABLES, ids=[reason for _, reason in BAD_TABLES])
def test_bad_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, reason: str) -> None:
    """A bad row of the words stops the program, naming file, line and what would be right."""
    (tmp_path / "words.csv").write_text(table, encoding="utf-8")
    monkeypatch.setattr(vocabulary, "TABLES", tmp_path)
    with pytest.raises(TableError, match=rf"words\.csv:\d: .*{reason}"):
        vocabulary.vocabulary.__wrapped__()
