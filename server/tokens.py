"""A SPARQL text cut into its tokens (SPARQL 1.1 Query, 19.8): what the guard sees before the engine's parser does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urljoin

from server.errors import Refusal


class Kind(StrEnum):
    """What a token is."""

    IRI = "iri"
    NAME = "name"  # prefix:local
    WORD = "word"  # keywords, function names, true, false, a
    VARIABLE = "variable"
    STRING = "string"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `start` and `end` are offsets into the text, `end` exclusive."""

    kind: Kind
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of the keywords, whatever its case."""
        return self.kind is Kind.WORD and self.text.upper() in words


PREFIXES = {
    "cq": "https://w3id.org/communique/ontology#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "oa": "http://www.w3.org/ns/oa#",
    "schema": "https://schema.org/",
    "prov": "http://www.w3.org/ns/prov#",
    "wd": "http://www.wikidata.org/entity/",
}
_LOCAL = r"(?:[\w:%·\-]|\\[_~.\-!$&'()*+,;=/?#@%]|\.(?=[.\w:%·\-\\]))*"
_PATTERN = re.compile(
    r"(?P<space>[ \t\r\n]+|\#[^\r\n]*)"
    r'|(?P<string>"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\''
    r'|"(?:[^"\\\r\n]|\\.)*"|\'(?:[^\'\\\r\n]|\\.)*\')'
    r'|(?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)'
    rf"|(?P<name>(?:[^\W\d_](?:[\w.·\-]*[\w·\-])?)?:{_LOCAL}|_:[\w.·\-]*)"
    r"|(?P<variable>[?$]\w+)"
    r"|(?P<word>[^\W\d_]\w*)"
    r"|(?P<other>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[a-z]+)?|[0-9.]*[0-9][eE]?[0-9]*|&&|\|\||\^\^|!=|<=|>=|<<|>>|[^\s])",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


def tokenize(text: str) -> Iterator[Token]:
    """The tokens without blanks and comments. Never fails: what is no token comes out character by character."""
    for match in _PATTERN.finditer(text):
        kind = match.lastgroup or "other"
        if kind != "space":
            yield Token(Kind(kind), match.group(), match.start(), match.end())


def unescape(iri: str) -> str:
    """An IRI's characters with its code point escapes resolved; an impossible code point stays as written."""

    def character(match: re.Match[str]) -> str:
        point = int(match.group(1) or match.group(2), 16)
        return chr(point) if point < 0x110000 else match.group()

    return _ESCAPE.sub(character, iri)


@dataclass(slots=True)
class Prologue:
    """The BASE and PREFIX in force while one reads on through the tokens."""

    base: str = ""
    prefixes: dict[str, str] = field(default_factory=dict)

    def resolve(self, token: Token) -> str | None:
        """The full IRI that an IRI or a prefixed name stands for; None for anything else or an unknown prefix."""
        if token.kind is Kind.IRI:
            return urljoin(self.base, unescape(token.text[1:-1])) if self.base else unescape(token.text[1:-1])
        if token.kind is not Kind.NAME:
            return None
        prefix, _, local = token.text.partition(":")
        start = self.prefixes.get(prefix)
        return None if start is None else start + re.sub(r"\\(.)", r"\1", local)

    def read(self, tokens: list[Token], at: int) -> int:
        """Take in the declaration that begins at `at`, if one does; gives the place after it."""
        if tokens[at].is_word("BASE") and at + 1 < len(tokens) and tokens[at + 1].kind is Kind.IRI:
            self.base = self.resolve(tokens[at + 1]) or ""
            return at + 2
        if tokens[at].is_word("PREFIX") and at + 2 < len(tokens) and tokens[at + 2].kind is Kind.IRI:
            self.prefixes[tokens[at + 1].text[:-1]] = self.resolve(tokens[at + 2]) or ""
            return at + 3
        return at


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def refuse_at(text: str, token: Token, reason: str, hint: str = "", status: int = 400) -> Refusal:
    """A refusal that points at a token."""
    return Refusal(status, reason, hint=hint, place=place_of(text, token.start))
