"""All names of actors and agreements in the dataset, ready to be searched; read once a snapshot."""

import bisect
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from flask import current_app
from pyoxigraph import NamedNode

from kg import terms
from kg.authority import fold, sound
from server.linked.ask import Row, base, bridge, rows
from server.linked.vocabulary import vocabulary

_LOG = logging.getLogger("server")
EXTENSION = "names"  # where an application keeps its `Reading`
MOST_NAMES = 500_000  # some 400 MB; of a larger dataset the rest cannot be found by name
MOST_COMPARED = 200  # things whose names are compared with one that is asked for
MOST_WORDS = 12  # of one that is asked for
_COMMON = 2000  # things that share a word: more, and the word says nothing
_ALIKE = 30  # words that begin alike
_REST = 10  # names may be as old as ten times the time it took to read them, so that reading is not all that is done
LABEL, ALIAS, LINK = range(3)  # how good a name is
_RANKS = {terms.LABEL.value: LABEL, terms.ALT_LABEL.value: ALIAS, terms.EXACT_MATCH.value: LINK}


@dataclass(slots=True)
class Thing:
    """An actor or agreement with what it goes by."""

    id: str  # its path: "actor/mali"
    label: str
    kinds: tuple[str, ...]  # IRIs of its classes
    names: list[tuple[str, int]] = field(
        default_factory=list
    )  # folded, with the best rank; links by their last part


class Names:
    """The things and the ways to them."""

    def __init__(self, things: dict[str, Thing]) -> None:
        self.things = things
        self._named: dict[str, list[str]] = {}
        self._sounds: dict[str, list[str]] = {}
        self._words: dict[str, list[str]] = {}
        for thing in things.values():
            self._add(thing)
        self._sorted_words = sorted(self._words)
        self._sorted_names = sorted(self._named)

    def _add(self, thing: Thing) -> None:
        words: dict[str, None] = {}
        for name, rank in thing.names:
            self._named.setdefault(name, []).append(thing.id)
            if rank != LINK:
                words.update(dict.fromkeys(name.split()))
                self._sounds.setdefault(sound(name), []).append(thing.id)
        for word in words:
            self._words.setdefault(word, []).append(thing.id)

    def near(self, asked: str) -> list[Thing]:
        """Things that may be meant by a folded name, the likeliest among them: at most MOST_COMPARED."""
        exact = dict.fromkeys((*self._named.get(asked, ()), *self._sounds.get(sound(asked) or "-", ())))
        shared = Counter[str]()
        for word in dict.fromkeys(asked.split()[:MOST_WORDS]):
            for written in self._written_like(word):
                known = self._words[written]
                if len(known) <= _COMMON:
                    shared.update(known)
        ranked = sorted(shared, key=lambda one: (-shared[one], len(self.things[one].label), one))
        return [self.things[id] for id in dict.fromkeys((*list(exact)[:MOST_COMPARED], *ranked))][
            :MOST_COMPARED
        ]

    def beginning(self, prefix: str) -> Iterator[Thing]:
        """Things one of whose names begins so, then those with a word that does; each once, by name."""
        ids: dict[str, None] = {}
        for ordered, known in ((self._sorted_names, self._named), (self._sorted_words, self._words)):
            for name in _begin(ordered, prefix, MOST_COMPARED):
                ids.update(dict.fromkeys(known[name][:MOST_COMPARED]))
        return (self.things[id] for id in ids)

    def _written_like(self, word: str) -> list[str]:
        """The word itself, or where no name has it, words that begin and end up much alike."""
        if word in self._words:
            return [word]
        return [
            other
            for other in _begin(self._sorted_words, word[:3], _ALIKE * 10)
            if abs(len(other) - len(word)) < 3
        ][:_ALIKE]


def _begin(ordered: list[str], prefix: str, most: int) -> list[str]:
    start = bisect.bisect_left(ordered, prefix)
    end = bisect.bisect_right(ordered, prefix + "\U0010ffff", lo=start)
    return ordered[start : min(end, start + most)]


class Reading:
    """The names of an application's dataset as last read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation = ""
        self._names = Names({})
        self._good_until = 0.0

    def names(self) -> Names:
        """The names of the snapshot that is served, or of one that was served a moment ago.

        Raises:
            Refusal: the query processes cannot answer just now.
        """
        generation = bridge().generation
        with self._lock:
            began = time.monotonic()
            if self._generation != generation and began >= self._good_until:
                self._names, self._generation = Names(_read()), generation
                self._good_until = time.monotonic() + _REST * (time.monotonic() - began)
            return self._names


def names() -> Names:
    """The names of this application's dataset; see `Reading.names`."""
    return cast(Reading, current_app.extensions[EXTENSION]).names()


def _read() -> dict[str, Thing]:
    kinds = [*vocabulary().beneath("Actor"), terms.AGREEMENT.value]
    found = rows(
        f"SELECT ?x ?kind ?p ?name {{ VALUES ?kind {{ {' '.join(str(NamedNode(kind)) for kind in kinds)} }} ?x a ?kind . "
        f"VALUES ?p {{ {' '.join(f'<{iri}>' for iri in _RANKS)} }} ?x ?p ?name }} LIMIT {MOST_NAMES}"
    )
    if len(found) == MOST_NAMES:
        _LOG.warning("the dataset has more than %d names; reconciliation does not know all", MOST_NAMES)
    return _things(found, base())


def _things(found: Iterable[Row], own: str) -> dict[str, Thing]:
    told: dict[str, tuple[set[str], set[str], dict[str, int]]] = {}
    for row in found:
        iri, name, rank = str(row["x"].value), str(row["name"].value), _RANKS[str(row["p"].value)]
        if not iri.startswith(own):
            continue
        kinds, labels, ranks = told.setdefault(iri.removeprefix(own), (set(), set(), {}))
        kinds.add(str(row["kind"].value))
        labels.update([name] if rank == LABEL else [])
        key = fold(name.rstrip("/").rpartition("/")[2] if rank == LINK else name)
        ranks[key] = min(rank, ranks.get(key, rank))
    return {
        id: Thing(id, min(labels, default=id), tuple(sorted(kinds)), sorted(ranks.items()))
        for id, (kinds, labels, ranks) in sorted(told.items())
    }
