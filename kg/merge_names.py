"""Third step of `recognise`: the article's names → one figure for each bearer.

"Keita" is Ibrahim Bubacar Keita, "SADC" the Southern African Development Community, "Felix" Félix; a state, its government, its
army and its capital stay four. What kind of actor a name is, all its mentions decide together.
"""

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kg.authority import Authority, fold
from kg.hints import Gender, adjective_of, hints
from kg.find_names import Name
from kg.find_phrases import Phrase
from kg.model import Form, Sentence


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
    words: set[str] = field(default_factory=set)  # head nouns, singular, and modifiers by which it has been called
    titles: set[str] = field(default_factory=set)
    votes: Counter[str] = field(default_factory=Counter)  # kind → weight of evidence
    mentions: list[Phrase] = field(default_factory=list)


class Named:
    """The figures that an article names, and which one each name phrase speaks of."""

    def __init__(self, sentences: Sequence[Sentence], authority: Authority) -> None:
        self.sentences = sentences
        self.authority = authority
        self.keyed: dict[tuple[str, str], Figure] = {}  # (kind, ISO code) → the state, its government, army, people
        self._owned: dict[tuple[str, Figure], Figure] = {}
        self.of: dict[tuple[int, int], Figure] = {}  # (sentence, head token) → figure
        self._clusters: list[tuple[list[str], Figure]] = []  # folded words of a full name → figure

    def of_state(self, kind: str, state: str) -> Figure:
        """The state's one figure of this kind, made when first asked for."""
        figure = self.keyed.get((kind, state))
        if figure is None:
            figure = Figure(kind, state, _composed(self.authority, kind, state), plural=kind == "Population", named=True)
            self.keyed[kind, state] = figure
        return figure

    def of_owner(self, kind: str, owner: Figure) -> Figure:
        """The one figure of this kind that a body has: SADC's troops."""
        figure = self._owned.get((kind, owner))
        if figure is None:
            figure = self._owned[kind, owner] = Figure(kind, owner=owner)
            figure.phrases[f"{min(owner.names, key=lambda name: (len(name), name), default=owner.label)} forces"] += 0
        return figure


def merge_names(sentences: Sequence[Sentence], phrases: Sequence[Phrase], authority: Authority) -> Named:
    """Every name phrase's figure; figures of states and their bodies are shared by key, others by likeness of names."""
    named = Named(sentences, authority)
    chosen = _namesakes(phrases, authority)
    opened: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        if phrase.form is Form.NAME and phrase.name is not None:
            figure = _fixed(named, phrase, phrase.name, chosen)
            if figure is not None:
                named.of[phrase.sentence, phrase.head] = figure
            else:
                opened.setdefault(_key(phrase.name.text), []).append(phrase)
    votes = _votes(sentences, phrases, authority)
    pairs = _acronyms(sentences, opened)
    for key in sorted(opened, key=lambda key: (-len(key.split()), opened[key][0].sentence, opened[key][0].first)):
        figure = _cluster(named, key, opened[key], pairs, votes[key])
        figure.votes += votes[key]
        for phrase in opened[key]:
            named.of[phrase.sentence, phrase.head] = figure
            _describe(figure, phrase)
    for _, figure in named._clusters:
        figure.kind = _decided(figure)
    return named


def _key(text: str) -> str:
    return fold(text.removesuffix("'s").removesuffix("’s"))


def _composed(authority: Authority, kind: str, state: str) -> str:
    """"Government of Mali", "Malian army"."""
    name = authority.state(state).name
    if kind == "Government":
        return _label(authority, f"government/{state}") or f"Government of {name}"
    if kind == "ArmedForce":
        return f"{adjective_of(state, name)} army"
    return name if kind == "State" else ""


def _label(authority: Authority, id: str) -> str:
    try:
        return authority.entry(id).name
    except KeyError:
        return ""


def _namesakes(phrases: Iterable[Phrase], authority: Authority) -> Mapping[str, str]:
    """Which state a name of several means here: the one that this article speaks of by other names."""
    counted: Counter[str] = Counter()
    several: dict[str, list[str]] = {}
    for phrase in phrases:
        name = phrase.name
        if phrase.form is not Form.NAME or name is None or not name.state:
            continue
        states = _states(authority, name)
        if len(states) > 1:
            several[_key(name.text)] = states
        else:
            counted[name.state] += 1
    return {key: max(states, key=lambda state: (counted[state], -states.index(state))) for key, states in several.items()}


def _states(authority: Authority, name: Name) -> list[str]:
    if name.adjective or name.national:
        return list(dict.fromkeys(demonym.state for demonym in authority.demonyms(name.text)))
    return [entry.state for entry in authority.lookup(name.text) if entry.kind == "State" and entry.state]


def _fixed(named: Named, phrase: Phrase, name: Name, chosen: Mapping[str, str]) -> Figure | None:
    """The figure of a state, of one of its bodies or of its capital; None where only likeness of names can tell."""
    state = chosen.get(_key(name.text), name.state)
    capital = named.authority.capital(name.text)
    if name.title or state is None and not capital:
        return None
    if name.adjective and state:
        return named.of_state("State", state)
    if name.national:
        return _with_name(named.of_state("Population", state), name) if name.kind == "Population" and state else None
    if capital and name.kind in ("Place", "", "Organisation", "Person"):
        if not stands_for_state(named.sentences[phrase.sentence], phrase):
            return None
        return _with_name(named.of_state("Government", capital), name)
    if state and name.kind == "ArmedForce" and not hints("apart") & set(_key(name.text).split()):
        return _with_name(named.of_state("ArmedForce", state), name)
    if state and (name.kind == "State" or name.metonym or name.kind == "Government" and name.sure == KNOWN):
        figure = named.of_state(name.kind, state) if name.kind in ("State", "Government") else None
        return _with_name(figure, name) if figure else None
    return None


def _with_name(figure: Figure, name: Name) -> Figure:
    if not name.adjective:
        figure.names[name.text] += 1
    return figure


def stands_for_state(sentence: Sentence, phrase: Phrase) -> bool:
    """Whether a capital's name is used for the government: it acts, owns words, or has relations."""
    tokens = sentence.tokens
    token = tokens[phrase.head]
    above = tokens[phrase.governor]
    if phrase.role == "nsubj":
        return above.lemma not in hints("state verb") and above.pos in ("VERB", "AUX") and above.lemma != "be"
    if phrase.role in ("agent", "dative"):
        return True
    if phrase.role == "poss":
        return above.lemma in hints("of governments")
    if phrase.role == "dobj":
        return above.lemma in hints("done to governments")
    if phrase.role == "pobj":
        while token.dep == "conj":
            token = tokens[token.head]
        preposition = tokens[token.head].lemma
        if preposition in ("between", "with", "against"):
            return True
        if preposition in ("to", "from", "on", "by", "for"):
            return above.lemma in hints("of governments") or above.lemma in hints("done to governments")
    return False


def _acronyms(sentences: Sequence[Sentence], opened: Mapping[str, Sequence[Phrase]]) -> Mapping[str, str]:
    """"East African Community (EAC)": the short name → the long one, where the letters agree or the brackets say so."""
    pairs: dict[str, str] = {}
    ends = {(p.sentence, p.last): key for key, phrases in opened.items() for p in phrases}
    heads = {(p.sentence, p.head): key for key, phrases in opened.items() for p in phrases}
    for key, phrases in opened.items():
        for phrase in phrases:
            tokens = sentences[phrase.sentence].tokens
            if (called := _called(sentences[phrase.sentence], phrase)) and (long := heads.get((phrase.sentence, called))):
                pairs.setdefault(key, long)
            if phrase.first >= 2 and tokens[phrase.first - 1].text in "([" and (long := ends.get((phrase.sentence, phrase.first - 2))):
                text = phrase.name.text if phrase.name else ""
                if text.isupper() and 2 <= len(text) <= 10 or initials_agree(text, long):
                    pairs[key] = long
                elif initials_agree(tokens[phrase.first - 2].text, key):
                    pairs[long] = key
    return pairs


def _called(sentence: Sentence, phrase: Phrase) -> int:
    """The token of whom the name is another one: "Kyaw Min Yu, better known as Jimmy"; 0 where it is not."""
    above = sentence.tokens[phrase.governor]
    if phrase.role in ("pobj", "oprd") and above.lemma in ("know", "call", "nickname", "dub") and above.dep == "acl":
        return above.head
    return 0


def initials_agree(short: str, long: str) -> bool:
    """Whether capitals like "AAPP" are the initials of the words' longer name, small words skipped or not."""
    letters = [c for c in short.lower() if c.isalpha()]
    words = long.lower().replace("-", " ").split()
    if not 2 <= len(letters) <= 8 or len(words) < 2 or not short.isupper():
        return False
    content = [word[0] for word in words if word not in ("of", "the", "for", "and", "de", "on", "in")]
    return letters in (content, [word[0] for word in words])


def _votes(
    sentences: Sequence[Sentence], phrases: Iterable[Phrase], authority: Authority
) -> defaultdict[str, Counter[str]]:
    """Folded name → kind → weight of all that speaks for it."""
    votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for phrase in phrases:
        name = phrase.name
        if name is None:
            continue
        count = votes[_key(name.text)]
        if phrase.form is Form.NAME:
            if name.kind:
                count[name.kind] += name.sure
            for word in phrase.modifiers:
                if noun := authority.kind_of_head(word):
                    count[noun.kind] += 3
            for kind in _apposed(sentences[phrase.sentence], phrase, authority):
                count[kind] += 3
            if _located(sentences[phrase.sentence], phrase):
                count["Place"] += 1
        elif phrase.kind == "ArmedGroup" or phrase.collective and phrase.kind not in ("Government", "Population", "Place"):
            count[phrase.kind] += 3
    return votes


def _apposed(sentence: Sentence, phrase: Phrase, authority: Authority) -> Iterator[str]:
    """Kinds that appositions give: "Charles Santiago, chair of", "a magazine, Jeune Afrique"."""
    token = sentence.tokens[phrase.head]
    beside = [child for child in sentence.children[phrase.head] if sentence.tokens[child].dep == "appos"]
    if token.dep == "appos":
        beside.append(token.head)
    for at in beside:
        head = authority.kind_of_head(sentence.tokens[at].text)
        if head is not None and sentence.tokens[at].pos == "NOUN" and not head.plural:
            yield head.kind


def _located(sentence: Sentence, phrase: Phrase) -> bool:
    above = sentence.tokens[sentence.tokens[phrase.head].head]
    return phrase.role == "pobj" and above.lemma in ("in", "near", "at", "around", "outside")


def _cluster(
    named: Named, key: str, phrases: Sequence[Phrase], pairs: Mapping[str, str], votes: Mapping[str, float]
) -> Figure:
    words = key.split()
    text = phrases[0].name.text if phrases[0].name else ""
    fallback = None
    for full, figure in named._clusters:
        if pairs.get(key) == " ".join(full) or len(text) > 2 and figure.votes["Person"] <= 0 and initials_agree(text, " ".join(full)):
            fallback = figure
            break
        if fallback is None and _alike(words, full, votes, figure):
            fallback = figure
    figure = fallback or Figure(named=True)
    named._clusters.append((words, figure))
    return figure


def _alike(words: Sequence[str], full: Sequence[str], votes: Mapping[str, float], figure: Figure) -> bool:
    """Whether the shorter name is a part or another spelling of the longer one."""
    place = max(votes.get("Place", 0), votes.get("State", 0))
    person = figure.votes["Person"] > figure.votes["Place"] + figure.votes["Organisation"]
    if not words or place >= 5 and not votes.get("Person"):
        return False
    if len(words) == len(full):
        return _spelled_alike(" ".join(words), " ".join(full))
    if list(full[-len(words) :]) == list(words):
        return person and len(words[-1]) > 1
    if list(full[: len(words)]) == list(words):
        return len(words[0]) > (1 if person else 3) and (person or not place) and not figure.votes["Place"]
    return False


def _spelled_alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if one[:1] != other[:1] or abs(len(one) - len(other)) > 2 or min(len(one), len(other)) < 6:
        return False
    if any(c.isdigit() for c in one + other):
        return False
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() > 0.9


def _describe(figure: Figure, phrase: Phrase) -> None:
    """What this mention adds to what is known of its bearer."""
    name = phrase.name
    if name is None:
        return
    figure.names[name.text] += 1
    figure.label = figure.label or name.canonical
    figure.plural |= phrase.plural
    figure.gender = figure.gender or phrase.gender
    figure.state = figure.state or phrase.state
    if name.title:
        figure.titles.add(name.title)


def _decided(figure: Figure) -> str:
    """The kind with most weight; the first in the alphabet of equals."""
    if not figure.votes:
        whole = max(figure.names, key=len)
        return "Person" if 2 <= len(whole.split()) <= 4 and whole.replace(" ", "").isalpha() and not whole.isupper() and " of " not in whole else "Organisation"
    return min(figure.votes, key=lambda kind: (-figure.votes[kind], kind))
