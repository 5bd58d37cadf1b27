"""Articles shared out among processes; what is found in them comes in the order in which they came.

Each process loads the language model once. However long the feed, no more articles are under way than a few a process. An article at
which a process dies (of too little memory, say) is refused; the others that were under way are read again.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import NamedTuple

from kg.errors import ArticleError, CommuniqueError
from kg.model import Article, Extraction
from kg.pipeline import Pipeline
from kg.settings import Settings

AHEAD = 4  # articles under way for each process: enough that none waits while another reads a long one


class Refused(NamedTuple):
    """An `ArticleError` on its way between processes."""

    place: str
    reason: str


class Stopped(NamedTuple):
    """An error that no article is to blame for."""

    reason: str


Outcome = Extraction | Refused | Stopped


def extract_apart(
    pipeline: Pipeline, articles: Iterable[Article], processes: int
) -> Iterator[Extraction | ArticleError]:
    """What each article tells, or why it is refused.

    Raises:
        SettingsError, TableError: the model or a table cannot be loaded.
    """
    for outcome in _outcomes(pipeline.settings, iter(articles), processes, processes * AHEAD):
        if isinstance(outcome, Stopped):
            pipeline.load()  # which fails here as it did there
            raise CommuniqueError(outcome.reason)
        yield ArticleError(*outcome) if isinstance(outcome, Refused) else outcome


def _outcomes(settings: Settings, coming: Iterator[Article], processes: int, most: int) -> Iterator[Outcome]:
    """Outcomes in order, `most` articles under way; after a death those are read one by one, to see which is to blame."""
    underway: deque[Article] = deque()
    while True:
        try:
            with _pool(processes) as pool:
                yield from _in_order(pool, settings, coming, underway, most)
            return
        except BrokenProcessPool:
            if most == 1:
                yield Refused(underway[0].id, "the process that read it died, perhaps of too little memory")
            else:
                yield from _outcomes(settings, iter(underway), 1, 1)
            underway.clear()


def _in_order(
    pool: ProcessPoolExecutor,
    settings: Settings,
    coming: Iterator[Article],
    underway: deque[Article],
    most: int,
) -> Iterator[Outcome]:
    submitted: deque[Future[Outcome]] = deque()
    while True:
        for article in islice(coming, most - len(underway)):
            underway.append(article)
            submitted.append(pool.submit(_extract, settings, article))
        if not underway:
            return
        outcome = submitted.popleft().result()
        underway.popleft()
        yield outcome


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    spawning = multiprocessing.get_context("spawn")  # a fork would copy the caller's threads' locks
    pool = ProcessPoolExecutor(processes, spawning, initializer=_begin)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


# -- in each process


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches all: these end without a word
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


_pipeline = cache(Pipeline)


def _extract(settings: Settings, article: Article) -> Outcome:
    try:
        outcome = _pipeline(settings).try_extract(article)
    except CommuniqueError as error:
        return Stopped(str(error))
    return Refused(outcome.place, outcome.reason) if isinstance(outcome, ArticleError) else outcome
