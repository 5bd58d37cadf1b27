"""Stage: the dataset → a folder to be published: dumps, tables, descriptions, checksums. Whole or not at all, the same bytes again."""

import gzip
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from string import Template
from typing import BinaryIO, cast

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg import terms
from kg.authority import Authority, read_table
from kg.errors import SettingsError, StoreError
from kg.graphs import Graphs
from kg.linksets.links import PREDICATES
from kg.mint import state_iri
from kg.publish import WRITERS, write_dump
from kg.release.count import Statistics, count
from kg.release.crate import LICENCE, METADATA, crate
from kg.release.describe_dataset import describe_dataset
from kg.release.nanopublish import claims, write_nanopublications
from kg.release.tables import columns, table_rows
from kg.release.vocabulary import About, Distribution, iri, term, turtle
from kg.release.write_tables import must_have_pyarrow, write_table
from kg.terms import DEFAULT
from kg.validate import Verdict, verdict

HERE = Path(__file__).parent
CHECKSUMS = "CHECKSUMS"
README = "README.md"
DESCRIPTION = "void.ttl"
REPORT = "validation.ttl"
LEVEL = 6  # of gzip
DUMPS = {  # file → format, media type, part of the description, title
    "dataset.ttl": ("turtle", "text/turtle", "dataset", "What is held to be so, in Turtle"),
    "dataset.nt": ("ntriples", "application/n-triples", "dataset", "What is held to be so, in N-Triples"),
    "everything.trig": ("trig", "application/trig", "everything", "All graphs, in TriG"),
    "everything.nq": ("nquads", "application/n-quads", "everything", "All graphs, in N-Quads"),
    "everything.jsonld": ("jsonld", "application/ld+json", "everything", "All graphs, in JSON-LD"),
}
LINKS = {
    "links.ttl": ("turtle", "text/turtle", "Links to other data sets alone, in Turtle"),
    "links.nt": ("ntriples", "application/n-triples", "Links to other data sets alone, in N-Triples"),
}
TABLES = {
    "articles": "The articles, one a row",
    "events": "Events, one row for each time that an article tells one",
    "claims": "Claims, one row for each time that an article tells one: who says what of whom",
    "actors": "Actors, one a row",
    "agreements": "Agreements, one row for each event that is about one",
}
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".md": "text/markdown",
    ".ttl": "text/turtle",
}


@dataclass(frozen=True, slots=True)
class Options:
    """How a release is made."""

    about: About = About()
    address: str = (
        ""  # where the folder will be published, ending in a slash; empty: `release/` beneath the base
    )
    parquet: bool = False
    validated: bool = True  # whether the shapes are checked, which takes some seconds for a hundred articles


@dataclass(frozen=True, slots=True)
class Release:
    """What was written."""

    files: tuple[Distribution, ...]
    verdict: Verdict | None  # None where it was not asked for


def publish_release(graphs: Graphs, base: str, folder: Path, options: Options | None = None) -> Release:
    """Write a release of the dataset to a folder, new or empty or holding an earlier release, which is replaced.

    Raises:
        SettingsError: the folder holds other files, no article has a date and none was given, or pyarrow is missing.
        StoreError: the folder cannot be written.
    """
    options, folder = options or Options(), folder.absolute()
    _refuse_others(folder)
    if options.parquet:
        must_have_pyarrow()
    statistics = count(graphs, base)
    issued = options.about.issued or statistics.last
    if issued is None:
        raise SettingsError("no article has a date, so the release has none: give one with --date YYYY-MM-DD")
    options = replace(
        options,
        about=replace(options.about, issued=issued),
        address=options.address or f"{base}release/",
    )
    try:
        return _replaced(
            folder, lambda place: _Release(graphs, base, place, options, statistics).write(issued)
        )
    except OSError as error:
        raise StoreError(f"{folder}: the release cannot be written: {error}") from error


def linkset(graphs: Graphs, base: str) -> list[Quad]:
    """All links from things of ours to other data sets, sorted."""
    found = {
        Quad(*fact)
        for predicate in PREDICATES.values()
        for fact in graphs.facts(None, predicate, None, DEFAULT)
        if fact.subject.value.startswith(base) and not fact.object.value.startswith((base, terms.CQ))
    }
    return sorted(found, key=str)


def validation_report(verdict: Verdict, address: str) -> bytes:
    """The verdict as a SHACL validation report in Turtle."""
    report = NamedNode(f"{address}{REPORT}#report")
    facts = [
        Triple(report, terms.TYPE, term("sh:ValidationReport")),
        Triple(report, term("sh:conforms"), Literal(verdict.conforms)),
    ]
    for number, violation in enumerate(verdict.violations, start=1):
        result = NamedNode(f"{address}{REPORT}#result-{number}")
        facts += [
            Triple(report, term("sh:result"), result),
            Triple(result, terms.TYPE, term("sh:ValidationResult")),
            Triple(result, term("sh:resultSeverity"), term("sh:Violation")),
            Triple(result, term("sh:focusNode"), iri(violation.node) or Literal(violation.node)),
            Triple(result, term("sh:resultMessage"), Literal(violation.message, language="en")),
        ]
        facts += [Triple(result, term("sh:value"), Literal(violation.value))] if violation.value else []
    return turtle(facts)


class _Release:
    """A release in the making, in a folder of its own."""

    def __init__(
        self, graphs: Graphs, base: str, folder: Path, options: Options, statistics: Statistics
    ) -> None:
        self.graphs, self.base, self.folder, self.options = graphs, base, folder, options
        self.statistics = statistics
        self.files: list[Distribution] = []

    def write(self, issued: date) -> Release:
        self.dumps()
        self.tables()
        found = verdict(self.graphs.quads()) if self.options.validated else None
        if found:
            self.text(
                REPORT,
                validation_report(found, self.options.address),
                "What the SHACL shapes say of the dataset",
            )
        about = self.options.about
        described = describe_dataset(self.statistics, self.base, about, self.files)
        self.text(DESCRIPTION, turtle(described), "The dataset described in VoID and DCAT, with its numbers")
        self.text(LICENCE, self.licence().encode(), "What may be done with this release")
        self.text(README, self.readme(issued).encode(), "What is here, and what each column holds")
        (self.folder / METADATA).write_bytes(crate(self.files, about, issued))
        self.checksums()
        return Release(tuple(self.files), found)

    def dumps(self) -> None:
        """RDF in all formats, compressed; the links also plain, as they are few."""
        (self.folder / "dumps").mkdir()
        for name, (form, media_type, part, title) in DUMPS.items():
            self.packed(f"dumps/{name}.gz", lambda out, form=form: write_dump(self.graphs, out, form))  # type: ignore[misc]
            self.add(f"dumps/{name}.gz", title, media_type, part)
        links = linkset(self.graphs, self.base)
        for name, (form, media_type, title) in LINKS.items():
            with (self.folder / "dumps" / name).open("wb") as out:
                WRITERS[form](links, out)
            self.add(f"dumps/{name}", title, media_type, "links" if links else "dataset")
        chosen = claims(self.graphs)
        about = self.options.about
        self.packed(
            "dumps/nanopublications.trig.gz",
            lambda out: write_nanopublications(self.graphs, chosen, out, self.base, about),
        )
        self.add(
            "dumps/nanopublications.trig.gz",
            "Claims as nanopublications, in TriG",
            "application/trig",
            "claims",
        )

    def tables(self) -> None:
        """CSV, and Parquet where it is wanted."""
        (self.folder / "tables").mkdir()
        suffixes = (".csv", ".parquet") if self.options.parquet else (".csv",)
        for table, title in TABLES.items():
            rows = table_rows(self.graphs, table)
            number = write_table(rows, columns()[table], self.folder / "tables" / table, self.options.parquet)
            for suffix in suffixes:
                self.add(f"tables/{table}{suffix}", f"{title}: {number:,} rows", MEDIA_TYPES[suffix])

    def packed(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        """Write a file through gzip, without the name and time that gzip would add."""
        with (
            (self.folder / name).open("wb") as file,
            gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as out,
        ):
            write(cast(BinaryIO, out))

    def text(self, name: str, content: bytes, title: str) -> None:
        (self.folder / name).write_bytes(content)
        self.add(name, title, MEDIA_TYPES[Path(name).suffix])

    def add(self, name: str, title: str, media_type: str, part: str = "everything") -> None:
        """Take a written file into the list, with its size and checksum."""
        path = self.folder / name
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        self.files.append(
            Distribution(
                name, f"{self.options.address}{name}", media_type, title,
                compressed=name.endswith(".gz"), size=path.stat().st_size, sha256=sha256, part=part,
            )
        )  # fmt: skip

    def checksums(self) -> None:
        """In the form that `sha256sum -c` reads."""
        metadata = hashlib.sha256((self.folder / METADATA).read_bytes()).hexdigest()
        listed = {file.name: file.sha256 for file in self.files} | {METADATA: metadata}
        lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(listed.items()))
        (self.folder / CHECKSUMS).write_text(lines, encoding="ascii", newline="\n")

    def readme(self, issued: date) -> str:
        about, statistics = self.options.about, self.statistics
        parquet = (
            "- **Parquet** files hold the same with types: dates, numbers, lists.\n"
            if self.options.parquet
            else ""
        )
        return Template((HERE / "readme.md").read_text(encoding="utf-8")).substitute(
            title=about.title,
            description=about.description,
            issued=issued,
            articles=f"{statistics.articles:,}",
            first=statistics.first or "unknown days",
            last=statistics.last or "unknown days",
            **{f"{kind[3:].lower()}s": f"{number:,}" for kind, number in statistics.kinds.items()},
            files="\n".join(f"| `{file.name}` | {file.title}. |" for file in self.files),
            tables="\n".join(_columns(table) for table in TABLES),
            parquet=parquet,
            ontology=terms.CQ,
        )

    def licence(self) -> str:
        about = self.options.about
        chosen = f"The publisher gives the data under <{about.licence}>, as far as it is theirs to give."
        none = "The publisher has named no licence for the data."
        return Template((HERE / "licence.md").read_text(encoding="utf-8")).substitute(
            chosen=chosen if about.licence else none, sharealike=self.share_alike()
        )

    def share_alike(self) -> str:
        """The actors in this release whose row comes from a source under a share-alike licence."""
        listed = [
            f"  - <{actor}> ({table})"
            for actor, table in sorted(_share_alike(self.base).items())
            if any(self.graphs.quads(NamedNode(actor), terms.TYPE, None, DEFAULT))
        ]
        if not listed:
            return ""
        head = "- **Share-alike**: names and identifiers of these come from sources under CC BY-SA 4.0 (bodies) or ODbL 1.0 (places):"
        return "\n".join([head, *listed, ""])


def _share_alike(base: str) -> dict[str, str]:
    """IRI of an actor → the sort of table that it comes from."""
    authority, found = Authority.load(), dict[str, str]()
    for sort in ("bodies", "places"):
        for _, row in read_table(authority.folder / f"{sort}.share-alike.csv"):
            found[state_iri(authority.entry(row["id"]), base)] = sort
    return found


def _columns(table: str) -> str:
    lines = [f"| `{column.name}` | {column.description} |" for column in columns()[table]]
    return "\n".join([f"### `tables/{table}`", "", "| column | what it holds |", "|---|---|", *lines, ""])


def _replaced(folder: Path, write: Callable[[Path], Release]) -> Release:
    """Let a new folder be written beside, and put it in the place of the old one when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        (beside / "new").mkdir()  # not `beside` itself, which only its owner may read
        release = write(beside / "new")
        if folder.exists():
            os.rename(folder, beside / "old")
        os.rename(beside / "new", folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return release


def _refuse_others(folder: Path) -> None:
    """See that nothing is lost when the folder is replaced."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise SettingsError(f"{folder}: is no folder; name a new or an empty one")
    present = {path.relative_to(folder).as_posix() for path in _files(folder)} if folder.is_dir() else set()
    if present - _listed(folder):
        raise SettingsError(
            f"{folder}: holds {min(present - _listed(folder))}, which is of no earlier release; name a new or an empty folder"
        )


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path


def _listed(folder: Path) -> set[str]:
    """What an earlier release in the folder says that it holds."""
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return set()
    return {CHECKSUMS, *(line.partition("  ")[2] for line in lines)}
