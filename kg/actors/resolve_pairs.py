"""Whom phrases for two mean: "both sides", "the two countries", "the parties"."""

import itertools

from kg.actors.bearers import Figure
from kg.actors.find_phrases import Phrase
from kg.actors.hints import hints
from kg.actors.resolve_bodies import is_apart
from kg.actors.resolve_grammar import ARMED
from kg.actors.resolve_pronouns import BODIES
from kg.actors.scene import Scene

PEOPLE = frozenset({"Person", "Population", "ArmedGroup", "ArmedForce"})
OF_STATE = frozenset({"State", "Government", "ArmedForce"})
WARRING = frozenset({"State", "Government", "ArmedForce", "ArmedGroup", "PoliticalParty"})


class Pairs:
    """Resolves noun phrases for two."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def resolve(self, phrase: Phrase) -> list[Figure]:
        """The two of a kind most in mind, for "the two countries", "both sides"; of "the countries" two told together."""
        told_two = phrase.number == "two" or phrase.both
        several = self._is_the(phrase) and phrase.lemma in hints("country") | hints("side")
        if phrase.state or not phrase.definite or not (told_two or several and not is_apart(phrase)):
            return []
        if phrase.lemma in hints("side") and (many := self._factions()):
            return many
        kinds = _kinds_of_both(phrase)
        for _, pair in sorted(self._scene.pairs, key=lambda weighed: -weighed[0]):
            if len(pair) == 2 and all(figure.kind in kinds for figure in pair):
                return pair
        return self._two_in_mind(kinds) if told_two else []

    def _is_the(self, phrase: Phrase) -> bool:
        """Whether it is "the countries", and not "the four" of them, "these" or "all"."""
        here = self._scene.sentences[phrase.sentence]
        below = (here.tokens[c] for c in here.children[phrase.head])
        return (
            phrase.plural
            and not phrase.number
            and {"the"} == {t.lemma for t in below if t.dep in ("det", "predet")}
        )

    def _factions(self) -> list[Figure]:
        """The warring factions, for "the parties" and "both sides" of an article that has called them so."""
        told = (
            f for f in self._scene.remembered() if f.kind in ARMED and not f.named and f.words & hints("side")
        )
        return list(itertools.islice(told, 1))

    def _two_in_mind(self, kinds: frozenset[str]) -> list[Figure]:
        """No two of one state: India is not at odds with its army."""
        found: dict[object, Figure] = {}
        for figure in self._scene.remembered():
            if figure.kind in kinds and (figure.named and not figure.plural or figure.kind in ARMED):
                found.setdefault(figure.state if figure.kind in OF_STATE else figure, figure)
        two = list(found.values())[:2] if len(found) > 1 else []
        return [self._country_of(figure) if figure.kind in OF_STATE else figure for figure in two]

    def _country_of(self, figure: Figure) -> Figure:
        country = self._scene.named.keyed.get(("State", figure.state or ""))
        return country if country is not None and country in self._scene.figures else figure


def _kinds_of_both(phrase: Phrase) -> frozenset[str]:
    if phrase.lemma in hints("country"):
        return frozenset({"State"})
    if phrase.lemma in hints("side"):
        return WARRING
    if phrase.lemma == "two":
        return PEOPLE | BODIES
    return frozenset({phrase.kind, "Person"} if phrase.kind == "Population" else {phrase.kind})
