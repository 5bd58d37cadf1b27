"""Stage, after fuse: of whom each claim speaks, where its own words name no target.

A claim speaks of the subject of its content ("said that Rwanda wants influence"), or of whoever did what it tells ("condemned the
executions" is about who carried them out, told elsewhere in the article), or else of whom it names first.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from kg.model import Actor, Claim, Event, Form, Mention, Participant, Report
from kg.reading import Reading

WHERE = frozenset(
    {"in", "at", "near", "across", "inside", "within", "around"}
)  # behind these a state is a place
NOBODY = frozenset({"Place", "Media"})  # kinds of which claims seldom speak


def aim(
    reading: Reading, claims: Iterable[Claim], events: Sequence[Event], reports: Iterable[Report]
) -> tuple[tuple[Claim, ...], tuple[Event, ...]]:
    """The claims, and the events with them, that had no target, with the actors that they speak of."""
    search = _Search(reading, events, reports)
    aimed = tuple(claim if claim.targets else search.aimed(claim) for claim in claims)
    targets = {claim.event: claim.targets for claim in aimed if claim.event and claim.targets}
    return aimed, tuple(
        replace(event, targets=targets[event.key]) if event.key in targets and not event.targets else event
        for event in events
    )


class _Search:
    """An article's events and mentions by offset."""

    def __init__(self, reading: Reading, events: Sequence[Event], reports: Iterable[Report]) -> None:
        self._reading = reading
        self._told = sorted((report.trigger.start, report.event) for report in reports)
        self._events = {event.key: event for event in events}
        self._named = sorted(
            ((m.start, m.end, actor.key, m) for actor in reading.actors.values() for m in actor.mentions),
            key=lambda named: named[:3],
        )

    def aimed(self, claim: Claim) -> Claim:
        """The claim with the first actor of whom it may speak and who is not the speaker."""
        about = chain(self._subjects(claim), self._doers(claim), self._mentioned(claim))
        speaker = self._reading.actors[claim.speaker.actor] if claim.speaker else None
        found = next((p for p in about if self._is_other(speaker, p)), None)
        return replace(claim, targets=(found,)) if found else claim

    def _is_other(self, speaker: Actor | None, participant: Participant) -> bool:
        """Neither the speaker nor the state for which it speaks."""
        actor = self._reading.actors[participant.actor]
        if speaker is None or actor.kind in NOBODY:
            return actor.kind not in NOBODY
        return actor.key != speaker.key and not (actor.kind == "State" and actor.state == speaker.state)

    def _subjects(self, claim: Claim) -> Iterator[Participant]:
        """The actors that are the subject of the content's first clause, and those whose thing it is: "Mali's claim"."""
        at = (
            bisect_right(self._reading.sentences, claim.content.start, key=lambda sentence: sentence.start)
            - 1
        )
        if at < 0 or claim.content.start >= self._reading.sentences[at].end:
            return
        tokens = self._reading.sentences[at].tokens
        first = bisect_left(tokens, claim.content.start, key=lambda token: token.start)
        last = bisect_left(tokens, claim.content.end, key=lambda token: token.start)
        top = next((t for t in tokens[first:last] if t.head == t.index or not first <= t.head < last), None)
        if top is not None:
            frames = self._reading.frames[at]
            subjects = frames[top.index].subjects
            yield from self._reading.participants(at, subjects)
            yield from self._reading.participants(at, (i for s in subjects for i in frames[s].owners))

    def _doers(self, claim: Claim) -> Iterator[Participant]:
        """Who does what is told within the content."""
        first = bisect_right(self._told, (claim.content.start, ""))
        last = bisect_right(self._told, (claim.content.end, ""))
        for _, key in self._told[first:last]:
            if key != claim.event and key in self._events:
                yield from self._events[key].agents

    def _mentioned(self, claim: Claim) -> Iterator[Participant]:
        """Whom the content speaks of at all, in text order."""
        first = bisect_left(self._named, claim.content.start, key=lambda named: named[0])
        last = bisect_left(self._named, claim.content.end, key=lambda named: named[0])
        for start, end, key, mention in self._named[first:last]:
            if mention.form is not Form.PRONOUN and not self._is_where(mention):
                yield Participant(key, start, end, mention.text)

    def _is_where(self, mention: Mention) -> bool:
        tokens = self._reading.sentences[mention.sentence].tokens
        head = tokens[mention.head]
        return head.dep == "pobj" and tokens[head.head].lemma in WHERE
