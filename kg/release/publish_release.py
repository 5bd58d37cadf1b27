"""Stage: the dataset → a folder to be published: dumps, tables, descriptions, checksums. Whole or not at all, the same bytes again."""

import gzip
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

from kg.dataset.graphs import Graphs
from kg.errors import SettingsError, StoreError
from kg.publish import WRITERS, write_dump
from kg.release.about import About
from kg.release.count import Statistics, count
from kg.release.crate import LICENCE, METADATA, crate
from kg.release.describe_dataset import describe_dataset
from kg.release.folder import checksum, refuse_others, replace_folder, write_checksums
from kg.release.linkset import linkset
from kg.release.nanopublish import claims, write_nanopublications
from kg.release.prose import licence, readme
from kg.release.tables import columns, table_rows
from kg.release.told import articles_of
from kg.release.validation import validation_report
from kg.release.vocabulary import Distribution, iri, turtle
from kg.release.write_tables import must_have_pyarrow, write_table
from kg.validate import Verdict, verdict

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
NANOPUBLICATIONS = "dumps/nanopublications.trig.gz"
TABLES = {
    "articles": "The articles, one a row",
    "events": "Events, one row for each time that an article tells one",
    "claims": "Claims, one row for each time that an article tells one: who says what of whom",
    "actors": "Actors, one a row",
    "agreements": "Agreements, one row for each event that is about one",
}
FOLDERS = {
    "dumps": "All statements as RDF",
    "tables": "Events, claims, actors, agreements and articles as tables",
    "articles": "For each article what it tells, in TriG",
}
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".md": "text/markdown",
    ".ttl": "text/turtle",
}
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")  # what a file can be called anywhere


@dataclass(frozen=True, slots=True)
class Options:
    """How a release is made."""

    about: About = field(default_factory=About)
    address: str = ""  # where the folder will be published; empty: `release/` beneath the base
    parquet: bool = False
    articles: bool = True  # whether each article gets a dump of its own
    validated: bool = True  # whether the shapes are checked: in memory, some seconds for a hundred articles


@dataclass(frozen=True, slots=True)
class Release:
    """What was written."""

    files: tuple[Distribution, ...]  # but for the articles' dumps and what lists the files
    issued: date
    verdict: Verdict | None  # None where it was not asked for


def publish_release(graphs: Graphs, base: str, folder: Path, options: Options | None = None) -> Release:
    """Write a release of the dataset to a folder, new or empty or holding an earlier release, which is replaced.

    Raises:
        SettingsError: the folder holds other files, no article has a date and none was given, or pyarrow is missing.
        StoreError: the folder cannot be written.
    """
    options, folder = options or Options(), folder.absolute()
    refuse_others(folder)
    if options.parquet:
        must_have_pyarrow()
    statistics = count(graphs, base)
    issued = options.about.issued or statistics.last
    if issued is None:
        raise SettingsError("no article has a date, so the release has none: give one with --date YYYY-MM-DD")
    address = (options.address or f"{base}release").rstrip("/") + "/"
    if iri(address) is None:
        raise SettingsError(
            f"{options.address!r} is no address; wanted such as https://example.org/releases/1/"
        )
    dated = replace(options, about=options.about.but(issued=issued), address=address)
    try:
        return replace_folder(
            folder, lambda place: _Making(graphs, base, place, dated, statistics).release(issued)
        )
    except OSError as error:
        raise StoreError(f"{folder}: the release cannot be written: {error}") from error


class _Making:
    """A release in the making, in a folder of its own."""

    def __init__(
        self, graphs: Graphs, base: str, folder: Path, options: Options, statistics: Statistics
    ) -> None:
        self.graphs, self.base, self.folder, self.options = graphs, base, folder, options
        self.statistics, self.about = statistics, options.about
        self.files: list[Distribution] = []
        self.folders = {
            name: title for name, title in FOLDERS.items() if name != "articles" or options.articles
        }

    def release(self, issued: date) -> Release:
        for name in self.folders:
            (self.folder / name).mkdir()
        self.dumps()
        self.links()
        self.nanopublications()
        self.tables()
        if self.options.articles:
            self.articles()
        found = self.validation() if self.options.validated else None
        described = describe_dataset(self.statistics, self.base, self.about, self.files)
        self.page(DESCRIPTION, turtle(described), "The dataset described in VoID and DCAT, with its numbers")
        self.page(LICENCE, licence(self.graphs, self.base, self.about), "What may be done with this release")
        self.page(
            README,
            readme(self.statistics, self.files, self.folders, self.about, issued),
            "What is here, and what each column holds",
        )
        listed = crate(self.files, self.folders, self.about, issued, self.base)
        (self.folder / METADATA).write_bytes(listed)
        write_checksums(self.folder)
        return Release(tuple(self.files), issued, found)

    def dumps(self) -> None:
        """All in each format, compressed."""
        for name, (form, media_type, part, title) in DUMPS.items():
            self.packed(f"dumps/{name}.gz", lambda out, form=form: write_dump(self.graphs, out, form))  # type: ignore[misc]
            self.add(f"dumps/{name}.gz", title, media_type, part)

    def links(self) -> None:
        """The links alone, plain, as they are few."""
        found = linkset(self.graphs, self.base)
        for name, (form, media_type, title) in LINKS.items():
            with (self.folder / "dumps" / name).open("wb") as out:
                WRITERS[form](found, out)
            self.add(f"dumps/{name}", title, media_type, "links" if found else "dataset")

    def nanopublications(self) -> None:
        """The claims, each as one."""
        chosen = claims(self.graphs)
        self.packed(
            NANOPUBLICATIONS,
            lambda out: write_nanopublications(self.graphs, chosen, out, self.base, self.about),
        )
        self.add(NANOPUBLICATIONS, "Claims as nanopublications, in TriG", "application/trig", "claims")

    def tables(self) -> None:
        """CSV, and Parquet where it is wanted."""
        suffixes = (".csv", ".parquet") if self.options.parquet else (".csv",)
        for table, title in TABLES.items():
            rows = table_rows(self.graphs, table)
            number = write_table(rows, columns()[table], self.folder / "tables" / table, self.options.parquet)
            for suffix in suffixes:
                self.add(
                    f"tables/{table}{suffix}", f"{title}: {number:,} rows", MEDIA_TYPES[suffix], "everything"
                )

    def articles(self) -> None:
        """What each article tells; too many to be described one by one."""
        for identifier, article in articles_of(self.graphs):
            with (self.folder / "articles" / f"{self.file_name(article.value)}.trig").open("wb") as out:
                write_dump(self.graphs, out, "trig", identifier)

    def file_name(self, article: str) -> str:
        """The last part of the article's IRI if the project minted it; a user's own article goes by a hash."""
        name = article.removeprefix(f"{self.base}article/")
        return name if PLAIN_NAME.fullmatch(name) else hashlib.sha256(article.encode()).hexdigest()[:32]

    def validation(self) -> Verdict:
        """What the shapes say."""
        found = verdict(self.graphs.quads())
        report = validation_report(found, self.options.address + REPORT)
        self.page(REPORT, report, "What the SHACL shapes say of the dataset")
        return found

    def packed(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        """Write a file through gzip, without the name and time that gzip would add."""
        with (
            (self.folder / name).open("wb") as file,
            gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as out,
        ):
            write(cast(BinaryIO, out))

    def page(self, name: str, content: bytes, title: str) -> None:
        (self.folder / name).write_bytes(content)
        self.add(name, title, MEDIA_TYPES[Path(name).suffix])

    def add(self, name: str, title: str, media_type: str, part: str = "") -> None:
        """Take a written file into the list, with its size and checksum."""
        path = self.folder / name
        self.files.append(
            Distribution(
                name, f"{self.options.address}{name}", media_type, title,
                compressed=name.endswith(".gz"), size=path.stat().st_size, sha256=checksum(path), part=part,
            )
        )  # fmt: skip
