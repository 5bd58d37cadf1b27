"""Stage, after fuse: of whom each claim speaks, where its own words name no target.

A claim speaks to whom it is told ("told the envoy that"), of the subject of its content ("said that Rwanda wants influence"), of
whoever did what it tells ("condemned the executions" is about who carried them out, told elsewhere in the article), of whom it names
first, or else of those of whom the claims before it speak; a denial or refusal answers whoever made them.
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
RECENT = 8  # claims back to the one that "denies any involvement" can answer
ANSWERS = frozenset({"Denial", "Refusal"})  # classes of claims against whoever spoke before
AUTHORITIES = frozenset({"State", "Government"})  # kinds: of its own state's a speaker speaks last
NOBODY = frozenset({"Place", "Media"})  # kinds of which claims seldom speak


def aim(
    reading: Reading, claims: Iterable[Claim], events: Sequence[Event], reports: Iterable[Report]
) -> tuple[tuple[Claim, ...], tuple[Event, ...]]:
    """The claims, and the events with them, that had no target but the speaker's own side, with the actors that they speak of."""
    search = _Search(reading, events, reports)
    aimed: list[Claim] = []
    for claim in claims:
        aimed.append(search.aimed(claim, aimed[-RECENT:]))
    targets = {claim.event: claim.targets for claim in aimed if claim.event and claim.targets}
    return tuple(aimed), tuple(
        replace(event, targets=targets[event.key]) if event.key in targets and not event.targets else event
        for event in events
    )


class _Search:
    """An article's events and mentions by offset."""

    def __init__(self, reading: Reading, events: Sequence[Event], reports: Iterable[Report]) -> None:
        self._reading = reading
        self._told = sorted((report.trigger.start, report.event) for report in reports)
        self._events = {event.key: event for event in events}
        self._doing: dict[str, tuple[Participant, ...]] = {}  # who first does what is of the type
        for event in events:
            if event.agents:
                self._doing.setdefault(event.type, event.agents)
        self._mentions = {(a.key, m.start): m for a in reading.actors.values() for m in a.mentions}
        self._named = sorted(
            ((m.start, m.end, actor.key, m) for actor in reading.actors.values() for m in actor.mentions),
            key=lambda named: named[:3],
        )

    def aimed(self, claim: Claim, before: Sequence[Claim]) -> Claim:
        """The claim with the first actor of whom it may speak and who is not the speaker."""
        speaker = self._reading.actors[claim.speaker.actor] if claim.speaker else None
        if any(self._is_other(speaker, p) and not self._is_last(speaker, p) for p in claim.targets):
            return claim
        about = chain(
            claim.targets,
            self._addressees(claim),
            self._subjects(claim),
            self._doers(claim),
            self._mentioned(claim),
            self._likely(claim),
            self._opponents(claim, before),
        )
        others = [p for p in about if self._is_other(speaker, p)]
        found = next((p for p in others if not self._is_last(speaker, p)), others[0] if others else None)
        return replace(claim, targets=(found,)) if found else claim

    def _is_other(self, speaker: Actor | None, participant: Participant) -> bool:
        """Neither the speaker nor the state for which it speaks."""
        actor = self._reading.actors[participant.actor]
        if speaker is None or actor.kind in NOBODY:
            return actor.kind not in NOBODY
        return actor.key != speaker.key and not (actor.kind == "State" and actor.state == speaker.state)

    def _is_last(self, speaker: Actor | None, participant: Participant) -> bool:
        """Whether anybody else goes before it: the speaker's own authorities, or where something happens."""
        actor = self._reading.actors[participant.actor]
        own = speaker is not None and actor.state is not None and actor.state == speaker.state
        mention = self._mentions.get((participant.actor, participant.start))
        where = mention is not None and self._is_where(mention)
        return actor.kind in AUTHORITIES and (own or where)

    def _addressees(self, claim: Claim) -> Iterator[Participant]:
        """To whom or of whom it is told, outside the content: "told the envoy that", "the army was accused of"."""
        at = self._sentence(claim.cue.start)
        if at is None:
            return
        tokens = self._reading.sentences[at].tokens
        cue = bisect_left(tokens, claim.cue.start, key=lambda token: token.start)
        if cue < len(tokens) and tokens[cue].pos == "VERB":
            frame = self._reading.frames[at][cue]
            for p in self._reading.participants(at, [*frame.recipients, *frame.objects]):
                if frame.passive or not claim.content.start <= p.start < claim.content.end:
                    yield p

    def _subjects(self, claim: Claim) -> Iterator[Participant]:
        """The actors that are the subject of the content's first clause, and those whose thing it is: "Mali's claim"."""
        at = self._sentence(claim.content.start)
        if at is None:
            return
        tokens = self._reading.sentences[at].tokens
        first = bisect_left(tokens, claim.content.start, key=lambda token: token.start)
        last = bisect_left(tokens, claim.content.end, key=lambda token: token.start)
        inside = (t for t in tokens[first:last] if t.dep not in ("punct", "mark"))
        top = next((t for t in inside if t.head == t.index or not first <= t.head < last), None)
        if top is not None:
            frames = self._reading.frames[at]
            subjects = frames[top.index].subjects
            yield from self._reading.participants(at, subjects)
            for frame in (frames[i] for i in (*subjects, top.index)):
                by = frame.obliques.get("by", ())
                yield from self._reading.participants(at, [*frame.owners, *by, *frame.modifiers])

    def _sentence(self, offset: int) -> int | None:
        """The number of the sentence in which the offset stands."""
        sentences = self._reading.sentences
        at = bisect_right(sentences, offset, key=lambda sentence: sentence.start) - 1
        return at if at >= 0 and offset < sentences[at].end else None

    def _opponents(self, claim: Claim, before: Sequence[Claim]) -> Iterator[Participant]:
        """Against whom it goes where its own words do not say: "brushed off the move", "denies any involvement"."""
        if claim.type == "Statement":
            return
        if claim.type in ANSWERS:
            spoke = [other.speaker for other in reversed(before) if other.speaker]
            yield from sorted(spoke, key=lambda p: self._is_compatriot(claim, p))
        else:
            for other in reversed(before):
                if claim.type in (other.type, "Demand"):
                    yield from other.targets

    def _is_compatriot(self, claim: Claim, participant: Participant) -> bool:
        actors = self._reading.actors
        state = actors[claim.speaker.actor].state if claim.speaker else None
        return state is not None and actors[participant.actor].state == state

    def _doers(self, claim: Claim) -> Iterator[Participant]:
        """Who does what is told within the content."""
        for event in self._within(claim):
            yield from event.agents

    def _likely(self, claim: Claim) -> Iterator[Participant]:
        """Who does the like elsewhere: "the coup" is of those who "staged a coup"."""
        for event in self._within(claim):
            yield from self._doing.get(event.type, ())

    def _within(self, claim: Claim) -> Iterator[Event]:
        first = bisect_right(self._told, (claim.content.start, ""))
        last = bisect_right(self._told, (claim.content.end, ""))
        for _, key in self._told[first:last]:
            if key != claim.event and key in self._events:
                yield self._events[key]

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
