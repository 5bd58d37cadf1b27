"""What one article tells of one happening: the values that `settle` joins to events."""

from dataclasses import dataclass
from datetime import date

from kg.model import Status

REAL = frozenset(
    {Status.ASSERTED, Status.ALLEGED, Status.DENIED}
)  # told as having happened, or denied to have
ROLES = ("agents", "targets", "places", "concerns")


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
    def denied(self) -> bool:
        """Whether all that the article has of it is that somebody denies it."""
        return all(telling.status is Status.DENIED for telling in self.tellings)

    @property
    def unreal(self) -> Status | None:
        """Its status where it is only planned, negated or supposed; None of what is told as having happened."""
        statuses = {telling.status for telling in self.tellings}
        return None if statuses & REAL else min(statuses)

    @property
    def rank(self) -> tuple[date, str, int, str]:
        """The order of telling: publication date (none comes last), article's id, offset."""
        return self.published or date.max, self.identifier, self.tellings[0].offset, self.event

    @property
    def scopes(self) -> tuple[str, ...]:
        """The claims and scenarios in which it stands, by the article's own IRIs."""
        return tuple(sorted({telling.scope for telling in self.tellings if telling.scope}))
