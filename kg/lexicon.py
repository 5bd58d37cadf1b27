"""The words by which event classes are recognised, as patterns over predicate-argument frames.

A class in ontology/events/ lists its words beside its definition:

    cq:Withdrawal cq:verb "withdraw subj{force}=agent from=place", "pull out obj{force}?=agent of=place" ;
                  cq:noun "withdrawal of{force}=agent from=place" .

An entry is a lemma, then particles (bare words), then slots `place{types}=role`:

* place: `subj`, `obj`, `recipient`, `clause`, `poss`, `mod`, `is` (predicative complement), `purpose` (an infinitive that says what
  for), `aux` (auxiliary verbs), `neg` (the word "not"), `nsubj` (a subject of its own, none that is understood), `expl` ("there") or a preposition.
  A dotted path goes one step on from the filler: `obj.to` is the "to" phrase of the object.
* types: what must fill the place, or the entry does not match: kinds of actor (`ArmedForce`), names of word classes
  (ontology/words/classes.csv), lemmas, or `*` for anything. `!` before the list turns it round. Without braces the slot is optional;
  braces with `?` after them demand the type only where the place is filled: `obj{!*}?` demands that there is no object.
* role: `agent`, `target`, `place`, `concerns`, `content`, or `none` to take a default role away.

A last `@TYPE` gives events of the entry another PLOVER type than their class has ("violate a ceasefire" is ASSAULT there).

Slots that an entry does not name have the default roles of `DEFAULTS`. Of several entries that match, the one with most demands wins,
then the one that demands fewer different words. A verb with a particle is another verb: "call off" fits no entry of "call".
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kg.errors import TableError
from kg.ontology import EventClass, LexicalEntry

ROLES = frozenset({"agent", "target", "place", "concerns", "content", "none"})
PLOVER = frozenset(
    "AGREE CONSULT SUPPORT CONCEDE COOPERATE AID RETREAT REQUEST ACCUSE REJECT THREATEN PROTEST SANCTION MOBILIZE COERCE "
    "ASSAULT".split()
)  # PLOVER's codebook, event types
PLACES = frozenset(
    {"subj", "obj", "recipient", "clause", "poss", "mod", "is", "purpose", "aux", "neg", "nsubj", "expl"}
)
KINDS = frozenset(
    "Agreement ArmedForce ArmedGroup Government InternationalBody Media Organisation Person Place PoliticalParty Population "
    "State".split()
)  # of what fills a slot
PREPOSITIONS = frozenset(
    "about across after against along alongside among around as at before behind between beyond by despite during for from in "
    "inside into near of off on onto outside over past since through throughout to toward towards under until upon via with within "
    "without".split()
)
LOCATIVE = ("in", "at", "near", "inside", "outside", "around", "across", "throughout", "within")
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "verb": {"subj": "agent", "obj": "target", "against": "target", **dict.fromkeys(LOCATIVE, "place")},
    "noun": {
        "poss": "agent", "mod": "agent", "by": "agent", "between": "agent", "against": "target", "on": "target",
        "of": "target", "with": "target", **dict.fromkeys(LOCATIVE, "place"),
    },
    "adjective": {"subj": "agent", "mod": "agent", "by": "agent"},
}  # fmt: skip
_SLOT = re.compile(
    r"(?P<place>[a-z]+(?:\.[a-z]+)*)(?:\{(?P<types>[^}]*)\})?(?P<soft>\?)?(?:=(?P<role>[a-z]+))?$"
)


@dataclass(frozen=True, slots=True)
class Types:
    """What may fill a slot."""

    kinds: frozenset[str] = frozenset()
    lemmas: frozenset[str] = frozenset()
    any: bool = False
    negated: bool = False

    def accept(self, kinds: Iterable[str], lemma: str) -> bool:
        """Whether a token of this lemma that speaks of actors of these kinds is one of the types."""
        fits = self.any or lemma in self.lemmas or any(kind in self.kinds for kind in kinds)
        return fits != self.negated

    @property
    def breadth(self) -> float:
        """How many different kinds and words fit."""
        return float("inf") if self.any or self.negated else len(self.kinds) + len(self.lemmas)


@dataclass(frozen=True, slots=True)
class Slot:
    """One grammatical place of a pattern."""

    place: str  # "obj", "from", "obj.to"
    types: Types | None  # None: anything
    required: bool
    role: str | None  # None: the place's default role


@dataclass(frozen=True, slots=True)
class Pattern:
    """One lexical entry of an event class."""

    event_class: str
    category: str  # "verb", "noun" or "adjective"
    lemma: str
    particles: frozenset[str]
    slots: tuple[Slot, ...]
    plover: str | None = None  # where it differs from the class's own

    @property
    def demands(self) -> int:
        """How much the entry asks for: the more, the surer its sense. Anything at all counts less than a type."""
        return 2 * len(self.particles) + sum(
            1 if s.types and s.types.any else 2 for s in self.slots if s.required
        )

    @property
    def breadth(self) -> float:
        """How many different words its demands take together: the fewer, the surer its sense."""
        return sum(slot.types.breadth for slot in self.slots if slot.required and slot.types)


class Lexicon:
    """All patterns, found by category and lemma, the most demanding first."""

    def __init__(self, classes: Mapping[str, EventClass], words: Mapping[str, Types]) -> None:
        """Raises: TableError for an entry that does not follow the language above."""
        self.classes = classes
        self.words = words
        found: dict[tuple[str, str], list[Pattern]] = {}
        for name in sorted(classes):
            for entry in classes[name].entries:
                pattern = parse_entry(name, entry, words)
                found.setdefault((pattern.category, pattern.lemma), []).append(pattern)
        self._patterns = {
            key: tuple(sorted(patterns, key=lambda p: (-p.demands, p.breadth, p.event_class)))
            for key, patterns in found.items()
        }

    def patterns(self, category: str, lemma: str) -> tuple[Pattern, ...]:
        """The entries of a lemma, the most demanding first; empty where there are none."""
        return self._patterns.get((category, lemma), ())

    @property
    def claims(self) -> frozenset[str]:
        """The names of the speech event classes."""
        return frozenset(name for name, event_class in self.classes.items() if event_class.is_claim)

    def is_claim(self, event_class: str) -> bool:
        """Whether the class is a speech event."""
        return self.classes[event_class].is_claim


def parse_entry(event_class: str, entry: LexicalEntry, words: Mapping[str, Types]) -> Pattern:
    """Read one entry of an event class.

    Raises:
        TableError: an empty entry, a slot that cannot be read, a place or role that there is none, or braces with a kind of actor or
            PLOVER type that there is none; the message names the entry's file and line.
    """
    lemma, *rest = entry.pattern.split() or [""]
    if not lemma:
        raise _wrong(event_class, entry, "is empty; write a lemma, then its slots")
    plover = rest.pop()[1:] if rest and rest[-1].startswith("@") else None
    if plover and plover not in PLOVER:
        raise _wrong(event_class, entry, f"@{plover} is no PLOVER type; one of {', '.join(sorted(PLOVER))}")
    particles = frozenset(word for word in rest if word.isalpha() and word not in PLACES)
    slots = tuple(_slot(event_class, entry, word, words) for word in rest if word not in particles)
    return Pattern(event_class, entry.kind, lemma.replace("_", " "), particles, slots, plover)


def _wrong(event_class: str, entry: LexicalEntry, reason: str) -> TableError:
    return TableError(entry.file, entry.line, f"cq:{event_class} cq:{entry.kind} {entry.pattern!r}: {reason}")


def _slot(event_class: str, entry: LexicalEntry, word: str, words: Mapping[str, Types]) -> Slot:
    match = _SLOT.match(word)
    if not match:
        raise _wrong(event_class, entry, f"cannot read the slot {word!r}; write place{{types}}=role")
    if strange := set(match["place"].split(".")) - PLACES - PREPOSITIONS:
        raise _wrong(
            event_class,
            entry,
            f"{min(strange)!r} is no place; one of {', '.join(sorted(PLACES))} or a preposition",
        )
    if match["role"] and match["role"] not in ROLES:
        raise _wrong(event_class, entry, f"{match['role']!r} is no role; one of {', '.join(sorted(ROLES))}")
    types = _types(match["types"], words) if match["types"] is not None else None
    if types and (unknown := types.kinds - KINDS):
        raise _wrong(
            event_class, entry, f"{min(unknown)!r} is no kind of actor; one of {', '.join(sorted(KINDS))}"
        )
    return Slot(match["place"], types, types is not None and not match["soft"], match["role"])


def _types(text: str, words: Mapping[str, Types]) -> Types:
    negated, names = text.startswith("!"), text.removeprefix("!").split("|")
    kinds: set[str] = set()
    lemmas: set[str] = set()
    for name in names:
        if name in words:
            kinds |= words[name].kinds
            lemmas |= words[name].lemmas
        elif name[:1].isupper():
            kinds.add(name)
        else:
            lemmas.add(name.replace("_", " "))
    return Types(frozenset(kinds), frozenset(lemmas), "*" in names, negated)


def load_words(file: Path) -> dict[str, Types]:
    """The word classes of a table with the columns `class,member`: a member is a lemma or, capitalised, a kind of actor.

    Raises:
        TableError: a row without both columns, or a member with a capital that is no kind of actor.
    """
    kinds: dict[str, set[str]] = {}
    lemmas: dict[str, set[str]] = {}
    with file.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            name, member = row.get("class"), row.get("member")
            if not name or not member:
                raise TableError(str(file), number, "a row needs a class and a member")
            if member[0].isupper() and member not in KINDS:
                raise TableError(
                    str(file), number, f"{member!r} is no kind of actor; lemmas are in lower case"
                )
            (kinds if member[0].isupper() else lemmas).setdefault(name, set()).add(member)
    return {
        name: Types(frozenset(kinds.get(name, ())), frozenset(lemmas.get(name, ())))
        for name in sorted(kinds.keys() | lemmas.keys())
    }
