"""Stage, after fuse: of whom each claim speaks, where its own words name no target.

A claim is about whoever did what it tells ("condemned the executions" is about who carried them out, told elsewhere in the article),
or else about the subject of its content ("said that Rwanda wants influence").
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

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


def _aimed(reading: Reading, claim: Claim, told: Sequence[tuple[int, str]], events: dict[str, Event]) -> Claim:
    if claim.targets:
        return claim
    speaker = claim.speaker.actor if claim.speaker else None
    first, last = bisect_right(told, (claim.content.start, "")), bisect_right(told, (claim.content.end, ""))
    doers = [p for _, key in told[first:last] if key != claim.event and key in events for p in events[key].agents]
    about = doers or list(_subjects(reading, claim))
    return replace(claim, targets=tuple({p.actor: p for p in about if p.actor != speaker}.values())[:1])


def _subjects(reading: Reading, claim: Claim) -> Iterable[Participant]:
    """The actors that are the subject of the content's first clause."""
    for sentence in reading.sentences:
        if sentence.start <= claim.content.start < sentence.end:
            inside = {t.index for t in sentence.tokens if claim.content.start <= t.start < claim.content.end}
            top = next((t for t in sentence.tokens if t.index in inside and t.head not in inside - {t.index}), None)
            if top is not None:
                frame = reading.frames[sentence.index][top.index]
                return reading.participants(sentence.index, frame.subjects or frame.objects)
    return ()
