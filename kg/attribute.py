"""Stage: events as told → who says what (claims), and how surely and on whose word each event is told.

A speech event is its own attribution, and its class says what becomes of its content (ontology/words/claims.csv); plain words of saying
and thinking ("said", "according to") come from ontology/words/cues.csv and give claims without an event. What stands in a claim is never
asserted, unless its cue takes it for granted ("admitted that").
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from kg.claims.cues import ANNOUNCED, BY_SAYING, OWNED_UP, REBUTTED, TENOR, Cues, load_cues
from kg.claims.gather import Attribution, Gathered
from kg.claims.owners import owners
from kg.claims.places import governor, is_apart
from kg.claims.quotes import Quotes
from kg.claims.status import Scope, Standing, over, standing
from kg.claims.tenor import tenor
from kg.lexicon import Lexicon
from kg.model import Claim, Event, Participant, Sentence, Span, Status
from kg.reading import Reading

TO_COME = frozenset({Status.HYPOTHETICAL, Status.PLANNED})
UNREAL = TO_COME | {Status.NEGATED}  # what is not so, or not yet


class Verdict(NamedTuple):
    """How surely an event is told, on whose word, and by which claim (a key)."""

    status: Status
    sources: tuple[Participant, ...] = ()
    claim: str | None = None


def attribute(
    reading: Reading, events: tuple[Event, ...], lexicon: Lexicon
) -> tuple[tuple[Event, ...], tuple[Claim, ...]]:
    """The events, each with its status, sources and claim; and all attributions in text order.

    Event.claim is the key of the speech event, or else of the claim, in whose scope the event stands.
    """
    judge = _Judge(reading, [e for e in events if lexicon.is_claim(e.type)], load_cues())
    return tuple(map(judge.judged, events)), tuple(judge.claims())


class _Judge:
    """One article's attributions, with what they make of its events."""

    def __init__(self, reading: Reading, speech: Sequence[Event], cues: Cues) -> None:
        self.reading = reading
        self.cues = cues
        self.found = Gathered(reading, speech, cues)
        self.quotes = Quotes(reading.article)
        self.owners = owners(reading, self.quotes, self.found.all)
        self._by_event = {a.event.key: a for a in self.found.all if a.event}
        self._rests = self._spoken_on()
        self._told_claims = sorted(filter(self._is_told, self.found.all), key=lambda a: (a.sentence, a.cue))
        for number, a in enumerate(self._told_claims, start=1):
            a.key = f"c{number}"
            a.force = a.force or tenor(reading, cues, a)

    def claims(self) -> Iterator[Claim]:
        """Every attribution that says something, in text order."""
        for a in self._told_claims:
            speaker = a.speakers[0] if a.speakers else None
            targets = a.event.targets if a.event else ()
            targets = targets or (a.answers.speakers[:1] if a.answers else ())
            content = a.content(self.reading.article.text)
            key = a.event.key if a.event else None
            yield Claim(key, a.type, speaker, self._cue(a), content, targets, a.key)

    def judged(self, event: Event) -> Event:
        """The event with status, sources, claim and, for a speech event, its content."""
        own = self._by_event.get(event.key)
        if own and own.pieces:
            event = replace(event, content=own.content(self.reading.article.text))
        verdict = self._verdict(event)
        return replace(event, status=verdict.status, sources=verdict.sources, claim=verdict.claim)

    def _is_told(self, a: Attribution) -> bool:
        """It says something that is not the speaker's own thinking aloud.

        Of nobody known it is told by a verb that says something ("is said to"): "the claim" and "the crisis highlighted" are none.
        """
        if not a.pieces or a.own_words:
            return False
        if a.event or a.speakers:
            return True
        here = self.reading.sentences[a.sentence]
        if here.tokens[a.cue].pos == "NOUN":  # "amid calls for his resignation", but not "denied claims that"
            return bool(a.force) and a.cue not in self.found.scopes[a.sentence]
        return a.asserts and here.tokens[a.cue].pos in ("VERB", "PUNCT")

    def _cue(self, a: Attribution) -> Span:
        if a.event:
            return a.event.trigger
        token = self.reading.sentences[a.sentence].tokens[a.cue]
        return Span(token.start, token.end, token.text)

    def _standing(self, sentence: int, token: int) -> Standing:
        """The token's standing by the tree, or by mere order before "…, he said", where long sentences are parsed worst."""
        here = self.reading.sentences[sentence]
        stand = standing(here, self.cues, self.found.scopes[sentence], token, self._past(sentence))
        if stand.known and self.quotes.at(here.tokens[token].start) is None:
            return replace(stand, scope=None)
        if stand.scope is None and (reaching := [t for t in self.found.trailing[sentence] if token < t[0]]):
            return replace(stand, scope=min(reaching, key=lambda t: t[0])[1])
        return stand

    def _past(self, sentence: int) -> Mapping[int, timedelta]:
        """How long before publication the sentence's dates lie, by their heads."""
        published = self.reading.published
        if published is None:
            return {}
        return {t.head: published - t.latest for t in self.reading.times[sentence] if t.latest}

    def _verdict(self, event: Event) -> Verdict:
        """From the innermost claim outwards: the first that answers for the event decides."""
        stand = self._standing(event.sentence, event.head)
        if event.key in self._by_event:
            stand = self._of_claim(event, stand)
        status = stand.status or (Status.PLANNED if self._is_to_come(event) else None)
        scope, passed = stand.scope, set[int]()
        wish: Attribution | None = None  # who wants or plans it, where nobody is told to have said so
        while scope and scope.attribution not in passed:
            passed.add(scope.attribution)
            a = self.found.all[scope.attribution]
            outer = self._standing(a.sentence, a.cue)
            effect = self._effect(event, a, scope, stand.taken_for_granted)
            if stand.would and effect is Status.ALLEGED and self._is_own_plan(event, a):
                status = Status.PLANNED
            within = outer.scope if not outer.taken_for_granted else None
            if _is_wish(a, effect) or effect and within and within.effect in UNREAL:
                status, wish = over(over(status, effect), outer.status), wish or a
            elif effect is Status.ASSERTED and (status or outer.status):
                return self._told(a, status or Status.ALLEGED)
            elif effect is Status.ALLEGED and a.type == "Accusation" and status in TO_COME:
                return self._told(a, Status.ALLEGED)  # a plot is itself the deed of which one is accused
            elif effect not in (None, Status.ASSERTED):
                return self._told(a, over(status, effect) or Status.ALLEGED, effect)
            scope = outer.scope
        if wish and self.quotes.at(event.trigger.start) is None:
            return self._told(wish, status or Status.HYPOTHETICAL, Status.HYPOTHETICAL)
        return self._unclaimed(event, status)

    def _of_claim(self, event: Event, stand: Standing) -> Standing:
        """The standing of a speech event: it may be told beside another's content, and "did not accept" is a refusal.

        The article itself tells "…, which the army denies" and "…, but the army denies it", outside quotations.
        """
        here = self.reading.sentences[event.sentence]
        if self.quotes.at(event.trigger.start) is None and is_apart(here, event.head):
            stand = replace(stand, scope=None)
        word = self.cues.embedding.get(("verb", here.tokens[event.head].lemma), {})
        if stand.status is Status.NEGATED and event.type == "Refusal" == word.get(TENOR):
            stand = replace(stand, status=None)
        return stand

    def _effect(self, event: Event, a: Attribution, scope: Scope, granted: bool) -> Status | None:
        """What the claim makes of the event; None where it leaves it as it is."""
        if scope.effect == REBUTTED:
            return None
        if scope.effect == ANNOUNCED:
            if BY_SAYING in self.cues.classes.get(event.type, {}) and self._is_own_deed(event, a):
                return Status.ASSERTED
            return Status.ALLEGED if scope.place == "clause" else Status.PLANNED
        if scope.effect == OWNED_UP:
            return Status.ASSERTED if self._is_own_deed(event, a) else Status.ALLEGED
        effect = Status(scope.effect)
        if effect is Status.ALLEGED and self._is_own_word(event, a):
            return Status.ASSERTED
        if granted and effect is not Status.ASSERTED and not _is_quoted(a, effect, scope.place):
            return None
        if granted and effect is not Status.ASSERTED:
            return Status.ALLEGED
        return effect

    def _told(self, a: Attribution, status: Status, effect: Status = Status.ALLEGED) -> Verdict:
        """On the word of this attribution's speakers; what they allege is denied where the allegation is."""
        if a.own_words and (quote := self.quotes.at(self._cue(a).start)):
            a = self.owners.get(quote, a)
        sources = a.speakers if not a.own_words else ()
        outer = self._standing(a.sentence, a.cue).scope
        if effect is Status.ALLEGED and outer and outer.effect in (Status.DENIED, REBUTTED):
            status = over(status, Status.DENIED) or Status.DENIED
            sources = tuple(
                {p.actor: p for p in (*sources, *self.found.all[outer.attribution].speakers)}.values()
            )
        return Verdict(status, sources, a.event.key if a.event else a.key or None)

    def _unclaimed(self, event: Event, status: Status | None) -> Verdict:
        """No words of saying reach it by grammar: a quotation or a turn of an interview may."""
        quote = self.quotes.at(event.trigger.start)
        turn = self.found.turns.get(self.reading.sentences[event.sentence].block)
        a = self.owners.get(quote, turn) if quote else turn
        if a and self._is_own_word(event, a):
            return Verdict(status or Status.ASSERTED)
        if a and (a.event is None or a.event.key != event.key):
            return self._told(a, status or Status.ALLEGED)
        unsure = quote or event.sentence in self._rests
        return Verdict(status or (Status.ALLEGED if unsure else Status.ASSERTED))

    def _spoken_on(self) -> set[int]:
        """The rests of overlong sentences somewhere in which somebody is told to say something: it may reach so far."""
        spoken, rests = {a.sentence for a in self.found.all}, set[int]()
        for here in self.reading.sentences:
            if here.continues and (here.index - 1 in spoken or here.index - 1 in rests):
                rests.add(here.index)
        return rests

    def _is_own_deed(self, event: Event, a: Attribution) -> bool:
        actors = self.reading.actors
        doers = {actors[p.actor].state or p.actor for p in event.agents}
        return any((actors[p.actor].state or p.actor) in doers for p in a.speakers)

    def _is_own_word(self, event: Event, a: Attribution) -> bool:
        """Whether a claim is made by saying it: "'We condemn the raid', the union said", or its spokesman, of no other state."""
        if event.key not in self._by_event:
            return False
        states = {self.reading.actors[p.actor].state for p in (*event.agents, *a.speakers[:1])}
        verb = self.reading.sentences[event.sentence].tokens[event.head]
        spoken_for = verb.tag in ("VBZ", "VBP") and None in states and bool(event.agents)
        return spoken_for or self._is_own_deed(event, a)

    def _is_own_plan(self, event: Event, a: Attribution) -> bool:
        """Whether "would" tells the speaker's own future, or what is done by nobody named, a plan; else it is no more than possible."""
        here = self.reading.sentences[event.sentence]
        doers = self.reading.frames[here.index][event.head].subjects
        if not event.agents and any(here.tokens[c].dep == "nsubjpass" for c in here.children[event.head]):
            return True
        words = (w for i in doers for w in (i, *here.children[i]))
        return self._is_own_deed(event, a) or any(here.tokens[w].tag in ("PRP", "PRP$") for w in words)

    def _is_to_come(self, event: Event) -> bool:
        """Whether its date, or that of the clause whose subject or object it is, lies after the article's."""
        here, published = self.reading.sentences[event.sentence], self.reading.published
        above, place = governor(here, event.head)
        dated = {event.head, above} if place in ("subj", "obj") else {event.head}
        return published is not None and any(
            time.earliest > published
            and (governor(here, time.head)[0] in dated or _follows(here, event.head, time.head))
            for time in self.reading.times[event.sentence]
            if time.head >= 0 and time.earliest is not None
        )


def _follows(here: Sentence, noun: int, time: int) -> bool:
    """Whether nothing but small words stands between: "the vote on 4 May" is in May, whatever the parser hangs the date on."""
    between = here.tokens[noun + 1 : time]
    return (
        noun < time
        and here.tokens[noun].pos == "NOUN"
        and all(t.pos in ("ADP", "DET", "NUM") for t in between)
    )


def _is_quoted(a: Attribution, effect: Status, place: str) -> bool:
    """Whether what is known in the content is somebody's word too: not in "hopes to end the war", "reiterated concern over the war"."""
    if effect is Status.ALLEGED:
        return place != "obj"
    return place == "clause" and (a.event is not None or a.takes_quotes)


def _is_wish(a: Attribution, effect: Status | None) -> bool:
    """A plain word of wanting or planning says what somebody has in mind, it does not quote: an outer claim answers for it."""
    quoted = a.event is not None or a.takes_quotes
    return not quoted and effect in UNREAL
