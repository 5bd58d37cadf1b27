"""Stage, within an article: one happening told twice is one event with two reports.

Two tellings are one happening where they are of one class, equally real, at times that overlap, share somebody or somewhere, and
contradict each other in no role. A telling that names nobody ("since the coup") joins another or is dropped. Speech events stay apart: each has its own words. Across articles see `kg.dataset.accounts`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain

from kg.find_events import NATIONWIDE
from kg.model import Actor, Claim, Event, Participant, Report, Status
from kg.reading import Reading

# What one may say of a happening that another tells as a fact; plans, wishes and what did not happen are happenings of their own.
REAL = frozenset({Status.ASSERTED, Status.ALLEGED, Status.DENIED})
# Good or ill will that nobody has shown is no happening: "must help", "might back", "does not stand with"
WILL = frozenset({"Concession", "Cooperation", "Endorsement", "Interference"})
WISHED: Mapping[Status, frozenset[str]] = {Status.HYPOTHETICAL: WILL | {"Aid"}, Status.NEGATED: WILL}
DEFINITE = frozenset({"the", "this", "that", "these", "those"})
OF_A_STATE = frozenset({"State", "Government", "ArmedForce"})
RANK = {status: rank for rank, status in enumerate(Status)}
NOBODY = ""  # stands for the actors of a telling that names nobody
COUNTED = re.compile(r"\d[\d,.]+(?= )")  # a number of two figures or more before those counted
COMPARED = 50  # happenings with one of its actors that a telling is compared with: the latest


def fuse(
    reading: Reading, events: Iterable[Event], is_claim: Callable[[str], bool]
) -> tuple[tuple[Event, ...], tuple[Report, ...], dict[str, str]]:
    """The happenings, the reports of them in text order, and for each telling's key that of its happening."""
    happened = [e for e in events if e.type not in WISHED.get(e.status, ())]
    grouped = _grouped(reading, happened, is_claim)
    placed = (_placed(reading, group) for group in grouped)
    groups = [_as_told(group) for group in placed if any(_anybody(event) for event in group)]
    name = {event.key: group[0].key for group in groups for event in group}
    merged = _with_killers(reading, happened, [_merged(reading, group, name) for group in groups], name)
    reports = [
        Report(name[e.key], e.status, e.sources, e.passage, e.trigger) for group in groups for e in group
    ]
    return merged, tuple(sorted(reports, key=lambda r: (r.trigger.start, r.event))), name


def _with_killers(
    reading: Reading, told: Iterable[Event], merged: Sequence[Event], name: Mapping[str, str]
) -> tuple[Event, ...]:
    """Whoever fell in an attack was killed by those who made it, also where only another telling of it says who."""
    whole = {event.key: event for event in merged}
    attacks = [event for event in told if event.type == "Attack" and event.key in name]
    for event in told:
        killing = whole.get(name.get(event.key, ""))
        if event.type != "Killing" or killing is None or killing.agents:
            continue
        below = set(reading.sentences[event.sentence].subtree(event.head))
        inside = (whole[name[a.key]] for a in attacks if a.sentence == event.sentence and a.head in below)
        if by := next((attack.agents for attack in inside if attack.agents), ()):
            killed = {p.actor for p in killing.targets}
            whole[killing.key] = replace(killing, agents=tuple(p for p in by if p.actor not in killed))
    return tuple(whole.values())


def renamed(claims: Iterable[Claim], name: dict[str, str]) -> tuple[Claim, ...]:
    """The claims with the keys that their events have after fusing."""
    return tuple(
        replace(claim, event=name[claim.event]) if claim.event in name else claim for claim in claims
    )


class _Telling:
    """An event with what it is compared by."""

    def __init__(self, reading: Reading, event: Event) -> None:
        self.event = event
        self.real: object = True if event.status in REAL else event.status
        self.definite = _is_definite(reading, event)
        agents, targets = _identities(reading, event.agents), _identities(reading, event.targets)
        concerns = frozenset(event.concerns)
        self.roles = (agents, targets, _identities(reading, _towns(reading, event)), concerns)
        everybody = agents | targets | _identities(reading, event.places) | concerns
        self.everybody = everybody or frozenset({NOBODY})


class _Happening:
    """Tellings of one happening, compared by what they say together: a long article tells the same thing a thousand times."""

    def __init__(self, first: _Telling) -> None:
        self.events: list[Event] = []
        self._real = first.real
        self._times: tuple[date | None, date | None] = (
            None,
            None,
        )  # from the latest beginning to the earliest end
        self._roles = tuple(_Role() for _ in first.roles)
        self.everybody: set[str] = set()
        self.add(first)

    def add(self, telling: _Telling) -> None:
        """Take in a telling that fits."""
        self.events.append(telling.event)
        earliest = max(filter(None, (self._times[0], telling.event.earliest)), default=None)
        self._times = earliest, min(filter(None, (self._times[1], telling.event.latest)), default=None)
        for role, identities in zip(self._roles, telling.roles, strict=True):
            role.add(identities)
        self.everybody |= telling.everybody

    def fits(self, telling: _Telling) -> bool:
        """Whether the telling contradicts none of them and shares somebody or something with one."""
        taken_up = telling.definite and self._real is True  # "the fighting must end" is of that which goes on
        if not (taken_up or self._real == telling.real) or not self._shares(telling):
            return False
        times = (telling.event.earliest, telling.event.latest)
        return _overlap(self._times, times) and all(
            role.fits(identities) for role, identities in zip(self._roles, telling.roles, strict=True)
        )

    def _shares(self, telling: _Telling) -> bool:
        """A telling that names nobody ("since the coup") is of the one that the article tells of."""
        return NOBODY in telling.everybody or not self.everybody.isdisjoint({NOBODY, *telling.everybody})


class _Role:
    """Who stands in one role of a happening's tellings."""

    def __init__(self) -> None:
        self._sets: set[frozenset[str]] = set()
        self._counted: dict[str, int] = {}  # in how many of the sets each is

    def add(self, identities: frozenset[str]) -> None:
        if identities and identities not in self._sets:
            self._sets.add(identities)
            for identity in identities:
                self._counted[identity] = self._counted.get(identity, 0) + 1

    def fits(self, identities: frozenset[str]) -> bool:
        """Whether they share somebody with each telling that fills the role."""
        if not identities or any(
            self._counted.get(identity, 0) == len(self._sets) for identity in identities
        ):
            return True
        return not any(identities.isdisjoint(others) for others in self._sets)


class _Known:
    """The happenings of one class, by who is in them: a live blog tells of hundreds."""

    def __init__(self) -> None:
        self._all: list[_Happening] = []
        self._with: dict[str, list[int]] = {}  # numbers of those that an actor is in

    def join(self, telling: _Telling) -> _Happening | None:
        """The new happening that the telling begins; none where it joins the first that it fits."""
        number = next((n for n in self._near(telling) if self._all[n].fits(telling)), len(self._all))
        begun = _Happening(telling) if number == len(self._all) else None
        for actor in telling.everybody if begun else telling.everybody - self._all[number].everybody:
            self._with.setdefault(actor, []).append(number)
        if begun:
            self._all.append(begun)
        else:
            self._all[number].add(telling)
        return begun

    def _near(self, telling: _Telling) -> Sequence[int]:
        if NOBODY in telling.everybody:
            return range(len(self._all))[-COMPARED:]
        sharing = (self._with.get(actor, [])[-COMPARED:] for actor in (NOBODY, *telling.everybody))
        return sorted(set(chain.from_iterable(sharing)))


def _grouped(reading: Reading, events: Iterable[Event], is_claim: Callable[[str], bool]) -> list[list[Event]]:
    """The events by happening, in order of first telling; each joins the first that it fits."""
    found: list[list[Event]] = []
    by_type: dict[str, _Known] = {}
    for event in events:
        if is_claim(event.type):
            found.append([event])
        elif begun := by_type.setdefault(event.type, _Known()).join(_Telling(reading, event)):
            found.append(begun.events)
    return found


def _as_told(group: list[Event]) -> list[Event]:
    """A mention that names neither doer nor victim ("the bombing") is no surer than the telling that it takes up."""
    full = [event for event in group if event.agents or event.targets]
    if not full or len(full) == len(group):
        return group
    surest = min(full, key=lambda event: RANK[event.status])
    bare = {event.key for event in group if not (event.agents or event.targets)}
    return [
        replace(event, status=surest.status, sources=surest.sources, claim=surest.claim)
        if event.key in bare and RANK[event.status] < RANK[surest.status] else event
        for event in group
    ]  # fmt: skip


def _placed(reading: Reading, group: list[Event]) -> list[Event]:
    """What befalls a country as a whole is in the article's own where none of its tellings names anybody."""
    if group[0].type not in NATIONWIDE or any(_anybody(event) for event in group):
        return group
    return [replace(event, places=reading.country(event.trigger.start)) for event in group]


def _is_definite(reading: Reading, event: Event) -> bool:
    """Whether a telling only takes up what is told elsewhere: "the conflict", "this attack", with nobody named."""
    here = reading.sentences[event.sentence]
    if event.agents or event.targets or event.concerns or here.tokens[event.head].pos != "NOUN":
        return False
    return any(here.tokens[child].lemma in DEFINITE for child in here.children[event.head])


def _anybody(event: Event) -> bool:
    return bool(event.agents or event.targets or event.places or event.concerns)


def _towns(reading: Reading, event: Event) -> tuple[Participant, ...]:
    """Where it happened, states left out: a town and its country do not contradict each other."""
    return tuple(p for p in event.places if reading.actors[p.actor].kind == "Place")


def _identities(reading: Reading, participants: Iterable[Participant]) -> frozenset[str]:
    """Who they are, and how many where they are counted: "20 troops" of one telling are the "20 Kenyan soldiers" of another."""
    told = tuple(participants)
    counted = (COUNTED.search(p.text) for p in told)
    return frozenset(
        [*(_identity(reading.actors[p.actor]) for p in told), *(f"#{found[0]}" for found in counted if found)]
    )


def _identity(actor: Actor) -> str:
    """A state, its government and its army act as one."""
    return actor.state if actor.state and actor.kind in OF_A_STATE else actor.key


def _overlap(one: tuple[date | None, date | None], other: tuple[date | None, date | None]) -> bool:
    starts = [start for start, _ in (one, other) if start]
    ends = [end for _, end in (one, other) if end]
    return not starts or not ends or max(starts) <= min(ends)


def _merged(reading: Reading, group: list[Event], name: dict[str, str]) -> Event:
    """One event of all tellings: its roles are those of the surest ones, lest what is alleged be told as fact."""
    surest = min(RANK[event.status] for event in group)
    sure = [event for event in group if RANK[event.status] == surest]
    first = sure[0]
    earliest, latest = _narrowed(sure)
    claim = name.get(first.claim, first.claim) if first.claim else None
    return replace(
        first, key=group[0].key, earliest=earliest, latest=latest, claim=claim,
        agents=_union(reading, (e.agents for e in sure)), targets=_union(reading, (e.targets for e in sure)),
        places=_union(reading, (e.places for e in sure)),
        concerns=tuple(dict.fromkeys(key for e in sure for key in e.concerns)),
    )  # fmt: skip


def _narrowed(events: Iterable[Event]) -> tuple[date | None, date | None]:
    earliest: date | None = None
    latest: date | None = None
    for event in events:
        low = max(filter(None, (earliest, event.earliest)), default=None)
        high = min(filter(None, (latest, event.latest)), default=None)
        if not (low and high and low > high):
            earliest, latest = low, high
    return earliest, latest


def _union(reading: Reading, roles: Iterable[tuple[Participant, ...]]) -> tuple[Participant, ...]:
    """Everybody in the role once; where one telling names the state and another its government, whoever was named first."""
    found: dict[str, Participant] = {}
    named: set[str] = set()
    for role in roles:
        found |= {p.actor: p for p in role if not {p.actor, _identity(reading.actors[p.actor])} & named}
        named |= _identities(reading, role)
    return tuple(found.values())
