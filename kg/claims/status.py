"""How surely a passage tells an event by grammar alone: negation, plans, conditions, demands, and the claim in whose scope it stands.

The way leads from the event's trigger up the tree. What a word says of the thing beneath it counts as long as the thing is not taken for
granted: "the attack" in "will discuss the attack" has happened, "an attack" in "will launch an attack" has not (Karttunen 1973 on
holes, plugs and filters of presupposition). The first claim on the way is the innermost; on whose word the event is told is its speaker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from kg.claims.cues import CATEGORY, MENTIONED, OWN, PAST, SAME, Cues, Places
from kg.claims.places import governor, has_to, is_about_subject, is_finite, is_new, particle_verb
from kg.model import Sentence, Status, Token

ARGUMENTS = frozenset({"nsubj", "nsubjpass", "dobj"})
CLAUSAL = frozenset({"VBD", "VBZ", "VBP", "VBN", "VB"})  # tags of verbs with a clause of their own
CLAUSE_MARKS = frozenset({"aux", "auxpass", "nsubj"})
ASIDES = frozenset({"relative", "appos"})  # the writer's own words about what somebody speaks of
TIED = frozenset(
    {"after", "amid", "before", "despite", "during", "following", "in", "over", "since"}
)  # "used in the 2018 attack", but "accused of the 2018 attack"
KNOWN = timedelta(days=14)  # before publication: what is told aside of then is known, whoever is speaking
HISTORY = timedelta(days=180)  # so is what somebody did then, in "the army that seized power"
VOICE = "voice"  # the place of what a plan is the subject of
PROGRESSIVE = "progressive"  # the place of a verb in a row for its own present progressive
ORDINAL = frozenset(
    {"first", "second", "third", "last", "latest", "only"}
)  # "the first state to recognise it" did so


@dataclass(frozen=True, slots=True)
class Scope:
    """The head of what an attribution says."""

    attribution: int  # its number
    effect: str
    place: str  # in which it stands under its cue
    excluded: int = (
        -1
    )  # the child through which the attribution itself hangs here: "he said" in "it was, he said, a coup"


@dataclass(frozen=True, slots=True)
class Standing:
    """What grammar makes of an event."""

    status: Status | None  # None: plainly told
    scope: Scope | None  # the innermost claim in which it stands
    taken_for_granted: bool = (
        False  # in the scope, but as something known: "urged the army to stop the attack"
    )
    would: bool = (
        False  # nothing but "would" makes it hypothetical: in reported speech that may be the future
    )
    known: bool = False  # told on the way as known of old: "said the town, which fell in 2012, was quiet"


def standing(
    here: Sentence,
    cues: Cues,
    scopes: Mapping[int, Sequence[Scope]],
    head: int,
    past: Mapping[int, timedelta] = MappingProxyType({}),
) -> Standing:
    """Judge the event at token `head`.

    `scopes` are the content heads of the sentence's attributions; `past` tells how long ago its dates are, by their heads.
    """
    climb = _Climb(here, cues, past)
    climb.begin(head)
    at, came = head, None
    for _ in here.tokens:
        climb.mark(at)
        for scope in scopes.get(at, ()):
            if scope.excluded != came:
                return Standing(climb.status, scope, not climb.open, climb.would, climb.known)
        above, place = governor(here, at)
        if place == "conj" and (fellow := _misplaced(here, scopes, at, above)):
            above = fellow
        if not place:
            climb.end(at)
            break
        climb.step(at, above, place)
        came, at = at, above
    return Standing(climb.status, None, not climb.open, climb.would, climb.known)


def over(inner: Status | None, outer: Status | None) -> Status | None:
    """What holds of a thing of which `inner` holds in a clause of which `outer` holds.

    >>> over(Status.PLANNED, Status.NEGATED)
    <Status.NEGATED: 'Negated'>
    """
    if inner is None or outer is None:
        return inner or outer
    if outer is Status.NEGATED and inner is Status.PLANNED:
        return Status.NEGATED
    if outer is Status.DENIED:
        return Status.ALLEGED if inner is Status.NEGATED else Status.DENIED
    if outer is Status.HYPOTHETICAL or outer is inner is Status.NEGATED:
        return Status.HYPOTHETICAL
    return outer if inner is Status.ALLEGED else inner


def _misplaced(here: Sentence, scopes: Mapping[int, Sequence[Scope]], at: int, above: int) -> int | None:
    """The fellow of a word that the parser has coordinated with one of another kind: "accuse them of coming and killing"."""
    token, other = here.tokens[at], here.tokens[above]
    noun, gerund = token.pos == "NOUN" and other.pos == "VERB", token.tag == "VBG" and other.tag in CLAUSAL
    if not (noun or gerund) or any(here.tokens[c].dep in CLAUSE_MARKS for c in here.children[at]):
        return None
    kin = (i for i in scopes if above < i < at)
    return max(
        (i for i in kin if (here.tokens[i].pos == "NOUN" if noun else here.tokens[i].tag == "VBG")),
        default=None,
    )


class _Climb:
    """The way from a word to the root, with what has been gathered on it."""

    def __init__(self, here: Sentence, cues: Cues, past: Mapping[int, timedelta]) -> None:
        self.here = here
        self._past_dates = past
        self.embedding = cues.embedding
        self.status: Status | None = None
        self.would = False
        self.open = True  # what holds of the word above also holds of what is below
        self.known = False
        self._shared = True  # the word above is no mere fellow in a coordination

    def begin(self, at: int) -> None:
        """What the verb's own form says: "is stepping down" is still to come."""
        row = self._row(at)
        if PROGRESSIVE in row and self.here.tokens[at].tag == "VBG" and self._is_present(at):
            self._take(Status(row[PROGRESSIVE]))

    def mark(self, at: int) -> None:
        """Take in negation, auxiliaries, adverbs and adjectives beside the word."""
        if self.open and self._is_unreal(at):
            self._take(Status.HYPOTHETICAL)
        if self.open and self._shared:
            for child in self.here.children[at]:
                self._take(
                    self._marker(at, self.here.tokens[child]), self.here.tokens[child].lemma == "would"
                )
        self._shared = True

    def step(self, at: int, above: int, place: str) -> None:
        """Take in what the governing word says of what stands in this place under it."""
        if self._is_known(at, place):
            self.known, self.open = True, False
        if not self.open:
            return
        if self._is_of_plan(above):
            self._take(Status.HYPOTHETICAL)
        if place == "conj":
            self._shared = self._shares(at, above)
            if not self._shared and self._is_bare(at):
                self._take(Status.HYPOTHETICAL)
            if not self._shared and any(self.here.tokens[i].lemma == "nor" for i in range(above, at)):
                self._take(Status.NEGATED)
            return
        effect = self._effect(at, above, place)
        if effect == OWN:
            self.open = False
        elif effect != SAME:
            self._take(Status(effect))

    def _is_known(self, at: int, place: str) -> bool:
        """Whether readers know it of old: a clause about a name or noun with its own date, or "the 2018 attack"."""
        if place in ASIDES:
            above = self.here.tokens[at].head
            apart = self.here.tokens[min(self.here.subtree(at)) - 1].dep == "punct"
            since = KNOWN if apart else HISTORY
            dated = self._is_since(at, since) and not is_new(self.here, above) or self._is_of_date(above)
            return dated and (apart or is_about_subject(self.here, at))
        noun = place in TIED and self.here.tokens[at].pos == "NOUN"
        return noun and self._is_of_date(at)

    def _is_of_date(self, noun: int) -> bool:
        """Whether a date of long ago stands before the noun: "the 2018 attack"."""
        return any(self._is_since(c, KNOWN) for c in self.here.children[noun] if c < noun)

    def _is_since(self, at: int, least: timedelta) -> bool:
        """Whether a date at or below the token is at least so long ago."""
        dates = self._past_dates
        return bool(dates) and any(dates[i] >= least for i in self.here.subtree(at) if i in dates)

    def _is_of_plan(self, verb: int) -> bool:
        """Whether the clause tells what a draft or plan holds: "the plan includes a ceasefire"."""
        subjects = (c for c in self.here.children[verb] if self.here.tokens[c].dep == "nsubj")
        plans = any(VOICE in self._row(c) for c in subjects)
        return plans and self.here.tokens[verb].tag in ("VBZ", "VBP")

    def _is_unreal(self, verb: int) -> bool:
        """In "would have left had they disarmed", the auxiliary before its subject makes the condition."""
        subjects = (c for c in self.here.children[verb] if self.here.tokens[c].dep in ("nsubj", "nsubjpass"))
        starts = (min(self.here.subtree(c)) for c in subjects if c < verb)
        inverted = any(i and self.here.tokens[i - 1].text.lower() in ("had", "were") for i in starts)
        return inverted and any(t.lemma in ("would", "could", "might") for t in self.here.tokens)

    def end(self, root: int) -> None:
        """An imperative tells nothing; a headline's infinitive tells what is to come ("Chad to recall envoy")."""
        if self.open and self._is_imperative(self.here.tokens[root]):
            self._take(Status.HYPOTHETICAL)
        elif self.open and has_to(self.here, root) and not is_finite(self.here, root):
            self._take(Status.PLANNED)

    def _take(self, status: Status | None, would: bool = False) -> None:
        if status:
            self.would = would and self.status is None
            self.status = over(self.status, status)

    def _is_imperative(self, token: Token) -> bool:
        return token.tag == "VB" and not any(
            self.here.tokens[c].dep in ("nsubj", "nsubjpass", "aux", "auxpass")
            for c in self.here.children[token.index]
        )

    def _marker(self, at: int, child: Token) -> Status | None:
        match child.dep:
            case "neg":
                return None if self._is_not_only(child) else Status.NEGATED
            case "aux" | "auxpass":
                return self._word("auxiliary", child.lemma)
            case "advmod" | "preconj":
                return None if self._is_not_only(child) else self._word("adverb", child.lemma)
            case "mark":
                return self._word("subordinator", child.lemma)
            case "punct":
                return Status.HYPOTHETICAL if child.text == "?" else None
            case "amod":
                return self._word("adjective", child.text.lower()) or self._word("adjective", child.lemma)
            case "det":
                return self._word("determiner", child.lemma)
        if child.dep in ARGUMENTS and self.here.tokens[at].pos in ("VERB", "AUX"):
            words = [child, *(self.here.tokens[c] for c in self.here.children[child.index])]
            if any(
                self._word("pronoun", w.lemma) or w.dep in ("det", "preconj") and w.lemma in ("no", "neither")
                for w in words
            ):
                return Status.NEGATED
        return None

    def _word(self, category: str, lemma: str) -> Status | None:
        row = self.embedding.get((category, lemma))
        return Status(row[""]) if row and "" in row else None

    def _is_not_only(self, child: Token) -> bool:
        after = self.here.tokens[min(child.index + 1, len(self.here.tokens) - 1)]
        return child.lemma == "not" and after.lemma in ("only", "just", "merely")

    def _effect(self, at: int, above: int, place: str) -> str:
        here, token = self.here, self.here.tokens[above]
        row = self._row(above)
        if place in row:
            if row[place] == MENTIONED:
                return Status.HYPOTHETICAL if is_new(here, at) else OWN
            return self._past(token, place) if row[place] == PAST else row[place]
        match place:
            case "clause" if is_about_subject(here, at):  # a relative clause hung on the verb
                return OWN
            case "clause":
                return SAME if token.pos in ("AUX", "ADJ") else Status.ALLEGED
            case "inf":
                return self._infinitive(token)
            case "purpose":
                return Status.PLANNED
            case "aux" | "auxpass":
                return SAME
            case "bare" | "ing" | "is" | "participle" if self.here.tokens[at].dep != "acl":
                return SAME
            case "mod":
                return SAME if here.tokens[at].dep in ("compound", "nmod") else OWN
            case "obj":
                return SAME if is_new(self.here, at) else OWN
            case "subj":
                return SAME if self._has(at, ("a", "an", "any", "no")) else OWN
            case "adverbial":
                return self._adverbial(at)
        return self._prepositional(at, token, place)

    def _past(self, token: Token, place: str) -> str:
        """What has come true under a past verb, or under a noun already known ("his decision to leave")."""
        if token.pos == "NOUN":
            return Status.PLANNED if is_new(self.here, token.index) else SAME
        if any(self.here.tokens[c].lemma == "yet" for c in self.here.children[token.index]):
            return Status.NEGATED
        verb = self.here.tokens[token.head] if token.pos == "ADJ" else token
        if verb.tag in ("VBD", "VBN"):
            return SAME
        return Status.PLANNED if place == "purpose" else Status.HYPOTHETICAL

    def _row(self, at: int) -> Places:
        token = self.here.tokens[at]
        category = CATEGORY.get(token.pos, "")
        own = self.embedding.get((category, particle_verb(self.here, at)))
        return own or self.embedding.get((category, token.lemma), {})

    def _is_present(self, verb: int) -> bool:
        return any(
            self.here.tokens[c].dep == "aux" and self.here.tokens[c].tag in ("VBZ", "VBP")
            for c in self.here.children[verb]
        )

    def _infinitive(self, above: Token) -> str:
        if above.pos == "AUX":
            return Status.PLANNED
        words = {self.here.tokens[c].lemma for c in self.here.children[above.index]} | {above.lemma}
        return SAME if above.pos in ("NOUN", "ADJ") and words & ORDINAL else Status.HYPOTHETICAL

    def _adverbial(self, at: int) -> str:
        marks = [
            self.here.tokens[c]
            for c in self.here.children[at]
            if self.here.tokens[c].dep in ("mark", "advmod")
        ]
        if self._is_bare(at):  # "Free them, Belmora tells Arvania"
            return Status.HYPOTHETICAL
        joined = any(mark.dep == "mark" or mark.tag == "WRB" for mark in marks)
        past = self.here.tokens[at].tag in ("VBD", "VBN") or not is_finite(self.here, at)
        return OWN if joined and past else SAME

    def _prepositional(self, at: int, above: Token, place: str) -> str:
        """A row may give what holds of a gerund behind the preposition, or of something new behind it under a verb or a noun."""
        row = self.embedding.get(("preposition", place), {})
        if self.here.tokens[at].tag == "VBG" and self.here.tokens[at].dep == "pcomp":
            return row.get("ing", SAME)
        if above.pos == "ADJ" or place == "for" and has_to(self.here, above.index):
            return SAME  # "responsible for attacks", "for the vote to be held"
        effect = row.get("under verb" if above.pos in ("VERB", "AUX") else "under noun", OWN)
        return effect if effect == Status.NEGATED or is_new(self.here, at) else OWN

    def _has(self, at: int, determiners: Sequence[str]) -> bool:
        return any(self.here.tokens[c].lemma in determiners for c in self.here.children[at])

    def _is_bare(self, at: int) -> bool:
        """An infinitive that the parser has set beside a finite verb: what governs it is lost, it tells nothing that happened."""
        helpers = ("aux", "auxpass", "nsubj", "nsubjpass")
        return self.here.tokens[at].tag == "VB" and not any(
            self.here.tokens[c].dep in helpers for c in self.here.children[at]
        )

    def _shares(self, at: int, first: int) -> bool:
        """Whether a coordinated word also has the auxiliaries and the negation of the first one."""
        token = self.here.tokens[at]
        if any(self.here.tokens[c].lemma == "but" for c in self.here.children[first] if first < c < at):
            return False
        if token.pos in ("NOUN", "PROPN"):
            return not any(self.here.tokens[c].dep == "det" for c in self.here.children[at])
        own = any(
            self.here.tokens[c].dep in ("aux", "auxpass", "nsubj", "nsubjpass")
            for c in self.here.children[at]
        )
        return not own and token.tag in ("VB", "VBN", "VBG") and token.tag == self.here.tokens[first].tag
