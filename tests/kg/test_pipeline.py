"""The whole way of an article: the same bytes each time, exact spans, and no input that stops it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.extract import as_json
from kg.model import Extraction
from kg.pipeline import Pipeline
from kg.read import article_from_record, article_from_text

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT / "seeds" / "00-mali-france.txt"

HOSTILE = {
    "2,000 words": "The army attacked the town and " * 333 + "left.",
    "nested clauses": "The minister said that " * 200 + "rebels attacked the town.",
    "quotation marks": '"' * 3000,
    "unbalanced quotes": "“The army “attacked ”the town, ‘he said. " * 40,
    "zero width and right to left": "The\u200b army\u202e attacked\u2066 Goma\u200f on Monday.",
    "emoji": "🇲🇱 Mali 😡 expelled 🇫🇷 the French ambassador 👋 on Monday 📅.",
    "capitals": "MALI EXPELLED THE FRENCH AMBASSADOR ON MONDAY AND REBELS ATTACKED GAO.",
    "no punctuation": "mali expelled the french ambassador rebels attacked gao the army fled " * 30,
    "a table": "Team\tP\tW\nMali\t3\t2\nFrance\t3\t1\n" * 30,
    "a live blog": "14:02 – Rebels enter Goma\n\n14:05 – UN: “stop”\n\n14:09 LIVE ➡ army retreats\n\n" * 20,
    "conjunctions": "The army attacked Goma and " * 150 + "fled.",
    "one long line": "word " * 20_000,
}


def _extract(pipeline: Pipeline, text: str) -> Extraction:
    return pipeline.extract(article_from_record({"id": "x", "text": text, "published": "2024-03-14"}, "x"))


def _spans(node: object) -> Iterator[tuple[int, int, str]]:
    if isinstance(node, dict):
        if {"start", "end", "text"} <= node.keys():
            yield node["start"], node["end"], node["text"]
        for value in node.values():
            yield from _spans(value)
    elif isinstance(node, list):
        for value in node:
            yield from _spans(value)


def _faults(pipeline: Pipeline, text: str) -> list[tuple[int, int, str]]:
    found = as_json(_extract(pipeline, text))
    return [span for span in _spans(found) if text[span[0] : span[1]] != span[2]]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_with_exact_spans(pipeline: Pipeline, name: str) -> None:
    """Whatever a text looks like, it is read, and all that is cited stands where it is said to stand."""
    assert _faults(pipeline, HOSTILE[name]) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "Mali",
                    "accused",
                    "France",
                    "of",
                    "spying",
                    "said",
                    "“",
                    "”",
                    '"',
                    "that",
                    "rebels",
                    "on Monday",
                ]
            ),
            st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=6),
        ),
        max_size=40,
    ).map(" ".join)
)
def test_every_span_is_the_text_at_its_offsets(pipeline: Pipeline, text: str) -> None:
    """For any text, each span of the extraction is exactly the slice at its offsets."""
    text = f"Mali said: {text}"  # an article of white space alone is refused, as are control characters
    assert _faults(pipeline, text) == []


def test_other_processes_and_hash_seeds_give_the_same_bytes() -> None:
    """One process or two, with whatever hash seed: the same JSON."""
    told = {
        subprocess.run(
            [sys.executable, "-m", "kg.cli", "extract", "--processes", processes, str(SEED)],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=280,
        ).stdout
        for seed, processes in (("1", "1"), ("2", "2"))
    }  # fmt: skip
    assert len(told) == 1
    assert json.loads(told.pop())["events"]


def test_the_seed_article_tells_what_a_reader_would_name(pipeline: Pipeline) -> None:
    """Two coups, the renunciation with its parties, the expulsion, the planned pull-out, and who accused whom."""
    found = pipeline.extract(article_from_text(SEED.name, SEED.read_text(encoding="utf-8")))
    states = {actor.key: actor.state for actor in found.actors}
    told = {
        (e.type, e.status.value, str(e.earliest)[:7], *sorted({states[p.actor] or "" for p in e.agents}))
        for e in found.events
    }
    assert {t[2] for t in told if t[0] == "Coup" and t[1] == "Asserted"} == {"2020-08", "2021-05"}
    assert ("AgreementRenunciation", "Asserted", "2022-05", "MLI") in told
    assert ("Expulsion", "Asserted", "2022-01", "MLI") in told
    assert any(t[:2] == ("Withdrawal", "Planned") and "FRA" in t for t in told)
    assert ("Espionage", "Alleged", "None", "FRA") in told
    parties = {states[p.actor] for agreement in found.agreements for p in agreement.parties}
    assert parties >= {"MLI", "FRA"}
    accusers = [states[c.speaker.actor] for c in found.claims if c.type == "Accusation" and c.speaker]
    assert accusers.count("MLI") >= 3
