"""Interviews and transcripts: paragraphs that begin with their speaker's name and a colon."""

from collections import Counter
from collections.abc import Iterator

from kg.model import BlockKind, Sentence
from kg.reading import Reading

LONGEST = 6  # words of a label
SHORTEST = 4  # letters of a label in capitals: "Q:" says not who
REPEATED = (
    2  # a name that is not in capitals must begin so many paragraphs: "Update:" and "Photo:" are no names
)


def turns(reading: Reading) -> Iterator[tuple[int, int]]:
    """The sentences that begin a speaker's turn, each with its colon's token, in text order."""
    found = [
        (here, colon)
        for here in reading.sentences
        if _opens_block(reading, here) and (colon := _colon(reading, here))
    ]
    counted = Counter(_label(here, colon) for here, colon in found)
    for here, colon in found:
        label = _label(here, colon)
        if label.isupper() and len(label) >= SHORTEST or counted[label] >= REPEATED:
            yield here.index, colon


def _opens_block(reading: Reading, here: Sentence) -> bool:
    first = here.index == 0 or reading.sentences[here.index - 1].block != here.block
    return first and here.kind is BlockKind.PARAGRAPH


def _colon(reading: Reading, here: Sentence) -> int:
    """The colon behind a name at the paragraph's beginning; 0 where there is none, or nothing behind it."""
    for token in here.tokens[: LONGEST + 2]:
        if token.text == ":":
            said = reading.article.text[token.end : reading.article.blocks[here.block].end]
            return token.index if said.strip() else 0
        if not (token.pos == "PROPN" or token.text.isupper() or token.dep == "punct"):
            return 0
    return 0


def _label(here: Sentence, colon: int) -> str:
    return here.span(0, colon - 1).text.strip('"“«. ')
