"""Stage: our events and an outside table's rows → proposed links, each with what speaks for it and how sure it is."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from kg.authority import Authority
from kg.linksets.confidence import Weights
from kg.linksets.happened import SIGNS, Happened
from kg.linksets.links import CLOSE, EXACT, Link
from kg.linksets.table import Row

MONTH, YEAR = 31, 366  # days


@dataclass(frozen=True, slots=True)
class _Fit:
    """One row that may be one event."""

    event: Happened
    row: Row
    confidence: float
    precise: bool  # the day, the class and the state by a role agree
    grounds: str


def match(
    events: Iterable[Happened], rows: Iterable[Row], authority: Authority, weights: Weights, source: str
) -> tuple[Link, ...]:
    """A link for each row that may be an event of ours: same state, days that meet or nearly do.

    Exact where day, class and state agree and neither side has another that fits as well; close otherwise.
    """
    by_state: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_state[row.state].append(row)
    matcher = _Matcher(by_state, authority, weights)
    fits = [fit for event in events for fit in matcher.fits(event)]
    exact = Counter(fit.row.iri for fit in fits if fit.precise)
    return tuple(sorted(_link(fit, exact[fit.row.iri] == 1, source) for fit in fits))


class _Matcher:
    def __init__(self, by_state: dict[str, list[Row]], authority: Authority, weights: Weights) -> None:
        self.by_state, self.authority, self.weights = by_state, authority, weights

    def fits(self, event: Happened) -> Sequence[_Fit]:
        """The rows that may be the event; where several fit equally well none is precise."""
        sign = next((sign for sign in SIGNS if event.states.get(sign)), None)
        if sign is None:
            return ()
        rows = [row for state in sorted(event.states[sign]) for row in self.by_state.get(state, ())]
        fits = [fit for row in rows for fit in self._fit(event, row, sign)]
        best = max((fit.confidence for fit in fits), default=0.0)
        rivals = sum(fit.confidence == best for fit in fits) > 1
        return [self._beside(fit, rivals) if fit.confidence == best else fit for fit in fits]

    def _beside(self, fit: _Fit, rivals: bool) -> _Fit:
        if not rivals:
            return fit
        grounds = f"{fit.grounds}; another row fits as well"
        confidence = fit.confidence * self.weights.rival["rows"]
        return replace(fit, confidence=confidence, precise=False, grounds=grounds)

    def _fit(self, event: Happened, row: Row, sign: str) -> Iterator[_Fit]:
        dated = self._dated(event, row)
        if dated is None:
            return
        several = len(event.states[sign]) > 1
        worth = self.weights.state[sign] * (self.weights.state["several"] if several else 1)
        same = event.type in row.classes
        worth *= self.weights.date[dated] * self.weights.type["same" if same else "other"]
        named = bool(event.names & set(row.names))
        precise = dated == "day" and same and not several and sign in SIGNS[:3]
        yield _Fit(event, row, worth, precise, self._grounds(event, row, sign, dated, named))

    def _dated(self, event: Happened, row: Row) -> str | None:
        """How the days of event and row go together: a key of [date], or None where they do not."""
        if event.latest is None:
            return None
        if event.earliest is None:
            recent = event.latest - timedelta(days=YEAR) <= row.latest and row.earliest <= event.latest
            return "open" if recent else None
        days = max(event.latest - event.earliest, row.latest - row.earliest).days + 1
        near = timedelta(days=self.weights.near_days)
        if event.earliest <= row.latest and row.earliest <= event.latest:
            known = ((self.weights.near_days, "day"), (MONTH, "month"), (YEAR, "year"))
            return next((key for most, key in known if days <= most), "longer")
        if days <= near.days and event.earliest - near <= row.latest and row.earliest <= event.latest + near:
            return "near"
        return None

    def _grounds(self, event: Happened, row: Row, sign: str, dated: str, named: bool) -> str:
        signs = {
            "names": "the names of those who take part",
            "passage": "the sentences",
            "article": "the article",
        }
        parts = [
            f"{self.authority.state(row.state).name} by {signs.get(sign, f'its {sign}')}",
            f"{_days(row.earliest, row.latest)} for {_days(event.earliest, event.latest)} ({dated})",
            f"{'/'.join(row.classes)} for {event.type}",
        ]
        return "; ".join([*parts, "a name agrees"] if named else parts)


def _link(fit: _Fit, only: bool, source: str) -> Link:
    return Link(
        subject=fit.event.iri,
        predicate=EXACT if fit.precise and only else CLOSE,
        object=fit.row.iri,
        subject_label=fit.event.label,
        object_label=fit.row.label,
        justification="semapv:CompositeMatching",
        confidence=round(fit.confidence, 3),
        comment=fit.grounds,
        source=source,
    )


def _days(earliest: object, latest: object) -> str:
    if earliest == latest:
        return str(earliest)
    return f"{earliest} to {latest}" if earliest else f"before {latest}"
