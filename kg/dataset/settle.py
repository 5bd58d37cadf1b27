"""Stage: all articles' accounts → events. One happening told by several articles is one event, whatever their order.

The rule, which makes no difference between first ingest, re-ingest and deletion: accounts are taken in the order of
their telling (publication date, article's id, offset). Each joins the event founded by the earlier account that it is
most like (`likeness`; of equals the earliest), unless an account of its own article has joined that event
already; one that is like no founder founds an event, and names it. Only founders are compared, so that events cannot
run together along a chain of neighbours.

`resettle` comes to the same result from what is settled already, looking only at accounts that a change can reach.
"""

import heapq
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Protocol

from kg.dataset.accounts import ROLES, Account
from kg.dataset.fusing import Rules
from kg.dataset.likeness import keys, likeness, neighbouring_keys


class Register(Protocol):
    """What is settled already: all accounts by the event IRIs that their articles gave."""

    def account(self, event: str) -> Account:
        """The account."""

    def founder(self, event: str) -> str:
        """The founding account of the event that it has joined; itself where it founded one."""

    def members(self, founder: str) -> Collection[str]:
        """All accounts of the event that it founded, itself among them; empty where it founded none."""

    def near(self, keys: Iterable[str]) -> Collection[str]:
        """Accounts filed under one of these keys."""

    def of_article(self, article: str) -> Collection[str]:
        """All accounts of the article."""


@dataclass(frozen=True)  # without slots, so that `voice` is found once
class Happening:
    """An event as all articles together tell it."""

    iri: str  # that of its founding account
    accounts: tuple[Account, ...]  # in the order of telling, the founder first

    @cached_property
    def voice(self) -> tuple[Account, ...]:
        """The accounts by which it is described: those that assert it, or all where none does."""
        return tuple(account for account in self.accounts if account.asserted) or self.accounts

    def type(self, rules: Rules) -> str:
        """The most specific type told; of equals the one told earliest."""
        return max((account.type for account in self.voice), key=rules.depth)

    def roles(self, accounts: Iterable[Account]) -> dict[str, tuple[str, ...]]:
        """For each role the IRIs that these of its accounts name, sorted."""
        told = tuple(accounts)
        return {role: tuple(sorted({p.iri for a in told for p in getattr(a, role)})) for role in ROLES}

    def interval(self) -> tuple[date | None, date | None]:
        """The days on which it can have happened: narrowed by each account in turn that does not contradict those before."""
        earliest = latest = None
        for account in self.voice:
            low = max(filter(None, (earliest, account.earliest)), default=None)
            high = min(filter(None, (latest, account.latest)), default=None)
            if not (low and high and low > high):
                earliest, latest = low, high
        return earliest, latest

    def contents(self) -> tuple[tuple[str, str], ...]:
        """The words of a claim, with their language, by the earliest account that gives any."""
        return next((account.contents for account in self.voice if account.contents), ())


def settle(accounts: Iterable[Account], rules: Rules) -> tuple[Happening, ...]:
    """The events that these accounts tell together, by IRI; the order of the accounts does not matter."""
    told = {account.event: account for account in accounts}
    founders = resettle(_Nothing(), (), told, rules)
    joined: dict[str, list[Account]] = {}
    for event, founder in founders.items():
        joined.setdefault(founder, []).append(told[event])
    return tuple(
        Happening(founder, tuple(sorted(joined[founder], key=lambda a: a.rank))) for founder in sorted(joined)
    )


def resettle(
    known: Register, gone: Collection[str], told: Mapping[str, Account], rules: Rules
) -> dict[str, str]:
    """The founder of every account looked at again, after these are gone and those are told anew.

    An account that changes is both gone and told. What is not in the answer stays as it was.
    """
    draft = _Draft(known, frozenset(gone), told, rules)
    queue = [(draft.account(event).rank, event) for event in draft.orphans()]
    queue += [(account.rank, event) for event, account in told.items()]
    heapq.heapify(queue)
    last = ""
    while queue:
        _, event = heapq.heappop(queue)
        if event != last:
            for later in draft.place(event):
                heapq.heappush(queue, (draft.account(later).rank, later))
        last = event
    return draft.founders


class _Draft:
    """The register with the change laid over it, and the founders found so far."""

    def __init__(
        self, known: Register, gone: frozenset[str], told: Mapping[str, Account], rules: Rules
    ) -> None:
        self.known, self.gone, self.told, self.rules = known, gone, told, rules
        self.founders: dict[str, str] = {}
        self.filed: dict[str, list[str]] = {}
        self.articles: dict[str, list[str]] = {}
        for event, account in told.items():
            self.articles.setdefault(account.article, []).append(event)
            for key in keys(account, rules):
                self.filed.setdefault(key, []).append(event)

    def account(self, event: str) -> Account:
        return self.told[event] if event in self.told else self.known.account(event)

    def orphans(self) -> set[str]:
        """What had joined an event whose founder is gone, and what an account now gone had kept from an event."""
        joined = {other for event in self.gone for other in self.known.members(event)}
        articles = {self.known.account(event).article for event in self.gone}
        kept_out = {other for article in articles for other in self.known.of_article(article)}
        return self._present(joined | kept_out)

    def place(self, event: str) -> set[str]:
        """Find the account's founder; gives the later accounts that must be looked at again because of it."""
        old, new = self._founder(event), self._choose(event)
        self.founders[event] = new
        if old == new:
            return set()
        account = self.account(event)
        again = set(self._siblings(event))
        if new == event:
            again |= {
                other for other in self._near(account) if likeness(account, self.account(other), self.rules)
            }
        elif old == event:
            again |= self._members(event)
        return {other for other in again if self.account(other).rank > account.rank}

    def _choose(self, event: str) -> str:
        account = self.account(event)
        earlier = {o: self.account(o) for o in self._near(account) if self._founder(o) == o and o != event}
        ranked = sorted(
            (-like, other.rank, other.event)
            for other in earlier.values()
            if other.rank < account.rank and (like := likeness(account, other, self.rules))
        )
        taken = {self._founder(s) for s in self._siblings(event) if self.account(s).rank < account.rank}
        return next((founder for *_, founder in ranked if founder not in taken), event)

    def _founder(self, event: str) -> str | None:
        if event in self.founders:
            return self.founders[event]
        return None if event in self.told or event in self.gone else self.known.founder(event)

    def _members(self, founder: str) -> set[str]:
        known = {event for event in self.known.members(founder) if self._founder(event) == founder}
        return known | {event for event, at in self.founders.items() if at == founder}

    def _near(self, account: Account) -> set[str]:
        wanted = neighbouring_keys(account, self.rules)
        return self._present(self.known.near(wanted)) | {
            event for key in wanted for event in self.filed.get(key, ())
        }

    def _siblings(self, event: str) -> set[str]:
        article = self.account(event).article
        return {*self.articles.get(article, ()), *self._present(self.known.of_article(article))} - {event}

    def _present(self, events: Iterable[str]) -> set[str]:
        return {event for event in events if event not in self.gone and event not in self.told}


class _Nothing:
    """The register of an empty dataset."""

    def account(self, event: str) -> Account:
        raise KeyError(event)

    def founder(self, event: str) -> str:
        raise KeyError(event)

    def members(self, founder: str) -> Collection[str]:
        return ()

    def near(self, keys: Iterable[str]) -> Collection[str]:
        return ()

    def of_article(self, article: str) -> Collection[str]:
        return ()
