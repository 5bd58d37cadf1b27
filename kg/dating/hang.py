"""Which predicate a time expression dates, and the days that several leave."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import zip_longest

from kg.model import Sentence, TimeExpression

NOUNS_PASSED = (
    2  # "took the capital of the province on Monday": nouns on which the parser may hang a verb's date
)
BOUNDS_EARLIEST = frozenset({"since", "from", "after"})
BOUNDS_LATEST = frozenset({"until", "till", "before", "by"})
BEFORE_NOUN = frozenset({"poss", "compound", "amod", "nmod", "nummod"})
Heads = Collection[tuple[int, int]]  # sentence and head token of events
Interval = tuple[date | None, date | None]
Hung = Mapping[int, list[TimeExpression]]  # times by the predicate that they date, a token of one sentence
UNKNOWN: Interval = (None, None)


def hung(here: Sentence, times: Iterable[TimeExpression], triggers: Heads) -> Hung:
    """The time expressions under the predicate that they date: the nearest verb or trigger above them."""
    found: dict[int, list[TimeExpression]] = {}
    known = list(times)
    for time, following in zip_longest(known, known[1:]):
        at = outermost(here, time)
        ranged = time.relation == "from" and following is not None and following.relation == "to"
        if (
            ranged or here.tokens[at].dep in BEFORE_NOUN
        ):  # "before next month's election" is before the election
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


def outermost(here: Sentence, time: TimeExpression) -> int:
    """The token of a time on which its others hang."""
    first = bisect_left(here.tokens, time.start, key=lambda token: token.start)
    inside = here.tokens[first : bisect_left(here.tokens, time.end, key=lambda token: token.start)]
    if not inside:
        return 0
    indices = {token.index for token in inside}
    return next((token.index for token in inside if token.head not in indices), inside[-1].index)


def interval(times: Iterable[TimeExpression]) -> Interval:
    """The narrowest of the intervals, bounded by "since" and "until"."""
    earliest: date | None = None
    latest: date | None = None
    for time in times:
        low = None if time.relation in BOUNDS_LATEST else time.earliest
        high = None if time.relation in BOUNDS_EARLIEST else time.latest
        earliest = max(filter(None, (earliest, low)), default=None)
        latest = min(filter(None, (latest, high)), default=None)
    return earliest, latest
