"""Stage: what was found in one article → the JSON object that `kg extract` writes (contract: extract.schema.json)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from kg.model import (
    Actor,
    Agreement,
    Claim,
    Event,
    Extraction,
    Link,
    Mention,
    Participant,
    Sentence,
    Span,
    TimeExpression,
)

Json = dict[str, Any]
Spanned = Span | Sentence | Mention | Participant | TimeExpression


def as_json(extraction: Extraction) -> Json:
    """One article's sentences, actors, times, events, claims and agreements, in text order.

    Of times that cover each other all are given, and every event has its PLOVER type or null.
    """
    article = extraction.article
    return {
        "id": article.id,
        "title": article.title,
        "published": _day(article.published),
        "language": article.language,
        "sentences": [_span(sentence) for sentence in extraction.sentences],
        "actors": [_actor(actor) for actor in extraction.actors],
        "times": [_time(time) for time in extraction.times],
        "events": [_event(event) for event in extraction.events],
        "claims": [_claim(claim) for claim in extraction.claims],
        "agreements": [_agreement(agreement) for agreement in extraction.agreements],
    }


def _span(piece: Spanned) -> Json:
    return {"start": piece.start, "end": piece.end, "text": piece.text}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _participant(participant: Participant) -> Json:
    return {"actor": participant.actor, **_span(participant)}


def _participants(participants: Iterable[Participant]) -> list[Json]:
    return [_participant(participant) for participant in participants]


def _links(links: Iterable[Link]) -> list[Json]:
    return [{"iri": link.iri, "score": link.score} for link in links]


def _actor(actor: Actor) -> Json:
    return {
        "id": actor.key,
        "label": actor.label,
        "kind": actor.kind,
        "state": actor.state,
        "names": list(actor.names),
        "links": _links(actor.links),
        "candidates": _links(actor.candidates),
        "mentions": [{**_span(mention), "form": mention.form.value} for mention in actor.mentions],
    }


def _time(time: TimeExpression) -> Json:
    return {**_span(time), "timex": time.timex, "earliest": _day(time.earliest), "latest": _day(time.latest)}


def _event(event: Event) -> Json:
    return {
        "id": event.key,
        "type": event.type,
        "plover": event.plover,
        "trigger": _span(event.trigger),
        "passage": _span(event.passage),
        "agents": _participants(event.agents),
        "targets": _participants(event.targets),
        "places": _participants(event.places),
        "concerns": list(event.concerns),
        "earliest": _day(event.earliest),
        "latest": _day(event.latest),
        "status": event.status.value,
        "sources": _participants(event.sources),
        "claim": event.claim,
    }


def _claim(claim: Claim) -> Json:
    return {
        "event": claim.event,
        "type": claim.type,
        "speaker": _participant(claim.speaker) if claim.speaker else None,
        "cue": _span(claim.cue),
        "content": _span(claim.content),
        "targets": _participants(claim.targets),
    }


def _agreement(agreement: Agreement) -> Json:
    return {
        "id": agreement.key,
        "label": agreement.label,
        "names": list(agreement.names),
        "parties": _participants(agreement.parties),
        "mentions": [_span(mention) for mention in agreement.mentions],
    }
