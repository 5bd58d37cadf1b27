"""What an article speaks of, as far as that tells namesakes apart; read off its actors before `link` judges them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kg.authority import Authority
from kg.model import Actor, Form

BIG = 500_000  # inhabitants: a place of this size is meant without its state being named
GROUND = frozenset({"Place", "State"})
OF_STATES = frozenset({"Government", "ArmedForce"})  # known by phrases as well as names: "the French army"


@dataclass(frozen=True, slots=True)
class Context:
    """What an article speaks of, as far as that tells namesakes apart; ISO 3166-1 alpha-3 → mentions."""

    states: Counter[str]  # of the state, its bodies, people and big places
    places: Counter[str]  # of its big places alone
    published: date | None

    def about(self, state: str) -> bool:
        """Whether the article is also about the state: it speaks of it a quarter as often as of the first, or more."""
        return 4 * self.states[state] >= max(self.states.values(), default=1)


def read_context(actors: Sequence[Actor], authority: Authority, published: date | None) -> Context:
    """What the article that these actors are of speaks of."""
    states: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for actor in actors:
        if state := _told_by(actor, authority):
            states[state] += len(actor.mentions)
            if actor.kind == "Place":
                places[state] += len(actor.mentions)
    return Context(states, places, published)


def _told_by(actor: Actor, authority: Authority) -> str | None:
    """The state that an article surely speaks of where it speaks of this actor; None where the name is shared."""
    if actor.kind == "Place":
        found = [
            entry for name in names_of(actor) for entry in authority.lookup(name) if entry.kind in GROUND
        ]
        big = any(entry.weight >= BIG for entry in found)
        return found[0].state if big and len({entry.state for entry in found}) == 1 else None
    names = names_of(actor)
    if actor.kind == "State":
        shared = names and all(len(_bearers(name, authority) | {actor.state}) > 1 for name in names)
        return None if shared else actor.state
    if actor.kind == "Population":
        return actor.state if any(authority.demonyms(name) for name in names) else None
    known = any(entry.kind == actor.kind for entry in authority.lookup(actor.label))
    return actor.state if actor.kind in OF_STATES and known else None


def _bearers(name: str, authority: Authority) -> set[str | None]:
    """The states that a name may speak of, by themselves or by a big place in them; None for a region of several."""
    found = authority.lookup(name)
    return {e.state for e in found if e.kind == "State" or e.kind == "Place" and e.weight >= BIG}


def names_of(actor: Actor) -> list[str]:
    """The proper names that the article gives it, the longest first; for a state's body its label too, a phrase.

    The label of others may come from the tables, and says nothing of who is meant.
    """
    names = {mention.text for mention in actor.mentions if mention.form is Form.NAME}
    names |= {actor.label} if actor.kind in OF_STATES else set()
    return sorted(names, key=lambda name: (-len(name), name))
