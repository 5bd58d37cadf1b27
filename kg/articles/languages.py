"""Part of reading: which language a text is in, cheaply, by its function words or its script."""

import csv
import re
import unicodedata
from collections import Counter
from functools import cache

from kg.settings import ROOT

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")  # "al-Assad" is one word
SAMPLE = 20_000  # characters looked at
FEWEST_WORDS = 20  # of a text that can be told; shorter ones are taken at their word
LEAST_SHARE = 0.12  # of a language's function words among all words, before it is believed
FEWEST_DIFFERENT = (
    4  # function words of a foreign language: "al" and "de la" are in names that English texts hold too
)
LEAD = 2.0  # by how much another language must beat English


@cache
def _function_words() -> dict[str, frozenset[str]]:
    with (ROOT / "seeds" / "reading" / "languages.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: frozenset(row["words"].split()) for row in csv.DictReader(file)}


@cache
def language_names() -> dict[str, str]:
    """English names of the languages that can be told, by BCP 47 code."""
    with (ROOT / "seeds" / "reading" / "languages.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def detect_language(text: str) -> str | None:
    """The BCP 47 code of the text's language, "und-CYRILLIC" and the like for a script; None where it cannot be told."""
    sample = text[:SAMPLE]
    script = _script(sample)
    if script not in ("LATIN", None):
        return f"und-{script}"
    words = WORD.findall(sample.casefold())
    if len(words) < FEWEST_WORDS:
        return None
    counts = Counter(words)
    shares = {
        code: sum(counts[w] for w in known) / len(words)
        for code, known in _function_words().items()
        if code == "en" or len(known & counts.keys()) >= FEWEST_DIFFERENT
    }
    best = max(shares, key=lambda code: (shares[code], code))
    if shares[best] < LEAST_SHARE or shares[best] < LEAD * shares["en"]:
        return "en" if shares["en"] >= LEAST_SHARE else None
    return best


def _script(sample: str) -> str | None:
    """The script of most letters, by the first word of their names in Unicode."""
    letters = Counter(unicodedata.name(c, "LATIN").split()[0] for c in sample[:2000] if c.isalpha())
    if sum(letters.values()) < FEWEST_WORDS:
        return None
    name, number = letters.most_common(1)[0]
    return name if number * 2 > sum(letters.values()) else None
