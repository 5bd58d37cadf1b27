"""What a query or update may look like before the engine's parser sees it: no bombs, no network."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.errors import Refusal
from server.settings import Limits
from server.tokens import Kind, Prologue, Token, refuse_at, tokenize

_REMOTE = re.compile(r"(?<![\w:?$])(?:service|load)(?![\w:])", re.IGNORECASE)
_OPENING, _CLOSING = frozenset("({["), frozenset(")}]")
_CHAINING = frozenset(("||", "&&", "+", "-", "*", "/", "|", "^", "!", "=", "!=", "{"))
_CHAIN_WORDS = ("UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "VALUES", "GRAPH", "EXISTS", "SERVICE")
_PLAIN_LENGTH, _PLAIN_BRACKETS = 2000, 100  # below both, and without a noteworthy word, nothing can be wrong


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs that a query's FROM clauses name; None where it has no such clause."""

    default: tuple[str, ...]
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the guard found in a text that it lets pass."""

    text: str
    star: tuple[int, int] | None = None  # offsets of the `*` of the outermost SELECT *
    variables: tuple[str, ...] = ()  # without sigil, in the order of the text; only with `star`
    clauses: tuple[tuple[int, int], ...] = ()  # offsets of FROM clauses
    dataset: Dataset | None = None
    select: int | None = None  # offset of the outermost SELECT
    remote: bool = False  # asks an allow-listed SERVICE


def examine(text: str, limits: Limits, update: bool = False, closely: bool = False) -> Reading:
    """Read a query or update and let it pass, or say what is wrong with it.

    Most queries are short and plain; only with `closely` are their parts named too.

    Raises:
        Refusal: 413 too long; 400 nested too deep, too many operators; 403 SERVICE or LOAD that is not allowed.
    """
    cap = limits.update_bytes if update else limits.query_bytes
    if len(text) > cap:
        raise Refusal(
            413, f"the text has {len(text)} characters, more than {cap}", hint="Send a shorter one."
        )
    if not closely and _plain(text):
        return Reading(text)
    tokens = list(tokenize(text))
    _check_size(text, tokens, limits)
    remote = _check_remote(text, tokens, limits)
    return Reading(text, remote=remote) if update else _read_query(text, tokens, remote)


def _plain(text: str) -> bool:
    if len(text) >= _PLAIN_LENGTH:
        return False
    brackets = text.count("(") + text.count("{") + text.count("[") + text.count("<<")
    if brackets >= _PLAIN_BRACKETS or "*" in text:
        return False
    lower = text.lower()
    return "service" not in lower and "load" not in lower and "from" not in lower


def _check_size(text: str, tokens: list[Token], limits: Limits) -> None:
    depth = chain = 0
    for token in tokens:
        if token.text in _OPENING or token.text == "<<":
            depth += 1
        elif token.text in _CLOSING or token.text == ">>":
            depth -= 1
        if token.text in _CHAINING or token.is_word(*_CHAIN_WORDS):
            chain += 1
        if depth > limits.nesting:
            raise refuse_at(
                text, token, f"brackets are nested more than {limits.nesting} deep", "Nest less deep."
            )
        if chain > limits.chain:
            hint = "Use VALUES or IN in place of a long chain of ||, UNION or the like."
            raise refuse_at(text, token, f"more than {limits.chain} operators and patterns", hint)


def _check_remote(text: str, tokens: list[Token], limits: Limits) -> bool:
    """Whether the text asks an allowed SERVICE; refuses every other one, and LOAD always."""
    if not _REMOTE.search(text):
        return False
    found = False
    for at, prologue in _with_prologue(tokens):
        if tokens[at].is_word("LOAD"):
            raise refuse_at(text, tokens[at], "LOAD is not allowed here", _LOAD_HINT, 403)
        if tokens[at].is_word("SERVICE"):
            _check_service(text, tokens, at, prologue, limits)
            found = True
    _check_hidden(text, tokens)
    return found


_LOAD_HINT = "Send the graph itself: PUT or POST it to /data?graph=IRI."


def _with_prologue(tokens: list[Token]) -> Iterator[tuple[int, Prologue]]:
    prologue, at = Prologue(), 0
    while at < len(tokens):
        after = prologue.read(tokens, at)
        if after > at:
            at = after
            continue
        yield at, prologue
        at += 1


def _check_service(text: str, tokens: list[Token], at: int, prologue: Prologue, limits: Limits) -> None:
    following = at + 2 if at + 1 < len(tokens) and tokens[at + 1].is_word("SILENT") else at + 1
    target = tokens[following] if following < len(tokens) else tokens[at]
    address = prologue.resolve(target)
    if address is None or not any(_begins_with(address, start) for start in limits.service_allow):
        allowed = " ".join(limits.service_allow) or "none"
        shown = address if address is not None else target.text
        hint = f"Allowed are addresses that begin with: {allowed}. Ask {shown} from your own machine instead."
        raise refuse_at(text, tokens[at], f"SERVICE {shown} is not allowed here", hint, 403)


def _begins_with(address: str, start: str) -> bool:
    """Whether an address lies under an allowed one: never by a longer host name or by user information."""
    rest = address[len(start) :]
    return address.startswith(start) and (start.endswith("/") or not rest or rest[0] in "/?#")


def _check_hidden(text: str, tokens: list[Token]) -> None:
    """Refuse what another reading could turn into SERVICE or LOAD.

    In `?a <?b#>` the engine may see a comparison and a comment where this tokenizer sees an IRI, so a SERVICE inside
    what looks like a string could be real. Only texts that hold the word and such an IRI after an operand are met; up to the first
    of them both read the same, so that the IRI of a PREFIX is none.
    """
    for at in range(1, len(tokens)):
        before, token = tokens[at - 1], tokens[at]
        operand = (
            before.kind in (Kind.VARIABLE, Kind.STRING, Kind.IRI, Kind.NAME)
            or before.text[-1:] in ")]0123456789"
        )
        declared = at > 1 and tokens[at - 2].is_word("PREFIX") and before.text.endswith(":")
        if operand and not declared and token.kind is Kind.IRI and ("#" in token.text or "'" in token.text):
            if any(not _seen(tokens, match.start()) for match in _REMOTE.finditer(text)):
                hint = "Take the word SERVICE or LOAD out of strings and comments, or write this IRI with a PREFIX."
                raise refuse_at(text, token, "the text can be read in two ways", hint)
            return


def _seen(tokens: list[Token], offset: int) -> bool:
    return any(token.start == offset and token.kind is Kind.WORD for token in tokens)


def _read_query(text: str, tokens: list[Token], remote: bool) -> Reading:
    select = _outer_select(tokens)
    star = _star_after(tokens, select) if select is not None else None
    clauses: list[tuple[int, int]] = []
    default: list[str] = []
    named: list[str] = []
    for at, prologue in _with_prologue(tokens):
        if tokens[at].text == "{":
            break
        if tokens[at].is_word("FROM") and at + 1 < len(tokens):
            is_named = tokens[at + 1].is_word("NAMED")
            last = min(at + 1 + is_named, len(tokens) - 1)
            graph = prologue.resolve(tokens[last])
            if graph is not None:
                (named if is_named else default).append(graph)
                clauses.append((tokens[at].start, tokens[last].end))
    return Reading(
        text,
        star=(tokens[star].start, tokens[star].end) if star is not None else None,
        variables=_variables(tokens[star:]) if star is not None else (),
        clauses=tuple(clauses),
        dataset=Dataset(tuple(default), tuple(named)) if clauses else None,
        select=tokens[select].start if select is not None else None,
        remote=remote,
    )


def _outer_select(tokens: list[Token]) -> int | None:
    for at, token in enumerate(tokens):
        if token.text == "{":
            return None
        if token.is_word("SELECT"):
            return at
    return None


def _star_after(tokens: list[Token], select: int) -> int | None:
    at = select + 1
    if at < len(tokens) and tokens[at].is_word("DISTINCT", "REDUCED"):
        at += 1
    return at if at < len(tokens) and tokens[at].text == "*" else None


def _variables(tokens: list[Token]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(token.text[1:] for token in tokens if token.kind is Kind.VARIABLE))


def without_clauses(reading: Reading) -> str:
    """The query with its FROM clauses blanked out; lines and columns stay."""
    text = reading.text
    for start, end in reading.clauses:
        blank = "".join(character if character == "\n" else " " for character in text[start:end])
        text = text[:start] + blank + text[end:]
    return text
