"""Stage, with resolve_time: the event's own time, not the nearest date.

A date belongs to the predicate that it hangs on. An event without one has the time of the clause that it is part of, unless that
clause is somebody's words about it ("On Friday the rebels announced that they had taken the airport": not later than Friday). What
has no date at all is bounded by what it is told to come after, or by the story (kg/dating/).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from kg.dating.clauses import is_present, shares_time
from kg.dating.hang import UNKNOWN, Heads, Hung, Interval, hung, interval
from kg.dating.refer import own_clause, since_clause, thereafter, tied
from kg.dating.story import Story
from kg.model import Event, Status
from kg.reading import Reading

# told as having happened, so not after publication
DONE = frozenset({Status.ASSERTED, Status.ALLEGED, Status.DENIED})


class Told(NamedTuple):
    """Where an article tells what, and with which times."""

    said: Heads  # heads of speech events
    deeds: Heads  # heads of all others
    hung: Hung  # the times of the sentence that is looked at


def date_events(reading: Reading, events: Iterable[Event], speech: frozenset[str]) -> tuple[Event, ...]:
    """Each event with the interval in which it can have happened, as its text and the article's date tell.

    What is told without reserve but dated after publication is planned ("before next month's vote"). `speech` names the classes
    whose events are told in their clauses: what they say does not share their time.
    """
    told = tuple(events)
    said = frozenset((event.sentence, event.head) for event in told if event.type in speech)
    deeds = frozenset((event.sentence, event.head) for event in told) - said
    times = {
        sentence: hung(reading.sentences[sentence], reading.times[sentence], said | deeds)
        for sentence in sorted({event.sentence for event in told})
    }
    return tuple(_dated(reading, event, Told(said, deeds, times[event.sentence])) for event in told)


def anchor(reading: Reading, events: Iterable[Event]) -> tuple[Event, ...]:
    """Events not yet bounded below, not before what they are told to come after ("since the coup"), nor before the story."""
    told = tuple(events)
    heads = {(event.sentence, event.head): event for event in told}
    by_type = {event.type: event for event in reversed(told) if event.earliest}
    story = Story(reading)
    return tuple(_anchored(reading, event, heads, by_type, story) for event in told)


def _anchored(
    reading: Reading,
    event: Event,
    heads: Mapping[tuple[int, int], Event],
    by_type: Mapping[str, Event],
    story: Story,
) -> Event:
    if event.earliest or event.status not in DONE:
        return event
    for before in tied(reading, event, heads):
        dated = before if before.earliest else by_type.get(before.type)
        if dated and dated.earliest and (not event.latest or dated.earliest <= event.latest):
            return replace(event, earliest=dated.earliest)
    first = story.not_before(event)
    return replace(event, earliest=first) if first and first <= (event.latest or first) else event


def _dated(reading: Reading, event: Event, told: Told) -> Event:
    earliest, latest = _time_told(reading, event, told)
    if (earliest, latest) == UNKNOWN:
        earliest, latest = _untold(reading, event)
    elif reading.published and event.status in DONE and (earliest is None or earliest <= reading.published):
        latest = min(filter(None, (latest, reading.published)))
    if earliest and latest and earliest > latest:
        earliest = None
    coming = reading.published and earliest and earliest > reading.published
    status = Status.PLANNED if coming and event.status is Status.ASSERTED else event.status
    return replace(event, earliest=earliest, latest=latest, status=status)


def _untold(reading: Reading, event: Event) -> Interval:
    """What is told as done was done by the day of publication; what is planned is still to come."""
    if event.status in DONE or event.status is Status.NEGATED:
        return None, reading.published
    if event.status is Status.PLANNED:
        return reading.published, None
    return UNKNOWN


def _time_told(reading: Reading, event: Event, told: Told) -> Interval:
    """The time told with the event or with a clause above it."""
    here = reading.sentences[event.sentence]
    itself = own_clause(here, told.hung, event.head)
    if itself != UNKNOWN:
        return itself
    at, said = event.head, False
    while True:
        own = [time for time in told.hung.get(at, ()) if time.earliest or time.latest]
        since = since_clause(here, told.hung, at) or thereafter(reading, here, at)
        if own or since:
            earliest, latest = interval(own) if own else (since, None)
            before = said and event.status is not Status.PLANNED and not is_present(here, event.head)
            return (None, latest) if before else (earliest, latest)
        head = here.tokens[at].head
        if head == at or not shares_time(here, at, told.deeds):
            return UNKNOWN
        said = said or (event.sentence, head) in told.said or here.tokens[at].dep == "ccomp"
        at = head
