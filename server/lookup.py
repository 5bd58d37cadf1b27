"""Queries that one look into an index answers: the front does it itself, without a query process.

Only a SELECT of one triple pattern with a subject or an object given is taken: no join, filter, path, sort or function,
so its work and memory grow with its rows alone, and it gives up at 64 KB. Everything else goes to a query process.
"""

import re
from pathlib import Path

import pyoxigraph as ox

from server.engine import ROW_FORMATS

_LONGEST = 2000  # characters
_LARGEST = 65536  # bytes of an answer
_IRI = r"<[^<>\"{}|^`\\\x00-\x20]*>"
_NAME = r"[A-Za-z][\w-]*:[\w-]+"
_VARIABLE = r"\?[A-Za-z_]\w*"
_FIXED = rf"(?:{_IRI}|{_NAME})"
_PATTERN = re.compile(
    rf"(?P<head>\s*(?:PREFIX\s+[A-Za-z][\w-]*:\s*{_IRI}\s*)*SELECT\s*)(?P<what>\*|(?:\s*{_VARIABLE})+)\s*(?:WHERE\s*)?"
    rf"\{{\s*(?:(?P<s>{_FIXED})|(?P<vs>{_VARIABLE}))\s+(?:{_FIXED}|a|(?P<vp>{_VARIABLE}))"
    rf"\s+(?:(?P<o>{_FIXED})|(?P<vo>{_VARIABLE}))\s*\.?\s*\}}\s*(?:LIMIT\s+\d{{1,9}}\s*)?",
    re.IGNORECASE,
)


class _TooLong(Exception):
    """The answer does not fit into one piece."""


class _Piece:
    """A file of limited size."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._left = _LARGEST

    def write(self, piece: bytes) -> int:
        self._left -= len(piece)
        if self._left < 0:
            raise _TooLong
        self.pieces.append(piece)
        return len(piece)

    def flush(self) -> None:
        """All is in memory."""


class Lookup:
    """The front's own view of the snapshot that is served."""

    def __init__(self, snapshot: Path | None) -> None:
        self._store = ox.Store.read_only(str(snapshot)) if snapshot else ox.Store()

    def answer(self, text: str, form: str) -> bytes | None:
        """The rows in a format, or None where this is no such query, or its answer is long."""
        if len(text) > _LONGEST or not (match := _PATTERN.fullmatch(text)):
            return None
        if not (match["s"] or match["o"]):
            return None
        if match["what"] == "*":
            names = dict.fromkeys(name for name in match.group("vs", "vp", "vo") if name)
            if not names:
                return None
            text = match["head"] + " ".join(names) + text[match.end("what") :]
        piece = _Piece()
        try:
            self._store.query(text).serialize(piece, ROW_FORMATS[form])  # type: ignore[arg-type]
        except (_TooLong, SyntaxError, ValueError, OSError):
            return None
        return b"".join(piece.pieces)
