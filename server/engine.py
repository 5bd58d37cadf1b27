"""Inside a query process: one order is answered on a read-only store, its rows written out as they come."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import BinaryIO, NamedTuple, Protocol, cast

import pyoxigraph as ox

from kg.dataset.graphs import Embedded
from kg.publish import write_dump
from server.errors import Refusal
from server.explain import explain
from server.guard import Reading, examine, without_clauses
from server.negotiate import RESULTS, TRIPLES, Format
from server.settings import Limits
from server.tokens import PREFIXES, tokenize

FIRST_BYTES = 16384  # an answer up to this size goes out whole, with Content-Length
_PART_BYTES = 65536  # of a longer one, all but the first piece have about this size
ROW_FORMATS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPHS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
}
_AS_DUMPED = {
    "ttl": "turtle",
    "nt": "ntriples",
    "trig": "trig",
    "nq": "nquads",
    "jsonld": "jsonld",
}  # for `kg dump`
FORMATS = {item.name: item for item in RESULTS + TRIPLES}
NEEDS_NETWORK = 599  # a status no client sees: a process without a network hands the order back
_EMPTY = ox.Store()


class Order(NamedTuple):
    """What a query process is asked for: a query, or the dump of a graph or of everything."""

    kind: str  # query | dump
    text: str = ""
    results: str = ""  # short name of the format for rows, empty where the client takes none
    triples: str = ""
    default_graphs: tuple[str, ...] | None = None  # the protocol's dataset; it overrides FROM
    named_graphs: tuple[str, ...] | None = None
    graph: str | None = None  # for a dump: "" is the default graph, None everything
    base: str = ""
    gzip: bool = False
    rows: int = 0  # the cap on rows; 0 for none


class Outlet(Protocol):
    """Where an answer goes: to the front process."""

    def whole(self, header: dict[str, object], body: bytes) -> None:
        """The answer is complete."""

    def begin(self, header: dict[str, object]) -> None:
        """The answer is longer than one piece; parts follow."""

    def part(self, body: bytes) -> None:
        """The next bytes."""

    def end(self) -> None:
        """That was all."""


@dataclass(slots=True)
class Writer:
    """A file for the serializer: keeps the first bytes together, then passes on what comes, gzipped if asked."""

    outlet: Outlet
    header: dict[str, object]
    gzip: bool = False
    begun: bool = False
    _pieces: list[bytes] = field(default_factory=list)
    _size: int = 0
    _squeeze: "zlib._Compress | None" = None

    def write(self, piece: bytes) -> int:
        """Called by the engine with some 8 KB at a time."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > (_PART_BYTES if self.begun else FIRST_BYTES):
            self._pass_on()
        return len(piece)

    def flush(self) -> None:
        """The engine calls it; what is held back stays until there is enough or the answer is complete."""

    def _pass_on(self) -> None:
        body = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        if not self.begun:
            self.begun = True
            if self.gzip:
                self._squeeze = zlib.compressobj(1, wbits=31)
                self.header["gzip"] = True
            self.outlet.begin(self.header)
        if self._squeeze is not None:
            body = self._squeeze.compress(body)
        if body:
            self.outlet.part(body)

    def close(self) -> None:
        """The answer is complete."""
        if self.begun:
            self._pass_on()
            if self._squeeze is not None:
                self.outlet.part(self._squeeze.flush())
            self.outlet.end()
            return
        body = b"".join(self._pieces)
        if self.gzip and len(body) > 1000:
            squeeze = zlib.compressobj(1, wbits=31)
            body = squeeze.compress(body) + squeeze.flush()
            self.header["gzip"] = True
        self.outlet.whole(self.header, body)


def answer(store: ox.Store, order: Order, limits: Limits, outlet: Outlet, networked: bool = False) -> None:
    """Answer one order.

    Raises:
        Refusal: the query is wrong, not allowed, or has no form that the client takes.
    """
    try:
        if order.kind == "dump":
            _dump(store, order, outlet)
        else:
            _query(store, order, limits, outlet, networked)
    except SyntaxError as error:
        raise explain(order.text, str(error.msg or error), "query") from None
    except MemoryError:
        raise Refusal(
            503, "the query needs more memory than one query may take", "Ask for less at a time."
        ) from None
    except (ValueError, OSError, RuntimeError) as error:
        raise Refusal(400, f"the query cannot be answered: {error}") from None


def _query(store: ox.Store, order: Order, limits: Limits, outlet: Outlet, networked: bool) -> None:
    reading = examine(order.text, limits, closely=bool(order.rows))
    if reading.remote and not networked:
        raise Refusal(NEEDS_NETWORK, "the query asks an allowed SERVICE")
    source = _with_dataset(store, reading, order)
    if reading.star:
        source = replace(source, text=_in_query_order(source.text, reading, order))
    if order.rows:
        _capped(source, reading, order, outlet)
    else:
        _write(source.ask(), order, outlet)


def _write(
    found: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples,
    order: Order,
    outlet: Outlet,
    **header: object,
) -> None:
    if isinstance(found, ox.QueryTriples):
        wanted = _wanted(order.triples, "triples", TRIPLES)
        writer = Writer(outlet, {"format": wanted} | header, order.gzip)
        found.serialize(writer, GRAPHS[wanted])  # type: ignore[arg-type]
    else:
        wanted = _wanted(
            order.results, "rows" if isinstance(found, ox.QuerySolutions) else "true or false", RESULTS
        )
        writer = Writer(outlet, {"format": wanted} | header, order.gzip)
        found.serialize(writer, ROW_FORMATS[wanted])  # type: ignore[arg-type]
    writer.close()


def _wanted(name: str, what: str, formats: Iterable[Format]) -> str:
    if name:
        return name
    types = ", ".join(item.asked_as[0] for item in formats)
    raise Refusal(
        406, f"the answer is {what}, and has none of the forms that Accept names", f"There are: {types}."
    )


@dataclass(frozen=True, slots=True)
class Source:
    """A query's text with the store and the graphs that it is to be answered from."""

    text: str
    store: ox.Store
    base: str
    default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] | None = None
    named: list[ox.NamedNode | ox.BlankNode] | None = None

    def ask(self, text: str = "") -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """The engine's answer to the query, or to another text over the same graphs."""
        return self.store.query(
            text or self.text, base_iri=self.base or None, default_graph=self.default, named_graphs=self.named
        )


def _with_dataset(store: ox.Store, reading: Reading, order: Order) -> Source:
    """The query over the right dataset: the request's before its own, default graphs merged without duplicates."""
    if order.default_graphs is None and order.named_graphs is None:
        dataset = reading.dataset
        if dataset is None or (len(dataset.default) < 2 and not order.rows):
            return Source(reading.text, store, order.base)
        default, named = dataset.default, dataset.named
    else:
        default, named = order.default_graphs or (), order.named_graphs or ()
    nodes = [ox.NamedNode(graph) for graph in dict.fromkeys(default)]
    names: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(graph) for graph in named]
    text = without_clauses(reading)
    if len(nodes) < 2 or not _overlap(store, nodes):
        return Source(text, store, order.base, list(nodes), names)
    return Source(text, _merged(store, nodes, named), order.base, None, names)


def _overlap(store: ox.Store, graphs: list[ox.NamedNode]) -> bool:
    """Whether two of the graphs share a triple: the engine would count it twice."""
    for place, graph in enumerate(graphs[1:], start=1):
        for quad in store.quads_for_pattern(None, None, None, graph):
            if any(
                ox.Quad(quad.subject, quad.predicate, quad.object, other) in store for other in graphs[:place]
            ):
                return True
    return False


def _merged(store: ox.Store, graphs: list[ox.NamedNode], named: Iterable[str]) -> ox.Store:
    """A store in memory with the graphs merged as its default graph, and the named ones beside."""
    merged = ox.Store()
    for graph in graphs:
        quads = store.quads_for_pattern(None, None, None, graph)
        merged.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    for name in named:
        merged.extend(store.quads_for_pattern(None, None, None, ox.NamedNode(name)))
    return merged


def _in_query_order(text: str, reading: Reading, order: Order) -> str:
    """`SELECT *` with its variables spelt out in the order of the text; the engine gives them by the alphabet."""
    start, end = reading.star or (0, 0)
    probe = text if not reading.remote else _without_service(text)
    found = _EMPTY.query(probe, base_iri=order.base or None)
    visible = (
        {variable.value for variable in found.variables} if isinstance(found, ox.QuerySolutions) else set()
    )
    names = [f"?{name}" for name in reading.variables if name in visible]
    return text[:start] + " ".join(names) + " " + text[end:] if names and len(names) == len(visible) else text


def _without_service(text: str) -> str:
    """The same variables without a call: SERVICE and GRAPH scope alike (SPARQL 1.1 Query, 18.2.1)."""
    pieces, at = [], 0
    for token in tokenize(text):
        if token.is_word("SERVICE", "SILENT"):
            pieces.append(text[at : token.start] + ("GRAPH" if token.is_word("SERVICE") else ""))
            at = token.end
    return "".join(pieces) + text[at:]


def _capped(source: Source, reading: Reading, order: Order, outlet: Outlet) -> None:
    """An answer of at most `order.rows` rows; it says so when there are more."""
    found = source.ask()
    if not isinstance(found, ox.QuerySolutions) or reading.select is None:
        _write(found, order, outlet)
        return
    names = " ".join(f"?{variable.value}" for variable in found.variables)
    rows = sum(1 for _ in zip(range(order.rows + 1), found, strict=False))
    if rows <= order.rows or not names:
        _write(source.ask(), order, outlet)
        return
    before, after = source.text[: reading.select], source.text[reading.select :]
    inner = f"{before} SELECT {names} {{ {{ {after}\n}} }} LIMIT {order.rows}"
    wanted = _wanted(order.results, "rows", RESULTS)
    writer = Writer(outlet, {"format": wanted, "capped": order.rows}, order.gzip)
    tail = _Tail(writer)
    source.ask(inner).serialize(tail, ROW_FORMATS[wanted])  # type: ignore[arg-type]
    tail.close(f"Only the first {order.rows} rows: the server gives no more." if wanted == "json" else "")
    writer.close()


@dataclass(slots=True)
class _Tail:
    """Holds back the last byte of a JSON answer, so that a warning goes in before it."""

    writer: Writer
    held: bytes = b""

    def write(self, piece: bytes) -> int:
        self.writer.write(self.held + piece[:-1])
        self.held = piece[-1:]
        return len(piece)

    def flush(self) -> None:
        """Nothing to do: `close` ends the answer."""

    def close(self, warning: str) -> None:
        extra = b',"warnings":' + json.dumps([warning]).encode() if warning else b""
        self.writer.write(extra + self.held)


def _dump(store: ox.Store, order: Order, outlet: Outlet) -> None:
    """A graph, or with `graph=None` the whole dataset, the same bytes that `kg dump` writes.

    Formats without named graphs then hold the default graph.
    """
    wanted = _wanted(order.triples, "a graph", TRIPLES)
    writer = Writer(outlet, {"format": wanted}, order.gzip)
    graph = ox.NamedNode(order.graph) if order.graph else ox.DefaultGraph()
    if order.graph and not store.contains_named_graph(graph):
        raise Refusal(404, f"there is no graph {order.graph}", "GRAPH ?g { } in a query lists the graphs.")
    if order.graph is None and wanted in _AS_DUMPED:
        write_dump(Embedded(store), cast(BinaryIO, writer), _AS_DUMPED[wanted])
    else:
        store.dump(writer, GRAPHS[wanted], from_graph=graph, prefixes=PREFIXES)  # type: ignore[arg-type]
    writer.close()
