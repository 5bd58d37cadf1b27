"""Interviews, transcripts and headlines: lines that begin with their speaker's name and a colon, or end with it behind a dash."""

from collections import Counter
from collections.abc import Iterator

from kg.model import BlockKind, Sentence
from kg.reading import Reading

LONGEST = 6  # words of a label
SHORTEST = 4  # letters of a label in capitals: "Q:" says not who
REPEATED = (
    2  # a name that is not in capitals must begin so many paragraphs: "Update:" and "Photo:" are no names
)
TOPICS = frozenset(
    {"State", "Place", "ArmedGroup"}
)  # kinds: "Congo: rebels seize town" is about, not by them
SIGNS = frozenset({":", "-", "–", "—"})  # before a headline's source


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
        named = label.isupper() and len(label) >= SHORTEST or counted[label] >= REPEATED
        if named and _is_name(here, colon) or _speaks(reading, here, colon):
            yield here.index, colon


def signature(reading: Reading, here: Sentence) -> int:
    """The sign before the source that closes a headline, "Army shelled camp - witnesses"; 0 where there is none."""
    sign = max((t.index for t in here.tokens if t.text in SIGNS), default=0)
    behind = here.tokens[sign + 1 :]
    headline = _opens_block(reading, here) and here.end == reading.article.blocks[here.block].end
    named = 0 < len(behind) <= LONGEST and all(t.pos in ("NOUN", "PROPN", "ADJ", "DET") for t in behind)
    spaced = sign and here.tokens[sign].start > here.tokens[sign - 1].end or here.tokens[sign].text == ":"
    told = any(t.pos in ("VERB", "AUX") for t in here.tokens[:sign])
    return sign if headline and named and spaced and told and _kinds(reading, here, sign + 1) else 0


def _opens_block(reading: Reading, here: Sentence) -> bool:
    first = here.index == 0 or reading.sentences[here.index - 1].block != here.block
    return first and here.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING)


def _colon(reading: Reading, here: Sentence) -> int:
    """The colon behind a name at the paragraph's beginning; 0 where there is none, or nothing behind it."""
    for token in here.tokens[: LONGEST + 2]:
        if token.text == ":":
            said = reading.article.text[token.end : reading.article.blocks[here.block].end]
            return token.index if said.strip() else 0
        if token.pos not in ("PROPN", "NOUN", "ADJ") and not token.text.isupper() and token.dep != "punct":
            return 0
    return 0


def _is_name(here: Sentence, colon: int) -> bool:
    return all(t.pos == "PROPN" or t.text.isupper() or t.dep == "punct" for t in here.tokens[:colon])


def _speaks(reading: Reading, here: Sentence, colon: int) -> bool:
    """Whether the label is somebody known and whole sentences follow."""
    kinds = _kinds(reading, here, 0, colon)
    end = reading.article.blocks[here.block].end
    said = (t for s in reading.sentences[here.index : here.index + 2] if s.end <= end for t in s.tokens)
    finite = any(t.tag in ("VBD", "VBZ", "VBP", "MD") and t.start > here.tokens[colon].start for t in said)
    return finite and bool(kinds) and not kinds & TOPICS


def _kinds(reading: Reading, here: Sentence, first: int, last: int | None = None) -> set[str]:
    return {kind for t in here.tokens[first:last] for kind in reading.kinds(here.index, t.index)}


def _label(here: Sentence, colon: int) -> str:
    return here.span(0, colon - 1).text.strip('"“«. ')
