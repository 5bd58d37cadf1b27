"""Stage: the dataset → its links to other data sets alone."""

from pyoxigraph import NamedNode, Quad

from kg import terms
from kg.dataset.graphs import Graphs
from kg.linksets.links import PREDICATES
from kg.terms import DEFAULT


def linkset(graphs: Graphs, base: str) -> list[Quad]:
    """All links from things of ours to other data sets, sorted; some for each actor, so they are held in memory."""
    found = {
        Quad(*fact)
        for predicate in PREDICATES.values()
        for fact in graphs.facts(None, predicate, None, DEFAULT)
        if fact.subject.value.startswith(base) and _leads_out(fact.object, base)
    }
    return sorted(found, key=str)


def _leads_out(target: object, base: str) -> bool:
    return isinstance(target, NamedNode) and not target.value.startswith((base, terms.CQ))
