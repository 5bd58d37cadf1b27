"""What each sign of a match is worth (`seeds/mappings/confidence.toml`)."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from kg.errors import TableError
from kg.linksets.mapping import FOLDER, read_toml

FILE = FOLDER / "confidence.toml"
TABLES = ("state", "date", "type", "rival", "name", "service")


@dataclass(frozen=True, slots=True)
class Weights:
    """The tables of the file by their names; all weights are between 0 and 1."""

    bar: float  # from which confidence on a match becomes a link unseen
    near_days: int
    state: Mapping[str, float]
    date: Mapping[str, float]
    type: Mapping[str, float]
    rival: Mapping[str, float]
    name: Mapping[str, float]
    service: Mapping[str, float]


@functools.cache
def weights() -> Weights:
    """The weights, read once in a process.

    Raises:
        TableError: a weight is none.
    """
    content = read_toml(FILE)
    tables = {name: dict(content.get(name, {})) for name in TABLES}
    for name, table in [("bar", {"bar": content.get("bar")}), *tables.items()]:
        for key, value in table.items():
            if not isinstance(value, float) or not 0 <= value <= 1:
                raise TableError(str(FILE), None, f"[{name}] {key} is {value!r}; wanted 0.0 to 1.0")
    return Weights(bar=content["bar"], near_days=int(content["near_days"]), **tables)
