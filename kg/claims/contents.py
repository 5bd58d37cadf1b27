"""What a cue of attribution governs: the clauses and phrases that somebody is told to have said.

Besides the plain places this mends what the parser often hangs elsewhere: "accuse the army of spying" with the rest on the noun,
"he said on Monday, troops left" with the content as an adverbial, "…, the minister said" behind a long sentence.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kg.claims.cues import Places
from kg.claims.places import governed, governor, is_finite
from kg.model import Event, Sentence, Token

PUNCTUATION = frozenset(".,;:!?–—-")
ENDING = frozenset(
    {",", '"', "”", "’", "'", "''", "?", "!", "»", "–", "—", "-"}
)  # what stands before "he said"
ASIDE = frozenset(
    {"appos", "npadvmod", "dep", "dobj"}
)  # how "…, a claim he denies" hangs on what it is about
VIEWPOINT = frozenset({"by", "in", "on", "to"})  # "by the army's account", "in the view of the UN"
AROUND = "around"  # the place of the clause beside which "by the army's account" is set
BEFORE = (
    "before"  # the place of the clause on which a noun comments: "troops came, a claim that Kigali denies"
)
LAID = "laid"  # the place of a deed for which another answers: "blamed the raid on rebels", "attributed it to them"
LAID_ON = frozenset({"on", "to"})
LATER = frozenset({"after", "as", "while"})  # begin what the writer adds to somebody's words
CIRCUMSTANCE = frozenset({"at", "in", "on", "during"})  # "said in a letter that", "reported at the time that"
ANY = "*"  # the place of what the lexicon calls the content of a speech event where the class's table does not know the place


class Content(NamedTuple):
    """The head of something that is said."""

    head: int
    place: str
    excluded: int = -1  # the child of the head through which the cue itself hangs there


def contents(here: Sentence, cue: Token, places: Places, event: Event | None) -> list[Content]:
    """What stands in the places that the cue's rows name; in text order, without what they give no effect where others have one."""
    if is_according(cue) or cue.pos == "ADP":
        found = list(_according(here, cue))
    else:
        found = [
            *_governed(here, cue, places),
            *(_of_adjective(here, cue, places) if cue.pos == "ADJ" else ()),
        ]
    if cue.pos == "NOUN" and (AROUND in places or BEFORE in places):
        found = list(_around(here, cue, places)) or found
    if not found and cue.pos == "NOUN" and "clause" in places:
        found = [*_predicated(here, cue), *_passed_on(here, cue)]
    if not found and event and event.content:
        found = list(_within(here, event))
    told = [c for c in found if places.get(c.place)]
    if event and any(
        c.place == "with" for c in told
    ):  # "threatens Rwanda with war", but "urges Rwanda to leave"
        told = [c for c in told if not _is_target(here, c, event)]
    return told or found


def _is_target(here: Sentence, content: Content, event: Event) -> bool:
    """Whether it is the one threatened, not what he is threatened with."""
    at = here.tokens[content.head].start
    return content.place == "obj" and any(p.start <= at < p.end for p in event.targets)


def is_according(token: Token) -> bool:
    """Whether the token is the "according" of "according to"."""
    return token.text.lower() == "according"


def named_by(here: Sentence, preposition: Token) -> list[int]:
    """The name, or noun with an article, behind a preposition: in "per Reuters", "per a report", not in "per day"."""
    if preposition.dep != "prep":
        return []
    nouns = [here.tokens[c] for c in here.children[preposition.index] if here.tokens[c].dep == "pobj"]
    return [
        t.index
        for t in nouns
        if t.pos == "PROPN" or any(here.tokens[c].dep == "det" for c in here.children[t.index])
    ]


def fronted(here: Sentence, cue: Token, found: Sequence[Content]) -> Iterator[int]:
    """What the content begins with, where the parser hangs it on the cue: "he said apart from ten who died, all fled"."""
    told = next((c.head for c in found if c.place == "clause" and c.head > cue.index), -1)
    if told < 0 or any(here.tokens[c].dep == "mark" for c in here.children[told]):
        return
    for _, head in governed(here, cue.index):
        if cue.index < head < told and any(here.tokens[i].text == "," for i in range(head + 1, told)):
            yield head


def trails(here: Sentence, cue: Token, found: Sequence[Content]) -> int:
    """Where "…, the minister said" begins, if the cue comes last; 0 where it does not."""
    subjects = [c for c in here.children[cue.index] if here.tokens[c].dep == "nsubj"]
    if cue.pos != "VERB" or not subjects or any(c.head > cue.index for c in found):
        return 0
    left = _begins(here, cue, subjects[0])
    if left < 2 or here.tokens[left - 1].text not in ENDING:
        return 0
    return left if found or any(_tells(here, cue, here.tokens[i]) for i in range(left)) else 0


def stretch(here: Sentence, head: int, without: int = -1) -> tuple[int, int]:
    """The characters from the first to the last word below the head, less those below `without` and outer punctuation."""
    inside = sorted(set(here.subtree(head)) - set(_afterthought(here, head)))
    if without == head:  # the parser has made "according" the root: what it says stands behind the comma
        comma = next((i for i in inside if here.tokens[i].text == ","), -1)
        inside = [i for i in inside if i > comma] or inside
    elif without in inside:
        inside = _less(here, inside, frozenset(here.subtree(without)))
    else:  # "the drone which the junta said it shot down"
        inside = [i for i in inside if i > without or here.tokens[i].tag not in ("WDT", "WP")] or inside
    return words(here, inside)


def _less(here: Sentence, inside: Sequence[int], below: frozenset[int]) -> list[int]:
    """The words without the phrase, and without the "however" or "that" before it."""
    before = [i for i in inside if i < min(below)]
    if all(here.tokens[i].pos in ("ADV", "CCONJ", "PUNCT") or here.tokens[i].tag == "WDT" for i in before):
        before = []
    return [*before, *(i for i in inside if i > min(below) and i not in below)] or list(inside)


def _afterthought(here: Sentence, head: int) -> Iterator[int]:
    """The writer's own clause behind the last comma: "said he was back, after the army had …", ", raising fears", ", located in …"."""
    last = max(here.subtree(head))
    for at in here.subtree(head):
        first = min(here.subtree(at))
        if first <= head or here.tokens[first - 1].text != ",":
            continue
        ends = here.tokens[at].dep in ("acl", "relcl") and max(here.subtree(at)) >= last - 1
        if ends or here.tokens[at].head == head and _is_added(here, at, first):
            yield from here.subtree(at)


def _is_added(here: Sentence, clause: int, first: int) -> bool:
    """Whether an adverbial clause tells what happened later or meanwhile, or what came of it."""
    if here.tokens[clause].dep != "advcl":
        return False
    marks = {here.tokens[c].lemma for c in here.children[clause] if here.tokens[c].dep == "mark"}
    return (
        is_finite(here, clause) and bool(marks & LATER) or here.tokens[first].tag == "VBG" and first == clause
    )


def words(here: Sentence, tokens: Sequence[int]) -> tuple[int, int]:
    """The characters from the first to the last of the tokens, in order, without punctuation at either end."""
    first, last = 0, len(tokens) - 1
    while last > first and here.tokens[tokens[last]].text in PUNCTUATION:
        last -= 1
    while last > first and here.tokens[tokens[first]].text in PUNCTUATION:
        first += 1
    return here.tokens[tokens[first]].start, here.tokens[tokens[last]].end


def _governed(here: Sentence, cue: Token, places: Places) -> Iterator[Content]:
    found = False
    own = {place for place, _ in governed(here, cue.index)}
    elsewhere = {place: effect for place, effect in places.items() if effect and place not in own}
    for place, head in governed(here, cue.index):
        place = _mended(here, cue, place, head)
        if place == "inf" and "for" in places and _is_for(here, head):  # "called for him to resign"
            place = "for"
        if place == "obj" and LAID in places and _is_laid(here, cue, head):
            place = LAID
        if place == "clause" and head < cue.index and _is_another(here, head, cue.index):
            continue
        if place in places:
            found = True
            yield Content(head, place)
        if place in ("obj", "recipient") or here.tokens[head].dep == "pobj":
            yield from _behind(here, head, elsewhere, place)
    if not found and "clause" in places and cue.pos == "VERB":
        yield from _beside(here, cue)


def _according(here: Sentence, cue: Token) -> Iterator[Content]:
    """The clause to which "according to" belongs, less the phrase itself."""
    at, below = _verb_above(here, cue.index)
    yield Content(at, cue.lemma if cue.pos == "ADP" and not is_according(cue) else "to", below)


def _verb_above(here: Sentence, index: int) -> tuple[int, int]:
    """The verb to which the word belongs, and the child through which; -1 for that where the word is the root."""
    at, below = here.tokens[index].head, index
    while here.tokens[at].pos not in ("VERB", "AUX") and here.tokens[at].head != at:
        at, below = here.tokens[at].head, at
    return at, below if at != index else -1


def _around(here: Sentence, noun: Token, places: Places) -> Iterator[Content]:
    """The clause beside which the noun is set: "by the army's account, …", "…, a claim that Kigali denies"."""
    if AROUND in places and _is_viewpoint(here, noun):
        place = AROUND
    elif BEFORE in places and _comments(here, noun):
        place = BEFORE
    else:
        return
    at, through = _verb_above(here, noun.index)
    yield Content(at, place, through)


def _is_viewpoint(here: Sentence, noun: Token) -> bool:
    below = (here.tokens[c] for c in here.children[noun.index])
    owned = any(t.dep == "poss" or t.dep == "prep" and t.lemma == "of" for t in below)
    return owned and noun.dep == "pobj" and here.tokens[noun.head].lemma in VIEWPOINT


def _comments(here: Sentence, noun: Token) -> bool:
    first = min(here.subtree(noun.index))
    new = here.tokens[first].lemma in ("a", "an")
    return noun.dep in ASIDE and new and here.tokens[first - 1].text == ","


def _predicated(here: Sentence, noun: Token) -> Iterator[Content]:
    """In "the theory is that …", "one version has it that …", what stands behind the verb."""
    if noun.dep == "nsubj" and here.tokens[noun.head].lemma in ("be", "have"):
        for place, head in governed(here, noun.head):
            if place == "clause" and any(here.tokens[c].lemma == "that" for c in here.children[head]):
                yield Content(head, place)


def _passed_on(here: Sentence, noun: Token) -> Iterator[Content]:
    """In "denied claims by the opposition that …", the clause that the parser hangs on the noun in between."""
    for _, between in governed(here, noun.head):
        if between > noun.index and here.tokens[between].dep == "pobj":
            yield from (Content(head, place) for place, head in governed(here, between) if place == "clause")


def _of_adjective(here: Sentence, cue: Token, places: Places) -> Iterator[Content]:
    """In "is sure that", the clause hangs on the adjective or on the verb."""
    if cue.dep == "acomp":
        for place, head in governed(here, cue.head):
            if place in places and place in ("clause", "inf") and head > cue.index:
                yield Content(head, place)


def _behind(here: Sentence, noun: int, places: Places, at: str) -> Iterator[Content]:
    """In "accuse Mali of spying", the rest: names take no "of" of their own, nor do those by whom one is accused."""
    for place, head in governed(here, noun):
        that = place == "clause" and at in CIRCUMSTANCE
        clause = place == "inf" or that or here.tokens[head].dep == "pcomp" or place == "ing" and at == "obj"
        common = here.tokens[head].pos == "NOUN" and not here.tokens[head].entity
        alien = here.tokens[noun].pos in ("PROPN", "PRON") or at in ("by", "obj") and common
        if place in places and (clause or alien and place in ("of", "with", "for")):
            yield Content(head, place)


def _beside(here: Sentence, cue: Token) -> Iterator[Content]:
    """What the cue is put into: "it was, he said, a coup", "as he said, it was a coup"."""
    above, place = governor(here, cue.index)
    as_clause = place == "adverbial" and any(here.tokens[c].lemma == "as" for c in here.children[cue.index])
    if place == "beside" or as_clause:
        yield Content(above, "clause", cue.index)


def _mended(here: Sentence, cue: Token, place: str, head: int) -> str:
    """The place with what the parser often mistakes for another kind of clause put right."""
    if place == "purpose":
        return "inf"
    if place == "relative" and here.tokens[min([head, *here.children[head]])].lemma == "that":
        return "clause"
    if place == "beside" and cue.dep == "ROOT":
        return "clause"
    bare = not any(here.tokens[c].dep == "mark" or here.tokens[c].tag == "WRB" for c in here.children[head])
    if place == "adverbial" and head > cue.index and bare:
        if is_finite(here, head) or _is_put_in(here, cue):  # "he said on Monday, troops left"
            return "clause"
    return place


def _is_for(here: Sentence, verb: int) -> bool:
    return any(here.tokens[c].dep == "mark" and here.tokens[c].lemma == "for" for c in here.children[verb])


def _is_laid(here: Sentence, cue: Token, deed: int) -> bool:
    """Whether somebody is named behind the deed as the one who did it, wherever the parser hangs him."""
    behind = (*governed(here, cue.index), *governed(here, deed))
    return any(place in LAID_ON and head > deed for place, head in behind)


def _is_put_in(here: Sentence, cue: Token) -> bool:
    """In "soldiers, the mayor alleged, killed …", the parser gives both subjects to the cue."""
    subjects = [c for c in here.children[cue.index] if here.tokens[c].dep == "nsubj" and c < cue.index]
    if len(subjects) < 2 or cue.index + 1 == len(here.tokens):
        return False
    around = (min(here.subtree(subjects[-1])) - 1, cue.index + 1)
    return all(here.tokens[i].text == "," for i in around)


def _is_another(here: Sentence, clause: int, cue: int) -> bool:
    """Whether a clause before the cue is a statement of its own, not what the cue says: that ends with a comma or a mark."""
    behind = any(place == "clause" and head > cue for place, head in governed(here, cue))
    parted = any(t.pos == "PUNCT" and t.tag != "HYPH" for t in here.tokens[clause:cue])
    return behind and not parted or _is_joined(here, clause, cue)


def _is_joined(here: Sentence, clause: int, cue: int) -> bool:
    """Whether a clause before the cue is only joined to it: "the envoy left and the minister announced the date"."""
    for at in (clause, cue):
        joints = [c for c in here.children[at] if here.tokens[c].dep == "cc" and clause < c < cue]
        fellows = [
            c
            for c in here.children[at]
            if here.tokens[c].dep == "conj" and here.tokens[c].pos in ("VERB", "AUX")
        ]
        if joints and not any(joints[-1] < c < cue for c in fellows):
            return True
    return False


def _within(here: Sentence, event: Event) -> Iterator[Content]:
    """The heads of the stretch that the lexicon's entry calls the content."""
    content = event.content
    inside = {t.index for t in here.tokens if content and content.start <= t.start and t.end <= content.end}
    for token in (here.tokens[i] for i in sorted(inside)):
        tops = token.head not in inside or token.head == token.index
        if tops and token.dep != "punct" and token.index != event.head:
            yield Content(token.index, ANY)


def _begins(here: Sentence, cue: Token, subject: int) -> int:
    """The first word of subject and cue together."""
    before = [i for i in here.subtree(subject) if i <= subject] if subject < cue.index else [cue.index]
    return min(
        [*before, *(c for c in here.children[cue.index] if here.tokens[c].dep == "aux" and c < cue.index)]
    )


def _tells(here: Sentence, cue: Token, token: Token) -> bool:
    """Whether the word is the verb of a clause of its own, not of one like "when asked"."""
    return (
        token.pos == "VERB"
        and token.dep != "pcomp"
        and not (token.dep == "advcl" and token.head == cue.index)
    )
