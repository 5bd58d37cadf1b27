"""Which names in an article are one bearer's, and what kind of actor that is.

All mentions decide together: the tables, titles, the parser's entities, the noun beside a name ("M23 rebels", "the magazine
Jeune Afrique"), appositions and what prepositions say of it.
"""

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kg.actors.find_phrases import Phrase
from kg.actors.hints import Gender, hints
from kg.actors.proper_name import LAST_WORD
from kg.actors.read_phrase import holder_of
from kg.authority import RANKS, Authority, fold
from kg.model import Form, Sentence

BESIDE = 3.0  # weight of a noun beside the name, against Name.sure
GIVEN = 2.5  # of beginning with a given name
SCENE = 1.0  # weight of standing after "in" or "near"
ALIKE = 0.9  # Ratcliff-Obershelp likeness from which two spellings are one name
SHAPE = 2  # letters that spelling variants begin with
COMPARED = 50  # names of one shape that a new one is compared with: the latest
SHORTEST_VARIANT = 6  # letters; shorter names differ by as little


@dataclass(slots=True, eq=False)
class Figure:
    """An actor in the making."""

    kind: str = ""
    state: str | None = None  # ISO 3166-1 alpha-3
    label: str = ""  # that the authority or a rule gives
    plural: bool = False
    gender: Gender = Gender.UNKNOWN
    named: bool = False
    owner: "Figure | None" = None  # whose army, family or supporters it is
    institution: bool = False  # of its state, as "the police" are
    number: str = ""  # the numeral that counts it
    names: Counter[str] = field(default_factory=Counter)  # proper names as written → times used
    phrases: Counter[str] = field(default_factory=Counter)  # noun phrases as written → times used
    words: set[str] = field(
        default_factory=set
    )  # head nouns, singular, and modifiers by which it has been called
    titles: set[str] = field(default_factory=set)
    votes: defaultdict[str, float] = field(
        default_factory=lambda: defaultdict(float)
    )  # kind → weight of evidence
    mentions: list[Phrase] = field(default_factory=list)


def key_of(text: str) -> str:
    """A name as it is compared: folded, without genitive."""
    return fold(text.removesuffix("'s").removesuffix("’s"))


class Bearers:
    """The bearers of open names, the longest names first."""

    def __init__(
        self,
        sentences: Sequence[Sentence],
        phrases: Sequence[Phrase],
        authority: Authority,
        fixed: Mapping[tuple[int, int], Figure],
    ) -> None:
        self._sentences = sentences
        self._authority = authority
        self._spoken_of = {phrase.name.state for phrase in phrases if phrase.name is not None}
        self._votes = _votes(sentences, phrases, authority)
        self._pairs = _pairs(sentences, phrases)
        self._fixed = {
            key_of(phrase.name.text): fixed[phrase.sentence, phrase.head]
            for phrase in phrases if phrase.name is not None and (phrase.sentence, phrase.head) in fixed
        }  # fmt: skip
        self._known: dict[str, Figure] = {}
        self._by_part: defaultdict[str, list[str]] = defaultdict(list)  # words that begin or end it → keys
        self._by_shape: defaultdict[tuple[int, str], list[str]] = defaultdict(
            list
        )  # words, first letters → keys
        self._by_initials: dict[str, str] = {}
        self._by_label: dict[tuple[str, str], Figure] = {}  # kind, the authority's label

    def bearer(self, key: str, phrases: Sequence[Phrase]) -> Figure:
        """Who bears this name; call with the longer names first."""
        votes = self._votes[key]
        same = self._same(key, phrases, votes)
        figure = same or Figure(named=True)
        surname = same is not None and _is_person(same)  # of somebody who is called like a town
        for kind, weight in votes.items():
            figure.votes[kind] += 0.0 if surname and kind == "Place" else weight
        for phrase in phrases:
            _describe(figure, phrase, surname)
        if any(_row(phrases[0])):
            self._by_label.setdefault(_row(phrases[0]), figure)
        self._remember(key, figure)
        return figure

    def decide_kinds(self) -> None:
        """After the last name: let the votes of all mentions decide."""
        for figure in self._known.values():
            figure.kind = _decided(figure)
            if figure.kind == "Person" and not figure.state:
                figure.state = self._led(figure)

    def _led(self, figure: Figure) -> str | None:
        """The state that is spoken of and that somebody of this bare surname led: Belarus, for "Lukashenko's regime"."""
        namesakes = [
            entry for name in figure.names if " " not in name for entry in self._authority.by_surname(name)
        ]
        states = {entry.state for entry in namesakes if entry.weight >= RANKS["1"]}
        return (
            states.pop()
            if len(states) == 1 and len(figure.names) == 1 and states <= self._spoken_of
            else None
        )

    def _same(self, key: str, phrases: Sequence[Phrase], votes: Mapping[str, float]) -> Figure | None:
        if paired := self._paired(key):
            return paired
        if row := self._by_label.get(_row(phrases[0])):
            return row
        text = phrases[0].name.text if phrases[0].name else ""
        if len(text) > 2 and text.isupper() and text.lower() in self._by_initials:
            body = self._known[self._by_initials[text.lower()]]
            if body.votes["Person"] <= 0:
                return body
        words = key.split()
        for other in self._by_part.get(key, ()):
            if self._part_of(words, other.split(), phrases, votes, self._known[other]):
                return self._known[other]
        for other in (
            () if key in hints("continental") else self._by_shape[len(words), key[:SHAPE]][-COMPARED:]
        ):
            if _spelled_alike(key, other) and votes.get("Place", 0.0) < BESIDE:
                return self._known[other]
        return None

    def _paired(self, key: str) -> Figure | None:
        """Whom the text gives this other name; to a state only its initials: "the mission in Mali (MINUSMA)" is not Mali."""
        long = self._pairs.get(key, "")
        fixed = self._fixed.get(long)
        return self._known.get(long) or (fixed if key in _initials(long.split()) else None)

    def _part_of(
        self,
        words: Sequence[str],
        full: Sequence[str],
        phrases: Sequence[Phrase],
        votes: Mapping[str, float],
        figure: Figure,
    ) -> bool:
        """Whether "Keita" is Ibrahim Bubacar Keita, also where a town is called so, unless things happen in it."""
        if _is_person(figure):
            scene = any(_scene(self._sentences[phrase.sentence], phrase) for phrase in phrases)
            surname = list(full[-len(words) :]) == list(words)
            return not scene and (
                surname or list(full[: len(words)]) == list(words) and votes.get("Place", 0.0) < BESIDE
            )
        start = list(full[: len(words)]) == list(words) and len(words[0]) > 3
        rest = full[len(words) :]
        generic = len(rest) == 1 and rest[0] in hints("adds nothing")  # "Frelimo Party"
        if any(_row(phrases[0])) and not generic or words[-1] in hints("continental"):
            return False  # the United Nations are not their Security Council, "East African" is no Community
        return start and not votes.get("Place") and not figure.votes["Place"]

    def _remember(self, key: str, figure: Figure) -> None:
        self._known[key] = figure
        words = key.split()
        if not words:
            return
        for cut in range(1, len(words)):
            self._by_part[" ".join(words[:cut])].append(key)
            self._by_part[" ".join(words[cut:])].append(key)
        self._by_shape[len(words), key[:SHAPE]].append(key)
        for letters in _initials(words):
            self._by_initials.setdefault(letters, key)


def _is_person(figure: Figure) -> bool:
    return figure.votes["Person"] > figure.votes["Place"] + figure.votes["Organisation"]


def _row(phrase: Phrase) -> tuple[str, str]:
    """By what the authority knows the name, "AU" as well as "African Union"; empty where it does not."""
    name = phrase.name
    return (name.kind, name.canonical) if name is not None and name.canonical else ("", "")


def _initials(words: Sequence[str]) -> Iterator[str]:
    """As "aapp", with and without the small words."""
    if len(words) > 1:
        yield "".join(word[0] for word in words)
        yield "".join(word[0] for word in words if word not in hints("small word"))


def _pairs(sentences: Sequence[Sentence], phrases: Sequence[Phrase]) -> Mapping[str, str]:
    """Names that the text says to be others: "East African Community (EAC)", "better known as Jimmy"."""
    names = [
        (phrase, key_of(phrase.name.text))
        for phrase in phrases
        if phrase.form is Form.NAME and phrase.name is not None
    ]
    ends = {(phrase.sentence, phrase.last): key for phrase, key in names}
    heads = {(phrase.sentence, phrase.head): key for phrase, key in names}
    pairs: dict[str, str] = {}
    for phrase, key in names:
        here = sentences[phrase.sentence]
        if long := heads.get((phrase.sentence, _called(here, phrase)), ""):
            pairs.setdefault(key, long)
        if phrase.first < 2 or here.tokens[phrase.first - 1].text not in ("(", "["):
            continue
        before, text = (
            ends.get((phrase.sentence, phrase.first - 2)),
            here.span(phrase.first, phrase.last).text,
        )
        if before and text.isupper() and len(text) > 1 and len(before) > len(key):
            pairs.setdefault(key, before)
        elif before and before in _initials(key.split()):
            pairs.setdefault(before, key)
    return {short: long for short, long in pairs.items() if short != long}


def _called(sentence: Sentence, phrase: Phrase) -> int:
    """The token of whom the name is another one; -1 where it is not."""
    above = sentence.tokens[phrase.governor]
    if phrase.role in ("pobj", "oprd") and above.lemma in hints("called") and above.dep == "acl":
        return above.head
    return -1


def _votes(
    sentences: Sequence[Sentence], phrases: Iterable[Phrase], authority: Authority
) -> defaultdict[str, defaultdict[str, float]]:
    """Folded name → kind → weight of all that speaks for it."""
    votes: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for phrase in phrases:
        if phrase.name is None:
            continue
        count = votes[key_of(phrase.name.text)]
        if phrase.form is Form.NAME:
            if phrase.name.kind:
                count[phrase.name.kind] += phrase.name.sure
            if phrase.gender and not phrase.name.canonical:
                count["Person"] += GIVEN
            for kind in _beside(sentences[phrase.sentence], phrase, authority):
                count[kind] += BESIDE
            if _scene(sentences[phrase.sentence], phrase):
                count["Place"] += SCENE
        elif (
            phrase.kind == "ArmedGroup"
            or phrase.collective
            and phrase.kind not in ("Government", "Population", "Place")
        ):
            count[phrase.kind] += LAST_WORD if phrase.kind == "Media" else BESIDE  # "Saba news agency"
    return votes


def _beside(sentence: Sentence, phrase: Phrase, authority: Authority) -> Iterator[str]:
    """Kinds that the noun before and appositions give: "magazine Jeune Afrique", "Charles Santiago, chair of"."""
    if phrase.modifiers & hints("armed"):
        yield "ArmedGroup"
    else:
        yield from (noun.kind for word in phrase.modifiers if (noun := authority.kind_of_head(word)))
    token = sentence.tokens[phrase.head]
    beside = [child for child in sentence.children[phrase.head] if sentence.tokens[child].dep == "appos"]
    above = holder_of(sentence, token.head, authority) if phrase.name and phrase.name.kind == "Person" else -1
    above = token.head if above < 0 else above
    for at in [*beside, above] if token.dep == "appos" else beside:
        head = authority.kind_of_head(sentence.tokens[at].text)
        if head is not None and sentence.tokens[at].pos == "NOUN" and not head.plural:
            armed = any(sentence.tokens[c].text.lower() in hints("armed") for c in sentence.children[at])
            yield "ArmedGroup" if armed else head.kind


def _scene(sentence: Sentence, phrase: Phrase) -> bool:
    above = sentence.tokens[sentence.tokens[phrase.head].head]
    return phrase.role == "pobj" and above.lemma in hints("scene")


def _spelled_alike(one: str, other: str) -> bool:
    """As "Phyo Zeya Thaw" and "Phyo Zeyar Thaw"; numbers in names tell them apart."""
    if (
        abs(len(one) - len(other)) > 2
        or min(len(one), len(other)) < SHORTEST_VARIANT
        or not (one + other).replace(" ", "").isalpha()
    ):
        return False
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() > ALIKE and matcher.ratio() > ALIKE


def _describe(figure: Figure, phrase: Phrase, surname: bool) -> None:
    """What this mention adds to what is known of its bearer; of a surname nothing that is known of the town called so."""
    name = phrase.name
    if name is None:
        return
    figure.names[name.text] += 1
    figure.plural |= phrase.plural
    figure.gender = figure.gender or phrase.gender
    if not (surname and name.kind == "Place"):
        figure.label = figure.label or name.canonical
        figure.state = figure.state or phrase.state
    if name.title:
        figure.titles.add(name.title)


def _decided(figure: Figure) -> str:
    """The kind with most weight, the first in the alphabet of equals; without any, by the look of the name."""
    if figure.votes:
        return min(figure.votes, key=lambda kind: (-figure.votes[kind], kind))
    fullest = max(sorted(figure.names), key=len)
    looks_personal = (
        2 <= len(fullest.split()) <= 4 and fullest.replace(" ", "").isalpha() and not fullest.isupper()
    )
    return "Person" if looks_personal and " of " not in fullest else "Organisation"
