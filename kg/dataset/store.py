"""The dataset: opened at a folder or a server's address, asked, written an article at a time, published."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from pyoxigraph import Literal, NamedNode, Store, Triple

from kg import terms
from kg.authority import Authority
from kg.dataset.change import Change, change_article
from kg.dataset.fusing import Rules
from kg.dataset.graphs import Answer, Embedded, Graphs, Remote, patch
from kg.dataset.register import Stored
from kg.dataset.snapshots import data_folder, newest_snapshot, publish_snapshot
from kg.errors import StoreError
from kg.linksets.keep import decide, keep_reviewed
from kg.linksets.links import Link
from kg.mint import Names
from kg.model import Extraction
from kg.ontology import dataset_triples, event_classes, load_ontology, subclasses
from kg.publish import write_dump
from kg.terms import DEFAULT, Fact
from kg.validate import Verdict, check_article, verdict
from kg.write import article_facts

BASE = "http://localhost:8000/"
DEFINED_BY = terms.term("rdfs:isDefinedBy")
ONTOLOGY = NamedNode(terms.CQ.rstrip("#"))
PUBLISH_AFTER = (
    1.0  # seconds between snapshots while one article follows another; new data is served within two
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An article of the dataset."""

    iri: str
    id: str
    title: str | None
    published: date | None
    reports: int


class Dataset:
    """All graphs of one store. Use `Dataset.open`, and close it: closing publishes what has been written."""

    def __init__(self, graphs: Graphs, folder: Path | None, writable: bool, base: str = BASE) -> None:
        self.graphs, self.folder, self.writable, self.base = graphs, folder, writable, base
        self.stored = Stored(graphs)
        self.published_at = 0.0
        self.unpublished = False

    @staticmethod
    def open(place: str, writable: bool, base: str = BASE, token: str | None = None) -> "Dataset":
        """The dataset in a folder (made if it is to be written) or at a SPARQL server's address.

        Readers see the newest snapshot; they neither wait for the writer nor hold it up. `base` begins the IRIs that are
        minted, `token` opens the writing of a server that asks for one.

        Raises:
            StoreError: the folder holds no dataset or something else, another process writes it, or it is damaged.
        """
        if place.startswith(("http://", "https://")):
            dataset = Dataset(Remote(place, token), None, writable, base)
        else:
            folder = Path(place)
            store = _open_to_write(folder) if writable else _open_to_read(folder)
            dataset = Dataset(Embedded(store), folder, writable, base)
        if writable:
            dataset.bring_ontology()
        return dataset

    @cached_property
    def names(self) -> Names:
        """The authority's tables."""
        return Authority.load()

    def ingest(self, extraction: Extraction) -> bool:
        """Store what an article tells, in place of what it told before, in one transaction; gives whether anything changed.

        Raises:
            ArticleError: what was extracted is not fit to be stored; nothing is.
            StoreError: the store cannot be written.
        """
        rules = _vocabulary().rules
        check_article(extraction, rules.parents, _vocabulary().kinds)
        facts = article_facts(extraction, self.base, self.names, rules)
        return self._commit(change_article(self.stored, extraction.article.id, facts, rules))

    def delete(self, identifier: str) -> bool:
        """Take an article away with all that only it told; gives whether it was there."""
        return self._commit(change_article(self.stored, identifier, (), _vocabulary().rules))

    def review(self, accepted: Iterable[Link], rejected: Iterable[Link]) -> bool:
        """Keep what people have decided of links to outside data; gives whether anything changed. See `linksets.keep`."""
        return self._commit(decide(self.graphs, self.base, accepted, rejected))

    def query(self, text: str) -> Answer:
        """The answer to a SPARQL query.

        Raises:
            SyntaxError: it is no SPARQL; the message says where.
        """
        return self.graphs.query(text)

    def update(self, text: str) -> None:
        """Carry out a SPARQL update, all of it or nothing."""
        self._must_be_writable()
        self.graphs.update(text)
        self.stored.forget()
        self._changed()

    def articles(self) -> Iterator[Entry]:
        """All articles, by identifier."""
        named = {
            q.object.value: q.subject
            for q in self.graphs.facts(None, terms.IDENTIFIER, None, None)
            if q.subject == q.graph_name
        }
        for identifier in sorted(named):
            yield self._entry(named[identifier], identifier)

    def dump(self, out: BinaryIO, form: str, article: str | None = None) -> None:
        """See `publish.write_dump`."""
        write_dump(self.graphs, out, form, article)

    def validate(self) -> Verdict:
        """What the shapes say of the whole dataset."""
        return verdict(self.graphs.quads())

    def article_graph(self, identifier: str) -> str | None:
        """The IRI of the article with this identifier, which also names its graph."""
        found = self.graphs.facts(None, terms.IDENTIFIER, Literal(identifier), None)
        return min((q.subject.value for q in found if q.subject == q.graph_name), default=None)

    def publish(self) -> Path | None:
        """Let readers see what has been written so far; gives the snapshot, None where nothing is kept in a folder."""
        if self.folder is None or not isinstance(self.graphs, Embedded):
            return None
        self.published_at, self.unpublished = time.monotonic(), False
        return publish_snapshot(self.graphs.store, self.folder)

    def close(self) -> None:
        """Publish what is not yet, and let go of the store."""
        if self.unpublished:
            self.publish()
        self.graphs = self.stored = _CLOSED

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def _commit(self, change: Change) -> bool:
        self._must_be_writable()
        if change:
            change = keep_reviewed(self.graphs, change, self.base)
            self.graphs.update(patch(change.remove, change.insert, change.drop))
            self.stored.absorb(change.gone, change.told, change.founders, _vocabulary().rules)
            self._changed()
        return bool(change)

    def _changed(self) -> None:
        self.unpublished = True
        if time.monotonic() - self.published_at >= PUBLISH_AFTER:
            self.publish()

    def _must_be_writable(self) -> None:
        if not self.writable:
            raise StoreError("the dataset is open for reading only")

    def bring_ontology(self) -> None:
        """Bring the terms in the default graph up to those of the files; they are known by rdfs:isDefinedBy."""
        wanted = _vocabulary().terms
        subjects = [q.subject for q in self.graphs.facts(None, DEFINED_BY, ONTOLOGY, DEFAULT)]
        present = {quad for subject in subjects for quad in self.graphs.facts(subject, None, None, DEFAULT)}
        change = patch(present - wanted, wanted - present)
        if change:
            self.graphs.update(change)
        if change or (self.folder and not newest_snapshot(self.folder)):
            self.publish()

    def _entry(self, iri: NamedNode, identifier: str) -> Entry:
        about = {q.predicate: q.object.value for q in self.graphs.facts(iri, None, None, iri)}
        published = about.get(terms.PUBLISHED)
        reports = sum(1 for _ in self.graphs.facts(None, terms.TYPE, terms.REPORT, iri))
        return Entry(
            iri.value,
            identifier,
            about.get(terms.HEADLINE),
            date.fromisoformat(published) if published else None,
            reports,
        )


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """What the ontology says, as far as storing needs it."""

    terms: frozenset[Fact]  # as they stand in the default graph
    rules: Rules
    kinds: frozenset[str]  # of actors


@cache
def _vocabulary() -> _Vocabulary:
    ontology = load_ontology()
    stated = frozenset(_defined(dataset_triples(ontology)))
    return _Vocabulary(stated, Rules.load(event_classes(ontology)), subclasses(ontology, "Actor"))


class _Closed:
    """What a closed dataset asks: nothing is there any more."""

    def __getattr__(self, name: str) -> Any:
        raise StoreError("the dataset is closed")


_CLOSED: Any = _Closed()


def _defined(triples: Iterable[Triple]) -> Iterator[Fact]:
    for triple in triples:
        subject, predicate, value = triple
        yield Fact(subject, predicate, value, DEFAULT)
        yield Fact(subject, DEFINED_BY, ONTOLOGY, DEFAULT)


def _open_to_write(folder: Path) -> Store:
    data = data_folder(folder)
    try:
        if folder.is_dir() and not data.exists() and any(folder.iterdir()):
            raise StoreError(f"{folder}: holds other files and no dataset; name an empty or a new folder")
        folder.mkdir(parents=True, exist_ok=True)
        return Store(str(data))
    except OSError as error:
        if "lock" in str(error).lower():
            raise StoreError(
                f"{folder}: another process is writing this dataset; wait for it to end"
            ) from error
        raise StoreError(f"{folder}: cannot be opened for writing: {error}") from error


def _open_to_read(folder: Path) -> Store:
    snapshot = newest_snapshot(folder)
    if snapshot is None:
        raise StoreError(f"{folder}: there is no dataset yet; `kg ingest` makes one")
    try:
        return Store.read_only(str(snapshot))
    except OSError as error:
        raise StoreError(f"{folder}: its snapshot {snapshot.name} cannot be opened: {error}") from error
