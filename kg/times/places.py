"""Where a time stands in its sentence: its head token and its preposition, and whether a numeral is a year at all."""

from collections.abc import Mapping, Sequence
from functools import cache

from kg.errors import TableError
from kg.model import Sentence
from kg.times.grammar import Found
from kg.times.words import MONEY, Word, table

ROLES = ("relation", "measure", "numbered", "quantifier", "beyond")
PLAIN_YEARS = range(1800, 2101)  # years that need no other sign of being one
DETERMINERS = ("DET", "PRON", "ADJ", "PART")
OVERLAPPING = frozenset(
    {"over", "about", "around"}
)  # prepositions only where none stands before them ("for over a year")
LOOK_BACK = 4  # words before a time among which its preposition is


@cache
def neighbours() -> Mapping[str, frozenset[str]]:
    """The words that tell what a time beside them is, by what they are to it (neighbours.csv)."""
    found: dict[str, set[str]] = {role: set() for role in ROLES}
    for line, row in table("neighbours.csv", ("word", "role", "meaning")):
        if row["role"] not in found:
            raise TableError("neighbours.csv", line, f"role is {row['role']!r}, it has to be one of {ROLES}")
        found[row["role"]].add(row["word"])
    return {role: frozenset(words) for role, words in found.items()}


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
    known, possible = neighbours(), ""
    for word in reversed(line[max(0, first - LOOK_BACK) : first]):
        lower = word.text.lower()
        if lower in known["relation"] and lower not in OVERLAPPING:
            return lower
        if lower in OVERLAPPING and word is line[first - 1]:
            possible = lower
        elif lower not in known["measure"] and lower not in OVERLAPPING:
            break
    return possible


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
    known = neighbours()
    before = line[found.first - 1] if found.first else None
    lower = before.text.lower() if before else ""
    if lower in known["numbered"] or lower in MONEY | {"#"}:
        return False
    tokens = sentence.tokens
    if len(found.words) > 1 or not 0 <= head < len(tokens):
        return True
    token, counted, last = tokens[head], tokens[tokens[head].head], tokens[max(0, head - 1)]
    dated = token.entity == "DATE"
    placed = lower in known["relation"] or (before is not None and before.kind == "hyphen")
    if token.dep == "nummod" and counted.index > head and counted.tag in ("NNS", "NNPS"):
        return dated and placed or (last.pos in DETERMINERS and last.lemma not in known["quantifier"])
    if int(found.words[0].value) not in PLAIN_YEARS:
        return dated or lower in known["relation"]
    return dated or last.pos != "PROPN" or before is None or before.end == token.start
