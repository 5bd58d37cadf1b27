"""A sentence as a string of word classes: one character a word, over which the grammar of times is matched.

Matching over classes instead of letters keeps the search linear in the sentence's length and the vocabulary in a table
(ontology/times/words.csv); numerals are classed by what they can stand for.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kg.errors import TableError
from kg.model import Sentence, Token

TABLES = Path(__file__).resolve().parents[2] / "ontology" / "times"
OTHER = "."  # the class of every word that no pattern names

WORD = re.compile(
    r"""(?P<quarter>Q[1-4]\b)
      | (?P<ampm>[AaPp]\.?[Mm]\b\.?(?!\w))
      | (?P<word>[^\W\d_]+)
      | (?P<numeric_date>\d{4}-\d{1,2}-\d{1,2}(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])
                        |\d{4}/\d{1,2}/\d{1,2}(?!\w)
                        |\d{1,2}([/.-])\d{1,2}\5\d{4}(?!\w))
      | (?P<time>\d{1,2}:\d\d(?::\d\d)?(?![\d:]))
      | (?P<decade>(?:\d{3}0|['’]\d0)['’]?s\b)
      | (?P<ordinal_digits>\d{1,2}(?:st|nd|rd|th)\b)
      | (?P<big>\d{1,3}(?:,\d{3})+(?!\d))
      | (?P<decimal>\d{1,4}\.\d{1,2}(?!\d))
      | (?P<fraction>\d/\d(?!\d)|[½¼¾])
      | (?P<digits>\d+)
      | (?P<possessive>['’]s\b)
      | (?P<apostrophe>['’])
      | (?P<break>\n\s*\n)
      | (?P<mark>[^\s\w])""",
    re.VERBOSE,
)
KINDS = frozenset(
    "quarter ampm numeric_date time decade ordinal_digits big decimal fraction possessive apostrophe break comma dot "
    "hyphen dash percent holiday year n999 n9999".split()
)
MARKS = {",": "comma", ".": "dot", "-": "hyphen", "–": "hyphen", "—": "dash", "‑": "hyphen", "%": "percent"}
NUMERALS = ((0, "n0"), (12, "n12"), (23, "n23"), (24, "n24"), (31, "n31"), (59, "n59"), (99, "n99"))
YEARS = range(1000, 2200)  # four digits that are read as a year
GLUED = frozenset({"fuzzy", "era", "month", "mon", "edge"})  # words that a numeral may follow after a hyphen
MONEY = frozenset("$€£¥₦")


class Word(NamedTuple):
    """One word, numeral or mark of a sentence."""

    start: int  # code points into Article.text
    end: int
    text: str
    kind: str  # its class
    value: str  # what the table says of it; of a numeral its digits


class Entry(NamedTuple):
    """A row of words.csv."""

    kind: str
    value: str
    when: str


def table(name: str, fields: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table with their line numbers.

    Raises:
        TableError: a row has more or fewer fields than the heading, or the heading is another one.
    """
    path = TABLES / name
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        if tuple(rows.fieldnames or ()) != fields:
            raise TableError(name, 1, f"the heading is {rows.fieldnames}, it has to be {','.join(fields)}")
        for row in rows:
            if None in row or None in row.values():
                raise TableError(name, rows.line_num, f"{len(fields)} fields expected: {','.join(fields)}")
            yield rows.line_num, row


@cache
def vocabulary() -> Mapping[str, Entry]:
    """Every word that the grammar knows, in lower case."""
    entries: dict[str, Entry] = {}
    for line, row in table("words.csv", ("word", "class", "value", "when")):
        if row["when"] not in CONDITIONS:
            raise TableError(
                "words.csv", line, f"when is {row['when']!r}, it has to be one of {sorted(CONDITIONS)}"
            )
        if row["word"] in entries:
            raise TableError("words.csv", line, f"{row['word']!r} has a row already")
        entries[row["word"]] = Entry(row["class"], row["value"], row["when"])
    return entries


@cache
def holidays() -> Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """Holidays by their first word: all their words and the rule for their day, the longest name first."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for _, row in table("holidays.csv", ("name", "rule", "source")):
        names = tuple(match.group() for match in WORD.finditer(row["name"]))
        found.setdefault(names[0], []).append((names, row["rule"]))
    return {first: tuple(sorted(names, key=lambda n: -len(n[0]))) for first, names in found.items()}


@cache
def symbols() -> Mapping[str, str]:
    """The character that stands for each class."""
    kinds = {entry.kind for entry in vocabulary().values()} | {kind for _, kind in NUMERALS} | KINDS
    return {kind: chr(0x2460 + number) for number, kind in enumerate(sorted(kinds))}


def words(sentence: Sentence) -> list[Word]:
    """The words of the sentence in order; holidays of several words are one."""
    known, feasts = vocabulary(), holidays()
    found: list[Word] = []
    tokens: dict[int, Token] = {}
    for match in WORD.finditer(sentence.text):
        group, text = match.lastgroup or "", match.group()
        start, end = match.start() + sentence.start, match.end() + sentence.start
        if group == "word":
            lower = text.lower()
            entry = known.get(lower)
            kind, value = OTHER, lower
            if entry is not None:
                if entry.when and not tokens:
                    tokens = {token.start: token for token in sentence.tokens}
                if CONDITIONS[entry.when](text, tokens.get(start)):
                    kind, value = entry.kind, entry.value or lower
        elif group == "digits":
            kind, value = _numeral(text, found, start), text
        elif group == "mark":
            kind, value = MARKS.get(text, OTHER), text
        else:
            kind, value = group, text
        found.append(Word(start, end, text, kind, value))
    return _with_holidays(found, feasts) if any(word.text.lower() in feasts for word in found) else found


def _numeral(text: str, before: list[Word], start: int) -> str:
    """What a run of digits can stand for; sums of money and parts of names ("M23", "COVID-19") are none."""
    if before and before[-1].end == start:
        last = before[-1]
        if last.text in MONEY or last.text[-1].isalpha() and last.kind not in GLUED:
            return OTHER
        if last.kind == "hyphen" and len(before) > 1 and before[-2].end == last.start:
            if before[-2].text[-1].isalpha() and before[-2].kind not in GLUED:
                return OTHER
    if not text.isascii():
        return OTHER
    if len(text) <= 2:
        return next(kind for top, kind in NUMERALS if int(text) <= top)
    if len(text) == 3:
        return "n999"
    if len(text) == 4:
        return "year" if int(text) in YEARS else "n9999"
    return OTHER


def _with_holidays(
    found: list[Word], feasts: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
) -> list[Word]:
    merged: list[Word] = []
    at = 0
    while at < len(found):
        size, rule = _feast(found, at, feasts)
        if size:
            first, last = found[at], found[at + size - 1]
            text = " ".join(word.text for word in found[at : at + size])
            merged.append(Word(first.start, last.end, text, "holiday", rule))
        else:
            merged.append(found[at])
        at += size or 1
    return merged


def _feast(
    found: list[Word], at: int, feasts: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
) -> tuple[int, str]:
    if not found[at].text[0].isupper():
        return 0, ""
    for names, rule in feasts.get(found[at].text.lower(), ()):
        spoken = found[at : at + len(names)]
        if tuple(word.text.lower().replace("’", "'") for word in spoken) == names:
            return len(names), rule
    return 0, ""


def _is_name(text: str, token: Token | None) -> bool:
    """A month's name and not the verb ("may", "march") nor a person ("June")."""
    if not text[0].isupper():
        return False
    return token is None or not (token.tag.startswith(("MD", "VB")) or token.entity == "PERSON")


CONDITIONS: Mapping[str, Callable[[str, Token | None], bool]] = {
    "": lambda text, token: True,
    "capital": lambda text, token: text[0].isupper(),
    "upper": lambda text, token: text.isupper(),
    "common": lambda text, token: text.islower() or token is None or not token.tag.startswith("NNP"),
    "noun": lambda text, token: token is None or token.pos in ("NOUN", "PROPN"),
    "name": _is_name,
}
