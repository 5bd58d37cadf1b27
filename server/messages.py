"""Requests and answers as plain values: the same for Granian's event loop and for Flask."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, its body read."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""
    client: str = ""  # the address that caps count by: the peer's, or the one a trusted proxy names
    origin: str = ""  # scheme and host that the client addressed: http://localhost:8000

    def header(self, name: str) -> str:
        """A header's value, empty where absent."""
        return self.headers.get(name, "")

    def parameters(self) -> list[tuple[str, str]]:
        """The query string's pairs in order; bytes that are no UTF-8 raise `UnicodeDecodeError`."""
        return parse_qsl(self.query_string, keep_blank_values=True, errors="strict")


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file, or the bytes `start` to `end` (exclusive) of it, as an answer's body."""

    path: Path
    start: int | None = None
    end: int | None = None


Body = bytes | FilePart | AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; a stream that raises ends the connection, so that a cut answer never looks whole."""

    status: int
    headers: Headers
    body: Body = b""
    facts: Mapping[str, object] = field(default_factory=dict)  # what the log says of it beside status and time
