"""Articles a second of the whole pipeline beside the bare language model, in one process and in two.

    python -m tests.benchmarks.pipeline ARTICLES.jsonl [NUMBER]

Prints ratios taken in one run over the same articles: machines differ, ratios less so.
"""

import itertools
import resource
import sys
import time
from collections.abc import Callable, Iterable

from kg.model import Article, BlockKind
from kg.pipeline import Pipeline
from kg.read import read
from kg.segment import DEFAULT_MODEL
from kg.settings import Settings

UNREAD = (BlockKind.TITLE, BlockKind.DATELINE)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


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
    loading = _seconds(lambda: pipeline.extract(articles[0]))
    bare = _seconds(lambda: _bare(articles)) - _seconds(lambda: _bare([]))
    one = _seconds(lambda: list(pipeline.extract_many(articles)))
    two = _seconds(lambda: list(Pipeline(Settings()).extract_many(articles, processes=2)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"articles                          {len(articles)}")
    print(f"bare model, articles a second     {len(articles) / bare:.2f}")
    print(
        f"pipeline, articles a second       {len(articles) / one:.2f}   ({bare / one:.2f} of the bare model)"
    )
    print(f"two processes, start-up included  {len(articles) / two:.2f}   ({one / two:.2f} times one)")
    print(f"first article with loading        {loading:.1f} s")
    print(f"peak memory of a process          {peak:.0f} MB")


if __name__ == "__main__":
    main()
