"""From the days that a time covers to the days within which what it dates can have happened.

"Since 2013" reaches from 2013 to publication, "until May" has no beginning, "between 1994 and 1997" is one stretch told by two
times, "has fought for nine years" began nine years before publication.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from kg.model import Sentence, TimeExpression
from kg.times.calendar import shifted
from kg.times.places import neighbours
from kg.times.tense import auxiliaries, direction, governing_verb

LENGTH = re.compile(r"P(\d{1,4})([DWMY])")
LONGEST_WORD = 20  # characters looked back for the word before a length


def bounded(
    sentence: Sentence, times: Sequence[TimeExpression], published: date | None
) -> list[TimeExpression]:
    """The sentence's times with their bounds."""
    ranged = _ranges(sentence, list(times))
    return [_bounded(sentence, time, published) for time in ranged]


def _ranges(sentence: Sentence, times: list[TimeExpression]) -> list[TimeExpression]:
    """Both ends of a range get the whole stretch, and its end says "to"."""
    for at in range(len(times) - 1):
        begin, end = times[at], times[at + 1]
        between = sentence.text[begin.end - sentence.start : end.start - sentence.start].strip().lower()
        if not _is_range(begin, between):
            continue
        if begin.earliest and end.latest and begin.earliest <= end.latest:
            times[at] = replace(begin, relation="from", latest=end.latest)
            times[at + 1] = replace(end, relation="to", earliest=begin.earliest)
    return times


def _is_range(begin: TimeExpression, between: str) -> bool:
    if between in ("-", "–", "—"):
        return True
    if begin.relation == "between":
        return between == "and"
    return begin.relation == "from" and between in ("to", "until", "till", "through")


def _bounded(sentence: Sentence, time: TimeExpression, published: date | None) -> TimeExpression:
    if time.kind == "DURATION" and time.earliest is None:
        return _reaching(sentence, time, published)
    if time.earliest is None or time.latest is None or not _dates_its_clause(sentence, time):
        return time
    if time.relation == "since":
        latest = published if published is not None and published >= time.earliest else None
        return replace(time, latest=latest)
    if time.relation in ("until", "till", "by"):
        return replace(time, earliest=None)
    if time.relation == "before":
        return replace(time, earliest=None, latest=shifted(time.earliest, "D", -1))
    if time.relation == "after":
        return replace(time, latest=None)
    return time


def _dates_its_clause(sentence: Sentence, time: TimeExpression) -> bool:
    """Whether the preposition governs the time itself, not what it modifies ("after Thursday's ruling")."""
    return time.head < 0 or sentence.tokens[time.head].dep in ("pobj", "pcomp", "npadvmod", "ROOT", "dep")


def _reaching(sentence: Sentence, time: TimeExpression, published: date | None) -> TimeExpression:
    """Lengths that publication bounds.

    In the present perfect "for nine years" lasts until publication (Quirk et al. 1985, 4.20); "will vote within two months"
    reaches as far from it.
    """
    length = LENGTH.fullmatch(time.timex or "")
    if length is None or published is None or _is_mere_bound(sentence, time):
        return time
    number, unit = int(length[1]), length[2]
    if time.relation == "for" and _present_perfect(sentence, time):
        begin = shifted(published, unit, -number)
        return replace(time, earliest=begin, latest=published) if begin else time
    if time.relation in ("in", "within") and direction(sentence, time.head, time.relation) > 0:
        end = shifted(published, unit, number)
        return replace(time, earliest=published, latest=end) if end else time
    return time


def _is_mere_bound(sentence: Sentence, time: TimeExpression) -> bool:
    """Whether the length is only a bound ("for more than a decade", "for over five years")."""
    at = time.start - sentence.start
    before = sentence.text[max(0, at - LONGEST_WORD) : at].split()
    return bool(before) and before[-1].lower() in neighbours()["beyond"]


def _present_perfect(sentence: Sentence, time: TimeExpression) -> bool:
    verb = governing_verb(sentence, time.head)
    return verb is not None and any(
        token.lemma == "have" and token.tag in ("VBZ", "VBP") for token in auxiliaries(sentence, verb)
    )
