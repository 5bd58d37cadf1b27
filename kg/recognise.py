"""Stage: sentences → the actors that the article speaks of, each with every name, noun phrase and pronoun for it."""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from kg.actors.bearers import Figure
from kg.actors.corefer import corefer
from kg.actors.find_names import add_known_words, find_names
from kg.actors.find_phrases import Phrase, find_phrases
from kg.actors.hints import adjective_of, hints
from kg.actors.merge_names import Named, merge_names
from kg.actors.proper_name import Name
from kg.actors.reread_names import reread_names
from kg.authority import Authority
from kg.context import BIG
from kg.model import Actor, Form, Mention, Sentence

FIRST = 3  # bonus for the state that the article names first
SHORTEST = 3  # letters; shorter last words are too often ordinary ones


def recognise(
    sentences: tuple[Sentence, ...], authority: Authority, published: date | None
) -> tuple[Actor, ...]:
    """All actors by first mention; each mention's `head` is the token that fills a grammatical place in its sentence."""
    names = [find_names(sentence, authority) for sentence in sentences]
    known = _known_words(names)
    phrases = [
        phrase
        for sentence in sentences
        for phrase in find_phrases(
            sentence, add_known_words(sentence, names[sentence.index], known), authority
        )
    ]
    phrases = reread_names(sentences, phrases, authority)
    named = merge_names(sentences, phrases, authority)
    figures = corefer(sentences, phrases, named, authority, _main_state(phrases, authority, known))
    return tuple(
        _actor(f"a{number}", figure, sentences, named, authority)
        for number, figure in enumerate(figures, start=1)
    )


def _known_words(names: Iterable[Iterable[Name]]) -> frozenset[str]:
    """Surnames and acronyms that the article has somewhere as, or in, a name."""
    known = set()
    for name in itertools.chain.from_iterable(names):
        last = name.text.split()[-1]
        if (
            name.kind == "Person"
            and " " in name.text
            and len(last) > SHORTEST
            or name.text.isupper()
            and len(name.text) > 2
        ):
            known.add(last)
    return frozenset(known)


def _main_state(phrases: Iterable[Phrase], authority: Authority, surnames: Collection[str]) -> str | None:
    """The state that the article is about: spoken of most, by name more than by adjective, as owner or scene most of all."""
    counted: Counter[str] = Counter()
    for phrase in phrases:
        name = phrase.name
        if (
            name is not None
            and phrase.form is Form.NAME
            and name.state
            and (
                name.kind in ("State", "Government") or name.kind == "Place" and _well_known(name, authority)
            )
            and name.text not in surnames
        ):
            counted.setdefault(name.state, 0 if counted else FIRST)
            counted[name.state] += 1 if name.adjective else 3 if phrase.role in ("poss", "pobj") else 2
    return max(counted, key=lambda state: counted[state], default=None)


def _well_known(place: Name, authority: Authority) -> bool:
    """Whether the place tells its state by itself: towns have namesakes everywhere."""
    found = authority.lookup(place.text)
    return bool(found) and (found[0].weight >= BIG or authority.capital(place.text) == place.state)


def _actor(
    key: str, figure: Figure, sentences: Sequence[Sentence], named: Named, authority: Authority
) -> Actor:
    label = _label(figure)
    names = {*figure.names, *_phrases(figure), *_composed(figure, named, authority), *_owned(figure)} - {
        label
    }
    mentions = {
        (phrase.sentence, phrase.head): _mention(sentences[phrase.sentence], phrase)
        for phrase in sorted(figure.mentions, key=lambda phrase: (phrase.sentence, phrase.first))
    }
    return Actor(key, label, figure.kind, tuple(mentions.values()), figure.state, tuple(sorted(names)))


def _label(figure: Figure) -> str:
    """The fullest name, or the phrase where there is none."""
    if figure.label:
        return figure.label
    if figure.names:
        return max(figure.names, key=lambda name: (len(name.split()), figure.names[name], name))
    short = {phrase: count for phrase, count in figure.phrases.items() if count or not figure.institution}
    phrase = max(
        short, key=lambda phrase: (len(phrase.split()) > 1, figure.phrases[phrase], len(phrase), phrase)
    )
    if figure.institution and figure.state:
        adjective = adjective_of(figure.state, "")
        return phrase if not adjective or adjective in phrase else f"{adjective} {phrase}"
    return phrase


def _phrases(figure: Figure) -> Iterable[str]:
    """Noun phrases that serve as names; "the country" and "the minister" are none of a state's or person's."""
    if figure.named and figure.kind in ("State", "Place", "Person", "Media"):
        return ()
    return (
        phrase
        for phrase in figure.phrases
        if " " in phrase or not figure.named and phrase.lower() not in hints("anybody")
    )


def _composed(figure: Figure, named: Named, authority: Authority) -> Iterator[str]:
    """Of a state's government and army what a reader would call it: "Malian junta", "Mali's military"."""
    if figure.kind not in ("Government", "ArmedForce") or not figure.named or not figure.state:
        return
    state = named.keyed.get(("State", figure.state))
    used = max(state.names, key=lambda name: (state.names[name], name), default="") if state else ""
    name = used or authority.state(figure.state).name
    forms = {adjective_of(figure.state, name), _genitive(name)}
    if any(demonym.adjective for demonym in authority.demonyms(name)):
        forms.add(name)
    for phrase in figure.phrases:
        yield from (f"{form} {phrase.split()[-1].lower()}" for form in forms)


def _owned(figure: Figure) -> Iterator[str]:
    """As "France's allies", "SADC's troops"."""
    owner = figure.owner
    if owner is not None and owner.named and not figure.named:
        name = max(owner.names, key=lambda name: (owner.names[name], name), default=_label(owner))
        yield from (f"{_genitive(name)} {phrase}" for phrase in figure.phrases)


def _genitive(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _mention(sentence: Sentence, phrase: Phrase) -> Mention:
    span = sentence.span(phrase.first, phrase.last)
    return Mention(span.start, span.end, span.text, phrase.form, phrase.sentence, phrase.head)
