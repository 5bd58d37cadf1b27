"""What a plain "he said" amounts to by the words of what is said: "said the army had breached the truce" is an accusation."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import takewhile

from kg.claims.cues import CATEGORY, TENOR, Cues
from kg.claims.gather import FIRST_PERSON, Attribution
from kg.model import Sentence, Token
from kg.reading import Reading

PREDICATE = frozenset(
    {"advmod", "acomp", "attr", "dobj", "oprd", "xcomp", "aux", "amod"}
)  # what the verb's clause says of its subject
SUBJECTS = frozenset({"nsubj", "nsubjpass"})
MAIN = frozenset({"ROOT", "ccomp"})
FUTURE = frozenset({"will", "would", "shall"})


def tenor(reading: Reading, cues: Cues, a: Attribution) -> str:
    """The class of the claim by the first clause of what it says that has such a word; empty where there is none."""
    for start, end in a.pieces:
        for here in _sentences(reading, start, end):
            for top in _tops(here, start, end):
                if found := _of_clause(reading, cues, a, here, top):
                    return found
    return ""


def _sentences(reading: Reading, start: int, end: int) -> Iterator[Sentence]:
    first = bisect_right(reading.sentences, start, key=lambda sentence: sentence.start) - 1
    yield from takewhile(lambda sentence: sentence.start < end, reading.sentences[max(0, first) :])


def _tops(here: Sentence, start: int, end: int) -> Iterator[Token]:
    """The verbs of the main clauses within the stretch."""
    inside = {t.index for t in here.tokens if start <= t.start and t.end <= end}
    for token in (here.tokens[i] for i in sorted(inside)):
        first = token.head == token.index or token.head not in inside
        joined = token.dep == "conj" and here.tokens[token.head].dep in MAIN
        if token.pos in ("VERB", "AUX") and (first or joined):
            yield token


def _of_clause(reading: Reading, cues: Cues, a: Attribution, here: Sentence, top: Token) -> str:
    below = {here.tokens[c].lemma for c in here.children[top.index]}
    for word in _predicate(here, top):
        force = cues.embedding.get((_category(word), word.lemma), {}).get(TENOR, "")
        match force:
            case "Accusation" if "not" in below:
                return "Denial"
            case "Accusation" if _is_own(reading, a, here, top):
                continue
            case "Refusal" if "not" not in below:
                continue
            case "Threat" if not below & FUTURE:
                continue
            case "Demand" if "i" in below:
                continue
        if force:
            return force
    return ""


def _is_own(reading: Reading, a: Attribution, here: Sentence, verb: Token) -> bool:
    """Whether the clause is about the speaker."""
    subjects = [c for c in here.children[verb.index] if here.tokens[c].dep in SUBJECTS]
    speakers = {p.actor for p in a.speakers}
    about = {p.actor for p in reading.participants(here.index, subjects)}
    return bool(speakers & about) or any(here.tokens[i].lemma in FIRST_PERSON for i in subjects)


def _predicate(here: Sentence, top: Token) -> Iterator[Token]:
    yield top
    for child in (here.tokens[c] for c in here.children[top.index]):
        if child.dep in PREDICATE:
            yield child
            yield from (here.tokens[c] for c in here.children[child.index] if here.tokens[c].dep in PREDICATE)


def _category(token: Token) -> str:
    return "auxiliary" if token.dep == "aux" else CATEGORY.get(token.pos, "")
