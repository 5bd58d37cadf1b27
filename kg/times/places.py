"""Where a time stands in its sentence: its head token and its preposition, and whether a numeral is a year at all."""

from collections.abc import Sequence

from kg.model import Sentence
from kg.times.grammar import Found
from kg.times.words import Word

# Prepositions that tie a time to what it dates, and the words that join the two ends of a range
RELATIONS = frozenset(
    "in on at since until till by before after from through during for over within between to and throughout around "
    "about as under".split()
)
ADVERBS = frozenset(
    "about around nearly almost approximately roughly just only some over early late earlier later the a mid least than".split()
)
NOT_YEARS = frozenset(
    "page no number article resolution flight room section highway route agenda vision expo windows".split()
)
DETERMINERS = ("DET", "PRON", "ADJ", "PART")
QUANTIFIERS = frozenset("some any no all more many few several most other".split())


class Places:
    """A sentence's tokens by their place in the text."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self._at: dict[int, int] = {}

    def head(self, words: Sequence[Word]) -> int:
        """The token in the time that hangs on one outside it; -1 where no token begins in the time."""
        start, end = words[0].start, words[-1].end
        tokens = self.sentence.tokens
        if not self._at:
            self._at = {token.start: token.index for token in tokens}
        inside = [at for word in words if (at := self._at.get(word.start)) is not None]
        for at in inside:
            above = tokens[tokens[at].head]
            if above.index == at or not start <= above.start < end:
                return at
        return inside[-1] if inside else -1


def relation_of(line: Sequence[Word], first: int) -> str:
    """The preposition before the time, over words that measure ("since about 2013", "until at least May")."""
    for word in reversed(line[max(0, first - 3) : first]):
        lower = word.text.lower()
        if lower in RELATIONS and not (lower in ("over", "about", "around") and word is not line[first - 1]):
            return lower
        if lower not in ADVERBS:
            return ""
    return ""


def is_other(sentence: Sentence, head: int, line: Sequence[Word], found: Found) -> bool:
    """Whether what looks like a time is part of a name ("the March 23 Movement") or a number of things ("2000 people")."""
    if found.reading == "year":
        return not _is_year(sentence, head, line, found)
    if found.reading not in ("calendar_day", "month") or not 0 <= head < len(sentence.tokens):
        return False
    token, above = sentence.tokens[head], sentence.tokens[sentence.tokens[head].head]
    dated = any(word.kind == "year" for word in found.words)
    if (
        token.dep in ("compound", "nmod", "nummod")
        and above.index > head
        and above.pos == "PROPN"
        and not dated
    ):
        return True
    # "the March for Life": a month's name alone takes no article
    return len(found.words) == 1 and any(
        sentence.tokens[child].dep == "det" for child in sentence.children[head]
    )


def _is_year(sentence: Sentence, head: int, line: Sequence[Word], found: Found) -> bool:
    """Whether four digits are a year and not a number of things ("2000 people", "Resolution 2039")."""
    before = line[found.first - 1] if found.first else None
    if before is not None and (before.text.lower() in NOT_YEARS or before.text in "$€£¥#₦"):
        return False
    year = next(int(word.value) for word in found.words if word.kind == "year")
    tokens = sentence.tokens
    if len(found.words) > 1 or not 0 <= head < len(tokens):
        return True
    token, counted = tokens[head], tokens[tokens[head].head]
    if token.dep == "nummod" and counted.index > head and counted.tag in ("NNS", "NNPS"):
        last = tokens[head - 1] if head else token
        return last.pos in DETERMINERS and last.lemma not in QUANTIFIERS
    if not 1800 <= year <= 2100:
        return token.entity == "DATE" or (before is not None and before.text.lower() in RELATIONS)
    if before is not None and before.end < token.start and tokens[head - 1].pos == "PROPN" and head > 0:
        return token.entity == "DATE"
    return True
