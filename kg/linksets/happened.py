"""Stage: the dataset → its events of some classes, each with its days and the states that it may be of."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from kg import terms
from kg.authority import Authority, fold
from kg.dataset.graphs import Graphs, rows
from kg.mint import state_iri

# What may tell an event's state, best first; also the keys of [state] in confidence.toml.
SIGNS = ("place", "target", "agent", "names", "passage", "article")
LONGEST_NAME = 5  # words of a state's name
BATCH = 200  # events in one query
POSSESSIVE = re.compile(r"[’']s\b")
WORD = re.compile(r"\w[\w’'.-]*\w|\w")
PREFIXES = f"PREFIX cq: <{terms.CQ}> PREFIX rdfs: <{terms.PREFIXES['rdfs']}> PREFIX skos: <{terms.PREFIXES['skos']}> PREFIX oa: <{terms.PREFIXES['oa']}> "

EVENTS = """SELECT ?event ?type ?label ?earliest ?latest WHERE {
  VALUES ?type { %s } ?event a ?type ; rdfs:label ?label .
  OPTIONAL { ?event cq:earliest ?earliest } OPTIONAL { ?event cq:latest ?latest } }"""
PARTIES = """SELECT ?event ?role ?party ?state WHERE {
  VALUES ?event { %s } VALUES ?role { cq:place cq:target cq:agent } ?event ?role ?party .
  OPTIONAL { ?party cq:ofState ?state } }"""
NAMES = """SELECT ?event ?name WHERE {
  VALUES ?event { %s } ?event cq:place|cq:target|cq:agent|cq:concerns ?party . ?party rdfs:label|skos:altLabel ?name }"""
PASSAGES = """SELECT ?event ?name WHERE {
  VALUES ?event { %s } GRAPH ?article { ?report cq:reports ?event ; cq:passage/oa:exact ?name } }"""
ARTICLES = """SELECT DISTINCT ?event ?other ?party WHERE {
  VALUES ?event { %s } GRAPH ?article { ?report cq:reports ?event .
    ?other cq:toldAgent|cq:toldTarget|cq:toldPlace ?party } }"""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of ours as far as other data sets can know it."""

    iri: str
    type: str  # local name of its class
    label: str
    earliest: date | None
    latest: date | None
    states: Mapping[str, frozenset[str]]  # sign → states (ISO 3166-1 alpha-3) that it tells
    names: frozenset[str]  # folded, of those who take part and of agreements


@dataclass(slots=True)
class _Found:
    """What the queries have given of one event so far."""

    signs: dict[str, set[str]] = field(default_factory=lambda: {sign: set() for sign in SIGNS})
    names: set[str] = field(default_factory=set)
    spoken_of: Counter[str] = field(default_factory=Counter)


def happened(
    graphs: Graphs, classes: Collection[str], authority: Authority, base: str
) -> tuple[Happened, ...]:
    """Every event of the default graph that has one of these classes (local names), by its IRI."""
    types = " ".join(f"cq:{name}" for name in sorted(classes))
    events: dict[str, dict[str, str]] = {}
    for row in _rows(graphs, EVENTS % types):
        kept = events.setdefault(row["event"], row)
        events[row["event"]] = min(kept, row, key=lambda r: sorted(r.items()))
    states = {state_iri(e, base): e.state or "" for e in authority.entries() if e.kind == "State"}
    found = {event: _Found() for event in events}
    for batch in _batches(sorted(events)):
        _read_signs(graphs, batch, found, states, authority)
    return tuple(_happened(events[event], found[event]) for event in sorted(events))


def states_in(text: str, authority: Authority) -> frozenset[str]:
    """The states (ISO 3166-1 alpha-3) that a text names, by their names, capitals and people; the longest name counts.

    >>> sorted(states_in("colonels in the Malian army, in Guinea-Bissau", Authority.load()))
    ['GNB', 'MLI']
    """
    words, states, at = WORD.findall(POSSESSIVE.sub("", text)), set[str](), 0
    while at < len(words):
        longest = range(min(LONGEST_NAME, len(words) - at), 0, -1)
        named = next(
            ((n, s) for n in longest if (s := _named(" ".join(words[at : at + n]), authority))), None
        )
        states |= named[1] if named else set()
        at += named[0] if named else 1
    return frozenset(states)


def _named(words: str, authority: Authority) -> set[str]:
    if not words[0].isupper():
        return set()
    known = [entry for entry in authority.lookup(words) if entry.kind == "State" and entry.state]
    capital = authority.capital(words)
    demonyms = {demonym.state for demonym in authority.demonyms(words)}
    return {e.state for e in known if e.state} or demonyms or ({capital} if capital else set())


def _read_signs(
    graphs: Graphs,
    batch: list[str],
    found: dict[str, _Found],
    states: Mapping[str, str],
    authority: Authority,
) -> None:
    values = " ".join(f"<{event}>" for event in batch)
    for row in _rows(graphs, PARTIES % values):
        state = states.get(row.get("state", "")) or states.get(row["party"])
        if state:
            found[row["event"]].signs[row["role"].removeprefix(terms.CQ)].add(state)
    for row in _rows(graphs, NAMES % values):
        found[row["event"]].names.add(fold(row["name"]))
        found[row["event"]].signs["names"] |= states_in(row["name"], authority)
    for row in _rows(graphs, PASSAGES % values):
        found[row["event"]].signs["passage"] |= states_in(row["name"], authority)
    of_party = _states_of_parties(graphs, states)
    for row in _rows(graphs, ARTICLES % values):
        state = of_party.get(row["party"])
        if state:
            found[row["event"]].spoken_of[state] += 1


def _states_of_parties(graphs: Graphs, states: Mapping[str, str]) -> dict[str, str]:
    told = _rows(graphs, "SELECT ?party ?state WHERE { ?party cq:ofState ?state }")
    return {**states, **{row["party"]: states[row["state"]] for row in told if row["state"] in states}}


def _happened(row: dict[str, str], found: _Found) -> Happened:
    most = max(found.spoken_of.values(), default=0)
    found.signs["article"] = {state for state, count in found.spoken_of.items() if count == most}
    return Happened(
        iri=row["event"],
        type=row["type"].removeprefix(terms.CQ),
        label=row["label"],
        earliest=_day(row.get("earliest")),
        latest=_day(row.get("latest")),
        states={sign: frozenset(told) for sign, told in found.signs.items() if told},
        names=frozenset(found.names),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _rows(graphs: Graphs, query: str) -> Iterator[dict[str, str]]:
    """Each row of the answer, as the text of what is bound."""
    answer = rows(graphs.query(PREFIXES + query))
    names = [variable.value for variable in answer.variables]
    for row in answer:
        yield {name: row[name].value for name in names if row[name] is not None}


def _batches(events: list[str]) -> Iterable[list[str]]:
    return (events[at : at + BATCH] for at in range(0, len(events), BATCH))
