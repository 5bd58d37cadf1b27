"""Fourth step of `recognise`: what noun phrases and pronouns speak of, read in text order.

Salience follows Lappin & Leass (1994), "An Algorithm for Pronominal Anaphora Resolution", table 1: a mention gives its figure
weight by its grammatical place, and every sentence halves the weight of all before it. Things that are no actors compete for
"it", so that the pronoun of a treaty or a war goes to nobody.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence

from kg.authority import Authority
from kg.bearers import Figure
from kg.find_phrases import RELATIVE, Phrase
from kg.hints import Gender, gender_of, hints
from kg.merge_names import Named
from kg.find_speakers import Quotes
from kg.model import BlockKind, Form, Sentence

SENTENCE, PARALLEL, OWN_SUBJECT = (
    100,
    35,
    40,
)  # weight of being in the sentence, in the same place, of the clause's subject
ROLES: Mapping[str, int] = {
    "nsubj": 80, "nsubjpass": 80, "ROOT": 70, "agent": 60, "dobj": 50, "dative": 40, "pobj": 40, "poss": 50, "attr": 40,
    "appos": 30, "compound": 20, "amod": 10, "nmod": 20,
}  # fmt: skip
OTHER_ROLE = 30
FADED = 12.0  # below this weight a figure is out of mind
WINDOW = 40  # figures weighed for one phrase at most
PERSONAL = frozenset({"he", "him", "his", "himself", "she", "her", "hers", "herself"})
NEUTER = frozenset({"it", "its", "itself"})
OWN = frozenset({"i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves"})
MANY = frozenset({"they", "them", "their", "theirs", "themselves"})
BODIES = frozenset(
    {
        "State",
        "Government",
        "ArmedForce",
        "ArmedGroup",
        "Organisation",
        "InternationalBody",
        "PoliticalParty",
        "Media",
    }
)
PEOPLE = frozenset({"Person", "Population", "ArmedGroup", "ArmedForce"})
COUNTRY = frozenset({"country", "nation", "kingdom", "republic"})


class Cast:
    """The figures on stage so far, how much each is in mind, and who is spoken of at which token."""

    def __init__(
        self, sentences: Sequence[Sentence], named: Named, authority: Authority, main: str | None
    ) -> None:
        self.sentences = sentences
        self.named = named
        self.authority = authority
        self.main = main  # the state that the article is about
        self.figures: dict[Figure, int] = {}  # in order of first mention
        self.at: dict[tuple[int, int], list[Figure]] = {}  # (sentence, head token) → who
        self._recent: dict[Figure, Phrase] = {}  # last mention, the latest last
        self._past: dict[Figure, float] = {}  # salience from earlier sentences
        self._here: dict[Figure, float] = {}  # from this one
        self._pairs: list[tuple[float, list[Figure]]] = []  # coordinated figures: "Mali and France"
        self._thing = 0.0  # salience of the most salient thing that is no actor
        self._sentence = -1
        self._told: dict[tuple[object, ...], Figure] = {}
        self._quotes = Quotes(sentences)
        self._said: list[Phrase] = []  # "I" and "we" inside quotes

    def read(self, phrase: Phrase) -> None:
        """Find who the phrase speaks of and bring them to mind."""
        self._turn_to(phrase.sentence)
        if phrase.form is Form.NAME:
            found = [self.named.of[phrase.sentence, phrase.head]]
        elif phrase.form is Form.PRONOUN:
            found = self._pronoun(phrase)
        else:
            found = self._nominal(phrase)
        if found:
            self.at[phrase.sentence, phrase.head] = found
        for figure in found:
            self._bring(figure, phrase)
        self._pair(phrase)

    def finish(self) -> None:
        """Give "I" and "we" inside quotes to whoever is quoted, which may stand behind the quote."""
        for phrase in self._said:
            found = next((self.at[at] for at in self._quotes.speakers(phrase.sentence) if at in self.at), [])
            if len(found) == 1:
                self.at[phrase.sentence, phrase.head] = found
                found[0].mentions.append(phrase)

    # What is in mind

    def _turn_to(self, sentence: int) -> None:
        while self._sentence < sentence:
            self._sentence += 1
            for figure, weight in self._here.items():
                self._past[figure] = self._past.get(figure, 0.0) + weight
            self._here = {}
            self._past = {figure: weight / 2 for figure, weight in self._past.items() if weight / 2 > FADED}
            self._pairs = [(weight / 2, figures) for weight, figures in self._pairs if weight / 2 > FADED]
            self._thing = self._thing / 2

    def _bring(self, figure: Figure, phrase: Phrase) -> None:
        self.figures.setdefault(figure, len(self.figures))
        figure.mentions.append(phrase)
        if phrase.form is Form.NAME and phrase.name is not None and phrase.name.adjective:
            weight = float(ROLES["amod"])
        else:
            weight = SENTENCE + ROLES.get(phrase.role, OTHER_ROLE)
        if self.sentences[phrase.sentence].kind is not BlockKind.PARAGRAPH:
            weight /= 4  # headings and captions stand outside the story's thread
        self._here[figure] = max(self._here.get(figure, 0.0), weight)
        self._recent.pop(figure, None)
        self._recent[figure] = phrase

    def _pair(self, phrase: Phrase) -> None:
        """Remember figures that "and" joins, for "they" and "the two"."""
        token = self.sentences[phrase.sentence].tokens[phrase.head]
        first, second = (
            self.at.get((phrase.sentence, token.head), []),
            self.at.get((phrase.sentence, phrase.head), []),
        )
        if token.dep == "conj" and first and second and first != second:
            weight = SENTENCE + ROLES.get(phrase.role, OTHER_ROLE)
            self._pairs.append((weight, list(dict.fromkeys([*first, *second]))))

    def _weight(self, figure: Figure) -> float:
        return self._past.get(figure, 0.0) + self._here.get(figure, 0.0)

    def _in_mind(self) -> list[Figure]:
        candidates = dict.fromkeys([*self._past, *self._here])
        return heapq.nsmallest(
            WINDOW, candidates, key=lambda figure: (-self._weight(figure), self.figures[figure])
        )

    def _remembered(self) -> Iterator[Figure]:
        """All figures, those in mind first, then by last mention."""
        mind = self._in_mind()
        yield from mind
        seen = set(mind)
        for count, figure in enumerate(reversed(self._recent)):
            if count > 2 * WINDOW:
                return
            if figure not in seen:
                yield figure

    # Noun phrases

    def _nominal(self, phrase: Phrase) -> list[Figure]:
        for same in (
            self._apposed(phrase),
            self._bearer(phrase),
            self._place(phrase),
            self._relation(phrase),
        ):
            if same is not None:
                return [self._also(same, phrase)]
        owner = self._owner(phrase)
        state = _state(phrase, owner)
        if bodies := self._bodies(phrase, state):
            return [self._also(bodies[0], phrase)] if len(bodies) == 1 else bodies
        if both := self._both(phrase):
            return both
        if phrase.definite and (owner is None or phrase.state or state):
            known = self._antecedent(phrase, state)
            if known is not None:
                return [self._also(known, phrase)]
        return [self._told_again_or_new(phrase, state, owner)]

    def _owner(self, phrase: Phrase) -> Figure | None:
        return (
            next(iter(self.at.get((phrase.sentence, phrase.owner), [])), None) if phrase.owner >= 0 else None
        )

    def _apposed(self, phrase: Phrase) -> Figure | None:
        """ "Mali, its former colony", "the minister, Jean Dupont", "France was Mali's ally"."""
        here = self.sentences[phrase.sentence]
        token = here.tokens[phrase.head]
        for child in here.children[phrase.head]:
            if here.tokens[child].dep == "appos":
                named = self.named.of.get((phrase.sentence, child))
                if named is not None and _may_be(named, phrase):
                    return named
        subject: list[Figure] = []
        if token.dep == "appos":
            subject = self.at.get((phrase.sentence, token.head), [])
        elif token.dep == "attr" and here.tokens[token.head].lemma == "be":
            below = here.children[token.head]
            if not any(here.tokens[child].dep == "neg" for child in below):
                subject = next((self.at[phrase.sentence, c] for c in below if here.tokens[c].dep == "nsubj" and c < phrase.head
                                and (phrase.sentence, c) in self.at), [])  # fmt: skip
        return subject[0] if len(subject) == 1 and _may_be(subject[0], phrase) else None

    def _bearer(self, phrase: Phrase) -> Figure | None:
        """ "M23 rebels" are the M23; "SADC troops" and "Kagame supporters" are somebody else."""
        figure = self.named.of.get((phrase.sentence, phrase.name.head)) if phrase.name is not None else None
        if figure is None or figure.kind in (
            "Person",
            "Place",
            "State",
            "Government",
            "InternationalBody",
            "Population",
        ):
            return None
        same_sort = phrase.kind == figure.kind or phrase.word in hints("group")
        return figure if same_sort and (phrase.kind == "ArmedGroup" or phrase.collective) else None

    def _place(self, phrase: Phrase) -> Figure | None:
        """ "South Kivu province", "the town of Goma": the place itself."""
        if phrase.word not in hints("place is its name"):
            return None
        at = phrase.name.head if phrase.name is not None else self._of(phrase)
        figure = self.named.of.get((phrase.sentence, at))
        return figure if figure is not None and figure.kind in ("Place", "State") else None

    def _of(self, phrase: Phrase) -> int:
        here = self.sentences[phrase.sentence]
        for child in here.children[phrase.head]:
            if here.tokens[child].lemma == "of":
                return next(iter(here.children[child]), -1)
        return -1

    def _relation(self, phrase: Phrase) -> Figure | None:
        """ "Its French ally" is France; "its neighbour" the other state in mind."""
        if phrase.word not in hints("relation") or phrase.plural:
            return None
        if phrase.state and phrase.owner < 0 or phrase.state and self._adjective(phrase):
            return self.named.of_state("State", self._adjective(phrase) or phrase.state)
        owner = self._owner(phrase)
        if owner is None or owner.kind not in ("State", "Government"):
            return None
        return next((f for f in self._in_mind() if f.kind == "State" and f.state != owner.state), None)

    def _adjective(self, phrase: Phrase) -> str | None:
        here = self.sentences[phrase.sentence]
        for at in range(phrase.first, phrase.head):
            for figure in self.at.get((phrase.sentence, at), ()):
                if figure.kind == "State" and here.tokens[at].head == phrase.head:
                    return figure.state
        return None

    def _bodies(self, phrase: Phrase, state: str | None) -> list[Figure]:
        """The government or armed force of a state or body; of two where "and" joins them."""
        if phrase.kind not in ("Government", "ArmedForce") or self._apart(phrase):
            return []
        found = [self.named.of_state(phrase.kind, state)] if state else []
        owner = self._owner(phrase)
        if owner is None and phrase.name is not None:
            owner = self.named.of.get((phrase.sentence, phrase.name.head))
        if (
            owner is not None
            and owner.named
            and owner.kind in ("InternationalBody", "ArmedGroup", "Organisation")
        ):
            if phrase.kind == "ArmedForce":
                found.append(self.named.of_owner(phrase.kind, owner))
        elif (
            not found
            and phrase.kind == "ArmedForce"
            and phrase.owner < 0
            and phrase.name is None
            and not phrase.number
        ):
            if phrase.modifiers & hints("of the state"):
                found = [body] if (body := self._body(phrase)) is not None else []
            elif not phrase.modifiers and phrase.lemma in ("soldier", "troops", "forces"):
                found = (
                    self._sender(phrase)
                    or [f for f in self._in_mind() if f.kind == "ArmedForce" and (f.state or f.owner)][:1]
                )
        return found

    def _sender(self, phrase: Phrase) -> list[Figure]:
        """ "Uganda deployed troops": its own."""
        if phrase.role not in ("dobj", "pobj"):
            return []
        subjects = self._clause_subjects(phrase.sentence, phrase.governor)
        states = sorted({f.state for f in subjects if f.kind in ("State", "Government") and f.state})
        return [self.named.of_state("ArmedForce", states[0])] if len(states) == 1 else []

    def _apart(self, phrase: Phrase) -> bool:
        """Whether modifiers set it apart from the body that acts for the state now: "former", "special", "navy"."""
        if phrase.kind == "Government" and phrase.modifiers & (hints("armed") | hints("no government")):
            return True
        return bool(phrase.modifiers & hints("apart"))

    def _both(self, phrase: Phrase) -> list[Figure]:
        """ "The two countries", "both sides": the two of that kind that are most in mind."""
        if (
            phrase.number != "two"
            and not phrase.both
            or phrase.state
            or phrase.owner >= 0
            or not phrase.definite
        ):
            return []
        kinds = (
            {"State"}
            if phrase.lemma in COUNTRY
            else {phrase.kind}
            if phrase.lemma != "two"
            else PEOPLE | BODIES
        )
        if phrase.lemma in ("side", "party"):
            kinds = {"State", "Government", "ArmedForce", "ArmedGroup", "PoliticalParty"}
        for _, pair in sorted(self._pairs, key=lambda weighed: -weighed[0]):
            if len(pair) == 2 and all(figure.kind in kinds for figure in pair):
                return pair
        found = [f for f in self._in_mind() if f.kind in kinds and f.named and not f.plural][:2]
        return found if len(found) == 2 else []

    def _antecedent(self, phrase: Phrase, state: str | None) -> Figure | None:
        if phrase.lemma in COUNTRY and not phrase.modifiers & hints("apart"):
            return None if phrase.plural else self._country()
        if phrase.kind in ("Government", "ArmedForce") and not self._apart(phrase):
            return self._body(phrase)
        for figure in self._remembered():
            if self._same_words(figure, phrase, state):
                return figure
        if phrase.kind == "Person" and not phrase.plural:
            return next((f for f in self._remembered() if f.kind == "Person" and not f.plural and _holds(f, phrase.word)
                         and (state is None or f.state in (None, state))), None)  # fmt: skip
        if (
            phrase.kind in PEOPLE
            and phrase.plural
            and phrase.lemma in hints("anybody")
            and not phrase.modifiers
        ):
            return next((f for f in self._in_mind() if f.plural and f.kind in PEOPLE
                         and phrase.number in ("", f.number)), None)  # fmt: skip
        return self._named_of_kind(phrase, state)

    def _country(self) -> Figure | None:
        """ "The country": the article's own where it is in mind, else the state most in mind."""
        states = [figure for figure in self._in_mind() if figure.kind == "State"]
        return next((figure for figure in states if figure.state == self.main), states[0] if states else None)

    def _body(self, phrase: Phrase) -> Figure | None:
        """ "The army", "the government": the one spoken of last, or that of the state that the article is about."""
        if phrase.number:
            return None
        for figure in self._in_mind():
            if figure.kind == phrase.kind and (figure.state or figure.owner):
                return figure
        return self.named.of_state(phrase.kind, self.main) if self.main else None

    def _same_words(self, figure: Figure, phrase: Phrase, state: str | None) -> bool:
        kinds_agree = figure.kind == phrase.kind or figure.kind in PEOPLE and phrase.kind in PEOPLE
        if not kinds_agree or state and figure.state and state != figure.state:
            return False
        if phrase.number and phrase.number != figure.number and figure.number:
            return False
        if figure.kind == phrase.kind == "ArmedGroup" and phrase.plural and (figure.named or figure.plural):
            return phrase.modifiers <= figure.words and (figure.named or phrase.lemma in figure.words)
        if phrase.plural != figure.plural or phrase.lemma not in figure.words:
            return False
        return phrase.modifiers <= figure.words

    def _named_of_kind(self, phrase: Phrase, state: str | None) -> Figure | None:
        """ "The group", "the bloc", "the heavily armed militia": the named one of that kind most in mind."""
        if (
            phrase.kind in ("Person", "Population", "Place", "Government")
            or phrase.plural
            and phrase.kind != "ArmedGroup"
        ):
            return None
        kinds = {phrase.kind}
        if phrase.lemma in hints("any body"):
            kinds |= {"Organisation", "ArmedGroup", "InternationalBody", "PoliticalParty"}
        return next((f for f in self._in_mind() if f.named and f.kind in kinds and (state is None or f.state in (None, state))
                     and not _contradicts(phrase, f)), None)  # fmt: skip

    def _told_again_or_new(self, phrase: Phrase, state: str | None, owner: Figure | None) -> Figure:
        """A plural or collective told again without article, "rebels", is the same; anybody else is new."""
        institution = phrase.lemma in hints("institution") and owner is None and phrase.name is None
        state = state or (self.main if institution else None)
        key = (phrase.kind, phrase.word, phrase.modifiers, state, owner)
        told = self._told.get(key) if (phrase.plural or phrase.collective) and not phrase.number else None
        if told is None:
            told = Figure(
                phrase.kind,
                state,
                plural=phrase.plural,
                gender=phrase.gender,
                owner=owner,
                number=phrase.number,
            )
            told.institution = institution and not phrase.number
            if not phrase.number:
                self._told[key] = told
        return self._also(told, phrase)

    def _also(self, figure: Figure, phrase: Phrase) -> Figure:
        """Let the phrase add to what is known of the figure."""
        if not phrase.number or figure.number or not figure.phrases:
            figure.phrases[self.sentences[phrase.sentence].span(phrase.first, phrase.last).text] += 1
            if phrase.through > phrase.last and not figure.named:
                figure.phrases[self.sentences[phrase.sentence].span(phrase.first, phrase.through).text] += 0
        figure.words |= {phrase.lemma, *phrase.modifiers}
        if figure.kind == "Person" and not figure.plural:
            figure.gender = figure.gender or phrase.gender
            figure.titles.add(phrase.word)
            figure.state = figure.state or phrase.state
        return figure

    # Pronouns

    def _pronoun(self, phrase: Phrase) -> list[Figure]:
        if phrase.word in RELATIVE:
            return self._relative(phrase)
        if phrase.word in OWN and self._quotes.inside(phrase.sentence, phrase.head):
            self._said.append(phrase)
        if phrase.word not in PERSONAL | NEUTER | MANY or phrase.word == "it" and self._empty(phrase):
            return []
        excluded = self._co_arguments(phrase)
        subjects = self._clause_subjects(phrase.sentence, phrase.governor) if phrase.role == "poss" else set()
        best: list[Figure] = []
        best_weight = self._thing if phrase.word in NEUTER and not self._must_act(phrase) else 0.0
        for figure in self._in_mind():
            if _agrees(figure, phrase) and figure not in excluded:
                weight = self._weight(figure) * self._number_fits(figure, phrase) + OWN_SUBJECT * (
                    figure in subjects
                )
                weight += PARALLEL * (self._recent[figure].role == phrase.role)
                if weight > best_weight:
                    best, best_weight = [figure], weight
        if phrase.word in MANY:
            best = max(
                [(best_weight, best), *((w, p) for w, p in self._pairs if not excluded & set(p))],
                key=lambda x: x[0],
            )[1]
        if phrase.word in PERSONAL and best:
            best[0].gender = best[0].gender or gender_of(phrase.word)
        return best

    def _number_fits(self, figure: Figure, phrase: Phrase) -> float:
        """An army is "it" after "the army" and "they" after "the troops"."""
        if phrase.word in PERSONAL or figure.kind in ("State", "Person"):
            return 1.0
        return 1.0 if self._recent[figure].plural == (phrase.word in MANY) else 0.6

    def _relative(self, phrase: Phrase) -> list[Figure]:
        here = self.sentences[phrase.sentence]
        at = phrase.head
        for _ in range(6):
            token = here.tokens[at]
            if token.dep == "relcl":
                return self.at.get((phrase.sentence, token.head)) or self._just_before(phrase)
            if token.head == at:
                break
            at = token.head
        return []

    def _just_before(self, phrase: Phrase) -> list[Figure]:
        """What stands next to the pronoun, where the parser hung its clause elsewhere."""
        at = phrase.head - 1
        if at > 0 and self.sentences[phrase.sentence].tokens[at].pos == "PUNCT":
            at -= 1
        return self.at.get((phrase.sentence, at), [])

    def _empty(self, phrase: Phrase) -> bool:
        """ "It is believed that", "it emerged", "made it hard to": nobody is meant."""
        here = self.sentences[phrase.sentence]
        token = here.tokens[phrase.head]
        above = here.tokens[token.head]
        below = {here.tokens[child].dep for child in here.children[token.head]}
        if token.dep == "expl" or above.pos == "ADJ":
            return True
        if above.lemma in hints("state verb") | {"seem", "appear", "take", "become"} and token.dep in (
            "nsubj",
            "nsubjpass",
        ):
            return bool(below & {"acomp", "ccomp", "xcomp", "attr", "csubj"})
        return token.dep == "nsubjpass" and "ccomp" in below

    def _must_act(self, phrase: Phrase) -> bool:
        """Whether only an actor can fill the pronoun's place: "it said", "its troops"."""
        above = self.sentences[phrase.sentence].tokens[phrase.governor]
        if phrase.role == "poss":
            head = self.authority.kind_of_head(above.text)
            return above.lemma in hints("of governments") or head is not None and head.kind != "Place"
        return phrase.role == "nsubj" and above.lemma in hints("act")

    def _co_arguments(self, phrase: Phrase) -> set[Figure]:
        """Whom the pronoun cannot mean: other arguments of its verb, unless it is reflexive or a possessor."""
        if phrase.role == "poss" or phrase.word.endswith(("self", "selves")):
            return self._quoted(phrase)
        here = self.sentences[phrase.sentence]
        subject = phrase.role in ("nsubj", "nsubjpass")
        found = self._quoted(phrase) | (
            set() if subject else self._clause_subjects(phrase.sentence, phrase.governor)
        )
        for child in here.children[phrase.governor][:12]:
            found.update(self.at.get((phrase.sentence, child), ()))
            if (
                subject and here.tokens[child].dep == "advcl" and child < phrase.head
            ):  # "Campaigning against X, he": not X
                for below in here.children[child]:
                    found.update(self.at.get((phrase.sentence, below), ()))
                    for deeper in here.children[below]:
                        found.update(self.at.get((phrase.sentence, deeper), ()))
        return found

    def _quoted(self, phrase: Phrase) -> set[Figure]:
        """Who speaks the quote that the pronoun stands in: of themselves they would say "I"."""
        if not self._quotes.inside(phrase.sentence, phrase.head):
            return set()
        at = self._quotes.speaker(phrase.sentence)
        figure = self.named.of.get(at) if at else None
        return {figure} if figure is not None else set(self.at.get(at, ())) if at else set()

    def _clause_subjects(self, sentence: int, at: int) -> set[Figure]:
        """The subject of the clause around a token, also the understood one of coordinated verbs and infinitives."""
        here = self.sentences[sentence]
        for _ in range(6):
            for child in here.children[at][:12]:
                if here.tokens[child].dep in ("nsubj", "nsubjpass"):
                    return set(self.at.get((sentence, child), ()))
            if here.tokens[at].head == at:
                break
            at = here.tokens[at].head
        return set()


def _state(phrase: Phrase, owner: Figure | None) -> str | None:
    """Whose state it is of: "its army", "the government's forces", "Kagame's troops", but not "Mali's neighbours"."""
    if phrase.lemma in hints("relation"):
        return None
    if phrase.state or owner is None:
        return phrase.state
    if (
        owner.kind in ("State", "Government")
        or owner.kind in ("Person", "ArmedForce")
        and phrase.kind in ("Government", "ArmedForce")
    ):
        return owner.state
    return None


def _may_be(figure: Figure, phrase: Phrase) -> bool:
    """Whether a figure can be what an apposition or predicate says: kinds that go together, numbers that agree."""
    if phrase.plural and not figure.plural:
        return False
    if figure.kind == phrase.kind:
        return phrase.plural == figure.plural or figure.named
    if phrase.lemma in hints("relation"):
        return True
    bodies = BODIES - {"State"}
    if figure.kind in bodies and phrase.kind in bodies:
        return figure.named
    return figure.kind in ("State", "Place") and phrase.kind in ("State", "Place")


def _holds(figure: Figure, word: str) -> bool:
    """Whether a person has this office: "president" of "interim president"."""
    return any(word == title.split()[-1] for title in figure.titles if title)


def _contradicts(phrase: Phrase, figure: Figure) -> bool:
    """ "The Islamist group" after a group that nobody called so: names in the phrase must be the figure's."""
    return any(word[:1].isupper() for word in phrase.modifiers - figure.words) or bool(
        phrase.modifiers & hints("apart")
    )


def _agrees(figure: Figure, phrase: Phrase) -> bool:
    """Number, gender and life."""
    if phrase.word in PERSONAL:
        return (
            figure.kind == "Person"
            and not figure.plural
            and figure.gender in (gender_of(phrase.word), Gender.UNKNOWN)
        )
    if phrase.word in NEUTER:
        return figure.kind in BODIES and not figure.plural
    return figure.plural or figure.kind in BODIES - {"State", "Government"}
