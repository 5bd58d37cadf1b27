"""A graph of the contract's shape and any size, from a fixed seed: what the server's benchmark asks."""

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

BASE = "http://localhost:8000/"
CQ = "https://w3id.org/communique/ontology#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
XSD = "http://www.w3.org/2001/XMLSchema#"
KINDS = ("Coup", "Accusation", "Denial", "AgreementSigning", "Visit", "Expulsion", "Attack")
QUADS_PER_EVENT = 14.8
EVENTS_PER_ARTICLE = 10


def lines(events: int) -> Iterator[str]:
    """N-Quads of so many events, a tenth as many actors, and the articles that tell them."""
    chance = random.Random(7)
    actors = max(10, events // 10)
    for number in range(actors):
        yield from _actor(number, f"{BASE}actor/a{chance.randrange(actors)}")
    for number in range(events):
        yield from _event(number, chance, actors)


def _quad(subject: str, predicate: str, value: str, graph: str = "") -> str:
    return f"<{subject}> <{predicate}> {value} {f'<{graph}> ' if graph else ''}.\n"


def _actor(number: int, state: str) -> Iterator[str]:
    actor = f"{BASE}actor/a{number}"
    yield _quad(actor, TYPE, f"<{CQ}State>")
    yield _quad(actor, LABEL, f'"Actor number {number}"@en')
    yield _quad(actor, f"{CQ}ofState", f"<{state}>")


def _event(number: int, chance: random.Random, actors: int) -> Iterator[str]:
    event, kind = f"{BASE}event/e{number}", chance.choice(KINDS)
    yield _quad(event, TYPE, f"<{CQ}{kind}>")
    yield _quad(event, LABEL, f'"Event {number} in which somebody did something"@en')
    for role in ("agent", "target"):
        yield _quad(event, CQ + role, f"<{BASE}actor/a{chance.randrange(actors)}>")
    day = f'"20{chance.randrange(10, 24)}-0{chance.randrange(1, 10)}-1{chance.randrange(10)}"^^<{XSD}date>'
    yield _quad(event, f"{CQ}earliest", day)
    yield _quad(event, f"{CQ}latest", day)
    yield from _told(number, event)
    if kind == "Accusation":
        yield _quad(f"{BASE}event/x{number}", TYPE, f"<{CQ}Espionage>", event)


def _told(number: int, event: str) -> Iterator[str]:
    place = number % EVENTS_PER_ARTICLE
    article = f"{BASE}article/n{number // EVENTS_PER_ARTICLE}"
    if place == 0:
        yield _quad(article, TYPE, "<https://schema.org/NewsArticle>", article)
        yield _quad(article, "http://purl.org/dc/terms/identifier", f'"{number}.txt"', article)
    report, start = f"{article}#r{place}", place * 200
    passage = f"{article}#char={start},{start + 150}"
    yield _quad(report, TYPE, f"<{CQ}Report>", article)
    yield _quad(report, f"{CQ}reports", f"<{event}>", article)
    yield _quad(report, f"{CQ}status", f"<{CQ}Asserted>", article)
    yield _quad(report, f"{CQ}passage", f"<{passage}>", article)
    yield _quad(passage, TYPE, f"<{CQ}Passage>", article)
    words = f'"Sentence {number} tells in some thirty words what happened, where, when, who did it and on whose word."@en'
    yield _quad(passage, "http://www.w3.org/ns/oa#exact", words, article)
    yield _quad(passage, "http://www.w3.org/ns/oa#start", f'"{start}"^^<{XSD}integer>', article)
    yield _quad(passage, "http://www.w3.org/ns/oa#end", f'"{start + 150}"^^<{XSD}integer>', article)


def build(folder: Path, quads: int) -> int:
    """A published dataset of about so many quads; gives the number of events."""
    from kg.dataset.snapshots import data_folder, publish_snapshot

    events = int(quads / QUADS_PER_EVENT)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "generated.nq"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(lines(events))
    database = ox.Store(str(data_folder(folder)))
    database.bulk_load(path=file, format=ox.RdfFormat.N_QUADS)
    database.optimize()
    publish_snapshot(database, folder)
    return events


if __name__ == "__main__":
    sys.stdout.writelines(lines(int(sys.argv[1])))
