"""The authority's tables and the look-ups that other stages build on."""

import csv
import shutil
from pathlib import Path

import pytest

from kg.authority import FOLDER, Authority, fold, read_table, sound
from kg.check_tables import KINDS, check_tables, shared_names
from kg.errors import TableError
from kg.ontology import load_ontology

HERE = Path(__file__).parent
CQ = "https://w3id.org/communique/ontology#"


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def authority() -> Authority:
    """The shipped tables."""
    return Authority.load()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the shipped tables that a test may spoil."""
    return Path(shutil.copytree(FOLDER, tmp_path / "authority"))


@pytest.mark.parametrize("row", _rows("authority_names.csv"), ids=lambda row: row["asked"])
def test_names(authority: Authority, row: dict[str, str]) -> None:
    """A name finds exactly the rows of the table beside this file, the weightiest first."""
    assert [entry.id for entry in authority.lookup(row["asked"])] == list(
        filter(None, row["found"].split("|"))
    ), row["reason"]


@pytest.mark.parametrize("row", _rows("demonyms.csv"), ids=lambda row: row["word"])
def test_demonyms(authority: Authority, row: dict[str, str]) -> None:
    """A word for what is of a state says which state and which of its three forms it is."""
    found = [(d.state, d.adjective, d.singular, d.plural) for d in authority.demonyms(row["word"])]
    forms = tuple(form in row["forms"].split() for form in ("adjective", "singular", "plural"))
    assert found == [(state, *forms) for state in filter(None, row["states"].split("|"))]


@pytest.mark.parametrize("row", _rows("heads.csv"), ids=lambda row: row["noun"])
def test_heads(authority: Authority, row: dict[str, str]) -> None:
    """A noun makes an actor of the expected kind, and its number decides where singular and plural differ."""
    head = authority.kind_of_head(row["noun"])
    assert (head.kind if head else "") == row["kind"]
    assert head is None or head.plural == (row["plural"] == "yes")


def test_capital(authority: Authority) -> None:
    """A capital tells its state, under its older name too; a town, a common word and a weightier namesake do not."""
    asked = ["Bamako", "Kyiv", "Kiev", "Washington", "Goma", "victory", "Victoria", "bamako"]
    assert [authority.capital(name) for name in asked] == ["MLI", "UKR", "UKR", "USA", None, None, None, None]


def test_adjective(authority: Authority) -> None:
    """A state has its usual adjective, or none."""
    assert [authority.adjective(state) for state in ("MLI", "FRA", "BVT")] == ["Malian", "French", None]


def test_metonym(authority: Authority) -> None:
    """A building stands for those who govern in it."""
    found = [authority.metonym(name) for name in ("Kremlin", "the Kremlin", "kremlin")]
    assert [metonym.state if metonym else None for metonym in found] == ["RUS", "RUS", None]


def test_titles(authority: Authority) -> None:
    """A title is known with dots or without, and says whether its holder speaks for a state."""
    assert authority.is_title("Lt. Col.")
    assert authority.is_title("Lt Col")
    assert not authority.is_title("Mountain")
    foreign, senator = authority.title("Foreign Minister"), authority.title("Senator")
    assert [title.speaks if title else None for title in (foreign, senator)] == [True, False]


def test_similar(authority: Authority) -> None:
    """Another spelling of a name of several words is found; a single word never is, so Niger is not Nigeria."""
    spelled = [
        "Ibrahim Bubacar Keita",
        "Mohammed Bazoum",
        "Volodimir Zelenskiy",
        "International Labor Organisation",
    ]
    names = [
        "Ibrahim Boubacar Keïta",
        "Mohamed Bazoum",
        "Volodymyr Zelenskyy",
        "International Labour Organization",
    ]
    assert [[entry.name for entry in authority.similar(name)] for name in spelled] == [
        [name] for name in names
    ]
    assert authority.similar("Nigera") == ()


def test_governments_are_not_states(authority: Authority) -> None:
    """No government or army of a state carries the state's identifiers."""
    for entry in authority.entries():
        if entry.kind in ("Government", "ArmedForce") and entry.state:
            assert not set(entry.iris) & set(authority.state(entry.state).iris), entry.id


def test_every_state(authority: Authority) -> None:
    """Every independent state has its codes and both identifiers, an adjective, a capital and a government."""
    independent = [row for _, row in read_table(FOLDER / "states.csv") if row["status"] == "independent"]
    assert len(independent) >= 193
    for row in independent:
        assert (
            all(row[c] for c in ("iso2", "numeric", "wikidata", "geonames", "adjectives", "capital"))
            or row["iso3"] == "VAT"
        )
        assert authority.get(f"government/{row['iso3']}")


def test_shipped_tables_are_well(authority: Authority) -> None:
    """The checker finds nothing to mend, and lists the names that two rows share."""
    assert check_tables() == []
    shared = shared_names(authority)
    assert shared["congo"] == ("state/COD", "state/COG")
    assert {"place/georgia", "state/GEO"} <= set(shared["georgia"])


def test_kinds_are_of_the_ontology() -> None:
    """Every kind that a table may use is a class of the ontology."""
    terms = {str(subject).removeprefix(CQ) for subject in load_ontology().subjects()}
    assert terms >= KINDS


@pytest.mark.parametrize("row", _rows("spoiled_tables.csv"), ids=lambda row: row["reason"])
def test_spoiled_tables(copied: Path, row: dict[str, str]) -> None:
    """The checker names file, line and value of every sort of mistake."""
    with (copied / row["table"]).open("a", encoding="utf-8") as file:
        file.write(row["added"] + "\n")
    findings = check_tables(copied)
    assert any(row["finding"] in finding for finding in findings), findings
    assert all(finding.startswith(row["table"]) or row["table"] in finding for finding in findings)


def test_missing_table(copied: Path) -> None:
    """A missing table stops loading and is named."""
    (copied / "people.csv").unlink()
    with pytest.raises(TableError, match=r"people\.csv: cannot be read"):
        Authority(copied)


def test_short_row(copied: Path) -> None:
    """A row with too few fields stops loading, by file and line."""
    (copied / "titles.csv").write_text(
        "title,variants,office,speaks,source\nPresident,,x\n", encoding="utf-8"
    )
    with pytest.raises(TableError, match=r"titles\.csv:2: 3 fields; the heading has 5"):
        Authority(copied)


def test_wrong_heading(copied: Path) -> None:
    """A table of entries with other columns stops loading and says which are wanted."""
    (copied / "groups.csv").write_text("id,name\nx,y\n", encoding="utf-8")
    with pytest.raises(TableError, match="wanted id,name,kind,aliases"):
        Authority(copied)


def test_same_id_twice(copied: Path) -> None:
    """Two rows with one id stop loading."""
    text = (copied / "bodies.csv").read_text(encoding="utf-8").splitlines()
    (copied / "bodies.csv").write_text("\n".join([*text, text[1]]) + "\n", encoding="utf-8")
    with pytest.raises(TableError, match=f"bodies.csv:{len(text) + 1}: the id .* is taken"):
        Authority(copied)


@pytest.mark.parametrize(
    "name", ["", " ", ".", "'", "The ", "\u0301", "a" * 100_000, "\u202eilaM", "🇲🇱", "ı" * 50]
)
def test_any_text_can_be_asked(authority: Authority, name: str) -> None:
    """Whatever an article holds can be looked up; what is no name finds nothing."""
    assert authority.lookup(name) == ()
    assert authority.demonyms(name) == ()
    assert authority.similar(name) == ()
    assert fold(fold(name)) == fold(name)
    assert sound(name) == ""
