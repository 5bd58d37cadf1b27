"""What the server counts, in the text format of Prometheus."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from server.service import Service

_BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # seconds
Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


class Tally:
    """Requests by place and status, and how long they took; cheap to add to."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.buckets = [0] * (len(_BUCKETS) + 1)
        self.seconds = 0.0
        self.again = 0  # answered from memory before anything was read

    def add(self, place: str, status: int, seconds: float) -> None:
        """One request has been answered."""
        self.requests[place, status] += 1
        self.buckets[bisect_left(_BUCKETS, seconds)] += 1
        self.seconds += seconds


class ServiceCollector(Collector):
    """Reads the figures off the running server when somebody asks for them."""

    def __init__(self, service: "Service") -> None:
        self._service = service

    def collect(self) -> Iterable[Family]:
        """All families."""
        yield from self._requests()
        yield from self._queries()
        desk = self._service.desk
        hits = CounterMetricFamily("kg_cache", "Answers asked of the cache", labels=["result"])
        hits.add_metric(["hit"], desk.cache.hits)
        hits.add_metric(["miss"], desk.cache.misses)
        yield hits
        yield GaugeMetricFamily("kg_cache_bytes", "Bytes held in the cache", desk.cache.size)
        yield GaugeMetricFamily("kg_snapshot", "Number of the snapshot that is served", int(desk.generation))
        yield CounterMetricFamily("kg_lookups", "Queries answered without a query process", desk.lookups)

    def _requests(self) -> Iterable[Family]:
        tally = self._service.tally
        requests = CounterMetricFamily("kg_requests", "Requests answered", labels=["place", "status"])
        for (place, status), number in sorted(tally.requests.items()):
            requests.add_metric([place, str(status)], number)
        requests.add_metric(["again", "200"], tally.again)
        yield requests
        rows, total = [], 0
        for bound, number in zip((*map(str, _BUCKETS), "+Inf"), tally.buckets, strict=True):
            total += number
            rows.append((bound, total))
        seconds = HistogramMetricFamily(
            "kg_request_seconds", "Time to the answer, or to a stream's first bytes"
        )
        seconds.add_metric([], rows, tally.seconds)
        yield seconds

    def _queries(self) -> Iterable[Family]:
        pool = self._service.desk.pool
        states = GaugeMetricFamily("kg_queries", "Queries and query processes now", labels=["state"])
        for state, number in pool.gauges().items():
            states.add_metric([state], number)
        yield states
        ended = CounterMetricFamily("kg_queries_ended", "Queries that came to an end", labels=["how"])
        for how, number in sorted(pool.counts.items()):
            ended.add_metric([how], number)
        yield ended


def exposition(service: "Service") -> bytes:
    """The page that Prometheus reads."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(ServiceCollector(service))
    return generate_latest(registry)
