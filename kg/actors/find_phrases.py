"""Second step of `recognise`: the noun phrases and pronouns of a sentence that may speak of an actor."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg.actors.hints import Gender, gender_of, gender_of_name, hints
from kg.actors.proper_name import Name
from kg.actors.read_phrase import (
    DEFINITE,
    end_of_complement,
    first_of,
    governor_of,
    joined_states,
    joins_before,
    modification,
    modifying_name,
    of_complement,
    owner_of,
    tied_state,
)
from kg.authority import Authority, Head
from kg.model import BlockKind, Form, Sentence, Token

ARGUMENTS = frozenset(
    "nsubj nsubjpass dobj obj pobj poss appos attr conj ROOT dative oprd dep agent pcomp nmod npadvmod compound amod".split()
)
BARE_ROLES = frozenset(
    {"nsubj", "nsubjpass", "appos", "attr", "compound", "amod", "poss"}
)  # "President resigns", "rebel attack"
NO_PHRASES = frozenset({"DATE", "TIME", "MONEY", "PERCENT"})  # named entities
RELATIVE = frozenset({"who", "whom", "whose", "which", "that"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """A name, noun phrase or pronoun with what it tells about its actor."""

    sentence: int
    head: int  # token that fills the grammatical place
    first: int  # token, inclusive: the mention's beginning, without determiner and possessor
    last: int  # token, inclusive
    form: Form
    word: str  # head noun or pronoun, lower case
    lemma: str = ""  # head noun, singular
    kind: str = ""  # class of actors; empty where the words do not tell
    plural: bool = False
    collective: bool = False  # singular word for many: "army"
    definite: bool = False
    both: bool = False  # "both sides"
    number: str = ""  # the numeral that counts it, lower case
    gender: Gender = Gender.UNKNOWN
    name: Name | None = (
        None  # the name that it is, or for a noun phrase the name that modifies it ("M23 rebels")
    )
    state: str | None = None  # ISO 3166-1 alpha-3 of the state that a demonym or name in it ties it to
    adjective: str | None = None  # the same, of a demonym right before the noun
    joined: tuple[str, ...] = ()  # of "Malian and French troops" the states, where there are several
    modifiers: frozenset[str] = frozenset()
    owner: int = -1  # head token of its possessor; -1 without
    of: int = -1  # head token of what "of" governs; -1 without
    through: int = -1  # last token of what a preposition adds: "rebels in eastern Congo"; -1 without
    governor: int = -1  # the verb or noun that it depends on, through prepositions
    role: str = ""  # its dependency label, "agent" after the passive's "by"


def find_phrases(sentence: Sentence, names: Sequence[Name], authority: Authority) -> Iterator[Phrase]:
    """Phrases by the place of their head; a name inside a larger phrase stands for itself too."""
    inside = {at: name for name in names for at in range(name.first, name.last + 1)}
    for token in sentence.tokens:
        name = inside.get(token.index)
        if name is not None:
            if token.index == name.head:
                yield _named(sentence, token, inside, authority)
        elif token.tag in ("PRP", "PRP$") or token.tag in ("WP", "WDT", "WP$") and token.lemma in RELATIVE:
            yield _pronoun(sentence, token)
        elif token.dep in ARGUMENTS and token.entity not in NO_PHRASES:
            phrase = _nominal(sentence, token, inside, authority) or _those(sentence, token)
            if phrase is not None:
                yield phrase


def _named(sentence: Sentence, token: Token, inside: Mapping[int, Name], authority: Authority) -> Phrase:
    governor, role = governor_of(sentence, token)
    name = inside[token.index]
    return Phrase(
        sentence.index, token.index, name.first, name.last, Form.NAME, token.lemma,
        kind=name.kind, plural=name.kind == "Population" or token.tag == "NNPS" and name.kind != "State",
        gender=gender_of(name.title) or gender_of_name(name.text), name=name, state=name.state or tied_state(sentence, token, inside, name.kind),
        modifiers=_descriptor(sentence, name, authority), owner=owner_of(sentence, token), governor=governor, role=role,
    )  # fmt: skip


def _descriptor(sentence: Sentence, name: Name, authority: Authority) -> frozenset[str]:
    """The common noun right before a name that says what it is, and that it is armed: "magazine Jeune Afrique"."""
    if name.first == 0:
        return frozenset()
    token = sentence.tokens[name.first - 1]
    above = sentence.tokens[name.head]
    twin = (
        token.dep == above.dep and token.head == above.head
    )  # "the magazine Jeune Afrique", both taken for the subject
    beside = token.dep in ("compound", "nmod", "appos") or token.head == name.head or twin
    known = token.pos == "NOUN" and beside and noun_of(authority, sentence, token) is not None
    if not known:
        return frozenset()
    before = (sentence.tokens[child].text.lower() for child in sentence.children[token.index])
    return frozenset({token.text.lower(), *(word for word in before if word in hints("armed"))})


def _pronoun(sentence: Sentence, token: Token) -> Phrase:
    governor, role = governor_of(sentence, token)
    at, word = token.index, token.text.lower()
    return Phrase(sentence.index, at, at, at, Form.PRONOUN, word, governor=governor, role=role)


def noun_of(authority: Authority, sentence: Sentence, token: Token) -> Head | None:
    """What is known of the noun, or of it with the word before: "news agency"."""
    word = _hyphenated(sentence, token)
    before = sentence.tokens[token.index - 1] if token.index else None
    two = f"{before.text.lower()} {word}" if before is not None and before.head == token.index else ""
    if two in hints("substance"):
        return None
    known = two and authority.kind_of_head(two) or authority.kind_of_head(word)
    if known is None and token.pos == "NOUN":
        if token.lemma == "side" and _two_sides(sentence, token):
            return Head("side", "Organisation", True, False, False)
        if token.lemma in hints("person") or two and two.removesuffix("s") in hints("person"):
            return Head(token.lemma, "Person", token.tag == "NNS", False, False)
    return known or None


def _hyphenated(sentence: Sentence, token: Token) -> str:
    """The noun in lower case, with what a hyphen ties to it: "president-elect"."""
    at = token.index
    if at < 2 or sentence.tokens[at - 1].text != "-" or sentence.tokens[at - 2].pos not in ("NOUN", "PROPN"):
        return token.text.lower()
    whole = sentence.span(at - 2, at).text.lower()
    return token.text.lower() if " " in whole else whole


def _two_sides(sentence: Sentence, token: Token) -> bool:
    before = modification(sentence, token, {})
    return before.both or before.number == "two"


def _nominal(
    sentence: Sentence, token: Token, inside: Mapping[int, Name], authority: Authority
) -> Phrase | None:
    of = of_complement(sentence, token)
    if (
        token.pos == "NUM"
        or token.lemma in hints("quantity")
        or of >= 0
        and token.lemma in hints("partitive")
    ):
        return (
            _counted(sentence, token, of, inside, authority)
            if of >= 0
            else _number_alone(sentence, token, token.index)
        )
    noun = noun_of(authority, sentence, token)
    if noun is None or not _is_actor(sentence, token, noun, inside):
        return None
    return _common(sentence, token, noun, of, inside)


def _is_actor(sentence: Sentence, token: Token, noun: Head, inside: Mapping[int, Name]) -> bool:
    """Whether the noun stands for somebody here, and not for a quality or as a part of another phrase."""
    if noun.kind == "Person" and _describes_next(sentence, token, inside):
        return False
    if noun.noun.lower() in hints("speaks") and sentence.tokens[token.head].lemma not in hints("speech") | {
        "to",
        "by",
    }:
        return False  # "energy sources"
    if noun.noun.lower() in hints("seldom") and not any(
        child in inside for child in sentence.children[token.index]
    ):
        return False
    if _bare(sentence, token) and not noun.plural and token.dep not in BARE_ROLES:
        in_list = noun.collective and token.dep == "conj"
        if sentence.kind is not BlockKind.HEADING and not in_list:
            return False
    return _stands_alone(sentence, token, noun, inside)


def _describes_next(sentence: Sentence, token: Token, inside: Mapping[int, Name]) -> bool:
    """A title or trade right before a person's name: "lawmaker and artist Phyo Zeya Thaw"."""
    after = inside.get(token.index + 1)
    return after is not None and after.kind == "Person" and token.dep in ("compound", "nmod", "conj")


def _stands_alone(sentence: Sentence, token: Token, noun: Head, inside: Mapping[int, Name]) -> bool:
    """Whether a noun before another noun is an actor of its own: "junta spokesman", but not "rebel fighters"."""
    if token.pos == "ADJ":
        return noun.kind == "ArmedGroup" if token.dep == "amod" else token.dep not in ("oprd", "acomp")
    if joins_before(sentence, token.index):
        return noun.kind in ("State", "Government", "ArmedForce", "ArmedGroup")
    if token.dep not in ("compound", "nmod", "npadvmod", "amod"):
        return token.pos in ("NOUN", "PROPN", "PRON", "X")
    name = inside.get(token.head)
    if name is not None and not (name.kind == "Person" and token.index < name.first - 1):  # what the name is
        return False
    if noun.kind == "ArmedGroup" and sentence.tokens[token.head].lemma in hints("group"):
        return False
    if noun.kind == "InternationalBody":  # "coalition air strikes", but not "coalition government"
        return sentence.tokens[token.head].lemma in hints("force of arms")
    return (
        noun.kind in ("Government", "ArmedForce", "ArmedGroup")
        and token.lemma != "force"
        or token.lemma == "police"
    )


def _bare(sentence: Sentence, token: Token) -> bool:
    below = {sentence.tokens[child].dep for child in sentence.children[token.index]}
    return not below & {"det", "poss", "amod", "compound", "nummod", "nmod"}


def _number_alone(sentence: Sentence, token: Token, last: int) -> Phrase | None:
    """People, in "43 were killed", "drove hundreds of thousands from their homes", "the two agreed"."""
    if token.dep not in ("nsubj", "nsubjpass", "dobj") or token.entity not in ("CARDINAL", ""):
        return None
    if token.dep != "nsubjpass" and sentence.tokens[token.head].lemma in hints("counts"):
        return None
    governor, role = governor_of(sentence, token)
    pair = token.lemma == "two" and modification(sentence, token, {}).definite
    return Phrase(
        sentence.index, token.index, first_of(sentence, token), last, Form.NOMINAL, token.lemma, token.lemma, "Population",
        plural=True, definite=pair, both=pair, number=token.text.lower(), governor=governor, role=role,
    )  # fmt: skip


def _those(sentence: Sentence, token: Token) -> Phrase | None:
    """People told by what they do or suffer: "those responsible", "those behind the attack", "those detained"."""
    below = [sentence.tokens[child] for child in sentence.children[token.index]]
    told = any(t.dep in ("acl", "relcl", "amod") or t.dep == "prep" and t.lemma == "behind" for t in below)
    part = sentence.tokens[token.head].lemma in (
        "among",
        "of",
    )  # "among those killed was" tells of one of them
    if (
        part
        or token.text.lower() != "those"
        or token.dep not in ("nsubj", "nsubjpass", "dobj", "pobj", "agent")
        or not told
    ):
        return None
    governor, role = governor_of(sentence, token)
    after = next(
        (t.index for t in below if t.index == token.index + 1 and t.dep in ("acl", "amod")), token.index
    )
    return Phrase(
        sentence.index, token.index, token.index, after, Form.NOMINAL, "those", "those", "Population", plural=True,
        number="those", through=end_of_complement(sentence, token), governor=governor, role=role,
    )  # fmt: skip


def _counted(
    sentence: Sentence, token: Token, of: int, inside: Mapping[int, Name], authority: Authority
) -> Phrase | None:
    """As "thousands of people"; "many of these rebels" are told by "rebels"."""
    below = sentence.tokens[of]
    if token.lemma in hints("quantity") and below.lemma in hints("quantity"):
        deeper = of_complement(sentence, below)
        if deeper < 0:
            return _number_alone(sentence, token, below.index)
        below = sentence.tokens[deeper]
    if any(
        sentence.tokens[c].lemma in DEFINITE or sentence.tokens[c].dep == "poss"
        for c in sentence.children[below.index]
    ):
        return None
    counted, name = noun_of(authority, sentence, below), inside.get(below.index)
    if counted is None and not (name is not None and name.kind == "Population"):
        return None
    if (
        counted is not None
        and not (counted.plural or counted.collective)
        or counted
        and counted.kind in ("Place", "State")
    ):
        return None
    kind = "Population" if counted is None or counted.kind == "Person" else counted.kind
    governor, role = governor_of(sentence, token)
    return Phrase(
        sentence.index, token.index, first_of(sentence, token), below.index, Form.NOMINAL, below.text.lower(), below.lemma, kind,
        plural=True, number=token.text.lower(), state=tied_state(sentence, below, inside, kind), governor=governor, role=role,
    )  # fmt: skip


def _common(sentence: Sentence, token: Token, noun: Head, of: int, inside: Mapping[int, Name]) -> Phrase:
    first = first_of(sentence, token)
    before = modification(sentence, token, inside)
    owner = owner_of(sentence, token)
    kind = _armed(sentence, noun.kind, first, token.index)
    known = noun.collective and (
        token.dep == "compound" or token.pos == "PROPN"
    )  # "army chief", "Parliament"
    governor, role = governor_of(sentence, token)
    return Phrase(
        sentence.index, token.index, first, token.index, Form.NOMINAL, token.text.lower(), noun.noun.lower(), kind,
        plural=noun.plural or token.tag in ("NNS", "NNPS"), collective=noun.collective,
        definite=before.definite or owner >= 0 or known, both=before.both, number=before.number,
        gender=gender_of(token.text), name=modifying_name(sentence, token, inside, first),
        state=_tied(sentence, token, inside, kind), adjective=before.adjective, joined=joined_states(sentence, token, inside), modifiers=before.words, owner=owner, of=of,
        through=end_of_complement(sentence, token), governor=governor, role=role,
    )  # fmt: skip


def _tied(sentence: Sentence, token: Token, inside: Mapping[int, Name], kind: str) -> str | None:
    """Its state, for "police" in "an Italian police officer" the officer's."""
    state = tied_state(sentence, token, inside, kind)
    return state or (
        tied_state(sentence, sentence.tokens[token.head], inside, kind) if token.dep == "compound" else None
    )


def _armed(sentence: Sentence, kind: str, first: int, end: int) -> str:
    """A "rebel coalition", "militia group" or "Islamist forces" is an armed group."""
    if kind in ("Organisation", "InternationalBody", "ArmedForce"):
        if any(token.text.lower() in hints("armed") for token in sentence.tokens[first:end]):
            return "ArmedGroup"
    return kind
