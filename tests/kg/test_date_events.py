"""When what is told happened, where the date stands in another clause, sentence or paragraph than the deed."""

import csv
from pathlib import Path

import pytest

from kg.pipeline import Pipeline
from kg.read import article_from_record

TABLE = Path(__file__).parent / "event_dates.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['why']}: {row['text'][:60]}")
def test_an_event_has_the_time_that_the_story_gives_it(pipeline: Pipeline, row: dict[str, str]) -> None:
    """The event of a type has the days of its row ("" for an open end); ¶ parts paragraphs."""
    text = row["text"].replace("¶", "\n\n")
    found = pipeline.extract(
        article_from_record({"id": "s", "text": text, "published": row["published"]}, "row")
    )
    told = {
        (str(event.earliest or ""), str(event.latest or ""))
        for event in found.events
        if event.type == row["type"] and row["status"] in ("", event.status)
    }
    assert (row["earliest"], row["latest"]) in told, [
        (e.type, e.trigger.text, e.status, e.earliest, e.latest) for e in found.events
    ]
