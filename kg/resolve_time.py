"""Stage: sentences → the times they speak of, resolved to calendar days.

Relative times are reckoned from the day of publication, the way that the tense of their verb points, or from the date told
last before them ("the following month"). The words and the grammar of times are tables in ontology/times/.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from kg.model import Sentence, TimeExpression
from kg.times.anchor import Anchor, Reading, Told
from kg.times.bounds import bounded
from kg.times.calendar import Days, days
from kg.times.dates import day_before
from kg.times.grammar import Found, find
from kg.times.places import Places, is_other, relation_of
from kg.times.readings import read
from kg.times.tense import direction
from kg.times.words import Word, words

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
    resolved: list[TimeExpression] = []
    told: Told | None = None
    for sentence in sentences:
        times: list[TimeExpression] = []
        for time in _in_sentence(sentence, published, told):
            told = _told(time) or told
            times.append(time)
        resolved += bounded(sentence, _dated_clocks(times, published, told), published)
    return tuple(resolved)


def _in_sentence(sentence: Sentence, published: date | None, told: Told | None) -> Iterator[TimeExpression]:
    line = words(sentence)
    places = Places(sentence)
    waiting: Found | None = None  # the first day of "12 and 15 April", which has its month only after it
    for found in find(line):
        if found.reading == "day_before":
            waiting = found
            continue
        time = _resolved(places, line, found, Anchor(published, told))
        if waiting is not None and time is not None:
            sooner = day_before(waiting.words, time.timex)
            if sooner is not None:
                yield _expression(places, line, waiting, sooner)
        waiting = None
        if time is not None:
            told = _told(time) or told
            yield time


def _resolved(places: Places, line: Sequence[Word], found: Found, anchor: Anchor) -> TimeExpression | None:
    head = places.head(found.words)
    if is_other(places.sentence, head, line, found):
        return None
    way = direction(places.sentence, head, relation_of(line, found.first))
    reading = read(found.reading, found.words, replace(anchor, direction=way))
    return None if reading is None else _expression(places, line, found, reading)


def _expression(places: Places, line: Sequence[Word], found: Found, reading: Reading) -> TimeExpression:
    sentence = places.sentence
    start, end = found.words[0].start, found.words[-1].end
    earliest, latest = _days(reading) or (None, None)
    return TimeExpression(
        start,
        end,
        text=sentence.text[start - sentence.start : end - sentence.start],
        sentence=sentence.index,
        timex=reading.value,
        earliest=earliest,
        latest=latest,
        kind=reading.kind,
        relation=relation_of(line, found.first),
        head=places.head(found.words),
    )


def _days(reading: Reading) -> Days | None:
    if reading.days is not None or reading.undated or reading.value is None or reading.kind not in DATED:
        return reading.days
    return days(reading.value, reading.part)


def _told(time: TimeExpression) -> Told | None:
    """What later times may be reckoned from: a date, not a duration nor "now"."""
    if time.kind not in DATED or time.earliest is None or time.latest is None:
        return None
    size = (time.latest - time.earliest).days + 1
    unit = next((unit for longest, unit in PRECISION if size <= longest), "100Y")
    return Told((time.earliest, time.latest), unit)


def _dated_clocks(
    times: Sequence[TimeExpression], published: date | None, told: Told | None
) -> list[TimeExpression]:
    """Times of the clock with their day: the nearest in the sentence, else the day told last, else that of publication."""
    days_told = [time for time in times if time.earliest is not None and time.earliest == time.latest]
    last = told.days[0] if told is not None and told.unit == "D" else published
    return [_dated(time, days_told, last) if (time.timex or "")[:1] == "T" else time for time in times]


def _dated(time: TimeExpression, days_told: Sequence[TimeExpression], last: date | None) -> TimeExpression:
    at = bisect_left(days_told, time.start, key=lambda other: other.start)
    neighbours = days_told[max(0, at - 1) : at + 1]
    near = min(neighbours, key=lambda other: abs(other.start - time.start), default=None)
    day = near.earliest if near is not None else last
    return replace(
        time, timex=f"{day.isoformat() if day else 'XXXX-XX-XX'}{time.timex}", earliest=day, latest=day
    )
