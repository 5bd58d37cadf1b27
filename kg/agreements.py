"""Stage, before find_events: the agreements an article speaks of, with their parties.

An agreement is a noun phrase headed by a word of the class `agreement`. Mentions are one agreement where they share a name, or where
neither names parties or a subject that the other contradicts: news seldom speaks of two unnamed accords at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kg.lexicon import Lexicon
from kg.model import Agreement, Participant, Span
from kg.reading import Reading

COMPARED = 50  # agreements that a mention is compared with: the latest


@dataclass(slots=True)
class _Found:
    """Mentions gathered so far of one agreement."""

    name: str  # empty where it has none
    subject: frozenset[str]  # what it is about: "peace", "ceasefire", "trade"
    mentions: list[Span] = field(default_factory=list)
    parties: dict[str, Participant] = field(default_factory=dict)


def find_agreements(reading: Reading, lexicon: Lexicon) -> tuple[Agreement, ...]:
    """The agreements in order of first mention."""
    found: list[_Found] = []
    for mention in _mentions(reading, lexicon):
        same = next((f for f in found[-COMPARED:] if _one(f, mention, reading)), None)
        if same is None:
            found.append(mention)
        else:
            same.mentions += mention.mentions
            same.parties = (
                mention.parties | same.parties if not same.parties else same.parties | mention.parties
            )
            same.name = same.name or mention.name
            same.subject |= mention.subject
    return tuple(_agreement(number, f) for number, f in enumerate(found, start=1))


def _mentions(reading: Reading, lexicon: Lexicon) -> Iterator[_Found]:
    words, about = lexicon.words["agreement"], lexicon.words["agreement_subject"]
    for here in reading.sentences:
        for token in here.tokens:
            if (
                token.pos not in ("NOUN", "PROPN")
                or token.lemma not in words.lemmas
                or token.dep == "compound"
            ):
                continue
            frame = reading.frames[here.index][token.index]
            parties = [*frame.owners, *frame.modifiers]
            for preposition in ("between", "with", "by", "among"):
                parties += frame.obliques.get(preposition, ())
            before = [t for t in here.tokens[: token.index] if t.index in frame.modifiers]
            name = _name(here.tokens[token.index].text, [t.text for t in before if t.pos == "PROPN"])
            first = min([token.index, *(t.index for t in before)])
            subject = {t.lemma for t in before if t.lemma in about.lemmas}
            subject |= {token.lemma} & about.lemmas
            yield _Found(
                name, frozenset(subject), [here.span(first, token.index)],
                {p.actor: p for p in reading.participants(here.index, parties) if _can_agree(reading, p)},
            )  # fmt: skip


def _name(head: str, before: list[str]) -> str:
    """The proper name: "Algiers Accord", "Minsk agreements"; empty where only the parties are named."""
    return " ".join([*before, head]) if before and head[:1].isupper() else ""


def _can_agree(reading: Reading, participant: Participant) -> bool:
    return reading.actors[participant.actor].kind != "Place"


def _one(found: _Found, mention: _Found, reading: Reading) -> bool:
    if found.name and mention.name:
        return found.name.casefold() == mention.name.casefold()
    if found.subject and mention.subject and not found.subject & mention.subject:
        return False
    if found.parties and mention.parties:
        ours, theirs = _states(found, reading), _states(mention, reading)
        return bool(ours & theirs)
    return True


def _states(found: _Found, reading: Reading) -> set[str]:
    return {reading.actors[key].state or key for key in found.parties}


def _agreement(number: int, found: _Found) -> Agreement:
    texts = [span.text for span in found.mentions]
    label = found.name or max(texts, key=lambda text: (len(text), text))
    return Agreement(
        key=f"g{number}", label=label, parties=tuple(found.parties.values()), mentions=tuple(found.mentions),
        named=bool(found.name), names=tuple(sorted(set(texts) - {label})),
    )  # fmt: skip
