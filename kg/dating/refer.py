"""Times told by reference: to another event, to a clause, or to what was told last."""

from collections.abc import Iterator, Mapping
from datetime import date

from kg.dating.clauses import shares_time
from kg.dating.hang import UNKNOWN, Hung, Interval, interval
from kg.model import Event, Sentence
from kg.reading import Reading

AFTER = ("since", "after", "following")
THAT_POINT = (["that", "point"], ["that", "moment"], ["that", "time"], ["that", "day"])
BEGINS = frozenset({"begin", "start", "erupt", "break"})
REMEMBERED = 50  # sentences back to what "since then" can mean
ENDS = frozenset({"end", "conclude", "finish"})
OCCURS = frozenset(
    {"happen", "occur", "take", "hold", "stage", "launch", "carry", "conduct", "wage", "reach", "sign"}
)


def tied(reading: Reading, event: Event, heads: Mapping[tuple[int, int], Event]) -> Iterator[Event]:
    """What the event or a clause above it is told to come after: "since the coup", "after the vote"."""
    here = reading.sentences[event.sentence]
    for clause in _clauses_about(here, event.head):
        for token in reading.frames[event.sentence][clause].obliques.get("since", ()):
            if (event.sentence, token) in heads:
                yield heads[event.sentence, token]
    at = event.head
    while True:
        obliques = reading.frames[event.sentence][at].obliques
        for preposition in AFTER:
            for token in obliques.get(preposition, ()):
                if token != event.head and (event.sentence, token) in heads:
                    yield heads[event.sentence, token]
        if here.tokens[at].head == at or not shares_time(here, at, heads):
            return
        at = here.tokens[at].head


def since_clause(here: Sentence, hung: Hung, at: int) -> date | None:
    """As in "… since it took up arms in 2021": when what is told began."""
    for child in here.children[at]:
        words = {here.tokens[c].lemma for c in here.children[child]}
        if here.tokens[child].dep == "advcl" and "since" in words:
            return next((time.earliest for time in hung.get(child, ()) if time.earliest), None)
    return None


def own_clause(here: Sentence, hung: Hung, at: int) -> Interval:
    """As in "a war that began in 2011", "an election held in August" and "fighting between the army and rebels that ended in May"."""
    nouns = [at] if here.tokens[at].pos in ("NOUN", "PROPN") else _objects(here, at)
    for clause in (clause for noun in nouns for clause in _clauses_about(here, noun)):
        lemma = here.tokens[clause].lemma
        if clause in hung and (lemma in BEGINS | ENDS | OCCURS):
            earliest, latest = interval(hung[clause])
            return (None if lemma in ENDS else earliest), (None if lemma in BEGINS else latest)
    return UNKNOWN


def _objects(here: Sentence, at: int) -> list[int]:
    """What a verb does, or where it is done: "fought a war", "fought in a war"."""
    inside = [c for c in here.children[at] if here.tokens[c].lemma in ("in", "during")]
    return [
        c for above in (at, *inside) for c in here.children[above] if here.tokens[c].dep in ("dobj", "pobj")
    ]


def _clauses_about(here: Sentence, at: int) -> Iterator[int]:
    """Relative clauses and participles of a noun, also where the parser hangs them on the last noun of its phrase."""
    last = at
    while True:
        yield from (child for child in here.children[last] if here.tokens[child].dep in ("relcl", "acl"))
        below = [c for c in here.children[last] if here.tokens[c].dep in ("prep", "pobj", "conj")]
        if not below:
            return
        last = below[-1]


def thereafter(reading: Reading, here: Sentence, at: int) -> date | None:
    """As in "since then" and "from that point": the day that was told last began it."""
    for child in here.children[at]:
        words = [token.lemma for token in here.tokens[child : child + 3]]
        if words[:1] not in (["since"], ["from"]) or not (words[1:2] == ["then"] or words[1:] in THAT_POINT):
            continue
        start = here.tokens[child].start
        for times in reversed(reading.times[max(0, here.index - REMEMBERED) : here.index + 1]):
            told = [time for time in times if time.earliest and time.start < start]
            if told:
                return told[-1].earliest
    return None
