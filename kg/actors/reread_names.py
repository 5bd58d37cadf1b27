"""Between the second and third step of `recognise`: names that the whole article gives another reading than the tables.

"Newcastle beat Brighton" speaks of no town. In an article about matches a place stands for its team unless something is in it
or comes from it; beside "versus" it does so anywhere. A battleship "named New Jersey" bears the name itself. An acronym of little fame is not that of a state
which the article does not speak of: CNSP has stood for a junta in Mali and one in Niger.
"""

from collections.abc import Sequence
from dataclasses import replace

from kg.actors.find_phrases import Phrase
from kg.actors.hints import hints
from kg.actors.proper_name import LAST_WORD, Name
from kg.authority import RANKS, Authority
from kg.model import Form, Sentence

WORDS = 3  # different words of sport that an article about it uses at least
DENSITY = 300  # tokens for one such word, at most: long articles mention a match in passing
PLACES = frozenset({"Place", "State", "Government"})
LOCAL = frozenset(
    {"in", "near", "from", "outside", "around", "across", "of"}
)  # prepositions that keep a place a place


def reread_names(
    sentences: Sequence[Sentence], phrases: Sequence[Phrase], authority: Authority
) -> list[Phrase]:
    """The phrases, with their names as this article uses them."""
    sporting = is_about_sport(sentences)
    spoken_of = {
        phrase.name.state for phrase in phrases if phrase.name is not None and not _short(phrase.name)
    }
    return [_reread(phrase, sentences[phrase.sentence], sporting, spoken_of, authority) for phrase in phrases]


def _reread(
    phrase: Phrase, sentence: Sentence, sporting: bool, spoken_of: set[str | None], authority: Authority
) -> Phrase:
    name = phrase.name
    if name is None or phrase.form is not Form.NAME:
        return phrase
    if _plays(sentence, phrase, name, sporting):
        team = replace(name, kind="Organisation", sure=LAST_WORD, state=None, metonym=True, canonical="")
        return replace(phrase, name=team, kind=team.kind, state=None)
    if name.canonical and _short(name) and name.state not in spoken_of and _little(name, authority):
        unknown = replace(name, kind="", sure=0.0, state=None, canonical="")
        return replace(phrase, name=unknown, kind="", state=None)
    return phrase


def _short(name: Name) -> bool:
    """Whether it is the acronym of a state's body."""
    return name.text.isupper() and bool(name.state) and name.kind not in ("State", "Place")


def _little(name: Name, authority: Authority) -> bool:
    return all(entry.weight < RANKS["1"] for entry in authority.lookup(name.text))


def is_about_sport(sentences: Sequence[Sentence]) -> bool:
    """Whether the article tells of matches and players."""
    told = [
        token.lemma
        for sentence in sentences
        for token in sentence.tokens
        if token.pos == "NOUN" and token.lemma in hints("sport")
    ]
    tokens = sum(len(sentence.tokens) for sentence in sentences)
    return len(set(told)) >= WORDS and len(told) * DENSITY >= tokens


def _plays(sentence: Sentence, phrase: Phrase, name: Name, sporting: bool) -> bool:
    if name.adjective or name.kind not in PLACES:
        return False
    opposed = _bears(sentence, phrase) or _opposed(sentence, name)
    return opposed or sporting and not _local(sentence, phrase)


def _bears(sentence: Sentence, phrase: Phrase) -> bool:
    above = sentence.tokens[phrase.governor]
    return (
        phrase.role == "oprd" and above.lemma in hints("naming") and above.dep != "acl"
    )  # "a town named Goma"


def _opposed(sentence: Sentence, name: Name) -> bool:
    around = (
        *sentence.tokens[max(name.first - 1, 0) : name.first],
        *sentence.tokens[name.last + 1 : name.last + 2],
    )
    return any(token.text.lower().rstrip(".") in hints("versus") for token in around)


def _local(sentence: Sentence, phrase: Phrase) -> bool:
    """Whether the name stands behind a preposition that makes it a place, or in an address: "Paris, France"."""
    token = sentence.tokens[phrase.head]
    while token.dep == "conj" and token.head < token.index:
        token = sentence.tokens[token.head]
    return phrase.role == "appos" or phrase.role == "pobj" and sentence.tokens[token.head].lemma in LOCAL
