"""What `kg link` does: a table, a reconciliation service or a SPARQL endpoint → a set of proposed links; reviewed ones → the dataset."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kg.authority import Authority
from kg.dataset.store import Dataset
from kg.linksets.ask import ask_of_actors, read_query
from kg.linksets.compare import Proposal, compare
from kg.linksets.confidence import weights
from kg.linksets.fetch import check_address
from kg.linksets.happened import happened
from kg.linksets.keep import contradiction, stands
from kg.linksets.links import Link, LinkSet
from kg.linksets.mapping import Mapping
from kg.linksets.match import match
from kg.linksets.reconcile import open_service, reconcile
from kg.linksets.sssom import Reviewed
from kg.linksets.table import read_table
from kg.linksets.unlinked import Unlinked, unlinked

FREE = "https://creativecommons.org/publicdomain/zero/1.0/"  # that two things are the same is a fact
GAP = ("actor", "name", "kind", "state")


@dataclass(frozen=True, slots=True)
class Proposed:
    """What came of asking."""

    linkset: LinkSet
    asked: int  # rows of the table, or actors that were asked for
    refused: tuple[str, ...]  # rows that could not be used, each with its reason


@dataclass(frozen=True, slots=True)
class Review:
    """What came of a reviewed file."""

    accepted: tuple[Link, ...]
    rejected: tuple[Link, ...]
    undecided: int
    refused: tuple[str, ...]  # each with its place and reason


def from_table(dataset: Dataset, path: Path, mapping: Mapping) -> Proposed:
    """Our events and the rows of an outside table.

    Raises:
        TableError: the table cannot be read.
    """
    authority = Authority.load()
    table = read_table(path, mapping, authority)
    classes = {name for names in mapping.classes.values() for name in names}
    events = happened(dataset.graphs, classes, authority, dataset.base)
    links = match(events, table.rows, authority, weights(), path.name)
    linkset = LinkSet(mapping.name, mapping.title, mapping.page, path.name, FREE, links)
    return Proposed(linkset, len(table.rows), table.refused)


def from_service(dataset: Dataset, address: str) -> Proposed:
    """Our unlinked actors and what a reconciliation service proposes for them.

    Raises:
        OutsideError: the service fails.
    """
    check_address(address)
    actors = unlinked(dataset.graphs)
    service = open_service(address)
    return _proposed(service.name, address, len(actors), reconcile(service, actors))


def from_endpoint(dataset: Dataset, address: str, query: Path) -> Proposed:
    """Our unlinked actors and what a query to a SPARQL endpoint proposes for them.

    Raises:
        OutsideError: the endpoint fails.
        TableError: the query has no gap for our actors.
    """
    check_address(address)
    text = read_query(query, GAP)
    actors = unlinked(dataset.graphs)
    return _proposed(f"{query.stem} at {address}", address, len(actors), ask_of_actors(address, text, actors))


def judge(dataset: Dataset, rows: Iterable[Reviewed]) -> Review:
    """What of a reviewed file can be kept: links of things that the dataset holds, and no two identities of one."""
    accepted, rejected, refused, undecided = list[Link](), list[Link](), list[str](), 0
    for row in rows:
        if row.accepted is None:
            undecided += 1
        elif not row.accepted:
            rejected.append(row.link)
        elif fault := _fault(dataset, row.link, accepted):
            refused.append(f"{row.place}: {fault}")
        else:
            accepted.append(row.link)
    return Review(tuple(accepted), tuple(rejected), undecided, tuple(refused))


def _proposed(
    title: str, address: str, asked: int, answers: Iterator[tuple[Unlinked, Sequence[Proposal]]]
) -> Proposed:
    worth = weights()
    links = [link for actor, proposals in answers for link in compare(actor, proposals, worth, address)]
    name = re.sub(r"[^a-z0-9]+", "-", (urlsplit(address).hostname or "").lower()).strip("-")
    return Proposed(LinkSet(name, title, address, address, FREE, tuple(sorted(links))), asked, ())


def _fault(dataset: Dataset, link: Link, beside: Sequence[Link]) -> str | None:
    if not stands(dataset.graphs, link.subject):
        return f"{link.subject} is not in the dataset"
    if link.object.startswith(dataset.base):
        return f"{link.object} is in the dataset itself; a link leads out of it"
    other = contradiction(dataset.graphs, dataset.base, link, beside)
    return f"{link.subject} is {other} already, and cannot be {link.object} too" if other else None
