"""The tables of attribution and of doubt: which words make somebody else answer for what stands beside them, or make it no fact.

`ontology/words/cues.csv` holds the words of plain attribution, `claims.csv` what a class of speech event does to its content, and
`embedding.csv` the words that make something planned, negated or merely possible without anybody's saying so. Each row: what holds of a
thing in that grammatical place (kg/places.py) under that word.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kg.errors import TableError
from kg.model import Status
from kg.settings import ROOT

FOLDER = ROOT / "ontology" / "words"
CATEGORY = {
    "VERB": "verb",
    "AUX": "verb",
    "NOUN": "noun",
    "PROPN": "noun",
    "ADJ": "adjective",
    "ADV": "adverb",
}
QUOTE = "quote"  # the place of a quotation: its rows say that the word is one of speech
SAME = "same"  # what holds of the governing word holds of it: "hold an election"
OWN = "own"  # it holds by itself whatever holds of the governing word
PAST = "Past"  # "had to flee" has come true, "has to flee" may not
OWNED_UP = "Admitted"  # asserted where its doer is the speaker, else alleged
ANNOUNCED = "Announced"  # asserted where its doer does it by saying so, else planned or, in a clause, alleged
REBUTTED = "Rebutted"  # turned down; what is itself a claim is denied by it, anything else stays as it is
BY_SAYING = "own"  # the place of a class that is done by saying so: who announces sanctions imposes them
MENTIONED = "Mentioned"  # alleged where it is news: "pointing to a buildup", but "referring to the attack"; without a claim, hypothetical
FORCE = "force"  # the place whose row gives the class of a claim that no event tells; "force for" holds for contents in "for"
TENOR = "tenor"  # the place whose row gives the class of a plain claim that has the word in its first clause
FORCES = frozenset({"Accusation", "Condemnation", "Demand", "Denial", "Refusal", "Threat"})
EFFECTS = FORCES | frozenset({*Status, SAME, OWN, PAST, OWNED_UP, ANNOUNCED, REBUTTED, MENTIONED, ""})
Places = Mapping[str, str]  # place → effect, in the table's order


@dataclass(frozen=True, slots=True)
class Cues:
    """The three tables, by category and lemma, or by class."""

    plain: Mapping[tuple[str, str], Places]
    classes: Mapping[str, Places]
    embedding: Mapping[tuple[str, str], Places]


@cache
def load_cues(folder: Path = FOLDER) -> Cues:
    """The tables of a folder.

    Raises:
        TableError: a column is missing or an effect is unknown.
    """
    classes = _grouped(folder / "claims.csv", ("class",))
    return Cues(
        _by_word(folder / "cues.csv"),
        {name: rows for (name,), rows in classes.items()},
        _by_word(folder / "embedding.csv"),
    )


def _by_word(file: Path) -> dict[tuple[str, str], Places]:
    rows = _grouped(file, ("category", "lemma"))
    return {(category, lemma): places for (category, lemma), places in rows.items()}


def _grouped(file: Path, key: Sequence[str]) -> dict[tuple[str, ...], dict[str, str]]:
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for number, row in _rows(file, {*key, "place", "effect"}):
        if row["effect"] not in EFFECTS:
            known = ", ".join(sorted(EFFECTS - {""}))
            raise TableError(
                str(file), number, f"unknown effect {row['effect']!r}; one of {known}, or empty for none"
            )
        found.setdefault(tuple(row[column] for column in key), {})[row["place"]] = row["effect"]
    return found


def _rows(file: Path, columns: set[str]) -> Iterator[tuple[int, dict[str, str]]]:
    with file.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            missing = sorted(column for column in columns if row.get(column) is None)
            if missing:
                raise TableError(
                    str(file), number, f"has no {missing[0]}; wanted the columns {', '.join(sorted(columns))}"
                )
            yield number, row
