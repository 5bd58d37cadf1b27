"""Weekends, seasons, quarters, years, decades and centuries, named or counted from a day."""

from collections.abc import Sequence
from datetime import date

from kg.times.anchor import (
    UNITS,
    Anchor,
    Reading,
    first,
    known,
    ordinal,
    part_of,
    shift_of,
    shifted_year,
    told_start,
    year_of,
)
from kg.times.calendar import days, shifted, value_of, year_text
from kg.times.words import Word


def read_season(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A season, by the northern half of the Earth."""
    season, year, shift = first(words, "season"), year_of(words), shift_of(words)
    if season is None:
        return None
    if year is None and anchor.published is not None:
        year = _year_of_season(season.value, shift, anchor, anchor.published)
    return Reading(f"{year_text(year)}-{season.value}", part=part_of(words))


def _year_of_season(season: str, shift: Word | None, anchor: Anchor, published: date) -> int | None:
    if shift is not None and shift.kind in ("told", "that"):
        return anchor.told.days[0].year + int(shift.value) if anchor.told else None
    covered = days(f"{published.year:04d}-{season}")
    if covered is None:
        return None
    if shift is None:  # "in the spring": as the tense points
        return published.year + (
            covered[1] < published if anchor.direction > 0 else -(covered[0] > published)
        )
    if shift.kind in ("last", "past"):
        return published.year - (covered[1] >= published)
    if shift.kind in ("next", "coming"):
        return published.year + (covered[0] <= published)
    return published.year


def read_quarter(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A quarter of a year."""
    name = first(words, "quarter")
    number = int(name.value[1:]) if name else ordinal(words)
    if not 1 <= number <= 4:
        return None
    return _fraction_of_year(words, anchor, f"Q{number}", 3 * number)


def read_half(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A half of a year."""
    number = ordinal(words)
    return _fraction_of_year(words, anchor, f"H{number}", 6 * number) if number in (1, 2) else None


def _fraction_of_year(words: Sequence[Word], anchor: Anchor, mark: str, last_month: int) -> Reading:
    """A quarter or half of the year that is named; without one the last that has begun at publication."""
    year, published = year_of(words), anchor.published
    if year is None and shift_of(words) is not None:
        year = shifted_year(shift_of(words), anchor)
    elif year is None and published is not None:
        begins = last_month - (2 if mark[0] == "Q" else 5)
        year = published.year - (begins > published.month and anchor.direction <= 0)
    return Reading(f"{year_text(year)}-{mark}")


def read_range_end(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """The end of "1957-58": its century is that of the year before it, which is the date told last."""
    if anchor.told is None or anchor.told.unit != "Y" or len(words[0].text) != 2:
        return None
    begin, end = anchor.told.days[0].year, int(words[0].value)
    return Reading(f"{begin // 100:02d}{end:02d}") if end > begin % 100 else None


def read_decade(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """Ten years."""
    name = first(words, "decade")
    digits = "".join(c for c in name.value if c.isdigit()) if name else ""
    century = digits[:2] if len(digits) == 4 else "19"  # "the '60s": so written for the last century's only
    return Reading(f"{century}{digits[-2]}X", part=part_of(words)) if int(century) else None


def read_century(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A hundred years."""
    number = ordinal(words)
    return Reading(f"{number - 1:02d}", part=part_of(words)) if 1 <= number <= 30 else None


def read_fiscal(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """Fiscal years begin where a state or firm wills, so their days stay unknown."""
    year = year_of(words)
    if year is None:
        year = shifted_year(shift_of(words), anchor) if shift_of(words) else None
    return Reading(year_text(year), undated=True)


def read_year(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A year, or a part of it."""
    era = first(words, "era")
    year = year_of(words) or 0
    return Reading(year_text(year), part=part_of(words), undated=era is not None)


def read_weekend(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """The weekend; a bare "the weekend" is the one before publication, or after it where the future is told."""
    shift = shift_of(words)
    told = shift is not None and shift.kind in ("told", "that")
    start = (anchor.told.days[0] if anchor.told else None) if told else anchor.published
    if start is None:
        return Reading("XXXX-WXX-WE")
    if shift is None:
        step = -1 if anchor.direction <= 0 and start.isoweekday() < 6 else 0
    else:
        step = int(shift.value)
        if shift.kind == "this" and anchor.direction < 0 and start.isoweekday() < 6:
            step = -1  # "this weekend the army struck", told on a Monday
    week = shifted(start, "W", step)
    return Reading(value_of(week, "W") + "-WE" if week else "XXXX-WXX-WE")


def read_shifted_unit(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A day, week, month, year … counted from publication ("last week") or from the date told last ("that year")."""
    name, shift = first(words, *UNITS), shift_of(words)
    if name is None or name.value[0] == "T" or (name.value == "2W"):
        return None
    unit, number = name.value, int(shift.value) if shift else 0
    told = shift is not None and shift.kind in ("told", "that")
    if not told and unit == "D" and not (shift is not None and shift.kind == "next"):
        return None if shift is None or shift.kind != "this" else Reading(known(anchor.published, "D"))
    start = told_start(anchor, unit) if told or unit == "D" else anchor.published
    if shift is None and start and anchor.direction < 0 and not _has_begun(start, unit, part_of(words)):
        number = -1  # "had peaked by the end of the year"
    moved = shifted(start, unit, number) if start else None
    return Reading(known(moved, unit), part=part_of(words))


def _has_begun(day: date, unit: str, part: str) -> bool:
    covered = days(value_of(day, unit), part)
    return covered is None or covered[0] <= day
