"""Stage, with resolve_time: the event's own time, not the nearest date.

A date belongs to the predicate that it hangs on. An event without one has the time of the clause that it is part of, unless that
clause is somebody's words about it ("On Friday the rebels announced that they had taken the airport": not later than Friday).
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from kg.model import Event, Sentence, Status, TimeExpression
from kg.reading import Reading

BOUNDS_EARLIEST = frozenset({"since", "from", "after"})
BOUNDS_LATEST = frozenset({"until", "till", "before", "by"})
DONE = frozenset(
    {Status.ASSERTED, Status.ALLEGED, Status.DENIED}
)  # told as having happened, so not after publication
NOUNS_PASSED = (
    2  # "took the capital of the province on Monday": nouns on which the parser may hang a verb's date
)
THAT_POINT = (["that", "point"], ["that", "moment"], ["that", "time"], ["that", "day"])
SIMULTANEOUS = frozenset({"when", "as", "while", "whilst"})
Heads = frozenset[tuple[int, int]]  # sentence and token of triggers
Interval = tuple[date | None, date | None]
Hung = Mapping[int, list[TimeExpression]]  # times by the predicate that they date, a token of one sentence
UNKNOWN: Interval = (None, None)


def date_events(reading: Reading, events: Iterable[Event], speech: frozenset[str]) -> tuple[Event, ...]:
    """Each event with the interval in which it can have happened, as its text and the article's date tell.

    `speech` names the classes whose events are told in their clauses: what they say does not share their time.
    """
    told = tuple(events)
    heads = frozenset((event.sentence, event.head) for event in told if event.type in speech)
    triggers = frozenset((event.sentence, event.head) for event in told)
    hung = {
        sentence: _hung(reading.sentences[sentence], reading.times[sentence], triggers)
        for sentence in sorted({event.sentence for event in told})
    }
    return tuple(_dated(reading, event, heads, hung[event.sentence]) for event in told)


def anchor(reading: Reading, events: Iterable[Event]) -> tuple[Event, ...]:
    """Events told to have happened "since the coup" or "after the vote", not before what they are tied to."""
    told = tuple(events)
    heads = {(event.sentence, event.head): event for event in told}
    by_type = {event.type: event for event in reversed(told) if event.earliest}
    return tuple(_anchored(reading, event, heads, by_type) for event in told)


def _anchored(
    reading: Reading, event: Event, heads: dict[tuple[int, int], Event], by_type: dict[str, Event]
) -> Event:
    if event.earliest or event.status not in DONE:
        return event
    frame = reading.frames[event.sentence][event.head]
    for preposition in ("since", "after", "following"):
        for token in frame.obliques.get(preposition, ()):
            tied = heads.get((event.sentence, token))
            dated = tied if tied and tied.earliest else by_type.get(tied.type) if tied else None
            if dated and dated.earliest and (not event.latest or dated.earliest <= event.latest):
                return replace(event, earliest=dated.earliest)
    return event


def _dated(reading: Reading, event: Event, speech: Heads, hung: Hung) -> Event:
    earliest, latest = _told(reading, event, speech, hung)
    if (earliest, latest) == UNKNOWN:
        earliest, latest = _untold(reading, event)
    elif reading.published and event.status in DONE and (earliest is None or earliest <= reading.published):
        latest = min(filter(None, (latest, reading.published)))
    if earliest and latest and earliest > latest:
        earliest = None
    return replace(event, earliest=earliest, latest=latest)


def _untold(reading: Reading, event: Event) -> Interval:
    """What is told as done was done by the day of publication; what is planned is still to come."""
    if event.status in DONE:
        return None, reading.published
    if event.status is Status.PLANNED:
        return reading.published, None
    return UNKNOWN


def _told(reading: Reading, event: Event, speech: Heads, hung: Hung) -> Interval:
    """The time told with the event or with a clause above it."""
    here = reading.sentences[event.sentence]
    at, said = event.head, False
    while True:
        own = [time for time in hung.get(at, ()) if time.earliest or time.latest]
        since = _since(here, hung, at) or _thereafter(reading, here, at)
        if own or since:
            interval = _interval(own) if own else (since, None)
            return (None, interval[1]) if said and event.status is not Status.PLANNED else interval
        head = here.tokens[at].head
        if head == at or not _shares_time(here, at, head):
            return UNKNOWN
        said = said or (event.sentence, head) in speech or here.tokens[at].dep == "ccomp"
        at = head


def _shares_time(here: Sentence, at: int, head: int) -> bool:
    """Whether what stands at `at` has the time of the clause above it."""
    dep = here.tokens[at].dep
    if dep == "relcl":
        return False
    if dep == "advcl" and _finite(here, at):
        return any(here.tokens[child].lemma in SIMULTANEOUS for child in here.children[at]) or _measured(
            here, at
        )
    if dep == "conj":
        return (
            here.tokens[at].pos not in ("VERB", "AUX")
            or head > at
            or here.tokens[head].pos in ("VERB", "AUX")
        )
    return True


def _measured(here: Sentence, at: int) -> bool:
    """As in "A day after they handed the base back": the two are so near in time that one's date is the other's."""
    children = [here.tokens[child] for child in here.children[at]]
    return any(c.lemma in ("after", "before") for c in children) and any(
        c.dep == "npadvmod" and c.lemma in ("day", "hour", "minute") for c in children
    )


def _finite(here: Sentence, at: int) -> bool:
    return here.tokens[at].tag in ("VBD", "VBP", "VBZ") or any(
        here.tokens[child].tag in ("VBD", "VBP", "VBZ", "MD") for child in here.children[at]
    )


def _hung(here: Sentence, times: Iterable[TimeExpression], triggers: Heads) -> Hung:
    """The time expressions under the predicate that they date: the nearest verb or trigger above them."""
    found: dict[int, list[TimeExpression]] = {}
    for time in times:
        found.setdefault(_predicate(here, _outermost(here, time), triggers), []).append(time)
    return found


def _predicate(here: Sentence, at: int, triggers: Heads) -> int:
    nouns = 0
    while True:
        token = here.tokens[at]
        if token.head == at:
            return at
        at = token.head
        above = here.tokens[at]
        if above.pos in ("VERB", "AUX") or (here.index, at) in triggers:
            return at
        if above.pos in ("NOUN", "PROPN"):
            nouns += 1
            if token.dep != "prep" or nouns > NOUNS_PASSED:  # "the January accord" dates the accord alone
                return at


def _since(here: Sentence, hung: Hung, at: int) -> date | None:
    """As in "… since it took up arms in 2021": when what is told began."""
    for child in here.children[at]:
        if here.tokens[child].dep == "advcl" and any(
            here.tokens[c].lemma == "since" for c in here.children[child]
        ):
            return next((time.earliest for time in hung.get(child, ()) if time.earliest), None)
    return None


def _thereafter(reading: Reading, here: Sentence, at: int) -> date | None:
    """As in "since then" and "from that point": the day that was told last began it."""
    for child in here.children[at]:
        words = [token.lemma for token in here.tokens[child : child + 3]]
        if words[:1] not in (["since"], ["from"]) or not (words[1:2] == ["then"] or words[1:] in THAT_POINT):
            continue
        start = here.tokens[child].start
        for times in reversed(reading.times[: here.index + 1]):
            told = [time for time in times if time.earliest and time.start < start]
            if told:
                return told[-1].earliest
    return None


def _outermost(here: Sentence, time: TimeExpression) -> int:
    first = bisect_left(here.tokens, time.start, key=lambda token: token.start)
    inside = here.tokens[first : bisect_left(here.tokens, time.end, key=lambda token: token.start)]
    if not inside:
        return 0
    indices = {token.index for token in inside}
    return next((token.index for token in inside if token.head not in indices), inside[-1].index)


def _interval(times: list[TimeExpression]) -> Interval:
    """The narrowest of the intervals, bounded by "since" and "until"."""
    earliest: date | None = None
    latest: date | None = None
    for time in times:
        relation = getattr(time, "relation", "")
        low = None if relation in BOUNDS_LATEST else time.earliest
        high = None if relation in BOUNDS_EARLIEST else time.latest
        earliest = max(filter(None, (earliest, low)), default=None)
        latest = min(filter(None, (latest, high)), default=None)
    return earliest, latest
