"""Days, weekdays, months, holidays and times of the clock."""

from collections.abc import Sequence
from datetime import date, timedelta

from kg.times.anchor import (
    UNITS,
    Anchor,
    Reading,
    calendar_date,
    day_number,
    directed,
    distance,
    first,
    known,
    part_of,
    shift_of,
    shifted_year,
    year_of,
)
from kg.times.calendar import UNKNOWN, days, easter, nth_weekday, value_of, year_text
from kg.times.words import Word


def read_numeric(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """Year first as in ISO 8601; else day and month where one of them is above 12, or the reading nearest to publication."""
    text = words[0].value
    if text[4:5] in "-/":
        year, month, day = (int(piece) for piece in text.replace("/", "-").split("T")[0].split("-"))
        found, clock = calendar_date(year, month, day), _clock_of(text)
        return Reading(found.isoformat() + clock, "TIME" if clock else "DATE") if found else None
    one, two, year = (int(piece) for piece in text.replace("/", ".").replace("-", ".").split("."))
    readings = {found for found in (calendar_date(year, two, one), calendar_date(year, one, two)) if found}
    if not readings:
        return None
    if len(readings) > 1 and anchor.published is None:
        return Reading(value_of(date(year, 1, 1), "Y"))
    return Reading(min(readings, key=lambda found: distance(found, anchor.published or found)).isoformat())


def _clock_of(text: str) -> str:
    return "T" + text.split("T")[1][:5] if "T" in text else ""


def read_calendar_day(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A day of a month, with or without its year."""
    month, day, year = first(words, "month", "mon"), day_number(words), year_of(words)
    if month is None:
        return None
    number = int(month.value)
    if first(words, *UNITS) is not None:  # "March 23 of that year"
        year = shifted_year(shift_of(words), anchor)
    if year is not None:
        found = calendar_date(year, number, day)
        return Reading(found.isoformat()) if found else None
    if calendar_date(2000, number, day) is None:  # a leap year: no year has the day
        return None
    found = _nearest_day(number, day, first(words, "weekday", "wkd"), anchor)
    return Reading(found.isoformat() if found else f"XXXX-{number:02d}-{day:02d}")


def _nearest_day(month: int, day: int, weekday: Word | None, anchor: Anchor) -> date | None:
    """The day of that name nearest to publication, of those that fall on the weekday if one is told."""
    if anchor.published is None:
        return None
    years = (anchor.published.year + step for step in (-1, 0, 1, -4, 4))
    days_of_name = [found for year in years if (found := calendar_date(year, month, day))]
    fitting = [found for found in days_of_name if weekday and found.isoweekday() == int(weekday.value)]
    return directed(fitting or days_of_name, anchor, anchor.published)


def day_before(words: Sequence[Word], value: str | None) -> Reading | None:
    """The first day of "12 and 15 April": in the month of the day after it."""
    month, number = (value or "")[:8], day_number(words)
    if len(month) != 8 or not month.endswith("-") or not 0 < number < int((value or "")[8:10]):
        return None
    return Reading(f"{month}{number:02d}")


def read_day_after(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """The second day of "April 24 and 25": in the month of the date told last."""
    if anchor.told is None or anchor.told.unit != "D":
        return None
    start = anchor.told.days[0]
    found = calendar_date(start.year, start.month, day_number(words))
    return Reading(found.isoformat()) if found and found > start else None


def read_some_day(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A day that only its story tells ("the third day", "the day before he left")."""
    name = first(words, "period")
    return Reading(UNKNOWN["D"]) if name is not None and name.value == "D" else None


def read_month(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A month, or a part of it."""
    name = first(words, "month", "mon")
    if name is None:
        return None
    month, year = int(name.value), year_of(words)
    if year is None:
        year = _year_of_month(month, words, anchor)
    return Reading(f"{year_text(year)}-{month:02d}", part=part_of(words))


def _year_of_month(month: int, words: Sequence[Word], anchor: Anchor) -> int | None:
    shift, published = shift_of(words), anchor.published
    if first(words, *UNITS) is not None:  # "March this year"
        return shifted_year(shift, anchor)
    if published is None:
        return None
    if shift is not None and shift.kind == "next":
        return published.year + (month <= published.month)
    if shift is not None and shift.kind == "last":
        return published.year - (month >= published.month)
    if shift is not None:
        return published.year
    ahead = (month - published.month) % 12
    if anchor.direction > 0 and ahead <= FARTHEST_MONTHS:
        return published.year + (month < published.month)
    return published.year - (month > published.month)


FARTHEST_MONTHS = 10  # a coming month without its year is no farther off: the month just past is meant


def read_holiday(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """A holiday, in the year told or the nearest that the tense allows."""
    name, year, shift = first(words, "holiday"), year_of(words), shift_of(words)
    if name is None:
        return None
    if year is not None:
        return _feast(name.value, year)
    if anchor.published is None:
        return Reading(UNKNOWN["D"])
    feasts = [_feast(name.value, anchor.published.year + step) for step in (-1, 0, 1)]
    begins = {covered[0]: feast for feast in feasts if feast and (covered := days(feast.value or ""))}
    turned = int(shift.value) if shift else anchor.direction
    found = directed([*begins], Anchor(anchor.published, direction=turned), anchor.published)
    return begins[found] if found else None


def _feast(rule: str, year: int) -> Reading | None:
    """The holiday's day by its rule in holidays.csv: MM-DD, easter±N, MM-weekday#nth, any of them with +N days."""
    try:
        day = _feast_day(rule.split("/")[0], year)
    except (ValueError, OverflowError):
        return None
    return Reading(value_of(day, "W" if "/" in rule else "D"))


def _feast_day(rule: str, year: int) -> date:
    if rule.startswith("easter"):
        return easter(year) + timedelta(days=int(rule.removeprefix("easter")))
    month, _, rest = rule.partition("-")
    if "#" not in rest:
        return date(year, int(month), int(rest))
    weekday, _, number = rest.partition("#")
    nth, _, more = number.partition("+")
    return nth_weekday(year, int(month), int(weekday), int(nth)) + timedelta(days=int(more or 0))


def read_week_of(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """The week that a day lies in."""
    name, day = first(words, "period"), read_calendar_day(words, anchor)
    if name is None or name.value != "W" or day is None or day.value is None:
        return None
    covered = days(day.value)
    return Reading(known(covered[0] if covered else None, "W"))
