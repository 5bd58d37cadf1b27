"""Releases: a folder that holds the dataset in every form, described by its own numbers, the same bytes again, whole or not at all."""

import csv
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from kg import terms
from kg.cli import main
from kg.dataset.store import Dataset
from kg.errors import SettingsError, StoreError
from kg.model import Status
from kg.release import publish_release as releasing
from kg.release import sitemap, write_tables
from kg.release.about import About, load_about
from kg.release.count import count
from kg.release.crate import METADATA
from kg.release.folder import CHECKSUMS
from kg.release.publish_release import Options, publish_release
from kg.release.tables import columns, table_rows
from kg.release.validation import validation_report
from kg.release.vocabulary import term
from kg.release.write_tables import as_cell
from kg.settings import ROOT
from kg.validate import Verdict, Violation
from tests.kg.datasets import dataset, dumped
from tests.kg.extractions import Telling, earlier, echo, renunciation, retold

BASE = "http://localhost:8000/"
PAGE = f"{BASE}.well-known/void"
VOID, DCAT = "http://rdfs.org/ns/void#", "http://www.w3.org/ns/dcat#"
HOSTILE = '=HYPERLINK("http://evil.example/","a|b\\c") \'and\' more'
Table = list[dict[str, str]]


def told() -> Dataset:
    """The three invented articles, and one whose headline is a formula."""
    story = Telling("bad|id.txt", f"Ilan Oru said {HOSTILE} on Monday.", date(2022, 5, 7), HOSTILE)
    story.claim("said", HOSTILE, story.actor("Ilan Oru", "Person"))
    return dataset(renunciation(), echo(), earlier(), story.done())


@pytest.fixture(scope="module")
def made() -> Iterator[Dataset]:
    """A dataset that is only read."""
    with told() as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(made: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its release."""
    place = tmp_path_factory.mktemp("releases") / "release"
    about = About(publisher="The Lake Desk", licence="https://creativecommons.org/licenses/by/4.0/")
    publish_release(made.graphs, BASE, place, Options(about, parquet=write_tables.has_pyarrow()))
    return place


def files(folder: Path) -> dict[str, bytes]:
    """All files beneath a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def table(folder: Path, name: str) -> Table:
    """The rows of a table."""
    with (folder / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def description(folder: Path) -> dict[tuple[str, str], list[Any]]:
    """The VoID and DCAT of a release: subject and predicate → values."""
    found: dict[tuple[str, str], list[Any]] = {}
    for fact in parse((folder / "void.ttl").read_bytes(), format=RdfFormat.TURTLE):
        assert isinstance(fact.subject, NamedNode)
        found.setdefault((fact.subject.value, fact.predicate.value), []).append(fact.object)
    return found


def number(said: dict[tuple[str, str], list[Any]], subject: str, name: str) -> int:
    """A number of the description."""
    (value,) = said[subject, VOID + name]
    return int(value.value)


# -- the description


def test_void_counts_what_the_store_holds(made: Dataset, folder: Path) -> None:
    """The sizes of the data set, its parts and its classes and properties are those that counting every quad gives."""
    said, quads = description(folder), list(made.graphs.quads())
    held = [quad for quad in quads if quad.graph_name == DefaultGraph()]
    articles = {q.graph_name for q in quads if q.object == terms.ARTICLE and q.subject == q.graph_name}
    claims = {q.graph_name for q in quads} - articles - {DefaultGraph()}
    assert number(said, f"{PAGE}#dataset", "triples") == len(held)
    assert number(said, f"{PAGE}#everything", "triples") == len(quads)
    assert number(said, f"{PAGE}#articles", "triples") == sum(q.graph_name in articles for q in quads)
    assert number(said, f"{PAGE}#articles", "documents") == len(articles) == 4
    assert number(said, f"{PAGE}#claims", "triples") == sum(q.graph_name in claims for q in quads) > 0
    assert number(said, f"{PAGE}#dataset", "distinctSubjects") == len({q.subject for q in held})
    assert number(said, f"{PAGE}#dataset", "distinctObjects") == len({q.object for q in held})
    own = {q.subject for q in held if isinstance(q.subject, NamedNode) and q.subject.value.startswith(BASE)}
    assert number(said, f"{PAGE}#dataset", "entities") == len(own)
    assert partitions(said, "class", "entities") == Counter(
        str(q.object) for q in held if q.predicate == terms.TYPE
    )
    assert partitions(said, "property", "triples") == Counter(str(q.predicate) for q in held)


def partitions(said: dict[tuple[str, str], list[Any]], kind: str, size: str) -> Counter[str]:
    """The sizes of the class or property partitions."""
    parts = said[f"{PAGE}#dataset", f"{VOID}{kind}Partition"]
    return Counter({str(said[part.value, VOID + kind][0]): number(said, part.value, size) for part in parts})


def test_void_counts_the_links_of_each_linkset(made: Dataset, folder: Path) -> None:
    """For each space of names elsewhere and each predicate there is a linkset with as many links as the dump of links holds."""
    said = description(folder)
    linksets = {
        s for (s, p), values in said.items() if term("void:Linkset") in values and p == terms.TYPE.value
    }
    sizes = Counter(
        {
            (said[said[s, VOID + "objectsTarget"][0].value, VOID + "uriSpace"][0].value, said[s, VOID + "linkPredicate"][0].value):
            number(said, s, "triples")
            for s in linksets
        }
    )  # fmt: skip
    links = list(parse((folder / "dumps/links.nt").read_bytes(), format=RdfFormat.N_TRIPLES))
    assert sizes == Counter((space(link.object), link.predicate.value) for link in links)
    assert {"http://www.wikidata.org/entity/", "https://sws.geonames.org/"} <= {where for where, _ in sizes}
    assert {Quad(*link) for link in links} < set(made.graphs.quads())


def space(target: object) -> str:
    """What an identifier of Wikidata or GeoNames begins with."""
    assert isinstance(target, NamedNode)
    return target.value.rstrip("/").rpartition("/")[0] + "/"


def test_void_names_vocabularies_examples_and_dumps(made: Dataset, folder: Path) -> None:
    """Vocabularies are those of the statements, each example is described in the dataset, each dump is a file of the release."""
    said = description(folder)
    assert NamedNode(terms.CQ) in said[f"{PAGE}#dataset", VOID + "vocabulary"]
    examples = said[f"{PAGE}#dataset", VOID + "exampleResource"]
    assert len(examples) == 4
    assert all(any(made.graphs.quads(example)) for example in examples)
    dumps = [dump.value for (_, p), values in said.items() if p == VOID + "dataDump" for dump in values]
    assert len(dumps) == 8
    assert all((folder / dump.removeprefix(f"{BASE}release/")).is_file() for dump in dumps)


def test_dcat_gives_size_type_and_checksum_of_each_file(folder: Path) -> None:
    """Every distribution of the catalog is a file with these bytes."""
    said = description(folder)
    distributions = [
        s for (s, p), values in said.items() if p == terms.TYPE.value and term("dcat:Distribution") in values
    ]
    assert len(distributions) >= 14
    for one in distributions:
        path = folder / said[one, DCAT + "downloadURL"][0].value.removeprefix(f"{BASE}release/")
        assert int(said[one, DCAT + "byteSize"][0].value) == path.stat().st_size
        checksum = said[one, "http://spdx.org/rdf/terms#checksum"][0].value
        (value,) = said[checksum, "http://spdx.org/rdf/terms#checksumValue"]
        assert value.value == hashlib.sha256(path.read_bytes()).hexdigest()
        assert said[one, DCAT + "mediaType"][0].value.startswith(
            "https://www.iana.org/assignments/media-types/"
        )


def test_dcat_has_a_catalog_with_publisher_licence_and_period(folder: Path) -> None:
    """The catalog names its data sets and service; they have the publisher and licence that were given and the articles' days."""
    said = description(folder)
    assert term("dcat:Catalog") in said[f"{PAGE}#catalog", terms.TYPE.value]
    assert NamedNode(f"{PAGE}#everything") in said[f"{PAGE}#catalog", DCAT + "dataset"]
    (publisher,) = said[f"{PAGE}#dataset", "http://purl.org/dc/terms/publisher"]
    assert said[publisher.value, "http://xmlns.com/foaf/0.1/name"] == [Literal("The Lake Desk")]
    licence = said[f"{PAGE}#dataset", "http://purl.org/dc/terms/license"]
    assert licence == [NamedNode("https://creativecommons.org/licenses/by/4.0/")]
    assert said[f"{PAGE}#period", DCAT + "endDate"] == [terms.day(date(2022, 5, 7))]
    assert said[f"{PAGE}#dataset", "http://purl.org/dc/terms/issued"] == [terms.day(date(2022, 5, 7))]


def test_a_description_holds_nothing_anonymous(folder: Path) -> None:
    """Nodes without a name would have another one in every file."""
    assert b"_:" not in (folder / "void.ttl").read_bytes() + (folder / "validation.ttl").read_bytes()


# -- the files


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("dataset.ttl", "turtle"),
        ("dataset.nt", "ntriples"),
        ("everything.trig", "trig"),
        ("everything.nq", "nquads"),
        ("everything.jsonld", "jsonld"),
    ],
)
def test_a_releases_dumps_are_those_of_the_dataset(made: Dataset, folder: Path, name: str, form: str) -> None:
    """Unpacked, each is what `kg dump` writes."""
    assert gzip.decompress((folder / "dumps" / f"{name}.gz").read_bytes()) == dumped(made, form)


def test_each_article_has_a_dump_of_its_own(made: Dataset, folder: Path) -> None:
    """It is called by the article's IRI and is what `kg dump --article` writes."""
    found = {path.stem: path.read_bytes() for path in (folder / "articles").iterdir()}
    entries = {entry.iri.rpartition("/")[2]: entry.id for entry in made.articles()}
    assert found == {name: dumped(made, "trig", id) for name, id in entries.items()}


def test_a_users_own_article_cannot_name_a_file(tmp_path: Path) -> None:
    """Where an article's IRI is no name for a file, its dump goes by a hash and lands in the folder."""
    opened = dataset(renunciation())
    for iri in (f"{BASE}article/../../x", "urn:kelda:y", f"{BASE}article/.hidden"):
        node = NamedNode(iri)
        opened.update(
            f"INSERT DATA {{ GRAPH {node} {{ {node} a {terms.ARTICLE} ; {terms.IDENTIFIER} {Literal(iri)} }} }}"
        )
    publish_release(opened.graphs, BASE, tmp_path / "r", Options(validated=False))
    names = {path.name for path in (tmp_path / "r" / "articles").iterdir()}
    assert len(names) == 4
    assert not any(name.startswith(".") or ".." in name for name in names)
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_checksums_are_those_of_all_files(folder: Path) -> None:
    """CHECKSUMS lists every file but itself with its SHA-256, as `sha256sum` writes it."""
    lines = (folder / CHECKSUMS).read_text(encoding="ascii").splitlines()
    listed = {line[66:]: line[:64] for line in lines}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files(folder).items()}
    assert listed == {name: sum for name, sum in sums.items() if name != CHECKSUMS}
    assert list(listed) == sorted(listed)


def test_the_crate_lists_what_is_there(folder: Path) -> None:
    """The RO-Crate has its descriptor, a root with all that 1.2 demands, and every file with its size and checksum."""
    crate = json.loads((folder / METADATA).read_bytes())
    assert crate["@context"] == "https://w3id.org/ro/crate/1.2/context"
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert len(entities) == len(crate["@graph"])
    assert entities[METADATA]["about"] == {"@id": "./"}
    assert entities[METADATA]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}
    root = entities["./"]
    assert {"name", "description", "datePublished", "license"} <= root.keys()
    assert reached(entities, root) == {id for id, entity in entities.items() if "File" in entity["@type"]}
    for name, content in files(folder).items():
        if not name.startswith("articles/") and name not in (CHECKSUMS, METADATA):
            assert entities[name]["contentSize"] == str(len(content))
            assert entities[name]["sha256"] == hashlib.sha256(content).hexdigest()


def reached(entities: dict[str, Any], entity: dict[str, Any]) -> set[str]:
    """The files that can be reached over hasPart; everything that is referred to is described."""
    found: set[str] = set()
    for key in ("license", "publisher", "author"):
        if key in entity:
            assert entity[key]["@id"] in entities
    for part in entity.get("hasPart", ()):
        below = entities[part["@id"]]
        found |= {part["@id"]} if "File" in below["@type"] else reached(entities, below)
    return found


def test_people_are_told_what_is_here_and_what_they_may_do(folder: Path) -> None:
    """README names every file, column and number of events; LICENCE names the licence, and quotations as not covered."""
    readme, licence = ((folder / name).read_text(encoding="utf-8") for name in ("README.md", "LICENCE.md"))
    assert "$" not in readme + licence
    listed = {name for name in files(folder) if not name.startswith("articles/") and name != "README.md"}
    assert all(f"`{name}`" in readme for name in listed)
    assert "`articles/`" in readme
    assert all(f"`{column.name}`" in readme for table in columns().values() for column in table)
    assert "under <https://creativecommons.org/licenses/by/4.0/>" in licence
    assert "no licence named here covers them" in licence


def test_a_conforming_dataset_has_a_report_that_says_so(folder: Path) -> None:
    """The SHACL report is of the W3C's shape and conforms."""
    report = NamedNode(f"{BASE}release/validation.ttl#report")
    facts = {quad.triple for quad in parse((folder / "validation.ttl").read_bytes(), format=RdfFormat.TURTLE)}
    assert facts == {
        Triple(report, terms.TYPE, term("sh:ValidationReport")),
        Triple(report, term("sh:conforms"), Literal(True)),
    }


def test_a_report_tells_each_violation() -> None:
    """Node, message and value of what does not conform are told; a node that is no IRI as text."""
    violations = (
        Violation("http://kg.example/e", "An event needs a class.", ""),
        Violation("_:b", "No.", '"v"'),
    )
    text = validation_report(Verdict(violations), "http://kg.example/v.ttl").decode()
    assert "sh:conforms false" in text
    assert "sh:focusNode <http://kg.example/e>" in text
    assert 'sh:focusNode "_:b"' in text
    assert text.count("a sh:ValidationResult") == 2


# -- the tables


def test_the_tables_have_the_columns_of_the_dictionary(folder: Path) -> None:
    """Each table's heading is its list in columns.csv, and no row has more or fewer cells."""
    for name, described in columns().items():
        with (folder / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            heading, *body = csv.reader(file)
        assert heading == [column.name for column in described]
        assert {len(row) for row in body} == {len(heading)}


def test_every_report_is_a_row_of_events(made: Dataset, folder: Path) -> None:
    """The table of events has each report of each article with its passage, offsets and status."""
    listed = {(row["report"], row["event"], row["status"], row["start"]) for row in table(folder, "events")}
    reports = {
        (fact.subject.value, event.object.value, terms.local(status.object), start.object.value)
        for fact in made.graphs.facts(None, terms.TYPE, terms.REPORT)
        for event in made.graphs.facts(fact.subject, terms.REPORTS)
        for status in made.graphs.facts(fact.subject, terms.STATUS)
        for passage in made.graphs.facts(fact.subject, terms.IN_PASSAGE)
        for start in made.graphs.facts(passage.object, terms.START)
    }
    assert listed == reports
    assert len(listed) == len(table(folder, "events")) > 10


def test_what_is_only_said_is_not_mixed_with_what_is_held() -> None:
    """A row of an asserted telling has the roles that are held to be so, that of an alleged one those of the claim."""
    story = Telling("both.txt", "Mali was invaded. Oru said France invaded Mali with Chad.", date(2022, 5, 8))
    mali, france, chad = (story.actor(name, "State", code, f"state/{code}") for name, code in STATES)
    days = (date(2022, 5, 1), date(2022, 5, 1))
    story.event("Attack", "invaded", agents=(france,), targets=(mali,), days=days)
    other = Telling("said.txt", "Oru said France and Chad invaded Mali in the north.", date(2022, 5, 9))
    mali, france, chad = (other.actor(name, "State", code, f"state/{code}") for name, code in STATES)
    oru = other.actor("Ilan Oru", "Person")
    other.event(
        "Attack",
        "invaded",
        agents=(france, chad),
        targets=(mali,),
        days=days,
        status=Status.ALLEGED,
        sources=(oru,),
    )
    opened = dataset(story.done(), other.done())
    rows = {row["status"]: row for row in table_rows(opened.graphs, "events")}
    assert rows["Asserted"]["event"] == rows["Alleged"]["event"]
    assert rows["Asserted"]["agents"] == ("France",)
    assert rows["Alleged"]["agents"] == ("Chad", "France")


STATES = (("Mali", "MLI"), ("France", "FRA"), ("Chad", "TCD"))


def test_the_table_of_claims_has_every_claim(made: Dataset, folder: Path) -> None:
    """As many claims as VoID counts; the accusation with who accuses whom, of what, in which words."""
    rows = table(folder, "claims")
    assert len({row["claim"] for row in rows}) == count(made.graphs, BASE).kinds["cq:Claim"]
    (accusation,) = [row for row in rows if row["type"] == "Accusation"]
    assert (accusation["speakers"], accusation["targets"]) == ("Mali", "Armed forces of France")
    assert accusation["content"] == "spying on it"
    assert accusation["quote"] == "Mali accused the French army of spying on it."
    assert accusation["says"].startswith("Espionage")
    assert accusation["speaker_links"].startswith("http://www.wikidata.org/entity/Q912")


def test_the_table_of_actors_counts_deeds(folder: Path) -> None:
    """An actor's row has its kind, its links and in how many events held to be so it did something."""
    (mali,) = [row for row in table(folder, "actors") if row["actor"] == f"{BASE}actor/mali"]
    assert (mali["label"], mali["kind"]) == ("Mali", "State")
    deeds = [row for row in table(folder, "events") if f"{BASE}actor/mali" in row["agent_iris"].split("|")]
    assert mali["did"] == str(len({row["event"] for row in deeds if row["status"] == "Asserted"}))


def text_of(cell: str) -> str:
    """The text that a cell stands for, as README tells people to read it: one leading apostrophe taken away."""
    return cell.removeprefix("'")


def texts_of(cell: str) -> tuple[str, ...]:
    """The texts that a cell of several values stands for: parted at `|`, but for what has a backslash in front."""
    parts = [""]
    for piece in re.findall(r"\\.|\||[^\\|]+", text_of(cell), re.DOTALL):
        if piece == "|":
            parts.append("")
        else:
            parts[-1] += piece[1:] if piece.startswith("\\") else piece
    return tuple(parts) if parts != [""] else ()


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+41",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u200b=1",
        "＝1",
        "'=1",
        "'tis",
        "plain",
        "a=b",
        "",
    ],
)
def test_no_cell_is_a_formula_and_every_text_comes_back(text: str) -> None:
    """A cell never begins with what a spreadsheet takes for a formula, and the text can be read back from it."""
    assert not as_cell(text).lstrip("\u200b \t\r\n").startswith(("=", "+", "-", "@", "＝"))
    assert text_of(as_cell(text)) == text


@pytest.mark.parametrize(
    "texts", [("a|b", "c"), ("=1", "back\\slash|"), ("'x",), ("one", "two", "three"), ()]
)
def test_several_values_of_a_cell_come_back(texts: tuple[str, ...]) -> None:
    """Values joined in one cell are told apart again, whatever they hold."""
    assert texts_of(as_cell(texts)) == texts


def test_a_headline_that_is_a_formula_is_guarded_in_csv(folder: Path) -> None:
    """The headline has an apostrophe in front in CSV, and is read back as it was."""
    (row,) = [row for row in table(folder, "articles") if row["article"] == "bad|id.txt"]
    assert row["title"] == "'" + HOSTILE
    assert text_of(row["title"]) == HOSTILE


def test_parquet_holds_what_csv_holds(folder: Path) -> None:
    """Each Parquet file has the same cells, typed: dates, numbers, lists; and the descriptions of its columns."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `tables` installs pyarrow")
    for name, described in columns().items():
        read = parquet.read_table(folder / "tables" / f"{name}.parquet")
        cells = [
            {k: as_cell(tuple(v) if isinstance(v, list) else v) for k, v in row.items()}
            for row in read.to_pylist()
        ]
        assert cells == table(folder, name)
        assert [read.schema.field(c.name).metadata[b"description"].decode() for c in described] == [
            c.description for c in described
        ]


def test_without_pyarrow_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, made: Dataset, tmp_path: Path
) -> None:
    """Asked for Parquet where pyarrow is absent, it stops before anything is written and says which extra has it."""
    monkeypatch.setattr(write_tables, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"communique\[tables\]"):
        publish_release(made.graphs, BASE, tmp_path / "r", Options(parquet=True))
    assert list(tmp_path.iterdir()) == []


# -- whole, or not at all, and the same again


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same articles on disk."""
    place = tmp_path_factory.mktemp("stored") / "kg-data"
    with Dataset.open(str(place), writable=True) as opened:
        for extraction in (earlier(), renunciation(), echo()):
            opened.ingest(extraction)
    return place


def kg(*arguments: str | Path, seed: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, with this hash seed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KG_")}
    environment |= {"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "kg.cli", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_release_is_the_same_to_the_byte(store: Path, tmp_path: Path) -> None:
    """Two processes with two hash seeds write the same files, none of which knows the time."""
    for seed in (1, 2):
        done = kg("publish", tmp_path / str(seed), "--store", store, seed=seed)
        assert done.returncode == 0, done.stderr
        assert "a release of 2022-05-06 in" in done.stderr
    first = files(tmp_path / "1")
    assert first == files(tmp_path / "2")
    assert len(first) >= 20


def test_an_earlier_release_makes_way(tmp_path: Path) -> None:
    """Published again, the folder holds the new release and nothing else, and nothing is left beside it."""
    place = tmp_path / "release"
    publish_release(dataset(renunciation(), echo()).graphs, BASE, place, Options(validated=False))
    publish_release(dataset(earlier()).graphs, BASE, place, Options(validated=False))
    assert len(list((place / "articles").iterdir())) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


@pytest.mark.parametrize("spoil", ["another file", "a changed file", "a list of its own", "a link"])
def test_what_is_no_release_is_not_replaced(tmp_path: Path, spoil: str) -> None:
    """A folder with other files, a release that was changed, a folder with a CHECKSUMS of its own and a link are refused."""
    place, opened = tmp_path / "release", dataset(earlier())
    publish_release(opened.graphs, BASE, place, Options(validated=False))
    if spoil == "another file":
        (place / "notes.txt").write_text("mine")
    elif spoil == "a changed file":
        (place / "README.md").write_text("mine")
    elif spoil == "a list of its own":
        (place / METADATA).unlink()
        kept = [
            line for line in (place / CHECKSUMS).read_text().splitlines(keepends=True) if METADATA not in line
        ]
        (place / CHECKSUMS).write_text("".join(kept))
    else:
        place.rename(tmp_path / "elsewhere")
        place.symlink_to(tmp_path / "elsewhere")
    before = files(place)
    with pytest.raises(SettingsError, match="name a new or an empty"):
        publish_release(opened.graphs, BASE, place, Options(validated=False))
    assert files(place) == before


def test_a_release_that_fails_leaves_the_earlier_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the disk is full at the last file, the folder is as it was, and nothing is left beside it."""
    place, opened = tmp_path / "release", dataset(earlier())
    publish_release(opened.graphs, BASE, place, Options(validated=False))
    before = files(place)

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(releasing, "crate", full)
    with pytest.raises(StoreError, match=r"cannot be written: .*No space left"):
        publish_release(opened.graphs, BASE, place, Options(validated=False))
    assert files(place) == before
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_without_any_date_one_must_be_given(tmp_path: Path) -> None:
    """Where no article has a date there is none for the release, as there is no clock; a given one serves."""
    undated = retold(renunciation(), published=None)
    opened = dataset(undated)
    with pytest.raises(SettingsError, match="--date"):
        publish_release(opened.graphs, BASE, tmp_path / "r", Options(validated=False))
    chosen = Options(About(issued=date(2024, 2, 29)), validated=False, articles=False)
    assert publish_release(opened.graphs, BASE, tmp_path / "r", chosen).issued == date(2024, 2, 29)
    assert not (tmp_path / "r" / "articles").exists()


def test_an_empty_dataset_can_be_published(tmp_path: Path) -> None:
    """Without any article every file is there, with headings and no rows."""
    publish_release(dataset().graphs, BASE, tmp_path / "r", Options(About(issued=date(2024, 1, 1))))
    assert table(tmp_path / "r", "events") == []
    assert (tmp_path / "r" / "dumps" / "links.nt").read_bytes() == b""


def test_a_dataset_that_does_not_conform_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The release is written with its report, and the command ends with exit code 1."""
    monkeypatch.chdir(tmp_path)
    with Dataset.open("kg-data", writable=True) as opened:
        opened.ingest(earlier())
        opened.update(f"INSERT DATA {{ <{BASE}event/bare> a <{terms.CQ}Coup> }}")
    result = CliRunner().invoke(main, ["publish", "out", "--no-parquet", "--title", "Told"])
    assert result.exit_code == 1
    assert "validation.ttl" in result.stderr
    assert b"sh:conforms false" in Path("out/validation.ttl").read_bytes()
    assert Path("out/README.md").read_text(encoding="utf-8").startswith("# Told\n")


# -- what the publisher says


def test_the_publisher_may_say_it_in_the_settings_file(tmp_path: Path) -> None:
    """The table [about] of the TOML file gives title, description, publisher and licence; what is not said keeps its default."""
    toml = tmp_path / "kg.toml"
    toml.write_text('[about]\ntitle = "Kelda told"\nlicence = "https://kelda.example/licence"\n')
    about = load_about(toml)
    assert (about.title, about.licence) == ("Kelda told", "https://kelda.example/licence")
    assert about.description == load_about(None).description
    assert about.but(title="Other", licence=None) == replace(about, title="Other")
    assert about.shown() == {
        "title": "Kelda told",
        "description": about.description,
        "licence": "https://kelda.example/licence",
        "publisher": "(not said)",
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('name = "x"', "'name' is unknown; there are description, licence, publisher, title"),
        ("title = 3", "title: 3 is no text"),
        ('licence = "CC BY"', "'CC BY' is no address"),
        ("title = ", "cannot be read as TOML"),
    ],
)
def test_a_wrong_setting_of_the_publisher_is_named(tmp_path: Path, line: str, message: str) -> None:
    """An unknown key, a value that is no text, a licence that is no address and broken TOML are errors that say what is wrong."""
    toml = tmp_path / "kg.toml"
    toml.write_text(f"[about]\n{line}\n")
    with pytest.raises(SettingsError, match=message):
        load_about(toml)


# -- what crawlers read


def test_the_sitemap_lists_every_thing_once_in_pages(made: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pages, of a bounded size, together hold the site's own pages and everything that the project minted a page for."""
    monkeypatch.setattr(sitemap, "PAGE", 5)
    index = sitemap.sitemap_index(made.graphs, BASE).decode()
    pages = index.count("<sitemap>")
    parts = [sitemap.sitemap_page(made.graphs, BASE, page) or b"" for page in range(pages)]
    assert sitemap.sitemap_page(made.graphs, BASE, pages) is None
    assert {part.count(b"<url>") for part in parts[1:-1]} == {5}
    listed = [
        line[10:-12] for part in parts for line in part.decode().splitlines() if line.startswith("<url>")
    ]
    subjects = {
        q.subject.value for q in made.graphs.quads(None, terms.TYPE) if isinstance(q.subject, NamedNode)
    }
    things = {iri for iri in subjects if iri.startswith(BASE) and "#" not in iri}
    assert sorted(listed) == sorted(things | {BASE, f"{BASE}ontology", PAGE})


def test_a_sitemap_is_xml_whatever_an_iri_holds() -> None:
    """Ampersands and letters beyond ASCII are written as the protocol wants them."""
    opened = dataset()
    opened.update(f"INSERT DATA {{ <{BASE}actor/a&b-é> a <{terms.CQ}State> }}")
    page = sitemap.sitemap_page(opened.graphs, BASE, 1) or b""
    assert b"<loc>http://localhost:8000/actor/a&amp;b-%C3%A9</loc>" in page


def test_robots_leave_the_costly_addresses_alone() -> None:
    """What costs the server much is disallowed beneath the base's path, and the sitemap is named."""
    text = sitemap.robots("https://kelda.example/kg/").decode()
    assert "Disallow: /kg/sparql\n" in text
    assert "Sitemap: https://kelda.example/kg/sitemap.xml\n" in text
