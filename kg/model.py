"""The values that pass between the stages: frozen, without RDF and without the parser's types.

Offsets are Unicode code points into `Article.text`; every `end` is exclusive, and `Span.text` is exactly the slice.
Dates are calendar days; an interval's two ends are inclusive and `None` where unknown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """How surely an article tells an event; the values are the local names of the ontology's individuals."""

    ASSERTED = "Asserted"
    ALLEGED = "Alleged"
    DENIED = "Denied"
    PLANNED = "Planned"
    NEGATED = "Negated"
    HYPOTHETICAL = "Hypothetical"


class BlockKind(StrEnum):
    """What a piece of an article is; only these are read, boilerplate and metadata lines are in no block."""

    TITLE = "title"  # the headline where it stands in the text; metadata, gives no sentences
    HEADING = "heading"
    CAPTION = "caption"
    DATELINE = "dateline"  # "YANGON, July 25": where and when the article was written, no statement
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of an article's text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or caption: the unit that `segment` parses."""

    start: int
    end: int
    kind: BlockKind


@dataclass(frozen=True, slots=True)
class Article:
    """One news article as read."""

    id: str  # dcterms:identifier: the file's name, or the `id` of a JSON Lines row
    text: str
    blocks: tuple[Block, ...]  # in order, not overlapping
    title: str | None = None
    published: date | None = None
    source: str | None = None  # the outlet
    url: str | None = None
    language: str = "en"  # BCP 47


class Token(NamedTuple):
    """One word of a sentence with its place in the dependency tree (Universal POS, Penn tags, ClearNLP labels)."""

    index: int  # type: ignore[assignment]  # position in Sentence.tokens (hides tuple.index, of no use here)
    start: int
    end: int
    text: str
    lemma: str  # lower case
    pos: str
    tag: str
    dep: str
    head: int  # index of the head in Sentence.tokens; its own index for a root
    entity: str  # the named-entity label, empty outside entities
    entity_begins: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """One parsed sentence."""

    index: int  # position among the article's sentences
    block: int  # position in Article.blocks
    kind: BlockKind
    start: int
    end: int
    text: str
    tokens: tuple[Token, ...]
    children: tuple[tuple[int, ...], ...]  # for each token its dependents' indices, in text order
    noun_chunks: tuple[tuple[int, int], ...]  # base noun phrases as token index ranges, end exclusive
    continues: bool = False  # the rest of a sentence that was too long to be read as one

    def span(self, first: int, last: int) -> Span:
        """The text from token `first` to token `last`, both inclusive."""
        start, end = self.tokens[first].start, self.tokens[last].end
        return Span(start, end, self.text[start - self.start : end - self.start])

    def subtree(self, index: int) -> Iterator[int]:
        """Indices of the token and all below it, in no particular order."""
        stack = [index]
        while stack:
            at = stack.pop()
            yield at
            stack.extend(self.children[at])


class Form(StrEnum):
    """How a mention refers."""

    NAME = "name"
    NOMINAL = "nominal"
    PRONOUN = "pronoun"


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where an article speaks of an actor."""

    start: int
    end: int
    text: str
    form: Form
    sentence: int  # Sentence.index
    head: int  # index of the head token in that sentence: the token that fills a grammatical place


@dataclass(frozen=True, slots=True)
class Link:
    """An identity outside: an authority's IRI and how sure it is (0 to 1)."""

    iri: str
    score: float


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or some place that an article speaks of, with all mentions of it."""

    key: str  # unique in the article: "a1", "a2" … by first mention
    label: str  # the fullest name, or the phrase where there is none
    kind: str  # local name of an ontology class under cq:Actor
    mentions: tuple[Mention, ...]  # in text order
    state: str | None = None  # ISO 3166-1 alpha-3 of the state that it is or belongs to
    names: tuple[str, ...] = ()  # further names by which it goes (label excluded), sorted
    authority: str | None = None  # id of its row in seeds/, where linked
    links: tuple[Link, ...] = ()  # best first
    candidates: tuple[Link, ...] = ()  # what it may be, where nothing is sure enough


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """A date, time or duration as the text has it."""

    start: int
    end: int
    text: str
    sentence: int
    timex: str | None  # TIMEX3 value: 2022-05-02, 2022-04, 2013, 2022-W18, P9Y, PAST_REF …
    earliest: date | None = None
    latest: date | None = None
    kind: str = "DATE"  # TIMEX3 type: DATE, TIME, DURATION or SET
    relation: str = ""  # how its phrase is tied to what it dates: in, since, until, before, after, for …; empty where bare
    head: int = -1  # index of its head token in the sentence; -1 where no token begins in it


@dataclass(frozen=True, slots=True)
class Participant:
    """An actor in a role, with the mention that fills it (an empty span where it is understood)."""

    actor: str  # Actor.key
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement that an article speaks of."""

    key: str  # "g1", "g2" …
    label: str
    parties: tuple[Participant, ...]
    mentions: tuple[Span, ...]
    named: bool = False  # it has a proper name ("the Algiers Accord")
    names: tuple[str, ...] = ()  # further names (label excluded), sorted


@dataclass(frozen=True, slots=True)
class Event:
    """A happening as one passage tells it; after `fuse` its other tellings stand in `reports` of the Extraction."""

    key: str  # "e1", "e2" … in text order
    type: str  # local name of the ontology class
    sentence: int
    head: int  # index of the trigger's head token in its sentence
    trigger: Span
    passage: Span  # what is cited: the sentence that tells it
    agents: tuple[Participant, ...] = ()
    targets: tuple[Participant, ...] = ()
    places: tuple[Participant, ...] = ()
    concerns: tuple[str, ...] = ()  # Agreement.key
    earliest: date | None = None
    latest: date | None = None
    status: Status = Status.ASSERTED
    sources: tuple[Participant, ...] = ()  # on whose word; empty for Asserted
    content: Span | None = None  # what a speech event says
    plover: str | None = (
        None  # PLOVER type of this event: its class's, or that of the words or status that tell it
    )
    claim: str | None = (
        None  # in whose scope it stands: Event.key of the speech event, or Claim.key of a plain attribution
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """An attribution: who, by which words, says what of whom."""

    event: str | None  # Event.key of its speech event; None for plain attribution without one
    type: str  # Statement, Accusation, Denial …
    speaker: Participant | None
    cue: Span
    content: Span
    targets: tuple[Participant, ...] = ()
    key: str = ""  # "c1", "c2" … in text order; what Event.claim holds where there is no speech event


@dataclass(frozen=True, slots=True)
class Report:
    """One telling of an event: how surely, on whose word, in which passage."""

    event: str  # Event.key of the happening after fusing
    status: Status
    sources: tuple[Participant, ...]
    passage: Span
    trigger: Span


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that was found in one article: what `kg extract` writes and `write` turns into graphs."""

    article: Article
    sentences: tuple[Sentence, ...]
    actors: tuple[Actor, ...]
    times: tuple[TimeExpression, ...]
    events: tuple[Event, ...]  # one a happening, its roles merged over its tellings
    claims: tuple[Claim, ...]
    agreements: tuple[Agreement, ...]
    reports: tuple[Report, ...]  # in text order
