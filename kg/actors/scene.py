"""What a reader of an article has in mind at a token: who stands where, and how salient everybody is.

Salience follows Lappin & Leass (1994), "An Algorithm for Pronominal Anaphora Resolution", table 1: a mention gives its figure
weight by its grammatical place, and every sentence halves the weight of all before it. Things that are no actors compete for
"it", so that the pronoun of a treaty or a war goes to nobody.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence

from kg.actors.bearers import Figure
from kg.actors.find_phrases import Phrase
from kg.actors.find_speakers import Quotes
from kg.actors.merge_names import Named
from kg.authority import Authority
from kg.model import BlockKind, Form, Sentence

SENTENCE = 100.0  # weight of being in the sentence
ROLES: Mapping[str, float] = {
    "nsubj": 80, "nsubjpass": 80, "ROOT": 70, "agent": 60, "dobj": 50, "poss": 50, "dative": 40, "pobj": 40, "attr": 40,
    "appos": 30, "compound": 20, "nmod": 20,
}  # fmt: skip
OTHER_ROLE = 30.0
ADJECTIVE = 10.0  # "French" brings France to mind, but hardly
BESIDE_STORY = 0.25  # headings and captions stand outside the story's thread
LONGEST_QUOTE = 6  # sentences; what was told before a longer one fades in it
FADED = 12.0  # below this weight a figure is out of mind
WINDOW = 40  # figures weighed for one phrase at most
ARGUMENTS = 12  # dependents of a verb looked at; lists of hundreds hold no argument further on


class Scene:
    """The article so far."""

    def __init__(
        self, sentences: Sequence[Sentence], named: Named, authority: Authority, main: str | None
    ) -> None:
        self.sentences = sentences
        self.named = named
        self.authority = authority
        self.main = main  # the state that the article is about
        self.quotes = Quotes(sentences)
        self.figures: dict[Figure, int] = {}  # in order of first mention
        self.pairs: list[tuple[float, list[Figure]]] = []  # weight, coordinated figures: "Mali and France"
        self._at: dict[tuple[int, int], list[Figure]] = {}  # (sentence, head token) → who
        self._recent: dict[Figure, Phrase] = {}  # last mention; the latest last
        self._past: dict[Figure, float] = {}  # salience from earlier sentences
        self._here: dict[Figure, float] = {}  # from this one
        self._past_thing = 0.0
        self._things: list[
            tuple[int, float]
        ] = []  # token and weight of this sentence's things that are no actors
        self._sentence = -1
        self._quoted = 0  # sentences of nothing but quoted words up to here

    def turn_to(self, sentence: int) -> None:
        """Read on to a sentence: what came before fades."""
        while self._sentence < sentence:
            self._sentence += 1
            self._quoted = self._quoted + 1 if self.quotes.is_all(self._sentence) else 0
            keep = (
                1.0 if 0 < self._quoted < LONGEST_QUOTE else 0.5
            )  # a quote does not part the story around it
            for figure, weight in self._here.items():
                self._past[figure] = self._past.get(figure, 0.0) + weight
            self._past_thing = (
                self._past_thing + max((weight for _, weight in self._things), default=0.0)
            ) * keep
            self._here = {}
            self._past = {
                figure: weight * keep for figure, weight in self._past.items() if weight * keep > FADED
            }
            self.pairs = [(weight * keep, figures) for weight, figures in self.pairs if weight * keep > FADED]
            self._things = list(self._no_actors(self.sentences[self._sentence]))

    def _no_actors(self, sentence: Sentence) -> Iterator[tuple[int, float]]:
        for token in sentence.tokens:
            if token.tag == "NN" and token.dep in ("nsubj", "nsubjpass", "dobj") and not token.entity:
                if self.authority.kind_of_head(token.text) is None:
                    yield token.index, SENTENCE + ROLES[token.dep]

    def thing_before(self, token: int) -> float:
        """The salience of the most salient thing that is no actor."""
        return self._past_thing + max((weight for at, weight in self._things if at < token), default=0.0)

    def place(self, found: list[Figure], phrase: Phrase) -> None:
        """Note of whom a phrase speaks and bring them to mind."""
        if found:
            self._at[phrase.sentence, phrase.head] = found
        for figure in found:
            self.figures.setdefault(figure, len(self.figures))
            figure.mentions.append(phrase)
            self._here[figure] = max(self._here.get(figure, 0.0), self._weight_of(phrase))
            self._recent.pop(figure, None)
            self._recent[figure] = phrase
        self._pair(phrase)

    def _weight_of(self, phrase: Phrase) -> float:
        adjective = phrase.form is Form.NAME and phrase.name is not None and phrase.name.adjective
        weight = ADJECTIVE if adjective else SENTENCE + ROLES.get(phrase.role, OTHER_ROLE)
        return (
            weight if self.sentences[phrase.sentence].kind is BlockKind.PARAGRAPH else weight * BESIDE_STORY
        )

    def _pair(self, phrase: Phrase) -> None:
        """Remember figures that "and" joins, for "they" and "the two"."""
        token = self.sentences[phrase.sentence].tokens[phrase.head]
        first, second = self.at(phrase.sentence, token.head), self.at(phrase.sentence, phrase.head)
        if token.dep == "conj" and first and second and first != second:
            if self.pairs and self.pairs[-1][1][-len(first) :] == first:  # "Britain, France and Germany"
                first = self.pairs.pop()[1]
            self.pairs.append((self._weight_of(phrase), list(dict.fromkeys([*first, *second]))))

    def at(self, sentence: int, token: int) -> list[Figure]:
        """Who the phrase with this head token speaks of, as far as read."""
        return self._at.get((sentence, token), [])

    def quoted_by(self, sentence: int, token: int) -> set[Figure]:
        """Whom the speaker at this token names in their words: of themselves they would say "I"."""
        if self.quotes.speaker(sentence) != (sentence, token):
            return set()
        tokens = self.quotes.tokens_inside(sentence)
        return {figure for at in tokens for figure in self.at(sentence, at)}

    def last(self, figure: Figure) -> Phrase:
        """The latest mention of a figure that was placed."""
        return self._recent[figure]

    def weight(self, figure: Figure) -> float:
        """How salient the figure is now."""
        return self._past.get(figure, 0.0) + self._here.get(figure, 0.0)

    def in_mind(self) -> list[Figure]:
        """The most salient figures, the first first; of equals the one that came first into the article."""
        candidates = dict.fromkeys([*self._past, *self._here])
        return heapq.nsmallest(
            WINDOW, candidates, key=lambda figure: (-self.weight(figure), self.figures[figure])
        )

    def remembered(self) -> Iterator[Figure]:
        """Those in mind, then those spoken of last."""
        mind = self.in_mind()
        yield from mind
        seen = set(mind)
        for count, figure in enumerate(reversed(self._recent)):
            if count > 2 * WINDOW:
                return
            if figure not in seen:
                yield figure

    def clause_subjects(self, sentence: int, token: int) -> set[Figure]:
        """The subject of the clause around a token, also the understood one of coordinated verbs and infinitives."""
        here = self.sentences[sentence]
        for _ in range(6):
            for child in here.children[token][:ARGUMENTS]:
                if here.tokens[child].dep in ("nsubj", "nsubjpass"):
                    return set(self.at(sentence, child))
            if here.tokens[token].head == token:
                break
            token = here.tokens[token].head
        return set()
