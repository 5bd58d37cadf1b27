"""The engine's words about a text that it cannot parse → what is wrong, where, and what would be right.

The engine reports the place where the longest keyword that it tried would have ended: `INSERT DATA {}` as a query gives
"error at 1:10: expected CONSTRUCT". So the place is taken back by the length of what was expected, to the token there.
"""

import re

from server.errors import Refusal
from server.tokens import PREFIXES, Kind, Prologue, Token, place_of, tokenize

_REPORT = re.compile(r"error at (\d+):(\d+): expected (.*)", re.DOTALL)
_KEYWORD = re.compile(r"\b[A-Z][A-Z_0-9]{1,}\b")
_SENTENCE = re.compile(
    r"[A-Z][a-z]\w*(?: \w+){2,}"
)  # the engine puts its own sentences among what it expected
_GRAMMAR = {
    "query": "https://www.w3.org/TR/sparql11-query/#grammar",
    "update": "https://www.w3.org/TR/sparql11-update/",
}


def explain(text: str, message: str, what: str) -> Refusal:
    """A refusal of `text`, a "query" or an "update", from the engine's message."""
    report = _REPORT.search(message)
    if report is None:
        return Refusal(400, f"this is no SPARQL {what}: {message}", hint=f"See {_GRAMMAR[what]}.")
    line, column, expected = int(report[1]), int(report[2]), report[3]
    tokens = list(tokenize(text))
    offset = _offset(text, line, column)
    wrong = _wrong_token(tokens, offset, expected)
    if wrong is None:
        hint = f"It ends too early: a bracket or a part is missing. See {_GRAMMAR[what]}."
        return Refusal(400, f"this is no SPARQL {what}: it is not complete", hint, place_of(text, len(text)))
    place = place_of(text, wrong.start)
    if unknown := _undeclared(tokens, wrong):
        start = PREFIXES.get(unknown, "…")
        return Refusal(
            400,
            f"the prefix {unknown}: is not declared",
            f"Add PREFIX {unknown}: <{start}> at the top.",
            place,
        )
    if sentence := _SENTENCE.search(expected):
        return Refusal(400, f"this is no SPARQL {what}: {sentence.group()}", f"See {_GRAMMAR[what]}.", place)
    words = sorted(set(_KEYWORD.findall(expected)))
    hint = f"Expected was {', '.join(words[:12])} or the like. " if words else ""
    return Refusal(
        400,
        f"this is no SPARQL {what}: {wrong.text[:60]!r} does not fit here",
        f"{hint}See {_GRAMMAR[what]}.",
        place,
    )


def _offset(text: str, line: int, column: int) -> int:
    lines = text.split("\n")
    return sum(len(each) + 1 for each in lines[: line - 1]) + column - 1


def _wrong_token(tokens: list[Token], offset: int, expected: str) -> Token | None:
    """The token where the engine stopped; None where the text has ended."""
    lengths = {len(word) for word in _KEYWORD.findall(expected)} | {1}
    starts = {token.start: token for token in tokens}
    ended = not tokens or offset >= tokens[-1].end
    if ended and offset - 1 not in starts:
        return None
    exact = [offset - length for length in lengths if offset - length in starts]
    if exact:
        return starts[max(exact)]
    before = [token for token in tokens if token.start < offset]
    if before and offset <= before[-1].end:
        return before[-1]
    return next((token for token in tokens if token.start >= offset), None)


def _undeclared(tokens: list[Token], wrong: Token) -> str | None:
    """The prefix of a name, if the text does not declare it."""
    if wrong.kind is not Kind.NAME or wrong.text.startswith("_:"):
        return None
    prologue, at = Prologue(), 0
    while at < len(tokens):
        at = max(prologue.read(tokens, at), at + 1)
    prefix = wrong.text.partition(":")[0]
    return prefix if prefix not in prologue.prefixes else None
