"""Whether the accounts of two articles tell of one happening, and where to look for such.

Two articles' accounts are of one happening where they are of one type (or of a type and one beneath it), share enough of
who, whom, where and which agreement, contradict each other in none of these, and tell of the same time. Plans and what did not happen are only joined to
their like, and by their dates; what is merely supposed or demanded has none. What has no date is joined only in classes
whose deeds go on or are rare, and to its denial. How much is
enough depends on the class: two tellings of a coup in May are one coup, two tellings of a clash in May are not one
clash. The numbers stand in `ontology/fusing.csv`; a class without a row there goes by its superclass's.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from kg.dataset.accounts import ROLES, Account
from kg.dataset.fusing import Rule, Rules

SAME_WORDS = 0.6  # Jaccard overlap from which two contents are the same words: one quote, cut differently
SAME_WORDS_LEAST = 4  # words that two contents must share: “the claim” is the same in a thousand articles
BROAD = 31  # a class whose tellings may span so many days is looked for by month, others by day


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
    if one.unreal != other.unreal or not _same_words(one, other) or not _times_agree(one, other, rule):
        return 0
    shared = _shared(one, other, rule)
    return shared if shared >= rule.shared else 0


def _shared(one: Account, other: Account, rule: Rule) -> int:
    """How many roles agree, 0 where one contradicts; a person counts twice where both accounts have a date."""
    person = 2 if _dated(one) and _dated(other) else 1
    ours, theirs = _compared(one, rule, person), _compared(other, rule, person)
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


def _compared(account: Account, rule: Rule, person: int = 1) -> dict[str, dict[str, int]]:
    """For each role the names to compare with their weight; a state says where only of what is rare."""
    named = {
        role: {
            p.compared_as: person if p.kind == "Person" else 1
            for p in getattr(account, role)
            if p.compared_as
        }
        for role in ROLES
    }
    if rule.shared > 1:
        states = {party.compared_as for party in account.places if party.kind == "State"}
        named["places"] = {name: weight for name, weight in named["places"].items() if name not in states}
    return named


def _names(account: Account, rules: Rules) -> set[str]:
    compared = _compared(account, rules.rule(account.type))
    return {name for names in compared.values() for name in names}


def _times_agree(one: Account, other: Account, rule: Rule) -> bool:
    ours, theirs = _window(one, rule), _window(other, rule)
    if ours is None or theirs is None or (one.unreal and not (_dated(one) and _dated(other))):
        return False
    if _dated(one) and _dated(other):
        start, end = min(ours[0], theirs[0]), max(ours[1], theirs[1])
        return _gap(ours, theirs) <= rule.gap and (end - start).days <= rule.span
    if _gap(ours, theirs) > 0 or max((end - start).days for start, end in (ours, theirs)) > _longest(rule):
        return False
    return rule.span >= BROAD or (one.denied != other.denied and not _is_fixed(one) and not _is_fixed(other))


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
    if window is None or (account.unreal and not _dated(account)):
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
    return any(_agree(ours, theirs) for ours, _ in one.contents for theirs, _ in other.contents)


def _agree(one: str, other: str) -> bool:
    a, b = set(re.findall(r"\w+", one.casefold())), set(re.findall(r"\w+", other.casefold()))
    return len(a & b) >= max(SAME_WORDS_LEAST, SAME_WORDS * len(a | b))
