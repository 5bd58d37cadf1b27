"""The JSON that `kg extract` writes: the contract's shape, and every offset a slice of the text."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kg.extract import as_json
from kg.model import (
    Actor,
    Agreement,
    Article,
    Claim,
    Event,
    Extraction,
    Form,
    Link,
    Mention,
    Participant,
    Report,
    Span,
    Status,
    TimeExpression,
)

TEXT = "On Monday Arvania said that Belmora had broken the Veil Accord."


def span(words: str) -> Span:
    """Where the words stand in the text."""
    start = TEXT.index(words)
    return Span(start, start + len(words), words)


def participant(actor: str, words: str) -> Participant:
    """An actor in a role."""
    place = span(words)
    return Participant(actor, place.start, place.end, words)


def actor(key: str, name: str, **more: Any) -> Actor:
    """A state of one mention."""
    place = span(name)
    return Actor(key, name, "State", (Mention(place.start, place.end, name, Form.NAME, 0, 0),), **more)


@pytest.fixture
def extraction() -> Extraction:
    """One claim of a breach, told by a state."""
    whole = span(TEXT)
    statement = Event(
        "e1", "Statement", 0, 3, span("said"), whole, agents=(participant("a1", "Arvania"),), content=span(TEXT[28:62])
    )  # fmt: skip
    breach = Event(
        "e2", "AgreementBreach", 0, 7, span("broken"), whole, agents=(participant("a2", "Belmora"),), concerns=("g1",), plover="REJECT",
        earliest=None, latest=date(2021, 3, 1), status=Status.ALLEGED, sources=(participant("a1", "Arvania"),), claim="e1",
    )  # fmt: skip
    monday = span("Monday")
    return Extraction(
        Article("a.txt", TEXT, (), "Broken", date(2021, 3, 4)),
        (),
        (actor("a1", "Arvania", links=(Link("http://example.org/arvania", 0.9),)), actor("a2", "Belmora")),
        (
            TimeExpression(
                monday.start, monday.end, "Monday", 0, "2021-03-01", date(2021, 3, 1), date(2021, 3, 1)
            ),
        ),
        (statement, breach),
        (Claim("e1", "Statement", participant("a1", "Arvania"), span("said"), span(TEXT[28:62])),),
        (Agreement("g1", "Veil Accord", (), (span("Veil Accord"),), named=True),),
        (Report("e1", Status.ASSERTED, (), whole, span("said")),),
    )


def spans(value: Any) -> Iterator[dict[str, Any]]:
    """Every object with offsets, however deep."""
    if isinstance(value, dict):
        if "start" in value:
            yield value
        for part in value.values():
            yield from spans(part)
    elif isinstance(value, list):
        for part in value:
            yield from spans(part)


def test_shape(extraction: Extraction, shared: Path) -> None:
    """What is written is valid against the contract's schema."""
    schema = json.loads((shared / "contract" / "extract.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(as_json(extraction), schema)


def test_offsets(extraction: Extraction) -> None:
    """Every span written is the text's slice at its offsets."""
    found = list(spans(as_json(extraction)))
    assert len(found) > 12
    assert all(TEXT[piece["start"] : piece["end"]] == piece["text"] for piece in found)


def test_values(extraction: Extraction) -> None:
    """Dates are written as ISO days or null, states of certainty by name, and events with their PLOVER type."""
    written = as_json(extraction)
    breach = written["events"][1]
    assert (breach["earliest"], breach["latest"]) == (None, "2021-03-01")
    assert (breach["status"], breach["claim"], breach["concerns"]) == ("Alleged", "e1", ["g1"])
    assert [event["plover"] for event in written["events"]] == [None, "REJECT"]
    assert written["actors"][0]["links"] == [{"iri": "http://example.org/arvania", "score": 0.9}]
    assert written["claims"][0]["speaker"]["actor"] == "a1"


def test_json_serialisable(extraction: Extraction) -> None:
    """It survives being written and read as JSON."""
    written = as_json(extraction)
    assert json.loads(json.dumps(written)) == written
