"""Requests and answers as plain values: the same for Granian's event loop and for Flask."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

from server.errors import Refusal
from server.negotiate import prefers_text

Headers = tuple[tuple[str, str], ...]  # names in lower case

# On every answer of the endpoints: open to any page, but never itself taken for one, whatever people have written into it.
CORS: Headers = (
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", "ETag, Link, Location, Retry-After, X-Row-Cap, X-Snapshot"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
)
PREFLIGHT: Headers = (
    ("access-control-allow-methods", "GET, HEAD, POST, PUT, DELETE, OPTIONS"),
    ("access-control-allow-headers", "Accept, Authorization, Content-Type, If-None-Match, Range"),
    ("access-control-max-age", "86400"),
    ("allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS"),
)
VARY = ("vary", "accept, accept-encoding")
STEADY: Headers = (("cache-control", "public, no-cache"), VARY)  # the same until the next snapshot
UNSTEADY: Headers = (("cache-control", "no-store"), VARY)


@dataclass(slots=True)
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
        """The query string's pairs in order.

        Raises:
            Refusal: 400, it is not UTF-8.
        """
        try:
            return parse_qsl(self.query_string, keep_blank_values=True, errors="strict", max_num_fields=1000)
        except ValueError:
            raise Refusal(400, "the query string cannot be read", "Percent-encode UTF-8 bytes.") from None


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file, or the bytes `start` to `end` (exclusive) of it, as an answer's body."""

    path: Path
    start: int | None = None
    end: int | None = None


Body = bytes | FilePart | AsyncIterator[bytes]


@dataclass(slots=True)
class Answer:
    """One HTTP answer; a stream that raises ends the connection, so that a cut answer never looks whole."""

    status: int
    headers: Headers
    body: Body = b""
    facts: Mapping[str, object] = field(
        default_factory=dict
    )  # what the log says of it beside status and time
    steady: bool = False  # the same question gets the same answer until the next snapshot


def error_answer(refusal: Refusal, request: Request) -> Answer:
    """A refusal as JSON, or as text for who asks for text."""
    headers = [("cache-control", "no-store"), VARY, *CORS, *refusal.headers]
    if refusal.retry is not None:
        headers.append(("retry-after", str(refusal.retry)))
    if refusal.status == 401:
        headers.append(("www-authenticate", 'Bearer realm="writing"'))
    if prefers_text(request.header("accept")):
        return Answer(
            refusal.status, (("content-type", "text/plain; charset=utf-8"), *headers), refusal.as_text()
        )
    return Answer(refusal.status, (("content-type", "application/json"), *headers), refusal.as_json())
