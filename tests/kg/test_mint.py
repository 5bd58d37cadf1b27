"""IRIs: readable, repeatable, of their article alone, and safe whatever the names are made of."""

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode

from kg.authority import Authority
from kg.mint import LONGEST, actor_iri, article_iri, mint, slug, state_iri
from kg.model import Actor, Article, Form, Mention
from tests.kg.extractions import earlier, echo, renunciation, retold

BASE = "http://kg.example/"
NAMES = Authority.load()
ARTICLE = Article("a.txt", "", ())
HOSTILE = [
    "‮Kelda",
    "a\x00b\x1f",
    '"><script>',
    "x" * 10_000,
    "../../etc",
    "%2e%2e",
    "é\u0301",
    "القاعدة",
    "🙂",
    " ",
    "a b#c?d=e&f",
]


def actor(label: str, kind: str = "ArmedGroup", form: Form = Form.NAME, **more: str) -> Actor:
    """An actor with one mention."""
    return Actor("a1", label, kind, (Mention(0, 1, "x", form, 0, 0),), **more)  # type: ignore[arg-type]


def test_an_event_is_named_by_its_day_class_and_agent() -> None:
    """A person can read when, what and who from an event's IRI."""
    minted = mint(renunciation(), BASE, NAMES)
    pattern = BASE + r"event/2022-05-02-agreement-renunciation-government-of-mali-[0-9a-f]{8}"
    assert re.fullmatch(pattern, minted.events["e1"])


def test_a_month_or_year_stands_where_the_day_is_unknown() -> None:
    """The date in the IRI is no more exact than what is told, and absent where nothing is."""
    minted = mint(echo(), BASE, NAMES)
    assert [iri.removeprefix(BASE + "event/")[:10] for iri in minted.events.values()] == [
        "2022-05-ag", "espionage-", "2021-05-co", "expulsion-",
    ]  # fmt: skip


def test_states_and_their_organs_go_by_name_others_by_id() -> None:
    """What the tables know has one IRI, by whatever name an article calls it."""
    assert (
        actor_iri(actor("Bamako", "State", authority="state/MLI"), ARTICLE, BASE, NAMES)
        == BASE + "actor/mali"
    )
    government = actor("the junta", "Government", authority="government/MLI")
    assert actor_iri(government, ARTICLE, BASE, NAMES) == BASE + "actor/government-of-mali"


def test_no_two_rows_of_the_tables_share_an_iri() -> None:
    """Every state, government, army, body, place and person of the tables has an IRI of its own."""
    iris = [state_iri(entry, BASE) for entry in NAMES.entries()]
    assert len(iris) == len(set(iris))


def test_a_name_means_the_same_in_every_article() -> None:
    """A named group has one IRI, however it is spelled in letter case; a name of another kind has another."""
    one = actor_iri(actor("Northern Front"), ARTICLE, BASE, NAMES)
    assert one == actor_iri(actor("Northern front"), replace(ARTICLE, id="b.txt"), BASE, NAMES)
    assert one != actor_iri(actor("Northern Front", "PoliticalParty"), ARTICLE, BASE, NAMES)


@pytest.mark.parametrize("who", [actor("four men", "Person", Form.NOMINAL), actor("Johnson", "Person")])
def test_the_nameless_are_their_articles_own(who: Actor) -> None:
    """Four men, or a bare surname, are not the same in two articles."""
    other = replace(ARTICLE, id="b.txt")
    assert actor_iri(who, ARTICLE, BASE, NAMES) != actor_iri(who, other, BASE, NAMES)


def test_an_article_is_known_by_its_id() -> None:
    """Same title and day, other id: another article."""
    one = Article("a.txt", "", (), "Calm returns", date(2031, 5, 2))
    assert article_iri(one, BASE) != article_iri(replace(one, id="b.txt"), BASE)
    assert article_iri(one, BASE).startswith(BASE + "article/2031-05-02-calm-returns-")


def test_an_iri_depends_on_its_article_alone() -> None:
    """Minting again gives the same; another article's id gives other event IRIs for the same words."""
    assert mint(earlier(), BASE, NAMES) == mint(earlier(), BASE, NAMES)
    other = mint(retold(earlier(), id="other.txt"), BASE, NAMES)
    assert not set(other.events.values()) & set(mint(earlier(), BASE, NAMES).events.values())


def test_two_events_at_one_trigger_have_two_iris() -> None:
    """Coordinated happenings told by one word are not mixed up."""
    story = earlier()
    twin = replace(story.events[1], key="e3")
    minted = mint(replace(story, events=(*story.events, twin)), BASE, NAMES)
    assert minted.events["e2"] != minted.events["e3"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_make_plain_iris(name: str) -> None:
    """Control characters, other scripts, markup and endless names end in short ASCII IRIs."""
    for iri in (
        actor_iri(actor(name), ARTICLE, BASE, NAMES),
        article_iri(Article(name, "", (), name), BASE),
    ):
        assert re.fullmatch(rf"{BASE}[a-z]+/[a-z0-9-]{{1,{LONGEST + 30}}}", iri)


@given(st.text())
def test_any_words_make_a_slug(words: str) -> None:
    """A slug is hyphenated lower-case ASCII of bounded length, and an IRI with it is one."""
    made = slug(words)
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", made)
    assert len(made) <= LONGEST
    NamedNode(f"{BASE}{made}")
