"""Stage between recognise and find_events: those whom the article quotes, though no table knows the word for them.

"Officials said", "according to a poll": whoever is made to answer for something is an actor. A document speaks for whoever issued it:
"a G7 statement", "the ministry released a report saying"; a bare "statement" for whoever spoke last. One of nobody's is counted as media. A "he" or "she" that speaks, and that nobody could tell, is whoever spoke last: who speaks in news goes on speaking.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kg.actors.hints import hints
from kg.claims.contents import is_according, named_by
from kg.claims.cues import CATEGORY, Cues, Places, load_cues
from kg.claims.places import governed, particle_verb
from kg.claims.turns import turns
from kg.model import Actor, Form, Mention, Sentence, Token
from kg.reading import Reading

NOUNS = frozenset({"NOUN", "PROPN"})
UNNAMED = frozenset(
    "all another each everybody everyone many most one other others several some somebody someone those".split()
)
PERSONAL = frozenset({"he", "she"})
TOLD = frozenset({"clause", "ing", "beside", "as", "is"})  # what is told; a document tells its object too
OWNERS = frozenset({"poss", "compound", "amod", "nmod"})
ISSUERS = frozenset(
    "State Government ArmedForce ArmedGroup Organisation InternationalBody PoliticalParty Media".split()
)
NEAR = 5  # paragraphs back to whoever spoke last


def find_sources(reading: Reading) -> tuple[Actor, ...]:
    """The reading's actors with further mentions, and after them one for each further noun phrase that speaks."""
    cast = _Cast(reading)
    colons = dict(turns(reading))
    for here in reading.sentences:
        if colon := colons.get(here.index, 0):
            cast.hear(here, colon - 1)
        for token in here.tokens:
            for speaker, sure in _speakers(reading, cast.cues, here, token):
                cast.hear(here, speaker, sure)
    return tuple(cast.met())


class _Cast:
    """The actors so far, and who spoke last."""

    def __init__(self, reading: Reading) -> None:
        self.actors = dict(reading.actors)
        self.cues = load_cues()
        self._reading = reading
        self._by_word = {
            _last_word(name): a.key for a in self.actors.values() for name in (a.label, *a.names)
        }
        self._further: dict[str, list[Mention]] = {}  # of actors that were known, by key
        self._last: tuple[str, int] | None = None  # key of the person who spoke last, and the block
        self._last_body: tuple[str, int] | None = None  # the same of the body
        self._issued: tuple[list[str], int] | None = (
            None  # keys of those who issued the last document, and the block
        )

    def hear(self, here: Sentence, index: int, sure: bool = True) -> None:
        """Somebody speaks at the token: take note of whom, where it surely is somebody, though nobody known yet."""
        token = here.tokens[index]
        known = self._reading.participants(here.index, [index])
        key = known[0].actor if known else self._meet(here, token) if sure else None
        if key and self.actors[key].kind == "Person":
            self._last = key, here.block
        elif key and self.actors[key].kind in ISSUERS:
            self._last_body = key, here.block

    def met(self) -> Iterator[Actor]:
        """All actors with their mentions in text order."""
        for key, actor in self.actors.items():
            mentions = sorted((*actor.mentions, *self._further.get(key, ())), key=lambda m: (m.start, m.end))
            yield replace(actor, mentions=tuple(dict.fromkeys(mentions))) if key in self._further else actor

    def _meet(self, here: Sentence, token: Token) -> str | None:
        if token.lemma in PERSONAL and self._last and here.block - self._last[1] <= NEAR:
            return self._mentioned(
                self._last[0], Mention(*_place(token), Form.PRONOUN, here.index, token.index)
            )
        unnamed = token.lemma in UNNAMED and token.dep != "det"
        if not (unnamed or token.pos in NOUNS) or token.entity in ("DATE", "TIME"):
            return None
        mention = _mention(here, token)
        if ("document", token.lemma) in self.cues.plain and (issuers := self._issuers(here, token)):
            for issuer in issuers:
                self._mentioned(issuer, mention)
            return issuers[0]
        words = mention.text.casefold()
        known = self._by_word.get(words) or (
            token.pos == "PROPN" and self._by_word.get(token.text.casefold())
        )
        if known:
            return self._mentioned(known, mention)
        key = f"a{len(self.actors) + 1}"
        self.actors[key] = Actor(key, mention.text, self._kind(token), (mention,))
        self._by_word[words] = key
        return key

    def _issuers(self, here: Sentence, token: Token) -> list[str]:
        """Who speaks through the document: its owner or maker, or whoever puts it out; for a bare statement who did last."""
        found = self._makers(here, token) or self._doers(here, token)
        if found:
            self._issued = found, here.block
        elif token.lemma in hints("utterance"):
            if self._issued and here.block - self._issued[1] <= NEAR:
                return self._issued[0]
            if self._last_body and here.block - self._last_body[1] <= NEAR:
                return [self._last_body[0]]
        return found

    def _makers(self, here: Sentence, token: Token) -> list[str]:
        children = here.children[token.index]
        owners = [c for c in children if c < token.index and here.tokens[c].dep in OWNERS]
        behind = [
            c
            for child in children
            if here.tokens[child].lemma in ("by", "from")
            for c in here.children[child]
        ]
        publishers = self._reading.frames[here.index][token.head].subjects if token.dep == "dobj" else ()
        told = (self._able(here, place) for place in (owners, behind, publishers))
        return next(filter(None, told), [])

    def _doers(self, here: Sentence, token: Token) -> list[str]:
        """The army, in "The army killed 20 rebels, according to a statement"."""
        according = here.tokens[here.tokens[token.head].head]
        if not is_according(according) or token.lemma not in hints("utterance"):
            return []
        subjects = self._reading.frames[here.index][according.head].subjects
        return [key for key in self._able(here, subjects) if self.actors[key].kind in ISSUERS]

    def _able(self, here: Sentence, places: Sequence[int]) -> list[str]:
        """Who stands at these tokens and can speak."""
        known = [found.actor for found in self._reading.participants(here.index, list(places))]
        return [key for key in known if self.actors[key].kind in ISSUERS | {"Person"}]

    def _mentioned(self, key: str, mention: Mention) -> str:
        self._further.setdefault(key, []).append(mention)
        return key

    def _kind(self, token: Token) -> str:
        if ("document", token.lemma) in self.cues.plain:
            return "Media"
        return "Population" if token.tag in ("NNS", "NNPS") else "Person"


def _speakers(reading: Reading, cues: Cues, here: Sentence, token: Token) -> Iterator[tuple[int, bool]]:
    """Who may speak by this cue, and whether anybody at that place does."""
    frame = reading.frames[here.index]
    if is_according(token):
        yield from ((index, True) for index in frame[token.index].obliques.get("to", ()))
    elif ("preposition", token.lemma) in cues.plain:
        yield from ((index, True) for index in named_by(here, token))
    elif CATEGORY.get(token.pos) == "verb" and (places := _places(cues, here, token)):
        told = any(place in TOLD and place in places for place, _ in governed(here, token.index))
        for subject in frame[token.index].subjects:
            lemma = here.tokens[subject].lemma
            yield subject, told or lemma in PERSONAL or ("document", lemma) in cues.plain


def _places(cues: Cues, here: Sentence, token: Token) -> Places | None:
    verb = particle_verb(here, token.index)
    return cues.plain.get(("verb", verb)) or cues.plain.get(("verb", token.lemma))


def _mention(here: Sentence, token: Token) -> Mention:
    chunk = next(
        ((a, b - 1) for a, b in here.noun_chunks if a <= token.index < b), (token.index, token.index)
    )
    first = chunk[0]
    while first < token.index and here.tokens[first].dep in ("det", "predet", "poss", "case", "punct"):
        first += 1
    span = here.span(first, max(chunk[1], token.index))
    form = Form.NAME if token.pos == "PROPN" else Form.NOMINAL
    return Mention(span.start, span.end, span.text, form, here.index, token.index)


def _place(token: Token) -> tuple[int, int, str]:
    return token.start, token.end, token.text


def _last_word(name: str) -> str:
    return name.casefold().rsplit(" ", 1)[-1]
