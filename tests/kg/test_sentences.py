"""What the whole pipeline reads in one short sentence, by phenomenon: a mended failure becomes a row of sentences.csv."""

import csv
from pathlib import Path

import pytest

from kg.model import Actor, Event, Extraction, Participant
from kg.pipeline import Pipeline
from kg.read import article_from_record

TABLE = Path(__file__).parent / "sentences.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


def _case(row: dict[str, str]) -> object:
    marks = [pytest.mark.xfail(reason=row["known_gap"], strict=True)] if row.get("known_gap") else []
    return pytest.param(row, id=f"{row['phenomenon']}: {row['text'][:60]} [{row['type']}]", marks=marks)


@pytest.mark.parametrize("row", [_case(row) for row in ROWS])
def test_a_sentence_gives_its_event(pipeline: Pipeline, row: dict[str, str]) -> None:
    """Each sentence gives the event of its row, with roles, status, source and dates; NONE gives none."""
    found = pipeline.extract(
        article_from_record({"id": "s", "text": row["text"], "published": row["published"]}, "row")
    )
    if row["type"] == "NONE":
        assert found.events == ()
    else:
        told = [event for event in found.events if event.type == row["type"]]
        assert any(_fits(found, event, row) for event in told), [
            (e.type, e.agents, e.targets, e.status, e.sources, e.earliest, e.latest) for e in found.events
        ]


def _fits(found: Extraction, event: Event, row: dict[str, str]) -> bool:
    actors = {actor.key: actor for actor in found.actors}
    return (
        _all_named(row["agents"], event.agents, actors)
        and _all_named(row["targets"], event.targets, actors)
        and _all_named(row["sources"], event.sources, actors)
        and event.status.value in row["status"].split("|")
        and row["earliest"] in ("", str(event.earliest))
        and row["latest"] in ("", str(event.latest))
    )


def _all_named(wanted: str, filled: tuple[Participant, ...], actors: dict[str, Actor]) -> bool:
    names = {
        name.casefold() for p in filled for name in (p.text, actors[p.actor].label, *actors[p.actor].names)
    }
    return all(any(want.casefold() in name for name in names) for want in wanted.split("|") if want)
