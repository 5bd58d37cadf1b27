"""Which clauses share their time, and which tell a story."""

from kg.dating.hang import Heads
from kg.model import Sentence

SIMULTANEOUS = frozenset({"when", "as", "while", "whilst"})
MEANWHILE = frozenset({"at", "during", "in", "amid"})
WITHIN_CLAUSE = frozenset({"dobj", "nsubj", "nsubjpass", "xcomp", "conj", "attr", "ccomp"})
LOOKS_BACK = frozenset(  # verbs whose object was before them
    {
        "follow",
        "end",
        "commemorate",
        "mark",
        "recall",
        "remember",
        "avenge",
        "criticise",
        "criticize",
        "condemn",
        "denounce",
    }
)


def shares_time(here: Sentence, at: int, deeds: Heads) -> bool:
    """Whether what stands at `at` has the time of the clause above it, or of the deed that it is a clause about."""
    token = here.tokens[at]
    if token.dep == "relcl":
        return (here.index, token.head) in deeds
    if token.dep == "dobj":
        return here.tokens[token.head].lemma not in LOOKS_BACK
    if token.dep == "advcl" and _is_finite(here, at):
        return any(here.tokens[c].lemma in SIMULTANEOUS for c in here.children[at]) or _is_measured(here, at)
    if token.dep == "conj":
        verbs = ("VERB", "AUX")
        return token.pos not in verbs or token.head > at or here.tokens[token.head].pos in verbs
    return True


def in_clause(here: Sentence, at: int) -> bool:
    """Whether the token is part of the clause above it, as its argument or as what went on meanwhile ("at a summit in Oru")."""
    token = here.tokens[at]
    above = here.tokens[token.head]
    if token.head == at or token.dep == "dobj" and above.lemma in LOOKS_BACK:
        return False
    return token.dep in WITHIN_CLAUSE or token.lemma in MEANWHILE or above.lemma in MEANWHILE


def is_narrative(here: Sentence, at: int) -> bool:
    """Whether the clause is in the simple past: "the army took the town", "they were freed", not "had taken"."""
    if here.tokens[at].dep == "relcl":
        return False
    if here.tokens[at].tag == "VBD":
        return True
    helpers = [here.tokens[c] for c in here.children[at] if here.tokens[c].dep in ("aux", "auxpass")]
    return any(verb.tag == "VBD" and verb.lemma != "have" for verb in helpers)


def is_present(here: Sentence, at: int) -> bool:
    """As in "they announced that they are sending troops": said of the time of saying."""
    helpers = [here.tokens[c] for c in here.children[at] if here.tokens[c].dep in ("aux", "auxpass")]
    if any(verb.lemma == "have" for verb in helpers):
        return False
    return any(verb.tag in ("VBZ", "VBP") for verb in [here.tokens[at], *helpers])


def is_before_story(here: Sentence, at: int) -> bool:
    """As in "they had taken the town"."""
    helpers = [here.tokens[c] for c in here.children[at] if here.tokens[c].dep == "aux"]
    return any(verb.tag == "VBD" and verb.lemma == "have" for verb in helpers)


def _is_measured(here: Sentence, at: int) -> bool:
    """As in "A day after they handed the base back": the two are so near in time that one's date is the other's."""
    children = [here.tokens[child] for child in here.children[at]]
    return any(c.lemma in ("after", "before") for c in children) and any(
        c.dep == "npadvmod" and c.lemma in ("day", "hour", "minute") for c in children
    )


def _is_finite(here: Sentence, at: int) -> bool:
    return here.tokens[at].tag in ("VBD", "VBP", "VBZ") or any(
        here.tokens[child].tag in ("VBD", "VBP", "VBZ", "MD") for child in here.children[at]
    )
