"""Stage, after fuse: of whom each claim speaks, where its own words name no target.

A claim is about whoever did what it tells ("condemned the executions" is about who carried them out, told elsewhere in the article),
or else about the subject of its content ("said that Rwanda wants influence").
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from kg.model import Claim, Event, Participant, Report
from kg.reading import Reading


def aim(
    reading: Reading, claims: Iterable[Claim], events: Sequence[Event], reports: Iterable[Report]
) -> tuple[tuple[Claim, ...], tuple[Event, ...]]:
    """The claims, and the events with them, that had no target, with the actors that they speak of."""
    told = sorted((report.trigger.start, report.event) for report in reports)
    by_key = {event.key: event for event in events}
    aimed = tuple(_aimed(reading, claim, told, by_key) for claim in claims)
    targets = {claim.event: claim.targets for claim in aimed if claim.event and claim.targets}
    return aimed, tuple(
        replace(event, targets=targets[event.key]) if event.key in targets and not event.targets else event
        for event in events
    )


def _aimed(
    reading: Reading, claim: Claim, told: Sequence[tuple[int, str]], events: dict[str, Event]
) -> Claim:
    if claim.targets:
        return claim
    speaker = claim.speaker.actor if claim.speaker else None
    doers = _doers(claim, told, events)
    first = next(doers, None)
    about = chain([first], doers) if first else _subjects(reading, claim)
    return replace(claim, targets=tuple(islice((p for p in about if p.actor != speaker), 1)))


def _doers(claim: Claim, told: Sequence[tuple[int, str]], events: dict[str, Event]) -> Iterator[Participant]:
    """Who does what is told within the content."""
    first, last = bisect_right(told, (claim.content.start, "")), bisect_right(told, (claim.content.end, ""))
    for at in range(first, last):
        key = told[at][1]
        if key != claim.event and key in events:
            yield from events[key].agents


def _subjects(reading: Reading, claim: Claim) -> Iterable[Participant]:
    """The actors that are the subject of the content's first clause."""
    at = bisect_right(reading.sentences, claim.content.start, key=lambda sentence: sentence.start) - 1
    if at < 0 or claim.content.start >= reading.sentences[at].end:
        return ()
    tokens = reading.sentences[at].tokens
    first = bisect_left(tokens, claim.content.start, key=lambda token: token.start)
    last = bisect_left(tokens, claim.content.end, key=lambda token: token.start)
    top = next((t for t in tokens[first:last] if t.head == t.index or not first <= t.head < last), None)
    if top is None:
        return ()
    frame = reading.frames[at][top.index]
    return reading.participants(at, frame.subjects or frame.objects)
