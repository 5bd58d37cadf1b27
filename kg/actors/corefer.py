"""Last step of `recognise`: whom each name, noun phrase and pronoun of an article speaks of, read in text order."""

from collections.abc import Iterable, Sequence

from kg.actors.bearers import Figure
from kg.actors.find_phrases import Phrase
from kg.actors.merge_names import Named
from kg.actors.resolve_nominals import Nominals
from kg.actors.resolve_pronouns import Pronouns
from kg.actors.scene import Scene
from kg.authority import Authority
from kg.model import Form, Sentence


def corefer(
    sentences: Sequence[Sentence],
    phrases: Iterable[Phrase],
    named: Named,
    authority: Authority,
    main: str | None,
) -> tuple[Figure, ...]:
    """All figures with their mentions, by first mention; `main` is the state that the article is about."""
    scene = Scene(sentences, named, authority, main)
    nominals, pronouns = Nominals(scene), Pronouns(scene)
    for phrase in phrases:
        scene.turn_to(phrase.sentence)
        if phrase.form is Form.NAME:
            found = [named.of[phrase.sentence, phrase.head]]
        else:
            found = (pronouns if phrase.form is Form.PRONOUN else nominals).resolve(phrase)
        scene.place(found, phrase)
    pronouns.finish()
    return tuple(scene.figures)
