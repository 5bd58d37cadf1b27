"""Stage: an IRI → what the dataset says of it, in the graphs in which it says so, as much as one page may hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pyoxigraph import DefaultGraph, NamedNode

from kg import terms
from kg.terms import DEFAULT, Fact, Node
from server.linked.ask import Row, disguised, reference, references, rows

PAGE = 100  # things that point to the one described
MOST = 20_000  # statements of one piece of a description
MOST_REPORTS = 300  # tellings of the events of one page
TOLD = terms.CQ + "told"  # what one article says of a node; it stands in the article's own description
_ROLES = (*terms.ROLE.values(), terms.PARTY, terms.OF_STATE)
_OF_THINGS = (terms.LABEL, terms.TYPE, terms.EARLIEST, terms.LATEST)
_OF_ARTICLES = (terms.HEADLINE, terms.PUBLISHED, terms.PUBLISHER, terms.TYPE)


@dataclass(frozen=True, slots=True)
class Description:
    """What one document says of a thing."""

    iri: str
    base: str
    facts: tuple[Fact, ...]  # each once, in a fixed order
    page: int  # from 1
    more: bool  # whether there is another page
    cut: bool  # whether a piece had more statements than a description may hold


def is_article(iri: str, base: str) -> bool:
    """Whether the IRI names an article, and with it the graph of what the article says."""
    return iri.startswith(f"{base}article/") and "#" not in iri


def is_quoted(fact: Fact, base: str) -> bool:
    """Whether a statement is only said, planned or denied: it stands in the graph of a claim or scenario.

    Whatever is neither the default graph nor known to be an article's or a linkset's counts as quoted.
    """
    graph = fact.graph_name
    if isinstance(graph, DefaultGraph):
        return False
    name = graph.value
    return not (is_article(name, base) or name.startswith(f"{base}links/"))


def is_known(iri: str, base: str) -> bool:
    """Whether the dataset says anything of or with this IRI."""
    node = reference(iri)
    return bool(
        rows(
            f"SELECT ?p {{ {{ {node} ?p ?o }} UNION {{ ?s ?p {node} }} UNION {{ GRAPH ?g {{ {node} ?p ?o }} {_ours(base)} }} "
            f"UNION {{ GRAPH ?g {{ ?s ?p {node} }} {_ours(base)} }} UNION {{ GRAPH {node} {{ ?s ?p ?o }} }} }} LIMIT 1"
        )
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a description, and whether there is more than it may hold."""

    facts: frozenset[Fact] = frozenset()
    cut: bool = False

    def __or__(self, other: "_Piece") -> "_Piece":
        return _Piece(self.facts | other.facts, self.cut or other.cut)


def gather(iri: str, base: str, page: int) -> Description | None:
    """A thing's description; None where the dataset has nothing of it, or no such page.

    Raises:
        Refusal: the query processes cannot answer just now.
    """
    if is_article(iri, base) or iri.startswith(f"{base}links/"):
        return _gather_graph(iri, base) if page == 1 else None
    contents, (all_pointing, cut) = _graph(iri), _pointing(iri, base)
    own = _own(iri, base) | contents
    pointing = all_pointing[(page - 1) * PAGE : page * PAGE]
    if not pointing and page > 1:
        return None
    if not own.facts and not pointing:
        told = _told_with(iri, base)
        return _described(iri, base, told, page, False) if told.facts else None
    events = {iri, *pointing, *(fact.subject.value for fact in contents.facts)}
    whole = own | _statements(pointing, base) | _reports(events, base) | _Piece(cut=cut)
    return _described(iri, base, whole, page, len(all_pointing) > page * PAGE)


def _gather_graph(iri: str, base: str) -> Description | None:
    """An article or a set of links: its whole graph, and of an article what it tells as all graphs have it."""
    whole = _graph(iri) | _own(iri, base)
    told = [fact.object.value for fact in whole.facts if fact.predicate == terms.REPORTS]
    return _described(iri, base, whole | _statements(told, base), 1, False) if whole.facts else None


def _described(iri: str, base: str, piece: _Piece, page: int, more: bool) -> Description:
    piece = piece | _names(piece.facts, base)
    return Description(iri, base, tuple(sorted(piece.facts, key=str)), page, more, piece.cut)


def _own(iri: str, base: str) -> _Piece:
    """What is said of the thing itself, by the default graph and by others."""
    node, given = reference(iri), {"s": NamedNode(iri)}
    held = _piece(f"SELECT ?p ?o {{ {node} ?p ?o }}", given=given)
    said = f"SELECT ?g ?p ?o {{ GRAPH ?g {{ {node} ?p ?o }} {_ours(base)} }}"
    return held | _piece(said, MOST // 10, given)


def _pointing(iri: str, base: str) -> tuple[list[str], bool]:
    """The subjects that speak of the thing, and whether there are more than are looked at.

    What articles tell of it is left out: their reports come with the events.
    """
    node = reference(iri)
    quoted = " UNION ".join(f"{{ ?s {role} {node} }}" for role in _ROLES)
    return _sorted_subjects(
        f"{{ ?s ?p {node} FILTER(?p != {terms.COMPARED_AS}) }} UNION {{ GRAPH ?g {{ {quoted} }} {_ours(base)} }}"
    )


def _sorted_subjects(pattern: str) -> tuple[list[str], bool]:
    """Each ?s of a pattern once. Sorted here: the engine takes a hundred times as long for it."""
    found = rows(f"SELECT DISTINCT ?s {{ {pattern} }} LIMIT {MOST + 1}")
    return sorted(row["s"].value for row in found[:MOST]), len(found) > MOST


def _graph(iri: str) -> _Piece:
    """The contents of the graph that the thing names."""
    return _piece(f"SELECT ?s ?p ?o {{ GRAPH {reference(iri)} {{ ?s ?p ?o }} }}", given={"g": NamedNode(iri)})


def _statements(subjects: Iterable[str], base: str) -> _Piece:
    """What the default graph, claims and scenarios say of these."""
    if not (values := references(subjects)):
        return _Piece()
    return _piece(
        f"SELECT ?g ?s ?p ?o {{ VALUES ?s {{ {values} }} {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} {_ours(base)} }} "
        f'FILTER(!STRSTARTS(STR(?p), "{TOLD}")) }}'
    )


def _reports(events: Iterable[str], base: str) -> _Piece:
    """How articles tell these events: how surely, on whose word, in which passage."""
    values = references(events)
    found, _ = _sorted_subjects(
        f"VALUES ?e {{ {values} }} GRAPH ?g {{ ?s {terms.REPORTS} ?e }} {_ours(base)}"
    )
    reports = _in_articles(found[:MOST_REPORTS], base)
    passages = (fact.object.value for fact in reports.facts if fact.predicate == terms.IN_PASSAGE)
    return reports | _in_articles(passages, base) | _Piece(cut=len(found) > MOST_REPORTS)


def _in_articles(subjects: Iterable[str], base: str) -> _Piece:
    """What articles say of their reports and passages."""
    if not (values := references(subjects)):
        return _Piece()
    return _piece(
        f"SELECT ?g ?s ?p ?o {{ VALUES ?s {{ {values} }} GRAPH ?g {{ ?s ?p ?o }} {_ours(base)} "
        f'FILTER((!STRSTARTS(STR(?p), "{TOLD}") || ?p = {terms.TOLD_IN}) && ?p != {terms.FUSION_KEY}) }}'
    )


def _told_with(iri: str, base: str) -> _Piece:
    """What articles tell with the IRI, where nothing else is said of it."""
    query = f"SELECT ?g ?s ?p {{ GRAPH ?g {{ ?s ?p {reference(iri)} }} {_ours(base)} }}"
    return _piece(query, PAGE, {"o": NamedNode(iri)})


def _names(facts: Iterable[Fact], base: str) -> _Piece:
    """What the things are called and are that a description speaks of, and when the articles appeared."""
    nodes = {node.value for fact in facts for node in fact if isinstance(node, NamedNode)}
    ours = {node for node in nodes if node.startswith(base) and "#" not in node}
    articles = {node for node in ours if is_article(node, base)}
    return _chosen(ours - articles, "?s ?p ?o", _OF_THINGS) | _chosen(
        articles, "GRAPH ?s { ?s ?p ?o } BIND(?s AS ?g)", _OF_ARTICLES
    )


def _chosen(subjects: Iterable[str], pattern: str, predicates: Iterable[NamedNode]) -> _Piece:
    """Those statements of a pattern about these subjects that have one of these predicates."""
    if not (values := references(subjects)):
        return _Piece()
    wanted = ", ".join(map(str, predicates))
    return _piece(f"SELECT * {{ VALUES ?s {{ {values} }} {pattern} FILTER(?p IN ({wanted})) }}")


def _piece(query: str, most: int = MOST, given: Mapping[str, Node] = MappingProxyType({})) -> _Piece:
    """The statements that a query gives, with what it leaves out given here."""
    found = rows(f"{query} LIMIT {most + 1}")
    return _Piece(frozenset(_fact({**row, **given}) for row in found[:most]), len(found) > most)


def _ours(base: str) -> str:
    """Only graphs of the project: what users keep beside may say anything."""
    own = disguised(base)
    return f'FILTER(STRSTARTS(STR(?g), "{own}") && !STRSTARTS(STR(?g), "{own}data/"))'


def _fact(row: Row) -> Fact:
    subject, predicate, graph = row["s"], row["p"], row.get("g", DEFAULT)
    assert isinstance(subject, NamedNode)
    assert isinstance(predicate, NamedNode)
    return Fact(subject, predicate, row["o"], graph if isinstance(graph, NamedNode) else DEFAULT)
