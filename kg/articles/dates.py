"""Part of reading: the day an article was published, as its head, its first lines or its address say it."""

import re
from collections.abc import Iterable
from datetime import date

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
YEAR = r"(?P<year>(?:19|20)\d\d)\b"
FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"\b(?P<year>(?:19|20)\d\d)[-/](?P<month>\d\d?)[-/](?P<day>\d\d?)(?!\d)",
        rf"\b{DAY} (?:of )?{MONTH},? {YEAR}",
        rf"\b{MONTH} {DAY},? {YEAR}",
    )
)
IN_ADDRESS = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)([-/_]?)(?P<month>\d\d)\2(?P<day>\d\d)(?:\d{4}(?:\d\d)?)?(?!\d)"
)
STATED = re.compile(r"\b(published|posted|updated|modified|filed|issued|date)\b( on| at)?[: ]", re.IGNORECASE)
DATELINE_YEAR = re.compile(rf"[^a-z]{{3,40}}[^.]{{0,30}}\b{MONTH} {DAY}, {YEAR}")
FIRST_LINES = 12  # an article's own date stands in its first lines; further down dates are part of the story
SHORT = 300  # characters; a line that states the date is no paragraph


def parse_date(text: str) -> date | None:
    """The first day that the text names: ISO 8601, RFC 822, "5 May 2022" or "May 5, 2022"; its own time zone's day.

    All-figure forms other than year-month-day are ambiguous and give None.

    >>> parse_date("Thu, 05 May 2022 23:30:00 -0500").isoformat()
    '2022-05-05'
    >>> parse_date("05/06/2022") is None
    True
    """
    found = [match for form in FORMS if (match := form.search(text))]
    days = (_day(match) for match in sorted(found, key=lambda match: match.start()))
    return next((day for day in days if day), None)


def date_in_address(address: str) -> date | None:
    """The day in a web address or file name: ".../2025/05/27/...", "2022-09-12_title", ".../202506270253.html"."""
    days = (_day(match) for match in IN_ADDRESS.finditer(address))
    return next((day for day in days if day), None)


def stated_date(lines: Iterable[str]) -> date | None:
    """The day that the article's first lines state: a date line, "Published On …", a dateline with its year."""
    for number, line in enumerate(lines):
        if number >= FIRST_LINES:
            return None
        if len(line) <= SHORT and _states(line) and (day := parse_date(line)):
            return day
    return None


def is_date_line(line: str) -> bool:
    """Whether a line tells the day of the page, with perhaps a byline after it, and is no sentence."""
    found = next((match for form in FORMS if (match := form.match(line))), None)
    return found is not None and line[-1:] not in ".!?:,…" and not re.match(r"\s*[-–—:]", line[found.end() :])


def _states(line: str) -> bool:
    if DATELINE_YEAR.match(line) or STATED.match(line):
        return True
    return is_date_line(line) or (line[-1:] not in ".!?:," and bool(STATED.search(line)))


def _day(match: re.Match[str]) -> date | None:
    month = match["month"].lower()
    number = int(month) if month.isdigit() else MONTHS.index(month[:3]) + 1
    try:
        return date(int(match["year"]), number, int(match["day"]))
    except ValueError:  # 31 February
        return None
