"""Third step of `recognise`: the article's names → one figure for each bearer.

"Keita" is Ibrahim Bubacar Keita, "SADC" the Southern African Development Community, "Felix" Félix; a state, its government, its
army and its capital stay four. What kind of actor a name is, all its mentions decide together.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from kg.actors.bearers import Bearers, Figure, key_of
from kg.actors.find_phrases import Phrase
from kg.actors.hints import adjective_of, hints
from kg.actors.proper_name import KNOWN, Name
from kg.authority import Authority
from kg.model import Form, Sentence


class Named:
    """The figures that an article names, and which one each name phrase speaks of."""

    def __init__(self, sentences: Sequence[Sentence], authority: Authority) -> None:
        self.sentences = sentences
        self.authority = authority
        self.keyed: dict[
            tuple[str, str], Figure
        ] = {}  # (kind, ISO code) → the state, its government, army, people
        self._owned: dict[tuple[str, Figure], Figure] = {}
        self.of: dict[tuple[int, int], Figure] = {}  # (sentence, head token) → figure

    def of_state(self, kind: str, state: str) -> Figure:
        """The state's one figure of this kind, made when first asked for."""
        figure = self.keyed.get((kind, state))
        if figure is None:
            figure = Figure(
                kind, state, _composed(self.authority, kind, state), plural=kind == "Population", named=True
            )
            self.keyed[kind, state] = figure
        return figure

    def of_owner(self, kind: str, owner: Figure) -> Figure:
        """The one figure of this kind that a body has: SADC's troops."""
        figure = self._owned.get((kind, owner))
        if figure is None:
            figure = self._owned[kind, owner] = Figure(kind, owner=owner)
            figure.phrases[
                f"{min(owner.names, key=lambda name: (len(name), name), default=owner.label)} forces"
            ] += 0
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
                opened.setdefault(key_of(phrase.name.text), []).append(phrase)
    bearers = Bearers(sentences, phrases, authority, named.of)
    for key in sorted(
        opened, key=lambda key: (-len(key.split()), opened[key][0].sentence, opened[key][0].first)
    ):
        figure = bearers.bearer(key, opened[key])
        named.of.update(((phrase.sentence, phrase.head), figure) for phrase in opened[key])
    bearers.decide_kinds()
    return named


def _composed(authority: Authority, kind: str, state: str) -> str:
    """As "Government of Mali", "Malian army"."""
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
            several[key_of(name.text)] = states
        else:
            counted[name.state] += 1
    return {
        key: max(states, key=lambda state: (counted[state], -states.index(state)))
        for key, states in several.items()
    }


def _states(authority: Authority, name: Name) -> list[str]:
    if name.adjective or name.national:
        return list(dict.fromkeys(demonym.state for demonym in authority.demonyms(name.text)))
    return [entry.state for entry in authority.lookup(name.text) if entry.kind == "State" and entry.state]


def _fixed(named: Named, phrase: Phrase, name: Name, chosen: Mapping[str, str]) -> Figure | None:
    """The figure of a state, of one of its bodies or of its capital; None where only likeness of names can tell."""
    state = chosen.get(key_of(name.text), name.state)
    capital = named.authority.capital(name.text)
    if name.title or state is None and not capital:
        return None
    if name.adjective and state:
        return named.of_state("State", state)
    if name.national:
        return (
            _with_name(named.of_state("Population", state), name)
            if name.kind == "Population" and state
            else None
        )
    if capital and not name.metonym and name.kind in ("Place", "", "Organisation", "Person"):
        if not stands_for_state(named.sentences[phrase.sentence], phrase):
            return None
        return _with_name(named.of_state("Government", capital), name)
    if state and name.kind == "ArmedForce" and not hints("apart") & set(key_of(name.text).split()):
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
        feels = any(
            tokens[c].dep == "acomp" and tokens[c].lemma in hints("attitude")
            for c in sentence.children[above.index]
        )
        return (
            feels
            or above.lemma not in hints("state verb")
            and above.pos in ("VERB", "AUX")
            and above.lemma != "be"
        )
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
