"""The table of how near two articles' accounts must be to tell of one happening (`ontology/fusing.csv`)."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kg.errors import TableError
from kg.ontology import FOLDER, EventClass

TABLE = FOLDER / "fusing.csv"
COLUMNS = ["class", "gap", "span", "shared", "mutual", "undated", "why"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How near two articles' accounts of a class must be to tell of one happening."""

    gap: int = 1  # days that may lie between two dates
    span: int = 2  # days that both dates together may cover
    shared: int = 2  # how many of who, whom, where and what agreement they must share
    mutual: bool = False  # agent and target may be named the other way round
    undated: int = 90  # days before publication in which an account without a date is looked for


@dataclass(frozen=True, slots=True)
class Rules:
    """The table of nearness together with the class tree."""

    parents: Mapping[str, tuple[str, ...]]  # superclasses by local name, nearest first
    rows: Mapping[str, Rule]
    _beneath: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @staticmethod
    def load(classes: Mapping[str, EventClass], table: Path = TABLE) -> "Rules":
        """The shipped table for these event classes.

        Raises:
            TableError: a row names no class or holds no number where one belongs.
        """
        parents = {name: found.parents for name, found in classes.items()}
        return Rules(parents, dict(_rows(table, {"Event", *classes})))

    def rule(self, type: str) -> Rule:
        """The row of the class or of its nearest superclass that has one."""
        line = (type, *self.parents.get(type, ()), "Event")
        return next((self.rows[name] for name in line if name in self.rows), Rule())

    def depth(self, type: str) -> int:
        """How many superclasses it has: the deeper, the more specific."""
        return len(self.parents.get(type, ()))

    def related(self, type: str) -> tuple[str, ...]:
        """The class, its superclasses and its subclasses: the types that another account of it may have."""
        if type not in self._beneath:
            below = (name for name, above in self.parents.items() if type in above)
            self._beneath[type] = (
                type,
                *sorted({*self.parents.get(type, ()), *below} - {type, "Event", "Claim"}),
            )
        return self._beneath[type]


def _rows(table: Path, classes: Iterable[str]) -> Iterator[tuple[str, Rule]]:
    known = frozenset(classes)
    with table.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            raise TableError(str(table), 1, f"the heading must be {','.join(COLUMNS)}")
        for row in reader:
            if row["class"] not in known:
                raise TableError(
                    str(table), reader.line_num, f"{row['class']!r} is no event class of the ontology"
                )
            yield row["class"], _rule(row, table, reader.line_num)


def _rule(row: Mapping[str, str], table: Path, line: int) -> Rule:
    numbers = [row[column] for column in ("gap", "span", "shared", "undated")]
    if not all(number.isascii() and number.isdigit() for number in numbers) or row["mutual"] not in (
        "yes",
        "no",
    ):
        raise TableError(
            str(table), line, "gap, span, shared and undated must be whole numbers, mutual yes or no"
        )
    gap, span, shared, undated = map(int, numbers)
    return Rule(gap, span, shared, row["mutual"] == "yes", undated)
