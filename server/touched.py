"""What an update may change: nothing of the project's own, some of its nodes, or anything."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from server.tokens import Kind, Prologue, Token, tokenize

MOST_NODES = 5000  # beyond these all nodes are looked at


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an update, with the declarations that hold for it."""

    declarations: str
    text: str
    tokens: tuple[Token, ...]  # their offsets count in the whole update
    prologue: Prologue

    @property
    def runnable(self) -> str:
        """The operation as an update of its own."""
        return f"{self.declarations}\n{self.text}"


def is_owned(graph: str, base: str) -> bool:
    """Whether a graph is the project's: the default graph, or one whose name it mints; a user's graphs are all others."""
    return not graph or (graph.startswith(base) and not graph.startswith(f"{base}data/"))


def operations(text: str) -> Iterator[Operation]:
    """The operations of an update, in order."""
    tokens, prologue, declarations, at = list(tokenize(text)), Prologue(), "", 0
    while at < len(tokens):
        after = prologue.read(tokens, at)
        if after > at:
            declarations += text[tokens[at].start : tokens[after - 1].end] + "\n"
            at = after
            continue
        end = _end(tokens, at)
        if end > at:
            frozen = Prologue(prologue.base, dict(prologue.prefixes))
            yield Operation(
                declarations, text[tokens[at].start : tokens[end - 1].end], tuple(tokens[at:end]), frozen
            )
        at = end + 1


def _end(tokens: list[Token], at: int) -> int:
    depth = 0
    for place in range(at, len(tokens)):
        depth += (tokens[place].text == "{") - (tokens[place].text == "}")
        if depth == 0 and tokens[place].text == ";":
            return place
    return len(tokens)


def touched(operation: Operation, store: ox.Store, base: str) -> frozenset[str] | None:
    """The project's nodes that an operation may change on this store; None where that may be any.

    Empty where it changes a user's own graphs alone.
    """
    if operation.tokens[0].is_word("CREATE"):
        return frozenset()
    if operation.tokens[0].is_word("CLEAR", "DROP", "ADD", "MOVE", "COPY"):
        return frozenset() if _manages_users_graphs(operation, base) else None
    templates = _templates(operation)
    if not any(is_owned(graph, base) for graph in _graphs(operation, templates)):
        return frozenset()
    if any(token.text == "[" or token.text.startswith("_:") for token in templates):
        return None
    nodes = {prologue_iri for token in templates if (prologue_iri := operation.prologue.resolve(token))}
    names = sorted({token.text[1:] for token in templates if token.kind is Kind.VARIABLE})
    for row in _bindings(operation, store, names) if names else ():
        nodes |= {term.value for term in row if isinstance(term, ox.NamedNode)}
        if any(isinstance(term, ox.BlankNode) for term in row) or len(nodes) > MOST_NODES:
            return None
    return frozenset(nodes) if len(nodes) <= MOST_NODES else None


def _manages_users_graphs(operation: Operation, base: str) -> bool:
    names = [
        operation.prologue.resolve(token) for token in operation.tokens if token.kind in (Kind.IRI, Kind.NAME)
    ]
    whole = any(token.is_word("DEFAULT", "NAMED", "ALL") for token in operation.tokens)
    return not whole and bool(names) and not any(is_owned(name or "", base) for name in names)


def _templates(operation: Operation) -> list[Token]:
    """The tokens between the braces of what is deleted and inserted: all groups but the last, or the only one."""
    groups: list[list[Token]] = []
    depth = 0
    for token in operation.tokens:
        depth -= token.text == "}"
        if depth > 0:
            groups[-1].append(token)
        elif token.text == "{":
            groups.append([])
        depth += token.text == "{"
    kept = groups[:-1] if len(groups) > 1 else groups
    return [token for group in kept for token in group]


def _graphs(operation: Operation, templates: list[Token]) -> Iterator[str]:
    """The graphs that templates write to; "" for the default graph and for what only the data can tell."""
    tokens, inside, at = templates, 0, 0
    with_graph = (
        operation.prologue.resolve(operation.tokens[1]) if operation.tokens[0].is_word("WITH") else ""
    )
    while at < len(tokens):
        if tokens[at].is_word("GRAPH") and at + 1 < len(tokens):
            yield operation.prologue.resolve(tokens[at + 1]) or ""
            at += 2
            continue
        inside += (tokens[at].text == "{") - (tokens[at].text == "}")
        if not inside and tokens[at].kind in (Kind.IRI, Kind.NAME, Kind.VARIABLE):
            yield with_graph or ""
        at += 1


def _bindings(operation: Operation, store: ox.Store, names: list[str]) -> Iterator[list[object]]:
    """What the variables of the templates stand for on this store."""
    tokens, at = operation.tokens, 0
    default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = []
    named: list[ox.NamedNode | ox.BlankNode] = []
    for at, token in enumerate(tokens):
        following = operation.prologue.resolve(tokens[min(at + 1, len(tokens) - 1)])
        if token.is_word("USING") and tokens[at + 1].is_word("NAMED"):
            named.append(ox.NamedNode(operation.prologue.resolve(tokens[at + 2]) or ""))
        elif token.is_word("USING", "WITH") and following:
            default.append(ox.NamedNode(following))
        if token.is_word("WHERE"):
            break
    start = tokens[0].start
    where = operation.text[tokens[at].end - start :]
    heads = " ".join(f"?{name}" for name in names)
    found = store.query(
        f"{operation.declarations} SELECT DISTINCT {heads} WHERE {where}",
        default_graph=default or None,
        named_graphs=named if named else None,
    )
    if isinstance(found, ox.QuerySolutions):
        for row in found:
            yield [row[name] for name in names]
