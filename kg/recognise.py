"""Stage: sentences → the actors that the article speaks of, each with every name, noun phrase and pronoun for it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from kg.authority import Authority
from kg.corefer import Cast
from kg.find_names import find_names
from kg.find_phrases import Phrase, find_phrases
from kg.merge_names import Figure, merge_names
from kg.model import Actor, Form, Mention, Sentence


def recognise(sentences: tuple[Sentence, ...], authority: Authority, published: date | None) -> tuple[Actor, ...]:
    """All actors by first mention; each mention's `head` is the token that fills a grammatical place in its sentence."""
    phrases = [
        phrase for sentence in sentences for phrase in find_phrases(sentence, find_names(sentence, authority), authority)
    ]
    named = merge_names(sentences, phrases, authority)
    cast = Cast(sentences, named, _main_state(phrases))
    for phrase in phrases:
        cast.read(phrase)
    return tuple(_actor(f"a{number}", figure, sentences) for number, figure in enumerate(cast.figures, start=1))


def _main_state(phrases: Iterable[Phrase]) -> str | None:
    """The state that the article speaks of most; the first of equals."""
    counted = Counter(phrase.state for phrase in phrases if phrase.state and phrase.form is Form.NAME)
    return max(counted, key=lambda state: counted[state], default=None)


def _actor(key: str, figure: Figure, sentences: Sequence[Sentence]) -> Actor:
    label = _label(figure)
    names = {name for name in figure.names if " " in name or figure.named and name[:1].isupper()} - {label}
    mentions = {
        (phrase.sentence, phrase.head): _mention(sentences[phrase.sentence], phrase, form) for phrase, form in figure.mentions
    }
    return Actor(key, label, figure.kind or "Organisation", tuple(mentions.values()), figure.state, tuple(sorted(names)))


def _label(figure: Figure) -> str:
    if figure.canonical:
        return figure.canonical
    return max(figure.names, key=lambda name: (name[:1].isupper() and figure.named, len(name), figure.names[name], name), default=figure.word)


def _mention(sentence: Sentence, phrase: Phrase, form: Form) -> Mention:
    span = sentence.span(phrase.first, phrase.last)
    return Mention(span.start, span.end, span.text, form, phrase.sentence, phrase.head)
