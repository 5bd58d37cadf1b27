"""The grammar of times (ontology/times/grammar.toml) as one pattern over word classes."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from kg.errors import TableError
from kg.times.words import OTHER, TABLES, Word, symbols

NAME = re.compile(r"[a-z_][a-z_0-9]*")
GROUP = re.compile(r"\((?!\?)")  # groups only group
FILE = "grammar.toml"


class Rule(NamedTuple):
    """One pattern of the grammar."""

    reading: str
    pattern: str
    example: str


class Found(NamedTuple):
    """A time in a sentence, not yet resolved."""

    reading: str
    words: tuple[Word, ...]
    first: int  # index of its first word in the sentence's words


@cache
def rules() -> tuple[Rule, ...]:
    """The grammar's rules, the one to be preferred first."""
    entries = tomllib.loads((TABLES / FILE).read_text(encoding="utf-8"))["rule"]
    return tuple(Rule(entry["reading"], entry["pattern"], entry["example"]) for entry in entries)


def find(words: Sequence[Word]) -> Iterator[Found]:
    """The times among the words, in order, none overlapping another."""
    marks = symbols()
    classes = "".join(marks.get(word.kind, OTHER) for word in words)
    for match in _pattern().finditer(classes):
        rule = rules()[int((match.lastgroup or "r0")[1:])]
        yield Found(rule.reading, tuple(words[match.start() : match.end()]), match.start())


@cache
def _pattern() -> re.Pattern[str]:
    macros: Mapping[str, str] = tomllib.loads((TABLES / FILE).read_text(encoding="utf-8"))["macros"]
    branches = (f"(?:{_classes(rule.pattern, macros)})(?P<r{n}>)" for n, rule in enumerate(rules()))
    return re.compile("|".join(branches))


def _classes(pattern: str, macros: Mapping[str, str], depth: int = 0) -> str:
    """The pattern with every name replaced by its class or the macro behind it."""
    known = symbols()

    def replaced(match: re.Match[str]) -> str:
        name = match.group()
        if name in known:
            return known[name]
        if name not in macros or depth > len(macros):
            raise TableError(FILE, None, f"{name!r} is neither a class of words.csv nor a macro")
        return f"(?:{_classes(macros[name], macros, depth + 1)})"

    return NAME.sub(replaced, GROUP.sub("(?:", pattern)).replace(" ", "")
