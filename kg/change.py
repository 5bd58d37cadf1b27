"""Stage: one article is told anew, or no more → what changes in the dataset.

Everything outside the articles' graphs follows from what they tell (`settle`, `hold`), so a change is the difference
between what stands and what then follows. Only the events are looked at that the article's accounts can reach.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from kg import terms
from kg.accounts import Account, Rules
from kg.errors import StoreError
from kg.graphs import Graphs
from kg.hold import HELD, TOLD, Node, changed, held
from kg.settle import Happening, resettle
from kg.write import accounts, happening_quads, reports_quads

DEFAULT = DefaultGraph()
DERIVED = frozenset(
    {terms.TYPE, terms.LABEL, terms.EARLIEST, terms.LATEST, terms.CONTENT, *terms.ROLE.values()}
)  # what the dataset itself says of an event; anything else on it is a user's own


@dataclass(frozen=True, slots=True)
class Change:
    """Quads to take away and to add, and graphs that are then empty."""

    remove: frozenset[Quad]
    insert: frozenset[Quad]
    drop: frozenset[NamedNode]

    def __bool__(self) -> bool:
        return bool(self.remove or self.insert)


def change_article(graphs: Graphs, identifier: str, quads: Collection[Quad], rules: Rules) -> Change:
    """What changes when the article with this identifier has this graph (`write.article_quads`), or none.

    Raises:
        StoreError: the graph's IRI is already that of an article with another identifier.
    """
    former = former_quads(graphs, identifier)
    _refuse_taken(graphs, identifier, quads)
    before, after = accounts(former), accounts(quads)
    event_change = _EventChange(graphs, before, after, rules)
    was, then = event_change.quads()
    was |= former
    then |= {*quads, *event_change.reports()}
    for subject, (gone, told) in _actors(former, quads).items():
        now = {quad for quad in graphs.quads(subject, None, None, DEFAULT) if quad.predicate in HELD}
        others = _others(graphs, subject, former)
        telling = changed((q.triple for q in now), gone, told, *others)
        was |= now
        then |= {Quad(t.subject, t.predicate, t.object, DEFAULT) for t in held(subject, telling)}
    remove, insert = frozenset(was - then), frozenset(then - was)
    return Change(remove, insert, _emptied(graphs, remove, insert))


def former_quads(graphs: Graphs, identifier: str) -> set[Quad]:
    """The graph of the article that has this identifier, as it stands; empty where there is none."""
    found = graphs.quads(None, terms.IDENTIFIER, Literal(identifier), None)
    own = sorted({q.subject.value for q in found if q.subject == q.graph_name})
    return {quad for iri in own for quad in graphs.quads(None, None, None, NamedNode(iri))}


def _refuse_taken(graphs: Graphs, identifier: str, quads: Collection[Quad]) -> None:
    for graph in {quad.graph_name for quad in quads}:
        for quad in graphs.quads(graph, terms.IDENTIFIER, None, graph):
            if quad.object.value != identifier:
                reason = f"{graph} is the article {quad.object.value!r}; an article with another id cannot have it"
                raise StoreError(reason)


class Stored:
    """The register of `settle` as the dataset holds it."""

    def __init__(self, graphs: Graphs) -> None:
        self.graphs = graphs
        self.read: dict[str, Account] = {}

    def account(self, event: str) -> Account:
        """See `settle.Register`."""
        if event not in self.read:
            self.read[event] = accounts(self._facts(event))[event]
        return self.read[event]

    def founder(self, event: str) -> str:
        """See `settle.Register`."""
        report = self._report(event)
        return str(next(self.graphs.quads(report.subject, terms.REPORTS, None, report.graph_name)).object.value)

    def members(self, founder: str) -> Collection[str]:
        """See `settle.Register`."""
        return self._told(self.graphs.quads(None, terms.REPORTS, NamedNode(founder), None))

    def near(self, keys: Iterable[str]) -> Collection[str]:
        """See `settle.Register`."""
        return self._told(
            quad for key in keys for quad in self.graphs.quads(None, terms.FUSION_KEY, Literal(key), None)
        )

    def of_article(self, article: str) -> Collection[str]:
        """See `settle.Register`."""
        return {q.object.value for q in self.graphs.quads(None, terms.TOLD_EVENT, None, NamedNode(article))}

    def in_scope(self, claim: str) -> Collection[str]:
        """Accounts that stand in the claim with this IRI (its article's own)."""
        return self._told(self.graphs.quads(None, terms.TOLD_IN, NamedNode(claim), None))

    def has(self, event: str) -> bool:
        """Whether an article tells an event by this IRI."""
        return next(self.graphs.quads(None, terms.TOLD_EVENT, NamedNode(event), None), None) is not None

    def _told(self, reports: Iterable[Quad]) -> set[str]:
        return {
            quad.object.value
            for report in {(quad.subject, quad.graph_name) for quad in reports}
            for quad in self.graphs.quads(report[0], terms.TOLD_EVENT, None, report[1])
        }

    def _report(self, event: str) -> Quad:
        return next(self.graphs.quads(None, terms.TOLD_EVENT, NamedNode(event), None))

    def _facts(self, event: str) -> list[Quad]:
        """What an account is read from: its reports, their passages, the parties and the article."""
        graph = self._report(event).graph_name
        reports = [q.subject for q in self.graphs.quads(None, terms.TOLD_EVENT, NamedNode(event), graph)]
        facts = [quad for report in reports for quad in self.graphs.quads(report, None, None, graph)]
        roles = {*terms.TOLD_ROLE.values()}
        wanted = [(q.object, terms.START) for q in facts if q.predicate == terms.IN_PASSAGE]
        wanted += [(graph, terms.IDENTIFIER), (graph, terms.PUBLISHED)]
        parties = {q.object for q in facts if q.predicate in roles}
        wanted += [(party, p) for party in parties for p in (terms.TOLD_KIND, terms.COMPARED_AS)]
        return facts + [quad for s, p in wanted for quad in self.graphs.quads(s, p, None, graph)]


class _EventChange:
    """Which events a change of accounts reaches, and what is said of them before and after."""

    def __init__(
        self, graphs: Graphs, before: Mapping[str, Account], after: Mapping[str, Account], rules: Rules
    ) -> None:
        self.graphs, self.after, self.rules, self.stored = graphs, after, rules, Stored(graphs)
        self.stored.read.update(before)
        self.gone = {event for event in before if after.get(event) != before[event]}
        self.told = {event: account for event, account in after.items() if before.get(event) != account}
        self.founders = resettle(self.stored, self.gone, self.told, rules)
        self.moved = {e for e in self.gone | self.founders.keys() if self.former(e) != self.founder(e)}

    def former(self, event: str) -> str | None:
        """The event that the account belonged to."""
        return self.stored.founder(event) if self.stored.has(event) else None

    def founder(self, event: str) -> str | None:
        """The event that it belongs to then."""
        if event in self.founders:
            return self.founders[event]
        return None if event in self.gone else self.former(event)

    def reports(self) -> set[Quad]:
        """The article's reports, each with the event that it then is of."""
        return {q for event, account in self.after.items() for q in reports_quads(account, self.founder(event) or event)}

    def quads(self) -> tuple[set[Quad], set[Quad]]:
        """What stands of all reached events and of other articles' reports of them, and what then follows."""
        was, then = set[Quad](), set[Quad]()
        for founder in sorted(self._reached()):
            was |= self._standing(founder)
            members = tuple(sorted((self._account(event) for event in self._members(founder)), key=lambda a: a.rank))
            if members:
                scopes = {scope for account in members for scope in account.scopes}
                canonical = {scope: self.founder(scope) or scope for scope in scopes}
                then |= {*happening_quads(Happening(founder, members), self.rules, canonical)}
        for event in self.moved - self.gone - self.told.keys():
            account = self._account(event)
            was |= {*reports_quads(account, self.former(event) or event)}
            then |= {*reports_quads(account, self.founder(event) or event)}
        return was, then

    def _reached(self) -> set[str]:
        """The founders whose members, or the scopes of whose members, change."""
        events = self.gone | self.told.keys() | self.moved
        events |= {inner for claim in self.moved for inner in self.stored.in_scope(claim)}
        return {f for event in events for f in (self.former(event), self.founder(event)) if f}

    def _standing(self, founder: str) -> set[Quad]:
        """What the dataset says of an event now."""
        members = [self.stored.account(event) for event in self.stored.members(founder)]
        scopes = {scope for account in members for scope in account.scopes}
        graphs = [DEFAULT, *(NamedNode(self.former(scope) or scope) for scope in sorted(scopes))]
        event = NamedNode(founder)
        described = {q for g in graphs for q in self.graphs.quads(event, None, None, g) if q.predicate in DERIVED}
        return described | {*self.graphs.quads(None, terms.SAME_AS, event, DEFAULT)}

    def _members(self, founder: str) -> set[str]:
        kept = {event for event in self.stored.members(founder) if self.founder(event) == founder}
        return kept | {event for event, at in self.founders.items() if at == founder}

    def _account(self, event: str) -> Account:
        return self.told[event] if event in self.told else self.stored.account(event)


def _actors(former: Iterable[Quad], quads: Iterable[Quad]) -> dict[NamedNode, tuple[dict[NamedNode, frozenset[Node]], ...]]:
    """The actors, agreements and scenarios of which the article tells something else than before: what it told, and tells."""
    told, tells = _told(former), _told(quads)
    nothing: dict[NamedNode, frozenset[Node]] = {}
    both = sorted({*told, *tells}, key=str)
    return {s: (told.get(s, nothing), tells.get(s, nothing)) for s in both if told.get(s) != tells.get(s)}


def _told(quads: Iterable[Quad]) -> dict[NamedNode, dict[NamedNode, frozenset[Node]]]:
    kinds, values = set[NamedNode](), dict[NamedNode, dict[NamedNode, set[Node]]]()
    for quad in quads:
        if quad.predicate in TOLD:
            values.setdefault(quad.subject, {}).setdefault(quad.predicate, set()).add(quad.object)
        if quad.predicate == terms.TOLD_KIND:
            kinds.add(quad.subject)
    return {s: {p: frozenset(v) for p, v in values[s].items()} for s in kinds}


def _others(
    graphs: Graphs, subject: NamedNode, former: Collection[Quad]
) -> tuple[Callable[[NamedNode], Iterable[Node]], Callable[[NamedNode, Node], bool]]:
    """What the other articles tell of a subject: all by a predicate, and whether a value is among it."""
    own = {quad.graph_name for quad in former}

    def values(predicate: NamedNode) -> Iterable[Node]:
        return {q.object for q in graphs.quads(subject, predicate, None, None) if q.graph_name not in own}

    def tells(predicate: NamedNode, value: Node) -> bool:
        return any(q.graph_name not in own for q in graphs.quads(subject, predicate, value, None))

    return values, tells


def _emptied(graphs: Graphs, remove: frozenset[Quad], insert: frozenset[Quad]) -> frozenset[NamedNode]:
    """The graphs of which nothing is left."""
    filled = {quad.graph_name for quad in insert}
    touched = {q.graph_name for q in remove if isinstance(q.graph_name, NamedNode)} - filled
    return frozenset(g for g in touched if all(quad in remove for quad in graphs.quads(None, None, None, g)))
