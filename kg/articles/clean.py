"""Part of reading: an article's text → the blocks that are read; page furniture, credits and repeats are in none.

What furniture looks like stands in `seeds/reading/markers.csv`, who signs pictures in `seeds/reading/agencies.csv`.
"""

import csv
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from kg.articles.dates import MONTH, is_date_line
from kg.errors import TableError
from kg.model import Block, BlockKind
from kg.settings import ROOT

READING = ROOT / "seeds" / "reading"
EFFECTS = ("drop", "list", "rest", "trim")
LONGEST_FURNITURE = 1500  # characters; a longer piece is a paragraph, whatever it holds
TAIL = 200  # characters at a piece's end in which glued-on furniture is looked for
HEADING_WORDS = 14
CAPTION_WORDS = 3
TITLE_LENGTH = 250  # characters
CLOSING = "\"'”’»)]*"
ENDINGS = ".!?…:;,"
LINE_BREAK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
BLANK = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
    "\u202f\u205f\u3000\u200b\u200e\u200f\ufeff"  # and what has no width: zero-width space, direction marks, byte order mark
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of the text, or several where one paragraph is wrapped over them, without white space at its ends."""

    start: int
    end: int
    text: str  # the slice, each line break a space, so that offsets hold
    tight: bool = False  # stands directly under the piece before, without an empty line
    kind: BlockKind | None = None

    def part(self, start: int, end: int) -> "Piece":
        """The piece between two offsets into its own text, trimmed."""
        text = self.text[start:end]
        start += len(text) - len(text.lstrip(BLANK))
        text = text.strip(BLANK)
        return replace(self, start=self.start + start, end=self.start + start + len(text), text=text)


@dataclass(frozen=True, slots=True)
class Marker:
    """A row of the table of furniture: what such a line looks like and what it does to the text around it."""

    effect: str  # drop: not read; list: nor the titles below; rest: nor all that follows; trim: cut off at the end
    pattern: re.Pattern[str]


def blocks(pieces: Iterable[Piece], title: str | None = None) -> tuple[Block, ...]:
    """The blocks of an article in text order; `title` is its headline where known from elsewhere.

    A text of one piece is read as it stands: there is nothing to tell furniture from it.
    """
    pieces = tuple(pieces)
    if len(pieces) == 1:
        read = [replace(pieces[0], kind=BlockKind.PARAGRAPH)]
    else:
        read = list(_kinds(_captions(_without_furniture(pieces)), title))
    return tuple(Block(p.start, p.end, p.kind) for piece in read for p in _dateline(piece) if p.kind)


def title_in(text: str, found: Iterable[Block]) -> str | None:
    """The headline that stands in the text, its line breaks and entities resolved."""
    first = next((block for block in found if block.kind is BlockKind.TITLE), None)
    return html.unescape(" ".join(text[first.start : first.end].split())) if first else None


def pieces(text: str, start: int = 0) -> tuple[Piece, ...]:
    """The text from `start` on, cut into paragraphs: one a line, or wrapped over several lines."""
    lines = list(_lines(text, start))
    width = _wrap_width(lines)
    paragraphs: list[list[Piece]] = []
    for line in lines:
        if line.tight and _continues(paragraphs[-1][-1], line, text, width):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return tuple(_joined(paragraph, text) for paragraph in paragraphs)


def _joined(lines: Sequence[Piece], text: str) -> Piece:
    start, end = lines[0].start, lines[-1].end
    return replace(lines[0], end=end, text=_flat(text[start:end]))


def _lines(text: str, start: int) -> Iterator[Piece]:
    tight = False
    for begin, end in _line_ends(text, start):
        whole = Piece(begin, end, _flat(text[begin:end])).part(0, end - begin)
        if whole.text:
            yield replace(whole, tight=tight)
        tight = bool(whole.text)


def _line_ends(text: str, start: int) -> Iterator[tuple[int, int]]:
    for match in LINE_BREAK.finditer(text, start):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _flat(text: str) -> str:
    return LINE_BREAK.sub(lambda match: " " * len(match[0]), text)


def _wrap_width(lines: Sequence[Piece]) -> int:
    """The width at which the text is wrapped; 0 where each line is a paragraph (too long, or mostly ending one)."""
    inner = [above for above, below in pairwise(lines) if below.tight]
    width = max((len(line.text) for line in lines), default=0)
    broken = sum(not _ends(line.text) for line in inner)
    return width if len(inner) >= 3 and width <= 100 and broken > len(inner) / 2 else 0


def _continues(above: Piece, below: Piece, text: str, width: int) -> bool:
    """Whether a line goes on with the sentence or the wrapped paragraph above it."""
    if not _ends(above.text) and below.text[:1].islower():
        return True
    indented = text[below.start - 1] in " \t" and text[max(0, above.start - 1)] not in " \t"
    return bool(width) and len(above.text) > width * 0.6 and not indented


def _ends(text: str) -> bool:
    """Whether it ends as a sentence does."""
    return text.rstrip(CLOSING)[-1:] in tuple(ENDINGS)


# -- furniture


@cache
def markers() -> tuple[Marker, ...]:
    """The table of furniture.

    Raises:
        TableError: a row whose effect or pattern has no meaning, or whose pattern does not find its example.
    """
    path = READING / "markers.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return tuple(_marker(row, str(path.name), rows.line_num) for row in rows)


def _marker(row: dict[str, str], file: str, line: int) -> Marker:
    if row["effect"] not in EFFECTS:
        raise TableError(file, line, f"effect {row['effect']!r} is none of {', '.join(EFFECTS)}")
    try:
        marker = Marker(row["effect"], re.compile(row["pattern"], re.IGNORECASE))
    except re.error as error:
        raise TableError(file, line, f"pattern {row['pattern']!r}: {error}") from error
    seen = marker.pattern.search if marker.effect == "trim" else marker.pattern.match
    if not seen(row["example"]):
        raise TableError(file, line, f"the pattern does not find its example {row['example']!r}")
    return marker


def _without_furniture(pieces: Iterable[Piece]) -> Iterator[Piece]:
    listing = read_any = False
    for piece in _without_insets(tuple(pieces)):
        effect = _effect(piece.text)
        if effect == "rest" and read_any:
            return
        listing = effect == "list" or (listing and _is_heading(piece.text))
        if effect or listing or not re.search(r"[^\W\d_]", piece.text):
            continue
        read_any = read_any or _ends(piece.text)
        yield _trimmed(piece)


def _effect(text: str) -> str | None:
    if len(text) > LONGEST_FURNITURE:
        return None
    if is_date_line(text):
        return "drop"
    return next((m.effect for m in markers() if m.effect != "trim" and m.pattern.match(text)), None)


def _trimmed(piece: Piece) -> Piece:
    at = max(0, len(piece.text) - TAIL)
    for marker in (m for m in markers() if m.effect == "trim"):
        if found := marker.pattern.search(piece.text, at):
            piece = piece.part(0, found.start())
    if found := _agency_tail().search(piece.text, max(0, len(piece.text) - TAIL)):
        piece = piece.part(0, found.start())
    return piece


def _without_insets(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Leave out a label with a teaser: two lines in capitals, one right under the other. A lone one is a heading."""
    capitals = [_in_capitals(piece.text) for piece in pieces]
    if sum(capitals) > len(pieces) / 2:  # an article all in capitals
        yield from pieces
        return
    for number, piece in enumerate(pieces):
        above = number > 0 and piece.tight and capitals[number - 1]
        below = number + 1 < len(pieces) and pieces[number + 1].tight and capitals[number + 1]
        if not (capitals[number] and (above or below)):
            yield piece


def _in_capitals(text: str) -> bool:
    return text.isupper() and len(text) > 3


# -- captions


@cache
def _agencies() -> str:
    with (READING / "agencies.csv").open(encoding="utf-8", newline="") as file:
        names = sorted((row["name"] for row in csv.DictReader(file)), key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, names)) + ")"


@cache
def _agency_tail() -> re.Pattern[str]:
    """An agency's name after a dash at the end of a report."""
    return re.compile(rf"(?<=[.!?\"”’])\s*[-–—(]\s?{_agencies()}(?:/{_agencies()})*\)?\.?$")  # fmt: skip


@cache
def _credits() -> tuple[re.Pattern[str], ...]:
    """What a picture's credit looks like at the end of its caption."""
    agency = _agencies()
    return (
        re.compile(rf"\s*\[(?:(?i:file|photo|image)\b|[^\[\]]{{0,80}}(?:/|\b{agency}\b))[^\[\]]{{0,80}}\]$"),
        re.compile(rf"\s*\(+\s?(?:(?i:file|photo|image|picture|credit|courtesy)\b[^()]{{0,80}}|[^()]{{0,80}}(?:/ ?{agency}|{agency} ?/)[^()]{{0,40}}|{agency}(?: Photo)?/[^()]{{2,60}})\)$"),
        re.compile(r"(?:^|\s+)(?:Image|Photo|Photograph|Picture|Foto|Credit|Photo credit|Image credit|Photo by)s?: ?[^!?\"“]{2,120}$"),
        re.compile(r"\s*/? ?© ?[^.!?]{1,60}$"),
        re.compile(rf"(?:(?<=[.!?\"”]) |^)[A-Z][^.!?/]{{1,50}}(?:/[^.!?/]{{2,40}}){{0,3}}/ ?{agency}$"),
        re.compile(rf"(?:^|(?<=[.!?\"”]) ){agency}(?:/{agency})*$"),
        re.compile(r"\s*Source:\s?[A-Z][\w ]{2,40}$"),
    )  # fmt: skip


@cache
def _leading_credit() -> re.Pattern[str]:
    """A picture's credit before its caption, as some sites have it."""
    agency = _agencies()
    return re.compile(
        rf"(?:[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){{0,2}} ?/ ?)?{agency}(?: ?/ ?(?:{agency}|[A-Z]\w+))*(?: (?=[A-Z0-9])|$)"
    )


def _captions(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Pictures' texts as captions, without their credits and each once; other pieces as they are."""
    held: Piece | None = None
    seen: set[str] = set()
    for piece in map(_as_caption, pieces):
        if held and not _doubles(held, piece):
            yield held
        caption = piece.kind is BlockKind.CAPTION
        held = None if caption and (piece.text in seen or len(piece.text.split()) < CAPTION_WORDS) else piece
        if caption:
            seen.add(piece.text)
    if held:
        yield held


def _as_caption(piece: Piece) -> Piece:
    if len(piece.text) > LONGEST_FURNITURE:
        return piece
    caption = _without_credit(piece)
    if caption is piece:
        return piece
    again = caption.text.find(caption.text[:40], 40) if len(caption.text) > 80 else -1
    if again > 0:  # the same caption twice in one line
        caption = caption.part(0, again)
        caption = _without_credit(caption)
    return replace(caption, kind=BlockKind.CAPTION)


def _without_credit(piece: Piece) -> Piece:
    for credit in _credits():
        if found := credit.search(piece.text, max(0, len(piece.text) - TAIL)):
            return piece.part(0, found.start())
    if not _ends(piece.text) and (found := _leading_credit().match(piece.text)):
        return piece.part(found.end(), len(piece.text))
    return piece


def _doubles(above: Piece, caption: Piece) -> bool:
    """Whether the piece above says the same as the caption: the picture's text for those who do not see it."""
    if caption.kind is not BlockKind.CAPTION or _ends(above.text):
        return False
    return _likeness(above.text, caption.text) >= 0.6


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", html.unescape(text).casefold()))


def _likeness(one: str, other: str) -> float:
    """Share of the shorter text's words that the other has; 0 for texts of under three words."""
    first, second = _words(one), _words(other)
    shorter = min(len(first), len(second))
    return len(first & second) / shorter if shorter >= 3 else 0.0


# -- kinds


def _kinds(pieces: Iterable[Piece], title: str | None) -> Iterator[Piece]:
    ordered = list(pieces)
    last_sentence = max((n for n, piece in enumerate(ordered) if _ends(piece.text)), default=0)
    for number, piece in enumerate(ordered):
        if piece.kind is None:
            piece = replace(piece, kind=_kind(piece.text, number, title, followed=number < last_sentence))
        yield piece


def _kind(text: str, number: int, title: str | None, followed: bool) -> BlockKind:
    if _is_title(text, number, title, followed):
        return BlockKind.TITLE
    return BlockKind.HEADING if _is_heading(text) else BlockKind.PARAGRAPH


def _is_title(text: str, number: int, title: str | None, followed: bool) -> bool:
    """The headline repeated among the first pieces, or a first line that ends in no full stop."""
    if len(text) > TITLE_LENGTH or text.rstrip(CLOSING)[-1:] in (".", ":", ",", ";") or not followed:
        return False
    if title and number < 3 and _likeness(text, title) >= 0.8:
        return True
    return (
        number == 0 and (title is None or _likeness(text, title) >= 0.4) and not text.startswith(('"', "“"))
    )


def _is_heading(text: str) -> bool:
    if len(text.split()) > HEADING_WORDS:
        return False
    question = text.endswith("?") and not re.search(r"[.!?] |^[\"“]", text)
    return question or not _ends(text)


# -- datelines

_PLACE = r"[A-ZÀ-Þ][A-ZÀ-Þ.'’-]+(?:[ /][A-ZÀ-Þ][A-ZÀ-Þ.'’-]*){0,4}"
_WORD = r"[A-ZÀ-Þ]{2}[A-ZÀ-Þ'’-]*"
_REGION = r"(?:, [A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3})?"
_DAY = rf"(?:,? (?:{MONTH.replace('?P<month>', '?:')} \d{{1,2}}|\d{{1,2}} {MONTH.replace('?P<month>', '?:')})(?:,? \d{{4}})?)"
_AGENCY = r"(?: ?[(/\[][A-Z][^()/\[\]]{1,40}[)/\]])"
_DASH = r" ?(?:--|[-–—_])(?= |$)"
DATELINES = (
    re.compile(rf"(?P<said>{_PLACE}{_REGION}{_DAY}?){_AGENCY}(?:{_DASH}|:)? ?"),
    re.compile(rf"(?P<said>{_PLACE}{_REGION}{_DAY})(?:{_DASH}|:) ?"),
    re.compile(rf"(?P<said>(?=[^-–—]{{5}}){_WORD}(?: {_WORD}){{0,2}}{_REGION}) ?(?:--|[-–—_])(?: (?=[A-Z\"“'‘])|$)"),
    re.compile(rf"(?P<said>[A-ZÀ-Þ][\w'’-]+(?: [A-Z][\w'’-]+){{0,2}}{_REGION}{_DAY}?){_AGENCY}(?:{_DASH}|:) ?"),
)  # fmt: skip


def _dateline(piece: Piece) -> Iterator[Piece]:
    """A paragraph or heading as it is, or its dateline and the rest, the agency's name in neither."""
    readable = piece.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING)
    found = next((m for form in DATELINES if readable and (m := form.match(piece.text))), None)
    if not found:
        yield piece
        return
    yield replace(piece.part(0, found.end("said")), kind=BlockKind.DATELINE)
    rest = piece.part(found.end(), len(piece.text))
    if rest.text:
        yield rest
