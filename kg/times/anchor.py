"""From where times are reckoned, and what their words say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from kg.times.calendar import UNKNOWN, Days, shifted, value_of
from kg.times.words import Word

UNITS = ("period", "quarter_name", "century_name", "second", "units", "long_unit")
SHIFTS = ("last", "next", "this", "past", "coming", "current", "told", "that")
LONG = ("10Y", "100Y")  # told to the year only
ORDER = ("D", "W", "M", "3M", "Y", "10Y", "100Y")


class Told(NamedTuple):
    """The date that the article told last, with the unit of its precision."""

    days: Days
    unit: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """From where a time is reckoned."""

    published: date | None
    told: Told | None = None
    direction: int = 0  # of kg.times.tense


class Reading(NamedTuple):
    """A resolved time."""

    value: str | None
    kind: str = "DATE"  # TIMEX3 type
    part: str = ""  # START, MID or END of what the value covers
    days: Days | None = None  # where the value does not tell them
    undated: bool = False  # the value tells no days ("post-1959")


def first(words: Sequence[Word], *kinds: str) -> Word | None:
    """The first word of one of these classes."""
    return next((word for word in words if word.kind in kinds), None)


def part_of(words: Sequence[Word]) -> str:
    """START, MID or END where the words say so."""
    word = first(words, "fuzzy", "edge")
    return word.value if word else ""


def shift_of(words: Sequence[Word]) -> Word | None:
    """The word that says which one is meant; "that same day" is told by "same"."""
    return first(words, "told") or first(words, *SHIFTS)


def year_of(words: Sequence[Word]) -> int | None:
    """The year that is written out."""
    word = first(words, "year")
    return int(word.value) if word else None


def day_number(words: Sequence[Word]) -> int:
    """The number of the day in its month."""
    word = first(words, "n12", "n23", "n24", "n31", "ordinal_digits")
    return int(word.value.rstrip("sthndr")) if word else 0


def ordinal(words: Sequence[Word]) -> int:
    """The ordinal as a number, 0 without one."""
    word = first(words, "ordinal", "ordinal_digits", "second")
    if word is None:
        return 0
    return 2 if word.kind == "second" else int(word.value.rstrip("sthndr"))


def calendar_date(year: int, month: int, day: int) -> date | None:
    """The day, None where the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def distance(day: date, published: date) -> tuple[int, date]:
    """How far apart two days are; the earlier of two equally near comes first."""
    return abs((day - published).days), day


def known(day: date | None, unit: str) -> str:
    """The value of the day's unit, or the pattern for an unknown one."""
    return value_of(day, unit) if day else UNKNOWN[unit]


def told_start(anchor: Anchor, unit: str) -> date | None:
    """The date told last, where it is precise enough to reckon in the unit from it."""
    if anchor.told is None or ORDER.index(anchor.told.unit) > ORDER.index(unit):
        return None
    return anchor.told.days[0]


def told_day(anchor: Anchor, number: int) -> date | None:
    """Days from the date told last, where that was a single day."""
    if anchor.told is None or anchor.told.unit != "D":
        return None
    return shifted(anchor.told.days[0], "D", number)


def directed(candidates: Sequence[date], anchor: Anchor, published: date) -> date | None:
    """The nearest to publication, or the one where the tense points if it is not FARTHEST away."""
    nearest = sorted(candidates, key=lambda day: distance(day, published))
    for day in nearest:
        agrees = anchor.direction * (day - published).days >= 0
        if agrees and abs((day - published).days) <= FARTHEST:
            return day
    return nearest[0] if nearest else None


FARTHEST = 300  # days; a day named without its year is nearer than most of a year, or the tense was misread


def shifted_year(shift: Word | None, anchor: Anchor) -> int | None:
    """The year that "this", "last", "next" or "the following" means."""
    if shift is None or shift.kind in ("told", "that"):
        return anchor.told.days[0].year + int(shift.value if shift else 0) if anchor.told else None
    return anchor.published.year + int(shift.value) if anchor.published else None


def with_part_of_day(value: str, part_of_day: Word | None) -> Reading:
    """A day, or its morning, afternoon, evening or night."""
    return Reading(f"{value}T{part_of_day.value}", "TIME") if part_of_day else Reading(value)
