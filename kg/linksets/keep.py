"""Stage: reviewed links → their own graph, and from it the default graph, whatever articles come and go.

The graph `<base>links/reviewed` holds what people have decided; no article touches it. The default graph holds each of its
links for as long as what it speaks of is there: an actor or event that any article tells, or the event that goes on under
another name (`owl:sameAs`). So the same articles and the same decisions give the same dataset, in any order.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from pyoxigraph import NamedNode

from kg import terms
from kg.dataset.change import Change
from kg.dataset.graphs import Graphs
from kg.linksets.describe_links import OBJECT, SUBJECT, link_facts
from kg.linksets.links import PREDICATES, SAME, Link
from kg.terms import DEFAULT, Fact

LINKS = frozenset(PREDICATES.values())
NOTHING = Change(frozenset(), frozenset(), frozenset(), {}, {}, {})


def reviewed_graph(base: str) -> NamedNode:
    """The graph that holds what people have decided."""
    return NamedNode(f"{base}links/reviewed")


def keep_reviewed(graphs: Graphs, change: Change, base: str) -> Change:
    """The change, and with it what it means for reviewed links in the default graph."""
    graph = reviewed_graph(base)
    now = {fact for predicate in LINKS for fact in graphs.facts(None, predicate, None, graph)}
    then = (now - change.remove) | {
        f for f in change.insert if f.graph_name == graph and f.predicate in LINKS
    }
    if not now and not then:
        return change
    touched = {fact.subject for fact in (*change.remove, *change.insert) if fact.graph_name == DEFAULT}
    decided = {(fact.predicate, fact.object) for fact in now ^ then}
    decided |= {(fact.predicate, fact.object) for fact in now if fact.subject in touched}
    before, after = _View(graphs, NOTHING), _View(graphs, change)
    was = _meant(now, decided, before)
    held = _meant(then, decided, after)
    gone = {fact for fact in was - held if before.holds(fact) and not after.is_told(fact)}
    new = {fact for fact in held if not before.holds(fact)}
    return replace(
        change,
        remove=frozenset((change.remove | gone) - held),
        insert=frozenset((change.insert | new) - gone),
    )


def decide(graphs: Graphs, base: str, accepted: Iterable[Link], rejected: Iterable[Link]) -> Change:
    """What changes in the graph of reviewed links when these are accepted and those rejected; `keep_reviewed` does the rest.

    A link accepted anew is described anew. Whatever says something else of the same two gives way: a close match that
    turns out exact is exact alone.
    """
    graph, accepted, rejected = reviewed_graph(base), list(accepted), list(rejected)
    pairs = {(link.subject, link.object) for link in (*accepted, *rejected)}
    was = {fact for pair in pairs for fact in _standing(graphs, graph, *map(NamedNode, pair))}
    then = {fact for link in accepted for fact in link_facts(link, graph, graph)}
    rest = set(graphs.facts(None, None, None, graph)) - was if was and not then else was
    drop = frozenset({graph}) if was and not then and not rest else frozenset[NamedNode]()
    return Change(frozenset(was - then), frozenset(then - was), drop, {}, {}, {})


def stands(graphs: Graphs, subject: str) -> bool:
    """Whether the dataset holds what this IRI names, if under another name."""
    return _View(graphs, NOTHING).goes_by(NamedNode(subject)) is not None


def contradiction(graphs: Graphs, base: str, link: Link, beside: Collection[Link]) -> str | None:
    """Another thing in the same place outside that the subject is said to be, if the link says identity."""
    if link.predicate != SAME:
        return None
    place = link.object.rpartition("/")[0]
    known = graphs.facts(NamedNode(link.subject), PREDICATES[SAME], None, reviewed_graph(base))
    same = {fact.object.value for fact in known} | {
        other.object for other in beside if (other.subject, other.predicate) == (link.subject, SAME)
    }
    return min((o for o in same - {link.object} if o.rpartition("/")[0] == place), default=None)


class _View:
    """The default graph as it is after a change."""

    def __init__(self, graphs: Graphs, change: Change) -> None:
        self.graphs, self.change = graphs, change
        self.new: dict[tuple[NamedNode, NamedNode], set[object]] = {}
        for fact in change.insert:
            if fact.graph_name == DEFAULT:
                self.new.setdefault((fact.subject, fact.predicate), set()).add(fact.object)

    def goes_by(self, subject: NamedNode) -> NamedNode | None:
        """The subject if it is there, the event that it has become, or None."""
        if self._values(subject, terms.TYPE):
            return subject
        others = sorted(self._values(subject, terms.SAME_AS), key=str)
        return next((o for o in others if isinstance(o, NamedNode) and self._values(o, terms.TYPE)), None)

    def holds(self, fact: Fact) -> bool:
        """Whether the statement stands."""
        return fact.object in self._values(fact.subject, fact.predicate)

    def is_told(self, fact: Fact) -> bool:
        """Whether an article tells the match too."""
        if fact.predicate != terms.EXACT_MATCH:
            return False
        told = set(self.graphs.facts(fact.subject, terms.TOLD_MATCH, fact.object, None))
        return bool((told - self.change.remove) | {f for f in self.change.insert if _tells(f, fact)})

    def _values(self, subject: NamedNode, predicate: NamedNode) -> set[object]:
        now = {*self.graphs.facts(subject, predicate, None, DEFAULT)} - self.change.remove
        return {fact.object for fact in now} | self.new.get((subject, predicate), set())


def _meant(links: Iterable[Fact], decided: Collection[tuple[object, object]], view: _View) -> set[Fact]:
    """What these links say in the default graph, as far as they are decided anew."""
    concerned = [fact for fact in links if (fact.predicate, fact.object) in decided]
    named = [(view.goes_by(fact.subject), fact) for fact in concerned]
    return {Fact(subject, fact.predicate, fact.object, DEFAULT) for subject, fact in named if subject}


def _standing(graphs: Graphs, graph: NamedNode, subject: NamedNode, target: NamedNode) -> set[Fact]:
    """All that is decided of these two."""
    links = {fact for p in LINKS for fact in graphs.facts(subject, p, target, graph)}
    notes = {fact.subject for fact in graphs.facts(None, SUBJECT, subject, graph)}
    notes &= {fact.subject for fact in graphs.facts(None, OBJECT, target, graph)}
    return links | {fact for note in notes for fact in graphs.facts(note, None, None, graph)}


def _tells(told: Fact, match: Fact) -> bool:
    return (told.subject, told.predicate, told.object) == (match.subject, terms.TOLD_MATCH, match.object)
