"""What the tree says of a noun phrase: where it begins and ends, what it depends on, what owns and modifies it."""

from collections.abc import Mapping
from dataclasses import dataclass

from kg.actors.proper_name import PREMODIFIERS, Name
from kg.authority import Authority
from kg.model import Sentence, Token

DEFINITE = frozenset({"the", "this", "that", "these", "those", "both"})
BEFORE = frozenset(
    "det poss predet punct case cc preconj advmod relcl acl prep".split()
)  # do not belong to the mention
INSIDE_COMPLEMENT = frozenset({"ADP", "DET", "ADJ", "NOUN", "PROPN", "PART", "NUM"})
LONGEST_COMPLEMENT = 6  # tokens
LONGEST_LIST = 20  # coordinated phrases climbed over


@dataclass(frozen=True, slots=True)
class Modification:
    """Determiners, numerals, adjectives and nouns before a noun."""

    words: frozenset[str]  # adjectives and nouns, lower case but for names; demonyms of states left out
    number: str  # the numeral, lower case
    definite: bool
    both: bool
    adjective: str | None  # ISO 3166-1 alpha-3 of a demonym


def modification(sentence: Sentence, token: Token, inside: Mapping[int, Name]) -> Modification:
    """What stands before the noun; `inside` has the name in which a token stands."""
    words: set[str] = set()
    determiners: set[str] = set()
    number, adjective = "", None
    for child in sentence.children[token.index]:
        below, name = sentence.tokens[child], inside.get(child)
        if below.dep in PREMODIFIERS and child < token.index:
            if name is None:
                words.add(below.text.lower())
            elif name.state is None:
                words.update(name.text.split())
            elif name.adjective:
                adjective = name.state
        elif below.dep == "nummod":
            number = below.text.lower()
        elif below.dep in ("det", "predet"):
            determiners.add(below.lemma)
    return Modification(
        frozenset(words), number, bool(determiners & DEFINITE), "both" in determiners, adjective
    )


def first_of(sentence: Sentence, token: Token) -> int:
    """Where the phrase begins, without determiner, possessor and what stands before them."""
    tokens, children = sentence.tokens, sentence.children[token.index]
    after = max(
        (c for c in children if c < token.index and tokens[c].dep in BEFORE and tokens[c].text != "-"),
        default=-1,
    )
    for child in children:
        if joins_before(sentence, child):
            after = max(c for c in sentence.children[child] if tokens[c].dep == "cc")
    first = token.index
    for child in children:
        if joins_before(sentence, child):
            first = min(first, after + 1)
        elif after < child < token.index and tokens[child].dep not in ("nsubj", "aux", "mark"):
            first = min(first, _leftmost(sentence, child, after))
    while first < token.index and (
        tokens[first].text.lower() == "one"
        or tokens[first].pos in ("DET", "PUNCT", "PRON", "PART")
        or tokens[first].tag == "POS"
    ):
        first += 1
    return first


def _leftmost(sentence: Sentence, at: int, after: int) -> int:
    while sentence.children[at] and after < sentence.children[at][0] < at:
        at = sentence.children[at][0]
    return at


def end_of_complement(sentence: Sentence, token: Token) -> int:
    """Where the prepositional phrase right behind the noun ends, if it is short and unbroken; -1 without."""
    tokens = sentence.tokens
    after = token.index + 1
    if after >= len(tokens) or tokens[after].dep != "prep" or tokens[after].head != token.index:
        return -1
    end = after
    for below in tokens[after + 1 : after + 1 + LONGEST_COMPLEMENT]:
        if below.pos not in INSIDE_COMPLEMENT or below.head < token.index:
            break
        end = below.index
    return end if tokens[end].pos in ("NOUN", "PROPN") else -1


def owner_of(sentence: Sentence, token: Token) -> int:
    """The head token of the possessor; -1 without."""
    return next(
        (child for child in sentence.children[token.index] if sentence.tokens[child].dep == "poss"), -1
    )


def of_complement(sentence: Sentence, token: Token) -> int:
    """The head of what "of" governs behind the token; -1 without."""
    for child in sentence.children[token.index]:
        if sentence.tokens[child].lemma == "of" and sentence.tokens[child].dep == "prep":
            return next(
                (below for below in sentence.children[child] if sentence.tokens[below].dep == "pobj"), -1
            )
    return -1


def joined_states(sentence: Sentence, token: Token, inside: Mapping[int, Name]) -> tuple[str, ...]:
    """Of "Malian and French troops" the two states; none where it is fewer than two."""
    before = [
        c
        for c in sentence.children[token.index]
        if c < token.index and sentence.tokens[c].dep in PREMODIFIERS
    ]
    for child in before:
        before += [
            c for c in sentence.children[child] if sentence.tokens[c].dep == "conj" and c < token.index
        ]
    states = dict.fromkeys(
        name.state
        for at in sorted(before)
        if (name := inside.get(at)) and name.kind == "State" and name.state
    )
    return tuple(states) if len(states) > 1 else ()


def joins_before(sentence: Sentence, at: int) -> bool:
    """Whether the noun is one of two that "and" joins, though the parser hangs it below the other: "the state and M23 rebels"."""
    token = sentence.tokens[at]
    joined = any(sentence.tokens[child].dep == "cc" for child in sentence.children[at])
    return joined and token.pos == "NOUN" and token.dep in PREMODIFIERS and at < token.head


def holder_of(sentence: Sentence, at: int, authority: Authority) -> int:
    """The governor, for the province in "the governor of North Kivu province, Jean Dupont"; -1 where none is over it."""
    token = sentence.tokens[at]
    of = sentence.tokens[token.head]
    if token.dep != "pobj" or of.lemma != "of":
        return -1
    noun = authority.kind_of_head(sentence.tokens[of.head].text)
    return of.head if noun is not None and noun.kind == "Person" and not noun.plural else -1


def modifying_name(sentence: Sentence, token: Token, inside: Mapping[int, Name], first: int) -> Name | None:
    """The name of a group or body in the phrase: "M23" in "M23 rebels"; states are ties, not names."""
    for at in range(token.index - 1, first - 1, -1):
        name = inside.get(at)
        if (
            name is not None
            and (
                sentence.tokens[name.head].head == token.index
                or joins_before(sentence, sentence.tokens[name.head].head)
            )
            and name.kind not in ("State", "Population")
            and sentence.tokens[name.last + 1].text != "-"  # "al-Qaida-linked group"
        ):
            return name
    return None


def tied_state(sentence: Sentence, token: Token, inside: Mapping[int, Name], kind: str) -> str | None:
    """The state that a demonym or name in the phrase, or behind it, ties it to.

    "In" ties people and groups, but no armies: French troops in Mali are not Mali's.
    """
    prepositions = ("of",) if kind in ("ArmedForce", "Government", "Organisation") else ("of", "in")
    for child in sentence.children[token.index]:
        below, name = sentence.tokens[child], inside.get(child)
        if name is not None and name.state and (below.dep in PREMODIFIERS or below.dep == "poss"):
            return name.state
        if below.dep == "prep" and below.lemma in prepositions:
            for governed in sentence.children[child]:
                name = inside.get(governed)
                if name is not None and name.kind == "State" and name.state:
                    return name.state
        elif below.dep in PREMODIFIERS and below.tag not in ("VBN", "VBG"):
            for deeper in sentence.children[
                child
            ]:  # "French army chief"; but "Rwandan-backed rebels" are not Rwandan
                name = inside.get(deeper)
                if (
                    name is not None
                    and name.adjective
                    and sentence.tokens[deeper].dep in ("amod", "compound")
                ):
                    return name.state
    return None


def governor_of(sentence: Sentence, token: Token) -> tuple[int, str]:
    """What the phrase depends on, seen through preposition and coordination, and its own dependency label."""
    tokens = sentence.tokens
    for _ in range(LONGEST_LIST):
        if token.dep != "conj":
            break
        token = tokens[token.head]
    role, above = token.dep, tokens[token.head]
    if role == "pobj" and above.dep == "agent":
        role = "agent"
    if above.dep in ("prep", "agent", "dative") and above.index != token.index:
        above = tokens[above.head]
    return above.index, role
