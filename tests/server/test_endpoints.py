"""The endpoints over HTTP, read only."""

import gzip
import http.client
import json
import os
import re
import socket
import time
import urllib.parse

import psutil
import pyoxigraph as ox
import pytest
import requests
from click.testing import CliRunner

from kg.cli import main

from .conftest import TOKEN, Served, processes_of

ALL = "SELECT ?s ?value { ?s <http://example.org/value> ?value }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def ask(served: Served, query: str, accept: str = "application/json", **parameters: str) -> requests.Response:
    """A query by GET."""
    return requests.get(
        f"{served.base}/sparql", params={"query": query} | parameters, headers={"Accept": accept}, timeout=30
    )


def rows(answer: requests.Response) -> list[dict[str, str]]:
    """The values of a JSON answer."""
    assert answer.ok, answer.text
    bindings = answer.json()["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in bindings]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/sparql-results+json", ox.QueryResultsFormat.JSON),
        ("application/sparql-results+xml", ox.QueryResultsFormat.XML),
        ("text/tab-separated-values", ox.QueryResultsFormat.TSV),
    ],
)
def test_rows_come_in_the_format_asked_for(served: Served, accept: str, form: ox.QueryResultsFormat) -> None:
    """JSON, XML and TSV hold the same rows."""
    answer = ask(
        served,
        'SELECT ?l { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l FILTER(STR(?l) < "O") }',
        accept,
    )
    assert answer.headers["Content-Type"].startswith(accept)
    found = ox.parse_query_results(answer.content, form)
    assert isinstance(found, ox.QuerySolutions)
    assert sorted(str(row["l"]) for row in found) == ['"Norland & <Sudland> signed"@en', '"Norland"@en']


def test_csv_is_plain_values_with_a_head(served: Served) -> None:
    """CSV has a header line, values without marks, and CRLF."""
    answer = ask(served, "SELECT ?s ?p { <http://localhost:8000/article/one> ?p ?s } LIMIT 0", "text/csv")
    assert answer.content == b"s,p\r\n"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("text/turtle", ox.RdfFormat.TURTLE),
        ("application/n-triples", ox.RdfFormat.N_TRIPLES),
        ("application/rdf+xml", ox.RdfFormat.RDF_XML),
        ("application/ld+json", ox.RdfFormat.JSON_LD),
        ("application/n-quads", ox.RdfFormat.N_QUADS),
        ("application/trig", ox.RdfFormat.TRIG),
    ],
)
def test_triples_come_in_the_format_asked_for(served: Served, accept: str, form: ox.RdfFormat) -> None:
    """Six formats hold the same triples."""
    answer = ask(
        served, "CONSTRUCT { ?s ?p ?o } { ?s a <https://w3id.org/communique/ontology#State> ; ?p ?o }", accept
    )
    assert answer.headers["Content-Type"].startswith(accept)
    assert len({quad.triple for quad in ox.parse(answer.content, form)}) == 4


def test_the_columns_of_select_star_come_in_the_order_of_the_query(served: Served) -> None:
    """Not by the alphabet, whether a look-up, a join or a subquery answers."""
    for text, expected in (
        ("SELECT * { ?z a ?m }", ["z", "m"]),
        ("SELECT * { ?z a ?m . ?z ?b ?a FILTER(?a != ?q) }", ["z", "m", "b", "a"]),
        ("SELECT * { <http://localhost:8000/actor/norland> ?z ?a }", ["z", "a"]),
        ("SELECT DISTINCT * { { SELECT ?x ?b { ?x a ?hidden ; ?b 1 } } BIND(1 AS ?a) }", ["x", "b", "a"]),
    ):
        assert ask(served, text + " # *").json()["head"]["vars"] == expected


def test_a_triple_in_two_default_graphs_counts_once(served: Served) -> None:
    """Merged default graphs are sets, by FROM and by the protocol, and named graphs stay apart."""
    text = "SELECT (COUNT(*) AS ?n) {} { ?s ?p ?o }".replace("{} ", "")
    graphs = ["http://example.org/a", "http://example.org/b"]
    by_protocol = requests.get(
        f"{served.base}/sparql",
        params={"query": text, "default-graph-uri": graphs},
        headers={"Accept": "text/csv"},
        timeout=30,
    )
    assert by_protocol.text.split() == ["n", "3"]
    clauses = " ".join(f"FROM <{graph}>" for graph in graphs)
    assert ask(served, text.replace("{", f"{clauses} {{", 1), "text/csv").text.split() == ["n", "3"]


def test_the_requests_graphs_override_those_of_the_query(served: Served) -> None:
    """default-graph-uri wins over FROM, and without named-graph-uri no named graph is seen."""
    text = (
        "SELECT ?l FROM <http://example.org/a> { { ?s ?p ?l } UNION { GRAPH ?g { ?s ?p ?l } } } ORDER BY ?l"
    )
    answer = ask(served, text, "text/csv", **{"default-graph-uri": "http://example.org/b"})
    assert answer.text.split() == ["l", "both", "y"]


def test_a_repeated_question_is_answered_304_until_the_data_change(served: Served) -> None:
    """An ETag that the client sends back saves it the answer, even before anything is computed."""
    first = ask(served, "SELECT (COUNT(*) AS ?n) { ?s a ?t }")
    again = requests.get(
        first.url, headers={"Accept": "application/json", "If-None-Match": first.headers["ETag"]}, timeout=30
    )
    assert (again.status_code, again.content) == (304, b"")
    other = requests.get(
        first.url, headers={"Accept": "text/csv", "If-None-Match": first.headers["ETag"]}, timeout=30
    )
    assert other.status_code == 200


def test_what_differs_each_time_has_no_etag_and_is_not_kept(served: Served) -> None:
    """NOW, RAND, UUID and the like are computed each time."""
    answers = [ask(served, "SELECT (STRUUID() AS ?id) {}") for _ in range(2)]
    assert answers[0].text != answers[1].text
    assert "ETag" not in answers[0].headers


def test_answers_are_gzipped_for_who_takes_it(served: Served) -> None:
    """Whole answers and streams, with their own ETag, and Vary says so."""
    for text in (ALL + " LIMIT 100", ALL):
        plain = requests.get(
            f"{served.base}/sparql",
            params={"query": text},
            headers={"Accept-Encoding": "identity"},
            timeout=30,
        )
        packed = requests.get(
            f"{served.base}/sparql", params={"query": text}, headers={"Accept-Encoding": "gzip"}, timeout=30
        )
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.content == plain.content
        assert packed.headers["ETag"] != plain.headers["ETag"]
        assert "accept-encoding" in packed.headers["Vary"]


def test_short_answers_have_a_length_and_long_ones_are_streamed(served: Served) -> None:
    """Up to 64 KB an answer is whole when it goes out."""
    assert "Content-Length" in ask(served, ALL + " LIMIT 10").headers
    streamed = ask(served, ALL)
    assert streamed.headers["Transfer-Encoding"] == "chunked"
    assert len(rows(streamed)) == 30_000


def test_head_says_what_get_would_without_a_body(served: Served) -> None:
    """HEAD has the headers of GET, for whole answers and streams."""
    for text in ("ASK {}", ALL):
        head = requests.head(f"{served.base}/sparql", params={"query": text}, timeout=30)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Type"] == ask(served, text, "*/*").headers["Content-Type"]


def test_pages_of_other_sites_may_ask_and_read_errors(served: Served) -> None:
    """CORS headers are on answers, on errors and on the preflight."""
    answers = [
        ask(served, "ASK {}"), ask(served, "ASK {"), ask(served, "ASK {}", "image/png"),
        requests.options(f"{served.base}/sparql", timeout=30), requests.get(f"{served.base}/nowhere", timeout=30),
        requests.post(f"{served.base}/update", data="x", timeout=30),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 400, 406, 204, 404, 415]
    assert {answer.headers.get("Access-Control-Allow-Origin") for answer in answers} == {"*"}
    assert "Authorization" in answers[3].headers["Access-Control-Allow-Headers"]


def test_a_syntax_error_says_what_where_and_what_would_be_right(served: Served) -> None:
    """Line and column point into the query as it was sent, also where its FROM was overridden."""
    answer = ask(served, "SELECT ?s\nWHERE { ?s ?p }")
    error = answer.json()["error"]
    assert (answer.status_code, error["line"], error["column"]) == (400, 2, 15)
    assert set(error) == {"status", "name", "reason", "line", "column", "hint"}
    assert ask(served, "SELECT", "text/plain").text.startswith("400 bad request: ")


def test_an_endless_query_is_ended_at_its_deadline_with_a_reason(served: Served) -> None:
    """It is answered 503 with Retry-After, and its process is gone."""
    began = time.monotonic()
    answer = ask(served, ENDLESS, timeout="1")
    assert answer.status_code == 503
    assert "1 seconds" in answer.json()["error"]["reason"]
    assert "Retry-After" in answer.headers
    assert time.monotonic() - began >= 1
    assert running(served) == []


def running(served: Served, text: str = "") -> list[dict[str, object]]:
    """The running queries whose text holds this."""
    answer = requests.get(f"{served.base}/queries", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    return [job for job in answer.json() if text in job["query"]]


def test_a_query_whose_client_hangs_up_is_ended(served: Served) -> None:
    """Nobody computes for nobody."""
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        query = urllib.parse.urlencode({"query": ENDLESS + " # hang-up", "timeout": "60"})
        client.sendall(f"GET /sparql?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_for(lambda: len(running(served, "# hang-up")) == 1)
    wait_for(lambda: running(served, "# hang-up") == [])


def wait_for(condition: object, seconds: float = 60.0) -> None:
    """Return once the condition holds; fail when it does not."""
    end = time.monotonic() + seconds
    assert callable(condition)
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_running_query_can_be_listed_and_ended_with_the_token_alone(served: Served) -> None:
    """GET /queries lists, DELETE /queries/N ends; without the token neither."""
    assert requests.get(f"{served.base}/queries", timeout=30).status_code == 401
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    query = urllib.parse.urlencode({"query": ENDLESS + " # cancel", "timeout": "60"})
    connection.request("GET", f"/sparql?{query}")
    wait_for(lambda: len(running(served, "# cancel")) == 1)
    (job,) = running(served, "# cancel")
    ended = requests.delete(
        f"{served.base}/queries/{job['id']}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30
    )
    assert ended.status_code == 204
    answer = connection.getresponse()
    assert answer.status == 503
    assert b"ended by the one who runs the server" in answer.read()
    connection.close()


def test_a_long_query_computes_at_low_priority_in_every_thread(served: Served) -> None:
    """Linux keeps a priority for each thread, and the one that computes is not a process's first."""
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        query = urllib.parse.urlencode({"query": ENDLESS + " # priority", "timeout": "60"})
        client.sendall(f"GET /sparql?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_for(lambda: any(job["state"] == "long" for job in running(served, "# priority")))
        (job,) = running(served, "# priority")
        threads = psutil.Process(int(str(job["process"]))).threads()
        assert len(threads) > 1
        assert all(os.getpriority(os.PRIO_PROCESS, thread.id) > 0 for thread in threads)


def test_the_front_allocates_as_query_processes_do(served: Served) -> None:
    """The settings of glibc's allocator are in the environment that the front began with."""
    (front,) = processes_of(served)["front"]
    assert front.environ()["GLIBC_TUNABLES"]


def test_a_stream_that_fails_never_looks_whole(served: Served) -> None:
    """When a streaming query is ended, its connection breaks instead of closing the body."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    query = urllib.parse.urlencode({"query": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } # stream"})
    connection.request("GET", f"/sparql?{query}", headers={"Accept": "text/csv"})
    answer = connection.getresponse()
    assert answer.read(1000).startswith(b"a,b,c,d,e,f,g,h,i\r\n")
    (job,) = running(served, "# stream")
    requests.delete(
        f"{served.base}/queries/{job['id']}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30
    )
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        answer.read()
    connection.close()


def test_a_bad_timeout_is_refused(served: Served) -> None:
    """`timeout=` wants a number above 0."""
    assert [ask(served, "ASK {}", timeout=value).status_code for value in ("0", "-1", "nan", "inf", "x")] == [
        400
    ] * 5


@pytest.mark.parametrize("suffix", ["ttl", "nt", "rdf", "nq", "trig", "jsonld"])
def test_dumps_hold_what_is_held_to_be_so_or_everything(served: Served, suffix: str) -> None:
    """Formats without named graphs hold the default graph, the others all graphs."""
    formats = {
        "ttl": "text/turtle",
        "nt": "application/n-triples",
        "rdf": "application/rdf+xml",
        "nq": "application/n-quads",
    }
    media_type = formats.get(
        suffix, {"trig": "application/trig", "jsonld": "application/ld+json"}.get(suffix, "")
    )
    answer = requests.get(f"{served.base}/dump.{suffix}", timeout=60)
    assert answer.headers["Content-Type"].startswith(media_type)
    form = ox.RdfFormat.from_media_type(media_type)
    assert form is not None
    graphs = {str(quad.graph_name) for quad in ox.parse(answer.content, form)}
    assert len(graphs) == (4 if suffix in ("nq", "trig", "jsonld") else 1)


@pytest.mark.parametrize(
    ("suffix", "form"),
    [("ttl", "turtle"), ("nt", "ntriples"), ("trig", "trig"), ("nq", "nquads"), ("jsonld", "jsonld")],
)
def test_a_dump_has_the_bytes_that_the_command_writes(served: Served, suffix: str, form: str) -> None:
    """Who downloads a dump and who makes it with `kg dump` have the same file."""
    made = CliRunner().invoke(main, ["dump", "--store", str(served.store), "--format", form])
    assert made.exit_code == 0
    assert requests.get(f"{served.base}/dump.{suffix}", timeout=60).content == made.stdout_bytes


def test_the_first_page_says_what_is_here_and_runs_a_query_without_javascript(served: Served) -> None:
    """Counts, questions, a form; the answer as an escaped table; no inline script under the policy."""
    page = requests.get(served.base + "/", timeout=30)
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert "<dt>articles</dt><dd>1</dd>" in page.text
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|style=", page.text)
    answer = requests.get(
        served.base + "/", params={"query": "SELECT * { ?s a ?t ; ?p ?o } LIMIT 60"}, timeout=30
    ).text
    assert "Norland &amp; &lt;Sudland&gt; signed" in answer
    assert "<td><a href=" in answer
    wrong = requests.get(
        served.base + "/", params={"query": "SELECT * { <script>alert(1)</script>"}, timeout=30
    )
    assert wrong.status_code == 400
    assert "<script>alert" not in wrong.text
    assert "line 1" in wrong.text


def test_an_endpoint_visited_by_a_browser_leads_to_the_page(served: Served) -> None:
    """/sparql sends a browser on, with its query."""
    accept = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    answer = requests.get(f"{served.base}/sparql", params={"query": "ASK {}"}, headers=accept, timeout=30)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<pre>yes</pre>" in answer.text


def test_health_and_metrics_tell_how_the_server_is(served: Served) -> None:
    """/health is JSON for a probe; /metrics is what Prometheus reads."""
    ask(served, "ASK {}")
    assert requests.get(f"{served.base}/health", timeout=30).json()["status"] == "ok"
    text = requests.get(f"{served.base}/metrics", timeout=30).text
    assert re.search(r'kg_requests_total\{place="sparql",status="200"\} [1-9]', text)
    assert "kg_snapshot" in text
    assert "process_resident_memory_bytes" in text


def test_methods_that_an_endpoint_lacks_are_405_with_allow(served: Served) -> None:
    """The answer names the methods that there are."""
    for path, method in (
        ("/sparql", "PATCH"),
        ("/dump.ttl", "POST"),
        ("/health", "DELETE"),
        ("/data?default", "PATCH"),
    ):
        answer = requests.request(
            method, served.base + path, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30
        )
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]


def test_a_body_beyond_the_cap_is_413_however_it_is_sent(served: Served) -> None:
    """By length, by chunks, and told before it is sent to who asks first."""
    chunks = (b"x" * 1_000_000 for _ in range(40))
    for body in (b"x" * 40_000_000, chunks):
        answer = requests.post(
            f"{served.base}/sparql",
            data=body,
            headers={"Content-Type": "application/sparql-query"},
            timeout=30,
        )
        assert answer.status_code == 413
        assert "bytes" in json.loads(answer.content)["error"]["reason"]


def test_gzip_of_a_stream_is_complete(served: Served) -> None:
    """A gzipped stream ends with its trailer."""
    answer = requests.get(
        f"{served.base}/dump.nt", headers={"Accept-Encoding": "gzip"}, stream=True, timeout=30
    )
    assert gzip.decompress(answer.raw.read()).count(b"\n") > 30_000


def test_a_dump_is_kept_and_then_sent_with_ranges_and_304(served: Served) -> None:
    """After the first download there is a file: with its length, resumable, and 304 for who has it."""
    address, plain = f"{served.base}/dump.nt", {"Accept-Encoding": "identity"}
    first = requests.get(address, headers=plain, timeout=60)
    second = requests.get(address, headers=plain, timeout=60)
    assert int(second.headers["Content-Length"]) == len(first.content)
    assert second.content == first.content
    part = requests.get(
        address, headers=plain | {"Range": "bytes=100-199", "If-Range": second.headers["ETag"]}, timeout=60
    )
    assert (part.status_code, part.content) == (206, first.content[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(first.content)}"
    tail = requests.get(address, headers=plain | {"Range": "bytes=-50"}, timeout=60)
    assert tail.content == first.content[-50:]
    changed = requests.get(
        address, headers=plain | {"Range": "bytes=100-199", "If-Range": '"other"'}, timeout=60
    )
    assert (changed.status_code, len(changed.content)) == (200, len(first.content))
    beyond = requests.get(address, headers=plain | {"Range": "bytes=999999999-"}, timeout=60)
    assert beyond.status_code == 416
    known = requests.get(address, headers=plain | {"If-None-Match": second.headers["ETag"]}, timeout=60)
    assert (known.status_code, known.content) == (304, b"")
    head = requests.head(address, headers=plain, timeout=60)
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(first.content)))
    packed = [requests.get(address, headers={"Accept-Encoding": "gzip"}, timeout=60) for _ in range(2)]
    assert [answer.content for answer in packed] == [first.content] * 2
