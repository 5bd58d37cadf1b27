"""Stage: an article's graph → what it tells, as accounts: the way back from `write`."""

from collections.abc import Iterable
from datetime import date

from pyoxigraph import Literal, NamedNode

from kg import terms
from kg.dataset.accounts import ROLES, Account, Party, Telling
from kg.model import Status
from kg.terms import Fact, Node

Told = dict[NamedNode, list[Node]]  # predicate → values
About = dict[str, Told]  # by subject


def accounts(facts: Iterable[Fact]) -> dict[str, Account]:
    """What the reports among these statements of one article's graph tell, by the article's own IRIs of the events."""
    about: About = {}
    reports: dict[str, list[str]] = {}
    article = ""
    for fact in facts:
        about.setdefault(fact.subject.value, {}).setdefault(fact.predicate, []).append(fact.object)
        if fact.predicate == terms.TOLD_EVENT:
            reports.setdefault(fact.object.value, []).append(fact.subject.value)
            article = str(fact.graph_name).strip("<>")
    return {event: _account(event, article, iris, about) for event, iris in sorted(reports.items())}


def _account(event: str, article: str, reports: Iterable[str], about: About) -> Account:
    tellings = sorted((_telling(iri, about) for iri in reports), key=lambda t: (t.offset, t.iri))
    told, source = about[tellings[0].iri], about[article]
    agents, targets, places, concerns = (
        _parties(told.get(terms.TOLD_ROLE[role], []), about) for role in ROLES
    )
    return Account(
        event=event,
        article=article,
        identifier=source[terms.IDENTIFIER][0].value,
        published=_date(source, terms.PUBLISHED),
        type=terms.local(told[terms.TOLD_TYPE][0]),
        label=told[terms.TOLD_LABEL][0].value,
        tellings=tuple(tellings),
        agents=agents,
        targets=targets,
        places=places,
        concerns=concerns,
        earliest=_date(told, terms.TOLD_EARLIEST),
        latest=_date(told, terms.TOLD_LATEST),
        contents=tuple(sorted(_words(text) for text in told.get(terms.TOLD_CONTENT, []))),
    )


def _telling(iri: str, about: About) -> Telling:
    told = about[iri]
    offset = about[told[terms.IN_PASSAGE][0].value][terms.START][0]
    status = Status(terms.local(told[terms.STATUS][0]))
    return Telling(iri, status, _least(told, terms.TOLD_IN), int(offset.value))


def _parties(nodes: Iterable[Node], about: About) -> tuple[Party, ...]:
    return tuple(_party(iri, about[iri]) for iri in sorted(node.value for node in nodes))


def _party(iri: str, told: Told) -> Party:
    kind = min(terms.local(kind) for kind in told[terms.TOLD_KIND])
    names = sorted(name.value for name in told.get(terms.COMPARED_AS, []))
    return Party(iri, kind, " ".join(names) or None)


def _words(text: Node) -> tuple[str, str]:
    return text.value, (text.language or "") if isinstance(text, Literal) else ""


def _least(told: Told, predicate: NamedNode) -> str | None:
    return min((node.value for node in told.get(predicate, [])), default=None)


def _date(told: Told, predicate: NamedNode) -> date | None:
    value = _least(told, predicate)
    return date.fromisoformat(value) if value else None
