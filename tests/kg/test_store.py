"""The dataset: whatever the order of work, the same bytes; whole transactions; snapshots for readers."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import permutations
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import QueryResultsFormat, Store

from kg.dataset.change import change_article
from kg.dataset.fusing import Rules
from kg.dataset.graphs import rows
from kg.dataset.register import Stored
from kg.dataset.snapshots import newest_snapshot
from kg.dataset.store import Dataset
from kg.errors import StoreError
from kg.model import Extraction
from tests.kg.datasets import ask, dataset, dumped, forget, selected
from tests.kg.extractions import clashes, earlier, echo, renunciation, retold

STORIES = (renunciation, echo, earlier)
DAY = date(2031, 5, 1)
ROOT = Path(__file__).resolve().parents[2]


def story(number: int) -> Extraction:
    """One of many invented articles: the three, and clashes of a fortnight told with some delay."""
    if number < len(STORIES):
        return STORIES[number]()
    return clashes(number, DAY + timedelta(days=number // 3), DAY + timedelta(days=20 - number % 7))


def test_any_order_of_ingest_gives_the_same_bytes() -> None:
    """Six orders of three articles, one dump."""
    assert len({dumped(dataset(*(make() for make in order))) for order in permutations(STORIES)}) == 1


def test_ingesting_again_changes_nothing() -> None:
    """An article that is there already as it is makes no transaction."""
    with dataset(renunciation(), echo()) as made:
        before = dumped(made)
        assert not made.ingest(renunciation())
        assert dumped(made) == before


def test_deleting_takes_what_only_that_article_told() -> None:
    """After a deletion the dataset is as if the article had never been there, and no empty graph is left."""
    with dataset(renunciation(), echo(), earlier()) as made:
        forget(made, ["first.txt"])
        never = dataset(echo(), earlier())
        assert dumped(made) == dumped(never)
        assert sorted(map(str, made.graphs.names())) == sorted(map(str, never.graphs.names()))


def test_deleting_everything_leaves_the_ontology_alone() -> None:
    """With the last article goes the last event, actor and claim."""
    with dataset(renunciation(), echo(), earlier()) as made:
        forget(made, ["second.txt", "zeroth.txt", "first.txt"])
        assert dumped(made) == dumped(dataset())
        assert not made.delete("first.txt")


def test_an_article_told_anew_replaces_what_it_told() -> None:
    """Other words, another title or date under the same id: only the last telling counts."""
    for other in (
        retold(echo(), title="Quite another title"),
        retold(echo(), published=None),
        clashes(3, DAY, DAY),
    ):
        anew = retold(other, id="second.txt")
        with dataset(renunciation(), echo(), earlier()) as made:
            assert made.ingest(anew)
            assert dumped(made) == dumped(dataset(renunciation(), earlier(), anew))


@given(
    st.lists(st.tuples(st.integers(0, 24), st.booleans()), min_size=1, max_size=24),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_any_history_ends_as_if_only_the_last_state_had_been_ingested(
    work: list[tuple[int, bool]], order: object
) -> None:
    """Ingest and delete in any order: the dump depends on what is left, in its bytes."""
    made, left = dataset(), dict[int, Extraction]()
    for number, here in work:
        if here:
            left[number] = story(number)
            made.ingest(left[number])
        else:
            made.delete(story(number).article.id)
            left.pop(number, None)
    rest = list(left.values())
    order.shuffle(rest)  # type: ignore[attr-defined]
    assert dumped(made) == dumped(dataset(*rest))


def test_two_articles_cannot_share_an_iri(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should two ids ever come to one hash, the second article is refused rather than mixed with the first."""
    with dataset(echo()) as made:
        facts = [
            fact
            for fact in made.graphs.facts()
            if str(fact.graph_name) == f"<{made.article_graph('second.txt')}>"
        ]
        with pytest.raises(StoreError, match=r"is the article 'second\.txt'"):
            change_article(Stored(made.graphs), "other.txt", facts, Rules({}, {}))


def test_what_users_add_to_our_events_stays() -> None:
    """A user's own statements on an event, and a user's own graphs, outlive a change of the event."""
    with dataset(earlier()) as made:
        [(event,)] = selected(made, "SELECT ?e { ?e a cq:Coup }")
        made.update(
            f"INSERT DATA {{ <{event}> <urn:note> 'mine' . GRAPH <urn:g> {{ <{event}> a <urn:Mine> }} }}"
        )
        made.ingest(echo())
        assert ask(made, f"<{event}> <urn:note> 'mine' . GRAPH <urn:g> {{ <{event}> a <urn:Mine> }}")


def test_a_change_looks_at_no_more_the_more_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of look-ups for an ordinary article is the same among 10 and among 200 unrelated ones."""

    def lookups(others: int) -> int:
        made = dataset(
            *(
                clashes(n, DAY + timedelta(days=5 * n), DAY + timedelta(days=5 * n), f"Front {n}")
                for n in range(others)
            )
        )
        seen = 0
        asked = made.graphs.facts

        def counted(*pattern: object) -> Iterator[object]:
            nonlocal seen
            for fact in asked(*pattern):  # type: ignore[arg-type]
                seen += 1
                yield fact

        monkeypatch.setattr(made.graphs, "facts", counted)
        made.ingest(echo())
        return seen

    assert lookups(10) == lookups(200)


# -- a SPARQL server


class _Protocol(BaseHTTPRequestHandler):
    """Queries and updates over HTTP to the database of the server class."""

    store: ClassVar[Store]

    def do_POST(self) -> None:
        """Answer as the SPARQL 1.1 Protocol's direct POST."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            if self.path == "/kg/update":
                self._send(
                    204 if self.headers["Authorization"] == "Bearer secret" else 401, b"", "text/plain"
                )
                if self.headers["Authorization"] == "Bearer secret":
                    self.store.update(text)
            else:
                found = rows(self.store.query(text)).serialize(format=QueryResultsFormat.JSON)
                self._send(200, found or b"", "application/sparql-results+json")
        except SyntaxError as error:
            self._send(400, str(error).encode(), "text/plain")

    def _send(self, code: int, body: bytes, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a SPARQL server over an empty store."""
    handler = type("Protocol", (_Protocol,), {"store": Store()})
    with HTTPServer(("127.0.0.1", 0), handler) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/kg"
        running.shutdown()
        thread.join()


def test_a_sparql_server_serves_as_the_store(server: str) -> None:
    """The same articles give the same bytes there; deleting works too."""
    with Dataset.open(server, writable=True, token="secret") as made:
        for make in (echo, renunciation):
            assert made.ingest(make())
        assert dumped(made) == dumped(dataset(renunciation(), echo()))
        assert made.delete("first.txt")
    with Dataset.open(f"{server}/sparql", writable=False) as reader:
        assert dumped(reader) == dumped(dataset(echo()))


def test_what_a_server_answers_wrongly_is_told(server: str) -> None:
    """Refused, misunderstood or not there: the message names the address and the reason."""
    with pytest.raises(StoreError, match=r"/kg/update answers 401"):
        Dataset.open(server, writable=True)
    with pytest.raises(StoreError, match=r"/kg/query answers 400: .*"):
        Dataset.open(server, writable=False).query("SELEKT")
    with pytest.raises(StoreError, match="cannot be reached"):
        Dataset.open("http://127.0.0.1:9/kg", writable=False).query("ASK {}")


# -- on disk


def test_readers_see_the_newest_snapshot(tmp_path: Path) -> None:
    """What a writer has closed, a reader finds; a reader who is open keeps the state he opened."""
    place = str(tmp_path / "kg")
    with Dataset.open(place, writable=True) as writer:
        writer.ingest(renunciation())
    with Dataset.open(place, writable=False) as reader:
        with Dataset.open(place, writable=True) as writer:
            for make in (echo, earlier):
                writer.ingest(make())
                writer.publish()
        assert [entry.id for entry in reader.articles()] == ["first.txt"]
    with Dataset.open(place, writable=False) as reader:
        assert [(entry.id, entry.title, str(entry.published)) for entry in reader.articles()] == [
            ("first.txt", "Mali ends its pacts", "2022-05-05"),
            ("second.txt", "After the pacts", "2022-05-06"),
            ("zeroth.txt", None, "2022-05-03"),
        ]


def test_the_layout_of_a_folder(tmp_path: Path) -> None:
    """The database, numbered snapshots of which a few are kept, and a text file that names the newest."""
    with Dataset.open(str(tmp_path), writable=True) as writer:
        for _ in range(6):
            writer.publish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current", "data", "snapshots"]
    kept = sorted(path.name for path in (tmp_path / "snapshots").iterdir())
    assert len(kept) == 3
    assert (tmp_path / "current").read_text(encoding="ascii") == f"{kept[-1]}\n"
    assert newest_snapshot(tmp_path) == tmp_path / "snapshots" / kept[-1]


def test_a_second_writer_is_told_so(tmp_path: Path) -> None:
    """One writer at a time; the other hears who is in the way, and the folder is not harmed."""
    first = Dataset.open(str(tmp_path / "kg"), writable=True)
    with pytest.raises(StoreError, match="another process is writing"):
        Dataset.open(str(tmp_path / "kg"), writable=True)
    first.close()
    del first
    Dataset.open(str(tmp_path / "kg"), writable=True).close()


def _nothing(folder: Path) -> None:
    """The folder stays as it is: empty."""


def _other_files(folder: Path) -> None:
    (folder / "letter.txt").write_text("x", encoding="utf-8")


def _a_file_for_data(folder: Path) -> None:
    (folder / "data").write_text("x", encoding="utf-8")


def _lost_snapshot(folder: Path) -> None:
    (folder / "current").write_text("00000009\n", encoding="ascii")


def _torn_pointer(folder: Path) -> None:
    (folder / "current").write_text("../../etc\n", encoding="ascii")


@pytest.mark.parametrize(
    ("spoil", "writable", "reason"),
    [
        (_nothing, False, "no dataset yet"),
        (_other_files, True, "holds other files"),
        (_a_file_for_data, True, "cannot be opened for writing"),
        (_lost_snapshot, False, "snapshot 00000009 cannot be opened"),
        (_torn_pointer, False, "no dataset yet"),
    ],
)
def test_a_folder_that_is_no_dataset_is_named(
    tmp_path: Path, spoil: Callable[[Path], None], writable: bool, reason: str
) -> None:
    """Nothing there, something else there, or damage: the message names the folder and what is wrong."""
    spoil(tmp_path)
    with pytest.raises(StoreError, match=f"{tmp_path.name}.*{reason}"):
        Dataset.open(str(tmp_path), writable=writable)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """What is opened for reading refuses to change."""
    Dataset.open(str(tmp_path), writable=True).close()
    with Dataset.open(str(tmp_path), writable=False) as reader:
        for attempt in (lambda: reader.ingest(echo()), lambda: reader.update("CLEAR ALL")):
            with pytest.raises(StoreError, match="for reading only"):
                attempt()


def test_a_closed_dataset_says_so(tmp_path: Path) -> None:
    """Asking after closing is an error with a name."""
    made = Dataset.open(str(tmp_path), writable=True)
    made.close()
    with pytest.raises(StoreError, match="closed"):
        made.query("ASK {}")


def test_a_changed_ontology_replaces_the_old_one(tmp_path: Path) -> None:
    """Terms that the files no longer hold leave the default graph at the next writing."""
    with Dataset.open(str(tmp_path), writable=True) as writer:
        before = dumped(writer)
        defined = "rdfs:isDefinedBy <https://w3id.org/communique/ontology>"
        writer.update(
            f"PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> INSERT DATA {{ <urn:old> {defined} ; rdfs:label 'x' }}"
        )
    with Dataset.open(str(tmp_path), writable=True) as writer:
        assert dumped(writer) == before


def test_a_writer_killed_in_the_act_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """After SIGKILL the acknowledged article is there whole, the store opens, and goes on."""
    script = (
        "import sys; from kg.dataset.store import Dataset; from tests.kg.extractions import renunciation\n"
        f"made = Dataset.open({str(tmp_path)!r}, writable=True); made.ingest(renunciation())\n"
        "print('stored', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == b"stored\n"
        os.kill(writer.pid, signal.SIGKILL)
    with Dataset.open(str(tmp_path), writable=True) as made:
        assert dumped(made) == dumped(dataset(renunciation()))
    assert Store.read_only(str(newest_snapshot(tmp_path)))


def test_other_processes_with_other_hash_seeds_give_the_same_bytes() -> None:
    """The dump depends on no process: two hash seeds, one digest, the same as here."""
    script = (
        "import hashlib; from tests.kg.datasets import dataset, dumped; from tests.kg.extractions import *\n"
        "print(hashlib.sha256(dumped(dataset(echo(), renunciation(), earlier()), 'trig')).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1
