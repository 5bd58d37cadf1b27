"""The work that a text makes grows with its length and not with its square, whatever the text is like.

Counted are the lines of `kg/` that are run; time would tell more of the machine than of the program.
"""

import sys
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from types import CodeType, FrameType
from typing import Any

import pytest

from kg.model import Article
from kg.pipeline import Pipeline
from kg.read import article_from_record

MOST = 2.5  # by which the work may grow where the text doubles
IDLE = 10_000  # lines; what a stage does below that tells nothing of its growth
SMALLEST = 50  # repetitions in the first of three texts, the last of which is four times as long


def _name(number: int) -> str:
    """One of thousands of invented names."""
    letters = ""
    while number or len(letters) < 4:
        letters += "bdfgklmnprst"[number % 12] + "aeiou"[number // 12 % 5]
        number //= 60
    return letters.capitalize()


def _each(form: str) -> Callable[[int], str]:
    """A text that says the same of ever new people (a, b) and places (c)."""
    return lambda times: "".join(
        form.format(a=_name(7 * n + 1), b=_name(11 * n + 5), c=_name(13 * n + 3), hour=n // 60 % 24, minute=n % 60)
        for n in range(times)
    )  # fmt: skip


TEXTS: dict[str, Callable[[int], str]] = {
    "clauses of one sentence": lambda n: "The army attacked Goma and " * n + "left.",
    "clauses in clauses": lambda n: "The minister said that " * n + "rebels attacked the town.",
    "relative clauses in each other": lambda n: "Rebels killed " + "the men who killed " * n + "the mayor.",
    "possession of possession": lambda n: "The army attacked " + "the house of " * n + "the mayor.",
    "states in a list": lambda n: "France, " + "Mali, Chad, " * n + "and Togo signed the accord.",
    "asides in asides": lambda n: "The army " + "(the mayor said " * n + "left" + ")" * n + ".",
    "no punctuation": lambda n: "mali expelled the french ambassador rebels attacked gao " * n,
    "capitals": lambda n: "MALI EXPELLED THE FRENCH AMBASSADOR ON MONDAY. REBELS ATTACKED GAO. " * n,
    "quotation marks": lambda n: '"' * (20 * n) + " said the mayor.",
    "quotations": lambda n: "The mayor said: “Stop!” and “go.” He denied the claim. " * n,
    "quotations never closed": lambda n: "“Rebels attacked us and said that they would return.\n\n" * n,
    "an interview": lambda n: "Mayor: The army attacked us.\n\nReporter: When did it attack?\n\n" * n,
    "a table": lambda n: "The results of the vote:\n" + "Mali\t3\t2\nFrance\t3\t1\n" * n,
    "pronouns": lambda n: "The mayor said he had told them that they had seen him. " * n,
    "since then": lambda n: "Since then the army has attacked Goma. " * n,
    "dates": lambda n: "The army attacked Goma on 5 May 2022 and on Monday. " * n,
    "a live blog": _each("{hour:02}:{minute:02} Rebels attack {c}\n\nThe mayor of {c} said that {a} {b} fled on Monday.\n\n"),
    "people killed": _each("Rebels killed {a} {b} in {c}. "),
    "accords": _each("Mali signed the {a} Accord. "),
    "acronyms": _each("The {a} {b} Front attacked {c}. "),
    "deeds alleged": _each("{a} {b} said that he had killed {c} {b}. "),
}  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
def test_work_grows_with_the_length_of_the_text(pipeline: Pipeline, kind: str) -> None:
    """Twice the text makes no file of kg/ do more than two and a half times the work."""
    counted = [_work(pipeline, TEXTS[kind](SMALLEST * times)) for times in (1, 2, 4)]
    grown = {
        file: round(more[file] / less[file], 2)
        for less, more in pairwise(counted)
        for file in more
        if less[file] > IDLE or more[file] > MOST * IDLE
    }
    assert {file: growth for file, growth in grown.items() if growth > MOST} == {}
    assert sum(counted[-1].values()) > sum(counted[0].values())


def _work(pipeline: Pipeline, text: str) -> Counter[str]:
    """Lines run by file, reading and all stages."""
    pipeline.load()
    run: Counter[str] = Counter()

    def extract() -> None:
        article = article_from_record(
            {"id": "x", "text": text, "published": "2024-03-14", "language": "en"}, "x"
        )
        assert isinstance(article, Article)
        assert article.blocks
        pipeline.extract(article)

    extract()  # what is read from tables once is not counted
    _traced(extract, run)
    return run


def _traced(work: Callable[[], None], run: Counter[str]) -> None:
    files: dict[CodeType, str] = {}

    def line(frame: FrameType, what: str, _: Any) -> Any:
        if what == "line":
            run[files[frame.f_code]] += 1
        return line

    def call(frame: FrameType, _: str, __: Any) -> Any:
        code = frame.f_code
        if code not in files:
            files[code] = frame.f_globals.get("__name__", "") if "/kg/" in code.co_filename else ""
        return line if files[code].startswith("kg.") else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        work()
    finally:
        sys.settrace(before)
