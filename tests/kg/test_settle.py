"""Events out of accounts: the rule, that order makes no difference, and that a change comes to the same as starting over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.dataset.accounts import Account, Party, Telling
from kg.dataset.fusing import Rules
from kg.dataset.likeness import keys, likeness, neighbouring_keys
from kg.dataset.settle import resettle, settle
from kg.errors import TableError
from kg.model import Status
from kg.ontology import event_classes, load_ontology

RULES = Rules.load(event_classes(load_ontology()))
MAY = date(2031, 5, 1)


def account(number: int, type: str = "Clash", *, article: int = 0, day: int | None = 0, length: int = 0,
            agents: str = "", targets: str = "", places: str = "", status: Status = Status.ASSERTED,
            published: int | None = 9, content: str = "") -> Account:  # fmt: skip
    """An account whose parties are single letters: capital ones have names, P to R are persons."""
    telling = Telling(f"r{number}", status, None if status is Status.ASSERTED else f"s{number}", number)
    start = None if day is None else MAY + timedelta(days=day)
    return Account(
        f"e{article}.{number}", f"article{article}", f"{article:03}",
        None if published is None else MAY + timedelta(days=published), type, f"label {number}", (telling,),
        parties(agents), parties(targets), parties(places), (), start, start and start + timedelta(days=length),
        ((content, "en"),) if content else (),
    )  # fmt: skip


def parties(letters: str) -> tuple[Party, ...]:
    """A party a letter."""
    return tuple(
        Party(letter, "Person" if letter in "PQR" else "ArmedGroup", letter if letter.isupper() else None)
        for letter in sorted(letters)
    )


def events(*accounts: Account) -> list[list[str]]:
    """The events as lists of their accounts' names."""
    return [[a.event for a in happening.accounts] for happening in settle(accounts, RULES)]


def test_two_articles_telling_a_clash_of_one_day_tell_one_event() -> None:
    """A clash between the same sides on the same day or the next is one event, however the sides are ordered."""
    one = account(1, agents="A", targets="B")
    assert events(one, account(2, article=1, day=1, agents="B", targets="A")) == [["e0.1", "e1.2"]]


def test_clashes_of_following_days_do_not_run_together() -> None:
    """Daily clashes stay apart by their days: each account joins a founder, never a chain of neighbours."""
    daily = [account(n, article=n, day=n, agents="A", targets="B") for n in range(6)]
    assert events(*daily) == [["e0.0", "e1.1"], ["e2.2", "e3.3"], ["e4.4", "e5.5"]]


def test_a_coup_told_by_month_and_one_told_by_day_are_one() -> None:
    """What is rare is one event though one account gives a month and another a day in it."""
    month = account(1, "Coup", length=30, agents="P", places="A")
    assert events(month, account(2, "Coup", article=1, day=20, agents="P", places="A")) == [["e0.1", "e1.2"]]


def test_coups_of_different_years_stay_apart() -> None:
    """Two coups in one state nine months apart are two events."""
    first = account(1, "Coup", agents="P", places="A")
    assert len(events(first, account(2, "Coup", article=1, day=280, agents="P", places="A"))) == 2


def test_one_article_never_has_its_own_two_accounts_joined() -> None:
    """What an article keeps apart stays apart, even where another article has one like both."""
    both = [account(n, agents="A", targets="B") for n in (1, 2)]
    assert events(account(0, article=1, agents="A", targets="B", published=1), *both) == [
        ["e0.2"],
        ["e1.0", "e0.1"],
    ]


def test_sides_that_contradict_keep_events_apart() -> None:
    """Another agent, target or place is another event."""
    one = account(1, "Attack", agents="A", targets="B", places="K")
    for changes in ({"agents": "C"}, {"targets": "C"}, {"places": "L"}):
        roles = {"agents": "A", "targets": "B", "places": "K"} | changes
        assert len(events(one, account(2, "Attack", article=1, **roles))) == 2  # type: ignore[arg-type]


def test_the_nameless_neither_join_nor_part_events() -> None:
    """Nameless gunmen are nobody's proof and nobody's contradiction."""
    named, nameless = (
        account(1, "Attack", agents="A", targets="P"),
        account(2, "Attack", article=1, agents="g", targets="P"),
    )
    assert events(named, nameless) == [["e0.1", "e1.2"]]
    assert len(events(replace(named, targets=()), replace(nameless, targets=()))) == 2


def test_what_is_alleged_and_denied_without_a_date_meets() -> None:
    """An undated accusation's deed and its denial within the season are one event, so that accounts can be compared."""
    alleged = account(1, "Aid", day=None, agents="A", targets="B", status=Status.ALLEGED)
    denied = account(
        2, "Aid", article=1, day=None, agents="A", targets="B", status=Status.DENIED, published=40
    )
    assert events(alleged, denied) == [["e0.1", "e1.2"]]
    assert len(events(alleged, replace(denied, published=MAY + timedelta(days=300)))) == 2


def test_statements_are_one_only_by_their_words() -> None:
    """Two statements of one speaker are one where the words agree, and two where they do not."""
    one = account(1, "Statement", day=None, agents="A", content="the talks will last a week")
    assert (
        len(
            events(
                one, account(2, "Statement", article=1, day=None, agents="A", content="the talks last a week")
            )
        )
        == 1
    )
    assert (
        len(
            events(
                one, account(2, "Statement", article=1, day=None, agents="A", content="the border is closed")
            )
        )
        == 2
    )


def test_the_account_told_earliest_names_the_event() -> None:
    """By publication date, then article's id, then offset; an article without a date comes last."""
    undated = account(1, "Coup", published=None, agents="P")
    late, early = (account(n, "Coup", article=n, agents="P", published=d) for n, d in ((1, 9), (2, 3)))
    assert [h.iri for h in settle([undated, late, early], RULES)] == ["e2.2"]


def test_only_what_is_asserted_describes_an_asserted_event() -> None:
    """Who is merely said to have helped is not told of an event that others assert; times narrow, roles add up."""
    alleged = account(1, "Coup", article=1, length=30, agents="PQ", status=Status.ALLEGED, published=1)
    month = account(2, "Coup", article=2, length=30, agents="P", published=2)
    day = account(3, "Coup", article=3, day=20, agents="P", targets="R", published=3)
    [happening] = settle([alleged, month, day], RULES)
    assert happening.roles(happening.voice)["agents"] == ("P",)
    assert happening.roles(happening.voice)["targets"] == ("R",)
    assert happening.interval() == (day.earliest, day.latest)


accounts_ = st.builds(
    account,
    st.integers(0, 9),
    st.sampled_from(["Clash", "Coup", "Aid", "Expulsion", "Statement"]),
    article=st.integers(0, 5),
    day=st.none() | st.integers(0, 40),
    length=st.sampled_from([0, 0, 1, 30]),
    agents=st.sampled_from(["", "A", "B", "AP", "g"]),
    targets=st.sampled_from(["", "B", "C", "P"]),
    places=st.sampled_from(["", "K", "L"]),
    status=st.sampled_from([Status.ASSERTED, Status.ALLEGED, Status.DENIED]),
    published=st.none() | st.integers(0, 60),
    content=st.sampled_from(["", "the talks will last", "the talks last", "no"]),
)
crowded = st.builds(  # so alike that most of them join, part and compete
    account,
    st.integers(0, 3),
    st.sampled_from(["Clash", "Coup"]),
    article=st.integers(0, 7),
    day=st.integers(0, 3),
    agents=st.sampled_from(["A", "AB"]),
    targets=st.sampled_from(["C", "CD", "D"]),
)
many = st.one_of(
    [
        st.lists(some, max_size=size, unique_by=lambda a: a.event)
        for some, size in ((accounts_, 14), (crowded, 20))
    ]
).map(lambda told: [_of_its_article(a) for a in told])


def _of_its_article(one: Account) -> Account:
    """With the publication date that all accounts of its article have."""
    day = int(one.identifier) * 7 % 40
    return replace(one, published=None if one.identifier == "004" else MAY + timedelta(days=day))


def in_words(accounts: Iterable[Account]) -> dict[str, str]:
    """The rule of `settle`, word for word, comparing everything with everything."""
    founders: dict[str, str] = {}
    told: list[Account] = []
    for one in sorted(accounts, key=lambda a: a.rank):
        taken = {founders[a.event] for a in told if a.article == one.article}
        heads = [a for a in told if founders[a.event] == a.event and a.event not in taken]
        liked = sorted((-likeness(one, a, RULES), a.rank, a.event) for a in heads if likeness(one, a, RULES))
        founders[one.event] = liked[0][2] if liked else one.event
        told.append(one)
    return founders


@dataclass
class Kept:
    """A register in memory."""

    accounts: dict[str, Account] = field(default_factory=dict)
    founders: dict[str, str] = field(default_factory=dict)

    def account(self, event: str) -> Account:
        """See `Register`."""
        return self.accounts[event]

    def founder(self, event: str) -> str:
        """See `Register`."""
        return self.founders[event]

    def members(self, founder: str) -> Sequence[str]:
        """See `Register`."""
        return [event for event, at in self.founders.items() if at == founder]

    def near(self, keys_: Iterable[str]) -> Sequence[str]:
        """See `Register`."""
        wanted = set(keys_)
        return [event for event, a in self.accounts.items() if wanted & set(keys(a, RULES))]

    def of_article(self, article: str) -> Sequence[str]:
        """See `Register`."""
        return [event for event, a in self.accounts.items() if a.article == article]

    def change(self, gone: set[str], told: dict[str, Account]) -> None:
        """Settle again, and keep what comes out."""
        found = resettle(self, gone, told, RULES)
        for event in gone:
            del self.accounts[event], self.founders[event]
        self.accounts.update(told)
        self.founders.update(found)


@given(many)
@settings(max_examples=300, deadline=None)
def test_settling_follows_the_rule_as_it_is_worded(accounts: list[Account]) -> None:
    """The keys under which accounts are looked for miss none that the rule would join."""
    expected = in_words(accounts)
    found = {a.event: happening.iri for happening in settle(accounts, RULES) for a in happening.accounts}
    assert found == expected


@given(accounts_, accounts_)
@settings(max_examples=300, deadline=None)
def test_likeness_does_not_depend_on_which_comes_first(one: Account, other: Account) -> None:
    """Two accounts are as like as the other way round, and then find each other by their keys both ways."""
    assert likeness(one, other, RULES) == likeness(other, one, RULES)
    if likeness(one, other, RULES):
        assert set(keys(one, RULES)) & set(neighbouring_keys(other, RULES))
        assert set(keys(other, RULES)) & set(neighbouring_keys(one, RULES))


@given(many, many, st.data())
@settings(max_examples=300, deadline=None)
def test_settling_again_comes_to_the_same_as_starting_over(
    first: list[Account], second: list[Account], data: st.DataObject
) -> None:
    """Whatever goes, comes or changes, the events are those of all accounts together."""
    kept = Kept()
    kept.change(set(), {a.event: a for a in first})
    gone = set(data.draw(st.lists(st.sampled_from(first), max_size=6)) if first else [])
    told = {a.event: a for a in second if kept.accounts.get(a.event) != a}
    kept.change({a.event for a in gone} | (told.keys() & kept.accounts.keys()), told)
    assert kept.founders == in_words(kept.accounts.values())


def test_a_class_without_a_row_goes_by_its_superclass() -> None:
    """A new event class needs no row of its own."""
    rules = Rules({"Mutiny": ("Coup", "PowerEvent", "Event")}, RULES.rows)
    assert rules.rule("Mutiny") == RULES.rule("Coup")
    assert rules.rule("Unheard") == RULES.rule("Event")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Cuop,1,2,2,no,90,x", "no event class"),
        ("Coup,1,two,2,no,90,x", "whole numbers"),
        ("Coup,1,2,2,maybe,90,x", "yes or no"),
    ],
)
def test_a_wrong_row_of_the_table_is_named_with_its_line(row: str, reason: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A class that does not exist, a word for a number: file, line and what would be right are told."""
    table = tmp_path / "fusing.csv"
    table.write_text(f"class,gap,span,shared,mutual,undated,why\n{row}\n", encoding="utf-8")
    with pytest.raises(TableError, match=rf"fusing\.csv:2: .*{reason}"):
        Rules.load(event_classes(load_ontology()), table)


@pytest.mark.parametrize("status", [Status.PLANNED, Status.NEGATED, Status.HYPOTHETICAL])
def test_plans_and_what_did_not_happen_are_joined_only_to_their_like_and_by_date(status: Status) -> None:
    """A plan is another happening than the deed, and two undated plans may be two plans."""
    deed = account(1, "Withdrawal", agents="A", targets="B")
    plan = account(2, "Withdrawal", article=1, agents="A", targets="B", status=status)
    undated = replace(plan, earliest=None, latest=None)
    assert len(events(deed, plan)) == 2
    assert len(events(plan, replace(plan, event="e2.9", article="article2"))) == 1
    assert len(events(undated, replace(undated, event="e2.9", article="article2"))) == 2


def test_few_words_are_nobodys_own() -> None:
    """“The claim” is denied in a thousand articles: that makes no two denials one."""
    one = account(1, "Denial", day=None, agents="A", content="the claim")
    assert len(events(one, account(2, "Denial", article=1, day=None, agents="A", content="the claim"))) == 2


def test_what_had_joined_a_founder_that_joins_another_is_looked_at_again() -> None:
    """An older account of the day before takes the founder in; the clash of the day after then stands alone."""
    kept = Kept()
    founder, member = (account(n, article=n, day=n, agents="A", targets="B", published=5 + n) for n in (1, 2))
    kept.change(set(), {a.event: a for a in (founder, member)})
    assert kept.founders[member.event] == founder.event
    older = account(0, article=0, day=0, agents="A", targets="B", published=4)
    kept.change(set(), {older.event: older})
    assert kept.founders == {older.event: older.event, founder.event: older.event, member.event: member.event}
