"""Quotations: where an article lets others speak in their own words.

English typography: a quotation that runs over paragraphs opens anew with each of them and closes only at its end, so a mark that is
still open where its paragraph ends is closed there. Straight marks open or close by the white space around them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.model import Article, BlockKind

DOUBLE = re.compile(r"[\"“”„«»]")
SINGLE = re.compile(r"(?<!\w)[‘'](?=[^\W\d_]|[\"“])|(?<=[\w.,!?…])[’'](?!\w)")
OPENING, CLOSING = frozenset("“„«"), frozenset("”»")
BEFORE_OPENING = frozenset("([{—–-/:")  # besides white space
LONG = 4  # words: from here on a quotation is taken for speech, below for a word that the article keeps at arm's length


@dataclass(frozen=True, slots=True, order=True)
class Quote:
    """A stretch in quotation marks, the marks included."""

    start: int
    end: int
    block: int  # position in Article.blocks
    closed: bool  # False: it goes on in the next paragraph, or its closing mark was forgotten
    long: bool  # speech rather than a single term


class Quotes:
    """The quotations of one article, in text order and apart from each other."""

    def __init__(self, article: Article) -> None:
        self.all: Sequence[Quote] = tuple(_find(article))
        self._starts = [quote.start for quote in self.all]

    def at(self, offset: int) -> Quote | None:
        """The quotation in which the offset stands."""
        place = bisect_right(self._starts, offset) - 1
        return self.all[place] if place >= 0 and offset < self.all[place].end else None

    def within(self, start: int, end: int) -> Sequence[Quote]:
        """The quotations that share a character with the stretch."""
        first = max(0, bisect_right(self._starts, start) - 1)
        if first < len(self.all) and self.all[first].end <= start:
            first += 1
        last = bisect_right(self._starts, end - 1)
        return self.all[first:last]


def _find(article: Article) -> Iterator[Quote]:
    for number, block in enumerate(article.blocks):
        if block.kind is BlockKind.TITLE:
            continue
        pairs = list(_double(article.text, block.start, block.end))
        if not pairs:
            pairs = list(_single(article.text, block.start, block.end))
        for start, end, closed in pairs:
            words = len(article.text[start:end].split(None, LONG))
            yield Quote(start, end, number, closed, words >= LONG or not closed)


def _double(text: str, first: int, last: int) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether closed, of what stands between double marks; marks within are part of it."""
    opened = -1
    for mark in DOUBLE.finditer(text, first, last):
        at, sign = mark.start(), mark.group()
        if opened < 0:
            if sign in OPENING or (sign not in CLOSING and not _looks_closing(text, at, first)):
                opened = at
        elif sign in CLOSING or (sign == "“" and text[opened] == "„"):
            yield opened, at + 1, True
            opened = -1
        elif sign == '"':
            if _looks_closing(text, at, first):
                yield opened, at + 1, True
                follows = text[at - 1] in ".!?…" and at + 1 < last and text[at + 1].isalnum()
                opened = (
                    at if follows else -1
                )  # 'decided..."We': one ends, the next begins with the same mark
            else:
                yield opened, at, False
                opened = at
    if opened >= 0:
        yield opened, last, False


def _looks_closing(text: str, at: int, first: int) -> bool:
    return at > first and not text[at - 1].isspace() and text[at - 1] not in BEFORE_OPENING


def _single(text: str, first: int, last: int) -> Iterator[tuple[int, int, bool]]:
    """The same for single marks, which apostrophes look like: "the soldiers' camp" closes nothing unless nothing else does."""
    opened = doubtful = -1
    for mark in SINGLE.finditer(text, first, last):
        at = mark.start()
        if at == first or not (text[at - 1].isalnum() or text[at - 1] in ".,!?…"):
            if doubtful >= 0:
                yield opened, doubtful + 1, True
            opened, doubtful = at, -1
        elif opened >= 0:
            if text[at - 1] == "s":
                doubtful = at
            else:
                yield opened, at + 1, True
                opened = doubtful = -1
    if opened >= 0 and doubtful >= 0:
        yield opened, doubtful + 1, True
