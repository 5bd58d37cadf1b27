"""TIMEX3 values and the days that they cover.

Units are written as in TIMEX3 durations: D, W, M, Y, with a number before them where they are a multiple ("10Y" a decade,
"3M" a quarter), and T before hours, minutes and seconds. What falls outside the years 1 to 9999 has no value.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta

Days = tuple[date, date]  # first and last, both inclusive

VALUE = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:T.*)?|(?P<weekend>\d{4}-W\d\d-WE)|(?P<week>\d{4}-W\d\d)|(?P<month>\d{4}-\d\d)"
    r"|(?P<quarter>\d{4}-Q[1-4])|(?P<half>\d{4}-H[12])|(?P<season>\d{4}-(?:SP|SU|FA|WI))"
    r"|(?P<year>\d{4})|(?P<decade>\d{3}X)|(?P<century>\d\d)"
)
SEASONS = {
    "SP": 3,
    "SU": 6,
    "FA": 9,
    "WI": 12,
}  # first month, by the meteorological seasons of the northern half
THIRDS = {"START": (0, 1), "MID": (1, 2), "END": (2, 3)}


def shifted(day: date, unit: str, number: int) -> date | None:
    """The day `number` units on; where its month is shorter, the month's last day. None outside the calendar."""
    size, unit = int(unit[:-1] or 1) * number, unit[-1]
    if unit in "DW":
        try:
            return day + timedelta(days=size * (7 if unit == "W" else 1))
        except OverflowError:
            return None
    months = day.year * 12 + day.month - 1 + size * (12 if unit == "Y" else 1)
    year, month = divmod(months, 12)
    if not date.min.year <= year <= date.max.year:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def year_text(year: int | None) -> str:
    """A year as values write it; XXXX for an unknown one and outside the calendar."""
    return f"{year:04d}" if year is not None and date.min.year <= year <= date.max.year else "XXXX"


def value_of(day: date, unit: str) -> str:
    """The TIMEX3 value of the unit that the day lies in."""
    return NOTATION[unit](day)


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


NOTATION: Mapping[str, Callable[[date], str]] = {
    "D": date.isoformat,
    "W": _week,
    "M": lambda day: f"{day.year:04d}-{day.month:02d}",
    "3M": lambda day: f"{day.year:04d}-Q{(day.month + 2) // 3}",
    "Y": lambda day: f"{day.year:04d}",
    "10Y": lambda day: f"{day.year // 10:03d}X",
    "100Y": lambda day: f"{(day.year - 1) // 100:02d}",
}
UNKNOWN = {
    "D": "XXXX-XX-XX",
    "W": "XXXX-WXX",
    "M": "XXXX-XX",
    "3M": "XXXX-QX",
    "Y": "XXXX",
    "10Y": "XXXX",
    "100Y": "XX",
}


def days(value: str, part: str = "") -> Days | None:
    """The days that a value covers, or its first, middle or last third (START, MID, END).

    >>> days("2022-04")
    (datetime.date(2022, 4, 1), datetime.date(2022, 4, 30))
    """
    match = VALUE.fullmatch(value)
    if match is None or match.lastgroup is None:
        return None
    try:
        covered = COVERED[match.lastgroup](value)
    except ValueError:  # a day, week or year that no calendar has
        return None
    return _third(covered, part) if part in THIRDS else covered


def _third(covered: Days, part: str) -> Days:
    first, last = covered
    size = (last - first).days + 1
    begin, end = (size * third // 3 for third in THIRDS[part])
    return first + timedelta(days=begin), first + timedelta(days=max(begin, end - 1))


def _months(year: int, month: int, number: int) -> Days:
    """`number` months from the given one on."""
    last = shifted(date(year, month, 1), "M", number - 1)
    if last is None:
        raise ValueError(f"{year}-{month} and {number} months reach beyond the calendar")
    return date(year, month, 1), last.replace(day=monthrange(last.year, last.month)[1])


def _one_day(value: str) -> Days:
    day = date.fromisoformat(value[:10])
    return day, day


def _weekdays(value: str, first: int, last: int) -> Days:
    year, week = int(value[:4]), int(value[6:8])
    return date.fromisocalendar(year, week, first), date.fromisocalendar(year, week, last)


COVERED: Mapping[str, Callable[[str], Days]] = {
    "day": _one_day,
    "week": lambda value: _weekdays(value, 1, 7),
    "weekend": lambda value: _weekdays(value, 6, 7),
    "month": lambda value: _months(int(value[:4]), int(value[5:7]), 1),
    "quarter": lambda value: _months(int(value[:4]), int(value[6]) * 3 - 2, 3),
    "half": lambda value: _months(int(value[:4]), int(value[6]) * 6 - 5, 6),
    "season": lambda value: _months(int(value[:4]), SEASONS[value[5:]], 3),
    "year": lambda value: _months(int(value), 1, 12),
    "decade": lambda value: (date(int(value[:3]) * 10, 1, 1), date(int(value[:3]) * 10 + 9, 12, 31)),
    "century": lambda value: (
        date(int(value) * 100 + 1, 1, 1),
        date(min(int(value) * 100 + 100, 9999), 12, 31),
    ),
}


def easter(year: int) -> date:
    """Easter Sunday of the Western churches (Meeus, Astronomical Algorithms, 1991, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    leap = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + leap - 7 * ((a + 11 * h + 22 * leap) // 451) + 114, 31)
    return date(year, month, day + 1)


def nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    """The `number`th such weekday (1 Monday … 7 Sunday) of a month; -1 is the last."""
    first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
    if number < 0:
        return last - timedelta(days=(last.isoweekday() - weekday) % 7)
    return first + timedelta(days=(weekday - first.isoweekday()) % 7 + 7 * (number - 1))
