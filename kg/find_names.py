"""First step of `recognise`: the proper names in a sentence, exactly the name, without title and determiner.

Three witnesses are heard: the authority's tables (longest match), the parser's named entities, and runs of proper nouns that
the parser ties together. Where they overlap, the authority wins unless another reading is longer.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from kg.authority import Authority
from kg.hints import hints
from kg.model import Sentence, Token


@dataclass(frozen=True, slots=True)
class Name:
    """One proper name in a sentence."""

    first: int  # token, inclusive
    last: int  # token, inclusive
    head: int  # the token that the rest of the sentence hangs it by
    text: str
    kind: str  # a class of actors; empty where open
    sure: float  # weight of that kind as evidence
    state: str | None = None  # ISO 3166-1 alpha-3 of the state that it names, or whose capital it is
    adjective: bool = False  # "French" before a noun
    national: bool = False  # "a Malian", "Malians"
    metonym: bool = False  # "the Kremlin"
    title: str = ""  # of a person: what stands before, in lower case
    canonical: str = ""  # the label by which the authority knows it


KNOWN, LAST_WORD, TITLED, SHARED, ENTITY = 5.0, 6.0, 4.0, 2.5, 2.0  # weights of what tells a name's kind
LONGEST = 8  # tokens of a name looked up in the tables
ENTITY_KINDS = {
    "PERSON": "Person", "ORG": "Organisation", "GPE": "Place", "LOC": "Place", "FAC": "Place", "NORP": "Population",
}  # fmt: skip
SILENT_ENTITIES = frozenset(
    {
        "DATE",
        "TIME",
        "MONEY",
        "PERCENT",
        "QUANTITY",
        "ORDINAL",
        "CARDINAL",
        "LANGUAGE",
        "LAW",
        "EVENT",
        "WORK_OF_ART",
    }
)
BREAKS = frozenset("()[]{}|•·")
EDGE = re.compile(r"[\W_]+")
PREMODIFIERS = frozenset({"amod", "compound", "nmod", "npadvmod"})


def find_names(sentence: Sentence, authority: Authority) -> tuple[Name, ...]:
    """The sentence's names in text order, none overlapping."""
    shouted = _shouted(sentence)
    taken: dict[int, Name] = {}
    proposals = [
        *_known(sentence, authority, shouted),
        *_entities(sentence, authority),
        *_runs(sentence, authority, shouted),
    ]
    proposals.sort(key=lambda name: name.first - name.last)  # stable: of equals the earlier witness
    for name in proposals:
        if not any(at in taken for at in range(name.first, name.last + 1)):
            taken.update(dict.fromkeys(range(name.first, name.last + 1), name))
    return tuple(sorted(set(taken.values()), key=lambda name: name.first))


def add_known_words(sentence: Sentence, names: Sequence[Name], known: Collection[str]) -> tuple[Name, ...]:
    """The names with those that the parser missed here but the article bears out elsewhere: a surname, an acronym."""
    inside = {at for name in names for at in range(name.first, name.last + 1)}
    missed = [
        Name(token.index, token.index, token.index, token.text, "", 0.0)
        for token in sentence.tokens
        if token.text in known and token.index not in inside and token.pos in ("NOUN", "PROPN", "X", "ADJ", "VERB", "INTJ")
    ]
    return tuple(sorted([*names, *missed], key=lambda name: name.first)) if missed else tuple(names)


def _shouted(sentence: Sentence) -> bool:
    """All capitals tell nothing about names."""
    letters = [c for c in sentence.text if c.isalpha()]
    return len(letters) > 12 and sum(c.isupper() for c in letters) > 0.7 * len(letters)


def _known(sentence: Sentence, authority: Authority, shouted: bool) -> Iterator[Name]:
    tokens = sentence.tokens
    at = 0
    while at < len(tokens):
        found = None
        if _capital(tokens[at]) and not (tokens[at].lemma == "the" and at + 1 < len(tokens)):
            for last in range(min(len(tokens), at + LONGEST) - 1, at - 1, -1):
                if _capital(tokens[last]) and (found := _lookup(sentence, authority, at, last, shouted)):
                    yield found
                    at = last
                    break
        at += 1


def _lookup(sentence: Sentence, authority: Authority, first: int, last: int, shouted: bool) -> Name | None:
    text = sentence.span(first, last).text
    if shouted and len(text) < 4:
        return None
    head = head_of(sentence, first, last)
    if name := _demonym(sentence, authority, first, last, head, text):
        return name
    if metonym := authority.metonym(text):
        return Name(first, last, head, text, metonym.kind, KNOWN, metonym.state, metonym=True)
    entries = authority.lookup(text)
    if not entries:
        return None
    entry = entries[0]
    if entry.kind in ("Place", "Person") and first == last and not _names_something(sentence.tokens[first]):
        return None
    several = len({other.kind for other in entries}) > 1
    title = title_before(sentence, authority, first) if entry.kind == "Person" else ""
    return Name(
        first,
        last,
        head,
        text,
        entry.kind,
        SHARED if several else KNOWN,
        entry.state,
        title=title,
        canonical=entry.name,
    )


def _demonym(
    sentence: Sentence, authority: Authority, first: int, last: int, head: int, text: str
) -> Name | None:
    token = sentence.tokens[head]
    for demonym in authority.demonyms(text):
        before_noun = (
            token.dep in PREMODIFIERS or token.pos == "ADJ" and token.dep in ("acomp", "conj", "attr")
        )
        if demonym.adjective and (before_noun or not (demonym.plural or demonym.singular)):
            return Name(first, last, head, text, "State", KNOWN, demonym.state, adjective=True)
        if demonym.plural and token.dep not in PREMODIFIERS:
            kind = (
                "Person"
                if demonym.singular and token.tag in ("NN", "NNP") and _article(sentence, head)
                else "Population"
            )
            return Name(first, last, head, text, kind, KNOWN, demonym.state, national=True)
        if demonym.singular:
            return Name(first, last, head, text, "Person", KNOWN, demonym.state, national=True)
    return None


def _article(sentence: Sentence, head: int) -> bool:
    return any(sentence.tokens[c].lemma in ("a", "an", "one") for c in sentence.children[head])


def _names_something(token: Token) -> bool:
    return token.pos == "PROPN" and token.entity not in SILENT_ENTITIES


def _capital(token: Token) -> bool:
    return token.text[:1].isupper() or token.text[:1].isdigit() and token.pos == "PROPN"


def head_of(sentence: Sentence, first: int, last: int) -> int:
    """The token of the stretch whose head lies outside it; the last of several."""
    for at in range(last, first - 1, -1):
        head = sentence.tokens[at].head
        if not first <= head <= last or head == at:
            return at
    return last


def _entities(sentence: Sentence, authority: Authority) -> Iterator[Name]:
    tokens = sentence.tokens
    at = 0
    while at < len(tokens):
        label = tokens[at].entity
        if label not in ENTITY_KINDS:
            at += 1
            continue
        last = at
        while (
            last + 1 < len(tokens) and tokens[last + 1].entity == label and not tokens[last + 1].entity_begins
        ):
            last += 1
        if name := _proper(sentence, authority, at, _extended(sentence, last), ENTITY_KINDS[label], ENTITY):
            yield name
        at = last + 1


def _extended(sentence: Sentence, last: int) -> int:
    """An entity that stops inside a compound of proper nouns goes to its end: "Aung San Suu" Kyi."""
    tokens = sentence.tokens
    while (
        last + 1 < len(tokens)
        and tokens[last].dep == "compound"
        and tokens[last + 1].pos == "PROPN"
        and _capital(tokens[last + 1])
        and tokens[last].head > last
        and not tokens[last + 1].entity_begins
    ):
        last += 1
    return last


def _runs(sentence: Sentence, authority: Authority, shouted: bool) -> Iterator[Name]:
    """Neighbouring proper nouns that hang together, where the parser saw no entity."""
    if shouted:
        return
    tokens = sentence.tokens
    at = 0
    while at < len(tokens):
        if not _bare_proper(tokens[at]):
            at += 1
            continue
        last = at
        while last + 1 < len(tokens) and _bare_proper(tokens[last + 1]) and tokens[last].dep in PREMODIFIERS:
            last += 1
        last = _with_complement(sentence, authority, last)
        if name := _proper(sentence, authority, at, last, "", 1.0):
            yield name
        at = last + 1


def _with_complement(sentence: Sentence, authority: Authority, last: int) -> int:
    """ "Voice" → "Voice of Myanmar", where the first noun is neither a title nor known by itself."""
    tokens = sentence.tokens
    if (
        last + 2 >= len(tokens)
        or tokens[last + 1].lemma != "of"
        or tokens[last + 1].head != last
        or tokens[last].entity
    ):
        return last
    head = authority.kind_of_head(tokens[last].text)
    if (
        head is not None
        and head.kind == "Person"
        or authority.is_title(tokens[last].text)
        or not _bare_proper(tokens[last + 2])
    ):
        return last
    last += 2
    while last + 1 < len(tokens) and tokens[last].dep == "compound" and _bare_proper(tokens[last + 1]):
        last += 1
    return last


def _bare_proper(token: Token) -> bool:
    return token.pos == "PROPN" and _capital(token) and token.entity not in SILENT_ENTITIES


def _proper(
    sentence: Sentence, authority: Authority, first: int, last: int, kind: str, sure: float
) -> Name | None:
    """The stretch as a name, without determiner, title and punctuation; None where nothing is left of it."""
    first, last = _trimmed(sentence, first, last)
    if first > last:
        return None
    first, title = _after_title(sentence, authority, first, last, kind)
    tokens = sentence.tokens
    if (
        first > last
        or tokens[last].end - tokens[first].start < 2
        or not _capital(tokens[first])
        and not _capital(tokens[last])
    ):
        return None
    text = sentence.span(first, last).text
    head = head_of(sentence, first, last)
    if authority.is_title(text) or kind != "Person" and _titled(authority, tokens[last]):
        return None
    if first == last and (
        authority.kind_of_head(text) and not tokens[first].entity or _ordinary(tokens[first])
    ):
        return None
    if kind == "Population" and tokens[head].dep in PREMODIFIERS and text.lower() in hints("continental"):
        return None
    if title:
        return Name(first, last, head, text, "Person", TITLED, title=title)
    if not kind and any(tokens[child].dep == "det" for child in sentence.children[head]):
        kind, sure = "Organisation", 1
    kind, sure = _by_last_word(authority, text, kind, sure, last > first)
    if kind == "Person" and first > 0 and tokens[first - 1].lemma == "the" and first == last:
        kind, sure = "", 0
    state = _leading_state(sentence, authority, first, last) if kind not in ("Person", "Place") else None
    return Name(first, last, head, text, kind, sure, state)


def _leading_state(sentence: Sentence, authority: Authority, first: int, last: int) -> str | None:
    """The state whose adjective begins the name: "South African National Defence Force"."""
    for end in (first + 1, first):
        if end < last and (state := authority.demonym(sentence.span(first, end).text)):
            return state
    return None


def _trimmed(sentence: Sentence, first: int, last: int) -> tuple[int, int]:
    """The stretch without what cannot begin or end a name."""
    tokens = sentence.tokens
    for at in range(first, last + 1):
        if tokens[at].text in BREAKS or "/" in tokens[at].text:
            last = at - 1
            break
    while first <= last and not _begins(tokens[first], first < last):
        first += 1
    while last >= first and not (_capital(tokens[last]) or tokens[last].pos in ("NOUN", "PROPN", "NUM") and last > first):
        last -= 1
    if 0 < first <= last and tokens[first - 1].text == "The" and first > 1 and tokens[first - 2].pos != "PUNCT":
        first -= 1  # "The Times": inside a sentence the article's capital makes it part of the name
    return first, last


def _begins(token: Token, more: bool) -> bool:
    if token.text[:1].islower():
        return more and token.text in hints("particle")
    return bool(EDGE.sub("", token.text)) and token.lemma != "the" and (token.pos not in ("ADP", "ADV", "PRON", "CCONJ") or token.entity != "")


def _titled(authority: Authority, token: Token) -> bool:
    head = authority.kind_of_head(token.text)
    return head is not None and head.title


def _ordinary(token: Token) -> bool:
    """A capital that only begins a sentence or a headline's word."""
    return not token.entity and token.pos not in ("PROPN", "NOUN")


def _after_title(
    sentence: Sentence, authority: Authority, first: int, last: int, kind: str
) -> tuple[int, str]:
    """Where the name begins behind its title, and the title: ("Emmanuel" …, "president")."""
    words = [token.text.lower().rstrip(".") for token in sentence.tokens[first : last + 1]]
    if _common_head(authority, words[-1]) and kind != "Person":
        return first, ""
    cut = 0
    for length in range(min(6, len(words) - 1), 0, -1):
        for start in range(0, min(3, len(words) - length)):
            phrase = " ".join(words[start : start + length])
            if start and len(phrase) < 3:  # "Christopher M. Rose" is no Monsieur
                continue
            noun = authority.kind_of_head(phrase)
            if not _capital(sentence.tokens[first + start + length]):
                continue
            if authority.is_title(phrase) or noun and noun.title and not noun.plural:
                cut = max(cut, start + length)
    if not cut:
        return first, title_before(sentence, authority, first)
    return first + cut, " ".join(words[:cut])


def title_before(sentence: Sentence, authority: Authority, first: int) -> str:
    """The title that stands right before token `first` and belongs to the same phrase: "army chief", "Mr"."""
    tokens = sentence.tokens
    if first == 0:
        return ""
    before = tokens[first - 1]
    word = before.text.lower().rstrip(".")
    noun = authority.kind_of_head(word)
    if (
        before.pos not in ("NOUN", "PROPN")
        or before.dep not in ("compound", "nmod", "appos")
        and before.head != first
    ):
        return ""
    if authority.is_title(word) or noun and not noun.plural and (noun.title or noun.kind == "Person"):
        return word
    return ""


def _common_head(authority: Authority, word: str) -> bool:
    noun = authority.kind_of_head(word)
    return noun is not None and noun.kind != "Person"


def _by_last_word(
    authority: Authority, text: str, kind: str, sure: float, several: bool
) -> tuple[str, float]:
    """ "Arakan Army", "Ministry of Defence", "New Times": a noun in the name tells what it is."""
    if not several:
        return kind, sure
    words = text.lower().split()
    noun = authority.kind_of_head(words[-1]) or (
        authority.kind_of_head(words[0]) if words[1:2] in (["of"], ["for"]) else None
    )
    if noun and noun.kind != "Person" and not (kind == "Person" and noun.kind in ("State", "Place")):
        return noun.kind, LAST_WORD
    return kind, sure
