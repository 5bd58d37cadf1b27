"""Stage: an outside table (CSV) → its rows as a mapping reads them. Every cell is text, and none is trusted."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from kg import authority as tables
from kg.authority import Authority, fold
from kg.errors import OutsideError, TableError
from kg.linksets.links import line, outside_iri
from kg.linksets.mapping import Mapping, columns_of

LONGEST_CELL = 100_000  # characters
FIELD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: something that happened, as another data set has it."""

    iri: str
    label: str
    earliest: date
    latest: date  # inclusive; the same as `earliest` where the day is known
    state: str  # ISO 3166-1 alpha-3
    classes: tuple[str, ...]  # local names of the event classes that its type stands for
    names: tuple[str, ...]  # folded


@dataclass(frozen=True, slots=True)
class Table:
    """An outside table as far as it can be used."""

    rows: tuple[Row, ...]
    refused: tuple[str, ...]  # for each row that cannot be used: file:line: why


def read_table(path: Path, mapping: Mapping, authority: Authority) -> Table:
    """All rows of a table; a row that lacks something is refused with its reason, and the rest goes on.

    Raises:
        TableError: the file is no CSV in UTF-8, or lacks a column that the mapping names.
    """
    reader = _Reader(mapping, authority, _codes(authority, mapping.system) | mapping.states)
    rows, refused, seen = [], [], set[str]()
    for number, cells in _cells(path, columns_of(mapping)):
        try:
            row = reader.row(cells)
            if row.iri in seen:
                raise ValueError(f"{line(cells[mapping.id])!r} stands in {mapping.id} twice")
        except (ValueError, OutsideError) as error:
            refused.append(f"{path}:{number}: {error}")
            continue
        seen.add(row.iri)
        rows.append(row)
    return Table(tuple(rows), tuple(refused))


class _Reader:
    def __init__(self, mapping: Mapping, authority: Authority, codes: dict[str, str]) -> None:
        self.mapping, self.authority, self.codes = mapping, authority, codes

    def row(self, cells: dict[str, str]) -> Row:
        """The row that these cells are.

        Raises:
            ValueError: they are none; the message says which cell and why.
        """
        mapping = self.mapping
        long = next((name for name, cell in cells.items() if len(cell) > LONGEST_CELL), None)
        if long:
            raise ValueError(f"the cell in {long} is longer than {LONGEST_CELL:,} characters")
        if not cells[mapping.id].strip():
            raise ValueError(f"{mapping.id} is empty; a row needs its id")
        earliest, latest = _period(cells, mapping)
        names = (fold(line(name)) for column in mapping.names for name in re.split(r"[;|]", cells[column]))
        return Row(
            iri=outside_iri(_filled(mapping.row, {k: quote(v.strip(), safe="") for k, v in cells.items()})),
            label=line(_filled(mapping.label, cells)),
            earliest=earliest,
            latest=latest,
            state=self._state(cells),
            classes=self._classes(cells),
            names=tuple(dict.fromkeys(name for name in names if name)),
        )

    def _state(self, cells: dict[str, str]) -> str:
        mapping = self.mapping
        code = cells[mapping.country].strip() if mapping.country else ""
        name = code if mapping.system == "name" else ""
        if mapping.country_name:
            name = cells[mapping.country_name].strip()
        # Codes first; a code that is not in the tables (often a state that is no more) is asked by its name.
        states = [self.codes[known] for known in (code, name) if known in self.codes][:1]
        states = states or [e.state for e in self.authority.lookup(name) if e.kind == "State" and e.state]
        if len(set(states)) != 1:
            what = " ".join(filter(None, [line(code), line(name) if name != code else ""]))
            raise ValueError(f"{what!r} names no state of the tables, or more than one")
        return states[0]

    def _classes(self, cells: dict[str, str]) -> tuple[str, ...]:
        known, type = self.mapping.classes, cells[self.mapping.type].strip() if self.mapping.type else ""
        if type not in known and "" not in known:
            raise ValueError(f"{self.mapping.type} {line(type)!r} is none of {', '.join(known)}")
        return known.get(type, known.get("", ()))


def _cells(path: Path, wanted: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The wanted cells of each row with its line; a row with too few or too many is filled or cut."""
    number = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            heading = [name.strip() for name in next(reader, [])]
            missing = [name for name in wanted if name not in heading]
            if missing:
                raise TableError(
                    str(path), 1, f"has no column {missing[0]!r}; its columns are {_listed(heading)}"
                )
            places = {name: heading.index(name) for name in wanted}
            for row in reader:
                number = reader.line_num
                if any(row):
                    yield number, {name: row[at] if at < len(row) else "" for name, at in places.items()}
    except UnicodeDecodeError as error:
        raise TableError(str(path), number, f"is no UTF-8 after this line: {error.reason}") from error
    except csv.Error as error:
        raise TableError(str(path), number, f"is no CSV after this line: {error}") from error
    except OSError as error:
        raise TableError(str(path), None, f"cannot be read: {error.strerror}") from error


def _codes(authority: Authority, system: str) -> dict[str, str]:
    """Codes of a system → ISO 3166-1 alpha-3; numbers also without leading zeros."""
    if system == "name":
        return {}
    codes = {row[system]: row["iso3"] for _, row in tables.read_table(authority.folder / "states.csv")}
    codes |= {code.lstrip("0"): iso3 for code, iso3 in codes.items() if code.isdigit()}
    codes.pop("", None)
    return codes


def _period(cells: dict[str, str], mapping: Mapping) -> tuple[date, date]:
    """First and last day; a month or day that is empty, 0 or below is not known."""
    if mapping.date:
        return _dated(cells[mapping.date].strip(), mapping)
    parts = [cells[column].strip() if column else "" for column in (mapping.year, mapping.month, mapping.day)]
    try:
        year, month, day = (int(part or 0) for part in parts)
        return _bounds(year, max(month, 0), max(day, 0))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{line('-'.join(parts))!r} is no date: {error}") from error


def _dated(text: str, mapping: Mapping) -> tuple[date, date]:
    try:
        if mapping.date_form:
            day = datetime.strptime(text, mapping.date_form).date()
            return day, day
        prefix = re.match(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?(?![0-9])", text)
        if not prefix:
            raise ValueError("wanted YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day_ = (int(part or 0) for part in prefix.groups())
        return _bounds(year, month, day_)
    except ValueError as error:
        raise ValueError(f"{mapping.date} {line(text)!r} is no date: {error}") from error


def _bounds(year: int, month: int, day: int) -> tuple[date, date]:
    if not month:
        return date(year, 1, 1), date(year, 12, 31)
    if not day:
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return date(year, month, day), date(year, month, day)


def _filled(template: str, cells: dict[str, str]) -> str:
    """The template with each {column} replaced once; what a cell holds is never read as a template."""
    return FIELD.sub(lambda field: cells[field[1]], template)


def _listed(heading: list[str]) -> str:
    return line(", ".join(heading)) or "none"
