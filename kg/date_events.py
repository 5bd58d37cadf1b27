"""Stage, with resolve_time: the event's own time, not the nearest date.

A date belongs to the predicate that it hangs on. An event without one has the time of the clause that it is part of, unless that
clause is somebody's words about it ("On Friday the rebels announced that they had taken the airport": not later than Friday).
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, takewhile
from typing import NamedTuple

from kg.model import BlockKind, Event, Sentence, Status, TimeExpression
from kg.reading import Reading

BOUNDS_EARLIEST = frozenset({"since", "from", "after"})
AFTER = ("since", "after", "following")
BOUNDS_LATEST = frozenset({"until", "till", "before", "by"})
DONE = frozenset(
    {Status.ASSERTED, Status.ALLEGED, Status.DENIED}
)  # told as having happened, so not after publication
NOUNS_PASSED = (
    2  # "took the capital of the province on Monday": nouns on which the parser may hang a verb's date
)
THAT_POINT = (["that", "point"], ["that", "moment"], ["that", "time"], ["that", "day"])
SIMULTANEOUS = frozenset({"when", "as", "while", "whilst"})
NEWS = timedelta(days=3)  # a daily's lead tells what came about since the last one, weekends included
WEEK = timedelta(days=7)
LEAD = 2  # paragraphs
MEANWHILE = frozenset({"at", "during", "in", "amid"})
WITHIN_CLAUSE = frozenset({"dobj", "nsubj", "nsubjpass", "xcomp", "conj", "attr", "ccomp"})
BEFORE_NOUN = frozenset({"poss", "compound", "amod", "nmod", "nummod"})
ASIDE = frozenset({"relcl", "acl", "appos"})
Heads = frozenset[tuple[int, int]]  # sentence and token of triggers
Interval = tuple[date | None, date | None]
Hung = Mapping[int, list[TimeExpression]]  # times by the predicate that they date, a token of one sentence
UNKNOWN: Interval = (None, None)


class Told(NamedTuple):
    """Where an article tells what, and with which times."""

    said: Heads  # heads of speech events
    deeds: Heads  # heads of all others
    hung: Hung  # the times of the sentence that is looked at


def date_events(reading: Reading, events: Iterable[Event], speech: frozenset[str]) -> tuple[Event, ...]:
    """Each event with the interval in which it can have happened, as its text and the article's date tell.

    What is told without reserve but dated after publication is planned ("six weeks before the vote").

    `speech` names the classes whose events are told in their clauses: what they say does not share their time.
    """
    told = tuple(events)
    said = frozenset((event.sentence, event.head) for event in told if event.type in speech)
    deeds = frozenset((event.sentence, event.head) for event in told) - said
    hung = {
        sentence: _hung(reading.sentences[sentence], reading.times[sentence], said | deeds)
        for sentence in sorted({event.sentence for event in told})
    }
    return tuple(_dated(reading, event, Told(said, deeds, hung[event.sentence])) for event in told)


def anchor(reading: Reading, events: Iterable[Event]) -> tuple[Event, ...]:
    """Events told to have happened "since the coup" or "after the vote", not before what they are tied to."""
    told = tuple(events)
    heads = {(event.sentence, event.head): event for event in told}
    by_type = {event.type: event for event in reversed(told) if event.earliest}
    return tuple(_anchored(reading, event, heads, by_type) for event in told)


def _anchored(
    reading: Reading, event: Event, heads: Mapping[tuple[int, int], Event], by_type: Mapping[str, Event]
) -> Event:
    if event.earliest or event.status not in DONE:
        return event
    for tied in _tied(reading, event, heads):
        dated = tied if tied.earliest else by_type.get(tied.type)
        if dated and dated.earliest and (not event.latest or dated.earliest <= event.latest):
            return replace(event, earliest=dated.earliest)
    return event


def _tied(reading: Reading, event: Event, heads: Mapping[tuple[int, int], Event]) -> Iterator[Event]:
    """What the event or a clause above it is told to come after."""
    here = reading.sentences[event.sentence]
    at = event.head
    while True:
        obliques = reading.frames[event.sentence][at].obliques
        for preposition in AFTER:
            for token in obliques.get(preposition, ()):
                if token != event.head and (event.sentence, token) in heads:
                    yield heads[event.sentence, token]
        head = here.tokens[at].head
        if head == at or not _shares_time(here, at, head, heads):
            return
        at = head


def _dated(reading: Reading, event: Event, told: Told) -> Event:
    earliest, latest = _time_told(reading, event, told)
    if (earliest, latest) == UNKNOWN:
        earliest, latest = _untold(reading, event)
    elif reading.published and event.status in DONE and (earliest is None or earliest <= reading.published):
        latest = min(filter(None, (latest, reading.published)))
    if earliest and latest and earliest > latest:
        earliest = None
    coming = (
        event.status is Status.ASSERTED and reading.published and earliest and earliest > reading.published
    )
    return replace(event, earliest=earliest, latest=latest, status=Status.PLANNED if coming else event.status)


def _untold(reading: Reading, event: Event) -> Interval:
    """What is told as done was done by the day of publication, and lately where it is the news; what is planned is still to come."""
    if event.status in DONE:
        return _at_the_earliest(reading, event), reading.published
    if event.status is Status.NEGATED:
        return None, reading.published
    if event.status is Status.PLANNED:
        return reading.published, None
    return UNKNOWN


def _at_the_earliest(reading: Reading, event: Event) -> date | None:
    if reading.published and _is_news(reading, event):
        return reading.published - NEWS
    return _told_before(reading, event)


def _told_before(reading: Reading, event: Event) -> date | None:
    """A story in the past tense goes forward: not before what was told last in its paragraph or the one before."""
    here = reading.sentences[event.sentence]
    at = event.head
    while _in_clause(here, at) and here.tokens[at].tag != "VBD":
        at = here.tokens[at].head
    if not _is_narrative(here, at):
        return None
    told = list(_story(reading, here.block, here.tokens[at].start))
    return told[-1] if told else max(_told_earlier(reading, here.block), default=None)


def _told_earlier(reading: Reading, block: int) -> Iterator[date]:
    """From the paragraph before, and of this week from any: a flashback ends with the paragraph after it."""
    yield from _story(reading, block - 1)
    for before in range(block - 1):
        for day in _story(reading, before):
            if reading.published and reading.published - day <= WEEK:
                yield day


def _story(reading: Reading, block: int, end: int | None = None) -> Iterator[date]:
    """The days from which a paragraph tells its story, all or up to an offset."""
    published = reading.published or date.max
    first = bisect_left(reading.sentences, block, key=lambda sentence: sentence.block)
    for sentence in takewhile(lambda s: s.block == block, islice(reading.sentences, first, None)):
        for time in reading.times[sentence.index]:
            known = time.earliest and time.earliest <= published and (end is None or time.end <= end)
            if known and time.earliest and _is_story(sentence, time):
                yield time.earliest


def _is_before_story(here: Sentence, at: int) -> bool:
    """As in "they had taken the town"."""
    return any(
        here.tokens[c].tag == "VBD" and here.tokens[c].dep == "aux" and here.tokens[c].lemma == "have"
        for c in here.children[at]
    )


def _in_clause(here: Sentence, at: int) -> bool:
    """Whether the token is part of the clause above it, as its argument or as what went on meanwhile ("at a summit in Oru")."""
    token = here.tokens[at]
    return (
        token.dep in WITHIN_CLAUSE or token.lemma in MEANWHILE or here.tokens[token.head].lemma in MEANWHILE
    )


def _is_narrative(here: Sentence, at: int) -> bool:
    """Whether the clause is in the simple past: "the army took the town", "they were freed", not "had taken"."""
    if here.tokens[at].dep == "relcl":
        return False
    verbs = [here.tokens[at], *(here.tokens[child] for child in here.children[at])]
    return any(
        verb.tag == "VBD" and (verb.index == at or (verb.dep in ("aux", "auxpass") and verb.lemma != "have"))
        for verb in verbs
    )


def _is_story(here: Sentence, time: TimeExpression) -> bool:
    """Whether a date stands in the story's own clauses, not in one about a person or thing of it, nor as a length of time."""
    if time.kind not in ("DATE", "TIME"):
        return False
    at = _outermost(here, time)
    while here.tokens[at].head != at:
        if here.tokens[at].dep in ASIDE:
            return False
        at = here.tokens[at].head
    return True


def _is_news(reading: Reading, event: Event) -> bool:
    """Whether the headline or the lead tells it in its main clause: "Arvania has expelled two diplomats"."""
    here = reading.sentences[event.sentence]
    body = (block.kind is not BlockKind.HEADING for block in reading.article.blocks[: here.block])
    if sum(body) >= LEAD or here.kind not in (BlockKind.HEADING, BlockKind.PARAGRAPH):
        return False
    at = event.head
    while here.tokens[at].dep in WITHIN_CLAUSE:
        at = here.tokens[at].head
    return here.tokens[at].head == at and not _is_before_story(here, at)


def _time_told(reading: Reading, event: Event, told: Told) -> Interval:
    """The time told with the event or with a clause above it."""
    here = reading.sentences[event.sentence]
    at, said = event.head, False
    while True:
        own = [time for time in told.hung.get(at, ()) if time.earliest or time.latest]
        since = _since(here, told.hung, at) or _thereafter(reading, here, at)
        if own or since:
            interval = _interval(own) if own else (since, None)
            return (None, interval[1]) if said and event.status is not Status.PLANNED else interval
        head = here.tokens[at].head
        if head == at or not _shares_time(here, at, head, told.deeds):
            return UNKNOWN
        said = said or (event.sentence, head) in told.said or here.tokens[at].dep == "ccomp"
        at = head


def _shares_time(here: Sentence, at: int, head: int, deeds: Collection[tuple[int, int]]) -> bool:
    """Whether what stands at `at` has the time of the clause above it, or of the event that it is a clause about."""
    dep = here.tokens[at].dep
    if dep == "relcl":
        return (here.index, head) in deeds
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
        at = _outermost(here, time)
        if here.tokens[at].dep in BEFORE_NOUN:  # "before next month's election" is before the election
            time = replace(time, relation="")
        found.setdefault(_predicate(here, at, triggers), []).append(time)
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
