"""Every attribution of an article: cue, speakers, what it says, and over which words of its sentence that reaches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kg.claims.contents import (
    AROUND,
    Content,
    contents,
    fronted,
    is_according,
    named_by,
    stretch,
    trails,
    words,
)
from kg.claims.cues import CATEGORY, FORCE, MENTIONED, QUOTE, REBUTTED, Cues, Places
from kg.claims.places import is_new, is_state, particle_verb
from kg.claims.status import Scope
from kg.claims.turns import signature, turns
from kg.model import Event, Participant, Sentence, Span, Status, Token
from kg.reading import Reading

PLAIN = "Statement"  # the class of a claim by a plain cue
RECENT = 8  # attributions back to the one that "the claim" can mean
FIRST_PERSON = frozenset({"i", "we", "you"})


@dataclass(slots=True)
class Attribution:
    """A claim as it is being gathered."""

    sentence: int
    cue: int  # token
    event: Event | None  # its speech event
    places: Places
    speakers: tuple[Participant, ...]
    pieces: list[tuple[int, int]] = field(default_factory=list)  # character ranges of its content
    key: str = ""  # of its claim; empty where it is told to nobody
    named: Content | None = None  # what it says, where that is one thing
    force: str = ""  # the class of its claim, where it is no event and more than a statement
    deed: tuple[int, int] | None = None  # the infinitive in what it says: "to disarm"
    answers: "Attribution | None" = None  # the claim to which it answers: "denied the claim"
    asserts: bool = True  # it makes something of its content: "praised the deal" does not
    own_words: bool = (
        False  # "I think": the words of the quotation's speaker or the author, nobody else is quoted
    )

    @property
    def type(self) -> str:
        """The class of its claim."""
        return self.event.type if self.event else self.force or PLAIN

    @property
    def takes_quotes(self) -> bool:
        """Whether a quotation may be its content."""
        return QUOTE in self.places

    def content(self, text: str) -> Span:
        """The article's text from its first to its last piece."""
        start, end = min(p[0] for p in self.pieces), max(p[1] for p in self.pieces)
        return Span(start, end, text[start:end])


class Gathered:
    """The attributions of one article in text order, and their scopes by sentence."""

    def __init__(self, reading: Reading, speech: Iterable[Event], cues: Cues) -> None:
        self.all: list[Attribution] = []
        self.scopes: list[dict[int, list[Scope]]] = [{} for _ in reading.sentences]
        self.trailing: list[list[tuple[int, Scope]]] = [
            [] for _ in reading.sentences
        ]  # reaching from the sentence's start
        self.turns: dict[int, Attribution] = {}  # by block
        self._reading = reading
        self._cues = cues
        self._speech = {(event.sentence, event.head): event for event in speech}
        colons = dict(turns(reading))
        for here in reading.sentences:
            if here.index in colons:
                self._add_turn(here, colons[here.index])
            elif sign := signature(reading, here):
                self._add_signature(here, sign)
            for token in here.tokens:
                self._find(here, token)
        self._refer()

    def _refer(self) -> None:
        """What is said of another's claim, or by "to do so", is what that claim says."""
        by_cue = {(a.sentence, a.cue): a for a in self.all}
        for number, a in enumerate(self.all):
            here = self._reading.sentences[a.sentence]
            if going_on := self._going_on(here, a, by_cue):
                a.pieces = list(going_on.pieces)
            if a.named is None:
                continue
            before = [b for b in self.all[max(0, number - RECENT) : number] if b.pieces]
            if a.named.place in ("inf", "ing") and _is_do_so(here, a.named.head):
                a.answers = next((b for b in reversed(before) if b.deed), None)
                a.pieces = [a.answers.deed] if a.answers and a.answers.deed else a.pieces
            else:
                a.answers = self._denied(a, a.named, by_cue) or self._claimed(here, a, a.named.head, before)
                a.pieces = list(a.answers.pieces) if a.answers else a.pieces

    def _going_on(
        self, here: Sentence, a: Attribution, by_cue: Mapping[tuple[int, int], Attribution]
    ) -> Attribution | None:
        """In "pointed a finger at Kigali, saying that …", what the accusation is."""
        if a.event is None or a.named is None or a.asserts:
            return None
        at, content = here.tokens[a.named.head].start, a.event.content
        if content and content.start <= at < content.end:  # "condemned the raid, saying …" has its content
            return None
        clauses = (c for c in here.children[a.cue] if here.tokens[c].dep == "advcl")
        said = (by_cue.get((a.sentence, c)) for c in clauses if here.tokens[c].tag == "VBG")
        return next((b for b in said if b and b.pieces), None)

    def _denied(
        self, a: Attribution, named: Content, by_cue: Mapping[tuple[int, int], Attribution]
    ) -> Attribution | None:
        """In "rejected accusations by others that …", the accusation."""
        accusation = by_cue.get((a.sentence, named.head))
        if accusation is None or accusation.named is None:
            return None
        alleges = accusation.places.get(accusation.named.place) == Status.ALLEGED
        return accusation if alleges and a.places.get(named.place) in (Status.DENIED, REBUTTED) else None

    def _claimed(
        self, here: Sentence, a: Attribution, noun: int, before: Sequence[Attribution]
    ) -> Attribution | None:
        """The last claim that "the claim", or "Kigali's claim", can mean: its owner's, else another's than the speaker's."""
        token = here.tokens[noun]
        known = ("noun", token.lemma) in self._cues.plain and not is_new(here, noun)
        bare = all(here.tokens[c].dep in ("det", "poss", "punct") for c in here.children[noun])
        if token.pos != "NOUN" or not (known and bare):
            return None
        owners = {
            p.actor
            for p in self._reading.participants(a.sentence, self._reading.frames[a.sentence][noun].owners)
        }
        own = {p.actor for p in a.speakers}
        for b in reversed(before):
            speaker = b.speakers[0].actor if b.speakers and b.asserts else None
            if speaker and (speaker in owners if owners else speaker not in own):
                return b
        return None

    def _find(self, here: Sentence, token: Token) -> None:
        event = self._speech.get((here.index, token.index))
        places = self._plain(here, token)
        if event:
            places = {**self._cues.classes.get(event.type, {}), **places}
        if places:
            self._add(here, token, event, places)

    def _plain(self, here: Sentence, token: Token) -> Places:
        plain = self._cues.plain
        if is_according(token) or named_by(here, token):
            return plain.get(("preposition", token.lemma), {})
        if token.dep == "prep":
            return {}
        category = CATEGORY.get(token.pos)
        if category is None:
            return {}
        if category == "noun" and any(
            here.tokens[c].dep in ("nsubj", "ccomp") for c in here.children[token.index]
        ):
            category = "verb"  # "the UN estimates that": the parser takes some verbs for plurals
        if is_state(here, token) and (state := plain.get(("participle", token.lemma))):
            return state
        return plain.get((category, particle_verb(here, token.index))) or plain.get(
            (category, token.lemma), {}
        )

    def _add(self, here: Sentence, token: Token, event: Event | None, places: Places) -> None:
        found = contents(here, token, places, event)
        if event is None and not found and QUOTE not in places:
            return
        speakers = event.agents if event else speakers_of(self._reading, self._cues, here, token)
        a = Attribution(
            here.index, token.index, event, places, as_written(self._reading, here, token, speakers)
        )
        a.asserts = not found or any(places.get(content.place) for content in found)
        a.named = found[0] if len(found) == 1 else None
        forces = (places.get(f"{FORCE} {content.place}") for content in found)
        a.force = next(filter(None, forces), places.get(FORCE, ""))
        for content in found:
            self._open_scope(here, content.head, content.place, content.excluded, places)
            through = content.excluded if content.excluded >= 0 else token.index
            a.pieces.append(self._piece(here, content.head, through))
            a.deed = a.pieces[-1] if content.place == "inf" else a.deed
        for head in fronted(here, token, found):
            self._open_scope(here, head, "clause", -1, places)
        left = trails(here, token, found) if a.takes_quotes else 0
        if left:
            self.trailing[here.index].append((left, Scope(len(self.all), Status.ALLEGED, "clause")))
            if not a.pieces or token.dep == "conj":
                a.pieces.append(words(here, range(left)))
        if a.pieces and token.pos == "VERB":
            a.pieces += [
                stretch(here, c) for c in here.children[token.index] if here.tokens[c].dep == "nsubjpass"
            ]
        if not a.pieces and a.takes_quotes and here.tokens[-1].text == ":":
            self._introduce(here, a)
        a.own_words = event is None and self._is_first_person(here, token)
        self.all.append(a)

    def _piece(self, here: Sentence, head: int, without: int) -> tuple[int, int]:
        """What stands below the head; for the "which" of a relative clause, what that is."""
        if here.tokens[head].tag == "WDT" and (verb := here.tokens[here.tokens[head].head]).dep == "relcl":
            return stretch(here, verb.head, verb.index)
        return stretch(here, head, without)

    def _open_scope(self, here: Sentence, head: int, place: str, excluded: int, places: Places) -> None:
        effect = places.get(place)
        if effect == MENTIONED:
            effect = Status.ALLEGED if is_new(here, head) else None
        if effect:
            self.scopes[here.index].setdefault(head, []).append(Scope(len(self.all), effect, place, excluded))

    def _is_first_person(self, here: Sentence, cue: Token) -> bool:
        subjects = self._reading.frames[here.index][cue.index].subjects
        return any(here.tokens[i].lemma in FIRST_PERSON for i in subjects)

    def _introduce(self, here: Sentence, a: Attribution) -> None:
        """Before a colon that ends its paragraph: the next paragraph is what is said, in marks or set off."""
        blocks, text = self._reading.article.blocks, self._reading.article.text
        if here.block + 1 < len(blocks) and not text[here.end : blocks[here.block].end].strip():
            said = blocks[here.block + 1]
            a.pieces.append((said.start, said.end))
            self.turns[here.block + 1] = a

    def _add_turn(self, here: Sentence, colon: int) -> None:
        """A turn of an interview or transcript: the rest of its paragraph is its speaker's."""
        speakers = self._reading.participants(here.index, [colon - 1])
        start, end = here.tokens[colon].end, self._reading.article.blocks[here.block].end
        said = self._reading.article.text[start:end]
        turn = Attribution(here.index, colon, None, {QUOTE: Status.ALLEGED}, speakers)
        turn.pieces.append((start + len(said) - len(said.lstrip()), start + len(said.rstrip())))
        self.turns[here.block] = turn
        self.all.append(turn)

    def _add_signature(self, here: Sentence, sign: int) -> None:
        """A headline that ends with its source: all before is on its word."""
        speakers = self._reading.participants(here.index, range(sign + 1, len(here.tokens)))
        signed = Attribution(here.index, sign, None, {QUOTE: Status.ALLEGED}, speakers)
        signed.pieces.append(words(here, range(sign)))
        self.trailing[here.index].append((sign, Scope(len(self.all), Status.ALLEGED, "clause")))
        self.all.append(signed)


def _is_do_so(here: Sentence, verb: int) -> bool:
    below = {here.tokens[c].lemma for c in here.children[verb]}
    return here.tokens[verb].lemma == "do" and "so" in below


def speakers_of(reading: Reading, cues: Cues, here: Sentence, cue: Token) -> tuple[Participant, ...]:
    """Whom a plain cue makes answer for its content."""
    frame = reading.frames[here.index][cue.index]
    if is_according(cue):
        return reading.participants(here.index, frame.obliques.get("to", ()))
    if cue.pos == "ADP":
        return reading.participants(here.index, named_by(here, cue))
    if cue.pos == "ADJ":
        return reading.participants(here.index, reading.frames[here.index][cue.head].subjects)
    if is_state(here, cue) and ("participle", cue.lemma) in cues.plain:
        return reading.participants(here.index, frame.objects)
    if cue.pos != "NOUN":
        return reading.participants(here.index, frame.subjects)
    of = ("of",) if AROUND in cues.plain.get(("noun", cue.lemma), {}) else ()  # "in the view of the UN"
    by = [t for name in ("by", "from", *of) for t in frame.obliques.get(name, ())]
    for tokens in (
        [*frame.subjects, *frame.owners, *by],
        list(_supported(reading, cues, here, cue)),
        frame.modifiers,
    ):
        if found := reading.participants(here.index, tokens):
            return found
    return ()


def as_written(
    reading: Reading, here: Sentence, cue: Token, speakers: Sequence[Participant]
) -> tuple[Participant, ...]:
    """The speakers with the words in their place: in "the mayor, who said", it is "who" that speaks."""
    word = _pronouns(reading, here, cue)
    relative = next(
        (here.tokens[i] for i in here.children[cue.index] if here.tokens[i].tag in ("WP", "WDT")), None
    )
    if relative and relative.dep == "nsubj" and speakers:
        word = {speakers[0].actor: relative, **word}
    return tuple(_at(p, word[p.actor]) if p.actor in word else p for p in speakers)


def _pronouns(reading: Reading, here: Sentence, cue: Token) -> Mapping[str, Token]:
    """The pronouns in a speaker's place, by actor."""
    frame = reading.frames[here.index][cue.index]
    found = [
        i for i in (*frame.subjects, *frame.owners, *here.children[cue.index]) if here.tokens[i].pos == "PRON"
    ]
    return {p.actor: here.tokens[i] for i in reversed(found) for p in reading.participants(here.index, [i])}


def _at(participant: Participant, token: Token) -> Participant:
    return replace(participant, start=token.start, end=token.end, text=token.text)


def _supported(reading: Reading, cues: Cues, here: Sentence, noun: Token) -> Iterator[int]:
    """Whose claim it is in "made the claim that"."""
    above = here.tokens[noun.head]
    if noun.dep == "dobj" and ("support", above.lemma) in cues.plain:
        yield from reading.frames[here.index][above.index].subjects
