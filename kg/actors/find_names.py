"""First step of `recognise`: the proper names in a sentence, exactly the name, without title and determiner.

Three witnesses are heard: the authority's tables (longest match), the parser's named entities, and runs of proper nouns that
the parser ties together. Where they overlap, the longer reading wins, and of equals the earlier witness.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from kg.actors.hints import hints
from kg.actors.proper_name import (
    BARE,
    ENTITY,
    KNOWN,
    PREMODIFIERS,
    SHARED,
    TITLED,
    Name,
    head_of,
    is_capital,
    proper_name,
    title_before,
)
from kg.authority import Authority
from kg.model import Sentence, Token

CHAIN = 4  # tokens around a name, hyphens too, from which what they join is a name of its own
LONGEST = 8  # tokens of a name looked up in the tables
LONGEST_PARTICLE = 4  # letters; shorter words may join a name's parts
HAPPENINGS = frozenset({"Agreement", "Coup"})  # what the tables know besides actors and places
SHOUTED = 0.7  # share of capitals from which they tell nothing about names
SHORTEST_SHOUTED = 4  # characters of a name believed there
ENTITY_KINDS = {
    "PERSON": "Person", "ORG": "Organisation", "GPE": "Place", "LOC": "Place", "FAC": "Place", "NORP": "Population",
}  # fmt: skip
NO_ACTORS = frozenset(
    "DATE TIME MONEY PERCENT QUANTITY ORDINAL CARDINAL LANGUAGE LAW EVENT WORK_OF_ART".split()
)


def find_names(sentence: Sentence, authority: Authority) -> tuple[Name, ...]:
    """The sentence's names in text order, none overlapping."""
    shouted = _shouted(sentence)
    proposals = [*_known(sentence, authority, shouted), *_entities(sentence, authority), *_peers(sentence)]
    if not shouted:
        proposals += _runs(sentence, authority)
    proposals.sort(key=lambda name: name.first - name.last)
    taken: dict[int, Name] = {}
    for name in proposals:
        place = range(name.first, name.last + 1)
        if not any(at in taken for at in place):
            taken.update(dict.fromkeys(place, name))
    found = (name for name in set(taken.values()) if not _in_chain(sentence, name))
    return tuple(sorted(found, key=lambda name: name.first))


def _in_chain(sentence: Sentence, name: Name) -> bool:
    """Whether it is a link of a longer name joined by hyphens: the Baku-Tbilisi-Ceyhan pipeline."""
    tokens, first, last = sentence.tokens, name.first, name.last
    while first > 1 and tokens[first - 1].text == "-" and is_capital(tokens[first - 2]):
        first -= 2
    while last + 2 < len(tokens) and tokens[last + 1].text == "-" and is_capital(tokens[last + 2]):
        last += 2
    unbroken = all(a.end == b.start for a, b in pairwise(tokens[first : last + 1]) if "-" in (a.text, b.text))
    return unbroken and last - first - (name.last - name.first) >= CHAIN


def add_known_words(sentence: Sentence, names: Sequence[Name], known: Collection[str]) -> tuple[Name, ...]:
    """The names, and those that the parser missed here but the article bears out elsewhere: a surname, an acronym."""
    inside = {at for name in names for at in range(name.first, name.last + 1)}
    missed = [
        Name(token.index, token.index, token.index, token.text)
        for token in sentence.tokens
        if token.text in known
        and token.index not in inside
        and token.pos not in ("DET", "PRON", "ADP", "AUX", "ADV")
    ]
    return tuple(sorted([*names, *missed], key=lambda name: name.first))


def _shouted(sentence: Sentence) -> bool:
    letters = [c for c in sentence.text if c.isalpha()]
    return len(letters) > 12 and sum(map(str.isupper, letters)) > SHOUTED * len(letters)


def _known(sentence: Sentence, authority: Authority, shouted: bool) -> Iterator[Name]:
    tokens = sentence.tokens
    at = 0
    while at < len(tokens):
        if is_capital(tokens[at]) and (tokens[at].lemma != "the" or at + 1 == len(tokens)):
            for last in range(min(len(tokens), at + LONGEST) - 1, at - 1, -1):
                name = _lookup(sentence, authority, at, last) if is_capital(tokens[last]) else None
                if name is not None and not (shouted and len(name.text) < SHORTEST_SHOUTED):
                    yield name
                    at = last
                    break
        at += 1


def _lookup(sentence: Sentence, authority: Authority, first: int, last: int) -> Name | None:
    text, head = sentence.span(first, last).text, head_of(sentence, first, last)
    if name := _demonym(sentence, authority, first, last):
        return name
    if metonym := authority.metonym(text):
        return Name(first, last, head, text, metonym.kind, KNOWN, metonym.state, metonym=True)
    entries = [entry for entry in authority.lookup(text) if entry.kind not in HAPPENINGS]
    if not entries:
        return None
    entry = entries[0]
    ordinary = first == last and not _bare_proper(sentence.tokens[first])
    if ordinary and (
        entry.kind in ("Place", "Person")
        or not first
        and not sentence.tokens[first].entity
        and not text.isupper()
    ):
        return None  # "Time and again" begins with no magazine
    sure = SHARED if len({other.kind for other in entries}) > 1 else KNOWN
    title = title_before(sentence, authority, first) if entry.kind == "Person" else ""
    namesakes = {other.state for other in entries if other.kind == entry.kind}
    if len(namesakes) > 1 and entry.kind not in ("State", "Place"):
        return Name(
            first, last, head, text, entry.kind, sure, title=title
        )  # al-Shabaab of Somalia or Mozambique
    return Name(first, last, head, text, entry.kind, sure, entry.state, title=title, canonical=entry.name)


def _peers(sentence: Sentence) -> Iterator[Name]:
    """Persons called by a dignity, which names no place: "the Duchess of Cambridge"."""
    for dignity, of, seat in zip(sentence.tokens, sentence.tokens[1:], sentence.tokens[2:], strict=False):
        if dignity.lemma in hints("noble") and of.lemma == "of" and is_capital(dignity) and is_capital(seat):
            first, last = dignity.index, seat.index
            head, text = head_of(sentence, first, last), sentence.span(first, last).text
            yield Name(first, last, head, text, "Person", TITLED)


def _demonym(sentence: Sentence, authority: Authority, first: int, last: int) -> Name | None:
    """For "French" in "French troops", "the French", "a Frenchman"."""
    text, head = sentence.span(first, last).text, head_of(sentence, first, last)
    token = sentence.tokens[head]
    before_noun = token.dep in PREMODIFIERS or token.pos == "ADJ" and token.dep in ("acomp", "conj", "attr")
    one = any(sentence.tokens[child].lemma in ("a", "an", "one") for child in sentence.children[head])
    if not before_noun and any(entry.kind == "State" for entry in authority.lookup(text)):
        return None  # "The US insists": the state's name too
    for demonym in authority.demonyms(text):
        if demonym.adjective and (before_noun or not (demonym.plural or demonym.singular)):
            return Name(first, last, head, text, "State", KNOWN, demonym.state, adjective=True)
        if demonym.plural and token.dep not in PREMODIFIERS and not (one and demonym.singular):
            return Name(first, last, head, text, "Population", KNOWN, demonym.state, national=True)
        if demonym.singular:
            return Name(first, last, head, text, "Person", KNOWN, demonym.state, national=True)
    return None


def _entities(sentence: Sentence, authority: Authority) -> Iterator[Name]:
    tokens = sentence.tokens
    at = 0
    while at < len(tokens):
        last, label = at, tokens[at].entity
        if label in ENTITY_KINDS:
            while (
                last + 1 < len(tokens)
                and tokens[last + 1].entity == label
                and not tokens[last + 1].entity_begins
            ):
                last += 1
            name = proper_name(
                sentence, authority, at, _extended(sentence, authority, last), ENTITY_KINDS[label], ENTITY
            )
            if name is not None:
                yield name
        at = last + 1


def _extended(sentence: Sentence, authority: Authority, last: int) -> int:
    """An entity that stops inside a compound of proper nouns goes to its end: "Aung San Suu" Kyi."""
    last = _hyphenated(sentence, authority, last)
    for before, after in zip(sentence.tokens[last:], sentence.tokens[last + 1 :], strict=False):
        inside = before.dep == "compound" and before.head > before.index
        if not inside or after.entity_begins or after.pos != "PROPN" or not is_capital(after):
            return before.index
    return len(sentence.tokens) - 1


def _hyphenated(sentence: Sentence, authority: Authority, last: int) -> int:
    """On to "Zaman" in "Waker-uz-Zaman", whose small word the parser takes for the end, and to "PF" in "ZANU-PF"."""
    tokens = sentence.tokens[last : last + 5]
    if len(tokens) > 2 and tokens[1].text == "-" and tokens[0].text.isupper() and tokens[2].text.isupper():
        adjacent = tokens[0].end == tokens[1].start and tokens[1].end == tokens[2].start
        return last + 2 if adjacent and not authority.lookup(tokens[2].text) else last
    if len(tokens) < 5 or tokens[1].text != "-" or tokens[3].text != "-" or not is_capital(tokens[4]):
        return last
    small = tokens[2].text.islower() and len(tokens[2].text) < LONGEST_PARTICLE
    return last + 4 if small and all(a.end == b.start for a, b in pairwise(tokens)) else last


def _runs(sentence: Sentence, authority: Authority) -> Iterator[Name]:
    """Neighbouring proper nouns that hang together."""
    tokens = sentence.tokens
    at = 0
    while at < len(tokens):
        last = at
        if _bare_proper(tokens[at]):
            last = _end_of_run(sentence, _with_complement(sentence, authority, _end_of_run(sentence, at)))
            if name := proper_name(sentence, authority, at, last, "", BARE):
                yield name
        at = last + 1


def _end_of_run(sentence: Sentence, at: int) -> int:
    tokens = sentence.tokens
    while at + 1 < len(tokens) and _bare_proper(tokens[at + 1]) and tokens[at].dep in PREMODIFIERS:
        at += 1
    return at


def _with_complement(sentence: Sentence, authority: Authority, last: int) -> int:
    """On to "Myanmar" in "Voice of Myanmar", where the noun before is neither a title nor known by itself."""
    tokens = sentence.tokens
    if (
        last + 2 >= len(tokens)
        or tokens[last + 1].lemma != "of"
        or tokens[last + 1].head != last
        or tokens[last].entity
    ):
        return last
    head = authority.kind_of_head(tokens[last].text)
    titled = head is not None and head.kind == "Person" or authority.is_title(tokens[last].text)
    return last if titled or not _bare_proper(tokens[last + 2]) else last + 2


def _bare_proper(token: Token) -> bool:
    return token.pos == "PROPN" and is_capital(token) and token.entity not in NO_ACTORS
