"""Second step of `recognise`: the noun phrases and pronouns of a sentence that may speak of an actor."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg.authority import Authority, Head
from kg.hints import Gender, gender_of, hints
from kg.find_names import PREMODIFIERS, Name
from kg.model import BlockKind, Form, Sentence, Token

ARGUMENTS = frozenset(
    "nsubj nsubjpass dobj obj pobj poss appos attr conj ROOT dative oprd dep agent pcomp nmod npadvmod compound amod".split()
)
DEFINITE = frozenset({"the", "this", "that", "these", "those", "both"})
# Nouns before "of" that count what follows it; the phrase speaks of that (Huddleston & Pullum 2002, 5.3.3)
PARTITIVE = frozenset(
    "number lot plenty majority rest couple dozen hundred thousand million ten score group handful pair crowd band part "
    "some many several most all none half quarter third series string range variety coalition alliance rest hundreds "
    "thousands millions dozens tens scores".split()
)
QUANTITIES = frozenset("dozen hundred thousand million ten score billion".split())
LONGEST_COMPLEMENT = 6  # tokens
INSIDE = frozenset({"ADP", "DET", "ADJ", "NOUN", "PROPN", "PART", "NUM"})
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
    kind: str = ""  # class of actors; empty where the words do not tell
    plural: bool = False
    collective: bool = False  # singular word for many: "army"
    definite: bool = False
    gender: Gender = Gender.UNKNOWN
    name: Name | None = (
        None  # the name that it is, or for a noun phrase the name that modifies it ("M23 rebels")
    )
    state: str | None = None  # the state that a demonym or name in it ties it to
    owner: int = -1  # head token of its possessor; -1 without
    governor: int = -1  # the verb or noun that it depends on, through prepositions
    role: str = ""  # its dependency label, through prepositions "pobj"
    modifiers: frozenset[str] = frozenset()
    number: str = ""  # the numeral that counts it, lower case
    both: bool = False  # "both sides"
    through: int = -1  # last token of what a preposition adds: "rebels in eastern Congo"; -1 without
    lemma: str = ""  # head noun, singular


def find_phrases(sentence: Sentence, names: Sequence[Name], authority: Authority) -> Iterator[Phrase]:
    """Phrases by the place of their head; a name inside a larger phrase stands for itself too."""
    inside = {at: name for name in names for at in range(name.first, name.last + 1)}
    for token in sentence.tokens:
        name = inside.get(token.index)
        if name is not None:
            if token.index == name.head:
                yield _named(sentence, token, name, inside, authority)
        elif token.tag in ("PRP", "PRP$") or token.lemma in RELATIVE and token.tag in ("WP", "WDT", "WP$"):
            yield _pronoun(sentence, token)
        elif (phrase := _nominal(sentence, token, inside, authority)) is not None:
            yield phrase


def _named(
    sentence: Sentence, token: Token, name: Name, inside: Mapping[int, Name], authority: Authority
) -> Phrase:
    governor, role = governor_of(sentence, token)
    state = name.state or _tie(sentence, token, inside, name.kind)
    before = descriptor(sentence, name, authority)
    plural = name.kind == "Population" or token.tag in ("NNPS",) and name.kind != "State"
    return Phrase(
        sentence.index, token.index, name.first, name.last, Form.NAME, token.lemma, name.kind, plural, governor=governor,
        role=role, name=name, state=state, owner=_owner(sentence, token),
        gender=gender_of(name.title) if name.title else Gender.UNKNOWN,
        modifiers=frozenset({before}) if before else frozenset(),
    )  # fmt: skip


def descriptor(sentence: Sentence, name: Name, authority: Authority) -> str:
    """The common noun right before a name that says what it is: "magazine Jeune Afrique"."""
    at = name.first - 1
    if at < 0:
        return ""
    token = sentence.tokens[at]
    if token.pos != "NOUN" or token.dep not in ("compound", "nmod", "appos") and token.head != name.head:
        return ""
    return token.text.lower() if noun_of(authority, sentence, token) else ""


def _pronoun(sentence: Sentence, token: Token) -> Phrase:
    governor, role = governor_of(sentence, token)
    return Phrase(
        sentence.index,
        token.index,
        token.index,
        token.index,
        Form.PRONOUN,
        token.text.lower(),
        governor=governor,
        role=role,
    )


def noun_of(authority: Authority, sentence: Sentence, token: Token) -> Head | None:
    """What the authority knows of the noun, or of it with the word before: "news agency"."""
    word = token.text.lower()
    if token.index > 0 and sentence.tokens[token.index - 1].head == token.index:
        both = authority.kind_of_head(f"{sentence.tokens[token.index - 1].text.lower()} {word}")
        if both is not None:
            return both
    known = authority.kind_of_head(word)
    if (
        known is None
        and token.pos == "NOUN"
        and (token.lemma in hints("person") or _two_words(sentence, token) in hints("person"))
    ):
        return Head(token.lemma, "Person", token.tag == "NNS", False, False)
    return known


def _two_words(sentence: Sentence, token: Token) -> str:
    return f"{sentence.tokens[token.index - 1].text.lower()} {token.lemma}" if token.index else ""


def _nominal(
    sentence: Sentence, token: Token, inside: Mapping[int, Name], authority: Authority
) -> Phrase | None:
    if token.dep not in ARGUMENTS or token.entity in ("DATE", "TIME", "MONEY", "PERCENT"):
        return None
    noun = noun_of(authority, sentence, token)
    after = inside.get(token.index + 1)
    if (
        after is not None
        and after.kind == "Person"
        and token.dep in ("compound", "nmod", "conj")
        and noun is not None
        and noun.kind == "Person"
    ):
        return None
    if (
        token.pos == "NUM"
        or token.lemma in QUANTITIES
        or token.lemma in PARTITIVE
        and _of(sentence, token) >= 0
    ):
        return _quantity(sentence, token, inside, authority)
    if noun is not None and noun.noun.lower() in hints("seldom") and _bare_common(sentence, token, inside):
        return None
    if noun is None or not _stands_alone(sentence, token, noun, inside):
        return None
    if (
        _bare(sentence, token)
        and not noun.plural
        and token.dep not in ("nsubj", "nsubjpass", "appos", "attr", "compound", "amod", "poss")
    ):
        if sentence.kind is not BlockKind.HEADING and not (noun.collective and token.dep == "conj"):
            return None
    return _build(sentence, token, noun, inside, authority)


def _stands_alone(sentence: Sentence, token: Token, noun: Head, inside: Mapping[int, Name]) -> bool:
    """Whether a noun before another noun is an actor of its own: "junta spokesman", but not "rebel fighters"."""
    if token.dep == "amod" or token.pos == "ADJ":
        return token.dep != "amod" or noun.kind == "ArmedGroup" or token.tag.startswith("N")
    if token.dep not in ("compound", "nmod", "npadvmod"):
        return token.pos in ("NOUN", "PROPN", "PRON", "ADJ", "X")
    name = inside.get(token.head)
    if name is not None and not (name.kind == "Person" and token.index < name.first - 1):  # what the name is
        return False
    above = sentence.tokens[token.head]
    if noun.kind == "ArmedGroup" and above.lemma in hints("group"):
        return False
    return (
        noun.kind in ("Government", "ArmedForce", "ArmedGroup")
        and token.lemma not in ("state", "force")
        or token.lemma == "police"
    )


def _bare(sentence: Sentence, token: Token) -> bool:
    return not any(
        sentence.tokens[c].dep in ("det", "poss", "amod", "compound", "nummod", "nmod")
        for c in sentence.children[token.index]
    )


def _bare_common(sentence: Sentence, token: Token, inside: Mapping[int, Name]) -> bool:
    """No name in the phrase: "bodies", "a legal foundation", unlike "the Gates Foundation"."""
    return not any(child in inside for child in sentence.children[token.index])


def _of(sentence: Sentence, token: Token) -> int:
    """The head of what "of" governs behind the token; -1 without."""
    for child in sentence.children[token.index]:
        if sentence.tokens[child].dep == "prep" and sentence.tokens[child].lemma == "of":
            for below in sentence.children[child]:
                if sentence.tokens[below].dep == "pobj":
                    return below
    return -1


def _quantity(
    sentence: Sentence, token: Token, inside: Mapping[int, Name], authority: Authority
) -> Phrase | None:
    """ "Thousands of people", "43 were killed"."""
    of = _of(sentence, token)
    governor, role = governor_of(sentence, token)
    first = _first(sentence, token)
    if of < 0:
        if token.dep not in ("nsubj", "nsubjpass", "dobj") or token.entity not in ("CARDINAL", ""):
            return None
        if token.dep != "nsubjpass" and sentence.tokens[token.head].lemma in (
            "be",
            "reach",
            "rise",
            "have",
            "total",
        ):
            return None
        both = token.lemma == "two" and any(
            sentence.tokens[c].lemma == "the" for c in sentence.children[token.index]
        )
        return Phrase(
            sentence.index, token.index, first, token.index, Form.NOMINAL, token.lemma, "Population", True,
            definite=both, governor=governor, role=role, number=token.text.lower(), both=both, lemma=token.lemma,
        )  # fmt: skip
    below = sentence.tokens[of]
    if token.lemma in QUANTITIES and sentence.tokens[of].lemma in QUANTITIES and not inside.get(of):
        deeper = _of(sentence, below)
        below = sentence.tokens[deeper] if deeper >= 0 else below
    if any(
        sentence.tokens[c].lemma in DEFINITE or sentence.tokens[c].dep == "poss"
        for c in sentence.children[below.index]
    ):
        return None  # "many of these rebels" are the rebels
    counted = noun_of(authority, sentence, below)
    name = inside.get(below.index)
    people = name is not None and name.kind == "Population" or below.lemma in QUANTITIES
    if (
        counted is None
        and not people
        or counted is not None
        and not counted.plural
        and not counted.collective
    ):
        return None
    kind = _plural_kind(counted) if counted else "Population"
    if kind in ("Place", "State"):
        return None
    return Phrase(
        sentence.index, token.index, first, below.index, Form.NOMINAL, below.text.lower(), kind, True,
        governor=governor, role=role, number=token.text.lower(), lemma=below.lemma, state=_tie(sentence, below, inside, kind),
    )  # fmt: skip


def _plural_kind(noun: Head) -> str:
    return "Population" if noun.kind == "Person" else noun.kind


def _build(
    sentence: Sentence, token: Token, noun: Head, inside: Mapping[int, Name], authority: Authority
) -> Phrase:
    tokens = sentence.tokens
    governor, role = governor_of(sentence, token)
    modifiers, number, definite, both = set(), "", False, False
    for child in sentence.children[token.index]:
        below = tokens[child]
        if below.dep in ("amod", "compound", "nmod") and child < token.index and child not in inside:
            modifiers.add(below.text.lower())
        elif below.dep in ("amod", "compound", "nmod") and child < token.index and not inside[child].state:
            modifiers.update(inside[child].text.lower().split())
        elif below.dep == "nummod":
            number = below.text.lower()
        elif below.dep == "det" or below.dep == "predet":
            definite |= below.lemma in DEFINITE
            both |= below.lemma == "both"
    owner = _owner(sentence, token)
    first = _first(sentence, token)
    before = {below.text.lower() for below in tokens[first : token.index]}
    kind = (
        "ArmedGroup"
        if noun.kind in ("Organisation", "InternationalBody", "ArmedForce") and before & hints("armed")
        else noun.kind
    )
    definite |= noun.collective and (token.dep == "compound" or token.pos == "PROPN")
    return Phrase(
        sentence.index, token.index, first, token.index, Form.NOMINAL, token.text.lower(), kind,
        noun.plural or token.tag in ("NNS", "NNPS"), noun.collective, definite or owner >= 0, gender_of(token.text.lower()),
        _modifying_name(sentence, token, inside, first), _tie(sentence, token, inside, kind), owner, governor, role,
        frozenset(modifiers), number, both, _through(sentence, token), noun.noun.lower(),
    )  # fmt: skip


def _through(sentence: Sentence, token: Token) -> int:
    """Where the prepositional phrase right behind the noun ends, if it is short and unbroken."""
    tokens = sentence.tokens
    after = token.index + 1
    if after >= len(tokens) or tokens[after].dep != "prep" or tokens[after].head != token.index:
        return -1
    end = after
    while (
        end + 1 < len(tokens)
        and end - after < LONGEST_COMPLEMENT
        and tokens[end + 1].pos in INSIDE
        and tokens[end + 1].head >= token.index
    ):
        end += 1
    return end if tokens[end].pos in ("NOUN", "PROPN") else -1


def _owner(sentence: Sentence, token: Token) -> int:
    for child in sentence.children[token.index]:
        if sentence.tokens[child].dep == "poss":
            return child
    return -1


def _first(sentence: Sentence, token: Token) -> int:
    """Where the phrase begins, without determiner, possessor and what stands before them."""
    tokens = sentence.tokens
    first = token.index
    after = -1
    for child in sentence.children[token.index]:
        if child < token.index and tokens[child].dep in (
            "det",
            "poss",
            "predet",
            "punct",
            "case",
            "cc",
            "preconj",
            "advmod",
            "relcl",
            "acl",
            "prep",
        ):
            after = max(after, child)
    for child in sentence.children[token.index]:
        if after < child < token.index and tokens[child].dep not in ("nsubj", "aux", "mark"):
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


def _modifying_name(sentence: Sentence, token: Token, inside: Mapping[int, Name], first: int) -> Name | None:
    """The name of a group or body in the phrase: "M23" in "M23 rebels"; states are ties, not names."""
    for at in range(token.index - 1, first - 1, -1):
        name = inside.get(at)
        if (
            name is not None
            and sentence.tokens[name.head].head == token.index
            and name.kind not in ("State", "Population")
        ):
            return name
    return None


def _tie(sentence: Sentence, token: Token, inside: Mapping[int, Name], kind: str) -> str | None:
    """The state that a demonym or name in the phrase, or after "of", ties it to."""
    prepositions = ("of",) if kind in ("ArmedForce", "Government", "Organisation") else ("of", "in")
    for child in sentence.children[token.index]:
        below = sentence.tokens[child]
        name = inside.get(child)
        if name is not None and name.state and below.dep in (*PREMODIFIERS, "poss"):
            return name.state
        if below.dep == "prep" and below.lemma in prepositions:
            for pobj in sentence.children[child]:
                name = inside.get(pobj)
                if name is not None and name.kind == "State" and name.state:
                    return name.state
        if below.dep in ("compound", "amod", "nmod"):
            for deeper in sentence.children[child]:
                name = inside.get(deeper)
                if (
                    name is not None
                    and name.adjective
                    and name.state
                    and sentence.tokens[deeper].dep in ("amod", "compound")
                ):
                    if below.tag not in ("VBN", "VBG"):
                        return name.state
    return None


def governor_of(sentence: Sentence, token: Token) -> tuple[int, str]:
    """What the phrase depends on, seen through its preposition and coordination, and its own dependency label."""
    tokens = sentence.tokens
    role = token.dep
    steps = 0
    while token.dep == "conj" and steps < 20:
        token = tokens[token.head]
        role = token.dep
        steps += 1
    above = tokens[token.head]
    if role == "pobj" and above.dep == "agent":
        role = "agent"
    if above.dep in ("prep", "agent", "dative") and above.index != token.index:
        above = tokens[above.head]
    return above.index, role
