"""The language of the ontology's words, and what it finds in sentences."""

import csv
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from kg.authority import Authority
from kg.errors import TableError
from kg.find_events import find_events
from kg.lexicon import Lexicon, Types, load_words, parse_entry
from kg.model import Article, Block, BlockKind, Event
from kg.ontology import LexicalEntry, event_classes, load_ontology
from kg.pipeline import Pipeline
from kg.reading import Reading
from kg.recognise import recognise
from kg.segment import Parser
from kg.settings import ROOT, Settings

HERE = Path(__file__).parent
WORDS = ROOT / "ontology" / "words" / "classes.csv"
CEREMONY = """@prefix cq: <https://w3id.org/communique/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

cq:Decoration a owl:Class ;
    rdfs:subClassOf cq:DiplomacyEvent ;
    cq:verb "bedeck obj{Person|ArmedForce}=target with{ribbon}=none" ;
    cq:noun "bedecking of=target by=agent" ;
    rdfs:label "decoration"@en ;
    cq:plover "SUPPORT" ;
    skos:definition "Somebody is hung with ribbons."@en ;
    skos:example "The president bedecked the general with ribbons."@en .
"""


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


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """All stages."""
    return Pipeline(Settings())


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """The shipped words."""
    return Lexicon(event_classes(load_ontology()), load_words(WORDS))


def events(
    text: str, parser: Parser, authority: Authority, lexicon: Lexicon
) -> tuple[Reading, tuple[Event, ...]]:
    """The events of a text of one paragraph."""
    article = Article("a", text, (Block(0, len(text), BlockKind.PARAGRAPH),))
    sentences = parser.segment(article)
    reading = Reading(article, sentences, recognise(sentences, authority, None))
    return reading, find_events(reading, lexicon)


@pytest.mark.parametrize("row", rows("word_senses.csv"))
def test_senses(parser: Parser, authority: Authority, lexicon: Lexicon, row: dict[str, str]) -> None:
    """A word of the table beside this file tells an event of exactly this class, type and roles, or none."""
    _, found = events(row["text"], parser, authority, lexicon)
    told = [
        {
            "class": event.type,
            "plover": event.plover or "",
            "agents": "|".join(p.text.removeprefix("The ").removeprefix("the ") for p in event.agents),
            "targets": "|".join(p.text.removeprefix("The ").removeprefix("the ") for p in event.targets),
        }
        for event in found
        if event.trigger.text == row["word"]
    ]
    wanted = {name: row[name] for name in ("class", "plover", "agents", "targets")}
    assert told == ([wanted] if row["class"] else [])


def test_words_cover_the_codebook(pipeline: Pipeline) -> None:
    """The fullest event of each sentence beside this file, one or more for each leaf of CAMEO, has exactly the PLOVER type there."""
    with (HERE / "plover_words.csv").open(encoding="utf-8", newline="") as table:
        wanted = {row["text"]: row["plover"] for row in csv.DictReader(table)}
    assert {text: fullest(pipeline, text) for text in wanted} == wanted


def fullest(pipeline: Pipeline, text: str) -> str | None:
    """The PLOVER type of the first event with most roles, as a coder who looks for who did what to whom would choose."""
    article = Article("a", text, (Block(0, len(text), BlockKind.PARAGRAPH),))
    events = [event for event in pipeline.extract(article).events if event.plover]
    return (
        max(events, key=lambda e: 2 * bool(e.agents) + bool(e.targets or e.places)).plover if events else None
    )


def test_one_file_in_a_folder_adds_a_class(parser: Parser, authority: Authority, tmp_path: Path) -> None:
    """A person adds an event class with its words in one Turtle file in a folder, and it is found, its roles filled."""
    (tmp_path / "ceremony.ttl").write_text(CEREMONY, encoding="utf-8")
    lexicon = Lexicon(event_classes(load_ontology(tmp_path)), load_words(WORDS))
    reading, found = events("The minister bedecked the general with ribbons.", parser, authority, lexicon)
    assert [(e.type, e.plover) for e in found] == [("Decoration", "SUPPORT")]
    assert [reading.actors[p.actor].label for p in found[0].agents] == ["minister"]
    assert [reading.actors[p.actor].label for p in found[0].targets] == ["general"]


def test_an_added_class_keeps_its_demands(parser: Parser, authority: Authority, tmp_path: Path) -> None:
    """Where a demanded place is not filled, the added class is not found."""
    (tmp_path / "ceremony.ttl").write_text(CEREMONY, encoding="utf-8")
    lexicon = Lexicon(event_classes(load_ontology(tmp_path)), load_words(WORDS))
    assert events("The minister bedecked the general with flowers.", parser, authority, lexicon)[1] == ()


@pytest.mark.parametrize("row", rows("broken_words.csv"))
def test_broken_entries(row: dict[str, str]) -> None:
    """An entry that does not follow the language is refused with its file, line, class and what would be right."""
    with pytest.raises(TableError) as caught:
        parse_entry("Raid", LexicalEntry("verb", row["entry"], "mine/raids.ttl", 12), {})
    assert str(caught.value).startswith(f"mine/raids.ttl:12: cq:Raid cq:verb {row['entry']!r}: {row['says']}")


def test_a_broken_file_names_itself(tmp_path: Path) -> None:
    """A mistake in a user's Turtle file stops the lexicon with that file and line."""
    (tmp_path / "ceremony.ttl").write_text(
        CEREMONY.replace("of=target by=agent", "of=victim"), encoding="utf-8"
    )
    with pytest.raises(
        TableError, match=rf"^{tmp_path.name}/ceremony\.ttl:9: cq:Decoration cq:noun 'bedecking of=victim'"
    ):
        Lexicon(event_classes(load_ontology(tmp_path)), load_words(WORDS))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("class,member\nforce,\n", ":2: a row needs a class and a member"),
        (
            "class,member\nforce,soldier\nforce,Soldiery\n",
            ":3: 'Soldiery' is no kind of actor; lemmas are in lower case",
        ),
    ],
    ids=["no member", "no kind"],
)
def test_broken_word_classes(tmp_path: Path, table: str, says: str) -> None:
    """A row of the word classes without a member, or with a kind of actor that there is none, is refused with its line."""
    file = tmp_path / "classes.csv"
    file.write_text(table, encoding="utf-8")
    with pytest.raises(TableError) as caught:
        load_words(file)
    assert str(caught.value) == f"{file}{says}"


def test_word_classes_stand_for_their_members() -> None:
    """A word class in braces accepts its lemmas and its kinds of actor, and nothing else; `!` turns it round."""
    words = {"force": Types(frozenset({"ArmedForce"}), frozenset({"soldier"}))}
    entry = LexicalEntry("verb", "mass obj{force|tank}=agent on{!force}=place", "x.ttl", 1)
    mass, on = (slot.types for slot in parse_entry("Deployment", entry, words).slots)
    assert mass
    assert on
    accepted = [
        mass.accept(kinds, lemma)
        for kinds, lemma in (([], "soldier"), ([], "tank"), (["ArmedForce"], "it"), ([], "hill"))
    ]
    assert accepted == [True, True, True, False]
    assert [on.accept([], "soldier"), on.accept([], "hill")] == [False, True]


def test_shipped_words_demand_what_they_say(lexicon: Lexicon) -> None:
    """Entries of a lemma come the most demanding first, and of those that demand as much the one with fewer words."""
    order = [(p.demands, -p.breadth) for p in lexicon.patterns("verb", "violate")]
    assert order == sorted(order, reverse=True)
    assert len(order) > 2
