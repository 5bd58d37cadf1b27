"""Lengths of time, and the days that one reaches by counting them."""

from collections.abc import Sequence
from datetime import date

from kg.times.anchor import LONG, SHIFTS, UNITS, Anchor, Reading, first, known, told_start
from kg.times.calendar import Days, shifted
from kg.times.numerals import amount, units_of
from kg.times.words import Word


def read_duration(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A mere length of time."""
    value = _length(words)
    return Reading(value, "DURATION") if value else None


def _length(words: Sequence[Word]) -> str | None:
    name = first([*reversed(words)], *UNITS)
    return None if name is None else units_of(amount(words), name.value)


def read_window(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A stretch that ends or begins at publication: "the past two years", "the next few days"."""
    value, shift, name = _length(words), first(words, *SHIFTS, "recent"), first(words, *UNITS)
    number = amount(words)
    covered = None
    if value and shift and name and number is not None and anchor.published and name.value[0] != "T":
        covered = _stretch(anchor.published, name.value, number, shift.kind)
    return Reading(value, "DURATION", days=covered) if value else None


def _stretch(published: date, unit: str, number: float, shift: str) -> Days | None:
    if number != int(number) or abs(number) > 10_000:
        return None
    other = shifted(published, unit, int(number) * (-1 if shift in ("last", "past") else 1))
    if other is None or shift not in ("last", "past", "next", "coming"):
        return None
    return min(other, published), max(other, published)


def read_frequency(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A time that comes again."""
    name, unit = words[0], first(words, *UNITS)
    if name.kind == "frequency":
        return Reading(name.value, "SET")
    weekday = first(words, "weekday", "weekdays")
    if weekday:
        return Reading(f"XXXX-WXX-{weekday.value}", "SET")
    last = words[-1]
    other = {
        "part_of_day": f"XXXX-XX-XXT{last.value}",
        "season": f"XXXX-{last.value}",
        "weekend": "XXXX-WXX-WE",
    }
    if last.kind == "month":
        return Reading(f"XXXX-{int(last.value):02d}", "SET")
    return Reading(other.get(last.kind) or (units_of(amount(words), unit.value) if unit else None), "SET")


def read_ago(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """So long before publication."""
    name, number = first(words, *UNITS), amount(words)
    if name is None:
        return None
    if number is None:
        return Reading("PAST_REF")
    return _moved(anchor.published, name.value, -number)


def _moved(start: date | None, unit: str, number: float) -> Reading:
    """So many units from a day, as precise as the unit; hours and minutes stay within the day."""
    if unit[0] == "T":
        return Reading(known(start, "D"))
    precise = {"2W": "W", "3M": "M"}.get(unit, "Y" if unit in LONG else unit)
    if number != int(number) and unit == "Y":
        unit, precise, number = "M", "M", number * 12
    elif number != int(number) and unit in LONG:
        unit, number = "Y", number * int(unit[:-1])
    whole = int(number) if abs(number) < 100_000 else None
    day = shifted(start, unit, whole) if start and whole is not None else None
    return Reading(known(day, precise))


def read_later(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """Later or earlier than the date told last, where that is precise enough; else a mere duration."""
    name, number, way = first(words, *UNITS), amount(words), words[-1].kind
    if name is None or number is None or name.value[0] == "T":
        return read_duration(words, anchor)
    base = {"2W": "W"}.get(name.value, "Y" if name.value in LONG else name.value)
    start = told_start(anchor, base)
    return (
        _moved(start, name.value, number if way == "later" else -number)
        if start
        else read_duration(words, anchor)
    )
