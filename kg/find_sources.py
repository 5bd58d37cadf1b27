"""Stage between recognise and find_events: those whom the article quotes, though no table knows the word for them.

"Officials said", "according to a poll": whoever is made to answer for something is an actor, though no table knows the word. A document
speaks for its author and is counted as media.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kg.claims.contents import is_according
from kg.claims.cues import CATEGORY, Cues, load_cues
from kg.claims.places import governed, particle_verb
from kg.claims.turns import turns
from kg.model import Actor, Form, Mention, Sentence, Token
from kg.reading import Reading

NOUNS = frozenset({"NOUN", "PROPN"})
TOLD = frozenset(
    {"clause", "beside", "as", "is"}
)  # places of what is told; a document tells whatever it has for object


def find_sources(reading: Reading) -> tuple[Actor, ...]:
    """The reading's actors, and after them one for each further noun phrase that speaks; the same words are one actor."""
    cues = load_cues()
    actors = dict(reading.actors)
    colons = dict(turns(reading))
    by_words = {_last_word(name): actor.key for actor in actors.values() for name in _names(actor)}
    for here in reading.sentences:
        for token in _speaking(reading, cues, here, colons.get(here.index, 0)):
            mention, label = _mention(here, token)
            known = by_words.get(label.casefold()) or (
                by_words.get(token.text.casefold()) if token.pos == "PROPN" else None
            )
            if known:
                actors[known] = replace(actors[known], mentions=_in_order(*actors[known].mentions, mention))
            else:
                key = f"a{len(actors) + 1}"
                actors[key] = Actor(key, label, _kind(cues.plain, token), (mention,))
                by_words[label.casefold()] = key
    return tuple(actors.values())


def _speaking(reading: Reading, cues: Cues, here: Sentence, colon: int) -> Iterator[Token]:
    """Nouns that nobody has recognised as an actor, in the place of a speaker."""
    if colon and not reading.participants(here.index, [colon - 1]):
        yield here.tokens[colon - 1]
    for token in here.tokens:
        for index in _speakers(reading, cues, here, token):
            speaker = here.tokens[index]
            if (
                speaker.pos in NOUNS
                and speaker.entity not in ("DATE", "TIME")
                and not reading.participants(here.index, [index])
            ):
                yield speaker


def _speakers(reading: Reading, cues: Cues, here: Sentence, token: Token) -> list[int]:
    if is_according(token):
        return reading.frames[here.index][token.index].obliques.get("to", [])
    category = CATEGORY.get(token.pos)
    places = cues.plain.get((category, particle_verb(here, token.index))) if category == "verb" else None
    if not places:
        return []
    subjects = reading.frames[here.index][token.index].subjects
    if any(place in TOLD and place in places for place, _ in governed(here, token.index)):
        return subjects
    return [i for i in subjects if ("document", here.tokens[i].lemma) in cues.plain]


def _mention(here: Sentence, token: Token) -> tuple[Mention, str]:
    first, last = next(
        ((a, b - 1) for a, b in here.noun_chunks if a <= token.index < b), (token.index, token.index)
    )
    while first < token.index and here.tokens[first].dep in ("det", "predet", "poss", "case", "punct"):
        first += 1
    span = here.span(first, max(last, token.index))
    form = Form.NAME if token.pos == "PROPN" else Form.NOMINAL
    return Mention(span.start, span.end, span.text, form, here.index, token.index), span.text


def _kind(plain: Mapping[tuple[str, str], Mapping[str, str]], token: Token) -> str:
    if ("document", token.lemma) in plain:
        return "Media"
    return "Population" if token.tag in ("NNS", "NNPS") else "Person"


def _names(actor: Actor) -> tuple[str, ...]:
    return (actor.label, *actor.names)


def _last_word(name: str) -> str:
    return name.casefold().rsplit(" ", 1)[-1]


def _in_order(*mentions: Mention) -> tuple[Mention, ...]:
    return tuple(sorted(mentions, key=lambda m: (m.start, m.end)))
