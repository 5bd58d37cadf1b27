"""The graphs that a request names for its update's WHERE clauses, written into the update as USING."""

from collections.abc import Iterator

from server.errors import Refusal
from server.tokens import Token, refuse_at, tokenize


def with_using(text: str, using: tuple[str, ...], named: tuple[str, ...]) -> str:
    """The update with `using-graph-uri` and `using-named-graph-uri` in force (SPARQL 1.1 Protocol, 2.2.3).

    Raises:
        Refusal: 400, the update names graphs of its own (USING, WITH), or an address is no IRI.
    """
    for graph in (*using, *named):
        if not graph or any(character in '<>"{}|^`\\' or character <= " " for character in graph):
            raise Refusal(400, f"{graph!r} is no IRI")
    clause = "".join(f" USING <{graph}>" for graph in using) + "".join(
        f" USING NAMED <{graph}>" for graph in named
    )
    pieces, at = [], 0
    tokens = list(tokenize(text))
    for start, end, replacement in _places(text, tokens, clause):
        pieces += [text[at:start], replacement]
        at = end
    return "".join(pieces) + text[at:]


def _places(text: str, tokens: list[Token], clause: str) -> Iterator[tuple[int, int, str]]:
    """Where text is to be replaced: before each WHERE; `DELETE WHERE {…}` has no place for USING and is spelt out."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.text == "{") - (token.text == "}")
        if depth:
            continue
        if token.is_word("USING", "WITH"):
            hint = "Name the graphs in the request or in the update, not in both."
            raise refuse_at(text, token, "the request names the graphs, and so does the update", hint)
        if token.is_word("WHERE") and at and tokens[at - 1].is_word("DELETE"):
            pattern = _group(text, tokens, at + 1)
            yield token.start, token.end, f"{pattern}{clause} WHERE"
        elif token.is_word("WHERE"):
            yield token.start, token.start, f"{clause.strip()} "


def _group(text: str, tokens: list[Token], at: int) -> str:
    """The braces that begin at a token, with what they hold."""
    depth = 0
    for token in tokens[at:]:
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            return text[tokens[at].start : token.end]
    return ""
