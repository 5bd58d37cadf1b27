"""Stage: is it fit to be stored? Each article by quick checks before it is written; a dataset by its SHACL shapes.

The shapes (`ontology/shapes.ttl`) are what counts; pySHACL takes seconds over them, so what could break one is refused
here by value before it is written, and tests hold the two together.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import pyshacl
from pyoxigraph import Literal, NamedNode, Quad
from rdflib import RDF, BNode, Graph, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.namespace import SH

from kg.errors import ArticleError
from kg.model import Extraction, Participant, Span
from kg.ontology import shapes


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that breaks a shape."""

    node: str
    message: str
    value: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the shapes say of a dataset."""

    violations: tuple[Violation, ...]  # sorted

    @property
    def conforms(self) -> bool:
        """Whether nothing breaks a shape."""
        return not self.violations

    def __str__(self) -> str:
        """One line a violation, or that there is none."""
        lines = [
            f"{v.node}: {v.message}" + (f" Found: {v.value}" if v.value else "") for v in self.violations
        ]
        return "\n".join(lines) if lines else "The dataset conforms to its shapes."


def verdict(quads: Iterable[Quad]) -> Verdict:
    """What the shapes say of these quads, all graphs taken together; the ontology must be among them."""
    found = Graph()
    for quad in quads:
        found.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    _, report, _ = pyshacl.validate(found, shacl_graph=shapes(), inference="none", advanced=False)
    results = report.subjects(RDF.type, SH.ValidationResult)
    return Verdict(
        tuple(
            sorted(
                (_violation(report, result) for result in results), key=lambda v: (v.node, v.message, v.value)
            )
        )
    )


def check_article(extraction: Extraction, event_types: Collection[str], actor_kinds: Collection[str]) -> None:
    """Refuse an extraction of which the article's graph would break a shape.

    Raises:
        ArticleError: with the first reason why.
    """
    reason = next(_faults(extraction, event_types, actor_kinds), None)
    if reason:
        raise ArticleError(extraction.article.id or "(no id)", reason)


def _faults(
    extraction: Extraction, event_types: Collection[str], actor_kinds: Collection[str]
) -> Iterator[str]:
    yield from _text_faults(extraction)
    yield from _span_faults(extraction)
    yield from _name_faults(extraction, event_types, actor_kinds)
    yield from _reference_faults(extraction)
    for event in extraction.events:
        if event.earliest and event.latest and event.earliest > event.latest:
            yield f"event {event.key} ends ({event.latest}) before it begins ({event.earliest})"


def _text_faults(extraction: Extraction) -> Iterator[str]:
    article = extraction.article
    if not article.id.strip():
        yield "has no id"
    for name in ("id", "title", "source", "url", "language", "text"):
        value = getattr(article, name) or ""
        if any("\ud800" <= letter <= "\udfff" for letter in value) if not value.isascii() else False:
            yield f"its {name} holds half of a surrogate pair, which is no character; decode it as UTF-16 or drop it"


def _span_faults(extraction: Extraction) -> Iterator[str]:
    text = extraction.article.text
    contents = [event.content for event in extraction.events if event.content]
    contents += [claim.content for claim in extraction.claims]
    passages = [event.passage for event in extraction.events] + [
        report.passage for report in extraction.reports
    ]
    for span in chain(passages, contents):
        if not 0 <= span.start < span.end <= len(text) or text[span.start : span.end] != span.text:
            yield f"its text at {span.start} to {span.end} is not {_cut(span)!r}"


def _name_faults(
    extraction: Extraction, event_types: Collection[str], actor_kinds: Collection[str]
) -> Iterator[str]:
    for type in [event.type for event in extraction.events] + [claim.type for claim in extraction.claims]:
        if type not in event_types:
            yield f"{type!r} is no event class of the ontology"
    for actor in extraction.actors:
        if actor.kind not in actor_kinds:
            yield f"{actor.kind!r}, the kind of {actor.label[:80]!r}, is no class beneath cq:Actor"
        for link in (*actor.links, *actor.candidates):
            if not _is_iri(link.iri):
                yield f"{link.iri!r}, a link of {actor.label[:80]!r}, is no IRI"


def _reference_faults(extraction: Extraction) -> Iterator[str]:
    events = {event.key for event in extraction.events}
    agreements = {agreement.key for agreement in extraction.agreements}
    actors = {actor.key for actor in extraction.actors}
    yield from (
        f"actor {p.actor} stands in a role and not among the actors"
        for p in _participants(extraction)
        if p.actor not in actors
    )
    named = [report.event for report in extraction.reports] + [c.event for c in extraction.claims if c.event]
    claims = {claim.key for claim in extraction.claims}
    named += [event.claim for event in extraction.events if event.claim and event.claim not in claims]
    yield from (f"event {key} is spoken of and not among the events" for key in named if key not in events)
    concerned = [key for event in extraction.events for key in event.concerns]
    yield from (f"agreement {key} is not among the agreements" for key in concerned if key not in agreements)


def _participants(extraction: Extraction) -> Iterator[Participant]:
    for event in extraction.events:
        yield from (*event.agents, *event.targets, *event.places, *event.sources)
    for claim in extraction.claims:
        yield from (*((claim.speaker,) if claim.speaker else ()), *claim.targets)
    for agreement in extraction.agreements:
        yield from agreement.parties
    for report in extraction.reports:
        yield from report.sources


def _is_iri(text: str) -> bool:
    try:
        return bool(NamedNode(text))
    except ValueError:
        return False


def _cut(span: Span) -> str:
    return span.text if len(span.text) <= 80 else span.text[:79] + "…"


def _violation(report: Graph, result: object) -> Violation:
    def one(path: URIRef) -> str:
        return min((str(value) for value in report.objects(result, path)), default="")  # type: ignore[arg-type]

    return Violation(one(SH.focusNode), one(SH.resultMessage), one(SH.value))


def _term(term: object) -> URIRef | BNode | RdflibLiteral:
    match term:
        case NamedNode(value=value):
            return URIRef(value)
        case Literal(value=value, language=str(language)):
            return RdflibLiteral(value, lang=language)
        case Literal(value=value, datatype=datatype):
            return RdflibLiteral(
                value, datatype=None if datatype.value.endswith("#string") else URIRef(datatype.value)
            )
    return BNode(str(term).removeprefix("_:"))
