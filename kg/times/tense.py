"""Which way a time lies from the day of publication, by the verb that governs it."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from kg.errors import TableError
from kg.model import BlockKind, Sentence, Token
from kg.times.words import table

PAST, UNKNOWN, FUTURE = -1, 0, 1
VERBS = ("VERB", "AUX")
MODIFIERS = ("poss", "compound", "nmod", "amod", "nummod")
TURNS = frozenset({"future", "schedule", "deadline", "timetable", "past"})
LIMIT = frozenset({"until", "till", "by", "through", "for", "to"})  # "set for April 3", "extended to Friday"
STEPS = 40  # tokens from a time up to its verb: longer ways are misparses
AHEAD = ("future", "schedule")
DEPTH = 8  # clauses above a time that are looked at


class Governor(NamedTuple):
    """The verb above a time, or a noun or adjective that looks ahead."""

    token: Token
    through_noun: bool  # the time hangs on a noun that hangs on the verb
    told: bool  # that noun is spoken of as known ("despite his election in December")


@cache
def cues() -> Mapping[str, str]:
    """Lemmas and where they turn a time: the table's heading lines are explained in ontology/times/README.md."""
    found = {}
    for line, row in table("cues.csv", ("lemma", "turns", "source")):
        if row["turns"] not in TURNS:
            raise TableError(
                "cues.csv", line, f"turns is {row['turns']!r}, it has to be one of {sorted(TURNS)}"
            )
        found[row["lemma"]] = row["turns"]
    return found


def direction(sentence: Sentence, head: int, relation: str) -> int:
    """PAST, FUTURE or UNKNOWN for the time with the given head token and preposition.

    Read off the nearest verb above it; an infinitive looks ahead ("plans to meet on Monday") unless the verb above tells that
    it came about ("began to leave on Monday"). Captions tell the past in the present tense.
    """
    if not 0 <= head < len(sentence.tokens):
        return UNKNOWN
    governor = _governor(sentence, sentence.tokens[head])
    if governor is None:
        return UNKNOWN
    turn = cues().get(governor.token.lemma)
    if relation in LIMIT and turn in (*AHEAD, "deadline") or governor.through_noun and turn in AHEAD:
        return FUTURE
    if sentence.kind is BlockKind.CAPTION and governor.token.tag in ("VBZ", "VBP"):
        return PAST
    if turn == "schedule" and _follows_object(sentence, governor.token, head):
        return FUTURE
    if (governor.told or sentence.tokens[head].dep in MODIFIERS) and _is_infinitive(sentence, governor.token):
        return UNKNOWN  # "to discuss Wednesday's ruling" looks ahead, the ruling does not
    found = _turn(sentence, governor.token, 0)
    if found == UNKNOWN and relation in LIMIT - {"for", "to"}:
        return FUTURE
    return found


def _governor(sentence: Sentence, token: Token) -> Governor | None:
    through_noun = told = False
    for step in range(STEPS):
        if token.pos in VERBS and token.dep not in ("aux", "auxpass", "amod"):
            return Governor(token, through_noun, told)
        if token.pos in ("ADJ", "NOUN") and cues().get(token.lemma) in (*AHEAD, "deadline"):
            return Governor(token, through_noun, told)
        if step and token.pos in ("NOUN", "PROPN"):
            through_noun = True
            told |= token.dep == "pobj" and any(
                sentence.tokens[c].dep == "poss" for c in sentence.children[token.index]
            )
        if token.head == token.index:
            return None
        token = sentence.tokens[token.head]
    return None


def governing_verb(sentence: Sentence, head: int) -> Token | None:
    """The nearest verb above a time."""
    governor = _governor(sentence, sentence.tokens[head]) if 0 <= head < len(sentence.tokens) else None
    return governor.token if governor and governor.token.pos in VERBS else None


def auxiliaries(sentence: Sentence, verb: Token) -> list[Token]:
    """The auxiliaries of a verb, in text order."""
    below = (sentence.tokens[child] for child in sentence.children[verb.index])
    return [token for token in below if token.dep in ("aux", "auxpass")]


def _follows_object(sentence: Sentence, verb: Token, head: int) -> bool:
    """Whether the time stands after what is scheduled ("has scheduled a hearing for it on Thursday")."""
    return any(
        sentence.tokens[child].dep == "dobj" and child < head for child in sentence.children[verb.index]
    )


def _is_infinitive(sentence: Sentence, verb: Token) -> bool:
    return any(auxiliary.tag == "TO" for auxiliary in auxiliaries(sentence, verb))


def _turn(sentence: Sentence, verb: Token, depth: int) -> int:
    helping, cue = auxiliaries(sentence, verb), cues().get(verb.lemma)
    if any(auxiliary.tag == "MD" and cues().get(auxiliary.lemma) == "future" for auxiliary in helping):
        return FUTURE
    if cue in AHEAD and (depth or verb.pos not in VERBS):
        return FUTURE
    if any(auxiliary.tag == "TO" for auxiliary in helping):
        return _infinitive(sentence, verb, depth)
    if verb.tag == "VBD" or any(a.tag == "VBD" or a.lemma == "have" for a in helping):
        return PAST
    if verb.tag in ("VBG", "VBN", "VB") and not helping:
        return _participle(sentence, verb, depth)
    return FUTURE if cue in (*AHEAD, "timetable") else UNKNOWN


def _infinitive(sentence: Sentence, verb: Token, depth: int) -> int:
    above = _above(sentence, verb)
    if above is not None and depth < DEPTH and cues().get(above.lemma) == "past":
        return _turn(sentence, above, depth + 1)
    return FUTURE


def _participle(sentence: Sentence, verb: Token, depth: int) -> int:
    """A participle has the time of the verb above; "the talks planned for Friday" look ahead, "the talks held on Friday" back."""
    if cues().get(verb.lemma) in AHEAD:
        return FUTURE
    if verb.tag == "VBN":
        return PAST
    above = _above(sentence, verb)
    return UNKNOWN if above is None or depth >= DEPTH else _turn(sentence, above, depth + 1)


def _above(sentence: Sentence, verb: Token) -> Token | None:
    if verb.head == verb.index:
        return None
    governor = _governor(sentence, sentence.tokens[verb.head])
    return governor.token if governor else None
