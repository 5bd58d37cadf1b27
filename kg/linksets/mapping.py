"""A mapping file (TOML): which columns of an outside table hold what, and which of our classes its types are."""

import string
import tomllib
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.errors import TableError

FOLDER = Path(__file__).resolve().parents[2] / "seeds" / "mappings"
SYSTEMS = ("cow", "iso2", "iso3", "numeric", "fips", "name")  # of codes for states
COLUMNS = ("id", "date", "year", "month", "day", "country", "country_name", "type", "names")


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a mapping file says; a column that is not mapped is empty."""

    name: str  # of the file: "coups"
    title: str
    page: str  # IRI of the outside data set
    licence: str
    row: str  # template of a row's IRI, with one {column} or more
    label: str  # template of a row's label
    id: str
    date: str  # one column with the whole date …
    year: str  # … or one for each part
    month: str
    day: str
    date_form: str  # of `date`, as strptime has it; ISO 8601 where empty
    country: str
    country_name: str  # asked where the code says nothing
    system: str  # one of SYSTEMS
    type: str
    names: tuple[str, ...]  # columns with names of people, bodies or agreements
    states: dict[str, str]  # codes or names that the tables do not have → ISO 3166-1 alpha-3
    classes: dict[
        str, tuple[str, ...]
    ]  # type as written ("" for all rows) → our event classes, by local name


def mapping_file(name: str) -> Path:
    """The shipped mapping file of this name.

    Raises:
        TableError: there is none.
    """
    known = sorted(path.stem for path in FOLDER.glob("*.toml") if _is_of_table(path))
    if name not in known:
        raise TableError(
            name,
            None,
            f"no such mapping is shipped; there are {', '.join(known)}, or name a file by --mapping",
        )
    return FOLDER / f"{name}.toml"


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file holds.

    Raises:
        TableError: it cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(str(path), None, f"cannot be read as TOML: {error}") from error


def load_mapping(path: Path) -> Mapping:
    """The mapping that a file holds.

    Raises:
        TableError: the file cannot be read, lacks something or holds what has no meaning.
    """
    content = read_toml(path)
    _refuse_unknown(path, content)
    source, columns = _table(path, content, "source"), _table(path, content, "columns")
    classes = {
        str(key): _classes(path, key, value) for key, value in _table(path, content, "classes").items()
    }
    names = columns.get("names", [])
    mapping = Mapping(
        name=path.stem,
        title=_text(path, source, "title"),
        page=_text(path, source, "page"),
        licence=_text(path, source, "licence"),
        row=_text(path, source, "row"),
        label=_text(path, source, "label"),
        names=tuple(map(str, names if isinstance(names, list) else [names])),
        system=_system(path, _text(path, columns, "country_system", "name")),
        date_form=_text(path, columns, "date_form", ""),
        states=_states(path, content.get("states", {})),
        classes=classes,
        **{column: _text(path, columns, column, "") for column in COLUMNS[:-1]},
    )
    _check(path, mapping)
    return mapping


def columns_of(mapping: Mapping) -> tuple[str, ...]:
    """The columns that the table must have."""
    named = [getattr(mapping, column) for column in COLUMNS[:-1]]
    return tuple(dict.fromkeys(filter(None, [*named, *mapping.names, *_fields(mapping.row + mapping.label)])))


def _is_of_table(path: Path) -> bool:
    return "columns" in read_toml(path)


def _refuse_unknown(path: Path, content: Dictionary[str, Any]) -> None:
    known = {
        "source": {"title", "page", "licence", "row", "label", "version"},
        "columns": {*COLUMNS, "country_system", "date_form"},
    }
    for table, keys in known.items():
        unknown = sorted(set(_table(path, content, table)) - keys)
        if unknown:
            raise TableError(
                str(path),
                None,
                f"[{table}] {unknown[0]!r} means nothing; there are {', '.join(sorted(keys))}",
            )


def _table(path: Path, content: Dictionary[str, Any], name: str) -> dict[str, Any]:
    value = content.get(name)
    if not isinstance(value, dict):
        raise TableError(str(path), None, f"lacks the table [{name}]")
    return value


def _text(path: Path, table: Dictionary[str, Any], key: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise TableError(str(path), None, f"{key} is {value!r}; wanted a text" if value else f"lacks {key}")
    return value


def _classes(path: Path, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
        raise TableError(str(path), None, f"[classes] {key!r}: wanted a list of event classes")
    return tuple(value)


def _states(path: Path, table: object) -> dict[str, str]:
    from kg.authority import Authority

    authority, states = Authority.load(), table if isinstance(table, dict) else {"": table}
    for name, iso3 in states.items():
        if authority.get(f"state/{iso3}") is None:
            raise TableError(str(path), None, f"[states] {name!r}: {iso3!r} is no ISO 3166-1 alpha-3 code")
    return {name: str(iso3) for name, iso3 in states.items()}


def _system(path: Path, system: str) -> str:
    if system not in SYSTEMS:
        raise TableError(str(path), None, f"country_system {system!r} is none of {', '.join(SYSTEMS)}")
    return system


def _check(path: Path, mapping: Mapping) -> None:
    from kg.ontology import event_classes, load_ontology

    known = event_classes(load_ontology())
    for name in (name for names in mapping.classes.values() for name in names):
        if name not in known:
            raise TableError(str(path), None, f"[classes] {name!r} is no event class of the ontology")
    if not mapping.id or not (mapping.date or mapping.year) or not (mapping.country or mapping.country_name):
        raise TableError(str(path), None, "[columns] needs id, date or year, and country or country_name")
    if not mapping.row.startswith(("http://", "https://")) or not _fields(mapping.row):
        raise TableError(str(path), None, f"row {mapping.row!r}: wanted an address that holds {{COLUMN}}")
    if not mapping.type and set(mapping.classes) != {""}:
        raise TableError(str(path), None, '[classes] without a column for the type needs "" alone: all rows')


def _fields(template: str) -> list[str]:
    return [field for _, field, _, _ in string.Formatter().parse(template) if field]
