"""Stage: reconciliation queries → candidates, likeliest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kg import terms
from kg.authority import fold
from server.linked.ask import base
from server.linked.names import Names, Thing
from server.linked.properties import Value, properties, values
from server.linked.read_batch import Query, Wanted
from server.linked.score import LEAST, is_match, score, with_properties
from server.linked.vocabulary import Vocabulary

_LOOKED_AT = 20  # best by name, whose properties are looked up
_OTHER_KIND = 0.75  # what is left of the score of one that is not of the kind that it should be

Have = Mapping[str, Mapping[str, tuple[Value, ...]]]  # property → thing → its values


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that may be meant."""

    thing: Thing
    score: float  # 0 to 100
    match: bool


def find_candidates(
    batch: Mapping[str, Query], names: Names, vocabulary: Vocabulary
) -> dict[str, tuple[Candidate, ...]]:
    """The candidates for each query of a batch.

    Raises:
        Refusal: the query processes cannot answer just now.
    """
    named = {key: _by_name(query, names, vocabulary) for key, query in batch.items()}
    have = _look_up(batch, named)
    return {key: _ranked(query, named[key], have) for key, query in batch.items()}


def _by_name(query: Query, names: Names, vocabulary: Vocabulary) -> list[tuple[float, Thing]]:
    """Things with their scores by name and kind; where there is no name, the values are looked for: they may be identifiers."""
    asked = [query.name] if query.name.strip() else [value for one in query.wanted for value in one.values]
    found: dict[str, tuple[float, Thing]] = {}
    for name in map(fold, asked):
        for thing in names.near(name):
            reached = score(name, thing) * _share_of_kind(query, thing, vocabulary)
            if reached >= max(LEAST, found.get(thing.id, (0.0,))[0]):
                found[thing.id] = reached, thing
    return sorted(found.values(), key=lambda one: (-one[0], one[1].id))[: max(_LOOKED_AT, query.limit)]


def _share_of_kind(query: Query, thing: Thing, vocabulary: Vocabulary) -> float:
    if not query.kinds:
        return 1.0
    above = {kind for own in thing.kinds for kind in (own, *vocabulary.parents.get(own, ()))}
    fits = above.issuperset(query.kinds) if query.strict == "all" else not above.isdisjoint(query.kinds)
    return 1.0 if fits else _OTHER_KIND if query.strict == "should" else 0.0


def _look_up(batch: Mapping[str, Query], named: Mapping[str, Sequence[tuple[float, Thing]]]) -> Have:
    """What the best by name have of the properties that are asked for, over the whole batch at once."""
    asked: dict[str, set[str]] = {}
    for key, query in batch.items():
        for one in query.wanted:
            if one.property in properties():
                asked.setdefault(one.property, set()).update(thing.id for _, thing in named[key][:_LOOKED_AT])
    return {id: values(id, sorted(things)) for id, things in asked.items()}


def _ranked(query: Query, named: Sequence[tuple[float, Thing]], have: Have) -> tuple[Candidate, ...]:
    rated = [
        (with_properties(by_name, share) if query.wanted else by_name, share, thing)
        for by_name, thing in named
        for share in [_fulfilled(query.wanted, thing, have)]
        if share or query.name.strip()
    ]
    rated.sort(key=lambda one: (-one[0], one[2].id))
    scores = [reached for reached, _, _ in rated]
    return tuple(
        Candidate(
            thing, round(reached, 1), place == 0 and is_match(scores, share) and not _is_bare(query, thing)
        )
        for place, (reached, share, thing) in enumerate(rated[: query.limit])
    )


def _is_bare(query: Query, thing: Thing) -> bool:
    """Whether a person is asked for by one word that is not all of the name: a surname may be anybody's."""
    is_person = terms.CQ + "Person" in thing.kinds
    return is_person and len(query.name.split()) == 1 and fold(query.name) != fold(thing.label)


def _fulfilled(wanted: Sequence[Wanted], thing: Thing, have: Have) -> float:
    """The share of the properties asked for that the thing has; one that this service does not know counts as not had."""
    kept = [_has(one, have.get(one.property, {}).get(thing.id, ())) for one in wanted]
    return sum(kept) / len(kept) if kept else 1.0


def _has(wanted: Wanted, values: Sequence[Value]) -> bool:
    known = {
        fold(text)
        for value in values
        for text in (value.text, value.name, value.text.partition("T")[0])
        if text
    }
    return any(fold(value.removeprefix(base())) in known for value in wanted.values)
