"""Where the quads are: an Oxigraph database on disk, or a SPARQL 1.1 server. Both answer the same few questions."""

import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from typing import Protocol

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    parse,
    parse_query_results,
)

from kg.errors import StoreError
from kg.terms import DEFAULT, Fact

Node = NamedNode | BlankNode | Literal | Triple
Graph = NamedNode | BlankNode | DefaultGraph
Answer = QuerySolutions | QueryBoolean | QueryTriples
TIMEOUT = 300  # seconds that a SPARQL server may take for one request


class Graphs(Protocol):
    """A dataset of quads."""

    def quads(
        self,
        subject: Node | None = None,
        predicate: NamedNode | None = None,
        value: Node | None = None,
        graph: Graph | None = None,
    ) -> Iterator[Quad]:
        """All quads of this pattern; None stands for anything, the default graph included."""

    def facts(
        self,
        subject: Node | None = None,
        predicate: NamedNode | None = None,
        value: Node | None = None,
        graph: Graph | None = None,
    ) -> Iterator[Fact]:
        """The same, where only the project's own statements can match."""

    def names(self) -> Iterator[NamedNode | BlankNode]:
        """The names of the named graphs, in no particular order."""

    def query(self, text: str) -> Answer:
        """The answer to a SPARQL query.

        Raises:
            SyntaxError: it is no SPARQL.
        """

    def update(self, text: str) -> None:
        """Carry out a SPARQL update, all of it or nothing.

        Raises:
            SyntaxError: it is no SPARQL.
        """


class Embedded:
    """An Oxigraph database in this process."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def quads(
        self,
        subject: Node | None = None,
        predicate: NamedNode | None = None,
        value: Node | None = None,
        graph: Graph | None = None,
    ) -> Iterator[Quad]:
        """See `Graphs`."""
        return self.store.quads_for_pattern(subject, predicate, value, graph)  # type: ignore[arg-type]

    def facts(
        self,
        subject: Node | None = None,
        predicate: NamedNode | None = None,
        value: Node | None = None,
        graph: Graph | None = None,
    ) -> Iterator[Fact]:
        """See `Graphs`."""
        return (Fact(*quad) for quad in self.quads(subject, predicate, value, graph))

    def names(self) -> Iterator[NamedNode | BlankNode]:
        """See `Graphs`."""
        return self.store.named_graphs()

    def query(self, text: str) -> Answer:
        """See `Graphs`."""
        return self.store.query(text)

    def update(self, text: str) -> None:
        """See `Graphs`."""
        try:
            self.store.update(text)
        except OSError as error:
            raise StoreError(f"the database cannot be written: {error}") from error


class Remote:
    """A SPARQL 1.1 server.

    Given the address of its queries (`…/sparql` or `…/query`), updates go to `…/update` beside it; given the address above
    these, as of Oxigraph's own server or of a data set of Fuseki, queries go to `…/query`. Only one writer at a time.
    """

    def __init__(self, address: str, token: str | None = None) -> None:
        above, _, last = address.rstrip("/").rpartition("/")
        names_queries = last in ("sparql", "query")
        self.address = above if names_queries else address.rstrip("/")
        self.paths = {"query": last if names_queries else "query", "update": "update"}
        self.authorization = {"Authorization": f"Bearer {token}"} if token else {}

    def quads(
        self,
        subject: Node | None = None,
        predicate: NamedNode | None = None,
        value: Node | None = None,
        graph: Graph | None = None,
    ) -> Iterator[Quad]:
        """See `Graphs`; without a graph the default graph and the named ones are asked, each on its own."""
        triple = f"{subject or '?s'} {predicate or '?p'} {value or '?o'}"
        where: dict[object, str] = {
            None: f"{{ {triple} }} UNION {{ GRAPH ?g {{ {triple} }} }}",
            DefaultGraph(): triple,
        }
        answer = rows(self.query(f"SELECT * WHERE {{ {where.get(graph, f'GRAPH {graph} {{ {triple} }}')} }}"))
        names = {variable.value for variable in answer.variables}
        for row in answer:
            found = {name: row[name] for name in names}
            yield Quad(
                found.get("s") or subject,  # type: ignore[arg-type]
                found.get("p") or predicate,  # type: ignore[arg-type]
                found.get("o") or value,  # type: ignore[arg-type]
                found.get("g") or graph or DefaultGraph(),
            )

    def facts(
        self,
        subject: Node | None = None,
        predicate: NamedNode | None = None,
        value: Node | None = None,
        graph: Graph | None = None,
    ) -> Iterator[Fact]:
        """See `Graphs`."""
        return (Fact(*quad) for quad in self.quads(subject, predicate, value, graph))

    def names(self) -> Iterator[NamedNode | BlankNode]:
        """See `Graphs`."""
        answer = rows(self.query("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"))
        yield from (row["g"] for row in answer)

    def query(self, text: str) -> Answer:
        """See `Graphs`."""
        accept = "application/sparql-results+json, application/n-triples;q=0.9"
        body, kind = self._post("query", text, accept)
        if kind.startswith("application/n-triples"):
            return parse(body, format=RdfFormat.N_TRIPLES)  # type: ignore[return-value]
        return parse_query_results(body, format=QueryResultsFormat.JSON)

    def update(self, text: str) -> None:
        """See `Graphs`."""
        self._post("update", text, "*/*")

    def _post(self, what: str, text: str, accept: str) -> tuple[bytes, str]:
        address = f"{self.address}/{self.paths[what]}"
        headers = {
            "Content-Type": f"application/sparql-{what}; charset=utf-8",
            "Accept": accept,
        } | self.authorization
        request = urllib.request.Request(address, text.encode(), headers)  # noqa: S310  `Dataset.open` checks
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                return answer.read(), answer.headers.get_content_type()
        except urllib.error.HTTPError as error:
            reason = error.read(2000).decode(errors="replace").strip()
            raise StoreError(f"{address} answers {error.code}: {reason or error.reason}") from error
        except (urllib.error.URLError, OSError) as error:
            raise StoreError(f"{address} cannot be reached: {error}") from error


def rows(answer: Answer) -> QuerySolutions:
    """The answer to a SELECT.

    Raises:
        TypeError: the query was no SELECT.
    """
    if not isinstance(answer, QuerySolutions):
        raise TypeError(f"{type(answer).__name__} is no answer to a SELECT")
    return answer


def patch(remove: Iterable[Fact], insert: Iterable[Fact], drop: Iterable[NamedNode] = ()) -> str:
    """One SPARQL update that takes quads away, drops whole graphs and adds quads; empty where there is nothing to do."""
    dropped = set(drop)
    parts = [f"DROP SILENT GRAPH {graph}" for graph in sorted(dropped, key=str)]
    for verb, facts in (("DELETE", (f for f in remove if f.graph_name not in dropped)), ("INSERT", insert)):
        lines = [_line(fact) for fact in sorted(facts, key=str)]
        parts += [f"{verb} DATA {{\n{''.join(lines)}}}"] if lines else []
    return " ;\n".join(parts)


def _line(fact: Fact) -> str:
    triple = f"{fact.subject} {fact.predicate} {fact.object}"
    return f"{triple} .\n" if fact.graph_name == DEFAULT else f"GRAPH {fact.graph_name} {{ {triple} }}\n"
