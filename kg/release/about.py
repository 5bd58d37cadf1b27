"""What only its publisher can say of a dataset: its title, who publishes it, under which licence."""

import tomllib
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

from kg.errors import SettingsError


@dataclass(frozen=True, slots=True)
class About:
    """Each field but the day is also a key of the TOML table `[about]`."""

    title: str = "Events, claims and agreements told by news articles"
    description: str = (
        "Who agreed, who seized power and who accused whom, as news articles tell it: each event with its actors and days, "
        "each claim with its speaker, and for each telling the article, how surely it is told and the passage."
    )
    publisher: str = ""  # a name, or the IRI of a person or organisation; empty: the site itself
    licence: str = ""  # an IRI; empty where the publisher has not chosen one
    issued: date | None = None  # the day of the newest article where nothing else is said

    def __post_init__(self) -> None:
        """See that the licence is something that a program can compare."""
        if self.licence and not self.licence.startswith(("http://", "https://")):
            raise SettingsError(
                f"licence: {self.licence!r} is no address; wanted such as https://creativecommons.org/licenses/by/4.0/"
            )

    def but(self, **chosen: str | date | None) -> "About":
        """The same with what was chosen otherwise; None chooses nothing."""
        return replace(self, **{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]

    def shown(self) -> dict[str, str]:
        """Each as text, by its TOML key."""
        return {name: str(getattr(self, name)) or "(not said)" for name in sorted(_keys())}


def load_about(toml: Path | None) -> About:
    """What the table `[about]` of the TOML file says, over the defaults.

    Raises:
        SettingsError: the file cannot be read, or a value is no text.
    """
    return About(**_table(toml)) if toml else About()  # type: ignore[arg-type]


def _table(path: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("about", {})
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML: {error}") from error
    for name, value in table.items():
        if name not in _keys():
            raise SettingsError(
                f"{path}: [about] {name!r} is unknown; there are {', '.join(sorted(_keys()))}"
            )
        if not isinstance(value, str):
            raise SettingsError(f"{path}: [about] {name}: {value!r} is no text")
    return dict(table)


def _keys() -> set[str]:
    return {field.name for field in fields(About)} - {"issued"}
