"""PLOVER types of judged events: what is only promised, threatened or refused has another type than what is done.

PLOVER's codebook types a promise to help as AGREE, an announced attack as THREATEN and help withheld as REJECT; `ontology/words/plover.csv`
holds these turns (columns `plover,status,becomes`; an empty `becomes` means that nothing of any type happened).
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from kg.errors import TableError
from kg.lexicon import PLOVER
from kg.model import Event, Status

Turns = Mapping[tuple[str, str], str]


def type_by_status(events: Iterable[Event], turns: Turns) -> tuple[Event, ...]:
    """The events with the PLOVER type that they have as judged."""
    return tuple(
        replace(event, plover=turns.get((event.plover, event.status), event.plover) or None)
        if event.plover
        else event
        for event in events
    )


def load_turns(file: Path) -> Turns:
    """The table of turns.

    Raises:
        TableError: a row names no PLOVER type or no status.
    """
    turns = {}
    with file.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            if row["plover"] not in PLOVER or row["status"] not in set(Status):
                raise TableError(
                    str(file),
                    number,
                    f"{row['plover']!r}, {row['status']!r}: wanted a PLOVER type and a status",
                )
            turns[row["plover"], row["status"]] = row["becomes"]
    return turns
