"""The scores on gold that lies beside the repository hold their floors, through the command line and the contract's queries."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = tomllib.loads((ROOT / "tests" / "floors.toml").read_text(encoding="utf-8"))
KG = [sys.executable, "-m", "kg.cli"]


def _run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _facts(shared: Path, folder: Path, articles: list[Path]) -> dict[str, float]:
    gold = folder / "gold"
    gold.mkdir()
    for text in articles:
        for file in (text, text.with_suffix(".json")):
            (gold / file.name).write_bytes(file.read_bytes())
    store = ["--store", str(folder / "store")]
    _run([*KG, "ingest", *store, *(str(text) for text in articles)])
    for question in ("events", "claims"):
        answer = _run([*KG, "query", *store, "--format", "json", str(shared / "contract" / f"{question}.rq")])
        (folder / f"{question}.json").write_text(answer, encoding="utf-8")
    files = ["--events", str(folder / "events.json"), "--claims", str(folder / "claims.json")]
    scorer = str(shared / "eval" / "score_facts.py")
    scores: dict[str, float] = json.loads(_run([sys.executable, scorer, str(gold), *files, "--json"]))
    return scores


def _below(scores: dict[str, float], floors: dict[str, float]) -> dict[str, float]:
    """The scores that do not hold: those under their floor, and any leak over its ceiling."""
    return {
        name: scores[name]
        for name, floor in floors.items()
        if (scores[name] > floor if name == "leak" else scores[name] < floor)
    }


@pytest.mark.parametrize(("floors", "pattern"), [("facts", "*.txt"), ("seed", "00-*.txt")])
def test_the_facts_of_the_gold_articles_hold_their_floors(
    shared: Path, tmp_path: Path, floors: str, pattern: str
) -> None:
    """What is served of the gold articles scores at least its floors, and nothing alleged is told as fact."""
    articles = sorted((shared / "eval" / "articles").glob(pattern))
    assert _below(_facts(shared, tmp_path, articles), FLOORS[floors]) == {}


def test_time_expressions_hold_their_floors(shared: Path) -> None:
    """Spans and values of the times in the platinum articles score at least their floors."""
    scorer, gold = shared / "eval" / "score_outside.py", shared / "eval" / "data" / "times"
    told = _run([sys.executable, str(scorer), "times", str(gold), "--kg", " ".join([*KG, "extract", "-"])])
    scores = {
        name: float(value) for name, value in re.findall(r"^(times_\w+) +F1 ([0-9.]+)", told, re.MULTILINE)
    }
    assert _below(scores, FLOORS["times"]) == {}
