"""The dataset as a page's thread sees it: every look at it is a query that a query process answers, under its limits."""

import pyoxigraph as ox

from kg.dataset.graphs import Answer, Remote
from server.bridge import Bridge
from server.engine import Order
from server.linked.ask import disguised


class Asked(Remote):
    """The graphs of the snapshot that is served, for the stages that also work without a server."""

    def __init__(self, bridge: Bridge, client: str) -> None:
        self.bridge, self.client = bridge, client

    def query(self, text: str) -> Answer:
        """See `Graphs`; of rows only, as nothing here asks for more.

        Raises:
            Refusal: the query processes cannot answer just now.
        """
        answer = self.bridge.ask(Order("query", disguised(text), results="json"), self.client)
        assert isinstance(answer.body, bytes)
        return ox.parse_query_results(answer.body, format=ox.QueryResultsFormat.JSON)
