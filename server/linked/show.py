"""Stage: a description → what its page shows: what is held to be so, who tells it in which words, and what is only said."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from kg import terms
from kg.terms import Fact, Node
from server.linked.addresses import Address, local_link
from server.linked.gather import Description, is_article, is_quoted
from server.linked.shown import Item, Link, Section, Shown, Telling
from server.linked.vocabulary import Vocabulary
from server.pages import shortened

# How what points to a thing is grouped: predicate, heading for events, heading for claims.
_GROUPS = (
    ("agent", "What it did", "What it said"),
    ("target", "What was done to it", "What was said of it or to it: accusations, demands, threats"),
    ("place", "What happened there", "What was said there"),
    ("concerns", "What was done about it", "What was said about it"),
    ("party", "Agreements", "Agreements"),
    ("ofState", "Who belongs to it", "Who belongs to it"),
)
_ONLY_SAID = "Only said, planned or denied: nobody's fact"
_QUOTED = "What it says: quoted, not asserted"
_LINKS = "What it links"
_ALIASES = "Other names under which articles told it"
_HIDDEN = frozenset(
    {
        terms.LABEL,
        terms.TYPE,
        terms.HEADLINE,
        terms.FUSION_KEY,
        terms.COMPARED_AS,
        terms.EXACT,
        terms.START,
        terms.END,
    }
)


def show(description: Description, address: Address, vocabulary: Vocabulary) -> Shown:
    """The page's contents, in an order that depends on nothing but the description."""
    return _Reader(description, address, vocabulary).page()


@dataclass(slots=True)
class _Reader:
    """A description by subject, and the ways to name what it speaks of."""

    description: Description
    address: Address
    vocabulary: Vocabulary
    facts: dict[str, list[Fact]] = field(default_factory=dict)
    reports: dict[str, list[str]] = field(default_factory=dict)  # event → its reports
    anchored: set[str] = field(default_factory=set)  # fragments that have a place on the page

    def __post_init__(self) -> None:
        for fact in self.description.facts:
            self.facts.setdefault(fact.subject.value, []).append(fact)
            if fact.predicate == terms.REPORTS and not is_quoted(fact, self.description.base):
                self.reports.setdefault(fact.object.value, []).append(fact.subject.value)

    def page(self) -> Shown:
        iri, base = self.description.iri, self.description.base
        article = is_article(iri, base)
        told = [r for e in self.reports for r in self.reports[e]] if article else self.reports.get(iri, [])
        sections = self._told_events(told) if article else self._groups()
        return Shown(
            self._title(iri),
            tuple(self._links(self._values(iri, terms.TYPE))),
            tuple(self._facts(iri)),
            tuple(section for section in sections if section.items),
            () if article else self._tellings(told),
        )

    def _title(self, iri: str) -> str:
        names = (
            self._values(iri, terms.LABEL)
            + self._values(iri, terms.HEADLINE)
            + self._values(iri, terms.TOLD_LABEL)
        )
        names += [fact.object for fact in self.facts.get(iri, ()) if fact.predicate == terms.LABEL]
        return min((str(name.value) for name in names[:1]), default=shortened(iri))

    def _values(self, iri: str, predicate: NamedNode) -> list[Node]:
        """What the default graph and articles give; nothing that is only said."""
        base = self.description.base
        return [
            f.object for f in self.facts.get(iri, ()) if f.predicate == predicate and not is_quoted(f, base)
        ]

    def _facts(self, iri: str) -> Iterator[tuple[str, tuple[Link, ...]]]:
        """Values by the predicate's label: what is held to be so, and of an article what it says of itself."""
        grouped: dict[str, list[Node]] = {}
        for fact in self.facts.get(iri, ()):
            if not is_quoted(fact, self.description.base) and not self._is_working(fact.predicate):
                grouped.setdefault(fact.predicate.value, []).append(fact.object)
        for predicate in sorted(grouped):
            yield self.vocabulary.label(predicate), tuple(self._links(grouped[predicate]))

    def _is_working(self, predicate: NamedNode) -> bool:
        return predicate in _HIDDEN or predicate.value.startswith(terms.CQ + "told")

    def _links(self, nodes: Iterable[Node]) -> Iterator[Link]:
        for node in dict.fromkeys(nodes):
            yield (
                self._link(node.value)
                if isinstance(node, NamedNode)
                else Link(node.value, "", node.language or "")
            )

    def _link(self, iri: str) -> Link:
        text = self._title(iri) if iri in self.facts else self.vocabulary.labels.get(iri) or shortened(iri)
        base = self.description.base
        if iri.startswith(terms.CQ):
            iri = f"{base}ontology#{iri.removeprefix(terms.CQ)}"
        return Link(text, local_link(iri, base, self.address))

    def _groups(self) -> Iterator[Section]:
        iri, base = self.description.iri, self.description.base
        pointing = [f for f in self.description.facts if f.object == NamedNode(iri)]
        for name, events, claims in _GROUPS:
            found = [
                f.subject.value for f in pointing if f.predicate == terms.cq(name) and not is_quoted(f, base)
            ]
            said = [one for one in found if self._is_claim(one)]
            yield self._section(events, [one for one in found if one not in said or events == claims])
            yield self._section(claims, said if events != claims else [])
        only = [f.subject.value for f in pointing if is_quoted(f, base)]
        yield self._section(_ONLY_SAID, only, quoted=True)
        inside = [s for s, those in self.facts.items() if any(f.graph_name == NamedNode(iri) for f in those)]
        links = iri.startswith(f"{base}links/")
        yield self._section(_LINKS if links else _QUOTED, inside, quoted=not links)
        if self._scopes(iri):
            yield self._section(_ONLY_SAID, [iri], quoted=True)
        yield self._section(_ALIASES, [f.subject.value for f in pointing if f.predicate == terms.SAME_AS])

    def _told_events(self, reports: Iterable[str]) -> Iterator[Section]:
        """An article's sentences in the order of its text."""
        events: dict[str, None] = {}
        for report in sorted(reports, key=self._offset):
            events.update(dict.fromkeys(str(node.value) for node in self._values(report, terms.REPORTS)))
        yield self._section("What it tells, in the order of its text", events, keep_order=True)

    def _section(
        self, heading: str, iris: Iterable[str], quoted: bool = False, keep_order: bool = False
    ) -> Section:
        items = [self._item(iri) for iri in dict.fromkeys(iris)]
        if not keep_order:
            items.sort(key=lambda item: (item.when or "9999", item.name.text, item.name.href))
        return Section(heading, tuple(items), quoted)

    def _item(self, iri: str) -> Item:
        types = [f.object for f in self.facts.get(iri, ()) if f.predicate == terms.TYPE]
        kinds = dict.fromkeys(self.vocabulary.label(t.value) for t in types if isinstance(t, NamedNode))
        return Item(
            self._link(iri),
            ", ".join(kinds),
            self._when(iri),
            self._scopes(iri),
            self._tellings(self.reports.get(iri, ())),
            self._anchors({iri, *self._quoted_in(iri)}),
        )

    def _scopes(self, iri: str) -> tuple[Link, ...]:
        """The claims and scenarios that say it, where nothing asserts it."""
        if self._values(iri, terms.TYPE):
            return ()
        return tuple(self._link(graph) for graph in sorted(self._quoted_in(iri)))

    def _quoted_in(self, iri: str) -> set[str]:
        graphs = (
            fact.graph_name for fact in self.facts.get(iri, ()) if is_quoted(fact, self.description.base)
        )
        return {graph.value for graph in graphs if isinstance(graph, NamedNode)}

    def _when(self, iri: str) -> str:
        days = [
            min(
                (str(f.object.value) for f in self.facts.get(iri, ()) if f.predicate == predicate), default=""
            )
            for predicate in (terms.EARLIEST, terms.LATEST)
        ]
        first, last = days
        if first == last:
            return first
        return f"{first} to {last}" if first and last else f"from {first}" if first else f"until {last}"

    def _is_claim(self, iri: str) -> bool:
        return any(self.vocabulary.is_a(str(kind.value), "Claim") for kind in self._values(iri, terms.TYPE))

    def _tellings(self, reports: Iterable[str]) -> tuple[Telling, ...]:
        return tuple(self._telling(report) for report in sorted(set(reports), key=self._offset))

    def _offset(self, report: str) -> tuple[str, int, str]:
        passages = self._values(report, terms.IN_PASSAGE)
        starts = [
            int(v.value)
            for p in passages
            for v in self._values(str(p.value), terms.START)
            if v.value.isdigit()
        ]
        return report.partition("#")[0], min(starts, default=0), report

    def _telling(self, report: str) -> Telling:
        article = report.partition("#")[0]
        passages = [str(node.value) for node in self._values(report, terms.IN_PASSAGE)]
        exact = [str(node.value) for passage in passages for node in self._values(passage, terms.EXACT)]
        status = [self.vocabulary.label(str(node.value)) for node in self._values(report, terms.STATUS)]
        place = self._link(article)
        fragment = (passages or [report])[0].partition("#")[2]
        return Telling(
            self._anchors([report, *passages]),
            ", ".join(status),
            tuple(self._links(self._values(report, terms.ATTRIBUTED_TO))),
            " … ".join(exact),
            Link(place.text, f"{place.href}#{fragment}", self._published(article)),
        )

    def _anchors(self, iris: Iterable[str]) -> tuple[str, ...]:
        """Fragments of the thing itself that have no place on its page yet."""
        start = f"{self.description.iri}#"
        new = {iri.removeprefix(start) for iri in iris if iri.startswith(start)} - self.anchored
        self.anchored |= new
        return tuple(sorted(new))

    def _published(self, article: str) -> str:
        return min((str(node.value) for node in self._values(article, terms.PUBLISHED)), default="")
