"""Which attribution each quotation belongs to.

It is the one in whose content the quotation stands, else the nearest "he said" of a sentence that the quotation touches. A quotation
without any is a further claim of the speaker of the one before it, in its paragraph or, where it fills a paragraph, in the one before.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from kg.claims.cues import QUOTE
from kg.claims.gather import FIRST_PERSON, Attribution
from kg.claims.quotes import Quote, Quotes
from kg.model import Status, Token
from kg.reading import Reading

WORD = re.compile(r"[a-z]+")
CLOSE = 2  # characters from a closing mark to a sentence of its own: "Who did it?" he asked.
NEAREST = 8  # cues on either side of a quotation that may be its own
FAR = 160  # characters between a quotation and the words "he said" of the same sentence


def owners(reading: Reading, quotes: Quotes, attributions: list[Attribution]) -> dict[Quote, Attribution]:
    """The attribution of each quotation that has one; the quotation is added to what the attribution says.

    To the attributions are added those of quotations that go on without words of saying.
    """
    search = _Search(reading, attributions)
    found: dict[Quote, Attribution] = {}
    last: tuple[Quote, Attribution] | None = None
    for quote in quotes.all:
        owner = search.beside(quote) or search.continued(quote, last)
        if owner:
            found[quote] = owner
            last = quote, owner
    attributions += search.further
    return found


class _Search:
    """The attributions by sentence, and the sentences by offset."""

    def __init__(self, reading: Reading, attributions: Sequence[Attribution]) -> None:
        self._reading = reading
        self._starts = [sentence.start for sentence in reading.sentences]
        self.further: list[Attribution] = []  # of quotations without words of saying
        self._by_sentence: dict[int, list[Attribution]] = {}
        for a in attributions:
            self._by_sentence.setdefault(a.sentence, []).append(a)

    def beside(self, quote: Quote) -> Attribution | None:
        """The attribution whose words stand around the quotation or next to it."""
        near = self._outside(quote)
        around = [
            (end - start, i)
            for i, a in enumerate(near)
            for start, end in a.pieces
            if _touch(quote, start, end)
        ]
        if around:
            owner = near[min(around)[1]]
        else:
            takers = [(self._gap(quote, a), i) for i, a in enumerate(near) if quote.long and a.takes_quotes]
            if not takers or min(takers)[0] > FAR:
                return None
            owner = near[min(takers)[1]]
        owner.pieces.append((quote.start, quote.end))
        return owner

    def continued(self, quote: Quote, last: tuple[Quote, Attribution] | None) -> Attribution | None:
        """The attribution with which a further quotation without words of saying goes on."""
        if not quote.long:
            return None
        fills = self._fills_paragraph(quote)
        if last and last[0].block == quote.block:
            last[1].pieces.append((quote.start, quote.end))
            return last[1]
        if last and fills and last[0].block == quote.block - 1:
            return self._again(quote, last[1])
        return self._introduced(quote) if fills else None

    def _again(self, quote: Quote, before: Attribution) -> Attribution:
        """A further claim of the same speakers, with the quotation's mark for words of saying."""
        number = self._sentences(quote.start, quote.end)[0]
        tokens = self._reading.sentences[number].tokens
        mark = bisect_left(tokens, quote.start, key=lambda token: token.start)
        further = Attribution(number, min(mark, len(tokens) - 1), None, before.places, before.speakers)
        further.own_words, further.pieces = before.own_words, [(quote.start, quote.end)]
        self.further.append(further)
        return further

    def _outside(self, quote: Quote) -> list[Attribution]:
        """The attributions nearest to the quotation, of the sentences that it touches, whose cues stand outside it."""
        return [
            a
            for number in self._sentences(quote.start, quote.end + CLOSE)
            for a in self._around(number, quote.start)
            if not quote.start <= self._cue(a).start < quote.end
        ]

    def _around(self, sentence: int, offset: int) -> list[Attribution]:
        there = self._by_sentence.get(sentence, [])
        at = bisect_right(there, offset, key=lambda a: self._cue(a).start)
        return there[max(0, at - NEAREST) : at + NEAREST]

    def _introduced(self, quote: Quote) -> Attribution | None:
        """The last attribution of the paragraph before: "She described the night." and then her words."""
        before = self._sentences(quote.start, quote.end)[0] - 1
        if before < 0 or self._reading.sentences[before].block < quote.block - 1:
            return None
        takers = [a for a in self._by_sentence.get(before, ()) if a.takes_quotes and a.speakers]
        return takers[-1] if takers else self._of_protagonist(quote, before)

    def _of_protagonist(self, quote: Quote, before: int) -> Attribution | None:
        """A quotation in the first person behind a paragraph that says nothing is of the person whom its last sentence is about."""
        text = self._reading.article.text[quote.start : quote.end].lower()
        here = self._reading.sentences[before]
        root = next((t.index for t in here.tokens if t.dep == "ROOT"), -1)
        if root < 0 or not FIRST_PERSON & set(WORD.findall(text)):
            return None
        subjects = self._reading.participants(before, self._reading.frames[before][root].subjects)
        people = tuple(p for p in subjects if self._reading.actors[p.actor].kind == "Person")
        if len(people) != 1:
            return None
        return self._again(quote, Attribution(before, root, None, {QUOTE: Status.ALLEGED}, people))

    def _fills_paragraph(self, quote: Quote) -> bool:
        start = self._reading.article.blocks[quote.block].start
        return not self._reading.article.text[start : quote.start].strip()

    def _sentences(self, start: int, end: int) -> range:
        first = max(0, bisect_right(self._starts, start) - 1)
        return range(first, max(first + 1, bisect_right(self._starts, end - 1)))

    def _cue(self, a: Attribution) -> Token:
        return self._reading.sentences[a.sentence].tokens[a.cue]

    def _gap(self, quote: Quote, a: Attribution) -> int:
        cue = self._cue(a)
        return cue.start - quote.end if cue.start >= quote.end else quote.start - cue.end


def _touch(quote: Quote, start: int, end: int) -> bool:
    return start <= quote.start < end or quote.start <= start < quote.end
