"""The numbers of the dataset that is served, counted once a snapshot and by one visitor at a time."""

import threading

from kg.release.count import Statistics, count
from server.bridge import Bridge
from server.errors import Refusal
from server.publishing.asked import Asked

RETRY = 5  # seconds


class Numbers:
    """What was counted last, and of which snapshot."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge, self._counting = bridge, threading.Lock()
        self._last: tuple[str, Statistics] | None = None

    def of_now(self, client: str) -> Statistics:
        """The snapshot's numbers; while somebody else counts, those of the one before.

        Raises:
            Refusal: nothing has been counted yet and somebody does so now, or the query processes cannot answer.
        """
        if self._last and self._last[0] == self._bridge.generation:
            return self._last[1]
        if self._counting.acquire(blocking=False):
            try:
                return self._count(client)
            finally:
                self._counting.release()
        if self._last:
            return self._last[1]
        raise Refusal(503, "the dataset is being counted", "Ask again in a moment.", retry=RETRY)

    def _count(self, client: str) -> Statistics:
        generation = self._bridge.generation
        found = count(Asked(self._bridge, client), self._bridge.service.settings.base)
        self._last = generation, found
        return found
