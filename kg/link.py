"""Stage: actors → actors with what they are outside: the authority's row, its IRIs, or the candidates for them.

A link is made where name, kind and what else the article speaks of agree; otherwise the actor stays without one (NIL)
and keeps its candidates. A candidate's score is how well the name fits × how well the article supports it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from kg.authority import RANKS, Authority, Entry
from kg.context import BIG, GROUND, OF_STATES, Context, names_of, read_context
from kg.model import Actor, Link

BAR = 0.75  # a link is made from here on
EXACT, ACRONYM, SIMILAR, SURNAME = 0.95, 0.9, 0.85, 0.8  # how well a name fits
UNSUPPORTED = 0.6  # support where nothing in the article speaks for this bearer of the name; below the bar with any name
LONGEST_ACRONYM = 6  # letters
NEAR = 0.9  # of the best score: a candidate from here on is a rival
KEPT = 5  # candidates kept without a link

HAMLET = 200  # times as many inhabitants: the smaller namesake is never meant
CLEARLY = 10  # times as many inhabitants: the smaller namesake is not thought of
CROWDED = 8  # people in the tables: a surname that more of them share says little
LASTING = 5  # years that news calls a leader by the bare surname after the office

# Which kinds of row an actor of a kind may be. Recognition tells states from bodies and bodies from people more surely
# than one sort of body from another.
_BODIES = frozenset(
    {"Organisation", "InternationalBody", "PoliticalParty", "Media", "ArmedGroup", "ArmedForce", "Government"}
)
_FITTING = {
    **dict.fromkeys(_BODIES, _BODIES),
    **dict.fromkeys(GROUND, GROUND),
    "Person": frozenset({"Person"}),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that an actor may be."""

    entry: Entry
    fit: float  # of the name
    support: float  # of the article

    @property
    def score(self) -> float:
        """From 0 to 1."""
        return self.fit * self.support


def link(actors: Sequence[Actor], authority: Authority, published: date | None) -> tuple[Actor, ...]:
    """The same actors in order, with authority, links and candidates set, and the state where the row tells it.

    A body of a state is never its state: "the French army" has a row of its own, without the country's identifiers.
    """
    context = read_context(actors, authority, published)
    return tuple(_linked(actor, authority, context) for actor in actors)


def _linked(actor: Actor, authority: Authority, context: Context) -> Actor:
    candidates = _candidates(actor, authority, context)
    if not candidates:
        return actor
    best = candidates[0]
    if best.score >= BAR and not any(_rivals(best, other, context) for other in candidates[1:]):
        return _as(actor, best)
    kept = [(c.entry.iris[0], min(c.score, BAR - 0.01)) for c in candidates if c.entry.iris]
    return replace(actor, candidates=tuple(Link(iri, round(score, 2)) for iri, score in kept[:KEPT]))


def _as(actor: Actor, chosen: Candidate) -> Actor:
    """The actor with its row; ground takes kind and state from the row, for Georgia may be either."""
    entry = chosen.entry
    links = tuple(Link(iri, round(chosen.score, 2)) for iri in entry.iris)
    if actor.kind in GROUND:
        return replace(actor, kind=entry.kind, authority=entry.id, links=links, state=entry.state)
    return replace(actor, authority=entry.id, links=links, state=actor.state or entry.state)


def _candidates(actor: Actor, authority: Authority, context: Context) -> list[Candidate]:
    """What it may be, the likeliest first; of equals the one that the article speaks more about, then the weightier."""
    fits: dict[str, float] = {}
    for fit, entry in _found(actor, authority, context):
        fits[entry.id] = max(fit, fits.get(entry.id, 0))
    rows = [(authority.entry(id), fit) for id, fit in fits.items()]
    towns = (entry for entry, _ in rows if entry.kind == "Place" and not entry.offices.startswith("admin"))
    least = max((entry.weight for entry in towns), default=0) // HAMLET
    rows = [(entry, fit) for entry, fit in rows if entry.kind != "Place" or entry.weight >= least]
    candidates = [Candidate(entry, fit, _support(actor, entry, fit, context)) for entry, fit in rows]
    return sorted(candidates, key=lambda c: (-c.score, *_preference(c.entry, context)))


def _preference(entry: Entry, context: Context) -> tuple[int, bool, int, str]:
    return -context.states[entry.state or ""], entry.offices.startswith("admin"), -entry.weight, entry.id


def _found(actor: Actor, authority: Authority, context: Context) -> list[tuple[float, Entry]]:
    """Rows that bear its longest name in the tables, with how well it fits: shorter names are other people's."""
    if actor.kind == "State" and (state := authority.get(f"state/{actor.state}")):
        named = [entry for name in names_of(actor) for entry in authority.lookup(name)]
        return [(EXACT, state), *((EXACT, entry) for entry in named if entry.kind in GROUND)]
    kinds = _FITTING.get(actor.kind, frozenset())
    for name in _telling(actor, authority):
        fitting = [(f, e) for f, e in _bearing(name, actor, authority, context) if e.kind in kinds]
        if fitting:
            return fitting
    return []


def _telling(actor: Actor, authority: Authority) -> list[str]:
    """The names that may be looked up.

    Where recognition counts "U.S. Navy" among the names of the armed forces, the forces' own label tells nothing.
    """
    names = names_of(actor)
    others = [name for name in names if name != actor.label]
    return others if actor.kind in OF_STATES and any(_unknown(name, authority) for name in others) else names


def _unknown(name: str, authority: Authority) -> bool:
    return not authority.lookup(name) and not authority.metonym(name)


def _bearing(
    name: str, actor: Actor, authority: Authority, context: Context
) -> Iterator[tuple[float, Entry]]:
    if actor.kind == "Person" and " " not in name.strip():
        if len(names_of(actor)) == 1:
            yield from ((SURNAME, entry) for entry in _leaders(name, authority, context))
        return
    fit = ACRONYM if name.isupper() and len(name) <= LONGEST_ACRONYM else EXACT
    exact = authority.lookup(name)
    yield from ((fit, entry) for entry in exact)
    if not exact and actor.kind not in GROUND:
        yield from ((SIMILAR, entry) for entry in authority.similar(name))


def _leaders(surname: str, authority: Authority, context: Context) -> list[Entry]:
    """Those who may be meant by a bare surname: leaders of states that the article speaks of, in office by its date."""
    namesakes = authority.by_surname(surname)
    if len(namesakes) > CROWDED or not context.published:
        return []
    leading = [entry for entry in namesakes if _leads(entry, context.published)]
    return [entry for entry in leading if context.states[entry.state or ""]]


def _leads(entry: Entry, published: date) -> bool:
    """Whether it headed a state or government at most some years before the day."""
    first, last = entry.valid_from or "9999", entry.valid_to or "9999"
    in_time = first <= published.isoformat() and published.year - LASTING <= int(last[:4])
    return in_time and entry.weight == RANKS["1"]


def _support(actor: Actor, entry: Entry, fit: float, context: Context) -> float:
    """How far the article speaks for this bearer of the name, from UNSUPPORTED to 1."""
    if entry.kind == "State" and actor.kind == "State":
        return 1.0
    if fit == ACRONYM and entry.kind != "InternationalBody" and _short(actor):
        return UNSUPPORTED
    if entry.kind not in GROUND and actor.state and entry.state and actor.state != entry.state:
        return UNSUPPORTED
    own = (
        actor.state == entry.state and entry.kind in OF_STATES and entry.weight >= RANKS["1"]
    )  # "the French army"
    if entry.state and (own or _spoken_of(entry, context)):
        return 1.0
    return 1.0 if _known_alone(actor, entry, fit) else UNSUPPORTED


def _spoken_of(entry: Entry, context: Context) -> bool:
    """Whether the article speaks of the state; of a place's or little body's more than in passing, for these have namesakes."""
    state = entry.state or ""
    little = entry.kind in GROUND or entry.kind != "Person" and entry.weight <= RANKS["3"]
    return context.about(state) if little else context.states[state] > 0


def _known_alone(actor: Actor, entry: Entry, fit: float) -> bool:
    """Whether the name tells who is meant without anything else."""
    if entry.kind in GROUND:
        return entry.weight >= BIG or not entry.state or entry.offices == "capital"
    if entry.kind == "PoliticalParty":
        return False
    if entry.weight >= RANKS["1"]:
        return True
    words = max((name.split() for name in names_of(actor)), key=len)
    if entry.kind == "Person":
        return not entry.state and entry.weight >= RANKS["2"] or len(words) > 2 and min(map(len, words)) > 2
    if entry.weight < RANKS["2"]:
        return fit != ACRONYM and not entry.state
    return not entry.state or len(words) > 2


def _short(actor: Actor) -> bool:
    """Whether it goes by two letters alone: "AP", "IS"."""
    return all(len(name) == 2 for name in names_of(actor))


def _rivals(best: Candidate, other: Candidate, context: Context) -> bool:
    """Whether the other is so likely that choosing would be guessing."""
    if other.score < NEAR * best.score:
        return False
    ours, theirs = (context.states[c.entry.state or ""] for c in (best, other))
    if best.entry.state == other.entry.state:
        return best.entry.kind not in GROUND
    if best.entry.kind == "State" and other.entry.kind == "Place":
        return not ours and (not other.entry.state or context.places[other.entry.state] > 0)
    if theirs >= ours and {best.entry.kind, other.entry.kind} != {"Place"}:
        return True
    return ours < 2 * theirs or not ours and best.entry.weight < CLEARLY * other.entry.weight
