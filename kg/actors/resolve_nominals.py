"""Whom noun phrases mean: "the junta", "its former colony", "M23 rebels", "both sides", "four activists"."""

import itertools
from collections.abc import Iterable

from kg.actors.bearers import Figure
from kg.actors.find_phrases import Phrase
from kg.actors.hints import Gender, hints
from kg.actors.read_phrase import LONGEST_LIST, joins_before
from kg.actors.resolve_bodies import Bodies, acts_for_state, is_apart
from kg.actors.resolve_grammar import ARMED, Grammar
from kg.actors.resolve_pairs import PEOPLE, Pairs
from kg.actors.resolve_pronouns import BODIES, SUBJECTS
from kg.actors.scene import ARGUMENTS, Scene

POPULACE = frozenset({"Population"})
RECENT = 2  # sentences back
RULING = frozenset({"head-of-state", "head-of-government", "military", "royal"})  # offices in titles.csv


class Nominals:
    """Resolves the noun phrases of one article, in text order."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._bodies = Bodies(scene)
        self._grammar = Grammar(scene)
        self._pairs = Pairs(scene)
        self._told: dict[tuple[object, ...], Figure] = {}  # what a phrase says → who was brought in by it

    def resolve(self, phrase: Phrase) -> list[Figure]:
        """Who is meant: somebody known, two of them, or somebody new; and whom "and" joins to the noun before it."""
        joined = [
            figure
            for child in self._scene.sentences[phrase.sentence].children[phrase.head]
            if child < phrase.first
            for figure in self._scene.at(phrase.sentence, child)
            if joins_before(self._scene.sentences[phrase.sentence], child)
        ]
        return [*joined, *self._meant(phrase)]

    def _meant(self, phrase: Phrase) -> list[Figure]:
        for known in self._grammar.resolve(phrase):
            return [self._told_of(known, phrase)]
        owner = next(iter(self._scene.at(phrase.sentence, phrase.owner)), None)
        state = _state(phrase, owner) or self._state_of(phrase)
        bodies = self._bodies.resolve(phrase, owner or self._grammar.modifier(phrase), state)
        if len(bodies) == 1:
            return [self._told_of(bodies[0], phrase)]
        if several := bodies or self._pairs.resolve(phrase):
            return several
        if phrase.definite and (owner is None or state):
            if (antecedent := self._antecedent(phrase, state)) is not None:
                return [self._told_of(antecedent, phrase)]
        return [self._told_again_or_new(phrase, state, owner)]

    def _state_of(self, phrase: Phrase) -> str | None:
        """Spain, for "the government of Spanish Prime Minister Pedro Sánchez"."""
        head = self._scene.named.of.get((phrase.sentence, phrase.of))
        return (
            head.state if head is not None and head.kind == "Person" and phrase.kind == "Government" else None
        )

    def _told_of(self, figure: Figure, phrase: Phrase) -> Figure:
        """The figure, richer by what the phrase says of it."""
        here = self._scene.sentences[phrase.sentence]
        if not phrase.number or figure.number or not figure.phrases:
            figure.phrases[here.span(phrase.first, phrase.last).text] += 1
            if phrase.through > phrase.last and not figure.named:
                figure.phrases[here.span(phrase.first, phrase.through).text] += 0
        figure.words |= {phrase.lemma, *phrase.modifiers}
        if figure.kind == "Person" and not figure.plural:
            figure.gender = figure.gender or phrase.gender
            figure.titles.add(phrase.word)
            figure.state = figure.state or phrase.state
        return figure

    # Definite phrases

    def _antecedent(self, phrase: Phrase, state: str | None) -> Figure | None:
        if phrase.lemma in hints("country") and not is_apart(phrase):
            return None if phrase.plural else self._country(phrase)
        if acts_for_state(phrase):
            return self._bodies.latest(phrase)
        apart = self._beside(phrase)
        fitting = [
            figure
            for figure in self._scene.remembered()
            if (state in (None, figure.state) or figure.state is None) and figure not in apart
        ]
        if same := next((figure for figure in fitting if _same_words(figure, phrase)), None):
            return same
        here = self._scene.sentences[phrase.sentence]
        capital = (
            phrase.first > 0 and here.tokens[phrase.head].text[:1].isupper()
        )  # "the Guards" of the Revolutionary Guard
        if called := next((figure for figure in fitting if _in_its_name(figure, phrase, capital)), None):
            return called
        if phrase.kind == "Person" and not phrase.plural:
            return self._person(phrase, state, fitting)
        if phrase.kind in PEOPLE and phrase.plural and phrase.lemma in hints("anybody"):
            if not phrase.modifiers and phrase.of < 0:
                return self._anybody(phrase, state)
        return self._named_of_kind(phrase, fitting)

    def _to_be_named(self, phrase: Phrase, state: str | None) -> Figure | None:
        """Jean Dupont, for "the Malian defence chief" of a lead that the story follows up with "Defence Minister Jean Dupont"."""
        if not state or is_apart(phrase) or phrase.modifiers & (hints("no longer") | hints("ordinal")):
            return None
        found = {
            figure: None
            for figure in self._scene.named.of.values()
            if figure.kind == "Person" and figure.state in (None, state) and _in_office(figure, phrase)
        }
        return next(iter(found)) if len(found) == 1 else None

    def _person(self, phrase: Phrase, state: str | None, fitting: list[Figure]) -> Figure | None:
        """Who holds the office, or is described so, or will be named."""
        holders = (
            figure
            for figure in fitting
            if (phrase.state or phrase.of < 0)
            and (_holds(figure, phrase.word) or self._rules(figure, phrase, state))
            and not self._contradicts(phrase, figure)
        )
        return next(holders, None) or self._described(phrase, fitting) or self._to_be_named(phrase, state)

    def _anybody(self, phrase: Phrase, state: str | None) -> Figure | None:
        """Those most in mind, for "the men", "the attackers"; for "the people" no persons and no army."""
        kinds = ARMED if phrase.kind in ARMED else POPULACE if phrase.lemma == "people" else PEOPLE
        fitting = (
            f
            for f in self._scene.in_mind()
            if f.plural and f.kind in kinds and phrase.number in ("", f.number) and state in (None, f.state)
        )
        return next(fitting, None)

    def _described(self, phrase: Phrase, fitting: Iterable[Figure]) -> Figure | None:
        """The person most in mind, for "the former union leader", "the 60-year-old": news varies its protagonist's names."""
        described = any(word in hints("describes") or "year" in word for word in phrase.modifiers)
        known = phrase.lemma in hints("protagonist") or phrase.lemma in hints("ruler") and _judged(phrase)
        if not (phrase.role in SUBJECTS and described or known):
            return None
        people = (f for f in fitting if f.named and f.kind == "Person" and self._scene.weight(f))
        person = next(people, None)
        former = phrase.modifiers and phrase.modifiers <= hints("no longer")
        if (
            person is None
            or former
            and _holds(person, phrase.word)
            or Gender.UNKNOWN != phrase.gender != person.gender
        ):
            return None
        return person

    def _beside(self, phrase: Phrase) -> set[Figure]:
        """Who stands in or beside the phrase, and is not meant by it: "the Houthis and the Saudi-led coalition"."""
        scene, here = self._scene, self._scene.sentences[phrase.sentence]
        token = here.tokens[phrase.head]
        inside = range(
            phrase.first, phrase.head if phrase.kind != "State" else 0
        )  # "the Malian state" is Mali
        found = {who for at in inside for who in scene.at(phrase.sentence, at)}
        for _ in range(LONGEST_LIST):
            if token.dep != "conj":
                break
            token = here.tokens[token.head]
            found.update(scene.at(phrase.sentence, token.index))
        if phrase.role in ("nsubj", "nsubjpass", "dobj", "agent"):
            for child in here.children[phrase.governor][:ARGUMENTS]:
                found.update(scene.at(phrase.sentence, child))
        return found

    def _rules(self, figure: Figure, phrase: Phrase, state: str | None) -> bool:
        """Whether "Niger's leader", "the military leader" may be a person told by the rank or office of those who rule."""
        told = (self._scene.authority.title(title) for title in sorted(figure.titles))
        office = any(title is not None and title.office in RULING for title in told)
        tied = figure.state if state else phrase.modifiers & hints("soldierly")
        return phrase.lemma in hints("ruler") and figure.kind == "Person" and bool(tied) and office

    def _country(self, phrase: Phrase) -> Figure | None:
        """For "the country": the article's own where it is in mind, else the state most in mind."""
        states = [figure for figure in self._scene.in_mind() if figure.kind == "State"]
        own = self._scene.named.keyed.get(("State", self._scene.main or ""))
        if any(word[:1].isupper() for word in phrase.modifiers):
            return self._of_region(phrase, own, states)
        return own if own in states else next(iter(states), own)

    def _of_region(self, phrase: Phrase, own: Figure | None, states: list[Figure]) -> Figure | None:
        """For "the West African nation": the article's own told just before, if only as "Malian"; else one told later.

        It is none that stands beside it or behind: not France, in "The West African nation expelled the envoy of France".
        """
        of, here = self._scene.named.of, phrase.sentence
        behind = range(phrase.head + 1, len(self._scene.sentences[here].tokens))
        apart = self._beside(phrase) | {of[here, at] for at in behind if (here, at) in of}
        recent = [own] if self._is_recent(own, phrase) else []
        later = (figure for (sentence, _), figure in of.items() if sentence > here)
        candidates = itertools.chain(recent, states, (own,), later)
        return next((f for f in candidates if f is not None and f.kind == "State" and f not in apart), None)

    def _is_recent(self, figure: Figure | None, phrase: Phrase) -> bool:
        """Whether it was told in this sentence or just before, if only by an adjective, which soon fades."""
        told = figure is not None and figure in self._scene.figures
        return figure is not None and told and phrase.sentence - self._scene.last(figure).sentence <= RECENT

    def _named_of_kind(self, phrase: Phrase, fitting: Iterable[Figure]) -> Figure | None:
        """For "the group", "the bloc", "the heavily armed militia": the named one of that kind most in mind."""
        if (
            phrase.kind in ("Person", "Population", "Place", "Government")
            or phrase.lemma in hints("institution")
            or phrase.kind == "Organisation"
            and phrase.modifiers
            and phrase.lemma not in hints("any body")
            or phrase.plural
            and phrase.kind != "ArmedGroup"
        ):
            return None
        kinds = {phrase.kind}
        if phrase.lemma in hints("any body"):
            kinds |= {"Organisation", "ArmedGroup", "InternationalBody", "PoliticalParty"}
        alive = (figure for figure in fitting if self._scene.weight(figure))
        return next(
            (
                figure
                for figure in alive
                if figure.named and figure.kind in kinds and not self._contradicts(phrase, figure)
            ),
            None,
        )

    def _contradicts(self, phrase: Phrase, figure: Figure) -> bool:
        """Whether the phrase means somebody else: "the former group", or "the Green nominee" where another one is Green."""
        others = phrase.modifiers - figure.words
        if phrase.name is not None and phrase.name.state is None and phrase.name.text not in figure.names:
            return True
        if figure.titles and others & hints("sort of office") - set(" ".join(figure.titles).split()):
            return True
        if others & hints("apart") or phrase.kind == "Person" and any(word[:1].isupper() for word in others):
            return True
        named = {word for word in others if word[:1].isupper()}
        return any(named & other.words for other in self._scene.in_mind() if other is not figure)

    def _told_again_or_new(self, phrase: Phrase, state: str | None, owner: Figure | None) -> Figure:
        """The same for a plural or collective told again without article, "rebels"; anybody else is new."""
        institution = (
            phrase.lemma in hints("institution")
            and owner is None
            and phrase.name is None
            and not phrase.number
        )
        state = state or (self._scene.main if institution else None)
        key = (phrase.kind, phrase.word, phrase.modifiers, state, owner)
        told = self._told.get(key) if (phrase.plural or phrase.collective) and not phrase.number else None
        if told is None:
            told = Figure(
                phrase.kind,
                state,
                plural=phrase.plural,
                gender=phrase.gender,
                owner=owner,
                institution=institution,
            )
            told.number = phrase.number
            if not phrase.number:
                self._told[key] = told
        return self._told_of(told, phrase)


def _state(phrase: Phrase, owner: Figure | None) -> str | None:
    """Whose state it is of: "its army", "the government's forces", "Kagame's troops", but not "Mali's neighbours"."""
    if phrase.lemma in hints("relation"):
        return None
    if phrase.state or owner is None:
        return phrase.state
    of_state = owner.kind in ("State", "Government")
    commands = owner.kind in ("Person", "ArmedForce") and phrase.kind in ("Government", "ArmedForce")
    return owner.state if of_state or commands else None


def _judged(phrase: Phrase) -> bool:
    """Whether the adjectives before "leader" say what sort of person, and not whose leader: "the unpopular leader"."""
    words = {
        word for word in phrase.modifiers if word.lower() not in hints("continental") | hints("direction")
    }
    return words < phrase.modifiers and not words or bool(words & hints("judges"))


def _in_its_name(figure: Figure, phrase: Phrase, capital: bool) -> bool:
    """Whether the noun is a word of the name: "the agency" for the International Atomic Energy Agency."""
    if (
        not figure.named
        or phrase.plural
        and not capital
        or phrase.name is not None
        or phrase.modifiers & hints("apart")
    ):
        return False
    if phrase.lemma in hints("facility"):
        return figure.kind in ("Place", "Organisation") and bool(_name_words(figure) & hints("building"))
    both = BODIES - {"State", "Government"}
    return figure.kind in both and phrase.kind in both and phrase.lemma in _name_words(figure)


def _name_words(figure: Figure) -> set[str]:
    return {word for name in (figure.label, *figure.names) for word in name.lower().split()}


def _same_words(figure: Figure, phrase: Phrase) -> bool:
    """Whether the figure has been called so before, by the same noun and no fewer modifiers."""
    if figure.kind != phrase.kind and not (figure.kind in PEOPLE and phrase.kind in PEOPLE):
        return False
    if (
        phrase.number
        and figure.number
        and phrase.number != figure.number
        or not phrase.modifiers <= figure.words
    ):
        return False
    if figure.kind == phrase.kind == "ArmedGroup" and phrase.plural and (figure.named or figure.plural):
        return figure.named or phrase.lemma in figure.words
    return phrase.plural == figure.plural and phrase.lemma in figure.words


def _in_office(figure: Figure, phrase: Phrase) -> bool:
    """Whether a title of the person is the phrase's word, or the same sort of office: "defence chief", "defence minister"."""
    if phrase.lemma in hints("like office"):
        return figure.state == phrase.state
    sorts = phrase.modifiers & hints("sort of office")
    told = [set(title.split()) for title in figure.titles]
    if sorts:
        alike = phrase.lemma in hints("ruler")
        return any(sorts <= words and (alike or phrase.word in words) for words in told)
    return phrase.lemma not in hints("ruler") and {phrase.word} in told


def _holds(figure: Figure, word: str) -> bool:
    """Whether a person has this office: "president" of "interim president"."""
    return (
        figure.kind == "Person"
        and not figure.plural
        and any(word == title.split()[-1] for title in figure.titles if title)
    )
