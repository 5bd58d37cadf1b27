"""Stage: events as told → who says what (claims), and how surely and on whose word each event is told.

A speech event is its own attribution, and its class says what becomes of its content (ontology/words/claims.csv); plain words of saying
and thinking ("said", "according to") come from ontology/words/cues.csv and give claims without an event. What stands in a claim is never
asserted, unless its cue takes it for granted ("admitted that").
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kg.cues import MENTIONED, OWNED_UP, REBUTTED, Cues, Places, load_cues
from kg.lexicon import Lexicon
from kg.model import Claim, Event, Participant, Sentence, Span, Status, Token
from kg.places import governed, governor, is_finite
from kg.quotes import Quote, Quotes
from kg.reading import Reading
from kg.status import CATEGORY, Scope, Standing, is_new, over, particle_verb, standing
from kg.turns import turns

CLOSE = 2  # characters from a closing mark to a sentence of its own: "Who did it?" he asked.
FAR = 160  # characters between a quotation and the words "he said" of the same sentence
PUNCTUATION = frozenset(".,;:!?–—-")
ENDING = frozenset({",", '"', "”", "’", "'", "''", "?", "!", "»", "–", "—", "-"})  # what stands before "he said"
FINITE = frozenset({"VBD", "VBZ", "VBP", "MD"})
PLAIN = "Statement"  # the class of a claim by a plain cue


@dataclass(slots=True)
class Attribution:
    """A claim as it is being gathered."""

    sentence: int
    cue: int  # token
    type: str
    event: Event | None
    places: Places
    speakers: tuple[Participant, ...]
    pieces: list[tuple[int, int]] = field(default_factory=list)  # character ranges of its content
    key: str = ""  # of its event or claim
    own_words: bool = False  # "I think": the words of the quotation's speaker or the author, nobody else is quoted


def attribute(
    reading: Reading, events: tuple[Event, ...], lexicon: Lexicon
) -> tuple[tuple[Event, ...], tuple[Claim, ...]]:
    """The events, each with its status, sources and claim; and all attributions in text order."""
    found = _Attributions(reading, events, lexicon, load_cues())
    claims = tuple(found.claims())
    return tuple(found.judged(event) for event in events), claims


class _Attributions:
    """All attributions of one article with what they say."""

    def __init__(self, reading: Reading, events: Sequence[Event], lexicon: Lexicon, cues: Cues) -> None:
        self.reading = reading
        self.cues = cues
        self.all: list[Attribution] = []
        self.scopes: list[dict[int, list[Scope]]] = [{} for _ in reading.sentences]
        self.trailing: list[list[tuple[int, Scope]]] = [[] for _ in reading.sentences]
        self.quotes = Quotes(reading.article)
        self.speech = {(e.sentence, e.head): e for e in events if lexicon.is_claim(e.type)}
        self._by_event: dict[str, Attribution] = {}
        for here in reading.sentences:
            self._find(here)
        self.owners = Assignment(reading, self.quotes, self.all).owners
        self.turns = {reading.sentences[s].block: self._turn(s, colon) for s, colon in turns(reading)}
        self._number()

    def claims(self) -> Iterator[Claim]:
        """Every attribution that says something, in text order."""
        return (self._claim(a) for a in self._in_order() if a.key)

    def _in_order(self) -> list[Attribution]:
        return sorted((*self.all, *self.turns.values()), key=lambda a: (a.sentence, a.cue)) if self.turns else self.all

    def _turn(self, sentence: int, colon: int) -> Attribution:
        """A turn of an interview or transcript: the rest of its paragraph is its speaker's."""
        here = self.reading.sentences[sentence]
        speakers = self._participants(here, [colon - 1])
        turn = Attribution(sentence, colon, PLAIN, None, {"quote": Status.ALLEGED}, speakers)
        start, end = here.tokens[colon].end, self.reading.article.blocks[here.block].end
        text = self.reading.article.text[start:end]
        turn.pieces.append((start + len(text) - len(text.lstrip()), start + len(text.rstrip())))
        return turn

    def judged(self, event: Event) -> Event:
        """The event with status, sources, claim and, for a speech event, its content."""
        own = self._by_event.get(event.key)
        if own and own.pieces:
            event = replace(event, content=self._content(own))
        status, sources, claim = self._judge(event)
        return replace(event, status=status, sources=sources, claim=claim)

    def _find(self, here: Sentence) -> None:
        for token in here.tokens:
            event = self.speech.get((here.index, token.index))
            places = self._plain(here, token)
            if event:
                places = {**(places or {}), **{p: e for p, e in self.cues.classes.get(event.type, {}).items() if p not in (places or {})}}
            if places:
                self._add(here, token, event, places)

    def _plain(self, here: Sentence, token: Token) -> Places | None:
        category = CATEGORY.get(token.pos)
        if token.dep == "prep" or token.text.lower() == "according":
            return self.cues.plain.get(("preposition", token.lemma))
        if category is None:
            return None
        if category == "noun" and any(here.tokens[c].dep in ("nsubj", "ccomp") for c in here.children[token.index]):
            category = "verb"  # "the UN estimates that": the parser takes some verbs for plurals
        plain = self.cues.plain
        return plain.get((category, particle_verb(here, token.index))) or plain.get((category, token.lemma))

    def _add(self, here: Sentence, token: Token, event: Event | None, places: Places) -> None:
        number = len(self.all)
        speakers = event.agents if event else self._speakers(here, token)
        speakers = _as_written(self.reading, here, token, speakers)
        a = Attribution(here.index, token.index, event.type if event else PLAIN, event, places, speakers)
        heads = list(self._heads(here, token, places))
        if event is None and not heads and "quote" not in places:
            return
        if event and event.content and not heads:
            heads = list(_heads_within(here, event))
        told = [h for h in heads if places.get(h[1])] or heads
        for head, place, excluded in told:
            effect = places.get(place)
            if effect == MENTIONED:
                effect = Status.ALLEGED if is_new(here, head) else ""
            if effect:
                self.scopes[here.index].setdefault(head, []).append(Scope(number, effect, place, excluded))
            a.pieces.append(_range(here, head, token.index))
        if "quote" in places and (left := _trails(here, token, [head for head, *_ in heads])):
            self.trailing[here.index].append((left, Scope(number, Status.ALLEGED, "clause")))
            if not a.pieces or token.dep == "conj":
                a.pieces.append(_words(here, 0, left - 1))
        if a.pieces and self._is_passive(here, token) and token.pos == "VERB":
            a.pieces += [_range(here, c, -1) for c in here.children[token.index] if here.tokens[c].dep == "nsubjpass"]
        a.own_words = event is None and self._is_first_person(here, token)
        self.all.append(a)
        if event:
            self._by_event[event.key] = a

    def _heads(self, here: Sentence, token: Token, places: Places) -> Iterator[tuple[int, str, int]]:
        """What the cue governs that its row names: (head, place, excluded child)."""
        if token.text.lower() == "according":
            above, below = _clause_above(here, token.index)
            yield above, "to", below if above != token.index else -1
            return
        own = {place for place, _ in governed(here, token.index)}
        found = False
        for place, head in governed(here, token.index):
            place = _told_place(here, token, place, head)
            if place == "clause" and head < token.index and _is_coordinated(here, head, token.index):
                continue
            if place in places:
                found = True
                yield head, place, -1
            if place in ("obj", "recipient") or here.tokens[head].dep == "pobj":
                yield from self._behind(here, head, {p: e for p, e in places.items() if p not in own}, place == "by")
        if not found and "clause" in places and token.pos == "VERB":
            yield from self._beside(here, token)

    def _behind(self, here: Sentence, noun: int, places: Places, by: bool) -> Iterator[tuple[int, str, int]]:
        """"Accuse the army of spying", "urge the army to leave": the parser often hangs the rest on the noun."""
        for place, head in governed(here, noun):
            clause = place == "inf" or here.tokens[head].dep == "pcomp"
            # names take no "of" or "with" of their own, nor does whoever accuses
            named = here.tokens[noun].pos in ("PROPN", "PRON") or by and here.tokens[head].pos == "NOUN"
            if places.get(place) and (clause or named and place in ("of", "with", "for")):
                yield head, place, -1

    def _beside(self, here: Sentence, token: Token) -> Iterator[tuple[int, str, int]]:
        """"It was, he said, a coup"; "as he said, it was a coup"."""
        above, place = governor(here, token.index)
        as_clause = place == "adverbial" and any(here.tokens[c].lemma == "as" for c in here.children[token.index])
        if place == "beside" or as_clause:
            yield above, "clause", token.index

    def _speakers(self, here: Sentence, token: Token) -> tuple[Participant, ...]:
        frame = self.reading.frames[here.index][token.index]
        if token.text.lower() == "according":
            return self._participants(here, frame.obliques.get("to", ()))
        if token.pos == "NOUN":
            by = [t for name in ("by", "from") for t in frame.obliques.get(name, ())]
            return (
                self._participants(here, [*frame.subjects, *frame.owners, *by])
                or self._participants(here, self._supported(here, token))
                or self._participants(here, frame.modifiers)
            )
        return self._participants(here, frame.subjects)

    def _supported(self, here: Sentence, noun: Token) -> Sequence[int]:
        """Whose claim it is in "made the claim that"."""
        above = here.tokens[noun.head]
        if noun.dep == "dobj" and ("support", above.lemma) in self.cues.plain:
            return self.reading.frames[here.index][above.index].subjects
        return ()

    def _participants(self, here: Sentence, tokens: Iterable[int]) -> tuple[Participant, ...]:
        return self.reading.participants(here.index, tokens)

    def _is_first_person(self, here: Sentence, cue: Token) -> bool:
        return any(here.tokens[i].lemma in ("i", "we", "you") for i in self.reading.frames[here.index][cue.index].subjects)

    def _is_passive(self, here: Sentence, token: Token) -> bool:
        return any(here.tokens[c].dep == "auxpass" for c in here.children[token.index])

    def _number(self) -> None:
        number = 0
        for a in self._in_order():
            if not a.pieces or (a.event is None and not self._is_told(a)):
                continue
            number += 1
            a.key = f"c{number}"

    def _is_told(self, a: Attribution) -> bool:
        """A noun is an attribution where it says whose: "the claim" alone is none."""
        if a.own_words:
            return False
        return bool(a.speakers) or self.reading.sentences[a.sentence].tokens[a.cue].pos != "NOUN"

    def _claim(self, a: Attribution) -> Claim:
        here = self.reading.sentences[a.sentence]
        token = here.tokens[a.cue]
        speaker = a.speakers[0] if a.speakers else None
        targets = a.event.targets if a.event else ()
        key = a.event.key if a.event else None
        cue = a.event.trigger if a.event else Span(token.start, token.end, token.text)
        return Claim(key, a.type, speaker, cue, self._content(a), targets, a.key)

    def _content(self, a: Attribution) -> Span:
        text = self.reading.article.text
        start, end = min(p[0] for p in a.pieces), max(p[1] for p in a.pieces)
        return Span(start, end, text[start:end])

    def _judge(self, event: Event) -> tuple[Status, tuple[Participant, ...], str | None]:
        here = self.reading.sentences[event.sentence]
        stand = self._standing(event.sentence, event.head)
        status, scope = stand.status, stand.scope
        minded: Attribution | None = None  # who wants or plans it, where nobody is told to have said so
        if status is None and self._is_to_come(event):
            status = Status.PLANNED
        seen: set[int] = set()
        while scope and scope.attribution not in seen:
            seen.add(scope.attribution)
            a = self.all[scope.attribution]
            effect = self._effect(event, a, scope)
            if stand.taken_for_granted and effect not in (Status.ALLEGED, Status.ASSERTED, None):
                effect = Status.ALLEGED if scope.place == "clause" else None
            if a.event is None and "quote" not in a.places and effect not in (None, Status.ASSERTED, Status.ALLEGED, Status.DENIED):
                outer = self._standing(a.sentence, a.cue)
                status, scope, minded = over(over(status, effect), outer.status), outer.scope, minded or a
                continue
            if stand.would and effect is Status.ALLEGED and self._own_plan(event, a):
                status = Status.PLANNED
            if effect is not None and not (effect is Status.ASSERTED and status is None):
                return self._told(a, over(status, effect if effect is not Status.ASSERTED else None) or effect)
            outer = self._standing(a.sentence, a.cue)
            if effect is Status.ASSERTED and outer.status:
                return self._told(a, Status.ALLEGED)
            scope = outer.scope
        if minded and self.quotes.at(event.trigger.start) is None:
            return self._told(minded, status or Status.HYPOTHETICAL)
        return self._in_quote(event, status)

    def _is_to_come(self, event: Event) -> bool:
        """Whether its date, or that of the clause whose subject or object it is, lies after the article's."""
        here, published = self.reading.sentences[event.sentence], self.reading.published
        above, place = governor(here, event.head)
        dated = {event.head, above} if place in ("subj", "obj") else {event.head}
        return published is not None and any(
            time.earliest > published and governor(here, time.head)[0] in dated
            for time in self.reading.times[event.sentence]
            if time.head >= 0 and time.earliest is not None
        )

    def _cue_start(self, a: Attribution) -> int:
        return self.reading.sentences[a.sentence].tokens[a.cue].start

    def _standing(self, sentence: int, token: int) -> Standing:
        """The token's standing by the tree, or by mere order before "…, he said", where long sentences are parsed worst."""
        stand = standing(self.reading.sentences[sentence], self.cues, self.scopes[sentence], token)
        if stand.scope is None:
            before = min((t for t in self.trailing[sentence] if token < t[0]), key=lambda t: t[0], default=None)
            return replace(stand, scope=before[1]) if before else stand
        return stand

    def _effect(self, event: Event, a: Attribution, scope: Scope) -> Status | None:
        if scope.effect == REBUTTED:
            return None
        if scope.effect == OWNED_UP:
            return Status.ASSERTED if self._own_deed(event, a) else Status.ALLEGED
        return Status(scope.effect)

    def _own_deed(self, event: Event, a: Attribution) -> bool:
        actors = self.reading.actors
        doers = {actors[p.actor].state or p.actor for p in event.agents}
        return any((actors[p.actor].state or p.actor) in doers for p in a.speakers)

    def _own_plan(self, event: Event, a: Attribution) -> bool:
        """"He said that he would": what a speaker says of his own future is a plan; of others', no more than possible."""
        here = self.reading.sentences[event.sentence]
        doers = self.reading.frames[here.index][event.head].subjects
        return self._own_deed(event, a) or any(here.tokens[i].tag == "PRP" for i in doers)

    def _told(self, a: Attribution, status: Status) -> tuple[Status, tuple[Participant, ...], str | None]:
        """On the word of this attribution's speakers; denied where it is itself denied."""
        if a.own_words and (quote := self.quotes.at(self._cue_start(a))):
            a = self.owners.get(quote, a)
        sources = a.speakers if not a.own_words else ()
        if status is Status.ALLEGED:
            outer = self._standing(a.sentence, a.cue).scope
            if outer and outer.effect in (Status.DENIED, REBUTTED) :
                status = Status.DENIED
                sources = _each_once((*sources, *self.all[outer.attribution].speakers))
        return status, sources, a.event.key if a.event else a.key or None

    def _in_quote(self, event: Event, status: Status | None) -> tuple[Status, tuple[Participant, ...], str | None]:
        quote = self.quotes.at(event.trigger.start)
        if quote is None:
            turn = self.turns.get(self.reading.sentences[event.sentence].block)
            return self._told(turn, status or Status.ALLEGED) if turn else (status or Status.ASSERTED, (), None)
        a = self.owners.get(quote)
        if a is None or (a.event and a.event.key == event.key):
            return status or Status.ALLEGED, (), None
        return self._told(a, over(status, Status.ALLEGED) or Status.ALLEGED)


class Assignment:
    """Which attribution each quotation belongs to."""

    def __init__(self, reading: Reading, quotes: Quotes, attributions: Sequence[Attribution]) -> None:
        self._reading = reading
        self._starts = [s.start for s in reading.sentences]
        self._by_sentence: dict[int, list[Attribution]] = {}
        for a in attributions:
            self._by_sentence.setdefault(a.sentence, []).append(a)
        self.owners: dict[Quote, Attribution] = {}
        last: tuple[Quote, Attribution] | None = None
        for quote in quotes.all:
            owner = self._beside(quote) or self._continued(quote, last)
            if owner:
                self.owners[quote] = owner
                last = quote, owner

    def _sentences(self, start: int, end: int) -> range:
        first = max(0, bisect_right(self._starts, start) - 1)
        return range(first, max(first + 1, bisect_right(self._starts, end - 1)))

    def _outside(self, quote: Quote) -> list[Attribution]:
        """Attributions of the sentences that the quotation touches, whose cues stand outside it."""
        return [
            a
            for number in self._sentences(quote.start, quote.end + CLOSE)
            for a in self._by_sentence.get(number, ())
            if not quote.start <= self._cue(a).start < quote.end
        ]

    def _cue(self, a: Attribution) -> Token:
        return self._reading.sentences[a.sentence].tokens[a.cue]

    def _beside(self, quote: Quote) -> Attribution | None:
        near = self._outside(quote)
        containing = [a for a in near if any(s <= quote.start < e or quote.start <= s < quote.end for s, e in a.pieces)]
        if containing:
            owner = min(containing, key=lambda a: min(e - s for s, e in a.pieces))
        else:
            takers = [a for a in near if "quote" in a.places and self._gap(quote, a) <= FAR]
            if not takers or not quote.long:
                return None
            owner = min(takers, key=lambda a: self._gap(quote, a))
        owner.pieces.append((quote.start, quote.end))
        return owner

    def _gap(self, quote: Quote, a: Attribution) -> int:
        cue = self._cue(a)
        return cue.start - quote.end if cue.start >= quote.end else quote.start - cue.end

    def _continued(self, quote: Quote, last: tuple[Quote, Attribution] | None) -> Attribution | None:
        """A further quotation without words of saying goes on with the speaker of the one before it."""
        if not quote.long:
            return None
        if last and last[0].block == quote.block:
            last[1].pieces.append((quote.start, quote.end))
            return last[1]
        block = self._reading.article.blocks[quote.block]
        if self._reading.article.text[block.start : quote.start].strip():
            return None
        if last and last[0].block == quote.block - 1:
            if last[0] in self.owners:
                last[1].pieces.append((quote.start, quote.end))
            return last[1]
        return self._introduced(quote)

    def _introduced(self, quote: Quote) -> Attribution | None:
        """A paragraph that is all quotation after one that ends with words of its speaker."""
        before = self._sentences(quote.start, quote.end)[0] - 1
        if before < 0 or self._reading.sentences[before].block < quote.block - 1:
            return None
        takers = [a for a in self._by_sentence.get(before, ()) if "quote" in a.places and a.speakers]
        return takers[-1] if takers else None


def _clause_above(here: Sentence, index: int) -> tuple[int, int]:
    """The clause to which an adverbial belongs, and the child of it through which the adverbial hangs there."""
    at, below = here.tokens[index].head, index
    while here.tokens[at].pos not in ("VERB", "AUX") and here.tokens[at].head != at:
        at, below = here.tokens[at].head, at
    return at, below


def _told_place(here: Sentence, cue: Token, place: str, head: int) -> str:
    """The place with what the parser often mistakes for another kind of clause put right."""
    if place == "purpose":
        return "inf"
    if place == "relative" and _first(here, head).lemma == "that":
        return "clause"
    if place == "beside" and cue.dep == "ROOT":
        return "clause"
    bare = not any(here.tokens[c].dep == "mark" or here.tokens[c].tag == "WRB" for c in here.children[head])
    if place == "adverbial" and head > cue.index and bare and is_finite(here, head):  # "he said on Monday, troops left"
        return "clause"
    return place


def _is_coordinated(here: Sentence, clause: int, cue: int) -> bool:
    """Whether a clause before the cue is only joined to it: "the envoy left and the minister announced the date"."""
    for at in (clause, cue):
        joints = [c for c in here.children[at] if here.tokens[c].dep == "cc" and clause < c < cue]
        verbs = [c for c in here.children[at] if here.tokens[c].dep == "conj" and here.tokens[c].pos in ("VERB", "AUX")]
        if joints and not any(joints[-1] < c < cue for c in verbs):
            return True
    return False


def _heads_within(here: Sentence, event: Event) -> Iterator[tuple[int, str, int]]:
    """What the lexicon's entry calls the content, where the class's table does not know the place."""
    content = event.content
    inside = [t for t in here.tokens if content and content.start <= t.start and t.end <= content.end and t.dep != "punct"]
    numbers = {t.index for t in inside}
    for token in inside:
        if (token.head not in numbers or token.head == token.index) and token.index != event.head:
            yield token.index, "*", -1


def _trails(here: Sentence, cue: Token, heads: Sequence[int]) -> int:
    """Where "…, the minister said" begins, if the sentence ends so; 0 where the cue does not come last."""
    if cue.pos != "VERB" or any(head > cue.index for head in heads):
        return 0
    subjects = [c for c in here.children[cue.index] if here.tokens[c].dep == "nsubj"]
    if not subjects:
        return 0
    before = [i for i in here.subtree(subjects[0]) if i <= subjects[0]] if subjects[0] < cue.index else [cue.index]
    left = min([*before, *(c for c in here.children[cue.index] if here.tokens[c].dep == "aux" and c < cue.index)])
    if left < 2 or here.tokens[left - 1].text not in ENDING:
        return 0
    told = any(here.tokens[i].tag in FINITE and not (here.tokens[i].dep == "advcl" and here.tokens[i].head == cue.index)
               for i in range(left))  # fmt: skip
    return left if told or heads else 0


def _words(here: Sentence, first: int, last: int) -> tuple[int, int]:
    """The characters from one word to another, without punctuation at the end."""
    while last > first and here.tokens[last].text in PUNCTUATION:
        last -= 1
    return here.tokens[first].start, here.tokens[last].end


def _first(here: Sentence, head: int) -> Token:
    return here.tokens[min([head, *here.children[head]])]


def _range(here: Sentence, head: int, cue: int) -> tuple[int, int]:
    """The characters from the first to the last word below the head, without those below the cue and outer punctuation."""
    out = frozenset(here.subtree(cue)) if cue >= 0 and head not in here.subtree(cue) else frozenset()
    order = sorted(i for i in here.subtree(head) if i not in out)
    if head == cue:  # the parser has made "according" the root: what it says stands behind the comma
        commas = [i for i in order if here.tokens[i].text == ","]
        order = [i for i in order if i > commas[0]] if commas and commas[0] < order[-1] else order
    while len(order) > 1 and here.tokens[order[-1]].text in PUNCTUATION:
        order.pop()
    while len(order) > 1 and here.tokens[order[0]].text in PUNCTUATION:
        order.pop(0)
    return here.tokens[order[0]].start, here.tokens[order[-1]].end


def _as_written(reading: Reading, here: Sentence, cue: Token, speakers: tuple[Participant, ...]) -> tuple[Participant, ...]:
    """The speakers with the words in their place: in "the mayor, who said", it is "who" that speaks."""
    frame = reading.frames[here.index][cue.index]
    pronouns = [i for i in (*frame.subjects, *frame.owners, *here.children[cue.index]) if here.tokens[i].pos == "PRON"]
    words = {p.actor: here.tokens[i] for i in reversed(pronouns) for p in reading.participants(here.index, [i])}
    relative = next((here.tokens[i] for i in here.children[cue.index] if here.tokens[i].tag in ("WP", "WDT")), None)
    if relative and relative.dep == "nsubj" and speakers:
        words.setdefault(speakers[0].actor, relative)
    return tuple(
        replace(p, start=word.start, end=word.end, text=word.text) if (word := words.get(p.actor)) else p for p in speakers
    )


def _each_once(participants: Iterable[Participant]) -> tuple[Participant, ...]:
    return tuple({p.actor: p for p in participants}.values())
