"""Stage: sentences with their actors → events with roles, by the lexicon's patterns over predicate-argument frames.

Each verb, noun or adjective of the lexicon is a possible trigger; the entry that demands most and is satisfied chooses its sense.
A trigger without any participant is no event: most such are figures of speech, and nobody could cite them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kg.lexicon import DEFAULTS, Lexicon, Pattern, Slot
from kg.model import Event, Participant, Sentence, Span, Token
from kg.reading import Reading

CATEGORIES: Mapping[str, str] = {"VERB": "verb", "AUX": "verb", "NOUN": "noun", "PROPN": "noun", "ADJ": "adjective"}


@dataclass(slots=True)
class Fillers:
    """The tokens that fill each role of one trigger."""

    agent: list[int]
    target: list[int]
    place: list[int]
    concerns: list[int]
    content: list[int]


def find_events(reading: Reading, lexicon: Lexicon) -> tuple[Event, ...]:
    """All events that the article's sentences tell, in text order, one for each trigger; none is judged yet."""
    found = [event for sentence in range(len(reading.sentences)) for event in _in_sentence(reading, lexicon, sentence)]
    return tuple(replace(event, key=f"e{number}") for number, event in enumerate(found, start=1))


def _in_sentence(reading: Reading, lexicon: Lexicon, sentence: int) -> Iterator[Event]:
    for token in reading.sentences[sentence].tokens:
        category = CATEGORIES.get(token.pos)
        if category and (patterns := lexicon.patterns(category, token.lemma)):
            for pattern in patterns:
                fillers = match(reading, sentence, token.index, pattern)
                if fillers and (event := _event(reading, lexicon, sentence, token, pattern, fillers)):
                    yield event
                    break


def match(reading: Reading, sentence: int, head: int, pattern: Pattern) -> Fillers | None:
    """What fills the pattern's roles at this token; None where the pattern does not fit."""
    if not pattern.particles <= reading.frames[sentence][head].particles:
        return None
    fillers = Fillers([], [], [], [], [])
    taken = set()
    for slot in pattern.slots:
        tokens = [t for t in _at_place(reading, sentence, head, slot.place) if _accepts(reading, sentence, slot, t)]
        if slot.required and not tokens:
            return None
        role = slot.role or DEFAULTS[pattern.category].get(slot.place)
        taken.add(slot.place)
        if role and role != "none":
            getattr(fillers, role).extend(tokens)
    for place, role in DEFAULTS[pattern.category].items():
        if place not in taken:
            getattr(fillers, role).extend(_at_place(reading, sentence, head, place))
    return fillers


def _accepts(reading: Reading, sentence: int, slot: Slot, token: int) -> bool:
    if slot.types is None:
        return True
    return any(
        slot.types.accept(reading.kinds(sentence, at), reading.sentences[sentence].tokens[at].lemma)
        for at in reading.reached(sentence, token)
    )


def _at_place(reading: Reading, sentence: int, head: int, place: str) -> list[int]:
    """The tokens in a grammatical place of the predicate `head`."""
    first, _, then = place.partition(".")
    if then:
        return [below for token in _at_place(reading, sentence, head, first)
                for below in _at_place(reading, sentence, token, then)]  # fmt: skip
    frame = reading.frames[sentence][head]
    match first:
        case "subj":
            return frame.subjects
        case "obj":
            return frame.objects
        case "recipient":
            return frame.recipients
        case "clause":
            return frame.clauses or _clauses_of_noun(reading, sentence, head)
        case "poss":
            return frame.owners
        case "mod":
            return frame.modifiers
        case "is":
            return frame.complements
    return frame.obliques.get(first) or _misplaced(reading, sentence, head, first)


def _clauses_of_noun(reading: Reading, sentence: int, head: int) -> list[int]:
    """"Allegations that …", "requests to …": the clause that hangs on a noun."""
    here = reading.sentences[sentence]
    if here.tokens[head].pos != "NOUN":
        return []
    return [
        child for child in here.children[head]
        if here.tokens[child].dep in ("acl", "relcl", "ccomp") and here.tokens[child].tag not in ("VBN", "VBG")
        or here.tokens[child].dep == "acl" and _first_word(reading, sentence, child) == "that"
    ]  # fmt: skip


def _first_word(reading: Reading, sentence: int, head: int) -> str:
    here = reading.sentences[sentence]
    return here.tokens[min([head, *here.children[head]])].lemma


def _misplaced(reading: Reading, sentence: int, head: int, preposition: str) -> list[int]:
    """What a preposition governs that the parser hung elsewhere: a verb's on its object ("accuse the army of spying"), a noun's
    on the verb above ("propelled by its resistance to setting a date")."""
    here = reading.sentences[sentence]
    if here.tokens[head].pos not in ("VERB", "AUX"):
        after = here.tokens[head + 1] if head + 1 < len(here.tokens) else None
        if after is None or after.lemma != preposition or after.dep != "prep" or after.head == head:
            return []
        return [child for child in here.children[after.index] if here.tokens[child].dep in ("pobj", "pcomp")]
    for filler in reading.frames[sentence][head].objects:
        found = reading.frames[sentence][filler].obliques.get(preposition)
        if found and filler > head:
            return found
    return []


def _event(
    reading: Reading, lexicon: Lexicon, sentence: int, token: Token, pattern: Pattern, fillers: Fillers
) -> Event | None:
    here = reading.sentences[sentence]
    claim = lexicon.is_claim(pattern.event_class)
    agents = _doers(reading, sentence, fillers.agent)
    if not agents and pattern.category != "verb":
        agents = _supported(reading, lexicon, sentence, token)
    targets = _done_to(reading, sentence, fillers.target)
    agents, targets, places = _sorted_out(reading, agents, targets, reading.participants(sentence, fillers.place))
    concerns = [key for t in fillers.concerns if (key := reading.agreement_at(sentence, t))]
    content = _content(reading, sentence, token.index, fillers) if claim else None
    if not (agents or targets or concerns) and (pattern.category == "verb" or not (places or _dated(reading, sentence, token))):
        return None
    if claim and not agents:
        return None
    return Event(
        key="", type=pattern.event_class, sentence=sentence, head=token.index,
        trigger=Span(token.start, token.end, token.text), passage=Span(here.start, here.end, here.text),
        agents=agents, targets=_other_parties(reading, agents, targets, concerns), places=places,
        concerns=tuple(dict.fromkeys(concerns)), content=content,
        plover=pattern.plover or lexicon.classes[pattern.event_class].plover,
    )  # fmt: skip


def _dated(reading: Reading, sentence: int, token: Token) -> bool:
    """Whether the noun or what it hangs on has a time of its own: "a takeover in May 2021"."""
    here = reading.sentences[sentence]
    near = {token.index, _governor(here, token.index)}
    return any(_governor(here, time.head) in near for time in reading.times[sentence] if time.head >= 0)


def _governor(here: Sentence, at: int) -> int:
    """The word that a noun hangs on, prepositions passed over."""
    head = here.tokens[at].head
    while here.tokens[head].pos == "ADP" and here.tokens[head].head != head:
        head = here.tokens[head].head
    return head


def _doers(reading: Reading, sentence: int, tokens: Iterable[int]) -> tuple[Participant, ...]:
    """The actors at the tokens; where a deed stands for its doer ("Russian strikes killed five"), the doer."""
    found: dict[str, Participant] = {}
    for token in tokens:
        here = reading.participants(sentence, [token]) or _owners(reading, sentence, token, ("by",))
        found |= {p.actor: p for p in here if p.actor not in found}
    return tuple(found.values())


def _done_to(reading: Reading, sentence: int, tokens: Iterable[int]) -> tuple[Participant, ...]:
    """The actors at the tokens; where a thing is hit ("Kyiv's power grid"), whose it is."""
    found: dict[str, Participant] = {}
    for token in tokens:
        here = reading.participants(sentence, [token]) or _owners(reading, sentence, token, ("of", "on", "against"))
        found |= {p.actor: p for p in here if p.actor not in found}
    return tuple(found.values())


def _owners(reading: Reading, sentence: int, token: int, prepositions: tuple[str, ...]) -> tuple[Participant, ...]:
    if reading.sentences[sentence].tokens[token].pos not in ("NOUN", "PROPN"):
        return ()
    frame = reading.frames[sentence][token]
    behind = [t for preposition in prepositions for t in frame.obliques.get(preposition, ())]
    return reading.participants(sentence, [*frame.owners, *behind]) or reading.participants(sentence, frame.modifiers)


def _supported(reading: Reading, lexicon: Lexicon, sentence: int, token: Token) -> tuple[Participant, ...]:
    """The doer of a nominal event is the subject of its light verb: "staged a coup", "carried out the attack"."""
    here = reading.sentences[sentence]
    head = here.tokens[token.head]
    if head.pos == "ADP":
        head = here.tokens[head.head]
    light = lexicon.words.get("light_verb")
    if head.index == token.index or head.pos != "VERB" or light is None or head.lemma not in light.lemmas:
        return ()
    return reading.participants(sentence, reading.frames[sentence][head.index].subjects)


def _sorted_out(
    reading: Reading,
    agents: tuple[Participant, ...],
    targets: tuple[Participant, ...],
    places: tuple[Participant, ...],
) -> tuple[tuple[Participant, ...], tuple[Participant, ...], tuple[Participant, ...]]:
    """Nobody is both agent and target; a mere place neither acts nor is acted on, it is where it happens."""
    kind = {p.actor: reading.actors[p.actor].kind for p in (*agents, *targets, *places)}
    doing = tuple(p for p in agents if kind[p.actor] != "Place")
    hit = tuple(p for p in targets if kind[p.actor] != "Place" and p.actor not in {a.actor for a in doing})
    where = (*places, *(p for p in targets if kind[p.actor] == "Place"))
    return doing, hit, tuple({p.actor: p for p in where if kind[p.actor] in ("Place", "State")}.values())


def _other_parties(
    reading: Reading, agents: tuple[Participant, ...], targets: tuple[Participant, ...], concerns: Iterable[str]
) -> tuple[Participant, ...]:
    """What is done to an agreement is done to its other parties."""
    if targets or not agents:
        return targets
    own = {reading.actors[a.actor].state or a.actor for a in agents}
    parties = [p for key in concerns for p in reading.agreements[key].parties]
    return tuple(
        {p.actor: p for p in parties if (reading.actors[p.actor].state or p.actor) not in own}.values()
    )


def _content(reading: Reading, sentence: int, head: int, fillers: Fillers) -> Span | None:
    """The words of a speech event: its content slot or complement clause; what it is about, where neither is there."""
    here = reading.sentences[sentence]
    heads = fillers.content or _at_place(reading, sentence, head, "clause") or [
        t for t in fillers.target if here.tokens[t].pos == "NOUN" and t > head
    ]  # fmt: skip
    tokens = [below for at in heads if at != head for below in here.subtree(at) if below != head]
    return reading.stretch(sentence, tokens) if tokens else None
