"""Stage: rows → CSV and, where pyarrow is installed, Parquet. The same rows give the same bytes.

CSV is UTF-8 with commas and CRLF (RFC 4180), a heading, dates as YYYY-MM-DD, empty where nothing is known. A spreadsheet
takes a cell that begins with one of `= + - @` or a tab for a formula, and the texts come from anybody; so such a cell, and
one that begins with an apostrophe, gets an apostrophe in front (OWASP, "CSV Injection"). Taking one leading apostrophe away
gives the text back. In a column of several values they are joined by `|`; a `|` or backslash within one has a backslash in
front.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from kg.errors import SettingsError
from kg.release.tables import Column
from kg.release.told import Row, Value

# What a spreadsheet may take for a formula, also behind blanks and signs that cannot be seen; the wide ones in East Asian settings.
FORMULA = re.compile(r"[\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*[-=+@＝＋－＠']|[\t\r\n]")
AT_ONCE = 10_000  # rows of a Parquet row group
NO_PYARROW = "Parquet needs pyarrow: pip install 'communique[tables]', or say --no-parquet"


def write_table(rows: Iterable[Row], columns: tuple[Column, ...], path: Path, parquet: bool) -> int:
    """Write path.csv and, if wanted, path.parquet; gives the number of rows."""
    number = 0
    with ExitStack() as stack:
        file = stack.enter_context(path.with_suffix(".csv").open("w", encoding="utf-8", newline=""))
        writer = csv.writer(file)
        writer.writerow([column.name for column in columns])
        grouped = stack.enter_context(_Parquet(columns, path.with_suffix(".parquet"))) if parquet else None
        for group in _groups(rows):
            writer.writerows([as_cell(row[column.name]) for column in columns] for row in group)
            if grouped:
                grouped.write(group)
            number += len(group)
    return number


def as_cell(value: Value) -> str:
    r"""A value as a cell of CSV.

    >>> as_cell("=1+1"), as_cell("'tis"), as_cell(("a|b", "c")), as_cell(None)
    ("'=1+1", "''tis", 'a\\|b|c', '')
    """
    if value is None or isinstance(value, int | date):
        return "" if value is None else str(value)
    text = value if isinstance(value, str) else "|".join(map(_escaped, value))
    return f"'{text}" if FORMULA.match(text) else text


def has_pyarrow() -> bool:
    """Whether Parquet can be written."""
    return find_spec("pyarrow") is not None


def must_have_pyarrow() -> None:
    """See that Parquet can be written, before anything is.

    Raises:
        SettingsError: pyarrow is not installed.
    """
    if not has_pyarrow():
        raise SettingsError(NO_PYARROW)


class _Parquet:
    """A Parquet file that is written a group of rows at a time."""

    def __init__(self, columns: tuple[Column, ...], path: Path) -> None:
        pyarrow: Any = import_module("pyarrow")  # optional: loaded only here
        parquet: Any = import_module("pyarrow.parquet")
        texts = pyarrow.list_(pyarrow.string())
        types = {
            "text": pyarrow.string(), "iri": pyarrow.string(), "date": pyarrow.date32(), "integer": pyarrow.int32(),
            "texts": texts, "iris": texts,
        }  # fmt: skip
        self.schema: Any = pyarrow.schema(
            [
                pyarrow.field(c.name, types[c.kind], metadata={"description": c.description.encode()})
                for c in columns
            ]
        )
        self.table: Any = pyarrow.Table
        self.writer: Any = parquet.ParquetWriter(path, self.schema, compression="zstd")

    def __enter__(self) -> "_Parquet":
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.close()

    def write(self, group: list[Row]) -> None:
        self.writer.write_table(self.table.from_pylist(group, schema=self.schema))


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while group := list(islice(remaining, AT_ONCE)):
        yield group


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")
