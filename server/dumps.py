"""Dumps of a snapshot as files: written while the first client gets them, then sent whole or in ranges, and resumed."""

import hashlib
import logging
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from server.errors import Refusal
from server.messages import CORS, STEADY, Answer, FilePart, Headers, Request

_LOG = logging.getLogger("server")
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class Dumps:
    """The dump files of a dataset, in a folder beside its snapshots; those of other snapshots are removed."""

    def __init__(self, store: Path) -> None:
        self._folder = store / "dumps"
        self._writing: set[Path] = set()

    def path(self, generation: str, form: str, gzip: bool) -> Path:
        """Where the dump of a snapshot in a format is, or will be."""
        return self._folder / generation / f"dump.{form}{'.gz' if gzip else ''}"

    async def keep(self, path: Path, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Pass on a dump's bytes and keep them as a file; only one that came to its end gets its name."""
        file = None if path in self._writing else self._begin(path)
        if file is None:
            async for part in parts:
                yield part
            return
        self._writing.add(path)
        unfinished = Path(file.name)
        try:
            with file:
                async for part in parts:
                    file.write(part)
                    yield part
            os.replace(unfinished, path)
        except OSError as error:
            _LOG.warning("%s cannot be kept: %s", path, error)
            raise
        finally:
            self._writing.discard(path)
            unfinished.unlink(missing_ok=True)

    def _begin(self, path: Path) -> BinaryIO | None:
        """The unfinished file; None where there is no room or permission for one."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for other in self._folder.iterdir():
                if other != path.parent:
                    shutil.rmtree(other, ignore_errors=True)
            return path.with_suffix(path.suffix + ".unfinished").open("wb")
        except OSError as error:
            _LOG.warning("%s cannot be kept: %s", path, error)
            return None


def dump_tag(snapshot: str, form: str, gzip: bool, graph: str | None = None) -> str:
    """The ETag of a snapshot's dump in a format, or that of one graph."""
    named = "" if graph is None else f"-{hashlib.blake2b(graph.encode(), digest_size=12).hexdigest()}"
    return f'"{snapshot}-{form}{"-gz" if gzip else ""}{named}"'


def send_file(request: Request, path: Path, headers: Headers, tag: str) -> Answer:
    """A file as an answer: whole, the range asked for (RFC 9110, 14), or 304.

    Raises:
        Refusal: 416, the range lies beyond the file's end.
    """
    size = path.stat().st_size
    headers = (*headers, ("etag", tag), ("accept-ranges", "bytes"), *STEADY, *CORS)
    if request.header("if-none-match").strip() == "*" or tag in request.header("if-none-match"):
        return Answer(304, headers)
    part = _range(request, size, tag)
    if part is None:
        return Answer(200, (*headers, ("content-length", str(size))), FilePart(path))
    start, end = part
    extent = (("content-range", f"bytes {start}-{end - 1}/{size}"), ("content-length", str(end - start)))
    return Answer(206, (*headers, *extent), FilePart(path, start, end))


def _range(request: Request, size: int, tag: str) -> tuple[int, int] | None:
    """First byte and the one after the last, of a request for one range that the file still has."""
    found = _RANGE.fullmatch(request.header("range").strip())
    if not found or found.groups() == ("", "") or request.header("if-range") not in ("", tag):
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if first and last and int(last) < int(first):
        return None
    if start >= size or end <= start:
        raise Refusal(416, f"the file has {size} bytes", headers=(("content-range", f"bytes */{size}"),))
    return start, end
