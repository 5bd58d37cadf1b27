"""The whole pipeline beside the bare language model, and two processes beside one, on the same articles in one run.

    python -m tests.benchmarks.pipeline ARTICLES.jsonl [NUMBER]

The first ratio is of processor seconds, which a busy machine changes least. Two processes and one are compared by the clock, each with its
start-up as a user has it. All is measured in turns of which the best counts: give 200 articles or more, and an idle machine.
"""

import itertools
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence

from kg.model import Article, BlockKind
from kg.pipeline import Pipeline
from kg.read import read
from kg.segment import DEFAULT_MODEL
from kg.settings import Settings

UNREAD = (BlockKind.TITLE, BlockKind.DATELINE)


TURNS = 2


def _seconds(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    began = clock()
    work()
    return clock() - began


def _by_the_clock(articles: Sequence[Article], processes: int) -> float:
    """Seconds from nothing loaded to the last answer."""
    return _seconds(lambda: list(Pipeline(Settings()).extract_many(articles, processes)), time.perf_counter)


def _bare(articles: Iterable[Article]) -> None:
    import spacy

    language = spacy.load(DEFAULT_MODEL)
    texts = [a.text[b.start : b.end] for a in articles for b in a.blocks if b.kind not in UNREAD]
    list(language.pipe(texts))


def main() -> None:
    """Print the table."""
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    articles = [
        a for a in itertools.islice(read([sys.argv[1]]), number) if isinstance(a, Article) and a.blocks
    ]
    pipeline = Pipeline(Settings())
    model = _seconds(lambda: _bare([]))
    first = _seconds(lambda: pipeline.extract(articles[0]))
    rounds = [
        (_seconds(lambda: _bare(articles)) - model, _seconds(lambda: list(pipeline.extract_many(articles))))
        for _ in range(TURNS)
    ]
    bare, one = (min(seconds) for seconds in zip(*rounds, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    turns = [(_by_the_clock(articles, 1), _by_the_clock(articles, 2)) for _ in range(TURNS)]
    alone, shared = (min(seconds) for seconds in zip(*turns, strict=True))
    print(f"articles                          {len(articles)}")
    print(f"bare model, a second of processor {len(articles) / bare:.2f}")
    print(
        f"pipeline, a second of processor   {len(articles) / one:.2f}   ({bare / one:.2f} of the bare model)"
    )
    print(f"one process with start-up         {alone:.1f} s")
    print(f"two processes with start-up       {shared:.1f} s   ({alone / shared:.2f} times one)")
    print(f"first article with loading        {first:.1f} s   (the bare model alone: {model:.1f} s)")
    print(f"peak memory                       {peak:.0f} MB, with the bare model beside it")


if __name__ == "__main__":
    main()
