"""Words that steer `recognise` (`seeds/authority/hints.csv`, `given_names.csv`): what tells a person's gender, sets a body apart, or shows that a capital acts."""

import functools
from enum import StrEnum

from kg.authority import FOLDER, read_table


class Gender(StrEnum):
    """What pronoun a person takes, as far as the words tell."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = ""


@functools.cache
def hints(kind: str) -> frozenset[str]:
    """All words of one kind of hint."""
    return frozenset(row["word"] for _, row in read_table(FOLDER / "hints.csv") if row["hint"] == kind)


def gender_of(words: str) -> Gender:
    """What a noun or title tells.

    >>> gender_of("Queen"), gender_of("minister")
    (<Gender.FEMALE: 'female'>, <Gender.UNKNOWN: ''>)
    """
    for word in words.lower().replace(".", "").split():
        for gender in (Gender.MALE, Gender.FEMALE):
            if word in hints(gender):
                return gender
    return Gender.UNKNOWN


@functools.cache
def _given_names() -> dict[str, Gender]:
    return {row["name"]: Gender(row["gender"]) for _, row in read_table(FOLDER / "given_names.csv")}


def gender_of_name(name: str) -> Gender:
    """What the given name tells; unknown where it is rare or borne by both.

    >>> gender_of_name("Stephanie Wolters"), gender_of_name("Wolters")
    (<Gender.FEMALE: 'female'>, <Gender.UNKNOWN: ''>)
    """
    given, _, family = name.partition(" ")
    return _given_names().get(given.partition("-")[0], Gender.UNKNOWN) if family else Gender.UNKNOWN


@functools.cache
def _adjectives() -> dict[str, str]:
    rows = read_table(FOLDER / "states.csv")
    return {row["iso3"]: row["adjectives"].partition("|")[0] for _, row in rows if row["adjectives"]}


def adjective_of(state: str, name: str) -> str:
    """The adjective for a state by ISO 3166-1 alpha-3, "Malian"; its name where it has none."""
    return _adjectives().get(state, name)
