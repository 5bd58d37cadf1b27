"""Stage: links ↔ SSSOM/TSV, the table in which a person reviews them (the Simple Standard for Sharing Ontological Mappings, 1.0).

The canonical form of the standard is written. Columns of the standard, and one of our own, `reviewed`: yes or no. A row is
accepted where `reviewed` says yes, where its justification is a person's (ManualMappingCuration, MappingReview), or where its
predicate has become owl:sameAs, which is never proposed; it is rejected where `reviewed` says no or the predicate_modifier Not.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from kg.errors import OutsideError, TableError
from kg.linksets.links import PREDICATES, SAME, SEMAPV, SSSOM, Link, LinkSet, line, outside_iri, share
from kg.terms import PREFIXES

COLUMNS = (
    *("subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification"),
    *("confidence", "comment", "reviewed"),
)
REQUIRED = ("subject_id", "predicate_id", "object_id", "mapping_justification")
# Prefixes that the standard knows, and that are therefore not declared.
BUILT_IN = {name: PREFIXES[name] for name in ("owl", "rdf", "rdfs", "skos", "xsd")} | {
    "semapv": SEMAPV,
    "sssom": SSSOM,
    "linkml": "https://w3id.org/linkml/",
}
USUAL = {
    "wd": PREFIXES["wd"],
    "geonames": "https://sws.geonames.org/",
    "dbpedia": "http://dbpedia.org/resource/",
}
OWN = "kg"
BY_PERSON = frozenset({"semapv:ManualMappingCuration", "semapv:MappingReview"})
YES, NO = (
    frozenset({"yes", "y", "true", "1", "x", "accepted"}),
    frozenset({"no", "n", "false", "0", "rejected"}),
)
FORMULA = ("=", "+", "-", "@")  # with these a spreadsheet begins a formula
LONGEST_FILE = 64 << 20  # bytes
PLAIN = re.compile(r"[A-Za-z][\w ./,’()–&-]*[\w./’)]|[A-Za-z][\w.-]*:[^\s#]+")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A row that has been reviewed, or has not."""

    link: Link
    accepted: bool | None  # None: nobody has decided
    place: str  # file:line


def write_sssom(linkset: LinkSet, base: str, out: TextIO) -> None:
    """Write all links of the set, for review."""
    prefixes = _prefixes([link.object for link in linkset.links] + [linkset.objects], base)
    for text in _header(linkset, base, prefixes):
        out.write(f"#{text}\n")
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(sorted(_row(link, prefixes) for link in linkset.links))


def read_sssom(path: Path) -> Iterator[Reviewed]:
    """Each row of a file, reviewed or not, in its order; also one that a spreadsheet program has saved.

    Raises:
        TableError: it is no SSSOM/TSV; the message says where and what would be right.
    """
    text = _text(path)
    lines = text.split("\n")
    header = [text for text in map(_unquoted, lines) if text.startswith("#")]
    start = next((n for n, text in enumerate(map(_unquoted, lines)) if not text.startswith("#")), len(lines))
    if len(header) > start:
        raise TableError(str(path), start + 1, "the lines that begin with # must stand together at the head")
    prefixes, source = _metadata(header)
    reader = csv.reader(io.StringIO("\n".join(lines[start:])), delimiter="\t")
    try:
        columns = [name.strip() for name in next(reader, [])]
        missing = [name for name in REQUIRED if name not in columns]
        if missing:
            raise TableError(
                str(path), start + 1, f"has no column {missing[0]}; wanted {', '.join(REQUIRED)}"
            )
        for cells in reader:
            if any(cell.strip() for cell in cells):
                row = dict(zip(columns, map(_bare, cells), strict=False))
                yield _reviewed(row, prefixes, source, path, start + reader.line_num)
    except csv.Error as error:
        raise TableError(str(path), start + reader.line_num, f"is no table: {error}") from error


# ------------------------------------------------------------------------------------------------- writing


def _prefixes(iris: Iterable[str], base: str) -> dict[str, str]:
    """Prefix → namespace for our IRIs and these, by name; unknown namespaces are numbered in their order."""
    spaces = {_space(iri) for iri in iris}
    usual = {name: space for name, space in USUAL.items() if space in spaces}
    others = sorted(spaces - {*USUAL.values(), base})
    return dict(sorted({OWN: base, **usual, **{f"ns{n}": s for n, s in enumerate(others, start=1)}}.items()))


def _space(iri: str) -> str:
    usual = next((space for space in USUAL.values() if iri.startswith(space)), None)
    return usual or iri[: max(iri.rfind(mark, 0, len(iri) - 1) for mark in "#/=") + 1]


def _curie(iri: str, prefixes: Mapping[str, str]) -> str:
    name, space = max(
        ((name, space) for name, space in prefixes.items() if iri.startswith(space)), key=lambda p: len(p[1])
    )
    return f"{name}:{iri[len(space) :]}"


def _header(linkset: LinkSet, base: str, prefixes: Mapping[str, str]) -> Iterator[str]:
    yield "curie_map:"
    for name, space in prefixes.items():
        yield f"  {name}: {_scalar(space)}"
    yield f"mapping_set_id: {_scalar(f'{base}links/{linkset.name}')}"
    yield f"mapping_set_title: {_scalar(linkset.title)}"
    yield f"license: {_scalar(linkset.licence)}"
    yield "subject_type: owl named individual"
    yield "object_type: owl named individual"
    yield f"object_source: {_scalar(_curie(linkset.objects, prefixes))}"
    yield "mapping_tool: Communiqué"
    yield f"other: {_scalar(f'source={linkset.source}')}"
    yield "extension_definitions:"
    yield "  - slot_name: reviewed"


def _scalar(text: str) -> str:
    """A YAML scalar: plain where that is safe, else in double quotes (JSON's are YAML's)."""
    return text if PLAIN.fullmatch(text) and ": " not in text else json.dumps(text, ensure_ascii=False)


def _row(link: Link, prefixes: Mapping[str, str]) -> tuple[str, ...]:
    labels = _guarded(link.subject_label), _guarded(link.object_label)
    ids = _curie(link.subject, prefixes), _curie(link.object, prefixes)
    return (
        *(ids[0], labels[0], link.predicate, ids[1], labels[1], link.justification),
        *(share(link.confidence), _guarded(link.comment), ""),
    )


def _guarded(text: str) -> str:
    """One line that no spreadsheet takes for a formula: as there, an apostrophe before it makes it text."""
    text = line(text)
    return f"'{text}" if text.startswith(FORMULA) else text


# ------------------------------------------------------------------------------------------------- reading


def _text(path: Path) -> str:
    try:
        content = path.read_bytes() if path.stat().st_size <= LONGEST_FILE else None
    except OSError as error:
        raise TableError(str(path), None, f"cannot be read: {error.strerror}") from error
    if content is None:
        raise TableError(str(path), None, f"is longer than {LONGEST_FILE >> 20} MiB")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise TableError(str(path), number, "is no UTF-8; save it as UTF-8") from error


def _unquoted(text: str) -> str:
    """A line of the header as it was before a spreadsheet saved it: tabs at its end, quotes around it."""
    text = text.rstrip("\t\r ")
    if text.startswith('"#') and text.endswith('"'):
        return text[1:-1].replace('""', '"')
    return text


def _metadata(header: Iterable[str]) -> tuple[dict[str, str], str]:
    """The prefixes and the source of a header; of YAML's forms those that the standard's canonical form has."""
    prefixes, source, inside = dict(BUILT_IN), "", ""
    for text in (text.removeprefix("#") for text in header):
        indented, (key, _, value) = text[:2].isspace(), text.strip().partition(":")
        if not indented and not text.startswith(" -"):
            inside = key
        if indented and inside == "curie_map":
            prefixes[_plain(key)] = _plain(value)
        elif key == "other":
            source = _plain(value).removeprefix("source=")
    return prefixes, source


def _plain(text: str) -> str:
    text = text.strip()
    if text.startswith('"') and text.endswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            return text.strip('"')
    return text.strip("'")


def _bare(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _reviewed(
    row: dict[str, str], prefixes: Mapping[str, str], source: str, path: Path, number: int
) -> Reviewed:
    try:
        link = Link(
            subject=_expanded(row, "subject_id", prefixes),
            predicate=_predicate(row["predicate_id"], prefixes),
            object=_expanded(row, "object_id", prefixes),
            subject_label=line(row.get("subject_label", "")),
            object_label=line(row.get("object_label", "")),
            justification=row["mapping_justification"],
            confidence=_share(row.get("confidence", "")),
            comment=line(row.get("comment", "")),
            source=line(row.get("mapping_source", "") or source),
            reviewer=line(row.get("reviewer_label", "") or row.get("reviewer_id", "")),
        )
        return Reviewed(link, _decision(row), f"{path}:{number}")
    except (KeyError, ValueError, OutsideError) as error:
        reason = f"lacks {error.args[0]}" if isinstance(error, KeyError) else str(error)
        raise TableError(str(path), number, reason) from error


def _expanded(row: Mapping[str, str], column: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, local = row[column].partition(":")
    if not colon or prefix not in prefixes:
        raise ValueError(
            f"{column} {line(row[column])!r}: its prefix is not declared in the header's curie_map"
        )
    return outside_iri(prefixes[prefix] + local)


def _predicate(curie: str, prefixes: Mapping[str, str]) -> str:
    prefix, _, local = curie.partition(":")
    iri = prefixes.get(prefix, "") + local
    name = next((name for name, term in PREDICATES.items() if term.value == iri), None)
    if name is None:
        raise ValueError(f"predicate_id {line(curie)!r} is none of {', '.join(PREDICATES)}")
    return name


def _share(text: str) -> float:
    value = float(text.replace(",", ".")) if text else 0.0
    if not 0 <= value <= 1:
        raise ValueError(f"confidence {text!r} is not between 0 and 1")
    return value


def _decision(row: Mapping[str, str]) -> bool | None:
    said = row.get("reviewed", "").casefold()
    if said and said not in YES | NO:
        raise ValueError(f"reviewed {line(said)!r} is no decision; wanted yes, no or nothing")
    if said in NO or row.get("predicate_modifier", "").casefold() == "not":
        return False
    by_person = row["mapping_justification"] in BY_PERSON or row["predicate_id"] == SAME
    return True if said in YES or by_person else None
