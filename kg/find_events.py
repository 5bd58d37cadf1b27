"""Stage: sentences with their actors → events with roles, by the lexicon's patterns over predicate-argument frames.

Each verb, noun or adjective of the lexicon is a possible trigger; the entry that demands most and is satisfied chooses its sense.
A trigger without any participant is no event: most such are figures of speech, and nobody could cite them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kg.frames import SUBJECTS, Frame
from kg.lexicon import DEFAULTS, LOCATIVE, Lexicon, Pattern, Slot
from kg.model import Event, Participant, Sentence, Span, Token
from kg.reading import Reading

ON = ("of", "on", "against", "to", "for")  # after a thing that is acted on: whose it is
BY_AND_ON = ("by", "from", *ON)  # what is condemned or welcomed is its doer's
INVOLVING = frozenset(
    {"in", "into", "to", "on", "for"}
)  # "engaged in fighting", but not "issued a warning after the attack"
# What befalls a country as a whole: told without anybody or anywhere, it happens where the article is
NATIONWIDE = frozenset(
    {"Clash", "Coup", "CoupAttempt", "Election", "Investigation", "Protest", "Restriction"}
)
CATEGORIES: Mapping[str, str] = {
    "VERB": "verb",
    "AUX": "verb",
    "NOUN": "noun",
    "PROPN": "noun",
    "ADJ": "adjective",
}


@dataclass(slots=True)
class Fillers:
    """The tokens that fill each role of one trigger."""

    agent: list[int]
    target: list[int]
    place: list[int]
    concerns: list[int]
    content: list[int]
    told: list[int]  # nouns that the entry itself names: "lift sanctions" is no sanction


def find_events(reading: Reading, lexicon: Lexicon) -> tuple[Event, ...]:
    """All events that the article's sentences tell, in text order, one for each trigger; none is judged yet."""
    found: list[Event] = []
    for sentence in range(len(reading.sentences)):
        here = _not_told_twice(lexicon, list(_in_sentence(reading, lexicon, sentence)))
        found += [event for event in (_accused(reading, here, e) for e in here) if _is_told(reading, event)]
    return tuple(replace(event, key=f"e{number}") for number, event in enumerate(found, start=1))


def _accused(reading: Reading, here: list[Event], event: Event) -> Event:
    """Whoever is accused "of the attack" or "of support for rebels" is said to have done it."""
    if event.agents:
        return event
    sentence = reading.sentences[event.sentence]
    first = event.head
    while sentence.tokens[first].dep == "conj" and sentence.tokens[first].head != first:
        first = sentence.tokens[first].head
    governor = _governor(sentence, first)
    if sentence.tokens[governor].pos in ("NOUN", "PROPN"):  # "accusing the army of subversion"
        governor = sentence.tokens[governor].head
    accusation = next(
        (e for e in here if e.head == governor and e.content and e.targets and e is not event), None
    )
    if (
        accusation is None
        or sentence.tokens[event.head].dep not in ("pobj", "conj")
        or accusation.type == event.type
    ):
        return event
    return replace(event, agents=tuple(p for p in accusation.targets if p not in event.targets))


def _not_told_twice(lexicon: Lexicon, found: list[tuple[Event, Pattern, Fillers]]) -> list[Event]:
    """Without bare nouns that a verb's entry takes in for another deed of their group: "foil a coup", "lift sanctions"."""
    told = {
        (noun, event.type)
        for event, _, fillers in found
        for noun in (*fillers.told, *fillers.concerns)
        if noun != event.head
    }
    groups = {(noun, lexicon.classes[name].parents[:1]) for noun, name in told}
    return [
        event
        for event, pattern, _ in found
        if pattern.demands
        or (event.head, lexicon.classes[event.type].parents[:1]) not in groups
        or (event.head, event.type) in told
    ]


def _in_sentence(
    reading: Reading, lexicon: Lexicon, sentence: int
) -> Iterator[tuple[Event, Pattern, Fillers]]:
    for token in reading.sentences[sentence].tokens:
        if reading.is_named(sentence, token.index):
            continue
        for pattern in _patterns(reading, lexicon, sentence, token):
            fillers = match(reading, sentence, token.index, pattern)
            if fillers and (event := _event(reading, lexicon, sentence, token, pattern, fillers)):
                yield event, pattern, fillers
                break


def _patterns(reading: Reading, lexicon: Lexicon, sentence: int, token: Token) -> tuple[Pattern, ...]:
    """The entries of the word, those of a hyphenated whole first; a participle that the parser took for an adjective is its verb."""
    category = CATEGORIES.get(token.pos)
    lemmas = reading.lemmas(sentence, token.index) if category else ()
    found = tuple(pattern for lemma in lemmas for pattern in lexicon.patterns(str(category), lemma))
    if (
        not found and token.pos == "ADJ" and token.dep == "amod" and token.lemma.endswith("ed")
    ):  # "the ousted president"
        verb = lexicon.patterns("verb", token.lemma[:-2]) or lexicon.patterns("verb", token.lemma[:-1])
        found = tuple(pattern for pattern in verb if not lexicon.is_claim(pattern.event_class))
    return found


def match(reading: Reading, sentence: int, head: int, pattern: Pattern) -> Fillers | None:
    """What fills the pattern's roles at this token; None where the pattern does not fit."""
    here = reading.sentences[sentence]
    own = {here.tokens[child].lemma for child in here.children[head] if here.tokens[child].dep == "prt"}
    if not own <= pattern.particles <= reading.frames[sentence][head].particles:
        return None
    fillers = Fillers([], [], [], [], [], [])
    taken = set()
    for slot in pattern.slots:
        there = _at_place(reading, sentence, head, slot.place)
        tokens = [t for t in there if _accepts(reading, sentence, slot, t)]
        if not tokens and (slot.required or there):
            return None
        default = DEFAULTS[pattern.category].get(slot.place)
        role = slot.role or default
        taken.add(slot.place)
        if role and role != "none":
            getattr(fillers, role).extend(tokens)
        elif slot.required and slot.place in ("subj", "obj"):
            fillers.told.extend(tokens)
        if slot.place == "mod" and slot.types and not slot.types.negated:  # "the Arvanian drone strike"
            getattr(fillers, default or "agent").extend(t for t in there if t not in tokens)
    for place, role in DEFAULTS[pattern.category].items():
        if place not in taken:
            getattr(fillers, role).extend(_at_place(reading, sentence, head, place))
    return fillers


def _accepts(reading: Reading, sentence: int, slot: Slot, token: int) -> bool:
    if slot.types is None:
        return True
    return any(
        slot.types.accept(reading.kinds(sentence, at), lemma)
        for at in reading.reached(sentence, token)
        for lemma in reading.lemmas(sentence, at)
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
        case "purpose":
            return _purposes(reading, sentence, [head, *frame.objects])
        case "aux" | "neg" | "nsubj" | "expl":
            here = reading.sentences[sentence]
            return [child for child in here.children[head] if here.tokens[child].dep.startswith(first)]
    return frame.obliques.get(first) or _behind_object(reading, sentence, head, first)


def _purposes(reading: Reading, sentence: int, heads: Iterable[int]) -> list[int]:
    """As in "Sent experts to investigate": infinitives on the verb or, as the parser has it, on its object."""
    here = reading.sentences[sentence]
    return [
        child for head in heads for child in here.children[head]
        if here.tokens[child].dep in ("advcl", "xcomp", "acl", "relcl") and here.tokens[child].tag == "VB"
    ]  # fmt: skip


def _clauses_of_noun(reading: Reading, sentence: int, head: int) -> list[int]:
    """As in "Allegations that …", "requests to …": the clause that hangs on a noun."""
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


def _behind_object(reading: Reading, sentence: int, head: int, preposition: str) -> list[int]:
    """As in "Accuse the army of spying": the parser often hangs a verb's preposition on its object."""
    if reading.sentences[sentence].tokens[head].pos not in ("VERB", "AUX"):
        return []
    frame = reading.frames[sentence][head]
    beside = [t for found in frame.obliques.values() for t in found] if preposition == "against" else []
    for filler in [*frame.objects, *beside]:  # "filed a lawsuit in Kelda against the army"
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
    places = _where(reading, sentence, fillers.place, [] if claim else fillers.target)
    if pattern.category != "verb":
        support = _support(reading, lexicon, sentence, token)
        agents = agents or _instigators(reading, lexicon, sentence, token.index)
        agents = agents or reading.participants(sentence, support.subjects)
        places = places or reading.participants(
            sentence, [t for p in LOCATIVE for t in support.obliques.get(p, ())]
        )
    elif not agents and fillers.agent and token.tag in ("VB", "VBG"):
        agents = _sender(reading, sentence, token)
    targets = _done_to(reading, sentence, fillers.target, BY_AND_ON if claim else ON)
    if pattern.category == "noun" and not targets:
        targets = _victims(reading, sentence, token)
    if pattern.category == "noun" and lexicon.classes[pattern.event_class].mutual and not targets:
        agents, places = _fought_in(reading, sentence, token, agents, places)
    agents, targets, places = _sorted_out(reading, agents, targets, places)
    concerns = [key for t in fillers.concerns if (key := reading.agreement_at(sentence, t))]
    content = _content(reading, sentence, token.index, fillers) if claim else None
    if claim and not targets:
        targets = _spoken_of(reading, sentence, token.index, fillers, agents)
    if not (agents or targets or concerns) and pattern.category == "verb":
        if pattern.event_class not in NATIONWIDE or pattern.demands < 2:
            return None
    if claim and not agents:
        return None
    return Event(
        key="", type=pattern.event_class, sentence=sentence, head=token.index,
        trigger=Span(token.start, token.end, token.text), passage=Span(here.start, here.end, here.text),
        agents=_all_parties(reading, agents, targets) if lexicon.classes[pattern.event_class].mutual else agents,
        targets=_other_parties(reading, agents, targets, concerns), places=places,
        concerns=tuple(dict.fromkeys(concerns)), content=content,
        plover=pattern.plover or lexicon.classes[pattern.event_class].plover,
    )  # fmt: skip


def _all_parties(
    reading: Reading, agents: tuple[Participant, ...], targets: tuple[Participant, ...]
) -> tuple[Participant, ...]:
    """Both sides of what is done with one another, where one is named as doing it."""
    return (*agents, *(p for p in targets if reading.actors[p.actor].kind != "Place")) if agents else agents


def _is_told(reading: Reading, event: Event) -> bool:
    """Whether an event names anybody, or takes up what is told elsewhere: "the coup", "last year's coup"."""
    here = reading.sentences[event.sentence]
    if here.tokens[event.head].dep == "amod" and not _is_lot(reading, event):
        return False
    children = [here.tokens[child] for child in here.children[event.head]]
    named = event.agents or event.targets or event.places or event.concerns
    return (
        bool(named)
        or _is_nationwide(here, event)
        or any(
            child.lemma in ("the", "that", "this", "these", "those") or child.dep == "poss"
            for child in children
        )
    )


def _is_nationwide(here: Sentence, event: Event) -> bool:
    """Whether a country is meant where nobody is named: "after disputed elections", but not "an election official"."""
    return event.type in NATIONWIDE and here.tokens[event.head].dep != "compound"


def _is_lot(reading: Reading, event: Event) -> bool:
    """Whether a participle before a noun tells a deed: its doer stands with it, or one person or a number of people suffered it.

    So "the ousted president", "40 displaced families" and "Arvania-backed rebels", but not "displaced people" or "an elected government".
    """
    here = reading.sentences[event.sentence]
    sufferer = here.tokens[event.head].head
    kinds = reading.kinds(event.sentence, sufferer)
    counted = any(here.tokens[child].dep == "nummod" for child in here.children[sufferer])
    return bool(
        reading.frames[event.sentence][event.head].subjects
        or event.targets
        and ("Person" in kinds or counted and "Population" in kinds)
    )


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
        if (
            not here and reading.sentences[sentence].tokens[token].lemma == "military"
        ):  # "a military takeover"
            here = reading.last("ArmedForce", sentence, token)
        found |= {p.actor: p for p in here if p.actor not in found}
    return tuple(found.values())


def _done_to(
    reading: Reading, sentence: int, tokens: Iterable[int], prepositions: tuple[str, ...]
) -> tuple[Participant, ...]:
    """The actors at the tokens; where a thing is hit ("Kyiv's power grid") or condemned, whose it is."""
    found: dict[str, Participant] = {}
    for token in tokens:
        here = reading.participants(sentence, [token]) or _owners(reading, sentence, token, prepositions)
        found |= {p.actor: p for p in here if p.actor not in found}
    return tuple(found.values())


def _fought_in(
    reading: Reading,
    sentence: int,
    token: Token,
    agents: tuple[Participant, ...],
    places: tuple[Participant, ...],
) -> tuple[tuple[Participant, ...], tuple[Participant, ...]]:
    """Where a single state stands before what takes two ("the Arvanian conflict"), that is where, not who."""
    before = reading.participants(sentence, reading.frames[sentence][token.index].modifiers)
    if len(agents) == 1 and agents == before and reading.actors[agents[0].actor].kind == "State":
        return (), (*places, *agents)
    return agents, places


def _victims(reading: Reading, sentence: int, token: Token) -> tuple[Participant, ...]:
    """Of whom it is said that he was "the victim of" the deed, or "a target of" it."""
    here = reading.sentences[sentence]
    victim = _governor(here, token.index)
    if here.tokens[victim].lemma not in ("victim", "target", "survivor") or victim == token.index:
        return ()
    return reading.participants(sentence, [*reading.frames[sentence][victim].subjects, victim])


def _where(
    reading: Reading, sentence: int, places: Iterable[int], targets: Iterable[int]
) -> tuple[Participant, ...]:
    """The actors at the places, or further in: "in two attacks in Kelda"; where a thing is that is acted on, the deed is done."""
    found = reading.participants(sentence, places)
    further = [t for t in (*places, *targets) if not reading.participants(sentence, [t])]
    frames = [reading.frames[sentence][t] for t in further]
    return found or reading.participants(
        sentence, [t for f in frames for name in LOCATIVE for t in f.obliques.get(name, ())]
    )


def _owners(
    reading: Reading, sentence: int, token: int, prepositions: tuple[str, ...], depth: int = 3
) -> tuple[Participant, ...]:
    if reading.sentences[sentence].tokens[token].pos not in ("NOUN", "PROPN"):
        return ()
    frame = reading.frames[sentence][token]
    behind = [t for preposition in prepositions for t in frame.obliques.get(preposition, ())]
    behind += _possessors(reading, sentence, token)
    near = reading.participants(sentence, [*frame.owners, *behind]) or reading.participants(
        sentence, frame.modifiers
    )
    if near or not depth:
        return near
    return tuple(
        p for t in (*frame.owners, *behind) for p in _owners(reading, sentence, t, prepositions, depth - 1)
    )


def _possessors(reading: Reading, sentence: int, token: int) -> list[int]:
    """Whose a thing is by a participle behind it: "a ship belonging to", "a house owned by"."""
    here = reading.sentences[sentence]
    below = [child for child in here.children[token] if here.tokens[child].lemma in ("belong", "own")]
    frames = [reading.frames[sentence][child] for child in below]
    return [t for f in frames for t in (*f.obliques.get("to", ()), *f.obliques.get("by", ()))]


def _sender(reading: Reading, sentence: int, token: Token) -> tuple[Participant, ...]:
    """Whose deed it is in "sent experts to investigate", "issued a report accusing": the experts' sender, the report's author."""
    here = reading.sentences[sentence]
    head = token.head if here.tokens[token.head].pos in ("VERB", "AUX") else _governor(here, token.head)
    if (
        here.tokens[head].pos == "VERB"
        and head != token.index
        and here.tokens[token.head].dep not in SUBJECTS
    ):
        return reading.participants(sentence, reading.frames[sentence][head].subjects)
    return ()


def _instigators(reading: Reading, lexicon: Lexicon, sentence: int, noun: int) -> tuple[Participant, ...]:
    """Whose deed a noun is by its participle: "the Arvanian-led strike", "an attack launched by rebels"."""
    here = reading.sentences[sentence]
    light = lexicon.words["light_verb"].lemmas
    deeds = [c for c in here.children[noun] if here.tokens[c].tag == "VBN" and here.tokens[c].lemma in light]
    return reading.participants(sentence, [t for c in deeds for t in reading.frames[sentence][c].subjects])


def _support(reading: Reading, lexicon: Lexicon, sentence: int, token: Token) -> Frame:
    """The frame of a nominal event's light verb, whose subject is its doer: "staged a coup", "elections will be held in"."""
    here = reading.sentences[sentence]
    above = here.tokens[token.head]
    head = here.tokens[_governor(here, token.index)]
    if above.pos == "ADP" and (above.lemma not in INVOLVING or (head.lemma, above.lemma) == ("call", "for")):
        return Frame(token.index)
    frames = reading.frames[sentence]
    if (
        head.pos == "ADJ" and head.lemma in lexicon.words["doer_adjective"].lemmas
    ):  # "responsible for the attack"
        return frames[head.head]
    if (
        head.index == token.index
        or head.pos != "VERB"
        or head.lemma not in lexicon.words["light_verb"].lemmas
    ):
        return Frame(token.index)
    frame = frames[head.index]
    return frame if token.index not in frame.subjects else Frame(token.index)


def _sorted_out(
    reading: Reading,
    agents: tuple[Participant, ...],
    targets: tuple[Participant, ...],
    places: tuple[Participant, ...],
) -> tuple[tuple[Participant, ...], tuple[Participant, ...], tuple[Participant, ...]]:
    """Nobody is both agent and target; a mere place does not act, and what is done to it happens there."""
    kind = {p.actor: reading.actors[p.actor].kind for p in (*agents, *targets, *places)}
    doing = tuple(p for p in agents if kind[p.actor] != "Place")
    hit = tuple(p for p in targets if p.actor not in {a.actor for a in doing})
    where = (*places, *(p for p in targets if kind[p.actor] == "Place"))
    return doing, hit, tuple({p.actor: p for p in where if kind[p.actor] in ("Place", "State")}.values())


def _other_parties(
    reading: Reading,
    agents: tuple[Participant, ...],
    targets: tuple[Participant, ...],
    concerns: Iterable[str],
) -> tuple[Participant, ...]:
    """What is done to an agreement is done to its other parties."""
    if targets or not agents:
        return targets
    own = {reading.actors[a.actor].state or a.actor for a in agents}
    parties = [p for key in concerns for p in reading.agreements[key].parties]
    return tuple(
        {p.actor: p for p in parties if (reading.actors[p.actor].state or p.actor) not in own}.values()
    )


def _spoken_of(
    reading: Reading, sentence: int, head: int, fillers: Fillers, agents: Iterable[Participant]
) -> tuple[Participant, ...]:
    """Whom a speech event is about: the subject of what is said, or whose deed it is ("condemned the army's attack")."""
    speakers = {participant.actor for participant in agents}
    for at in fillers.content or _at_place(reading, sentence, head, "clause"):
        frame = reading.frames[sentence][at]
        spoken = reading.participants(
            sentence, frame.objects if frame.passive and not frame.subjects else frame.subjects
        )
        spoken = spoken or _owners(reading, sentence, at, ("by",))
        if spoken := tuple(p for p in spoken if p.actor not in speakers):
            return spoken
    return ()


def _content(reading: Reading, sentence: int, head: int, fillers: Fillers) -> Span | None:
    """The words of a speech event: its content slot or complement clause; what it is about, where neither is there."""
    here = reading.sentences[sentence]
    heads = fillers.content or _at_place(reading, sentence, head, "clause") or [
        t for t in fillers.target if here.tokens[t].pos == "NOUN" and t > head
    ]  # fmt: skip
    tokens = [below for at in heads if at != head for below in here.subtree(at) if below != head]
    return reading.stretch(sentence, tokens) if tokens else None
