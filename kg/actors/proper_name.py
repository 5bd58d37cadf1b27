"""A stretch of words → the bare name in it: without determiner, title, genitive and what the parser swept along."""

import re
from dataclasses import dataclass

from kg.actors.hints import hints
from kg.authority import Authority
from kg.model import Sentence, Token

# Weights of what tells a name's kind: the tables, a noun at its end, a title, tables that disagree, the parser's label.
KNOWN, LAST_WORD, TITLED, SHARED, ENTITY, BARE = 5.0, 6.0, 4.0, 2.5, 2.0, 1.0
PREMODIFIERS = frozenset({"amod", "compound", "nmod", "npadvmod"})
LONGEST_TITLE = 6  # words
LONGEST_ACRONYM = 5  # letters; longer words in capitals before a sentence are a dateline
BREAKS = frozenset("()[]{}|•·")
NO_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Name:
    """One proper name in a sentence."""

    first: int  # token, inclusive
    last: int  # token, inclusive
    head: int  # the token that the rest of the sentence hangs it by
    text: str
    kind: str = ""  # a class of actors; empty where open
    sure: float = 0.0  # weight of that kind as evidence
    state: str | None = (
        None  # ISO 3166-1 alpha-3 of the state that it names or that its adjective names, or of a capital
    )
    adjective: bool = False  # "French" before a noun
    national: bool = False  # "a Malian", "Malians"
    metonym: bool = False  # "the Kremlin"
    title: str = ""  # of a person: what stands before, in lower case
    canonical: str = ""  # the label by which the authority knows it


def is_capital(token: Token) -> bool:
    """Whether the word is written as a name: "Mali", "3rd" in a proper noun."""
    return token.text[:1].isupper() or token.text[:1].isdigit() and token.pos == "PROPN"


def head_of(sentence: Sentence, first: int, last: int) -> int:
    """The token of the stretch whose head lies outside it; the last of several."""
    for at in range(last, first - 1, -1):
        head = sentence.tokens[at].head
        if not first <= head <= last or head == at:
            return at
    return last


def proper_name(
    sentence: Sentence, authority: Authority, first: int, last: int, kind: str, sure: float
) -> Name | None:
    """The name in a stretch of tokens that the parser gives this kind; None where nothing is left of it."""
    while (
        first < last
        and sentence.tokens[last].text.islower()
        and authority.kind_of_head(sentence.tokens[last].text)
    ):
        last -= 1  # "Tanga province": the noun heads a phrase of its own
    whole = first, last
    first, last = _trimmed(sentence, authority, first, last)
    if first > last:
        return None
    if kind == "Person" and first < last and _is_agency(authority, sentence.tokens[first]):
        first += 1  # a photograph's credit: "AFP Emmanuel de Merode"
    first, title = _after_title(sentence, authority, first, last, kind)
    if first > last or not _is_name(sentence, authority, first, last, kind):
        return None
    text, head = sentence.span(first, last).text, head_of(sentence, first, last)
    if last < sentence.tokens[head].head <= whole[1]:
        head = head_of(sentence, *whole)  # what was cut off still holds the name's place in the sentence
    if title:
        return Name(first, last, head, text, "Person", TITLED, title=title)
    kind, sure = _kind(sentence, authority, first, last, kind, sure)
    state = _leading_state(sentence, authority, first, last) if kind not in ("Person", "Place") else None
    return Name(first, last, head, text, kind, sure, state)


def _trimmed(sentence: Sentence, authority: Authority, first: int, last: int) -> tuple[int, int]:
    """The stretch without what cannot begin or end a name."""
    tokens = sentence.tokens
    broken = (at for at in range(first, last + 1) if tokens[at].text in BREAKS or "/" in tokens[at].text)
    last = next(broken, last + 1) - 1
    while first <= last and not _begins(tokens[first], first < last):
        first += 1
    while last >= first and not _ends(tokens[last], first < last):
        last -= 1
    if first < last and (_dateline(sentence, authority, first) or _creed(sentence, authority, first, last)):
        first += 1
    if 1 < first <= last and tokens[first - 1].text == "The" and tokens[first - 2].pos != "PUNCT":
        first -= 1  # "The Times": inside a sentence the article's capital makes it part of the name
    return first, last


def _dateline(sentence: Sentence, authority: Authority, at: int) -> bool:
    """Whether the word is where the article was written, before its first sentence: "WASHINGTON Iran freed"."""
    before, token, after = sentence.tokens[:at], sentence.tokens[at], sentence.tokens[at + 1]
    if not token.text.isupper() or after.text.isupper():
        return False
    known = [entry.kind for entry in authority.lookup(token.text)[:1]]
    town = len(token.text) > LONGEST_ACRONYM or known == ["Place"]
    return town and all(t.text.isupper() or not t.text.isalpha() for t in before)


def _begins_story(sentence: Sentence, authority: Authority, at: int) -> bool:
    """Whether the word's capital only begins the sentence behind a dateline: "LIMA Renewed fighting erupted"."""
    token = sentence.tokens[at]
    before_noun = token.dep in PREMODIFIERS and not is_capital(sentence.tokens[token.head])
    return at > 0 and before_noun and _dateline(sentence, authority, at - 1)


def _creed(sentence: Sentence, authority: Authority, first: int, last: int) -> bool:
    """Whether the word tells what most people of the state behind it believe: "Muslim Azerbaijan"."""
    state = (entry.kind == "State" for entry in authority.lookup(sentence.span(first + 1, last).text))
    return sentence.tokens[first].text.lower() in hints("creed") and any(state)


def _begins(token: Token, more: bool) -> bool:
    if token.text[:1].islower():
        return more and token.text in hints("particle")
    if not NO_LETTERS.sub("", token.text) or token.lemma == "the":
        return False
    return token.pos not in ("ADP", "ADV", "PRON", "CCONJ") or token.entity != ""


def _ends(token: Token, more: bool) -> bool:
    return is_capital(token) or more and token.pos in ("NOUN", "PROPN", "NUM")


def _is_name(sentence: Sentence, authority: Authority, first: int, last: int, kind: str) -> bool:
    """Whether it is more than a title, an ordinary word with a capital, or an adjective for half the world."""
    tokens = sentence.tokens
    if tokens[last].end - tokens[first].start < 2 or not (
        is_capital(tokens[first]) or is_capital(tokens[last])
    ):
        return False
    text, head = sentence.span(first, last).text, authority.kind_of_head(tokens[last].text)
    if authority.is_title(text) or kind != "Person" and head is not None and head.title:
        return False
    noun = head is not None and (
        kind in ("", "Organisation") or not first and head.plural
    )  # "Rebels attacked"
    if first == last and (noun or _ordinary(tokens[first]) or _begins_story(sentence, authority, first)):
        return False
    return not (
        kind == "Population" and tokens[last].dep in PREMODIFIERS and text.lower() in hints("continental")
    )


def _is_agency(authority: Authority, token: Token) -> bool:
    return token.text.isupper() and any(entry.kind == "Media" for entry in authority.lookup(token.text))


def _ordinary(token: Token) -> bool:
    """A capital that only begins a sentence or a headline's word."""
    return not token.entity and token.pos not in ("PROPN", "NOUN")


def _after_title(
    sentence: Sentence, authority: Authority, first: int, last: int, kind: str
) -> tuple[int, str]:
    """Where the name begins behind its title, and the title: the token of "Emmanuel", "president"."""
    words = [token.text.lower().rstrip(".") for token in sentence.tokens[first : last + 1]]
    ending = authority.kind_of_head(words[-1])
    if ending is not None and ending.kind != "Person" and kind != "Person":
        return first, ""
    cut = 0
    for length in range(min(LONGEST_TITLE, len(words) - 1), 0, -1):
        for start in range(min(3, len(words) - length)):
            end = start + length
            if (
                end > cut
                and is_capital(sentence.tokens[first + end])
                and _is_title(authority, words[start:end], start)
            ):
                cut = end
    return (first + cut, " ".join(words[:cut])) if cut else (first, title_before(sentence, authority, first))


def _is_title(authority: Authority, words: list[str], start: int) -> bool:
    phrase = " ".join(words)
    if start and len(phrase) < 3:  # "Christopher M. Rose" is no Monsieur
        return False
    noun = authority.kind_of_head(phrase)
    return authority.is_title(phrase) or noun is not None and noun.title and not noun.plural


def title_before(sentence: Sentence, authority: Authority, first: int) -> str:
    """The title that stands right before token `first` in the same phrase: "army chief", "Mr"; empty without."""
    if first == 0:
        return ""
    before = sentence.tokens[first - 1]
    same_phrase = before.dep in ("compound", "nmod", "appos") or before.head == first
    if before.pos not in ("NOUN", "PROPN") or not same_phrase:
        return ""
    word = before.text.lower().rstrip(".")
    noun = authority.kind_of_head(word)
    trade = noun is not None and not noun.plural and (noun.title or noun.kind == "Person")
    if not (authority.is_title(word) or trade):
        return ""
    sort = sentence.tokens[first - 2].text.lower() if first > 1 else ""
    return f"{sort} {word}" if sort in hints("sort of office") else word


def _kind(
    sentence: Sentence, authority: Authority, first: int, last: int, kind: str, sure: float
) -> tuple[str, float]:
    """The parser's kind, unless an article before it or a noun in it tells otherwise: "Arakan Army", "Bank of Mali"."""
    tokens = sentence.tokens
    determined = any(
        tokens[child].dep == "det" for child in sentence.children[head_of(sentence, first, last)]
    )
    if first == last:
        return ("", 0.0) if kind == "Person" and determined else (kind, sure)
    if kind == "Place" and sentence.span(first, last).text.isupper():
        return (
            "Organisation",
            BARE,
        )  # "ZANU-PF", whatever the parser takes it for: the tables know the states' acronyms
    joint = next((at for at in range(first + 1, last) if tokens[at].lemma in ("of", "for")), 0)
    noun = (
        joint and authority.kind_of_head(tokens[joint - 1].text) or authority.kind_of_head(tokens[last].text)
    )
    if noun and noun.kind != "Person" and not (kind == "Person" and noun.kind in ("State", "Place")):
        return noun.kind, LAST_WORD
    return ("Organisation", BARE) if not kind and determined else (kind, sure)


def _leading_state(sentence: Sentence, authority: Authority, first: int, last: int) -> str | None:
    """The state whose adjective begins the name: "South African National Defence Force"."""
    for end in (first + 1, first):
        if end < last and (state := authority.demonym(sentence.span(first, end).text)):
            return state
    return None
