"""Whose government or armed force a phrase means: "the junta", "government forces", "SADC troops", "its army"."""

from kg.actors.bearers import Figure
from kg.actors.find_phrases import Phrase
from kg.actors.hints import hints
from kg.actors.scene import Scene

SENDERS = frozenset(
    {"InternationalBody", "ArmedGroup", "Organisation", "PoliticalParty"}
)  # have forces of their own


class Bodies:
    """Resolves phrases for those who act and fight for a state or body."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def resolve(self, phrase: Phrase, lender: Figure | None, state: str | None) -> list[Figure]:
        """The government or armed force of a state or body; of two where "and" joins them."""
        if not acts_for_state(phrase):
            return []
        if phrase.joined and not phrase.number:
            return [self._scene.named.of_state(phrase.kind, each) for each in phrase.joined]
        if lender is not None and lender.kind == "Person":  # "the Trump administration", "Kagame's troops"
            state = state or lender.state or (self._scene.main if phrase.owner >= 0 else None)
        found = [self._scene.named.of_state(phrase.kind, state)] if state else []
        if phrase.kind == "ArmedForce" and lender is not None and lender.named and lender.kind in SENDERS:
            return [*found, self._scene.named.of_owner(phrase.kind, lender)]
        return found or self._understood_force(phrase)

    def _understood_force(self, phrase: Phrase) -> list[Figure]:
        """Whose "government forces" and bare "troops" are."""
        if phrase.kind != "ArmedForce" or phrase.owner >= 0 or phrase.name is not None or phrase.number:
            return []
        if phrase.modifiers & hints("of the state") and self._scene.main:
            return [self._scene.named.of_state(phrase.kind, self._scene.main)]
        if (
            phrase.modifiers - hints("passing")
            or not phrase.plural
            or phrase.lemma not in hints("bare force")
        ):
            return []
        in_mind = [f for f in self._scene.in_mind() if f.kind == "ArmedForce" and (f.state or f.owner)]
        return self._sender(phrase) or in_mind[:1]

    def _sender(self, phrase: Phrase) -> list[Figure]:
        """Uganda's, in "Uganda deployed troops"."""
        if phrase.role not in ("dobj", "pobj"):
            return []
        subjects = self._scene.clause_subjects(phrase.sentence, phrase.governor)
        states = {figure.state for figure in subjects if figure.kind in ("State", "Government")}
        return [
            self._scene.named.of_state("ArmedForce", state) for state in states if state and len(states) == 1
        ]

    def latest(self, phrase: Phrase) -> Figure | None:
        """For "the army", "the government": the one spoken of last, or that of the state that the article is about."""
        if phrase.number:
            return None
        for figure in self._scene.in_mind():
            if figure.kind == phrase.kind and (figure.state or figure.owner):
                return figure
        state = self._state_here()
        return self._scene.named.of_state(phrase.kind, state) if state else None

    def _state_here(self) -> str | None:
        """The state that the article is about, or before its first mention the one most in mind."""
        main = self._scene.main
        told = (figure.state for figure in self._scene.in_mind() if figure.state)
        return main if any(figure.state == main for figure in self._scene.figures) else next(told, main)


def acts_for_state(phrase: Phrase) -> bool:
    """Whether it is the government or army as a whole; not the police, and nobody "former", "special", "rebel"."""
    if is_apart(phrase) or phrase.kind == "ArmedForce" and phrase.of >= 0 and not phrase.state:
        return False  # "the forces of evil" are nobody's army
    if phrase.kind == "Government":
        return phrase.lemma in hints("whole government") and not phrase.modifiers & (
            hints("armed") | hints("no government")
        )
    return phrase.kind == "ArmedForce" and phrase.lemma in hints("whole force")


def is_apart(phrase: Phrase) -> bool:
    """Whether modifiers set it apart from what goes by the bare noun."""
    return bool(phrase.modifiers & hints("apart"))
