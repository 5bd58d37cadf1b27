"""How likely a name means a thing, from 0 to 100."""

from difflib import SequenceMatcher

from kg.authority import sound
from server.linked.names import LABEL, LINK, Thing

EXACT, ALIAS, SOUND, REORDERED = 100.0, 90.0, 85.0, 80.0
_ALIKE = 75.0  # what letters alone can bring
LEAST = 30.0  # below this nothing is proposed
PROPERTIES = 0.3  # share of the score that properties decide, where some are asked for
SURE = 90.0  # from here on a candidate that nothing else comes near is a match
DISTANCE = 10.0  # to the next candidate


def score(asked: str, thing: Thing) -> float:
    """How well the best of a thing's names agrees with a folded one."""
    return max((_agreement(asked, name, rank) for name, rank in thing.names), default=0.0)


def _agreement(asked: str, name: str, rank: int) -> float:
    if asked == name:
        return EXACT if rank in (LABEL, LINK) else ALIAS
    if rank == LINK:
        return 0.0
    if (key := sound(asked)) and key == sound(name):
        return SOUND
    if sorted(asked.split()) == sorted(name.split()):
        return REORDERED
    return _ALIKE * SequenceMatcher(None, asked, name, autojunk=False).ratio()


def with_properties(by_name: float, fulfilled: float) -> float:
    """The score with the share (0 to 1) of the properties asked for that the thing has."""
    return by_name * (1 - PROPERTIES) + 100 * PROPERTIES * fulfilled


def is_match(scores: list[float], fulfilled: float) -> bool:
    """Whether the first of these scores, sorted downwards, is a match: sure, far ahead, and with all properties asked for."""
    ahead = len(scores) == 1 or scores[0] - scores[1] >= DISTANCE
    return scores[0] >= SURE and ahead and fulfilled == 1.0
