"""Whom the sentence itself says that a noun phrase means: by apposition, predicate, "known as", "as", or a name in it."""

from collections.abc import Iterator

from kg.actors.bearers import Figure
from kg.actors.find_phrases import Phrase
from kg.actors.hints import hints
from kg.actors.read_phrase import of_complement
from kg.actors.resolve_pronouns import BODIES
from kg.actors.scene import Scene
from kg.model import Sentence

OTHERS = frozenset(
    {"Person", "Place", "State", "Government", "InternationalBody", "Population"}
)  # lend, do not share, names
ARMED = frozenset({"ArmedForce", "ArmedGroup"})


class Grammar:
    """Resolves noun phrases by what stands beside them."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def resolve(self, phrase: Phrase) -> Iterator[Figure]:
        """Who is meant, the surest first; nobody where the sentence does not say."""
        ways = (
            self._apposed, self._apposed_behind, self._called, self._predicated, self._as_office, self._one_of_two,
            self._bearer, self._place, self._relation,
        )  # fmt: skip
        return (figure for way in ways if (figure := way(phrase)) is not None)

    def modifier(self, phrase: Phrase) -> Figure | None:
        """Who is named before the noun."""
        return (
            self._scene.named.of.get((phrase.sentence, phrase.name.head)) if phrase.name is not None else None
        )

    def _apposed(self, phrase: Phrase) -> Figure | None:
        """Mali, in "Mali, its former colony"; Jean Dupont, in "the minister, Jean Dupont"."""
        here = self._scene.sentences[phrase.sentence]
        token = here.tokens[phrase.head]
        twins = [
            t.index
            for t in here.tokens[token.index + 1 : token.index + 6]
            if t.head == token.head and t.dep == token.dep != "conj"
        ]
        for beside in (*here.children[phrase.head], *twins):
            named = self._scene.named.of.get((phrase.sentence, beside))
            if (
                named is not None
                and (here.tokens[beside].dep == "appos" or beside in twins)
                and _may_be(named, phrase)
            ):
                return named
        return (
            self._only(phrase, self._scene.at(phrase.sentence, token.head)) if token.dep == "appos" else None
        )

    def _apposed_behind(self, phrase: Phrase) -> Figure | None:
        """Jean Dupont, in "the president of Mali, Jean Dupont", whom the parser sets beside Mali."""
        here = self._scene.sentences[phrase.sentence]
        if phrase.kind != "Person" or phrase.plural or phrase.of < 0:
            return None
        for beside in here.children[phrase.of]:
            named = self._scene.named.of.get((phrase.sentence, beside))
            first = min(here.subtree(beside), default=beside)
            if named is not None and named.kind == "Person" and here.tokens[first - 1].text == ",":
                return named
        return None

    def _called(self, phrase: Phrase) -> Figure | None:
        """Boko Haram, in "a rebel group known as Boko Haram"."""
        here = self._scene.sentences[phrase.sentence]
        for child in here.children[phrase.head]:
            if here.tokens[child].dep == "acl" and here.tokens[child].lemma in hints("called"):
                below = [child, *(c for c in here.children[child] if here.tokens[c].lemma == "as")]
                named = (
                    self._scene.named.of.get((phrase.sentence, c)) for at in below for c in here.children[at]
                )
                return next((figure for figure in named if figure is not None), None)
        return None

    def _predicated(self, phrase: Phrase) -> Figure | None:
        """France, in "France was Mali's ally"."""
        here = self._scene.sentences[phrase.sentence]
        token = here.tokens[phrase.head]
        below = here.children[token.head]
        if (
            token.dep != "attr"
            or here.tokens[token.head].lemma != "be"
            or any(here.tokens[c].dep == "neg" for c in below)
        ):
            return None
        subjects = (
            self._scene.at(phrase.sentence, child) for child in below if here.tokens[child].dep == "nsubj"
        )
        return self._only(phrase, next(subjects, []))

    def _as_office(self, phrase: Phrase) -> Figure | None:
        """Who serves as what: him in "sacked him as minister" and "the election of him as chair", else who "won a term as president"."""
        here = self._scene.sentences[phrase.sentence]
        token = here.tokens[phrase.head]
        verb = here.tokens[phrase.governor]
        preposition = here.tokens[token.head]
        if phrase.kind != "Person" or phrase.plural or preposition.lemma != "as" or token.dep != "pobj":
            return None
        if verb.pos == "NOUN" and (whose := of_complement(here, verb)) >= 0:
            return self._only(phrase, self._scene.at(phrase.sentence, whose))
        if verb.pos == "NOUN" and verb.dep == "dobj":
            verb = here.tokens[verb.head]
        objects = next((c for c in here.children[verb.index] if here.tokens[c].dep == "dobj"), -1)
        found = self._scene.at(phrase.sentence, objects)
        return self._only(phrase, found or list(self._scene.clause_subjects(phrase.sentence, verb.index)))

    def _one_of_two(self, phrase: Phrase) -> Figure | None:
        """The same person, in "the old general and deputy has resigned"."""
        here = self._scene.sentences[phrase.sentence]
        token = here.tokens[phrase.head]
        first = here.tokens[token.head]
        if (
            token.dep != "conj"
            or phrase.kind != "Person"
            or phrase.plural
            or phrase.definite
            or phrase.number
        ):
            return None
        own = any(here.tokens[c].dep in ("det", "poss", "appos") for c in here.children[phrase.head])
        described = first.dep in ("appos", "attr") or first.dep == "nsubj" and _singular(here, first.head)
        if own or not described:
            return None
        return self._only(phrase, self._scene.at(phrase.sentence, first.index))

    def _bearer(self, phrase: Phrase) -> Figure | None:
        """The M23, for "M23 rebels"; nobody for "SADC troops" and "Kagame supporters"."""
        figure = self.modifier(phrase)
        if figure is None or figure.kind in OTHERS:
            return None
        same_sort = phrase.kind == figure.kind or phrase.word in hints("group")
        return figure if same_sort and (phrase.kind in ARMED or phrase.collective) else None

    def _place(self, phrase: Phrase) -> Figure | None:
        """The place itself, in "South Kivu province", "the town of Goma"."""
        if phrase.word not in hints("place is its name"):
            return None
        figure = self.modifier(phrase) or self._scene.named.of.get((phrase.sentence, phrase.of))
        return figure if figure is not None and figure.kind in ("Place", "State") else None

    def _relation(self, phrase: Phrase) -> Figure | None:
        """France, for "its French ally"; the other state in mind, for "its neighbour"; a president's own, for "his country"."""
        if phrase.word not in hints("relation") or phrase.plural:
            return None
        if phrase.adjective:
            return self._scene.named.of_state("State", phrase.adjective)
        owner = next(iter(self._scene.at(phrase.sentence, phrase.owner)), None)
        if owner is not None and owner.state and owner.kind == "Person" and phrase.lemma in hints("country"):
            return self._scene.named.of_state("State", owner.state)
        if owner is None or owner.kind not in ("State", "Government"):
            return None
        return next((f for f in self._scene.in_mind() if f.kind == "State" and f.state != owner.state), None)

    def _only(self, phrase: Phrase, figures: list[Figure]) -> Figure | None:
        return figures[0] if len(figures) == 1 and _may_be(figures[0], phrase) else None


def _may_be(figure: Figure, phrase: Phrase) -> bool:
    """Whether a figure can be what an apposition or predicate says: kinds that go together, numbers that agree."""
    if phrase.plural and not figure.plural:
        return False
    if figure.kind == phrase.kind:
        return phrase.plural == figure.plural or figure.named
    if phrase.lemma in hints("relation"):
        return True
    if figure.kind in BODIES - {"State"} and phrase.kind in BODIES - {"State"}:
        return figure.named
    return figure.kind in ("State", "Place") and phrase.kind in ("State", "Place")


def _singular(sentence: Sentence, verb: int) -> bool:
    """Whether the verb's form tells one subject: "has", "was"."""
    tokens = (sentence.tokens[at] for at in (verb, *sentence.children[verb]))
    return any(token.tag == "VBZ" or token.text.lower() == "was" for token in tokens)
