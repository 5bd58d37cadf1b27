"""Extractions written by hand: invented articles about invented quarrels of real states, as the stages would give them."""

from dataclasses import replace
from datetime import date
from typing import Any

from kg.model import (
    Actor,
    Agreement,
    Article,
    Block,
    BlockKind,
    Claim,
    Event,
    Extraction,
    Form,
    Link,
    Mention,
    Participant,
    Report,
    Sentence,
    Span,
    Status,
)


class Telling:
    """An extraction in the making: every phrase named must stand in the text, and its offsets follow."""

    def __init__(
        self, id: str, text: str, published: date | None, title: str | None = None, language: str = "en"
    ) -> None:
        blocks = (Block(0, len(text), BlockKind.PARAGRAPH),)
        self.article = Article(id, text, blocks, title, published, "The Lake Post", None, language)
        self.actors: list[Actor] = []
        self.agreements: list[Agreement] = []
        self.events: list[Event] = []
        self.claims: list[Claim] = []
        self.reports: list[Report] = []

    def span(self, words: str) -> Span:
        """The first place of these words."""
        start = self.article.text.index(words)
        return Span(start, start + len(words), words)

    def sentence(self, span: Span) -> Span:
        """The sentence around it."""
        text = self.article.text
        start = text.rfind(". ", 0, span.start) + 2 if ". " in text[: span.start] else 0
        end = text.find(". ", span.end)
        end = len(text) if end < 0 else end + 1
        return Span(start, end, text[start:end])

    def actor(
        self, label: str, kind: str, state: str | None = None, authority: str | None = None, *,
        named: bool = True, names: tuple[str, ...] = (), links: tuple[str, ...] = (), candidates: tuple[str, ...] = (),
    ) -> str:  # fmt: skip
        """Add an actor; gives its key."""
        form = Form.NAME if named else Form.NOMINAL
        mention = Mention(0, 1, self.article.text[:1], form, 0, 0)
        key = f"a{len(self.actors) + 1}"
        linked, possible = (tuple(Link(iri, 0.9) for iri in iris) for iris in (links, candidates))
        self.actors.append(Actor(key, label, kind, (mention,), state, names, authority, linked, possible))
        return key

    def agreement(self, label: str, *parties: str, named: bool = False) -> str:
        """Add an agreement between these actors; gives its key."""
        key = f"g{len(self.agreements) + 1}"
        self.agreements.append(Agreement(key, label, self.roles(*parties), (self.span(label),), named))
        return key

    def roles(self, *actors: str) -> tuple[Participant, ...]:
        """These actors in a role."""
        return tuple(Participant(actor, 0, 0, "") for actor in actors)

    def event(
        self, type: str, trigger: str, *, agents: tuple[str, ...] = (), targets: tuple[str, ...] = (),
        places: tuple[str, ...] = (), concerns: tuple[str, ...] = (), days: tuple[date, date] | None = None,
        status: Status = Status.ASSERTED, sources: tuple[str, ...] = (), content: str | None = None,
        claim: str | None = None,
    ) -> str:  # fmt: skip
        """Add an event with a report in its sentence; gives its key."""
        key, cue = f"e{len(self.events) + 1}", self.span(trigger)
        earliest, latest = days or (None, None)
        self.events.append(
            Event(
                key,
                type,
                0,
                0,
                cue,
                self.sentence(cue),
                self.roles(*agents),
                self.roles(*targets),
                self.roles(*places),
                concerns,
                earliest,
                latest,
                status,
                self.roles(*sources),
                self.span(content) if content else None,
                claim,
            )
        )
        self.report(key, status, trigger, sources)
        return key

    def report(self, event: str, status: Status, trigger: str, sources: tuple[str, ...] = ()) -> None:
        """Add a further report of an event."""
        cue = self.span(trigger)
        self.reports.append(Report(event, status, self.roles(*sources), self.sentence(cue), cue))

    def claim(
        self, cue: str, content: str, speaker: str | None, type: str = "Statement", event: str | None = None,
        targets: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Add an attribution."""
        who = self.roles(speaker)[0] if speaker else None
        self.claims.append(Claim(event, type, who, self.span(cue), self.span(content), self.roles(*targets)))

    def done(self) -> Extraction:
        """The extraction."""
        text = self.article.text
        sentence = Sentence(0, 0, BlockKind.PARAGRAPH, 0, len(text), text, (), (), ())
        reports = tuple(sorted(self.reports, key=lambda report: report.trigger))
        return Extraction(
            self.article, (sentence,), tuple(self.actors), (), tuple(self.events), tuple(self.claims),
            tuple(self.agreements), reports,
        )  # fmt: skip


def renunciation() -> Extraction:
    """Mali renounces agreements, accuses France of spying; France says that it will leave."""
    telling = Telling(
        "first.txt",
        "Mali on Monday renounced two defence pacts with France. Mali accused the French army of spying on it. "
        "France denied having spied. France said its soldiers would leave by August. Four men were seen.",
        date(2022, 5, 5),
        "Mali ends its pacts",
    )
    mali = telling.actor(
        "Government of Mali", "Government", "MLI", "government/MLI", names=("Malian government",)
    )
    state = telling.actor("Mali", "State", "MLI", "state/MLI", links=("http://www.wikidata.org/entity/Q912",))
    france = telling.actor(
        "France", "State", "FRA", "state/FRA", links=("http://www.wikidata.org/entity/Q142",)
    )
    army = telling.actor("French army", "ArmedForce", "FRA", "armed-force/FRA")
    telling.actor("four men", "Person", named=False)
    pacts = telling.agreement("two defence pacts", state, france)
    monday = date(2022, 5, 2)
    telling.event(
        "AgreementRenunciation", "renounced", agents=(mali,), concerns=(pacts,), days=(monday, monday)
    )
    accusation = telling.event(
        "Accusation",
        "accused",
        agents=(state,),
        targets=(army,),
        content="spying on it",
        days=(monday, date(2022, 5, 5)),
    )
    telling.claim("accused", "spying on it", state, "Accusation", accusation, (army,))
    spying = telling.event(
        "Espionage",
        "spying",
        agents=(army,),
        targets=(state,),
        status=Status.ALLEGED,
        sources=(state,),
        claim=accusation,
    )
    denial = telling.event("Denial", "denied", agents=(france,), content="having spied")
    telling.claim("denied", "having spied", france, "Denial", denial)
    telling.report(spying, Status.DENIED, "spied", (france,))
    telling.claim("said", "its soldiers would leave by August", france)
    telling.event(
        "Withdrawal", "leave", agents=(france,), places=(state,), status=Status.PLANNED, sources=(france,)
    )
    return telling.done()


def echo() -> Extraction:
    """A day later, another article: the same renunciation with its own words, the same denial, and a coup of old."""
    telling = Telling(
        "second.txt",
        "Bamako scrapped two defence pacts with Paris this week. Paris rejects that it spied on Mali. "
        "Soldiers led by Assimi Goita seized power in Mali in May 2021. If talks fail, Mali may expel envoys.",
        date(2022, 5, 6),
        "After the pacts",
    )
    mali = telling.actor("Mali", "State", "MLI", "state/MLI", names=("Bamako",))
    france = telling.actor("France", "State", "FRA", "state/FRA", names=("Paris",))
    goita = telling.actor("Assimi Goita", "Person", "MLI")
    envoys = telling.actor("envoys", "Person", named=False)
    pacts = telling.agreement("two defence pacts", mali, france)
    telling.event(
        "AgreementRenunciation", "scrapped", agents=(mali,), targets=(france,), concerns=(pacts,),
        days=(date(2022, 5, 2), date(2022, 5, 6)),
    )  # fmt: skip
    telling.event(
        "Espionage", "spied", agents=(france,), targets=(mali,), status=Status.DENIED, sources=(france,)
    )
    telling.event(
        "Coup", "seized power", agents=(goita,), places=(mali,), days=(date(2021, 5, 1), date(2021, 5, 31))
    )
    telling.event("Expulsion", "expel", agents=(mali,), targets=(envoys,), status=Status.HYPOTHETICAL)
    return telling.done()


def earlier() -> Extraction:
    """Published before the others: tells the renunciation as Mali's word, and the coup with its day."""
    telling = Telling(
        "zeroth.txt",
        "Mali said it had quit the pacts with France. On 24 May 2021 Assimi Goita toppled the president of Mali.",
        date(2022, 5, 3),
    )
    mali = telling.actor("Mali", "State", "MLI", "state/MLI")
    france = telling.actor("France", "State", "FRA", "state/FRA")
    goita = telling.actor("Assimi Goita", "Person", "MLI")
    president = telling.actor("the president of Mali", "Person", "MLI", named=False)
    telling.claim("said", "it had quit the pacts with France", mali)
    telling.event(
        "AgreementRenunciation", "quit", agents=(mali,), targets=(france,), days=(date(2022, 5, 2), date(2022, 5, 3)),
        status=Status.ALLEGED, sources=(mali,),
    )  # fmt: skip
    day = date(2021, 5, 24)
    telling.event("Coup", "toppled", agents=(goita,), targets=(president,), places=(mali,), days=(day, day))
    return telling.done()


def clashes(number: int, day: date, published: date, rebels: str = "March 23 Movement") -> Extraction:
    """The army and rebels clash on a day: what recurs daily."""
    telling = Telling(
        f"clash-{number}.txt", f"Fighters of {rebels} clashed with the army near Sake.", published
    )
    group = telling.actor(rebels, "ArmedGroup", named=rebels[0].isupper())
    army = telling.actor("Congolese army", "ArmedForce", "COD", "armed-force/COD")
    sake = telling.actor("Sake", "Place", "COD")
    telling.event("Clash", "clashed", agents=(group,), targets=(army,), places=(sake,), days=(day, day))
    return telling.done()


def retold(extraction: Extraction, **changes: Any) -> Extraction:
    """The same with other properties of the article."""
    return replace(extraction, article=replace(extraction.article, **changes))
