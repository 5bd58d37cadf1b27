"""An article's way into the graph, one stage a line. The file to read first."""

import gc
import logging
from collections.abc import Iterable, Iterator
from functools import cached_property

from kg.agreements import find_agreements
from kg.aim import aim
from kg.attribute import attribute
from kg.authority import Authority
from kg.date_events import anchor, date_events
from kg.errors import ArticleError, CommuniqueError
from kg.find_events import find_events
from kg.find_sources import find_sources
from kg.fuse import fuse, renamed
from kg.lexicon import Lexicon, load_words
from kg.link import link
from kg.model import Article, Extraction, Sentence
from kg.ontology import event_classes, load_ontology
from kg.plover import Turns, load_turns, type_by_status
from kg.reading import Reading
from kg.recognise import recognise
from kg.resolve_time import resolve_time
from kg.segment import Parser
from kg.settings import ROOT, Settings

_log = logging.getLogger("kg.pipeline")


class Pipeline:
    """The stages with what they know: the language model, the lexicon and the tables of actors."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def parser(self) -> Parser:
        """The language model, loaded when first used."""
        return Parser(self.settings.model)

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words of the ontology's event classes."""
        classes = event_classes(load_ontology())
        return Lexicon(classes, load_words(ROOT / "ontology" / "words" / "classes.csv"))

    @cached_property
    def authority(self) -> Authority:
        """The known actors, places and bodies."""
        return Authority.load()

    @cached_property
    def turns(self) -> Turns:
        """How an event's PLOVER type turns with its status."""
        return load_turns(ROOT / "ontology" / "words" / "plover.csv")

    def extract(self, article: Article) -> Extraction:
        """All that the article tells."""
        return self._read(article, self.parser.segment(article))

    def extract_many(
        self, articles: Iterable[Article], processes: int = 1
    ) -> Iterator[Extraction | ArticleError]:
        """The same for each article, in order, or why it is refused; whatever the number of processes.

        With several, some articles are read ahead (kg.parallel), and a calling script needs Python's `if __name__ == "__main__":`.

        Raises:
            SettingsError, TableError: the model or a table cannot be loaded.
        """
        if processes > 1:
            from kg.parallel import extract_apart

            yield from extract_apart(self, articles, processes)
        else:
            yield from map(self.try_extract, articles)

    def try_extract(self, article: Article) -> Extraction | ArticleError:
        """All that the article tells, or what is wrong with it or with us: one article stops no batch."""
        self.load()
        try:
            return self.extract(article)
        except ArticleError as error:
            return error
        except CommuniqueError:  # a table or setting, wrong for every article
            raise
        except Exception as error:
            _log.debug("%s: failed", article.id, exc_info=True)
            return ArticleError(article.id, f"cannot be read, by a fault of the program: {error!r}")

    def load(self) -> None:
        """Load what is not loaded yet.

        Raises:
            SettingsError, TableError: the model or a table cannot be loaded.
        """
        _ = self.parser, self.lexicon, self.authority, self.turns, self._kept

    @cached_property
    def _kept(self) -> None:
        """What is loaded stays: the collector of garbage, which else goes through all of it again and again, leaves it out."""
        gc.freeze()

    def _read(self, article: Article, sentences: tuple[Sentence, ...]) -> Extraction:
        times = resolve_time(sentences, article.published)
        actors = recognise(sentences, self.authority, article.published)
        actors = link(actors, self.authority, article.published)
        actors = find_sources(Reading(article, sentences, actors))
        agreements = find_agreements(Reading(article, sentences, actors), self.lexicon)
        reading = Reading(article, sentences, actors, times, agreements)
        told = find_events(reading, self.lexicon)
        judged, claims = attribute(reading, told, self.lexicon)
        dated = type_by_status(date_events(reading, judged, self.lexicon.claims), self.turns)
        events, reports, names = fuse(reading, anchor(reading, dated), self.lexicon.is_claim)
        claims, events = aim(reading, renamed(claims, names), events, reports)
        return Extraction(article, sentences, actors, times, events, claims, agreements, reports)
