"""The stage `attribute`: claims, and how surely each event is told."""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from io import StringIO
from pathlib import Path

import pytest

from kg.attribute import attribute
from kg.claims.cues import load_cues
from kg.claims.quotes import Quotes
from kg.errors import TableError
from kg.find_sources import find_sources
from kg.lexicon import Lexicon
from kg.model import (
    Actor,
    Article,
    Block,
    BlockKind,
    Claim,
    Event,
    Form,
    Mention,
    Sentence,
    Span,
    Status,
    TimeExpression,
)
from kg.ontology import EventClass
from kg.reading import Reading
from kg.segment import Parser

ROWS = list(csv.DictReader(StringIO((Path(__file__).parent / "attribute.csv").read_text(encoding="utf-8"))))
SPEECH = ("Statement", "Accusation", "Condemnation", "Denial", "Demand", "Refusal", "Threat")
DEED = "Attack"
WORDLESS = Lexicon(
    {name: EventClass(name, name, None, (), name != DEED, ()) for name in (*SPEECH, DEED)}, {}
)  # the stage judges what it is given; which words tell events is not its business


@cache
def parser() -> Parser:
    """The language model, loaded once."""
    return Parser()


def article(text: str, published: date | None = None) -> Article:
    """An article with a paragraph a line."""
    blocks = tuple(Block(m.start(), m.end(), BlockKind.PARAGRAPH) for m in re.finditer(r"[^\n]+", text))
    return Article("test", text, blocks, published=published)


def read(text: str, published: date | None = None) -> Reading:
    """A reading in which every noun phrase and pronoun is an actor of its own."""
    told = article(text, published)
    sentences = parser().segment(told)
    mentions = [mention for sentence in sentences for mention in _mentions(sentence)]
    actors = [Actor(f"a{n}", m.text, "Organisation", (m,)) for n, m in enumerate(mentions, start=1)]
    times = [
        TimeExpression(t.start, t.end, t.text, s.index, "2023-12-20", date(2023, 12, 20), date(2023, 12, 20), head=t.index)
        for s in sentences for t in s.tokens if t.text == "December"
    ]  # fmt: skip
    return Reading(told, sentences, actors, times)


def _mentions(sentence: Sentence) -> Iterator[Mention]:
    for token in sentence.tokens:
        if token.pos not in ("NOUN", "PROPN", "PRON") or token.dep == "compound":
            continue
        first, last = next(
            ((a, b - 1) for a, b in sentence.noun_chunks if b - 1 == token.index), (token.index, token.index)
        )
        span = sentence.span(first, last)
        yield Mention(span.start, span.end, span.text, Form.NOMINAL, sentence.index, token.index)


def events(reading: Reading, types: dict[str, str]) -> tuple[Event, ...]:
    """An event for each of the words, of the class given, with its grammatical doers as agents."""
    found = [
        _event(reading, sentence, token.index, types[token.text])
        for sentence in reading.sentences for token in sentence.tokens if token.text in types
    ]  # fmt: skip
    return tuple(replace(event, key=f"e{n}") for n, event in enumerate(found, start=1))


def _event(reading: Reading, here: Sentence, index: int, kind: str) -> Event:
    frame, token = reading.frames[here.index][index], here.tokens[index]
    doers = [*frame.subjects, *(frame.owners if token.pos == "NOUN" else ()), *frame.obliques.get("by", ())]
    trigger, passage = Span(token.start, token.end, token.text), Span(here.start, here.end, here.text)
    return Event("", kind, here.index, index, trigger, passage, reading.participants(here.index, doers))


def judged(
    text: str, types: dict[str, str], published: date | None = None
) -> tuple[tuple[Event, ...], tuple[Claim, ...]]:
    """The stage's output for a text whose events are the words given."""
    reading = read(text, published)
    return attribute(reading, events(reading, types), WORDLESS)


def told(text: str, trigger: str) -> Event:
    """The one event of that trigger, judged."""
    return next(e for e in judged(text, {trigger: DEED})[0] if e.trigger.text == trigger)


def _types(row: dict[str, str]) -> dict[str, str]:
    return {row["trigger"]: DEED} | dict(pair.split("=") for pair in row["speech"].split("|") if pair)


@pytest.mark.parametrize("row", ROWS, ids=[f"{n}-{row['phenomenon']}" for n, row in enumerate(ROWS, start=2)])
def test_each_sentence_tells_its_event_so_surely_and_on_that_word(row: dict[str, str]) -> None:
    """Every row's trigger has the row's status, and as sources exactly those whom the row names."""
    published = date.fromisoformat(row["published"]) if row["published"] else None
    found, _ = judged(row["text"], _types(row), published)
    event = next(e for e in found if e.trigger.text == row["trigger"])
    wanted = [name for name in row["sources"].split("|") if name]
    assert event.status == row["status"]
    assert all(any(name in p.text for p in event.sources) for name in wanted)
    assert bool(event.sources) == bool(wanted)


CLAIMS = [row for row in ROWS if row["cue"]]


@pytest.mark.parametrize("row", CLAIMS, ids=[f"{row['phenomenon']}-{row['text'][:30]}" for row in CLAIMS])
def test_each_claim_has_its_speaker_its_cue_and_its_content(row: dict[str, str]) -> None:
    """Every row with a cue gives a claim by it, of the row's speaker and with the row's content."""
    found, claims = judged(row["text"], _types(row))
    claim = next(c for c in claims if c.cue.text == row["cue"])
    assert claim.speaker is not None
    assert claim.speaker.text == row["speaker"]
    if row["content"]:
        assert claim.content.text.strip('",“”.') == row["content"].strip('",“”.')
    if claim.event:
        assert claim.type == next(e.type for e in found if e.key == claim.event)


def test_the_table_is_large_and_every_status_occurs_in_it() -> None:
    """At least eighty sentences stand in the table, and each status is wanted by three of them."""
    assert len(ROWS) >= 80
    assert all(sum(row["status"] == status for row in ROWS) >= 3 for status in Status)


def test_no_row_of_the_table_that_is_not_asserted_leaks() -> None:
    """Nothing that is alleged, planned, denied, negated or conditional comes out as asserted."""
    rows = [row for row in ROWS if row["status"] != Status.ASSERTED]
    leaked = []
    for row in rows:
        found, _ = judged(row["text"], _types(row), date(2023, 12, 1) if row["published"] else None)
        leaked += [
            row["text"] for e in found if e.trigger.text == row["trigger"] and e.status is Status.ASSERTED
        ]
    assert leaked == []


def test_an_event_names_the_speech_event_or_else_the_claim_in_which_it_stands() -> None:
    """Event.claim is the accusation's key where there is one, and the plain claim's key otherwise."""
    found, claims = judged(
        "Belmora accused Arvania of attacking Kelda.", {"accused": "Accusation", "attacking": DEED}
    )
    assert found[1].claim == found[0].key
    assert claims[0].event == found[0].key
    found, claims = judged("Belmora said that Arvania attacked Kelda.", {"attacked": DEED})
    assert found[0].claim == claims[0].key == "c1"
    assert claims[0].event is None


def test_a_speech_event_is_no_second_claim_by_its_plain_cue() -> None:
    """A word that is both a speech event and a plain cue gives one claim, the event's."""
    _, claims = judged("Castria urged Arvania to attack Kelda.", {"urged": "Demand", "attack": DEED})
    assert [(c.cue.text, c.type) for c in claims] == [("urged", "Demand")]


def test_a_speech_event_has_its_words_as_content() -> None:
    """The content of a speech event is what its claim says."""
    found, claims = judged("Belmora accused Arvania of attacking Kelda.", {"accused": "Accusation"})
    assert found[0].content == claims[0].content


def test_confirming_ones_own_deed_asserts_it() -> None:
    """What the doer itself confirms is told as fact, by whichever of its names it is meant."""
    text = "Arvania confirmed that it had attacked the village."
    reading = read(text)
    arvania = next(a for a in reading.actors.values() if a.label == "Arvania")
    it = next(a for a in reading.actors.values() if a.label == "it")
    one = Actor(arvania.key, "Arvania", "State", (*arvania.mentions, *it.mentions))
    others = [a for a in reading.actors.values() if a.label not in ("Arvania", "it")]
    reading = Reading(reading.article, reading.sentences, [one, *others])
    found, _ = attribute(reading, events(reading, {"attacked": DEED}), WORDLESS)
    assert found[0].status is Status.ASSERTED


def test_the_content_of_a_split_quotation_reaches_from_its_first_to_its_last_piece() -> None:
    """'"A," he said. "B."' is one claim whose content holds both pieces."""
    _, claims = judged('"They came at dawn," the mayor said. "They burned the school down."', {})
    assert len(claims) == 1
    assert claims[0].content.text.startswith('"They came')
    assert claims[0].content.text.endswith('school down."')


def test_a_quotation_that_fills_a_paragraph_is_a_claim_of_its_own() -> None:
    """What goes on without words of saying in the next paragraph is a further claim of the same speaker."""
    _, claims = judged('"They came at dawn," the mayor said.\n"They burned the school down."', {})
    assert [c.content.text for c in claims] == ['"They came at dawn,"', '"They burned the school down."']
    assert claims[0].speaker == claims[1].speaker


def test_a_quotation_in_the_first_person_is_of_the_person_told_of_before() -> None:
    """Where no words of saying are near, "I want …" is said by whom the paragraph before is about."""
    reading = read('Kiran Odo won the vote.\n"I want to rebuild the harbour for everyone."')
    people = [replace(a, kind="Person") for a in reading.actors.values()]
    _, claims = attribute(Reading(reading.article, reading.sentences, people), (), WORDLESS)
    assert [c.speaker and c.speaker.text for c in claims] == ["Kiran Odo"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Belmora said Arvania had breached the truce.", "Accusation"),
        ("Belmora said its troops had not violated the border.", "Denial"),
        ("Belmora said the sale was a disgrace.", "Condemnation"),
        ("Belmora said that Arvania must leave the valley.", "Demand"),
        ("Belmora said it would not recognise the vote.", "Refusal"),
        ('"We will punish the looters," the mayor said.', "Threat"),
        ("Belmora said that the harvest was good.", "Statement"),
        ("Belmora called for an end to the pipeline.", "Demand"),
        ("Belmora called the pipeline a success.", "Statement"),
        ("Belmora brushed off the ruling.", "Refusal"),
        ("The mayor was accused of hiding the ledgers.", "Accusation"),
        ("The talks ended amid calls for his resignation.", "Demand"),
    ],
)
def test_a_claim_without_a_speech_event_has_the_class_of_its_words(text: str, wanted: str) -> None:
    """Cue and content make a plain claim more than a statement."""
    _, claims = judged(text, {})
    assert [c.type for c in claims] == [wanted]


def test_a_body_that_condemns_in_its_own_quotation_has_condemned() -> None:
    """A claim within its own speaker's words is told as fact: it is made by saying it."""
    reading = read('"The union condemns the raid," the union said.')
    one = [a for a in reading.actors.values() if a.label in ("The union", "the union")]
    merged = Actor("u", "union", "Organisation", tuple(m for a in one for m in a.mentions))
    reading = Reading(reading.article, reading.sentences, [merged])
    found, _ = attribute(reading, events(reading, {"condemns": "Condemnation"}), WORDLESS)
    assert found[0].status is Status.ASSERTED


def test_every_span_is_the_text_at_its_offsets() -> None:
    """Cue, content and speaker of each claim are slices of the article, whatever signs stand in it."""
    text = "\u200f“Они 🔥 came,” the mayor said.\u00a0“They —burned— it ‘all’.”\n\n«Quoi?» asked the envoy."
    _, claims = judged(text, {})
    spans = [s for c in claims for s in (c.cue, c.content, c.speaker) if s]
    assert spans
    assert all(text[s.start : s.end] == s.text for s in spans)


@pytest.mark.parametrize(
    "text",
    [
        '" ' * 3000,
        "“" * 3000,
        "”" * 3000,
        '"a"' * 2000,
        "‘a’ ‘ ’ ' " * 1000,
        '"He said "she said "they said "no" he said" she said" they said.',
        "said said said said , said : said",
        "According to according to , according to .",
        "NAME: NAME: NAME: NAME:",
        "?",
    ],
    ids=["open", "opening", "closing", "glued", "single", "nested", "cues", "according", "labels", "sign"],
)
def test_hopeless_quotation_marks_and_cues_are_survived(text: str) -> None:
    """Unbalanced, nested and senseless marks give claims whose spans are right, and no error."""
    _, claims = judged(text, {})
    assert all(text[c.content.start : c.content.end] == c.content.text for c in claims)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('He said "a b" and "c".', ['"a b"', '"c"']),
        ("“a “b” c", ["“a “b”"]),
        ('A 6" pipe and a 7" one.', []),
        ("„So“, he said.", ["„So“"]),
        ("The soldiers' camp and the rebels' base.", []),
        ("He called it ‘the soldiers’ camp’ again.", ["‘the soldiers’ camp’"]),
        ('"One goes on.\n"Two ends."', ['"One goes on.', '"Two ends."']),
    ],
)
def test_quotations_are_found_by_their_marks(text: str, wanted: list[str]) -> None:
    """Marks pair by direction or by the space around them; what is not closed ends with its paragraph."""
    assert [text[q.start : q.end] for q in Quotes(article(text)).all] == wanted


def test_those_whom_nobody_knows_are_actors_once_they_speak() -> None:
    """A noun that speaks is an actor; the same words are the same one, and a document counts as media."""
    text = "Elders said that troops left. A poll showed that voters care. The elders added that all was calm."
    told_in = article(text)
    sentences = parser().segment(told_in)
    actors = find_sources(Reading(told_in, sentences, ()))
    assert [(a.key, a.label, a.kind, len(a.mentions)) for a in actors] == [
        ("a1", "Elders", "Population", 2),
        ("a2", "poll", "Media", 1),
    ]


def test_those_without_any_noun_are_actors_too_once_they_speak() -> None:
    """The "some" of "some said" and the "another" who "reported seeing" speak, though no more is told of them."""
    told_in = article("Some said that troops had left. Another reported seeing them.")
    actors = find_sources(Reading(told_in, parser().segment(told_in), ()))
    assert [a.label for a in actors] == ["Some", "Another"]


def test_he_who_speaks_and_is_not_known_is_who_spoke_last() -> None:
    """A pronoun that nobody resolved is the last person who spoke, if it speaks itself."""
    text = "The miller said that troops left. He said that all was calm."
    told_in = article(text)
    actors = find_sources(Reading(told_in, parser().segment(told_in), ()))
    assert [[m.text for m in a.mentions] for a in actors] == [["miller", "He"]]


def test_an_unknown_effect_stops_naming_file_and_line(tmp_path: Path) -> None:
    """A row whose effect is none of the known ones is refused by file and line."""
    (tmp_path / "cues.csv").write_text(
        "lemma,category,place,effect\nsay,verb,clause,Perhaps\n", encoding="utf-8"
    )
    (tmp_path / "claims.csv").write_text("class,place,effect\n", encoding="utf-8")
    (tmp_path / "embedding.csv").write_text("lemma,category,place,effect\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"cues\.csv:2: unknown effect 'Perhaps'"):
        load_cues(tmp_path)


def test_a_missing_column_stops_naming_file_and_line(tmp_path: Path) -> None:
    """A table without one of its columns is refused."""
    (tmp_path / "claims.csv").write_text("class,place\nDenial,clause\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"claims\.csv:2: has no effect"):
        load_cues(tmp_path)


def test_the_shipped_tables_are_sorted_and_hold_no_row_twice() -> None:
    """Each word stands once a place, words in order, so that a change of the tables shows what it changes."""
    for name in ("cues.csv", "embedding.csv"):
        file = Path(__file__).parents[2] / "ontology" / "words" / name
        rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
        words = [(row["category"], row["lemma"]) for row in rows]
        assert words == sorted(words)
        assert len({(*word, row["place"]) for word, row in zip(words, rows, strict=True)}) == len(rows)
