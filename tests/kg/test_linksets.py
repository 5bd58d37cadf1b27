"""Links to outside tables: rows read, matched with events, written, reviewed and kept."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

from kg.authority import Authority
from kg.cli import main
from kg.dataset.store import Dataset
from kg.errors import OutsideError, TableError
from kg.linksets.confidence import weights
from kg.linksets.describe_links import write_linkset
from kg.linksets.happened import Happened, happened, states_in
from kg.linksets.keep import reviewed_graph
from kg.linksets.links import CLOSE, EXACT, SAME, Link, LinkSet, outside_iri
from kg.linksets.mapping import FOLDER, Mapping, load_mapping, mapping_file
from kg.linksets.match import match
from kg.linksets.propose import judge
from kg.linksets.sssom import read_sssom, write_sssom
from kg.linksets.table import Row, read_table
from kg.settings import ROOT
from tests.kg.datasets import ask, dataset, dumped, selected
from tests.kg.extractions import Telling

SEED = ROOT / "seeds" / "00-mali-france.txt"
HEADING = "coup_id,cowcode,country,year,month,day,event_type"
BASE = "http://localhost:8000/"
CASES = list(
    csv.DictReader((Path(__file__).parent / "linkset_rows.csv").read_text(encoding="utf-8").splitlines())
)


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    """The shipped mapping of coups."""
    return load_mapping(mapping_file("coups"))


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Writes a table of coups with these rows."""

    def written(*rows: str) -> Path:
        path = tmp_path / "coups.csv"
        path.write_text("\n".join([HEADING, *rows]) + "\n", encoding="utf-8")
        return path

    return written


def coup(day: date, latest: date | None = None, id: str = "a.txt") -> Telling:
    """An article that tells a coup in Mali on a day, or between two."""
    text = "Soldiers seized power in Mali."
    telling = Telling(id, text, date(2031, 5, 5))
    soldiers = telling.actor("Soldiers", "Person", named=False)
    mali = telling.actor("Mali", "State", "MLI", "state/MLI")
    telling.event("Coup", "seized power", agents=(soldiers,), places=(mali,), days=(day, latest or day))
    return telling


def run(*arguments: object) -> Result:
    """Calls `kg` with these arguments."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


# -- tables


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_rows(case: dict[str, str], table: Callable[..., Path], mapping: Mapping) -> None:
    """A row is read with its state and days, or refused with its line and reason."""
    read = read_table(table(case["cells"]), mapping, Authority.load())
    if case["refused"]:
        assert read.rows == ()
        assert ":2: " in read.refused[0]
        assert case["refused"] in read.refused[0]
    else:
        (row,) = read.rows
        assert read.refused == ()
        found = row.state, row.earliest.isoformat(), row.latest.isoformat()
        assert found == (case["state"], case["earliest"], case["latest"])


def test_hostile_cells(table: Callable[..., Path], mapping: Mapping) -> None:
    """Ids are escaped in IRIs, braces are no templates, control characters leave labels, and huge cells are refused."""
    read = read_table(
        table(
            '"x> <y#{year}\x07",432,"Mali{coup_id}\x1b[2J\u202e",2020,8,18,coup',
            f"big,432,{'M' * 110_000},2020,8,18,coup",
        ),
        mapping,
        Authority.load(),
    )
    assert [row.iri.partition("#")[2] for row in read.rows] == ["x%3E%20%3Cy%23%7Byear%7D%07"]
    assert read.rows[0].label == "Mali{coup_id} [2J 2020-8-18 (coup)"
    assert "the cell in country is longer than 100,000 characters" in read.refused[0]


def test_an_id_that_stands_twice(table: Callable[..., Path], mapping: Mapping) -> None:
    """Of two rows with one id the second is refused."""
    read = read_table(
        table("7,432,Mali,2020,8,18,coup", "7,432,Mali,2021,5,24,coup"), mapping, Authority.load()
    )
    assert len(read.rows) == 1
    assert "'7' stands in coup_id twice" in read.refused[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"coup_id,cowcode\n", ":1: has no column 'year'; its columns are coup_id, cowcode"),
        (b"", ":1: has no column 'coup_id'; its columns are none"),
        (HEADING.encode() + b"\n\xff\xfe,,,,,,\n", "is no UTF-8"),
        (HEADING.encode() + b'\n"' + b"x" * 200_000, "is no CSV after this line: field larger"),
    ],
)
def test_tables_that_are_none(content: bytes, told: str, tmp_path: Path, mapping: Mapping) -> None:
    """A file that is no such table is refused whole, with place and reason."""
    path = tmp_path / "coups.csv"
    path.write_bytes(content)
    with pytest.raises(TableError) as refused:
        read_table(path, mapping, Authority.load())
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('coup = ["Coup"]', 'coup = ["Koup"]', "'Koup' is no event class of the ontology"),
        ('coup = ["Coup"]', 'coup = "Coup"', "wanted a list of event classes"),
        ('id = "coup_id"', 'idd = "coup_id"', "[columns] 'idd' means nothing"),
        ('id = "coup_id"', "", "[columns] needs id"),
        ('"cow"', '"gwn"', "country_system 'gwn' is none of cow"),
        ('row = "https:', 'row = "file:', "wanted an address that holds {COLUMN}"),
        ('"817" = "VNM"', '"817" = "VNN"', "'VNN' is no ISO 3166-1 alpha-3 code"),
        ("[source]", "[sauce]", "lacks the table [source]"),
        ("[source]", "[source", "cannot be read as TOML"),
        ('type = "event_type"', "", 'needs "" alone'),
    ],
)
def test_mappings_without_meaning(old: str, new: str, told: str, tmp_path: Path) -> None:
    """A mapping file that means nothing is refused, and the message says what would be right."""
    text = (FOLDER / "coups.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "own.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TableError) as refused:
        load_mapping(path)
    assert told in str(refused.value)


def test_a_mapping_of_ones_own(tmp_path: Path) -> None:
    """A mapping may read whole dates in a form of their own, states by name, and one class for all rows."""
    (tmp_path / "own.toml").write_text(
        '[source]\ntitle = "Putsches"\npage = "https://putsch.example/"\nlicence = "https://putsch.example/licence"\n'
        'row = "https://putsch.example/{no}"\nlabel = "{where} {when}"\n'
        '[columns]\nid = "no"\ndate = "when"\ndate_form = "%d.%m.%Y"\ncountry = "where"\nnames = ["who"]\n'
        '[classes]\n"" = ["Coup", "CoupAttempt"]\n'
    )
    path = tmp_path / "putsches.csv"
    path.write_text("no,when,where,who\n1,18.08.2020,Mali,Assimi Goïta;CNSP\n", encoding="utf-8")
    read = read_table(path, load_mapping(tmp_path / "own.toml"), Authority.load())
    assert read.rows == (
        Row(
            "https://putsch.example/1",
            "Mali 18.08.2020",
            date(2020, 8, 18),
            date(2020, 8, 18),
            "MLI",
            ("Coup", "CoupAttempt"),
            ("assimi goita", "cnsp"),
        ),
    )


# -- matching


def event(days: tuple[date | None, date | None], type: str = "Coup", **states: str) -> Happened:
    """An event with these days, and states by each sign."""
    told = {sign: frozenset(names.split()) for sign, names in states.items()}
    return Happened(f"{BASE}event/e", type, "a coup", *days, told, frozenset())


def row(day: date, state: str = "MLI", type: str = "Coup", id: str = "1") -> Row:
    """A row of a day."""
    return Row(f"https://list.example/{id}", "a row", day, day, state, (type,), ())


AUGUST = date(2020, 8, 1), date(2020, 8, 31)
DAY = date(2020, 8, 18)


@pytest.mark.parametrize(
    ("told", "rows", "expected"),
    [
        (event((DAY, DAY), place="MLI"), [row(DAY)], [(EXACT, 1.0)]),
        (event((DAY, DAY), agent="MLI"), [row(DAY)], [(EXACT, 0.95)]),
        (event((DAY, DAY), names="MLI"), [row(DAY)], [(CLOSE, 0.9)]),
        (event(AUGUST, place="MLI"), [row(DAY)], [(CLOSE, 0.95)]),
        (event(AUGUST, article="MLI"), [row(DAY)], [(CLOSE, 0.57)]),
        (event(AUGUST, place="NER", article="MLI"), [row(DAY)], []),
        (event(AUGUST, place="MLI NER"), [row(DAY)], [(CLOSE, 0.57)]),
        (event(AUGUST, "CoupAttempt", place="MLI"), [row(DAY)], [(CLOSE, 0.57)]),
        (event((date(2020, 8, 19),) * 2, place="MLI"), [row(DAY)], [(CLOSE, 0.75)]),
        (event((date(2020, 8, 25),) * 2, place="MLI"), [row(DAY)], []),
        (event((None, date(2020, 12, 1)), place="MLI"), [row(DAY)], [(CLOSE, 0.4)]),
        (event((None, date(2024, 12, 1)), place="MLI"), [row(DAY)], []),
        (event((None, None), place="MLI"), [row(DAY)], []),
        (event(AUGUST, place="MLI"), [row(DAY), row(date(2020, 8, 20), id="2")], [(CLOSE, 0.475)] * 2),
        (
            event(AUGUST, place="MLI"),
            [row(DAY), row(DAY, type="CoupPlot", id="2")],
            [(CLOSE, 0.95), (CLOSE, 0.57)],
        ),
        (event(AUGUST), [row(DAY)], []),
    ],
)
def test_matches(told: Happened, rows: list[Row], expected: list[tuple[str, float]]) -> None:
    """The same state and days that meet make a match; how surely, each sign says."""
    links = match([told], rows, Authority.load(), weights(), "list.csv")
    assert [(link.predicate, link.confidence) for link in links] == expected


def test_two_events_are_not_both_exactly_one_row() -> None:
    """A row that two of our events fit to the day is close to both and exactly neither."""
    first = event((DAY, DAY), place="MLI")
    second = replace(first, iri=f"{BASE}event/f")
    links = match([first, second], [row(DAY)], Authority.load(), weights(), "list.csv")
    assert [link.predicate for link in links] == [CLOSE, CLOSE]


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("disgruntled colonels in the Malian army", "MLI"),
        ("a decree of Guinea-Bissau’s junta", "GNB"),
        ("the turkey was cold", ""),
        ("South Sudan", "SSD"),
        ("envoys of Niger and Nigeria", "NER NGA"),
    ],
)
def test_states_in_words(text: str, states: str) -> None:
    """States are read off names, peoples and capitals, the longest name first."""
    assert sorted(states_in(text, Authority.load())) == states.split()


def test_signs_of_a_state_in_the_dataset() -> None:
    """An event's state is read off its roles, the names in them, its sentences and its article."""
    (found,) = happened(dataset(coup(DAY).done()).graphs, {"Coup", "CoupPlot"}, Authority.load(), BASE)
    assert (found.type, found.earliest, found.latest) == ("Coup", DAY, DAY)
    assert found.states == {s: frozenset({"MLI"}) for s in ("place", "names", "passage", "article")}


# -- writing


def linkset(*links: Link) -> LinkSet:
    """These links as a set."""
    return LinkSet(
        "list", "A “list”: #1", "https://list.example/", "=list.csv", "https://list.example/licence", links
    )


def link(number: int = 1, predicate: str = CLOSE, **other: str) -> Link:
    """A link of an event to a row."""
    return Link(
        f"{BASE}event/e{number}", predicate, f"https://list.example/row#{number}", confidence=0.855, **other
    )


def written(links: LinkSet) -> str:
    """The review file."""
    out = io.StringIO(newline="")
    write_sssom(links, BASE, out)
    return out.getvalue()


def test_linkset_counts_its_links() -> None:
    """The VoID description gives for each predicate as many triples as there are links by it, and every link its grounds."""
    out = io.BytesIO()
    write_linkset(linkset(link(1), link(2), link(3, EXACT)), BASE, out)
    store = ox.Store()
    store.bulk_load(out.getvalue(), format=ox.RdfFormat.TURTLE)
    answer = store.query(
        "PREFIX void: <http://rdfs.org/ns/void#> PREFIX owl: <http://www.w3.org/2002/07/owl#>"
        "SELECT ?p ?told (COUNT(DISTINCT ?s) AS ?found) (COUNT(DISTINCT ?note) AS ?notes) WHERE {"
        " ?set a void:Linkset ; void:linkPredicate ?p ; void:triples ?told ; void:objectsTarget <https://list.example/> . ?s ?p ?o ."
        " ?note owl:annotatedSource ?s ; owl:annotatedProperty ?p ; owl:annotatedTarget ?o } GROUP BY ?p ?told"
    )
    assert isinstance(answer, ox.QuerySolutions)
    counts = {
        row["p"].value.partition("#")[2]: [int(row[n].value) for n in ("told", "found", "notes")]
        for row in answer
    }
    assert counts == {"closeMatch": [2, 2, 2], "exactMatch": [1, 1, 1]}


def test_linkset_repeats_to_the_byte() -> None:
    """The same links give the same bytes, in whatever order they come."""
    outs = [io.BytesIO(), io.BytesIO()]
    write_linkset(linkset(link(1), link(2)), BASE, outs[0])
    write_linkset(linkset(link(2), link(1)), BASE, outs[1])
    assert outs[0].getvalue() == outs[1].getvalue()
    assert written(linkset(link(1), link(2))) == written(linkset(link(2), link(1)))


def test_only_the_likely_are_linked() -> None:
    """Below the bar a candidate stays in the review file alone."""
    assert linkset(link(1)).likely(0.9).links == ()
    assert linkset(link(1)).likely(0.855).links == (link(1),)


def test_sssom_as_its_standard_asks(tmp_path: Path) -> None:
    """The head is YAML with the prefixes in use and what the standard requires; the columns stand in its order."""
    text = written(linkset(link(1, subject_label='=SUM(A1)\t"x"\n', comment="-1+1")))
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert head[:4] == [
        "#curie_map:",
        f"#  kg: {BASE}",
        "#  ns1: https://",
        '#  ns2: "https://list.example/row#"',
    ]
    for slot in ("mapping_set_id: http://localhost:8000/links/list", "license: ", "extension_definitions:"):
        assert any(line.startswith(f"#{slot}") for line in head)
    rows = list(csv.DictReader(io.StringIO(text[text.index("subject_id") :]), delimiter="\t"))
    assert list(rows[0]) == (
        "subject_id subject_label predicate_id object_id object_label mapping_justification confidence comment reviewed".split()
    )
    assert rows[0]["subject_id"] == "kg:event/e1"
    assert (rows[0]["subject_label"], rows[0]["comment"]) == ('\'=SUM(A1) "x"', "'-1+1")
    assert rows[0]["confidence"] == "0.855"


def test_review_file_comes_back_as_it_went(tmp_path: Path) -> None:
    """What is written is read again, undecided; also as a spreadsheet program saves it."""
    path = tmp_path / "r.sssom.tsv"
    sent = link(
        1,
        subject_label="=1+1",
        object_label="a “row”",
        justification="semapv:CompositeMatching",
        comment="state",
        source="=list.csv",
    )
    path.write_text(written(linkset(sent)), encoding="utf-8")
    (back,) = read_sssom(path)
    assert (back.link, back.accepted) == (sent, None)
    assert back.place == f"{path}:{path.read_text(encoding='utf-8').count(chr(10))}"
    saved = "".join(
        ('"' + line.replace('"', '""') + '"' if '"' in line and line.startswith("#") else line) + "\t\t\r\n"
        for line in path.read_text(encoding="utf-8").splitlines()
    )
    path.write_bytes(b"\xef\xbb\xbf" + saved.encode())
    assert [row.link for row in read_sssom(path)] == [sent]


@pytest.mark.parametrize(
    ("old", "new", "accepted"),
    [
        ("\t\n", "\tyes\n", True),
        ("\t\n", "\tNo\n", False),
        ("\t\n", "\n", None),
        ("skos:closeMatch", "owl:sameAs", True),
        ("semapv:UnspecifiedMatching", "semapv:ManualMappingCuration", True),
        ("reviewed\n", "predicate_modifier\n", None),
    ],
)
def test_decisions(old: str, new: str, accepted: bool | None, tmp_path: Path) -> None:
    """A row is decided by its last column, a person's justification or an identity, and by nothing else."""
    path = tmp_path / "r.tsv"
    text = written(linkset(link(1)))
    assert old in text
    path.write_text(
        text[: text.index("subject_id")] + text[text.index("subject_id") :].replace(old, new),
        encoding="utf-8",
    )
    assert [row.accepted for row in read_sssom(path)] == [accepted]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kg:event", "other:event", "its prefix is not declared in the header's curie_map"),
        ("kg:event", "http://localhost:8000/event", "its prefix is not declared"),
        ("skos:closeMatch", "skos:broader", "predicate_id 'skos:broader' is none of owl:sameAs"),
        ("0.855", "855", "confidence '855' is not between 0 and 1"),
        ("\t\n", "\tperhaps\n", "reviewed 'perhaps' is no decision; wanted yes, no or nothing"),
        ("object_id", "object", "has no column object_id"),
        ("https://list.example/row#", "javascript:", "is no IRI that a link can lead to"),
        ("subject_id", "#more: 1\nx\n#subject_id", "the lines that begin with # must stand together"),
    ],
)
def test_review_files_that_are_none(old: str, new: str, told: str, tmp_path: Path) -> None:
    """What cannot be read is refused by file, line and value."""
    path = tmp_path / "r.tsv"
    text = written(linkset(link(1)))
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TableError) as refused:
        list(read_sssom(path))
    assert str(path) in str(refused.value)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "Q912", "ftp://x.example/", "http://x y", "https://x.example/" + "a" * 2001]
)
def test_iris_that_are_none(text: str) -> None:
    """A link leads to an address on the web, and to nothing else."""
    with pytest.raises(OutsideError):
        outside_iri(text)


# -- keeping


EVENT = "SELECT ?event WHERE { ?event a cq:Coup }"
LINKED = "SELECT ?event ?row WHERE { ?event a cq:Coup ; skos:closeMatch ?row }"


def accepted(
    made: Dataset, predicate: str = CLOSE, subject: str | None = None, target: str = "https://list.example/1"
) -> Link:
    """Accept a link from the dataset's coup."""
    iri = subject or str(selected(made, EVENT)[0][0])
    kept = Link(iri, predicate, target, source="list.csv")
    assert made.review([kept], [])
    return kept


def test_accepted_link_stands_by_default() -> None:
    """An accepted link stands in the default graph, and with its grounds in the graph of reviewed links."""
    made = dataset(coup(DAY).done())
    kept = accepted(made)
    assert selected(made, LINKED) == [(kept.subject, kept.object)]
    assert ask(
        made,
        f"GRAPH <{reviewed_graph(BASE).value}> {{ ?note owl:annotatedSource ?event ; dcterms:source 'list.csv' }}",
    )
    assert made.validate().conforms
    assert not made.review([kept], [])


def test_link_goes_and_comes_with_its_event() -> None:
    """While no article tells the event its link is out of the default graph; told again, it is back, to the byte."""
    made, article = dataset(coup(DAY).done()), coup(DAY).done()
    accepted(made)
    before = dumped(made)
    assert not made.ingest(article)
    made.delete("a.txt")
    assert "list.example" not in dumped(made, "turtle").decode()
    made.ingest(article)
    assert dumped(made) == before


def test_links_do_not_depend_on_the_order() -> None:
    """The same articles and decisions give the same bytes, whichever came first."""
    one, two = coup(DAY).done(), coup(DAY + timedelta(days=1), id="b.txt").done()
    first = dataset(one)
    kept = accepted(first)
    first.ingest(two)
    second = dataset(two, one)
    second.review([kept], [])
    assert dumped(first) == dumped(second)
    first.delete("b.txt")
    third = dataset(one)
    third.review([kept], [])
    assert dumped(first) == dumped(third)


def test_link_follows_an_event_under_another_name() -> None:
    """Where another article's account becomes the event's name, the link stands on that name; and comes back after it."""
    made = dataset(coup(DAY, id="b.txt").done())
    kept = accepted(made)
    earlier = coup(DAY, id="a.txt").done()
    made.ingest(earlier)
    ((event, row),) = selected(made, LINKED)
    assert (event != kept.subject, row) == (True, kept.object)
    assert ask(made, f"<{kept.subject}> owl:sameAs <{event}>")
    made.delete("a.txt")
    assert selected(made, LINKED) == [(kept.subject, kept.object)]
    made.ingest(earlier)
    made.delete("b.txt")
    assert selected(made, LINKED) == []


def test_identity_of_an_actor_reaches_the_contract() -> None:
    """A reviewed identity of an actor is among the links that the contract's query asks for."""
    made = dataset(coup(DAY).done())
    ((actor,),) = selected(made, "SELECT ?actor WHERE { ?coup cq:agent ?actor }")
    accepted(made, SAME, str(actor), "https://people.example/9")
    assert selected(
        made, f"SELECT ?same WHERE {{ <{actor}> owl:sameAs|skos:exactMatch|skos:closeMatch ?same }}"
    ) == [("https://people.example/9",)]


def test_rejecting_takes_back() -> None:
    """What is rejected later leaves both graphs, and nothing remains of it."""
    made = dataset(coup(DAY).done())
    before = dumped(made)
    kept = accepted(made)
    assert made.review([], [kept])
    assert dumped(made) == before


def test_a_better_predicate_replaces_the_former() -> None:
    """A close match that turns out to be exact is exact alone."""
    made = dataset(coup(DAY).done())
    kept = accepted(made)
    accepted(made, EXACT)
    assert selected(made, LINKED) == []
    assert ask(made, f"<{kept.subject}> skos:exactMatch <{kept.object}>")


def test_a_link_that_articles_tell_too_is_theirs_as_well() -> None:
    """Taking back a reviewed match leaves the one that articles tell; and deleting these leaves the reviewed one."""

    def telling(id: str, links: tuple[str, ...]) -> Telling:
        made = Telling(id, "Mali warned the Grey League on Monday.", date(2031, 5, 5))
        league = made.actor("Grey League", "ArmedGroup", links=links)
        made.event("Threat", "warned", targets=(league,))
        return made

    target = "http://www.wikidata.org/entity/Q1"
    made = dataset(telling("a.txt", (target,)).done(), telling("b.txt", ()).done())
    ((actor,),) = selected(made, "SELECT ?actor WHERE { ?actor rdfs:label 'Grey League'@en }")
    before = dumped(made)
    kept = accepted(made, EXACT, str(actor), target)
    assert made.review([], [kept])
    assert dumped(made) == before
    accepted(made, EXACT, str(actor), target)
    made.delete("a.txt")
    assert ask(made, f"<{actor}> skos:exactMatch <{target}>")
    made.review([], [kept])
    assert not ask(made, f"<{actor}> skos:exactMatch <{target}>")


def test_what_cannot_be_accepted(tmp_path: Path) -> None:
    """Links of what is not there, into the dataset itself, or to a second identity are refused, each with its line."""
    made = dataset(coup(DAY).done())
    ((event,),) = selected(made, EVENT)
    rows = [
        (f"{BASE}event/none", CLOSE, "https://list.example/1"),
        (str(event), CLOSE, f"{BASE}actor/mali"),
        (str(event), SAME, "https://list.example/1"),
        (str(event), SAME, "https://list.example/2"),
    ]
    path = tmp_path / "r.tsv"
    text = written(
        linkset(*(Link(s, p, o, justification="semapv:ManualMappingCuration") for s, p, o in rows))
    )
    path.write_text(text, encoding="utf-8")
    review = judge(made, read_sssom(path))
    assert [one.object for one in review.accepted] == ["https://list.example/1"]
    assert len(review.refused) == 3
    for told in (
        "event/none is not in the dataset",
        "actor/mali is in the dataset itself",
        "cannot be https://list.example/2 too",
    ):
        assert any(reason.startswith(f"{path}:") and told in reason for reason in review.refused)


# -- the way through


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset that holds the seed article."""
    store = tmp_path_factory.mktemp("seed") / "kg-data"
    assert run("ingest", SEED, "--store", store).exit_code == 0
    return store


def test_link_command(seed: Path, table: Callable[..., Path], tmp_path: Path) -> None:
    """`kg link` finds the rows of both Malian coups of the seed, writes them for review, and takes them in."""
    path = table(
        "432x2020,432,Mali,2020,8,18,coup",
        "432x2021,432,Mali,2021,5,24,coup",
        "432x2022,432,Mali,2022,5,11,conspiracy",
        "436x2021,436,Niger,2021,3,31,attempted",
        "x,,Arvania,2021,5,24,coup",
    )
    review = tmp_path / "r.sssom.tsv"
    result = run("link", path, "--as", "coups", "--store", seed, "--review", review)
    assert result.exit_code == 1
    assert f"Refused: {path}:6: 'Arvania' names no state" in result.stderr
    assert "4 asked for: 2 links of 2 candidates; 1 refused" in result.stderr
    found = [
        q.object.value
        for q in ox.parse(result.stdout_bytes, format=ox.RdfFormat.TURTLE)
        if "closeMatch" in q.predicate.value
    ]
    assert [iri.partition("#")[2] for iri in sorted(found)] == ["432x2020", "432x2021"]
    review.write_text(review.read_text(encoding="utf-8").replace("\t\n", "\tyes\n"), encoding="utf-8")
    took = run("link", "--accept", review, "--store", seed)
    assert (took.exit_code, took.stderr) == (0, "2 accepted, 0 rejected, 0 undecided\n")
    assert run("validate", "--store", seed).exit_code == 0
    assert run("dump", "--store", seed).stdout.count("skos:closeMatch <https://databank") == 2


def test_rows_of_the_coup_list(seed: Path, shared: Path) -> None:
    """In the Cline Center's own list the seed's two coups find their rows and nothing else; every row of it can be read."""
    path = shared / "eval" / "data" / "coups" / "cline-coup-data-2.1.2.csv"
    result = run("link", path, "--as", "coups", "--store", seed)
    assert result.exit_code == 0
    assert result.stderr == "981 asked for: 2 links of 2 candidates\n"
    for id in ("43208182020", "43205242021"):
        assert f"skos:closeMatch <https://databank.illinois.edu/datasets/IDB-3143201#{id}> ." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 2, "Name one of FILE, --reconcile, --sparql, --accept"),
        (["x.csv", "--accept", "y.tsv"], 2, "Name one of"),
        (["x.csv"], 2, "Say by --as or by --mapping"),
        (["--sparql", "http://127.0.0.1:9/"], 2, "--sparql and --query go together"),
        (["x.csv", "--as", "putsches"], 1, "no such mapping is shipped; there are coups"),
        (["no.csv", "--as", "coups"], 1, "no.csv: cannot be read: No such file"),
        (["--accept", "no.tsv"], 1, "no.tsv: cannot be read: No such file"),
        (["x.csv", "--as", "coups", "--bar", "2"], 2, "--bar"),
    ],
)
def test_wrong_calls(arguments: list[str], code: int, told: str, seed: Path) -> None:
    """What was called wrongly is said with what would be right."""
    result = run("link", *arguments, "--store", seed)
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr
