"""Articles read in several processes: the same as in one, whatever befalls a process."""

import os
import signal
from collections.abc import Iterator

import pytest

from kg import parallel
from kg.errors import ArticleError, SettingsError
from kg.model import Article
from kg.pipeline import Pipeline
from kg.read import article_from_record
from kg.settings import Settings


def _articles(*ids: str) -> list[Article]:
    texts = {
        id: f"Mali expelled the French ambassador. The envoy left in 20{number:02}."
        for number, id in enumerate(ids)
    }
    return [
        article_from_record({"id": id, "text": text, "published": "2024-03-14"}, id)
        for id, text in texts.items()
    ]


def _deadly(_: Settings, article: Article) -> parallel.Outcome:
    """Stands in for what a process does with an article: some kill it, some cannot be read."""
    if article.id == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    return parallel.Refused(article.id, "unreadable")


def _names(articles: list[Article]) -> list[tuple[str, str]]:
    found = parallel.extract_apart(Pipeline(Settings()), articles, 2)
    return [(outcome.place, outcome.reason) for outcome in found if isinstance(outcome, ArticleError)]


def test_two_processes_give_what_one_gives(pipeline: Pipeline) -> None:
    """The extractions are equal, in the order of the articles."""
    articles = _articles("a", "b", "c", "d", "e")
    alone = [pipeline.extract(article) for article in articles]
    assert list(pipeline.extract_many(articles, processes=2)) == alone


def test_an_article_that_kills_its_process_is_refused_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others that were under way are read again, those after it go on, and the order stays."""
    monkeypatch.setattr(parallel, "_extract", _deadly)
    told = _names(_articles(*"abc", "deadly", *"defghijklm"))
    assert [place for place, _ in told] == [*"abc", "deadly", *"defghijklm"]
    assert [place for place, reason in told if reason != "unreadable"] == ["deadly"]


def test_a_long_feed_is_not_read_ahead_of_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the first answer is there, no more articles have been taken from the feed than may be under way."""
    monkeypatch.setattr(parallel, "_extract", _deadly)
    taken = []

    def feed() -> Iterator[Article]:
        for article in _articles(*(f"n{number}" for number in range(100))):
            taken.append(article.id)
            yield article

    answers = parallel.extract_apart(Pipeline(Settings()), feed(), 2)
    next(answers)
    assert len(taken) == 2 * parallel.AHEAD
    answers.close()  # type: ignore[attr-defined]


def test_a_model_that_is_not_there_stops_all_processes() -> None:
    """What is wrong for every article is raised, as it is in one process."""
    with pytest.raises(SettingsError, match="no spaCy model 'no-such-model'"):
        list(Pipeline(Settings(model="no-such-model")).extract_many(_articles("a", "b"), processes=2))


def test_an_article_at_which_a_stage_fails_is_refused_alone(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program costs one article, and its message names the article and the fault."""
    whole = Pipeline.extract

    def failing(self: Pipeline, article: Article) -> object:
        if article.id == "b":
            raise RecursionError("too deep")
        return whole(self, article)

    monkeypatch.setattr(Pipeline, "extract", failing)
    first, second, third = pipeline.extract_many(_articles("a", "b", "c"))
    assert isinstance(second, ArticleError)
    assert (second.place, "too deep" in second.reason) == ("b", True)
    assert not isinstance(first, ArticleError)
    assert not isinstance(third, ArticleError)
