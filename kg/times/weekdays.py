"""Days of the week, days counted from today, their parts, and times of the clock."""

from collections.abc import Sequence
from datetime import date

from kg.times.anchor import Anchor, Reading, first, shift_of, told_day, with_part_of_day
from kg.times.calendar import UNKNOWN, shifted
from kg.times.dates import read_calendar_day
from kg.times.words import Word


def read_weekday(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A day of the week."""
    name, part_of_day = first(words, "weekday"), first(words, "part_of_day")
    if name is None:
        return None
    found = _nearest_weekday(int(name.value), shift_of(words), anchor)
    value = found.isoformat() if found else f"XXXX-WXX-{name.value}"
    return with_part_of_day(value, part_of_day)


def _nearest_weekday(weekday: int, shift: Word | None, anchor: Anchor) -> date | None:
    """The last such day where the past is told, the next where the future is; the day of publication itself counts."""
    if shift is not None and shift.kind == "told":
        if anchor.told is None:
            return None
        return _step(anchor.told.days[1], weekday, int(shift.value) or 1, strictly=True)
    if anchor.published is None:
        return None
    if shift is not None and shift.kind != "this":
        return _step(anchor.published, weekday, int(shift.value), strictly=True)
    ahead = anchor.direction > 0 or (shift is not None and anchor.direction == 0)
    return _step(anchor.published, weekday, 1 if ahead else -1, strictly=False)


def _step(start: date, weekday: int, way: int, strictly: bool) -> date | None:
    away = (weekday - start.isoweekday()) % 7 if way > 0 else (start.isoweekday() - weekday) % 7
    return shifted(start, "D", way * (away or 7 * strictly))


def read_deictic(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """Today, yesterday, tomorrow, tonight."""
    name, part_of_day = first(words, "deictic"), first(words, "part_of_day", "tonight")
    number = int(name.value) if name else 0
    if first(words, "period") is not None:
        number += 1 if first(words, "after") else -1
    day = shifted(anchor.published, "D", number) if anchor.published else None
    return with_part_of_day(day.isoformat() if day else UNKNOWN["D"], part_of_day)


def read_part_of_day(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A morning, afternoon, evening or night."""
    name, shift = first(words, "part_of_day"), shift_of(words)
    if name is None or shift is None:
        return None
    if shift.kind in ("told", "that", "next"):
        day = told_day(anchor, int(shift.value))
    else:
        day = shifted(anchor.published, "D", int(shift.value)) if anchor.published else None
    return with_part_of_day(day.isoformat() if day else UNKNOWN["D"], name)


def read_clock(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A time of the clock; without a day its value begins with "T", and `resolve_time` adds the day."""
    size = next((at for at, word in enumerate(words) if at and word.kind not in CLOCK), len(words))
    hour = _hour(words)
    if hour is None:
        return None
    found = _day_of(words[size:], anchor)
    return Reading(f"{found.value if found and found.value else ''}T{hour}", "TIME")


CLOCK = ("time", "ampm", "zone", "moment", "decimal")  # what goes on a clock's time before its day


def _day_of(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    if first(words, "month", "mon"):
        return read_calendar_day(words, anchor)
    return read_weekday(words, anchor) or (read_deictic(words, anchor) if first(words, "deictic") else None)


def _hour(words: Sequence[Word]) -> str | None:
    moment, half = first(words, "moment"), first(words, "ampm")
    if moment:
        return moment.value
    digits = words[0].value.replace(".", ":")
    if words[0].kind in ("year", "n9999"):
        digits = f"{digits[:2]}:{digits[2:]}"
    hour, _, minute = digits.partition(":")
    number, later = int(hour), half is not None and half.value[0] in "pP"
    if first(words, "part_of_day"):
        later = first(words, "part_of_day") is not None and words[-1].value != "MO"
    if half and not 1 <= number <= 12 or number > 24 or int(minute[:2] or 0) > 59:
        return None
    if half or first(words, "part_of_day"):
        number = number % 12 + 12 * later
    return f"{number:02d}:{minute or '00'}"
