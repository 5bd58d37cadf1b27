"""Linking actors with the authority's rows: by name, kind and what else the article speaks of."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kg.authority import Authority
from kg.link import BAR, link
from kg.model import Actor, Form, Mention

CASES = json.loads((Path(__file__).parent / "link_cases.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def authority() -> Authority:
    """The shipped tables."""
    return Authority.load()


def actor(number: int, kind: str, state: str | None, names: str) -> Actor:
    """An actor with one mention for each name; a leading ~ marks a phrase that is no name."""
    mentions = tuple(
        Mention(
            at, at + 1, name.removeprefix("~"), Form.NOMINAL if name.startswith("~") else Form.NAME, 0, at
        )
        for at, name in enumerate(names.split("|"))
    )
    label = next((name[1:] for name in names.split("|") if name.startswith("~")), mentions[0].text)
    return Actor(f"a{number}", label, kind, mentions, state)


def linked(authority: Authority, case: dict[str, Any]) -> tuple[Actor, ...]:
    """The actors of a case after linking."""
    actors = [
        actor(number, kind, state, names)
        for number, (kind, state, names, _) in enumerate(case["actors"], start=1)
    ]
    published = date.fromisoformat(case["published"]) if "published" in case else None
    return link(actors, authority, published)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_cases(authority: Authority, case: dict[str, Any]) -> None:
    """Each actor of the table beside this file finds the row given there, or none."""
    assert [found.authority for found in linked(authority, case)] == [row for *_, row in case["actors"]], (
        case["reason"]
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_links_and_candidates(authority: Authority, case: dict[str, Any]) -> None:
    """A linked actor has its row's identifiers at the bar or above and no candidates; another only candidates below it."""
    for found in linked(authority, case):
        row = authority.get(found.authority) if found.authority else None
        assert [link.iri for link in found.links] == list(row.iris if row else ())
        assert all(BAR <= link.score <= 1 for link in found.links)
        assert all(0 < link.score < BAR for link in found.candidates)
        assert not (found.authority and found.candidates)


def test_iris(authority: Authority) -> None:
    """A place is linked to Wikidata first and to GeoNames, in the forms that these give their things."""
    (bamako,) = link([actor(1, "Place", None, "Bamako")], authority, None)
    assert [link.iri for link in bamako.links] == [
        "http://www.wikidata.org/entity/Q3703",
        "https://sws.geonames.org/2460596/",
    ]
    assert bamako.state == "MLI"


def test_candidates_are_kept(authority: Authority) -> None:
    """Where two states share the name and nothing tells which, both are kept, none is chosen."""
    (congo,) = link([actor(1, "State", "COD", "Congo")], authority, None)
    wikidata = {
        f"http://www.wikidata.org/entity/{authority.state(state).wikidata}" for state in ("COD", "COG")
    }
    assert congo.links == ()
    assert {link.iri for link in congo.candidates} == wikidata


def test_order_of_actors_does_not_matter(authority: Authority) -> None:
    """Namesakes are told apart by the whole article, so the order in which actors stand changes nothing."""
    actors = [
        actor(1, "State", "COD", "Congo"),
        actor(2, "Place", None, "Goma"),
        actor(3, "State", "RWA", "Rwanda"),
    ]
    forward = {found.key: found for found in link(actors, authority, None)}
    backward = {found.key: found for found in link(actors[::-1], authority, None)}
    assert forward == backward


def test_ground_is_what_its_row_says(authority: Authority) -> None:
    """What recognition took for a state and is a region of another one becomes a place of that state."""
    actors = [actor(1, "State", "GEO", "Georgia"), actor(2, "Place", None, "Atlanta")]
    assert [(found.kind, found.state) for found in link(actors, authority, None)] == [
        ("Place", "USA"),
        ("Place", "USA"),
    ]


def test_nothing_else_changes(authority: Authority) -> None:
    """Linking keeps key, label, kind, names and mentions."""
    before = actor(1, "State", "MLI", "Mali")
    (after,) = link([before], authority, None)
    assert (after.key, after.label, after.kind, after.mentions, after.names, after.state) == (
        *(before.key, before.label, before.kind, before.mentions, before.names),
        "MLI",
    )


@pytest.mark.parametrize(
    "name", ["", " ", "\u202e", "x" * 10_000, "|", "Q142", "http://www.wikidata.org/entity/Q142"]
)
def test_hostile_names(authority: Authority, name: str) -> None:
    """Names that are no names link to nothing."""
    mention = Mention(0, len(name), name, Form.NAME, 0, 0)
    for kind in ("State", "Person", "Place", "Organisation", "Government", "Nonsense"):
        (found,) = link([Actor("a1", name, kind, (mention,), "XYZ")], authority, date(2022, 5, 5))
        assert (found.authority, found.links, found.candidates) == (None, (), ())
