"""Stage: sentences → the times they speak of, resolved to calendar days.

Relative times are reckoned from the day of publication, the way that the tense of their verb points, or from the date told
last before them ("the following month").
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from kg.model import Sentence, TimeExpression
from kg.times.anchor import NO_DAYS, Anchor, Reading, Told
from kg.times.bounds import bounded
from kg.times.calendar import days
from kg.times.dates import day_before
from kg.times.grammar import Found, find
from kg.times.places import Places, is_other, relation_of
from kg.times.readings import read
from kg.times.tense import direction
from kg.times.words import words

DATED = ("DATE", "TIME")
PRECISION = (
    (1, "D"),
    (7, "W"),
    (31, "M"),
    (92, "3M"),
    (366, "Y"),
    (3660, "10Y"),
)  # units by their longest days


def resolve_time(sentences: Sequence[Sentence], published: date | None) -> tuple[TimeExpression, ...]:
    """All times in text order, none overlapping.

    `timex` is a TIMEX3 value (TimeML 1.2.1); without `published` relative times keep "X" for what is not known. `earliest` and
    `latest` bound what is dated by it: from then on with "since", up to then with "until"; None where that is unknown.
    """
    found: list[TimeExpression] = []
    told: Told | None = None
    for sentence in sentences:
        times, told = _in_sentence(sentence, published, told)
        found += bounded(sentence, times, published)
    return tuple(found)


def _in_sentence(
    sentence: Sentence, published: date | None, told: Told | None
) -> tuple[list[TimeExpression], Told | None]:
    line = words(sentence)
    places = Places(sentence)
    times: list[TimeExpression] = []
    waiting: Found | None = None  # the first day of "12 and 15 April", which has its month only after it
    for found in find(line):
        if found.reading == "day_before":
            waiting = found
            continue
        head, relation = places.head(found.words), relation_of(line, found.first)
        if is_other(sentence, head, line, found):
            continue
        reading = read(
            found.reading, found.words, Anchor(published, told, direction(sentence, head, relation), relation)
        )
        if reading is not None:
            time = _expression(sentence, found, reading, head, relation)
            told = _told(time) or told
            if waiting is not None and (sooner := day_before(waiting.words, time.timex)):
                relation = relation_of(line, waiting.first)
                times.append(_expression(sentence, waiting, sooner, places.head(waiting.words), relation))
            times.append(time)
        waiting = None
    return _dated_clocks(times, published, told), told


def _expression(
    sentence: Sentence, found: Found, reading: Reading, head: int, relation: str
) -> TimeExpression:
    start, end = found.words[0].start, found.words[-1].end
    covered = reading.days or (
        days(reading.value, reading.part) if reading.value and reading.kind in DATED else None
    )
    earliest, latest = (None, None) if covered is None or covered == NO_DAYS else covered
    text = sentence.text[start - sentence.start : end - sentence.start]
    return TimeExpression(
        start, end, text, sentence.index, reading.value, earliest, latest, reading.kind, relation, head
    )


def _told(time: TimeExpression) -> Told | None:
    """What later times may be reckoned from: a date, not a duration nor "now"."""
    if time.kind not in DATED or time.earliest is None or time.latest is None:
        return None
    size = (time.latest - time.earliest).days + 1
    return Told(
        (time.earliest, time.latest), next((unit for longest, unit in PRECISION if size <= longest), "100Y")
    )


def _dated_clocks(
    times: list[TimeExpression], published: date | None, told: Told | None
) -> list[TimeExpression]:
    """Times of the clock with their day: the nearest in the sentence, else the day told last, else that of publication."""
    days_told = [time for time in times if time.earliest is not None and time.earliest == time.latest]
    return [
        _dated(time, days_told, published, told) if (time.timex or "")[:1] == "T" else time for time in times
    ]


def _dated(
    time: TimeExpression, days_told: Sequence[TimeExpression], published: date | None, told: Told | None
) -> TimeExpression:
    at = bisect_left(days_told, time.start, key=lambda other: other.start)
    near = min(
        days_told[max(0, at - 1) : at + 1], key=lambda other: abs(other.start - time.start), default=None
    )
    if near is not None:
        day = near.earliest
    else:
        day = told.days[0] if told is not None and told.unit == "D" else published
    return replace(
        time, timex=f"{day.isoformat() if day else 'XXXX-XX-XX'}{time.timex}", earliest=day, latest=day
    )
