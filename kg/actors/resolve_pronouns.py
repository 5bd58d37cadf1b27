"""Whom pronouns mean: by number, gender and life, by what grammar forbids, and by salience (`scene`)."""

from kg.actors.bearers import Figure
from kg.actors.find_phrases import RELATIVE, Phrase
from kg.actors.hints import Gender, gender_of, hints
from kg.actors.scene import ARGUMENTS, Scene

PARALLEL = 35.0  # for standing in the same grammatical place (Lappin & Leass 1994)
OWN_SUBJECT = (
    40.0  # for a possessive pronoun: the subject of its clause; for a subject: that of the clause above
)
SPEAKER = 60.0  # more for whom the clause above has say so: "X said it would"
RECIPROCAL = 100.0  # for two whom "and" joined, before "each other"
ACCUSED = 150.0  # for whom the clause above accuses
OTHER_NUMBER = 0.6  # factor where the last mention had the other number: "the army … they"
SCENERY = 0.6  # factor for places
FRONTED = 5  # tokens climbed from a pronoun to the phrase that opens its sentence
SUBJECTS = frozenset({"nsubj", "nsubjpass"})
PERSONAL = frozenset({"he", "him", "his", "himself", "she", "her", "hers", "herself"})
NEUTER = frozenset({"it", "its", "itself"})
MANY = frozenset({"they", "them", "their", "theirs", "themselves"})
REFLEXIVE = frozenset({"himself", "herself", "itself", "themselves"})
OWN = frozenset({"i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves"})
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
SERVANTS = frozenset({"ArmedForce", "Government", "ArmedGroup", "Person"})  # whom only an actor has


class Pronouns:
    """Resolves the pronouns of one article, in text order; those of speakers at the end."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._said: list[Phrase] = []  # "I" and "we" inside quotes

    def resolve(self, phrase: Phrase) -> list[Figure]:
        """Who is meant; nobody where that is open."""
        if phrase.word in RELATIVE:
            return self._relative(phrase)
        if phrase.word in OWN and self._scene.quotes.inside(phrase.sentence, phrase.head):
            self._said.append(phrase)
        if phrase.word not in PERSONAL | NEUTER | MANY or phrase.word == "it" and self._empty(phrase):
            return []
        if own := self._reflected(phrase):
            return own
        if (ahead := self._ahead(phrase)) is not None:
            return [ahead]
        excluded = self._excluded(phrase)
        weighed = [(0.0, list[Figure]()), *self._weighed(phrase, excluded)]
        best = max(weighed, key=lambda candidate: candidate[0])[1]
        if phrase.word in PERSONAL and best:
            best[0].gender = best[0].gender or gender_of(phrase.word)
        return best

    def finish(self) -> None:
        """Give "I" and "we" inside quotes to whoever is quoted, who may stand behind the quote."""
        for phrase in self._said:
            quoted = (self._scene.at(*at) for at in self._scene.quotes.speakers(phrase.sentence))
            found = next(filter(None, quoted), [])
            if len(found) == 1:
                self._scene.place(found, phrase)

    def _weighed(self, phrase: Phrase, excluded: set[Figure]) -> list[tuple[float, list[Figure]]]:
        scene = self._scene
        subjects = self._subjects(phrase)
        accused = self._accused(phrase)
        saying = subjects if self._is_reported(phrase) and not accused else set()
        candidates = []
        for figure in scene.in_mind():
            if _agrees(figure, phrase) and figure not in excluded:
                weight = scene.weight(figure) * self._number_fits(figure, phrase)
                weight += OWN_SUBJECT * (figure in subjects) + ACCUSED * (figure in accused)
                weight += SPEAKER * (figure in saying)
                last = scene.last(figure)
                if phrase.sentence - last.sentence < 2 and _place(last) == _place(phrase):
                    weight += PARALLEL
                candidates.append((weight, [figure]))
        if phrase.word in MANY:
            together = RECIPROCAL * self._is_reciprocal(phrase)
            candidates += [
                (weight + together, pair)
                for weight, pair in scene.pairs
                if not excluded & set(pair) and not _ground(pair)
            ]
        elif phrase.word in NEUTER and not self._must_act(phrase):
            candidates.append((scene.thing_before(phrase.head), []))
        return candidates

    def _ahead(self, phrase: Phrase) -> Figure | None:
        """Macron, in "In his speech, Macron said": the named subject that a fronted phrase leads up to."""
        here = self._scene.sentences[phrase.sentence]
        at = phrase.head
        for _ in range(FRONTED):
            token = here.tokens[at]
            if token.dep in ("prep", "advcl") and token.index < token.head:
                subject = next((c for c in here.children[token.head] if here.tokens[c].dep in SUBJECTS), -1)
                figure = self._scene.named.of.get((phrase.sentence, subject))
                fits = figure is not None and subject > phrase.head and _agrees(figure, phrase)
                return figure if fits else None
            at = token.head
        return None

    def _reflected(self, phrase: Phrase) -> list[Figure]:
        """The subject of the clause, for "itself" and "themselves" as another argument of its verb."""
        if phrase.word not in REFLEXIVE or phrase.role not in ("dobj", "pobj", "dative"):
            return []
        found = self._persuaded(phrase) or self._scene.clause_subjects(phrase.sentence, phrase.governor)
        fitting = [figure for figure in found if _agrees(figure, phrase)]
        return sorted(fitting, key=lambda figure: self._scene.figures[figure])

    def _persuaded(self, phrase: Phrase) -> set[Figure]:
        """Who is to do it, in "asked the groups to disband themselves"."""
        here = self._scene.sentences[phrase.sentence]
        verb = here.tokens[phrase.governor]
        objects = (c for c in here.children[verb.head] if here.tokens[c].dep == "dobj")
        return set(self._scene.at(phrase.sentence, next(objects, -1))) if verb.dep == "xcomp" else set()

    def _subjects(self, phrase: Phrase) -> set[Figure]:
        """Whom the clause around it is about: "Peru recalled its envoy", "Peru says it will"."""
        here = self._scene.sentences[phrase.sentence]
        if phrase.role == "poss":
            return self._scene.clause_subjects(phrase.sentence, phrase.governor)
        above = here.tokens[phrase.governor]
        if phrase.role in SUBJECTS and above.dep in ("ccomp", "advcl"):
            return self._scene.clause_subjects(phrase.sentence, above.head)
        return set()

    def _is_reciprocal(self, phrase: Phrase) -> bool:
        """Whether what its verb tells is done to "each other"."""
        here = self._scene.sentences[phrase.sentence]
        below = [
            c for child in here.children[phrase.governor][:ARGUMENTS] for c in (child, *here.children[child])
        ]
        return any(here.span(at - 1, at).text.lower() in hints("reciprocal") for at in below if at)

    def _is_reported(self, phrase: Phrase) -> bool:
        """Whether it is the subject of what somebody says."""
        here = self._scene.sentences[phrase.sentence]
        verb = here.tokens[phrase.governor]
        return (
            phrase.role in SUBJECTS
            and verb.dep == "ccomp"
            and here.tokens[verb.head].lemma in hints("speech")
        )

    def _accused(self, phrase: Phrase) -> set[Figure]:
        """Whom the clause above accuses: "X blamed Y, claiming that he …" speaks of Y."""
        if phrase.role not in ("nsubj", "nsubjpass"):
            return set()
        here = self._scene.sentences[phrase.sentence]
        at = phrase.governor
        for _ in range(4):
            if here.tokens[at].head == at:
                break
            at = here.tokens[at].head
            if here.tokens[at].lemma in hints("accuses"):
                return self._below(phrase.sentence, at) - self._scene.clause_subjects(phrase.sentence, at)
        return set()

    def _number_fits(self, figure: Figure, phrase: Phrase) -> float:
        """An army is "it" after "the army" and "they" after "the troops"."""
        if phrase.word in PERSONAL or figure.kind in ("State", "Person"):
            return 1.0
        if figure.kind == "Place":
            return 0.0 if self._must_act(phrase) else SCENERY
        return 1.0 if self._scene.last(figure).plural == (phrase.word in MANY) else OTHER_NUMBER

    def _relative(self, phrase: Phrase) -> list[Figure]:
        here = self._scene.sentences[phrase.sentence]
        at = phrase.head
        for _ in range(6):
            token = here.tokens[at]
            if token.dep == "relcl":
                return self._scene.at(phrase.sentence, token.head) or self._just_before(phrase)
            if token.head == at:
                break
            at = token.head
        return []

    def _just_before(self, phrase: Phrase) -> list[Figure]:
        """What stands next to the pronoun, where the parser hung its clause elsewhere."""
        at = phrase.head - 1
        if at > 0 and self._scene.sentences[phrase.sentence].tokens[at].pos == "PUNCT":
            at -= 1
        return self._scene.at(phrase.sentence, at)

    def _empty(self, phrase: Phrase) -> bool:
        """Whether nobody is meant: in "it is believed that", "it emerged", "made it hard to", "denied it"."""
        here = self._scene.sentences[phrase.sentence]
        token = here.tokens[phrase.head]
        above = here.tokens[token.head]
        below = {here.tokens[child].dep for child in here.children[token.head]}
        if token.dep == "expl" or above.pos == "ADJ" or token.dep == "dobj" and above.lemma in hints("told"):
            return True
        if above.lemma in hints("empty subject") and token.dep in ("nsubj", "nsubjpass"):
            return bool(below & {"acomp", "ccomp", "xcomp", "attr", "csubj"})
        return token.dep == "nsubjpass" and "ccomp" in below

    def _must_act(self, phrase: Phrase) -> bool:
        """Whether only an actor can fill the pronoun's place: "it said", "its troops"."""
        above = self._scene.sentences[phrase.sentence].tokens[phrase.governor]
        if phrase.role == "poss":
            head = self._scene.authority.kind_of_head(above.text)
            return above.lemma in hints("of governments") or head is not None and head.kind in SERVANTS
        return phrase.role == "nsubj" and above.lemma in hints("act")

    def _excluded(self, phrase: Phrase) -> set[Figure]:
        """Whom the pronoun cannot mean: the speaker inside their quote, other arguments of its verb."""
        found = self._quoted(phrase) | self._scene.quoted_by(phrase.sentence, phrase.head)
        if phrase.role == "poss" or phrase.word.endswith(("self", "selves")):
            return found
        scene, here = self._scene, self._scene.sentences[phrase.sentence]
        subject = phrase.role in ("nsubj", "nsubjpass")
        if not subject:
            found |= scene.clause_subjects(phrase.sentence, phrase.governor)
        for child in here.children[phrase.governor][:ARGUMENTS]:
            found.update(scene.at(phrase.sentence, child))
            if subject and here.tokens[child].dep == "advcl" and child < phrase.head:
                found |= self._below(phrase.sentence, child)  # "Campaigning against X, he said": not X
        return found

    def _below(self, sentence: int, token: int) -> set[Figure]:
        """Who stands in the object and the prepositions of a verb."""
        here = self._scene.sentences[sentence]
        near = [c for c in here.children[token][:ARGUMENTS] if here.tokens[c].dep not in SUBJECTS]
        tokens = [*near, *(below for child in near for below in here.children[child][:ARGUMENTS])]
        return {figure for below in tokens for figure in self._scene.at(sentence, below)}

    def _quoted(self, phrase: Phrase) -> set[Figure]:
        """Who speaks the quote that the pronoun stands in: of themselves they would say "I"."""
        scene = self._scene
        at = (
            scene.quotes.speaker(phrase.sentence)
            if scene.quotes.inside(phrase.sentence, phrase.head)
            else None
        )
        if at is None:
            return set()
        return {scene.named.of[at]} if at in scene.named.of else set(scene.at(*at))


def _ground(pair: list[Figure]) -> bool:
    """Whether they are hills and towns, which do nothing together."""
    return all(figure.kind == "Place" for figure in pair)


def _place(phrase: Phrase) -> str:
    return "nsubj" if phrase.role == "nsubjpass" else phrase.role


def _agrees(figure: Figure, phrase: Phrase) -> bool:
    """Number, gender and life; places compete for "it"."""
    if phrase.word in PERSONAL:
        fits = figure.gender in (gender_of(phrase.word), Gender.UNKNOWN)
        return figure.kind == "Person" and not figure.plural and fits
    if phrase.word in NEUTER:
        return figure.kind in BODIES | {"Place"} and (figure.named or not figure.plural)
    if figure.kind == "Organisation" and not (figure.named or figure.plural):
        return bool(figure.words & hints("any body"))  # "they" after "the group", but not after "his office"
    return figure.plural and figure.kind != "Place" or figure.kind in BODIES - {"State", "Government"}
