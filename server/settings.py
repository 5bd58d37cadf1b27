"""What the one who runs the server may choose: limits, lanes and caps, read once beside `kg.settings.Settings`."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from kg.errors import SettingsError
from kg.settings import FILE

CORES = len(os.sched_getaffinity(0))
MIB = 1 << 20


def _half_of_memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


@dataclass(frozen=True, slots=True)
class Limits:
    """Each field is also a key of the TOML table `[server]` and, as KG_SERVER_NAME, an environment variable."""

    short_lane: int = max(2, CORES)  # query processes for queries that have not yet run `short_seconds`
    short_seconds: float = 0.1  # running longer than this, a query moves to the long lane
    long_lane: int = max(2, CORES)  # long queries that compute at once, at low priority
    long_queue: int = 16  # long queries that stand still until a place in the long lane is free
    waiting: int = 256  # queries that wait for a process of the short lane
    deadline: float = 30.0  # seconds; a client may ask for less, or for more up to `deadline_cap`
    deadline_cap: float = 120.0  # seconds
    stall_seconds: float = 30.0  # a stream that makes no progress for so long is ended
    write_seconds: float = 60.0  # an update that takes longer is undone
    client_running: int = 64  # queries of one client, running or waiting
    client_long: int = 12  # of those, in the long lane
    query_memory: int = 2048 * MIB  # bytes of address space that a query may take
    total_memory: int = _half_of_memory()  # bytes resident in all query processes; the largest is ended first
    query_bytes: int = 1 * MIB
    update_bytes: int = 16 * MIB
    upload_bytes: int = 64 * MIB  # a graph sent to the graph store
    stop_seconds: float = 5.0  # that running queries get when the server is told to stop
    body_seconds: float = 20.0  # a request's body must have arrived by then
    nesting: int = 500  # brackets in brackets
    chain: int = 4000  # operators and group patterns in one query
    rows: int = 0  # rows an answer may have; 0: no cap
    service_allow: tuple[str, ...] = ()  # addresses that SERVICE may ask: what they begin with
    cache_bytes: int = 32 * MIB
    trusted_proxies: int = 0  # reverse proxies in front, each of which adds one address to X-Forwarded-For
    access_log: str = "slow"  # all | slow | off; errors of the server's own are always told
    slow_seconds: float = 1.0

    def __post_init__(self) -> None:
        """Check that every number has a meaning."""
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, int | float) and value < 0:
                raise SettingsError(f"{_variable(item.name)}: {value} is below 0")
        for name in ("short_lane", "long_lane", "deadline", "deadline_cap", "query_memory", "query_bytes"):
            if not getattr(self, name):
                raise SettingsError(f"{_variable(name)}: 0 would refuse every query; wanted more")
        if self.access_log not in ("all", "slow", "off"):
            raise SettingsError(f"KG_SERVER_ACCESS_LOG: {self.access_log!r}; wanted all, slow or off")

    def shown(self) -> dict[str, str]:
        """Each setting as text."""
        return {item.name: str(getattr(self, item.name)) for item in fields(self)}


def load_limits(environment: Mapping[str, str] = os.environ, toml: Path | None = None) -> Limits:
    """The limits in force: environment over the table `[server]` of the TOML file over defaults.

    Raises:
        SettingsError: a value has no meaning, or the file cannot be read.
    """
    chosen: dict[str, object] = dict(_server_table(toml)) if toml and toml.is_file() else {}
    names = {item.name for item in fields(Limits)}
    if unknown := sorted(set(chosen) - names):
        raise SettingsError(
            f"{toml}: {unknown[0]!r} is no server setting; there are {', '.join(sorted(names))}"
        )
    chosen |= {name: environment[_variable(name)] for name in names if environment.get(_variable(name))}
    return Limits(**{name: _typed(name, value) for name, value in chosen.items()})  # type: ignore[arg-type]


def read_limits() -> Limits:
    """The limits of this process's environment and of the TOML file that `kg.settings` reads."""
    return load_limits(os.environ, Path(os.environ.get("KG_CONFIG") or FILE))


def _server_table(toml: Path) -> Mapping[str, object]:
    try:
        table = tomllib.loads(toml.read_text(encoding="utf-8")).get("server", {})
    except (OSError, ValueError) as error:
        raise SettingsError(f"{toml}: cannot be read as TOML: {error}") from error
    if not isinstance(table, dict):
        raise SettingsError(f"{toml}: 'server' is no table")
    return table


def _variable(name: str) -> str:
    return f"KG_SERVER_{name.upper()}"


def _typed(name: str, value: object) -> object:
    default = getattr(Limits(), name)
    if isinstance(default, tuple):
        return tuple(str(value).split()) if isinstance(value, str) else tuple(map(str, _listed(name, value)))
    try:
        return type(default)(value)
    except (TypeError, ValueError):
        wanted = {"int": "a whole number", "float": "a number"}.get(type(default).__name__, "text")
        raise SettingsError(f"{_variable(name)}: {value!r}; wanted {wanted}") from None


def _listed(name: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise SettingsError(f"{_variable(name)}: {value!r}; wanted a list of addresses")
    return value
