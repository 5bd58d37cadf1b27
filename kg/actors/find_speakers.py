"""Where quotes stand, as far as `recognise` needs it: who says "I" in them, and who is no "he" there."""

from collections.abc import Iterator, Sequence

from kg.actors.hints import hints
from kg.model import Sentence

OPENING, CLOSING, EITHER = frozenset("“«„"), frozenset("”»"), frozenset({'"', "''", "``"})


class Quotes:
    """The quoted tokens of an article and, for each sentence, the token that names whoever is quoted."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self._sentences = sentences
        self._inside: list[frozenset[int]] = []
        open_in = -1  # the block in which a quote is open; a new paragraph closes it
        for sentence in sentences:
            quoted, is_open = _quoted(sentence, open_in == sentence.block)
            self._inside.append(quoted)
            open_in = sentence.block if is_open else -1
        self._speaker = [self._by_verb(sentence) for sentence in sentences]

    def inside(self, sentence: int, token: int) -> bool:
        """Whether the token is quoted."""
        return token in self._inside[sentence]

    def tokens_inside(self, sentence: int) -> frozenset[int]:
        """The quoted tokens of the sentence."""
        return self._inside[sentence]

    def is_all(self, sentence: int) -> bool:
        """Whether the sentence holds nothing but quoted words."""
        quoted = self._inside[sentence]
        return bool(quoted) and all(
            t.index in quoted or not t.text[0].isalnum() for t in self._sentences[sentence].tokens
        )

    def speaker(self, sentence: int) -> tuple[int, int] | None:
        """Sentence and token of whoever is quoted: in the sentence itself, else before or after it in its paragraph."""
        return next(self.speakers(sentence), None)

    def speakers(self, sentence: int) -> Iterator[tuple[int, int]]:
        """The same, the likeliest first."""
        for near in (sentence, sentence - 1, sentence + 1, sentence - 2):
            if (
                0 <= near < len(self._sentences)
                and self._sentences[near].block == self._sentences[sentence].block
            ):
                token = self._speaker[near]
                if token >= 0:
                    yield near, token

    def _by_verb(self, sentence: Sentence) -> int:
        """The subject of a verb of speech outside quotes; -1 without."""
        quoted = self._inside[sentence.index]
        for token in sentence.tokens:
            if (
                token.dep == "nsubj"
                and token.index not in quoted
                and sentence.tokens[token.head].lemma in hints("speech")
            ):
                return token.index
        return -1


def _quoted(sentence: Sentence, is_open: bool) -> tuple[frozenset[int], bool]:
    quoted = set()
    for token in sentence.tokens:
        if token.text in OPENING or token.text in EITHER and not is_open:
            is_open = True
        elif token.text in CLOSING or token.text in EITHER:
            is_open = False
        elif is_open:
            quoted.add(token.index)
    return frozenset(quoted), is_open
