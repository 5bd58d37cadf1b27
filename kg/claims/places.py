"""The grammatical place of a word under the word that governs it, by the names that the word tables use.

`clause` a finite complement, `inf` an infinitive with "to", `bare` one without, `ing` a gerund or participle, `obj`, `subj`, `is` (a
predicative complement), `mod` (a noun before a noun), any preposition, `adverbial`, `relative`, `participle` ("an accord signed …"),
`beside` (a clause set beside another, as in "the aim, it says, is peace") and `conj`.
"""

from collections.abc import Iterator

from kg.model import Sentence, Token

CONSTANT = {
    "dobj": "obj", "nsubjpass": "obj", "csubjpass": "obj", "nsubj": "subj", "csubj": "subj", "dative": "recipient",
    "attr": "is", "oprd": "is", "acomp": "is", "compound": "mod", "nmod": "mod", "amod": "mod", "poss": "poss",
    "appos": "appos", "conj": "conj", "parataxis": "beside", "advcl": "adverbial", "prep": "prep", "agent": "prep",
}  # fmt: skip
PREPOSITIONS = frozenset({"prep", "agent"})
DEFINITE = frozenset({"the", "this", "that", "these", "those", "both", "such"})
GOVERNED = frozenset({"pobj", "pcomp"})


def governor(here: Sentence, index: int) -> tuple[int, str]:
    """What governs the token and in which place; itself and no place for a root.

    What a preposition governs stands in the place of that name under the word on which the preposition hangs.
    """
    token = here.tokens[index]
    if token.head == index:
        return index, ""
    above = here.tokens[token.head]
    if token.dep in GOVERNED and above.head != above.index:
        name = _preposition(here, above)
        if above.dep == "prep" and here.tokens[above.head].dep in PREPOSITIONS:  # "out of", "because of"
            above = here.tokens[above.head]
        return above.head, name
    return token.head, _place(here, token)


def _preposition(here: Sentence, token: Token) -> str:
    """The preposition's name; in "instead of", "instead"."""
    before = here.tokens[token.index - 1] if token.index else token
    return "instead" if before.lemma == "instead" else token.lemma


def _place(here: Sentence, token: Token) -> str:
    if token.dep == "conj":
        return "conj"
    if token.dep in ("ccomp", "xcomp", "acl", "relcl", "advcl", "pcomp"):
        return _clause(here, token)
    return CONSTANT.get(token.dep, token.dep)


def _clause(here: Sentence, token: Token) -> str:
    tag, dep = token.tag, token.dep
    if has_to(here, token.index) and not is_finite(here, token.index):
        return "inf" if dep != "advcl" else "purpose"
    if dep == "advcl":
        return "adverbial"
    if dep == "relcl":
        return (
            "clause"
            if any(_is_conjunction(here.tokens[c]) for c in here.children[token.index])
            else "relative"
        )
    if dep == "acl":
        return (
            {"VBG": "ing", "VBN": "participle"}.get(tag, "clause")
            if not is_finite(here, token.index)
            else "clause"
        )
    if tag == "VBG" and not is_finite(here, token.index):
        return "ing"
    if dep == "xcomp":
        return {"VB": "bare", "VBN": "participle"}.get(tag, "is")
    return "clause"


def _is_conjunction(token: Token) -> bool:
    """Whether it is the "that" of a complement, which the parser calls a relative clause all the same."""
    return token.lemma == "that" and token.dep in ("mark", "advmod")


def has_to(here: Sentence, index: int) -> bool:
    """Whether the verb, or the auxiliary before it, is an infinitive with "to"."""
    return any(here.tokens[c].tag == "TO" for c in here.children[index])


def is_finite(here: Sentence, index: int) -> bool:
    """Whether the verb has a tense, by itself or by an auxiliary."""
    if here.tokens[index].tag in ("VBD", "VBZ", "VBP", "MD"):
        return True
    return any(
        here.tokens[c].dep in ("aux", "auxpass") and here.tokens[c].tag in ("VBD", "VBZ", "VBP", "MD")
        for c in here.children[index]
    )


def governed(here: Sentence, index: int) -> Iterator[tuple[str, int]]:
    """Everything in a place under the token, in text order: (place, head of what stands there)."""
    for child in here.children[index]:
        token = here.tokens[child]
        if token.dep in PREPOSITIONS:
            yield from _behind(here, child)
        else:
            yield _place(here, token), child


def _behind(here: Sentence, preposition: int) -> Iterator[tuple[str, int]]:
    name = _preposition(here, here.tokens[preposition])
    for child in here.children[preposition]:
        dep = here.tokens[child].dep
        if dep in GOVERNED:
            yield name, child
        elif dep == "prep" or dep == "conj" and here.tokens[child].pos in ("ADP", "SCONJ"):
            yield from _behind(here, child)


def is_state(here: Sentence, verb: Token) -> bool:
    """Whether a passive tells a state of mind and nobody's doing: "is convinced that"."""
    dependents = [here.tokens[c].dep for c in here.children[verb.index]]
    return "auxpass" in dependents and "agent" not in dependents


def is_new(here: Sentence, at: int) -> bool:
    """Whether the phrase brings up something not yet known: no name, no definite article, no owner."""
    if here.tokens[at].pos == "PROPN":
        return False
    return not any(
        here.tokens[c].dep == "poss" or here.tokens[c].dep == "det" and here.tokens[c].lemma in DEFINITE
        for c in here.children[at]
    )


def is_about_subject(here: Sentence, verb: int) -> bool:
    """Whether it is the verb of a relative clause about its own subject: "the army that seized power"."""
    subjects = [here.tokens[c] for c in here.children[verb] if here.tokens[c].dep in ("nsubj", "nsubjpass")]
    return bool(subjects) and all(t.tag in ("WDT", "WP") for t in subjects)


def is_apart(here: Sentence, verb: int) -> bool:
    """Whether the verb's clause is set beside another's words: "…, which the army denies", "… but the army denies it"."""
    token = here.tokens[verb]
    subjects = [c for c in here.children[verb] if here.tokens[c].dep == "nsubj"]
    named = any(here.tokens[c].pos in ("NOUN", "PROPN") for c in subjects)
    if token.dep == "relcl":
        first = min(here.subtree(verb))
        return here.tokens[first].tag in ("WDT", "WP") and here.tokens[first - 1].dep == "punct"
    bare = not any(here.tokens[c].dep == "mark" for c in here.children[verb])
    return token.dep == "conj" and named and bare and is_finite(here, verb)


def particle_verb(here: Sentence, index: int) -> str:
    """The lemma with its particle: "carry out", "call off"."""
    for child in here.children[index]:
        if here.tokens[child].dep == "prt":
            return f"{here.tokens[index].lemma} {here.tokens[child].lemma}"
    return here.tokens[index].lemma
