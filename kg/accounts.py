"""What one article tells of one happening, as articles are compared: the values that `settle` joins to events.

Two articles' accounts are of one happening where they are of one type (or of a type and one beneath it), share enough of
who, whom, where and which agreement, contradict each other in none of these, and tell of the same time. How much is
enough depends on the class: two tellings of a coup in May are one coup, two tellings of a clash in May are not one
clash. The numbers stand in `ontology/fusing.csv`; a class without a row there goes by its superclass's.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kg.errors import TableError
from kg.model import Status
from kg.ontology import FOLDER, EventClass

TABLE = FOLDER / "fusing.csv"
COLUMNS = ["class", "gap", "span", "shared", "mutual", "undated", "why"]
SAME_WORDS = 0.6  # Jaccard overlap from which two contents are the same words: one quote, cut differently
BROAD = 31  # a class whose tellings may span so many days is looked for by month, others by day
ROLES = ("agents", "targets", "places", "concerns")


@dataclass(frozen=True, slots=True)
class Rule:
    """How near two articles' accounts of a class must be to tell of one happening."""

    gap: int = 1  # days that may lie between two dates
    span: int = 2  # days that both dates together may cover
    shared: int = 2  # how many of who, whom, where and what agreement they must share
    mutual: bool = False  # agent and target may be named the other way round
    undated: int = 90  # days before publication in which an account without a date is looked for


@dataclass(frozen=True, slots=True)
class Party:
    """Who or what fills a role."""

    iri: str
    kind: str  # local name of its class
    compared_as: (
        str | None
    )  # IRI or IRIs by which articles are compared: None where the article gives no name


@dataclass(frozen=True, slots=True)
class Telling:
    """One report of the account."""

    iri: str
    status: Status
    scope: (
        str | None
    )  # the claim (by the article's own IRI) or scenario in which it stands; None where asserted
    offset: int  # of the passage, characters into the article's text


@dataclass(frozen=True, slots=True)
class Account:
    """What one article tells of one happening, all its reports together."""

    event: str  # the IRI that the article itself gives the event
    article: str  # IRI of the article, which is also its graph
    identifier: str  # of the article
    published: date | None
    type: str  # local name of the event class
    label: str
    tellings: tuple[Telling, ...]  # by offset, at least one
    agents: tuple[Party, ...] = ()  # roles in the order of their IRIs
    targets: tuple[Party, ...] = ()
    places: tuple[Party, ...] = ()
    concerns: tuple[Party, ...] = ()
    earliest: date | None = None
    latest: date | None = None
    contents: tuple[tuple[str, str], ...] = ()  # words of a claim with their language, sorted

    @property
    def asserted(self) -> bool:
        """Whether the article says at least once in its own voice that it happened."""
        return any(telling.status is Status.ASSERTED for telling in self.tellings)

    @property
    def rank(self) -> tuple[date, str, int, str]:
        """The order of telling: publication date (none comes last), article's id, offset."""
        return self.published or date.max, self.identifier, self.tellings[0].offset, self.event

    @property
    def scopes(self) -> tuple[str, ...]:
        """The claims and scenarios in which it stands, by the article's own IRIs."""
        return tuple(sorted({telling.scope for telling in self.tellings if telling.scope}))


@dataclass(frozen=True, slots=True)
class Rules:
    """The table of nearness together with the class tree."""

    parents: Mapping[str, tuple[str, ...]]  # superclasses by local name, nearest first
    rows: Mapping[str, Rule]
    _beneath: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @staticmethod
    def load(classes: Mapping[str, EventClass], table: Path = TABLE) -> "Rules":
        """The shipped table for these event classes.

        Raises:
            TableError: a row names no class or holds no number where one belongs.
        """
        parents = {name: found.parents for name, found in classes.items()}
        return Rules(parents, dict(_rows(table, {"Event", *classes})))

    def rule(self, type: str) -> Rule:
        """The row of the class or of its nearest superclass that has one."""
        line = (type, *self.parents.get(type, ()), "Event")
        return next((self.rows[name] for name in line if name in self.rows), Rule())

    def depth(self, type: str) -> int:
        """How many superclasses it has: the deeper, the more specific."""
        return len(self.parents.get(type, ()))

    def related(self, type: str) -> tuple[str, ...]:
        """The class, its superclasses and its subclasses: the types that another account of it may have."""
        if type not in self._beneath:
            below = (name for name, above in self.parents.items() if type in above)
            self._beneath[type] = (
                type,
                *sorted({*self.parents.get(type, ()), *below} - {type, "Event", "Claim"}),
            )
        return self._beneath[type]


def keys(account: Account, rules: Rules) -> tuple[str, ...]:
    """Under what the account is filed, sorted: accounts that may tell of one happening find each other by these.

    One for each type, period and name; none where nothing would make it comparable (no date and no publication date,
    nobody named, too long a time).
    """
    rule, names = rules.rule(account.type), _names(account, rules)
    return tuple(sorted(f"{account.type} {p} {name}" for p in _periods(account, rule, 0) for name in names))


def neighbouring_keys(account: Account, rules: Rules) -> tuple[str, ...]:
    """The keys under which accounts of the same happening may be filed, sorted."""
    periods = _periods(account, rules.rule(account.type), rules.rule(account.type).gap)
    names, types = _names(account, rules), rules.related(account.type)
    return tuple(sorted(f"{type} {p} {name}" for type in types for p in periods for name in names))


def likeness(one: Account, other: Account, rules: Rules) -> int:
    """How much two articles' accounts share, or 0 where they do not tell of one happening; the order does not matter."""
    rule = rules.rule(one.type)
    if (
        one.article == other.article
        or other.type not in rules.related(one.type)
        or rules.rule(other.type) != rule
    ):
        return 0
    if not _same_words(one, other) or not _times_agree(one, other, rule):
        return 0
    shared = _shared(one, other, rule)
    return shared if shared >= rule.shared else 0


def _shared(one: Account, other: Account, rule: Rule) -> int:
    """How many roles agree, a person counting twice; 0 where one contradicts."""
    ours, theirs = _compared(one, rule), _compared(other, rule)
    if rule.mutual:
        return _shared_mutually(ours, theirs)
    total = 0
    for role in ours:
        common = ours[role].keys() & theirs[role].keys()
        if not common and ours[role] and theirs[role]:
            return 0
        total += max((ours[role][name] for name in common), default=0)
    return total


def _shared_mutually(ours: Mapping[str, dict[str, int]], theirs: Mapping[str, dict[str, int]]) -> int:
    total = 0
    for roles in (("agents", "targets"), ("places",), ("concerns",)):
        mine = {name: weight for role in roles for name, weight in ours[role].items()}
        yours = {name: weight for role in roles for name, weight in theirs[role].items()}
        common = mine.keys() & yours.keys()
        if len(common) < min(len(mine), len(yours), len(roles)):
            return 0
        total += sum(sorted((mine[name] for name in common), reverse=True)[: len(roles)])
    return total


def _compared(account: Account, rule: Rule) -> dict[str, dict[str, int]]:
    """For each role the names to compare with their weight; a state says where only of what is rare."""
    named = {
        role: {p.compared_as: _weight(p) for p in getattr(account, role) if p.compared_as} for role in ROLES
    }
    if rule.shared > 1:
        states = {party.compared_as for party in account.places if party.kind == "State"}
        named["places"] = {name: weight for name, weight in named["places"].items() if name not in states}
    return named


def _weight(party: Party) -> int:
    return 2 if party.kind == "Person" else 1


def _names(account: Account, rules: Rules) -> set[str]:
    compared = _compared(account, rules.rule(account.type))
    return {name for names in compared.values() for name in names}


def _times_agree(one: Account, other: Account, rule: Rule) -> bool:
    ours, theirs = _window(one, rule), _window(other, rule)
    if ours is None or theirs is None:
        return False
    if _dated(one) and _dated(other):
        start, end = min(ours[0], theirs[0]), max(ours[1], theirs[1])
        return _gap(ours, theirs) <= rule.gap and (end - start).days <= rule.span
    if _gap(ours, theirs) > 0 or max((end - start).days for start, end in (ours, theirs)) > _longest(rule):
        return False
    return rule.span >= BROAD or not (one.asserted and other.asserted or _is_fixed(one) or _is_fixed(other))


def _is_fixed(account: Account) -> bool:
    """Whether it is told as a fact of one time: what recurs is then not joined to what has no date."""
    return account.asserted and _dated(account)


def _dated(account: Account) -> bool:
    return account.earliest is not None and account.latest is not None


def _window(account: Account, rule: Rule) -> tuple[date, date] | None:
    """The days in which it happened; where the article does not say, up to its publication."""
    if _dated(account):
        return account.earliest, account.latest  # type: ignore[return-value]
    end = account.latest or account.published
    if end is None:
        return None
    start = account.earliest or date.fromordinal(max(1, end.toordinal() - rule.undated))
    return min(start, end), end


def _longest(rule: Rule) -> int:
    """Days that a loosely dated account may cover and still be compared."""
    return max(rule.span, rule.undated)


def _gap(one: tuple[date, date], other: tuple[date, date]) -> int:
    """Days between two intervals; 0 where they overlap."""
    return max(0, (other[0] - one[1]).days, (one[0] - other[1]).days)


def _periods(account: Account, rule: Rule, widened: int) -> Iterator[str]:
    """The days, or for what is rare or loosely dated the months, that the account's time and so many days around touch."""
    window = _window(account, rule)
    if window is None:
        return
    start, end = (_moved(window[0], -widened), _moved(window[1], widened))
    precise = _dated(account) and rule.span < BROAD
    length = (window[1] - window[0]).days
    if precise and length <= rule.span:
        yield from (str(date.fromordinal(day)) for day in range(start.toordinal(), end.toordinal() + 1))
    if length <= _longest(rule) and not (precise and account.asserted):
        first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
        yield from (f"{month // 12:04}-{month % 12 + 1:02}" for month in range(first, last + 1))


def _moved(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _same_words(one: Account, other: Account) -> bool:
    """Whether two speech events have the same content; always so of two events that are no speech."""
    if not one.contents and not other.contents:
        return True
    return (
        max((_overlap(a, b) for a, _ in one.contents for b, _ in other.contents), default=0.0) >= SAME_WORDS
    )


def _overlap(one: str, other: str) -> float:
    a, b = set(re.findall(r"\w+", one.casefold())), set(re.findall(r"\w+", other.casefold()))
    return len(a & b) / len(a | b) if a and b else 0.0


def _rows(table: Path, classes: Iterable[str]) -> Iterator[tuple[str, Rule]]:
    known = frozenset(classes)
    with table.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            raise TableError(str(table), 1, f"the heading must be {','.join(COLUMNS)}")
        for row in reader:
            if row["class"] not in known:
                raise TableError(
                    str(table), reader.line_num, f"{row['class']!r} is no event class of the ontology"
                )
            yield row["class"], _rule(row, table, reader.line_num)


def _rule(row: Mapping[str, str], table: Path, line: int) -> Rule:
    numbers = [row[column] for column in ("gap", "span", "shared", "undated")]
    if not all(number.isascii() and number.isdigit() for number in numbers) or row["mutual"] not in (
        "yes",
        "no",
    ):
        raise TableError(
            str(table), line, "gap, span, shared and undated must be whole numbers, mutual yes or no"
        )
    gap, span, shared, undated = map(int, numbers)
    return Rule(gap, span, shared, row["mutual"] == "yes", undated)
