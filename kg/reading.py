"""One article as far as the stages have read it: who and what stands at each token."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice, takewhile

from kg.frames import Frames
from kg.model import Actor, Agreement, Article, Form, Mention, Participant, Sentence, Span, TimeExpression

# Prefixes with which a hyphenated word is no kind of what it ends in: a "non-aggression" pact, an "anti-war" rally
OTHERWISE = frozenset("non anti ex pre post pro un mid inter counter".split())

# Nouns that stand before "of" for what follows it (Huddleston & Pullum 2002, 5.3.3: number-transparent nouns)
TRANSPARENT = frozenset(
    "number lot plenty majority rest couple dozen dozens hundred hundreds thousand thousands million millions "
    "tens scores series string group member members kind type sort form part some many several most all one each "
    "none both wave spate range variety handful pair round".split()
)


class Reading:
    """Sentences with their frames, and the actors, agreements and times found in them."""

    def __init__(
        self,
        article: Article,
        sentences: Sequence[Sentence],
        actors: Sequence[Actor],
        times: Sequence[TimeExpression] = (),
        agreements: Sequence[Agreement] = (),
    ) -> None:
        self.article = article
        self.sentences = sentences
        self.frames = [Frames(sentence) for sentence in sentences]
        self.actors = {actor.key: actor for actor in actors}
        self.agreements = {agreement.key: agreement for agreement in agreements}
        self.times: list[list[TimeExpression]] = [[] for _ in sentences]
        for time in times:
            self.times[time.sentence].append(time)
        self._at: dict[tuple[int, int], list[tuple[Actor, Mention]]] = {}
        for actor in actors:
            for mention in actor.mentions:
                self._at.setdefault((mention.sentence, mention.head), []).append((actor, mention))
        self._agreement_at = _agreement_heads(sentences, agreements)
        self._by_kind: dict[str, list[tuple[int, str]]] = {}

    @property
    def published(self) -> date | None:
        """The article's date."""
        return self.article.published

    def kinds(self, sentence: int, token: int) -> set[str]:
        """The kinds of the actors that the token speaks of; "Agreement" where it is one."""
        kinds = {
            actor.kind
            for at in self.reached(sentence, token)
            for actor, _ in self._at.get((sentence, at), ())
        }
        if (sentence, token) in self._agreement_at:
            kinds.add("Agreement")
        return kinds

    def is_named(self, sentence: int, token: int) -> bool:
        """Whether the token is the head of a name: "the Munich Security Conference" is no meeting told."""
        return any(mention.form is Form.NAME for _, mention in self._at.get((sentence, token), ()))

    def reached(self, sentence: int, token: int) -> list[int]:
        """The token, or what stands behind it: "thousands of people" speaks of people."""
        if (sentence, token) in self._at:
            return [token]
        if self.sentences[sentence].tokens[token].lemma in TRANSPARENT:
            return [token, *self.frames[sentence][token].obliques.get("of", ())]
        return [token]

    def lemmas(self, sentence: int, token: int) -> tuple[str, ...]:
        """The token's lemma; before it, where hyphens join it to what precedes, the whole: "cease-fire", "ceasefire", "fire"."""
        tokens = self.sentences[sentence].tokens
        own = tokens[token].lemma
        if token < 2 or tokens[token - 1].text != "-" or tokens[token].start != tokens[token - 2].end + 1:
            return (own,)
        before = tokens[token - 2].text.lower()
        whole = (f"{before}-{own}", f"{before}{own}")
        return whole if before in OTHERWISE else (*whole, own)

    def participants(self, sentence: int, tokens: Iterable[int]) -> tuple[Participant, ...]:
        """The actors that the tokens speak of, each once; for a pronoun its name in the same sentence is cited, where there is one."""
        found: dict[str, Participant] = {}
        for token in tokens:
            for at in self.reached(sentence, token):
                for actor, mention in self._at.get((sentence, at), ()):
                    cited = self._named(actor, mention)
                    found.setdefault(actor.key, Participant(actor.key, cited.start, cited.end, cited.text))
        return tuple(found.values())

    def _named(self, actor: Actor, mention: Mention) -> Mention:
        if mention.form is not Form.PRONOUN:
            return mention
        first = bisect_left(actor.mentions, mention.sentence, key=lambda m: m.sentence)
        here = takewhile(lambda m: m.sentence == mention.sentence, islice(actor.mentions, first, None))
        fuller = [m for m in here if m.form is not Form.PRONOUN]
        return min(
            fuller,
            key=lambda m: (m.form is not Form.NAME, abs(m.start - mention.start), m.start),
            default=mention,
        )

    def last(self, kind: str, sentence: int, token: int) -> tuple[Participant, ...]:
        """The actor of a kind that was spoken of last before the token, understood there."""
        at = self.sentences[sentence].tokens[token].start
        before = bisect_left(self._spoken_of(kind), (at, ""))
        return (Participant(self._spoken_of(kind)[before - 1][1], at, at, ""),) if before else ()

    def country(self, at: int) -> tuple[Participant, ...]:
        """The state that the article speaks of most, understood at a place in the text."""
        states = [actor for actor in self.actors.values() if actor.kind == "State"]
        most = max(states, key=lambda actor: len(actor.mentions), default=None)
        return (Participant(most.key, at, at, ""),) if most else ()

    def _spoken_of(self, kind: str) -> list[tuple[int, str]]:
        """Where actors of a kind are spoken of, with their keys, in text order."""
        if kind not in self._by_kind:
            of_kind = [actor for actor in self.actors.values() if actor.kind == kind]
            self._by_kind[kind] = sorted((m.start, actor.key) for actor in of_kind for m in actor.mentions)
        return self._by_kind[kind]

    def agreement_at(self, sentence: int, token: int) -> str | None:
        """The key of the agreement that the token speaks of."""
        return self._agreement_at.get((sentence, token))

    def stretch(self, sentence: int, tokens: Iterable[int]) -> Span:
        """The text from the first to the last of the tokens, without punctuation at its ends."""
        here = self.sentences[sentence]
        order = sorted(tokens)
        while len(order) > 1 and here.tokens[order[-1]].text in {".", ",", ";", ":", "–", "—", "-"}:
            order.pop()
        while len(order) > 1 and here.tokens[order[0]].text in {",", ";", ":", "–", "—", "-"}:
            order.pop(0)
        return here.span(order[0], order[-1])


def _agreement_heads(
    sentences: Sequence[Sentence], agreements: Sequence[Agreement]
) -> dict[tuple[int, int], str]:
    starts = {}
    for agreement in agreements:
        for mention in agreement.mentions:
            starts[mention.end] = agreement.key
    return {
        (sentence.index, token.index): starts[token.end]
        for sentence in sentences
        for token in sentence.tokens
        if token.end in starts
    }
