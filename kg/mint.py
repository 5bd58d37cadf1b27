"""Stage: values → IRIs. Readable first, then a short hash of the article's id and the place in it.

An IRI depends on its article (or, for what has a name everywhere, on the name) and never on what else is in the
dataset or in what order it came.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from kg.authority import Entry, fold
from kg.model import Actor, Agreement, Article, Claim, Event, Extraction, Form, Span

LONGEST = 60  # characters of a readable part


class Names(Protocol):
    """The authority's tables, as far as IRIs need them."""

    def entry(self, id: str) -> Entry:
        """The entry of this id, or KeyError."""

    def state(self, iso3: str) -> Entry:
        """The state of this code, or KeyError."""


@dataclass(frozen=True, slots=True)
class Minted:
    """The IRIs of everything in one extraction."""

    article: str
    actors: dict[str, str]  # Actor.key → IRI
    agreements: dict[str, str]  # Agreement.key → IRI
    events: dict[str, str]  # Event.key → IRI
    claims: tuple[str, ...]  # for each claim of the extraction: its speech event's IRI, or one of its own
    states: dict[str, str]  # ISO 3166-1 alpha-3 → IRI, for every state that an actor is or belongs to

    def passage(self, span: Span) -> str:
        """The piece of the article (RFC 5147)."""
        return f"{self.article}#char={span.start},{span.end}"

    def report(self, number: int) -> str:
        """The telling with this number, counted from 1 in text order."""
        return f"{self.article}#r{number}"

    def scenario(self, number: int) -> str:
        """The scenario of the event with this number, counted from 1 in text order."""
        return f"{self.article}#s{number}"


def mint(extraction: Extraction, base: str, names: Names) -> Minted:
    """IRIs for everything in the extraction, beginning with `base`."""
    article, labels = extraction.article, {actor.key: actor.label for actor in extraction.actors}
    paths = _unique(
        [
            (_event_path(event, labels), f"{event.trigger.start}-{event.trigger.end}")
            for event in extraction.events
        ]
        + [(_claim_path(claim, labels), f"{claim.cue.start}-{claim.cue.end}") for claim in extraction.claims],
        article.id,
    )
    events = {event.key: f"{base}event/{path}" for event, path in zip(extraction.events, paths, strict=False)}
    own = [f"{base}event/{path}" for path in paths[len(extraction.events) :]]
    return Minted(
        article=article_iri(article, base),
        actors={actor.key: actor_iri(actor, article, base, names) for actor in extraction.actors},
        agreements={a.key: _agreement_iri(a, article, base) for a in extraction.agreements},
        events=events,
        claims=tuple(
            events[claim.event] if claim.event else iri
            for claim, iri in zip(extraction.claims, own, strict=True)
        ),
        states=_states(extraction.actors, base, names),
    )


def article_iri(article: Article, base: str) -> str:
    """Date and title, then a hash of the id, which alone tells articles apart.

    >>> article_iri(Article("a.txt", "", (), "Calm returns to Kelda", date(2031, 5, 2)), "http://kg.example/")
    'http://kg.example/article/2031-05-02-calm-returns-to-kelda-18b7cb099a'
    """
    words = slug(article.title or "") or slug(article.id)
    return f"{base}article/{_joined(_day(article.published, article.published), words, _hash(article.id, size=10))}"


def actor_iri(actor: Actor, article: Article, base: str, names: Names) -> str:
    """By its row in the authority's tables; else by name and kind; what has no name is the article's own."""
    entry = known(actor, names)
    if entry:
        return f"{base}actor/{_entry_path(entry)}"
    if actor.authority:
        return f"{base}actor/{_joined(slug(actor.authority), _hash(actor.authority))}"
    if is_named(actor):
        return f"{base}actor/{_joined(slug(actor.label) or slug(actor.kind), _hash(actor.kind, fold(actor.label)))}"
    return f"{base}actor/{_joined(slug(actor.label) or slug(actor.kind), _hash(article.id, actor.key, actor.label))}"


def state_iri(entry: Entry, base: str) -> str:
    """The IRI of a state by its row in the tables."""
    return f"{base}actor/{_entry_path(entry)}"


def known(actor: Actor, names: Names) -> Entry | None:
    """The actor's row in the authority's tables."""
    try:
        return names.entry(actor.authority) if actor.authority else None
    except KeyError:
        return None


def home(actor: Actor, names: Names) -> Entry | None:
    """The state that the actor is or belongs to."""
    try:
        return names.state(actor.state) if actor.state else None
    except KeyError:
        return None


def is_named(actor: Actor) -> bool:
    """Whether another article would mean the same by this name: a bare surname may be anybody's."""
    named = any(mention.form is Form.NAME for mention in actor.mentions) or bool(actor.authority)
    return named and (bool(actor.authority) or actor.kind != "Person" or len(actor.label.split()) > 1)


def slug(words: str) -> str:
    """Lower-case ASCII words joined by hyphens, cut at a word's end; empty where nothing is left.

    >>> slug("Mali’s  “junta”: Éboué & Co."), slug("القاعدة")
    ('malis-junta-eboue-co', '')
    """
    plain = unicodedata.normalize("NFKD", words[: 4 * LONGEST]).encode("ascii", "ignore").decode().lower()
    whole = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
    if len(whole) <= LONGEST:
        return whole
    return whole[: LONGEST + 1].rpartition("-")[0] or whole[:LONGEST]


def words_of(type: str) -> str:
    """A class's name as words.

    >>> words_of("AgreementRenunciation")
    'agreement renunciation'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type).lower()


def _entry_path(entry: Entry) -> str:
    """States and their organs by name, everything else by its id, as a name may be had by several."""
    kind, _, rest = entry.id.partition("/")
    if rest and rest == entry.state:
        return slug(entry.name)
    plain, short = f"{kind}-{rest}", slug(f"{kind}-{rest}")
    return short if short == plain else _joined(short, _hash(entry.id))


def _agreement_iri(agreement: Agreement, article: Article, base: str) -> str:
    name = fold(agreement.label)
    place = (article.id, agreement.key, *(f"{m.start}-{m.end}" for m in agreement.mentions[:1]))
    return (
        f"{base}agreement/{_joined(slug(agreement.label), _hash(*((name,) if agreement.named else place)))}"
    )


def _states(actors: Iterable[Actor], base: str, names: Names) -> dict[str, str]:
    homes = {actor.state: home(actor, names) for actor in actors if actor.state}
    return {iso3: state_iri(entry, base) for iso3, entry in sorted(homes.items()) if entry}


def _event_path(event: Event, labels: dict[str, str]) -> str:
    who = next(iter(event.agents or event.targets or event.places), None)
    return _joined(
        _day(event.earliest, event.latest), slug(words_of(event.type)), slug(labels[who.actor]) if who else ""
    )


def _claim_path(claim: Claim, labels: dict[str, str]) -> str:
    return _joined(slug(words_of(claim.type)), slug(labels[claim.speaker.actor]) if claim.speaker else "")


def _unique(paths: Iterable[tuple[str, str]], id: str) -> list[str]:
    """Each path with a hash of its article and place; what has the same place is numbered in order."""
    seen: Counter[tuple[str, str]] = Counter()
    unique = []
    for path, place in paths:
        number = seen[path, place]
        seen[path, place] += 1
        unique.append(_joined(path, _hash(id, path, place, *([str(number)] if number else []))))
    return unique


def _day(earliest: date | None, latest: date | None) -> str:
    """The date as far as it is certain: day, month or year; empty where it is not."""
    if earliest is None or latest is None or earliest.year != latest.year:
        return earliest.isoformat()[:4] if earliest and not latest else ""
    if earliest == latest:
        return earliest.isoformat()
    return earliest.isoformat()[: 7 if earliest.month == latest.month else 4]


def _joined(*parts: str) -> str:
    return "-".join(part for part in parts if part)


def _hash(*parts: str, size: int = 8) -> str:
    """So many hexadecimal digits of the parts' SHA-256: 8 tell apart what already shares its readable part."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:size]
