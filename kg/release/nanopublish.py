"""Stage: a claim → its nanopublication: what is said, on whose word and in which passage, and who published it.

After the Nanopublication Guidelines (nanopub.net/guidelines): four graphs, named by an IRI that holds a hash of them. What
is said is the assertion, and the speaker's alone; that it was said, and where that stands, is its provenance. Unsigned:
whoever publishes it to the network signs it with a key of their own.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import BinaryIO

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat

from kg import terms
from kg.dataset.graphs import Graphs, rows
from kg.errors import StoreError
from kg.model import Status
from kg.release.about import About
from kg.release.count import SELECT, day_of
from kg.release.trusty import PLACE, Row, artifact_code, with_code
from kg.release.vocabulary import iri, publisher_of, term, turtle
from kg.terms import DEFAULT, Fact, Node

SAID = {terms.CONTENT}  # what belongs to the assertion although it stands in the default graph
ARTICLE = (
    terms.TYPE,
    terms.IDENTIFIER,
    terms.HEADLINE,
    terms.PUBLISHED,
    terms.PUBLISHER,
    terms.ADDRESS,
)
PASSAGE = (terms.TYPE, terms.EXACT, terms.START, terms.END)
CLAIMS = "DISTINCT ?claim { ?kind rdfs:subClassOf* cq:Claim . ?claim a ?kind }"
Triples = Iterator[tuple[str, str, str | Literal]]


def claims(graphs: Graphs) -> list[str]:
    """The IRIs of all claims that are held to have been made, sorted.

    One that is itself only said to have been made is part of what another's nanopublication says.
    """
    found = {row["claim"] for row in rows(graphs.query(SELECT + CLAIMS))}
    return sorted(claim.value for claim in found if isinstance(claim, NamedNode) and _can_name(claim.value))


def nanopublication(graphs: Graphs, claim: str, base: str, about: About | None = None) -> list[Quad]:
    """The four graphs of a claim's nanopublication: head, assertion, provenance, publication info; each sorted.

    Who publishes it is the site at `base` where nobody is named.

    Raises:
        StoreError: no article tells a claim of this IRI.
    """
    return _Nanopublication(graphs, claim, base, about or About()).quads()


def write_nanopublications(
    graphs: Graphs, chosen: Iterable[str], out: BinaryIO, base: str, about: About | None = None
) -> int:
    """Write the nanopublications of these claims in TriG, one after the other; gives how many."""
    number = 0
    for number, claim in enumerate(chosen, start=1):
        written = turtle(nanopublication(graphs, claim, base, about), RdfFormat.TRIG)
        out.write(written if number == 1 else written[written.index(b"\n<") :])  # the prefixes stand once
    return number


class _Nanopublication:
    """One claim's nanopublication in the making."""

    def __init__(self, graphs: Graphs, claim: str, base: str, about: About) -> None:
        self.graphs, self.base, self.about = graphs, base, about
        self.claim = _claim(graphs, claim)
        self.name = f"{self.claim.value}/{PLACE}"
        self.graph = {part: f"{self.name}#{part}" for part in ("Head", "assertion", "provenance", "pubinfo")}
        told = sorted(graphs.facts(None, terms.REPORTS, self.claim), key=str)
        self.reports = [fact for fact in told if self.asserts(fact)]
        self.described = sorted(graphs.facts(self.claim, None, None, DEFAULT), key=str)

    def quads(self) -> list[Quad]:
        assertion, provenance = {*self.assertion()}, {*self.provenance()}
        parts = {"assertion": assertion, "provenance": provenance}
        parts |= {"pubinfo": {*self.pubinfo(assertion | provenance)}, "Head": {*self.head()}}
        ordered: list[Row] = [
            (self.graph[part], *triple) for part in self.graph for triple in sorted(parts[part], key=_order)
        ]
        return with_code(ordered, artifact_code(ordered))

    def asserts(self, report: Fact) -> bool:
        """Whether an article says in its own voice that the claim was made; one that denies it is no source of it."""
        status = self.graphs.facts(report.subject, terms.STATUS, terms.cq(Status.ASSERTED), report.graph_name)
        return isinstance(report.graph_name, NamedNode) and any(status)

    def head(self) -> Triples:
        yield self.name, terms.TYPE.value, term("np:Nanopublication").value
        for predicate, part in (
            ("np:hasAssertion", "assertion"), ("np:hasProvenance", "provenance"), ("np:hasPublicationInfo", "pubinfo"),
        ):  # fmt: skip
            yield self.name, term(predicate).value, self.graph[part]

    def assertion(self) -> Triples:
        """What is said: in its words, and as far as it was understood as events."""
        said = [*self.graphs.facts(None, None, None, self.claim), *self.told_roles()]
        yield from _plain(said + [fact for fact in self.described if fact.predicate in SAID])
        if not said and not any(fact.predicate in SAID for fact in self.described):
            yield from _plain(fact for fact in self.described if fact.predicate == terms.TYPE)

    def told_roles(self) -> Iterator[Fact]:
        """The roles of an event of so many claims that this one's graph leaves them to another's (kg.write), as its articles tell them."""
        for telling in self.graphs.facts(None, terms.TOLD_IN, self.claim):
            for event in self.graphs.facts(telling.subject, terms.REPORTS, None, telling.graph_name):
                if not isinstance(event.object, NamedNode):
                    continue
                here = self.graphs.facts(event.object, None, None, self.claim)
                if any(fact.predicate in terms.ROLE.values() for fact in here):
                    continue
                for role, told in terms.TOLD_ROLE.items():
                    for fact in self.graphs.facts(telling.subject, told, None, telling.graph_name):
                        yield Fact(event.object, terms.ROLE[role], fact.object, self.claim)

    def provenance(self) -> Triples:
        """On whose word it rests, the act of saying it, and each passage in each article that tells so."""
        assertion = self.graph["assertion"]
        for fact in self.described:
            if fact.predicate == terms.ROLE["agents"] and isinstance(fact.object, NamedNode):
                yield assertion, term("prov:wasAttributedTo").value, fact.object.value
        yield assertion, term("prov:wasGeneratedBy").value, self.claim.value
        yield from _plain(fact for fact in self.described if fact.predicate not in SAID)
        for report in self.reports:
            yield from self.source(report)

    def source(self, report: Fact) -> Triples:
        """The article of a report, and the passages that it cites."""
        article, derived = report.graph_name, term("prov:wasDerivedFrom").value
        assert isinstance(article, NamedNode)
        yield self.graph["assertion"], derived, article.value
        yield from self.part(article, article, ARTICLE)
        for cited in self.graphs.facts(report.subject, terms.IN_PASSAGE, None, article):
            if isinstance(cited.object, NamedNode):
                yield self.graph["assertion"], derived, cited.object.value
                yield cited.object.value, term("prov:wasQuotedFrom").value, article.value
                yield from self.part(cited.object, article, PASSAGE)

    def part(self, subject: NamedNode, graph: NamedNode, predicates: Iterable[NamedNode]) -> Triples:
        """What these predicates say of a subject in an article's graph."""
        for predicate in predicates:
            yield from _plain(self.graphs.facts(subject, predicate, None, graph))

    def pubinfo(self, others: Iterable[tuple[str, str, str | Literal]]) -> Triples:
        """Who publishes it, under which licence, the day of its newest article, and the names of what it speaks of."""
        day = max(filter(None, (_day(p, v) for _, p, v in others)), default=None)
        said: list[tuple[str, str | Literal]] = []
        publisher = publisher_of(self.about, self.base).value
        said.append(("dcterms:creator", publisher))
        yield publisher, term("foaf:name").value, Literal(self.about.publisher or self.base)
        if licence := iri(self.about.licence):
            said.append(("dcterms:license", licence.value))
        if day:
            said.append(("dcterms:created", terms.day(day)))
        label = next((f.object for f in self.described if f.predicate == terms.LABEL), None)
        title = label.value if isinstance(label, Literal) else self.claim.value
        said.append(("dcterms:title", terms.label(title)))
        for predicate, value in (*said, ("dcterms:subject", self.claim.value)):
            yield self.name, term(predicate).value, value
        named = {node for row in others for node in (row[0], row[2]) if isinstance(node, str)}
        for node in sorted(named - {self.claim.value}):
            if PLACE not in node and not node.startswith(terms.CQ):
                yield from _plain(self.graphs.facts(NamedNode(node), terms.LABEL, None, DEFAULT))


def _claim(graphs: Graphs, claim: str) -> NamedNode:
    """The claim of this IRI, by the name under which all articles' tellings of it go."""
    try:
        node = NamedNode(claim)
    except ValueError as error:
        raise StoreError(f"{claim!r} is no IRI") from error
    named = (
        f"DISTINCT ?claim {{ {node} owl:sameAs? ?claim . ?kind rdfs:subClassOf* cq:Claim . ?claim a ?kind }}"
    )
    found = sorted(row["claim"].value for row in rows(graphs.query(SELECT + named)))
    if not found or not _can_name(found[0]):
        raise StoreError(f"{claim}: no article tells such a claim; `kg nanopublish` without one writes all")
    return NamedNode(found[0])


def _can_name(claim: str) -> bool:
    """Whether a path can be added to it; whatever the project mints is such."""
    return claim.startswith(("http://", "https://")) and not {"#", "?", PLACE} & {*claim}


def _plain(facts: Iterable[Fact]) -> Triples:
    for fact in facts:
        value: Node = fact.object
        if isinstance(fact.subject, NamedNode) and isinstance(value, Literal | NamedNode):
            yield (
                fact.subject.value,
                fact.predicate.value,
                value if isinstance(value, Literal) else value.value,
            )


def _day(predicate: str, value: str | Literal) -> date | None:
    """The day on which an article appeared, if this says so."""
    said = predicate == terms.PUBLISHED.value and isinstance(value, Literal)
    return day_of(value.value) if said and isinstance(value, Literal) else None


def _order(triple: tuple[str, str, str | Literal]) -> tuple[str, bool, str, str]:
    subject, predicate, value = triple
    return subject, predicate != terms.TYPE.value, predicate, str(value)
