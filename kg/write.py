"""Stage: an extraction → the facts of its article's graph, and back to accounts; events → their facts.

An article's graph holds its description, its passages and reports, and what it tells of each event, actor and agreement
(`cq:told…`), so that everything in the default graph and the claims' graphs can be computed again from the articles'
graphs alone. In it no event has a type or a role: `GRAPH ?claim { ?event a ?type }` finds only what is claimed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from pyoxigraph import Literal, NamedNode

from kg import terms
from kg.dataset.accounts import Account
from kg.dataset.fusing import Rules
from kg.dataset.likeness import keys
from kg.dataset.recall import accounts
from kg.dataset.settle import Happening
from kg.describe import claim_label, event_label
from kg.mint import Minted, Names, home, is_named, known, mint
from kg.model import (
    Actor,
    Agreement,
    Article,
    Claim,
    Event,
    Extraction,
    Participant,
    Report,
    Span,
    Status,
)
from kg.terms import DEFAULT, Fact, Graph, Node

STANDS_FOR_STATE = frozenset({"State", "Government", "ArmedForce"})  # act as one when articles are compared
LONGEST_PASSAGE = 2000  # characters; a longer quotation is cited by the sentence that introduces it
FEW_GRAPHS = 2
ONCE = frozenset({terms.EARLIEST, terms.LATEST, *terms.ROLE.values()})
Statements = Iterator[tuple[str, NamedNode, Node]]


@dataclass(frozen=True, slots=True)
class _Told:
    """One report before it is numbered: who tells what, in which words."""

    event: str  # the article's own IRI of it
    facts: tuple[tuple[NamedNode, Node], ...]
    report: Report
    scope: str | None


def article_facts(extraction: Extraction, base: str, names: Names, rules: Rules) -> list[Fact]:
    """The article's graph, but for the statements (`cq:reports`) that depend on other articles."""
    minted = mint(extraction, base, names)
    graph = NamedNode(minted.article)
    statements = [
        *_article(extraction.article, minted),
        *(s for actor in extraction.actors for s in _actor(actor, minted, extraction.article, names)),
        *(s for state, iri in minted.states.items() for s in _state(state, iri, names)),
        *(s for agreement in extraction.agreements for s in _agreement(agreement, extraction, minted)),
        *_reports(extraction, minted, rules),
    ]
    facts = [Fact(NamedNode(s), p, o, graph) for s, p, o in dict.fromkeys(statements)]
    return facts + [fact for account in accounts(facts).values() for fact in _filed(account, rules)]


def happening_facts(happening: Happening, rules: Rules, canonical: Mapping[str, str]) -> list[Fact]:
    """An event's statements in the default graph and in the graphs of the claims and scenarios that tell it.

    Each graph has the event's class, label and words. What is told in more than a few has its time and each role only once, in the
    default graph if an article asserts it, else in the first graph by IRI: what many claim would multiply the answers of a query
    that looks into all graphs, by the power of its patterns. `canonical` gives for the IRI of a claim by its article the one by
    which it goes.
    """
    graphs: dict[Graph, list[Account]] = {}
    for account in happening.accounts:
        places: list[Graph] = [NamedNode(canonical.get(scope, scope)) for scope in account.scopes]
        for graph in [*places, DEFAULT] if account.asserted else places:
            graphs.setdefault(graph, []).append(account)
    event, common = NamedNode(happening.iri), _common(happening, rules)
    once = ONCE if len(graphs) > FEW_GRAPHS else frozenset()
    facts: list[Fact] = []
    stated: set[tuple[NamedNode, Node]] = set()
    for graph in sorted(graphs, key=lambda graph: (graph != DEFAULT, str(graph))):
        said = {*common, *_roles(happening, graphs[graph])} - {one for one in stated if one[0] in once}
        facts += [Fact(event, *one, graph) for one in said]
        stated |= said
    aliases = [account.event for account in happening.accounts if account.event != happening.iri]
    return facts + [Fact(NamedNode(alias), terms.SAME_AS, event, DEFAULT) for alias in aliases]


def report_facts(account: Account, founder: str) -> list[Fact]:
    """That the account's reports are of the event with this IRI."""
    graph, event = NamedNode(account.article), NamedNode(founder)
    return [Fact(NamedNode(telling.iri), terms.REPORTS, event, graph) for telling in account.tellings]


def _common(happening: Happening, rules: Rules) -> list[tuple[NamedNode, Node]]:
    """Class, time, label and words, which are the same in every graph."""
    earliest, latest = happening.interval()
    return [
        (terms.TYPE, terms.cq(happening.type(rules))),
        (terms.LABEL, terms.label(happening.voice[0].label)),
        *((terms.CONTENT, terms.tagged(text, language)) for text, language in happening.contents()),
        *_days(earliest, latest, terms.EARLIEST, terms.LATEST),
    ]


def _roles(happening: Happening, told: Iterable[Account]) -> list[tuple[NamedNode, Node]]:
    """Who, whom, where and what agreement, as these accounts tell it."""
    roles = happening.roles(told).items()
    return [(terms.ROLE[role], NamedNode(iri)) for role, iris in roles for iri in iris]


def _days(
    earliest: date | None, latest: date | None, first: NamedNode, last: NamedNode
) -> list[tuple[NamedNode, Node]]:
    return [(p, terms.day(value)) for p, value in ((first, earliest), (last, latest)) if value]


# ------------------------------------------------------------------------------------------------- an article's graph


def _article(article: Article, minted: Minted) -> Statements:
    iri = minted.article
    yield iri, terms.TYPE, terms.ARTICLE
    yield iri, terms.IDENTIFIER, Literal(article.id)
    yield iri, terms.IN_LANGUAGE, Literal(article.language)
    if article.title:
        yield iri, terms.HEADLINE, terms.tagged(article.title, article.language)
    if article.published:
        yield iri, terms.PUBLISHED, terms.day(article.published)
    if article.source:
        yield iri, terms.PUBLISHER, Literal(article.source)
    if article.url:
        yield iri, terms.ADDRESS, _address(article.url)


def _address(url: str) -> Node:
    """An IRI where it is one, else the text as given."""
    try:
        return NamedNode(url)
    except ValueError:
        return Literal(url)


def _actor(actor: Actor, minted: Minted, article: Article, names: Names) -> Statements:
    """What it is called here, what it is, and as whom other articles know it."""
    iri, entry, state = minted.actors[actor.key], known(actor, names), home(actor, names)
    language = article.language
    yield iri, terms.TOLD_KIND, terms.cq(entry.kind if entry else actor.kind)
    yield (
        iri,
        terms.TOLD_LABEL,
        terms.label(entry.name) if entry else _name(actor.label, actor.kind, language),
    )
    for name in _told_names(actor, article):
        yield iri, terms.TOLD_NAME, _name(name, actor.kind, language)
    for name in entry.aliases if entry and entry.kind == "State" else ():
        yield iri, terms.TOLD_NAME, terms.label(name)
    for link in actor.links:
        yield iri, terms.TOLD_MATCH, NamedNode(link.iri)
    for link in actor.candidates:
        yield iri, terms.TOLD_CANDIDATE, NamedNode(link.iri)
    if state and minted.states[state.state or ""] != iri:
        yield iri, terms.TOLD_STATE, NamedNode(minted.states[state.state or ""])
    compared_as = _compared_as(actor, minted)
    if compared_as:
        yield iri, terms.COMPARED_AS, NamedNode(compared_as)


def _told_names(actor: Actor, article: Article) -> Iterator[str]:
    """Its label and the names that the article uses; not what is understood of "its troops" ("Arvania's troops")."""
    yield actor.label
    yield from (name for name in actor.names if "'s " not in name or name in article.text)


def _name(text: str, kind: str, language: str) -> Literal:
    """A name as a label; what holds nothing printable goes by its kind."""
    name = terms.label(text, language)
    return name if name.value else terms.label(kind)


def _compared_as(actor: Actor, minted: Minted) -> str | None:
    if actor.kind in STANDS_FOR_STATE and actor.state in minted.states:
        return minted.states[actor.state]
    return minted.actors[actor.key] if is_named(actor) else None


def _state(iso3: str, iri: str, names: Names) -> Statements:
    entry = names.state(iso3)
    yield iri, terms.TOLD_KIND, terms.cq(entry.kind)
    yield iri, terms.TOLD_LABEL, terms.label(entry.name)
    for match in entry.iris:
        yield iri, terms.TOLD_MATCH, NamedNode(match)


def _agreement(agreement: Agreement, extraction: Extraction, minted: Minted) -> Statements:
    iri, article, actors = minted.agreements[agreement.key], extraction.article, extraction.actors
    yield iri, terms.TOLD_KIND, terms.AGREEMENT
    yield iri, terms.TOLD_LABEL, _name(agreement.label, "Agreement", article.language)
    for name in agreement.names:
        yield iri, terms.TOLD_NAME, _name(name, "Agreement", article.language)
    for party in agreement.parties:
        yield iri, terms.TOLD_PARTY, NamedNode(minted.actors[party.actor])
    for compared_as in _agreement_compared_as(agreement, minted, actors):
        yield iri, terms.COMPARED_AS, NamedNode(compared_as)


def _agreement_compared_as(agreement: Agreement, minted: Minted, actors: Iterable[Actor]) -> list[str]:
    """Itself where it has a name, else its parties together where it names two or more."""
    if agreement.named:
        return [minted.agreements[agreement.key]]
    bound = {party.actor for party in agreement.parties}
    parties = {_compared_as(actor, minted) for actor in actors if actor.key in bound}
    named = sorted(party for party in parties if party)
    return named if len(named) > 1 else []


def _reports(extraction: Extraction, minted: Minted, rules: Rules) -> Statements:
    told = sorted(
        [*_told_events(extraction, minted, rules), *_told_claims(extraction, minted)],
        key=lambda t: (
            t.report.trigger.start,
            t.report.passage.start,
            t.event,
            t.report.status,
            t.scope or "",
        ),
    )
    scenarios = {event: n for n, event in enumerate(dict.fromkeys(t.event for t in told), start=1)}
    for number, one in enumerate(told, start=1):
        if one.scope is None and one.report.status is not Status.ASSERTED:
            scope = minted.scenario(scenarios[one.event])
            yield from _scenario(one, scope)
            one = replace(one, scope=scope)
        yield from _report(one, minted.report(number), extraction.article, minted)


def _scenario(told: _Told, scope: str) -> Statements:
    label = next(value.value for predicate, value in told.facts if predicate == terms.TOLD_LABEL)
    yield scope, terms.TOLD_KIND, terms.SCENARIO
    yield scope, terms.TOLD_LABEL, terms.label(f"Scenario: {label}")


def _report(told: _Told, iri: str, article: Article, minted: Minted) -> Statements:
    report = told.report
    yield iri, terms.TYPE, terms.REPORT
    yield iri, terms.TOLD_EVENT, NamedNode(told.event)
    yield iri, terms.STATUS, terms.cq(report.status)
    for source in report.sources:
        yield iri, terms.ATTRIBUTED_TO, NamedNode(minted.actors[source.actor])
    if told.scope:
        yield iri, terms.TOLD_IN, NamedNode(told.scope)
    for predicate, value in told.facts:
        yield iri, predicate, value
    passage = minted.passage(report.passage)
    yield iri, terms.IN_PASSAGE, NamedNode(passage)
    yield passage, terms.TYPE, terms.PASSAGE
    yield passage, terms.EXACT, terms.tagged(report.passage.text, article.language)
    yield passage, terms.START, terms.whole(report.passage.start)
    yield passage, terms.END, terms.whole(report.passage.end)


def _told_events(extraction: Extraction, minted: Minted, rules: Rules) -> Iterator[_Told]:
    reports: dict[str, list[Report]] = {event.key: [] for event in extraction.events}
    for report in extraction.reports:
        reports[report.event].append(report)
    for event in extraction.events:
        facts = _facts(event, extraction, minted, rules)
        for report in reports[event.key] or [_own_report(event)]:
            said = _as_said(report, event)
            yield _Told(minted.events[event.key], facts, said, _scope(said, event, extraction, minted))


def _own_report(event: Event) -> Report:
    return Report(event.key, event.status, event.sources, event.passage, event.trigger)


def _as_said(report: Report, event: Event) -> Report:
    """The report with a status that its source allows: what rests on somebody's word is alleged at best."""
    if report.status is not Status.ASSERTED:
        return report
    if not report.sources and (event.claim is None or event.status is Status.ASSERTED):
        return report
    return replace(report, status=Status.ALLEGED)


def _scope(report: Report, event: Event, extraction: Extraction, minted: Minted) -> str | None:
    """The claim in which a report stands: the one found with it, or the narrowest of a source's whose content holds it."""
    if report.status is Status.ASSERTED:
        return None
    keyed = {
        c.key: iri for c, iri in zip(extraction.claims, minted.claims, strict=True) if c.key
    } | minted.events
    found = keyed.get(event.claim or "") if event.claim != event.key else None
    if found and report.trigger == event.trigger:
        return found
    sources = {source.actor for source in report.sources}
    around = [
        (claim.content.end - claim.content.start, claim.content.start, iri)
        for claim, iri in zip(extraction.claims, minted.claims, strict=True)
        if claim.content.start <= report.trigger.start and report.trigger.end <= claim.content.end
        if iri != minted.events[event.key]
        if not sources or (claim.speaker and claim.speaker.actor in sources)
    ]
    return min(around)[2] if around else found


def _told_claims(extraction: Extraction, minted: Minted) -> Iterator[_Told]:
    """The attributions that are no events of their own: that somebody said so is asserted."""
    for claim, iri in zip(extraction.claims, minted.claims, strict=True):
        if claim.event is None:
            report = Report("", Status.ASSERTED, (), _cited(claim, extraction), claim.cue)
            yield _Told(iri, _claim_facts(claim, extraction, minted), report, None)


def _cited(claim: Claim, extraction: Extraction) -> Span:
    """From the first to the last of cue, content and speaker; the cue's sentence where that is too long.

    One sentence may hold several claims: each is cited by its own words.
    """
    home = [(s.start, s.end) for s in extraction.sentences if s.start <= claim.cue.start < s.end]
    start, end = home[0] if home else (claim.cue.start, claim.cue.end)
    cited = [(claim.cue.start, claim.cue.end), (claim.content.start, claim.content.end)]
    if claim.speaker and start <= claim.speaker.start < end:
        cited.append((claim.speaker.start, claim.speaker.end))
    whole = min(first for first, _ in cited), max(last for _, last in cited)
    start, end = whole if whole[1] - whole[0] <= LONGEST_PASSAGE else (start, end)
    return Span(start, end, extraction.article.text[start:end])


def _facts(
    event: Event, extraction: Extraction, minted: Minted, rules: Rules
) -> tuple[tuple[NamedNode, Node], ...]:
    contents = _contents(event, extraction, "Claim" in rules.parents.get(event.type, ()))
    roles: list[tuple[NamedNode, tuple[Participant, ...]]] = [
        (terms.TOLD_ROLE["agents"], event.agents),
        (terms.TOLD_ROLE["targets"], event.targets),
        (terms.TOLD_ROLE["places"], event.places),
    ]
    language = extraction.article.language
    return (
        (terms.TOLD_TYPE, terms.cq(event.type)),
        (terms.TOLD_LABEL, terms.label(event_label(event, extraction, contents))),
        *((predicate, NamedNode(minted.actors[p.actor])) for predicate, role in roles for p in role),
        *((terms.TOLD_ROLE["concerns"], NamedNode(minted.agreements[key])) for key in event.concerns),
        *_days(event.earliest, event.latest, terms.TOLD_EARLIEST, terms.TOLD_LATEST),
        *((terms.TOLD_CONTENT, terms.tagged(text, language)) for text in contents),
    )


def _claim_facts(claim: Claim, extraction: Extraction, minted: Minted) -> tuple[tuple[NamedNode, Node], ...]:
    speakers = (claim.speaker,) if claim.speaker else ()
    return (
        (terms.TOLD_TYPE, terms.cq(claim.type)),
        (terms.TOLD_LABEL, terms.label(claim_label(claim, extraction))),
        *((terms.TOLD_ROLE["agents"], NamedNode(minted.actors[p.actor])) for p in speakers),
        *((terms.TOLD_ROLE["targets"], NamedNode(minted.actors[p.actor])) for p in claim.targets),
        (terms.TOLD_CONTENT, terms.tagged(claim.content.text, extraction.article.language)),
    )


def _contents(event: Event, extraction: Extraction, is_claim: bool) -> list[str]:
    """The words of a speech event, those that lie within others left out; of one without any its passage."""
    claims = [claim for claim in extraction.claims if claim.event == event.key]
    spans = {claim.content for claim in claims} | ({event.content} if event.content else set())
    outer = [s for s in spans if not any(o != s and o.start <= s.start and s.end <= o.end for o in spans)]
    if is_claim and not any(span.text for span in outer):
        outer = [event.passage]
    return list(dict.fromkeys(span.text for span in sorted(outer) if span.text))


def _filed(account: Account, rules: Rules) -> list[Fact]:
    """The keys stand on the first report alone; all of them tell the same of the event."""
    first, graph = NamedNode(account.tellings[0].iri), NamedNode(account.article)
    return [Fact(first, terms.FUSION_KEY, Literal(key), graph) for key in keys(account, rules)]
