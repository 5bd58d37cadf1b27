"""Stage: what articles tell of actors, agreements and scenarios → their statements in the default graph.

Identities and parties add up over the articles, names up to the `MOST_NAMES` that rank highest. Where only one value can stand (label, kind, state), the one that
ranks highest does, whatever the order of ingest: a label in English before others, then the fullest.
"""

from collections.abc import Callable, Iterable, Mapping

from pyoxigraph import Literal, NamedNode

from kg import terms
from kg.terms import DEFAULT, Fact, Node

Told = Mapping[NamedNode, frozenset[Node]]  # for each predicate what is told

MOST_NAMES = (
    8  # alternative names of one actor: all that a large archive calls it would swamp the answers of queries
)
LONGEST_FULL = 60  # characters up to which a longer label is taken for a fuller one

SINGLE = {terms.TOLD_LABEL: terms.LABEL, terms.TOLD_KIND: terms.TYPE, terms.TOLD_STATE: terms.OF_STATE}
MANY = {terms.TOLD_MATCH: terms.EXACT_MATCH, terms.TOLD_PARTY: terms.PARTY}
NAMES = frozenset({terms.TOLD_LABEL, terms.TOLD_NAME})
TOLD = (*SINGLE, *MANY, terms.TOLD_NAME)
HELD = (*SINGLE.values(), *MANY.values(), terms.ALT_LABEL)


def held(subject: NamedNode, told: Told) -> set[Fact]:
    """The default graph's statements about a subject of which all articles together tell this."""
    triples = {
        Fact(subject, predicate, max(told[source], key=_rank), DEFAULT)
        for source, predicate in SINGLE.items()
        if told.get(source)
    }
    triples |= {
        Fact(subject, p, value, DEFAULT) for source, p in MANY.items() for value in told.get(source, ())
    }
    label = max(told.get(terms.TOLD_LABEL, ()), key=_rank, default=None)
    names = {name for source in NAMES for name in told.get(source, ())} - {label}
    alternative = sorted(names, key=_rank_name)[:MOST_NAMES]
    return triples | {Fact(subject, terms.ALT_LABEL, name, DEFAULT) for name in alternative}


def changed(
    now: Iterable[Fact],
    gone: Told,
    told: Told,
    others: Callable[[NamedNode], Iterable[Node]],
    still_told: Callable[[NamedNode, Node], bool],
) -> Told:
    """What all articles tell of a subject, from what is held now and what one article no longer or newly tells.

    `others` gives all that the other articles tell by a predicate and is asked only where a value that stood alone goes;
    `still_told` says whether one of them tells a value. What ranks below a value that stands is left out: `held` gives
    the same with or without it.
    """
    stands: dict[NamedNode, set[Node]] = {}
    for fact in now:
        stands.setdefault(fact.predicate, set()).add(fact.object)
    answer: dict[NamedNode, frozenset[Node]] = {}
    for source, predicate in SINGLE.items():
        lost = {
            v for v in stands.get(predicate, ()) if v in gone.get(source, ()) and not still_told(source, v)
        }
        kept = set(others(source)) if lost else stands.get(predicate, set())
        answer[source] = frozenset({*kept, *told.get(source, ())})
    for source, predicate in MANY.items():
        answer[source] = frozenset(
            _kept(stands.get(predicate, set()), gone, (source,), still_told) | told.get(source, frozenset())
        )
    names = stands.get(terms.LABEL, set()) | stands.get(terms.ALT_LABEL, set())
    kept = _kept(names, gone, tuple(NAMES), still_told)
    if kept != names and len(names) > MOST_NAMES:  # others may have had no room beside what goes
        kept = {name for source in NAMES for name in others(source)}
    answer[terms.TOLD_NAME] = frozenset(kept.union(*(told.get(source, frozenset()) for source in NAMES)))
    return answer


def _kept(
    values: set[Node], gone: Told, sources: Iterable[NamedNode], still_told: Callable[[NamedNode, Node], bool]
) -> set[Node]:
    """The values less those that only the changed article told."""
    lost = {value for source in sources for value in gone.get(source, ()) if value in values}
    return values - {value for value in lost if not any(still_told(source, value) for source in sources)}


def _rank_name(value: Node) -> tuple[object, ...]:
    """Proper names before descriptions, English before others, short before long."""
    name = value.value
    language = value.language if isinstance(value, Literal) else None
    return not any(map(str.isupper, name)), language != "en", len(name.split()), name, language or ""


def _rank(value: Node) -> tuple[object, ...]:
    if isinstance(value, NamedNode):
        return (value.value,)
    fullness = len(value.value) if len(value.value) <= LONGEST_FULL else 0
    return value.language == "en", fullness, value.value, value.language or ""
