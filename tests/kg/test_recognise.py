"""`recognise`: who an article speaks of, under which names, and whom its phrases and pronouns mean."""

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from kg.authority import Authority
from kg.model import Actor, Article, Block, BlockKind, Form, Sentence
from kg.recognise import recognise
from kg.segment import Parser

HERE = Path(__file__).parent


def rows(name: str) -> list[ParameterSet]:
    """A table's rows as cases, each under its id."""
    with (HERE / name).open(encoding="utf-8", newline="") as table:
        return [pytest.param(row, id=row["id"]) for row in csv.DictReader(table)]


@pytest.fixture(scope="module")
def parser() -> Parser:
    """The language model that comes with the project."""
    return Parser()


@pytest.fixture(scope="module")
def authority() -> Authority:
    """The shipped tables."""
    return Authority.load()


def segmented(parser: Parser, text: str) -> tuple[Sentence, ...]:
    """The sentences of a text of one paragraph."""
    return parser.segment(Article("a", text, (Block(0, len(text), BlockKind.PARAGRAPH),)))


def told_at(actors: tuple[Actor, ...], end: int) -> list[Actor]:
    """Whom the mentions that end at this offset speak of, first mention first."""
    return [actor for actor in actors if any(mention.end == end for mention in actor.mentions)]


def end_of(text: str, words: str, nth: int = 1) -> int:
    """Where the nth occurrence of the words ends."""
    at = -1
    for _ in range(nth):
        at = text.index(words, at + 1)
    return at + len(words)


@pytest.mark.parametrize("row", rows("actors.csv"))
def test_actor_has_kind_label_and_state(row: dict[str, str], parser: Parser, authority: Authority) -> None:
    """A phrase that can act is an actor with its kind, its label and its state (actors.csv, one reason a row)."""
    actors = recognise(segmented(parser, row["text"]), authority, None)
    end = end_of(row["text"], row["mention"])
    told = [
        actor
        for actor in told_at(actors, end)
        if any(m.end == end and m.text == row["mention"] for m in actor.mentions)
    ]
    described = [(actor.kind, actor.label, actor.state or "") for actor in told]
    assert described == [(row["kind"], row["label"], row["state"])], row["reason"]


@pytest.mark.parametrize("row", rows("coreference.csv"))
def test_phrase_means_actor(row: dict[str, str], parser: Parser, authority: Authority) -> None:
    """A name, phrase or pronoun means whom a reader takes it to mean, or nobody (coreference.csv, one reason a row)."""
    actors = recognise(segmented(parser, row["text"]), authority, None)
    told = told_at(actors, end_of(row["text"], row["mention"], int(row["nth"])))
    assert sorted(actor.label for actor in told) == sorted(filter(None, row["means"].split("|"))), row[
        "reason"
    ]


def test_mention_is_the_slice_at_its_offsets(parser: Parser, authority: Authority) -> None:
    """Every mention's text is exactly the article's text at its offsets, also beside emoji and marks without width."""
    text = "😀 Chad\u200b accused Sudan of “spying”; President \u202bÉvariste Diallo\u202c agreed. 🇹🇩 M23 rebels left it."
    mentions = [m for actor in recognise(segmented(parser, text), authority, None) for m in actor.mentions]
    assert mentions
    assert [m.text for m in mentions] == [text[m.start : m.end] for m in mentions]


def test_head_is_the_token_that_fills_the_place(parser: Parser, authority: Authority) -> None:
    """A mention's head is the token by which the sentence's verb holds it, inside its own sentence."""
    sentences = segmented(parser, "Peru voted. Chadian special forces stormed the palace.")
    actors = recognise(sentences, authority, None)
    (mention,) = [m for actor in actors for m in actor.mentions if m.text == "Chadian special forces"]
    token = sentences[mention.sentence].tokens[mention.head]
    assert (token.text, token.dep) == ("forces", "nsubj")


def test_one_mention_is_one_head(parser: Parser, authority: Authority) -> None:
    """No actor has two mentions with the same head in the same sentence, and mentions stand in text order."""
    text = "Chad, its army and its army's chief met Sudan. Chad said it would help the army of Sudan and its own army."
    for actor in recognise(segmented(parser, text), authority, None):
        heads = [(mention.sentence, mention.head) for mention in actor.mentions]
        assert len(set(heads)) == len(heads)
        assert heads == sorted(heads)


def test_names_hold_what_the_text_calls_it(parser: Parser, authority: Authority) -> None:
    """An army goes by every phrase that the text has for it and by its state's possessive, not by its label twice."""
    text = "Chadian troops left. The Chadian military said its soldiers had won."
    (army,) = [a for a in recognise(segmented(parser, text), authority, None) if a.kind == "ArmedForce"]
    assert {"Chadian troops", "Chadian military", "Chad's military"} <= set(army.names)
    assert army.label not in army.names
    assert list(army.names) == sorted(army.names)


def test_keys_number_actors_by_first_mention(parser: Parser, authority: Authority) -> None:
    """Keys are a1, a2 … in the order in which the actors come into the text."""
    actors = recognise(
        segmented(parser, "Peru thanked Chile. Chile thanked the African Union."), authority, None
    )
    assert [(actor.key, actor.label) for actor in actors] == [
        ("a1", "Peru"),
        ("a2", "Chile"),
        ("a3", "African Union"),
    ]


def test_form_tells_name_nominal_and_pronoun(parser: Parser, authority: Authority) -> None:
    """A name, a noun phrase and a pronoun for one actor keep their forms."""
    actors = recognise(
        segmented(parser, "Minister Ana Quispe resigned. The minister said she was tired."), authority, None
    )
    forms = [mention.form for actor in actors for mention in actor.mentions if actor.label == "Ana Quispe"]
    assert forms[0] is Form.NAME
    assert forms[-1] is Form.PRONOUN


@pytest.mark.parametrize(
    "text",
    ["", "   ", ". . . . .", "????", "(((((", '""""""""', "\u200b\u200b", "CHAD ARMY KILLS 20 IN LAKE RAID", "chad army kills 20 in lake raid",
     "mali accused france " * 500, "Mali and France and " * 500, '"' * 3000, "the army of " * 800, "his its their " * 800],
)  # fmt: skip
def test_odd_text_gives_actors_or_none(text: str, parser: Parser, authority: Authority) -> None:
    """Text without sentences, in capitals, without punctuation or without end is read without an error, offsets right."""
    sentences = parser.segment(
        Article("a", text, (Block(0, len(text), BlockKind.PARAGRAPH),) if text else ())
    )
    for actor in recognise(sentences, authority, None):
        assert actor.label
        assert all(text[mention.start : mention.end] == mention.text for mention in actor.mentions)


def test_work_grows_with_length_not_its_square(parser: Parser, authority: Authority) -> None:
    """A sentence ten times as long takes the stage about ten times as many steps, not a hundred times."""

    def steps(words: int) -> int:
        sentences = segmented(parser, "Mali, its army and the rebels fought and " * (words // 8) + "left.")
        return counted_calls(lambda: recognise(sentences, authority, None))

    assert steps(2000) < 20 * steps(200)


def test_work_grows_with_length_of_a_quote(parser: Parser, authority: Authority) -> None:
    """What was told before a long interview fades in it: six times the sentences take little more than six times the steps."""

    def steps(count: int) -> int:
        people = (
            f"{'BDKLMNPRST'[n % 10]}a{'bdklmnprst'[n // 10 % 10]}o{'bdklmnprst'[n // 100]}u"
            for n in range(count)
        )
        said = " ".join(f"Mr Juan {person} attacked the group." for person in people)
        sentences = segmented(parser, f"“{said}”")
        return counted_calls(lambda: recognise(sentences, authority, None))

    assert steps(600) < 9 * steps(100)


def counted_calls(run: Callable[[], object]) -> int:
    """How many Python functions are entered while it runs."""
    count = 0

    def count_one(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(count_one)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


def test_same_text_gives_same_actors(parser: Parser, authority: Authority) -> None:
    """Two readings of one text are equal, whatever has been read between them."""
    text = "Burundi and Rwanda traded blows. Both countries blamed rebels, who denied it. Its army fired first, they said."
    first = recognise(segmented(parser, text), authority, None)
    recognise(segmented(parser, "Peru thanked Chile."), authority, None)
    assert recognise(segmented(parser, text), authority, None) == first
