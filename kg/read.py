"""Stage: files, folders and standard input → articles. Offsets stay those of the text as given.

An article that cannot be read comes out as an `ArticleError` in its place, and the rest goes on. What is read all the
same but deserves a word (no date, another encoding, the same article twice) is told to the logger `kg.read`.
"""

import hashlib
import html
import io
import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO

from kg.articles.clean import Piece, blocks, pieces, title_in
from kg.articles.dates import date_in_address, parse_date, stated_date
from kg.articles.decode import MARKS, UndecodableError, decode
from kg.articles.languages import detect_language, language_names
from kg.errors import ArticleError
from kg.model import Article

TEXT, ROWS, PAGES = (".txt", ".text"), (".jsonl", ".ndjson", ".json"), (".html", ".htm", ".xhtml")
IN_FOLDERS = (*TEXT, *ROWS[:2], *PAGES)  # a .json beside articles is seldom one: read only where named
LARGEST = 64 * 1024 * 1024  # bytes of one article; no news article comes near it
LONG_LINE = 100_000  # characters; a line over that gets a word
HEAD = re.compile(r"(TITLE|DATE|SOURCE|URL):[ \t]*([^\r\n]*)")
SEPARATOR = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))*")

Outcome = Article | ArticleError
_log = logging.getLogger("kg.read")


def read(paths: Sequence[str | Path]) -> Iterator[Outcome]:
    """The articles of files and folders in the order given, a folder's files by name; "-" is standard input.

    A folder gives its .txt, .jsonl, .ndjson and .html files, those of its folders too. Standard input is JSON Lines
    where its first line is a JSON object, else one text. An article told twice is read once; another text under an
    id that is taken is an error.
    """
    taken: dict[str, tuple[str, bytes]] = {}
    for path in paths:
        for place, outcome in _read_path(str(path)):
            if isinstance(outcome, ArticleError):
                yield outcome
            elif (first := _told(outcome, place, taken)) is not None:
                yield first


def article_from_text(id: str, text: str, place: str | None = None) -> Article:
    """An article from plain text, with or without TITLE:, DATE:, SOURCE: and URL: lines at its head.

    Raises:
        ArticleError: there is nothing to read in it.
    """
    head, start = _head_lines(text)
    return _article(id, text, start, head, place or id)


def article_from_record(record: Mapping[str, object], place: str) -> Article:
    """An article from a JSON object with `id` and `text`, and if known title, published, url, source, language.

    Where it has no `id`, its url serves, or a hash of its text: the same wherever the row stands. Head lines in the
    text count where the object says nothing of their matter.

    Raises:
        ArticleError: there is no text, or a field is not of its type.
    """
    text = record.get("text")
    if not isinstance(text, str):
        raise ArticleError(place, f"lacks `text`: wanted a string, found {_kind_of(record, 'text')}")
    fields = {
        name: _field(record, name, place) for name in ("title", "published", "url", "source", "language")
    }
    head, start = _head_lines(text)
    stated = {name: value for name, value in fields.items() if value}
    return _article(_id_of(record, text, place), text, start, head | stated, place)


# -- where articles come from


def _read_path(path: str) -> Iterator[tuple[str, Outcome]]:
    if path == "-":
        yield from _read_stream(sys.stdin.buffer)
    elif os.path.isdir(path):
        yield from _read_folder(path)
    else:
        yield from _read_file(path)


def _read_folder(folder: str) -> Iterator[tuple[str, Outcome]]:
    files = sorted(
        os.path.join(at, name)
        for at, _, names in os.walk(folder)
        for name in names
        if not name.startswith(".") and name.lower().endswith(IN_FOLDERS)
    )
    if not files:
        yield (
            folder,
            ArticleError(folder, f"holds no article; wanted files ending in {', '.join(IN_FOLDERS)}"),
        )
    for file in files:
        yield from _read_file(file)


def _read_file(path: str) -> Iterator[tuple[str, Outcome]]:
    try:
        with open(path, "rb") as file:
            if path.lower().endswith(ROWS):
                yield from (
                    _read_json(file, path) if path.lower().endswith(".json") else _read_rows(file, path)
                )
            else:
                yield path, _read_one(file, path)
    except OSError as error:
        yield path, ArticleError(path, f"cannot be read: {error.strerror or error}")


def _read_stream(stream: BinaryIO) -> Iterator[tuple[str, Outcome]]:
    first = stream.readline(LARGEST)
    if _is_row(first):
        yield from _read_rows(stream, "standard input", first)
    else:
        rest = stream.read(LARGEST)
        yield "standard input", _from_bytes(first + rest, "stdin.txt", "standard input")


def _is_row(line: bytes) -> bool:
    return line.removeprefix(MARKS[0][0]).lstrip()[:1] == b"{"


def _read_one(file: BinaryIO, path: str) -> Outcome:
    raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        return ArticleError(
            path, f"is larger than {LARGEST // 2**20} MiB: no article; split it into JSON Lines"
        )
    return _from_bytes(raw, os.path.basename(path), path)


def _from_bytes(raw: bytes, id: str, place: str) -> Outcome:
    try:
        text, encoding = decode(raw)
        if encoding != "utf-8":
            _log.warning("%s: is no UTF-8; read as %s", place, encoding)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if place.lower().endswith(PAGES):
            return _from_page(text, id, place)
        return article_from_text(id, text, place)
    except UndecodableError as error:
        return ArticleError(place, str(error))
    except ArticleError as error:
        return error


def _read_rows(file: BinaryIO, path: str, first: bytes = b"") -> Iterator[tuple[str, Outcome]]:
    found = False
    for number, line in enumerate(_lines(file, first), 1):
        if line.strip():
            found = True
            place = f"{path}:{number}"
            yield place, _from_row(line, place)
    if not found:
        yield path, ArticleError(path, "is empty; wanted one JSON object a line")


def _read_json(file: BinaryIO, path: str) -> Iterator[tuple[str, Outcome]]:
    """A .json file: one object, an array of them, or JSON Lines."""
    raw = file.read()
    try:
        whole = json.loads(decode(raw)[0])
    except (ValueError, RecursionError):
        yield from _read_rows(io.BytesIO(raw), path)
        return
    for number, record in enumerate(whole if isinstance(whole, list) else [whole], 1):
        place = f"{path}[{number}]" if isinstance(whole, list) else path
        yield place, _from_object(record, place)


def _lines(file: BinaryIO, first: bytes) -> Iterable[bytes]:
    """Lines of UTF-8 bytes; a file in UTF-16 is taken whole and turned into such."""
    first = first or file.readline()
    if first.startswith(tuple(mark for mark, _ in MARKS[1:])):
        try:
            return decode(first + file.read())[0].encode("utf-8").split(b"\n")
        except UndecodableError:
            return [first]
    return _with_first(first.removeprefix(MARKS[0][0]), file)


def _with_first(first: bytes, file: BinaryIO) -> Iterator[bytes]:
    yield first
    yield from file


def _from_row(line: bytes, place: str) -> Outcome:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return ArticleError(place, f"is no UTF-8 (byte {error.start + 1} of the line)")
    except (ValueError, RecursionError) as error:
        return ArticleError(place, f"is no JSON: {error}; wanted one object with `id` and `text`")
    return _from_object(record, place)


def _from_object(record: object, place: str) -> Outcome:
    if not isinstance(record, dict):
        return ArticleError(
            place, f"is no JSON object but {type(record).__name__}; wanted one with `id` and `text`"
        )
    try:
        return article_from_record(record, place)
    except ArticleError as error:
        return error


def _from_page(source: str, id: str, place: str) -> Article:
    from kg.articles.page import text_of_page

    text, fields = text_of_page(source)
    return _article(id, text, 0, fields, place)


# -- what an article says of itself


def _head_lines(text: str) -> tuple[dict[str, str | None], int]:
    """The TITLE:, DATE:, SOURCE:, URL: lines at the beginning, and where the article starts after them."""
    fields: dict[str, str | None] = {}
    start = _end_of(SEPARATOR, text, 0)
    while (line := HEAD.match(text, start)) and line[1].lower() not in fields:
        fields[line[1].lower()] = line[2].strip() or None
        start = _end_of(SEPARATOR, text, line.end())
    if "date" in fields:
        fields["published"] = fields.pop("date")
    return fields, start


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _article(id: str, text: str, start: int, fields: Mapping[str, str | None], place: str) -> Article:
    _check(text, start, place)
    cut = pieces(text, start)
    title = html.unescape(fields.get("title") or "") or None
    found = blocks(cut, title)
    language = _language(fields.get("language"), text[start:], place)
    if language.split("-")[0] == "en" and not found:
        _log.warning("%s: nothing in it reads like an article's text", place)
    return Article(
        id=id,
        text=text,
        blocks=found if language.split("-")[0] == "en" else (),
        title=title or title_in(text, found),
        published=_published(fields, cut, id, place),
        source=html.unescape(fields.get("source") or "") or None,
        url=fields.get("url") or None,
        language=language,
    )


def _check(text: str, start: int, place: str) -> None:
    """What no stage could take: nothing at all, and characters that no output format can hold."""
    if not text[start:].strip():
        raise ArticleError(place, "has no text under its head lines" if text.strip() else "is empty")
    _check_characters(text, place)
    if len(text) > LONG_LINE:
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > LONG_LINE:
                _log.warning("%s: line %d has %d characters; read as one paragraph", place, number, len(line))


def _check_characters(text: str, place: str, name: str = "") -> None:
    if bad := re.search("[\0\ud800-\udfff]", text):
        code = f"U+{ord(bad[0]):04X}"
        raise ArticleError(
            place, f"{name}holds {code} at character {bad.start()}, which is no character of a text"
        )


def _language(stated: str | None, text: str, place: str) -> str:
    """The language stated, unless the text itself shows another one. Only English articles have blocks to be read."""
    seen = detect_language(text)
    language = stated or "en"
    if seen and seen.split("-")[0] != language.split("-")[0].lower():
        language = seen
    if language.split("-")[0].lower() != "en":
        name = language_names().get(language.split("-")[0], language)
        _log.warning("%s: is in %s; only English is read, nothing is found in it", place, name)
    return language


def _published(fields: Mapping[str, str | None], cut: Sequence[Piece], id: str, place: str) -> date | None:
    """The day stated by its record, else by its first lines, else by its address or file name."""
    stated = fields.get("published")
    day = parse_date(stated) if stated else None
    if stated and not day:
        _log.warning("%s: published %r is no date; wanted 2022-05-31", place, stated)
    day = day or stated_date(piece.text for piece in cut) or date_in_address(fields.get("url") or id)
    if not day:
        _log.warning("%s: has no date; what it dates by its own day (“on Monday”) stays open", place)
    elif day > date.today():  # only a word to the user: nothing that is stored depends on the clock
        _log.warning("%s: is dated %s, which lies in the future; is that right?", place, day)
    return day


def _field(record: Mapping[str, object], name: str, place: str) -> str | None:
    value = record.get(name)
    if value is None or isinstance(value, str):
        _check_characters(value or "", place, f"`{name}` ")
        return (value or "").strip() or None
    raise ArticleError(place, f"`{name}` is {_kind_of(record, name)}; wanted a string")


def _id_of(record: Mapping[str, object], text: str, place: str) -> str:
    value = record.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None or value == "":
        url = record.get("url")
        named = (
            url
            if isinstance(url, str) and url
            else f"text-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}"
        )
        _log.warning("%s: lacks `id`; called %s", place, named)
        return named
    if not isinstance(value, str) or not value.isprintable():
        raise ArticleError(place, f"`id` is {value!r}; wanted a string of printable characters")
    return value


def _kind_of(record: Mapping[str, object], name: str) -> str:
    return type(record[name]).__name__ if name in record else "none"


def _told(article: Article, place: str, taken: dict[str, tuple[str, bytes]]) -> Outcome | None:
    """The article, nothing where it was read before, or an error where its id belongs to another text."""
    mark = hashlib.sha256(article.text.encode("utf-8")).digest()
    if article.id not in taken:
        taken[article.id] = (place, mark)
        return article
    first, known = taken[article.id]
    if known == mark:
        _log.warning("%s: is the same article as %s; read once", place, first)
        return None
    return ArticleError(
        place, f"its id {article.id!r} is that of {first}, which has another text; give it its own"
    )
