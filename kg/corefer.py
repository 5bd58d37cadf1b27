"""Fourth step of `recognise`: what noun phrases and pronouns speak of, read in text order.

Salience follows Lappin & Leass (1994), "An Algorithm for Pronominal Anaphora Resolution", table 1: a mention gives its figure
weight by its grammatical place, and every sentence halves the weight of all before it.
"""

from collections.abc import Mapping, Sequence

from kg.hints import Gender, gender_of, hints
from kg.find_phrases import QUANTITIES, RELATIVE, Phrase
from kg.merge_names import Figure, Named
from kg.model import Form, Sentence, Token

WEIGHTS: Mapping[str, int] = {
    "nsubj": 80, "nsubjpass": 80, "ROOT": 70, "agent": 60, "dobj": 50, "dative": 40, "pobj": 40, "poss": 50, "attr": 40,
    "appos": 30, "compound": 20, "amod": 20, "nmod": 20,
}  # fmt: skip
RECENCY = 100
FADED = 12.0  # below this weight a figure is out of mind
WINDOW = 40  # figures weighed for one pronoun at most: the most recent
SAME_KIND = {
    "group": ("ArmedGroup", "Organisation", "PoliticalParty", "InternationalBody"),
    "organisation": ("Organisation", "ArmedGroup", "InternationalBody"),
    "organization": ("Organisation", "ArmedGroup", "InternationalBody"),
    "country": ("State",), "nation": ("State",), "kingdom": ("State",), "republic": ("State",), "state": ("State",),
    "bloc": ("InternationalBody", "Organisation"), "body": ("InternationalBody", "Organisation"),
}  # fmt: skip
PERSONAL = frozenset({"he", "him", "his", "himself", "she", "her", "hers", "herself"})
NEUTER = frozenset({"it", "its", "itself"})
MANY = frozenset({"they", "them", "their", "theirs", "themselves"})
SINGLE_BODIES = frozenset(
    {"State", "Government", "ArmedForce", "ArmedGroup", "Organisation", "InternationalBody", "PoliticalParty", "Media"}
)


class Cast:
    """The figures on stage so far, how much each is in mind, and who is spoken of at which token."""

    def __init__(self, sentences: Sequence[Sentence], named: Named, main: str | None) -> None:
        self.sentences = sentences
        self.named = named
        self.main = main
        self.figures: dict[Figure, None] = {}
        self.at: dict[tuple[int, int], list[Figure]] = {}
        self.salience: dict[Figure, float] = {}
        self.governors: dict[Figure, tuple[int, int, str]] = {}  # figure → sentence, governor and role of its last mention
        self._sentence = -1
        self._others: dict[int, float] = {}
        self._here: dict[Figure, float] = {}

    def read(self, phrase: Phrase) -> None:
        """Find who the phrase speaks of and bring them to mind."""
        self._turn_to(phrase.sentence)
        if phrase.form is Form.NAME:
            found = [self.named.of[phrase.sentence, phrase.head]]
        elif phrase.form is Form.PRONOUN:
            found = self._pronoun(phrase)
        else:
            found = self._nominal(phrase)
        for figure in found:
            self._bring(figure, phrase)
        if found:
            self.at[phrase.sentence, phrase.head] = found

    def _turn_to(self, sentence: int) -> None:
        while self._sentence < sentence:
            self._sentence += 1
            for figure, weight in self._here.items():
                self.salience[figure] = self.salience.get(figure, 0.0) + weight
            self._here = {}
            self.salience = {figure: weight / 2 for figure, weight in self.salience.items() if weight / 2 > FADED}

    def _bring(self, figure: Figure, phrase: Phrase) -> None:
        self.figures.setdefault(figure)
        figure.mentions.append((phrase, phrase.form))
        adjective = phrase.name is not None and phrase.form is Form.NAME and phrase.name.adjective
        weight = RECENCY / (4 if adjective else 1) + WEIGHTS.get(phrase.role, 30) / (2 if adjective else 1)
        self._here[figure] = max(self._here.get(figure, 0.0), weight)
        self.governors[figure] = (phrase.sentence, phrase.governor, phrase.role)

    # Noun phrases

    def _nominal(self, phrase: Phrase) -> list[Figure]:
        if (same := self._apposed(phrase)) is not None:
            return [same]
        owners = self.at.get((phrase.sentence, phrase.owner), []) if phrase.owner >= 0 else []
        owner = owners[0] if owners else None
        if (bearer := self._bearer(phrase)) is not None:
            return [self._also(bearer, phrase)]
        state = phrase.state or self._state_of(owner, phrase)
        apart = bool(phrase.modifiers & hints("apart"))
        if phrase.kind in ("Government", "ArmedForce") and state and not apart and phrase.name is None:
            return [self._also(self.named.of_state(phrase.kind, state), phrase)]
        if both := self._both(phrase):
            return both
        if phrase.definite and owner is None and phrase.owner < 0 or phrase.definite and phrase.state:
            if (known := self._antecedent(phrase, state, apart)) is not None:
                return [self._also(known, phrase)]
        if (again := self._again(phrase, state, owner)) is not None:
            return [self._also(again, phrase)]
        return [self._new(phrase, state, owner)]

    def _state_of(self, owner: Figure | None, phrase: Phrase) -> str | None:
        if owner is None or owner.state is None:
            return None
        if owner.kind in ("State", "Government") or owner.kind in ("Person", "ArmedForce") and phrase.kind in ("Government", "ArmedForce"):
            return owner.state
        return None

    def _apposed(self, phrase: Phrase) -> Figure | None:
        """"Mali, its former colony", "Defence Minister, Juvenal Marizamunda", "France was Mali's ally"."""
        here = self.sentences[phrase.sentence]
        token = here.tokens[phrase.head]
        for child in here.children[phrase.head]:
            if here.tokens[child].dep == "appos":
                named = self.named.of.get((phrase.sentence, child))
                if named is not None and _may_be(named, phrase):
                    return self._also(named, phrase)
        if token.dep == "appos":
            above = self.at.get((phrase.sentence, token.head), [])
            if above and _may_be(above[0], phrase):
                return self._also(above[0], phrase)
        if token.dep == "attr" and here.tokens[token.head].lemma == "be" and not _negated(here, token.head):
            for child in here.children[token.head]:
                subject = self.at.get((phrase.sentence, child), [])
                if here.tokens[child].dep == "nsubj" and child < phrase.head and len(subject) == 1 and _may_be(subject[0], phrase):
                    return self._also(subject[0], phrase)
        return None

    def _bearer(self, phrase: Phrase) -> Figure | None:
        """"M23 rebels" are the M23; "SADC troops" and "Kagame supporters" are somebody else."""
        if phrase.name is None:
            return None
        figure = self.named.of.get((phrase.sentence, phrase.name.head))
        if figure is None or figure.kind in ("Person", "Place", "State", "Government", "InternationalBody", "Population"):
            return None
        if phrase.kind == "ArmedGroup" or phrase.collective and phrase.kind not in ("Government", "Population", "Place"):
            return figure if phrase.kind == figure.kind or phrase.word in SAME_KIND else None
        return None

    def _both(self, phrase: Phrase) -> list[Figure]:
        """"The two countries", "both sides": the two of that kind that are most in mind."""
        if phrase.number not in ("two", "three") or not phrase.definite or phrase.state or phrase.owner >= 0:
            return []
        count = 2 if phrase.number == "two" else 3
        kinds = SAME_KIND.get(_singular(phrase.word), (phrase.kind,))
        if _singular(phrase.word) in ("side", "party"):
            kinds = ("State", "Government", "ArmedForce", "ArmedGroup", "PoliticalParty")
        found = [f for f in self._in_mind() if f.kind in kinds and (f.named or f.kind != "Person") and not f.plural][:count]
        return found if len(found) == count else []

    def _in_mind(self) -> list[Figure]:
        weights = dict(self.salience)
        for figure, weight in self._here.items():
            weights[figure] = weights.get(figure, 0.0) + weight
        order = {figure: at for at, figure in enumerate(self.figures)}
        return sorted(weights, key=lambda figure: (-weights[figure], order[figure]))[:WINDOW]

    def _antecedent(self, phrase: Phrase, state: str | None, apart: bool) -> Figure | None:
        word = _singular(phrase.word)
        mind = self._in_mind()
        if phrase.kind == "State" and not phrase.modifiers & hints("apart"):
            return next((f for f in mind if f.kind == "State"), None) if not phrase.plural else None
        if phrase.kind in ("Government", "ArmedForce") and not apart and phrase.name is None:
            return self._body(phrase, mind)
        for figure in mind:
            if self._same_word(figure, phrase, word, state):
                return figure
        if phrase.kind == "Person" and not phrase.plural:
            return next((f for f in mind if f.kind == "Person" and f.named and _holds(f, word)
                         and (state is None or f.state in (None, state))), None)  # fmt: skip
        kinds = SAME_KIND.get(word, (phrase.kind,))
        if phrase.kind in ("Person", "Population", "Place") or phrase.modifiers and word not in SAME_KIND:
            return None
        return next((f for f in mind if f.named and f.kind in kinds and state in (None, f.state)), None)

    def _body(self, phrase: Phrase, mind: Sequence[Figure]) -> Figure | None:
        """"The army", "the government": the one spoken of last, or that of the state that the article is about."""
        for figure in mind:
            if figure.kind == phrase.kind and (figure.state or figure.word == phrase.word) and phrase.number == "":
                return figure
        return self.named.of_state(phrase.kind, self.main) if self.main and phrase.number == "" else None

    def _same_word(self, figure: Figure, phrase: Phrase, word: str, state: str | None) -> bool:
        if figure.kind != phrase.kind and not (figure.plural and phrase.plural):
            return False
        if phrase.number and figure.number and phrase.number != figure.number:
            return False
        if state and figure.state and state != figure.state or phrase.plural != figure.plural and not figure.named:
            return False
        words = {_singular(figure.word), *(_singular(w.lower().split()[-1]) for w in figure.names)}
        if figure.kind == "ArmedGroup" and phrase.plural and figure.named:
            return not phrase.modifiers or bool(phrase.modifiers & _words(figure))
        return word in words and (not phrase.modifiers or phrase.modifiers <= _words(figure) or not figure.modifiers and not figure.named)

    def _again(self, phrase: Phrase, state: str | None, owner: Figure | None) -> Figure | None:
        """A plural or collective told again without article: "rebels", "civilians"."""
        if not (phrase.plural or phrase.collective) or phrase.number:
            return None
        for figure in self.figures:
            if figure.word == phrase.word and figure.state == state and figure.owner is owner and not figure.number:
                if figure.modifiers == phrase.modifiers and figure.kind == self._kind(phrase):
                    return figure
        return None

    def _kind(self, phrase: Phrase) -> str:
        return "Population" if phrase.kind == "Person" and phrase.plural and phrase.word in QUANTITIES else phrase.kind

    def _new(self, phrase: Phrase, state: str | None, owner: Figure | None) -> Figure:
        figure = Figure(self._kind(phrase), state, word=phrase.word, modifiers=phrase.modifiers)
        figure.plural, figure.gender, figure.number, figure.owner = phrase.plural, phrase.gender, phrase.number, owner
        return self._also(figure, phrase)

    def _also(self, figure: Figure, phrase: Phrase) -> Figure:
        """Let the phrase add to what is known of the figure."""
        text = self.sentences[phrase.sentence].span(phrase.first, phrase.last).text
        if not phrase.number or not figure.names or figure.number:
            figure.names[text] += 1
        figure.gender = figure.gender or (phrase.gender if figure.kind == "Person" else Gender.UNKNOWN)
        if figure.kind == "Person":
            figure.titles.add(phrase.word)
            figure.state = figure.state or phrase.state
        return figure

    # Pronouns

    def _pronoun(self, phrase: Phrase) -> list[Figure]:
        if phrase.word in RELATIVE:
            return self._relative(phrase)
        if phrase.word not in PERSONAL | NEUTER | MANY or phrase.word == "it" and self._empty(phrase):
            return []
        best, best_weight = None, 0.0
        for figure in self._in_mind():
            if not _agrees(figure, phrase) or self._co_argument(figure, phrase):
                continue
            weight = self.salience.get(figure, 0.0) + self._here.get(figure, 0.0)
            last = self.governors.get(figure)
            if last is not None and last[2] == phrase.role:
                weight += 35
            if weight > best_weight:
                best, best_weight = figure, weight
        if best is None:
            return []
        if phrase.word in PERSONAL:
            best.gender = best.gender or gender_of(phrase.word)
        return [best]

    def _relative(self, phrase: Phrase) -> list[Figure]:
        here = self.sentences[phrase.sentence]
        at = phrase.head
        for _ in range(6):
            token = here.tokens[at]
            if token.dep == "relcl":
                return self.at.get((phrase.sentence, token.head), [])
            if token.head == at:
                break
            at = token.head
        return []

    def _empty(self, phrase: Phrase) -> bool:
        """"It is believed that", "it emerged": nobody is meant."""
        here = self.sentences[phrase.sentence]
        token = here.tokens[phrase.head]
        if token.dep == "expl":
            return True
        above = here.tokens[token.head]
        below = {here.tokens[child].dep for child in here.children[token.head]}
        if above.lemma in ("be", "seem", "appear", "take", "become", "remain") and token.dep in ("nsubj", "nsubjpass"):
            return bool(below & {"acomp", "ccomp", "xcomp", "attr", "csubj"})
        return token.dep == "nsubjpass" and "ccomp" in below

    def _co_argument(self, figure: Figure, phrase: Phrase) -> bool:
        """Two arguments of one verb are not the same, unless the second is reflexive or a possessor."""
        if phrase.word.endswith(("self", "selves")):
            return False
        last = self.governors.get(figure)
        if last is None or last[0] != phrase.sentence:
            return False
        if phrase.role == "poss":
            return any(figure in self.at.get((phrase.sentence, phrase.governor), ()) for _ in (0,))
        return last[1] == phrase.governor and last[2] != "poss"


def _may_be(figure: Figure, phrase: Phrase) -> bool:
    """Whether a figure can be what an apposition or predicate says: kinds that go together, numbers that agree."""
    if figure.kind == phrase.kind:
        return phrase.plural == figure.plural or figure.named
    if phrase.plural and not figure.plural:
        return False
    if phrase.kind == "Person" and phrase.word in ("ally", "neighbour", "neighbor", "opponent", "partner", "supporter", "rival", "enemy", "foe", "backer", "mediator", "broker", "leader", "member", "party"):
        return True
    bodies = {"Organisation", "InternationalBody", "ArmedGroup", "PoliticalParty", "Media", "Government", "ArmedForce"}
    if figure.kind in bodies and phrase.kind in bodies:
        return figure.named
    return figure.kind in ("State", "Place") and phrase.kind in ("State", "Place")


def _negated(here: Sentence, at: int) -> bool:
    return any(here.tokens[child].dep == "neg" for child in here.children[at])


def _holds(figure: Figure, word: str) -> bool:
    """Whether a person has this office: "president" of "vice president", "interim president"."""
    return any(word == title.split()[-1] for title in figure.titles if title)


def _words(figure: Figure) -> frozenset[str]:
    return frozenset(word for name in figure.names for word in name.lower().split()) | figure.modifiers


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _agrees(figure: Figure, phrase: Phrase) -> bool:
    """Number, gender and life."""
    if phrase.word in PERSONAL:
        gender = gender_of(phrase.word)
        return figure.kind == "Person" and not figure.plural and figure.gender in (gender, Gender.UNKNOWN)
    if phrase.word in NEUTER:
        return figure.kind in SINGLE_BODIES and not figure.plural
    return figure.plural or figure.kind in SINGLE_BODIES - {"State", "Government"} 
