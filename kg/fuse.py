"""Stage, within an article: one happening told twice is one event with two reports.

Two tellings are one happening where they are of one class, equally real, at times that overlap, share somebody or somewhere, and
contradict each other in no role. A telling that names nobody ("since the coup") joins another or is dropped. Speech events stay apart: each has its own words. Across articles see `kg.accounts`.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from kg.model import Actor, Claim, Event, Participant, Report, Status
from kg.reading import Reading

# What one may say of a happening that another tells as a fact; plans, wishes and what did not happen are happenings of their own.
REAL = frozenset({Status.ASSERTED, Status.ALLEGED, Status.DENIED})
OF_A_STATE = frozenset({"State", "Government", "ArmedForce"})
RANK = {status: rank for rank, status in enumerate(Status)}


def fuse(
    reading: Reading, events: Iterable[Event], is_claim: Callable[[str], bool]
) -> tuple[tuple[Event, ...], tuple[Report, ...], dict[str, str]]:
    """The happenings, the reports of them in text order, and for each telling's key that of its happening."""
    groups: list[list[Event]] = []
    by_type: dict[str, list[list[Event]]] = {}
    for event in events:
        same = None if is_claim(event.type) else next(
            (g for g in by_type.get(event.type, ()) if _one_happening(reading, g, event)), None
        )  # fmt: skip
        if same is None:
            groups.append([event])
            by_type.setdefault(event.type, []).append(groups[-1])
        else:
            same.append(event)
    groups = [_as_told(group) for group in groups if any(_anybody(event) for event in group)]
    name = {event.key: group[0].key for group in groups for event in group}
    merged = tuple(_merged(reading, group, name) for group in groups)
    reports = [
        Report(name[e.key], e.status, e.sources, e.passage, e.trigger)
        for group in groups
        for e in group
    ]
    return merged, tuple(sorted(reports, key=lambda r: (r.trigger.start, r.event))), name


def renamed(claims: Iterable[Claim], name: dict[str, str]) -> tuple[Claim, ...]:
    """The claims with the keys that their events have after fusing."""
    return tuple(replace(claim, event=name[claim.event]) if claim.event in name else claim for claim in claims)


def _one_happening(reading: Reading, group: list[Event], event: Event) -> bool:
    first = group[0]
    if (first.status in REAL) != (event.status in REAL) or (first.status not in REAL and first.status != event.status):
        return False
    return all(_compatible(reading, other, event) for other in group) and any(
        _shares(reading, other, event) for other in group
    )


def _compatible(reading: Reading, one: Event, other: Event) -> bool:
    if not _overlap((one.earliest, one.latest), (other.earliest, other.latest)):
        return False
    if one.concerns and other.concerns and not set(one.concerns) & set(other.concerns):
        return False
    return all(
        not (a and b) or bool(_identities(reading, a) & _identities(reading, b))
        for a, b in ((one.agents, other.agents), (one.targets, other.targets), (_towns(reading, one), _towns(reading, other)))
    )  # fmt: skip


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


def _anybody(event: Event) -> bool:
    return bool(event.agents or event.targets or event.places or event.concerns)


def _shares(reading: Reading, one: Event, other: Event) -> bool:
    if not _anybody(one) or not _anybody(other):  # "since the coup": the one that the article tells of
        return True
    ours = _identities(reading, (*one.agents, *one.targets, *one.places))
    theirs = _identities(reading, (*other.agents, *other.targets, *other.places))
    return bool(ours & theirs) or bool(set(one.concerns) & set(other.concerns))


def _towns(reading: Reading, event: Event) -> tuple[Participant, ...]:
    """Where it happened, states left out: a town and its country do not contradict each other."""
    return tuple(p for p in event.places if reading.actors[p.actor].kind == "Place")


def _identities(reading: Reading, participants: Iterable[Participant]) -> set[str]:
    return {_identity(reading.actors[p.actor]) for p in participants}


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
