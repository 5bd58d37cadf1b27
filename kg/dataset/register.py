"""What is settled already, as `settle` asks for it: read from the dataset when first asked, then remembered.

Remembering is safe because one writer owns a dataset; after each change it says what changed (`absorb`), and after a
change of another kind it forgets (`forget`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from pyoxigraph import Literal, NamedNode

from kg import terms
from kg.dataset.accounts import Account
from kg.dataset.fusing import Rules
from kg.dataset.graphs import Graphs
from kg.dataset.likeness import keys
from kg.dataset.recall import accounts
from kg.terms import Fact, Node

MOST = 100_000  # accounts remembered before all are forgotten: some 300 MB


class Stored:
    """The register of `settle.Register` as the dataset holds it."""

    def __init__(self, graphs: Graphs) -> None:
        self.graphs = graphs
        self.forget()

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._accounts: dict[str, Account] = {}
        self._founders: dict[str, str | None] = {}
        self._members: dict[str, set[str]] = {}
        self._filed: dict[str, set[str]] = {}
        self._scoped: dict[str, set[str]] = {}

    def account(self, event: str) -> Account:
        """See `settle.Register`."""
        if event not in self._accounts:
            self._accounts[event] = accounts(self._facts(event))[event]
        return self._accounts[event]

    def founder(self, event: str) -> str:
        """See `settle.Register`."""
        founder = self.find(event)
        if founder is None:
            raise KeyError(event)
        return founder

    def find(self, event: str) -> str | None:
        """The founder of the event that the account with this IRI has joined; None where no article tells it."""
        if event not in self._founders:
            self._founders[event] = self._reported_as(event)
        return self._founders[event]

    def members(self, founder: str) -> Collection[str]:
        """See `settle.Register`."""
        if founder not in self._members:
            self._members[founder] = self._told(self.graphs.facts(None, terms.REPORTS, NamedNode(founder)))
        return self._members[founder]

    def near(self, keys: Iterable[str]) -> Collection[str]:
        """See `settle.Register`."""
        return set().union(*(self._filed_under(key) for key in keys))

    def of_article(self, article: str) -> Collection[str]:
        """See `settle.Register`."""
        return {q.object.value for q in self.graphs.facts(None, terms.TOLD_EVENT, None, NamedNode(article))}

    def in_scope(self, claim: str) -> Collection[str]:
        """Accounts that stand in the claim with this IRI (its article's own)."""
        if claim not in self._scoped:
            self._scoped[claim] = self._told(self.graphs.facts(None, terms.TOLD_IN, NamedNode(claim)))
        return self._scoped[claim]

    def absorb(
        self,
        gone: Mapping[str, Account],
        told: Mapping[str, Account],
        founders: Mapping[str, str],
        rules: Rules,
    ) -> None:
        """Remember what a change has made of these accounts."""
        if len(self._accounts) > MOST:
            self.forget()
        for event in {*gone, *founders}:
            self._join(event, self._founders.get(event), founders.get(event))
        for event, account in gone.items():
            self._accounts.pop(event, None)
            for index, key in self._indexed(account, rules):
                index.get(key, set()).discard(event)
        for event, account in told.items():
            self._accounts[event] = account
            for index, key in self._indexed(account, rules):
                if key in index:
                    index[key].add(event)

    def _join(self, event: str, former: str | None, founder: str | None) -> None:
        self._founders[event] = founder
        if former in self._members:
            self._members[former].discard(event)
        if founder in self._members:
            self._members[founder].add(event)

    def _indexed(self, account: Account, rules: Rules) -> Iterator[tuple[dict[str, set[str]], str]]:
        """Where the account stands in what is remembered."""
        yield from ((self._filed, key) for key in keys(account, rules))
        yield from ((self._scoped, scope) for scope in account.scopes)

    def _filed_under(self, key: str) -> set[str]:
        if key not in self._filed:
            self._filed[key] = self._told(self.graphs.facts(None, terms.FUSION_KEY, Literal(key)))
        return self._filed[key]

    def _reported_as(self, event: str) -> str | None:
        for report in self.graphs.facts(None, terms.TOLD_EVENT, NamedNode(event)):
            for found in self.graphs.facts(report.subject, terms.REPORTS, None, report.graph_name):
                return found.object.value
        return None

    def _told(self, reports: Iterable[Fact]) -> set[str]:
        return {
            fact.object.value
            for report in {(fact.subject, fact.graph_name) for fact in reports}
            for fact in self.graphs.facts(report[0], terms.TOLD_EVENT, None, report[1])
        }

    def _facts(self, event: str) -> list[Fact]:
        """What an account is read from: its reports, their passages, the parties and the article."""
        told = list(self.graphs.facts(None, terms.TOLD_EVENT, NamedNode(event)))
        graph = told[0].graph_name
        facts = [fact for report in told for fact in self.graphs.facts(report.subject, None, None, graph)]
        roles = {*terms.TOLD_ROLE.values()}
        wanted: list[tuple[Node, NamedNode]] = [
            (fact.object, terms.START) for fact in facts if fact.predicate == terms.IN_PASSAGE
        ]
        parties = {fact.object for fact in facts if fact.predicate in roles}
        wanted += [(party, p) for party in parties for p in (terms.TOLD_KIND, terms.COMPARED_AS)]
        if isinstance(graph, NamedNode):
            wanted += [(graph, p) for p in (terms.IDENTIFIER, terms.PUBLISHED)]
        return facts + [fact for node, p in wanted for fact in self.graphs.facts(node, p, None, graph)]
