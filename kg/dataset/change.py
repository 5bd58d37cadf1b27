"""Stage: one article is told anew, or no more → what changes in the dataset.

Everything outside the articles' graphs follows from what they tell (`settle`, `hold`), so a change is the difference
between what stands and what then follows. Only the events are looked at that the article's accounts can reach.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from kg import terms
from kg.dataset.accounts import Account
from kg.dataset.fusing import Rules
from kg.dataset.graphs import Graphs
from kg.dataset.hold import HELD, TOLD, changed, held
from kg.dataset.recall import accounts
from kg.dataset.register import Stored
from kg.dataset.settle import Happening, resettle
from kg.errors import StoreError
from kg.terms import DEFAULT, Fact, Graph, Node
from kg.write import happening_facts, report_facts

DERIVED = frozenset(
    {terms.TYPE, terms.LABEL, terms.EARLIEST, terms.LATEST, terms.CONTENT, *terms.ROLE.values()}
)  # what the dataset itself says of an event; anything else on it is a user's own


@dataclass(frozen=True, slots=True)
class Change:
    """Facts to take away and to add, and graphs that are then empty."""

    remove: frozenset[Fact]
    insert: frozenset[Fact]
    drop: frozenset[NamedNode]
    gone: Mapping[str, Account]  # accounts, by their own IRIs, that are no more or were different
    told: Mapping[str, Account]  # those that are new or different
    founders: Mapping[str, str]  # of every account that was looked at again

    def __bool__(self) -> bool:
        return bool(self.remove or self.insert)


def change_article(stored: Stored, identifier: str, facts: Collection[Fact], rules: Rules) -> Change:
    """What changes when the article with this identifier has this graph (`write.article_facts`), or none.

    Raises:
        StoreError: the graph's IRI is already that of an article with another identifier.
    """
    graphs = stored.graphs
    former = former_facts(graphs, identifier)
    _refuse_taken(graphs, identifier, facts)
    events = _EventChange(stored, accounts(former), accounts(facts), rules)
    was, then = events.facts()
    was |= former
    then |= {*facts, *events.reports()}
    for subject, (gone, told) in _actors(former, facts).items():
        now = {fact for fact in graphs.facts(subject, None, None, DEFAULT) if fact.predicate in HELD}
        others = _others(graphs, subject, former)
        telling = changed(now, gone, told, *others)
        was |= now
        then |= held(subject, telling)
    remove, insert = frozenset(was - then), frozenset(then - was)
    return Change(remove, insert, _emptied(graphs, remove, insert), events.gone, events.told, events.founders)


def former_facts(graphs: Graphs, identifier: str) -> set[Fact]:
    """The graph of the article that has this identifier, as it stands; empty where there is none."""
    found = graphs.facts(None, terms.IDENTIFIER, Literal(identifier), None)
    own = sorted({q.subject.value for q in found if q.subject == q.graph_name})
    return {fact for iri in own for fact in graphs.facts(None, None, None, NamedNode(iri))}


def _refuse_taken(graphs: Graphs, identifier: str, facts: Collection[Fact]) -> None:
    for article in {fact.subject for fact in facts if fact.predicate == terms.IDENTIFIER}:
        for other in graphs.facts(article, terms.IDENTIFIER, None, article):
            if other.object.value != identifier:
                raise StoreError(
                    f"{article} is the article {other.object.value!r}; {identifier!r} cannot have it"
                )


class _EventChange:
    """Which events a change of accounts reaches, and what is said of them before and after."""

    def __init__(
        self, stored: Stored, before: Mapping[str, Account], after: Mapping[str, Account], rules: Rules
    ) -> None:
        self.graphs, self.after, self.rules, self.stored = stored.graphs, after, rules, stored
        self.gone = {event: account for event, account in before.items() if after.get(event) != account}
        self.told = {event: account for event, account in after.items() if before.get(event) != account}
        self.founders = resettle(stored, self.gone.keys(), self.told, rules)
        self.moved = {e for e in self.gone.keys() | self.founders.keys() if self.former(e) != self.founder(e)}

    def former(self, event: str) -> str | None:
        """The event that the account belonged to."""
        return self.stored.find(event)

    def founder(self, event: str) -> str | None:
        """The event that it belongs to then."""
        if event in self.founders:
            return self.founders[event]
        return None if event in self.gone else self.former(event)

    def reports(self) -> set[Fact]:
        """The article's reports, each with the event that it then is of."""
        return {
            q
            for event, account in self.after.items()
            for q in report_facts(account, self.founder(event) or event)
        }

    def facts(self) -> tuple[set[Fact], set[Fact]]:
        """What stands of all reached events and of other articles' reports of them, and what then follows."""
        was, then = set[Fact](), set[Fact]()
        for founder in sorted(self._reached()):
            was |= self._standing(founder)
            members = tuple(
                sorted((self._account(event) for event in self._members(founder)), key=lambda a: a.rank)
            )
            if members:
                scopes = {scope for account in members for scope in account.scopes}
                canonical = {scope: self.founder(scope) or scope for scope in scopes}
                then |= {*happening_facts(Happening(founder, members), self.rules, canonical)}
        for event in self.moved - self.gone.keys() - self.told.keys():
            account = self._account(event)
            was |= {*report_facts(account, self.former(event) or event)}
            then |= {*report_facts(account, self.founder(event) or event)}
        return was, then

    def _reached(self) -> set[str]:
        """The founders whose members, or the scopes of whose members, change."""
        events = self.gone.keys() | self.told.keys() | self.moved
        events |= {inner for claim in self.moved for inner in self.stored.in_scope(claim)}
        return {f for event in events for f in (self.former(event), self.founder(event)) if f}

    def _standing(self, founder: str) -> set[Fact]:
        """What the dataset says of an event now."""
        members = [self.stored.account(event) for event in self.stored.members(founder)]
        scopes = {scope for account in members for scope in account.scopes}
        graphs: list[Graph] = [DEFAULT, *(NamedNode(self.former(scope) or scope) for scope in sorted(scopes))]
        event = NamedNode(founder)
        described = {
            q for g in graphs for q in self.graphs.facts(event, None, None, g) if q.predicate in DERIVED
        }
        return described | {*self.graphs.facts(None, terms.SAME_AS, event, DEFAULT)}

    def _members(self, founder: str) -> set[str]:
        kept = {event for event in self.stored.members(founder) if self.founder(event) == founder}
        return kept | {event for event, at in self.founders.items() if at == founder}

    def _account(self, event: str) -> Account:
        return self.told[event] if event in self.told else self.stored.account(event)


def _actors(
    former: Iterable[Fact], facts: Iterable[Fact]
) -> dict[NamedNode, tuple[dict[NamedNode, frozenset[Node]], ...]]:
    """The actors, agreements and scenarios of which the article tells something else than before: what it told, and tells."""
    told, tells = _told(former), _told(facts)
    nothing: dict[NamedNode, frozenset[Node]] = {}
    both = sorted({*told, *tells}, key=str)
    return {s: (told.get(s, nothing), tells.get(s, nothing)) for s in both if told.get(s) != tells.get(s)}


def _told(facts: Iterable[Fact]) -> dict[NamedNode, dict[NamedNode, frozenset[Node]]]:
    kinds, values = set[NamedNode](), dict[NamedNode, dict[NamedNode, set[Node]]]()
    for fact in facts:
        if fact.predicate in TOLD:
            values.setdefault(fact.subject, {}).setdefault(fact.predicate, set()).add(fact.object)
        if fact.predicate == terms.TOLD_KIND:
            kinds.add(fact.subject)
    return {s: {p: frozenset(v) for p, v in values[s].items()} for s in kinds}


def _others(
    graphs: Graphs, subject: NamedNode, former: Collection[Fact]
) -> tuple[Callable[[NamedNode], Iterable[Node]], Callable[[NamedNode, Node], bool]]:
    """What the other articles tell of a subject: all by a predicate, and whether a value is among it."""
    own = {fact.graph_name for fact in former}

    def values(predicate: NamedNode) -> Iterable[Node]:
        return {q.object for q in graphs.facts(subject, predicate, None, None) if q.graph_name not in own}

    def tells(predicate: NamedNode, value: Node) -> bool:
        return any(q.graph_name not in own for q in graphs.facts(subject, predicate, value, None))

    return values, tells


def _emptied(graphs: Graphs, remove: frozenset[Fact], insert: frozenset[Fact]) -> frozenset[NamedNode]:
    """The graphs of which nothing is left."""
    filled = {fact.graph_name for fact in insert}
    touched = {q.graph_name for q in remove if isinstance(q.graph_name, NamedNode)} - filled
    return frozenset(g for g in touched if all(fact in remove for fact in graphs.facts(None, None, None, g)))
