"""Stage: the numbers and files of a release → what people read of it: README.md and LICENCE.md."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from string import Template

from pyoxigraph import NamedNode

from kg import terms
from kg.authority import Authority, read_table
from kg.dataset.graphs import Graphs
from kg.mint import state_iri
from kg.release.about import About
from kg.release.count import Statistics
from kg.release.tables import columns
from kg.release.vocabulary import Distribution
from kg.terms import DEFAULT

HERE = Path(__file__).parent
SHARE_ALIKE = ("bodies", "places")  # tables of seeds/authority of which a part is under such a licence


def readme(
    statistics: Statistics,
    files: Iterable[Distribution],
    folders: Mapping[str, str],
    about: About,
    issued: date,
) -> bytes:
    """What is here, and what each column holds. A folder of which no file is listed stands for all that it holds."""
    listed = list(files)
    names = {file.name: file.title for file in listed}
    names |= {f"{f}/": t for f, t in folders.items() if not any(n.startswith(f"{f}/") for n in names)}
    return _filled(
        "readme.md",
        title=about.title,
        description=about.description,
        issued=str(issued),
        articles=f"{statistics.articles:,}",
        first=str(statistics.first or "unknown days"),
        last=str(statistics.last or "unknown days"),
        **{f"{kind[3:].lower()}s": f"{number:,}" for kind, number in statistics.kinds.items()},
        files="\n".join(f"| `{name}` | {title}. |" for name, title in names.items()),
        tables="\n".join(map(_columns, columns())),
        parquet=_PARQUET if any(file.name.endswith(".parquet") for file in listed) else "",
        ontology=terms.CQ,
    )


def licence(graphs: Graphs, base: str, about: About) -> bytes:
    """What may be done with the release."""
    chosen = f"The publisher gives the data under <{about.licence}>, as far as it is theirs to give."
    none = "The publisher has named no licence for the data."
    return _filled(
        "licence.md", chosen=chosen if about.licence else none, sharealike=_share_alike(graphs, base)
    )


_PARQUET = "- **Parquet** files hold the same with types: dates, numbers, lists.\n"


def _filled(template: str, **values: str) -> bytes:
    return Template((HERE / template).read_text(encoding="utf-8")).substitute(values).encode()


def _columns(table: str) -> str:
    lines = [f"| `{column.name}` | {column.kind} | {column.description} |" for column in columns()[table]]
    head = [f"### `tables/{table}`", "", "| column | kind | what it holds |", "|---|---|---|"]
    return "\n".join([*head, *lines, ""])


def _share_alike(graphs: Graphs, base: str) -> str:
    """The actors in this release whose row comes from a source under a share-alike licence."""
    listed = [
        f"  - <{actor}> ({table})"
        for actor, table in _from_share_alike(base)
        if any(graphs.quads(NamedNode(actor), terms.TYPE, None, DEFAULT))
    ]
    if not listed:
        return ""
    head = "- **Share-alike**: names and identifiers of these come from sources under CC BY-SA 4.0 (bodies) or ODbL 1.0 (places):"
    return "\n".join([head, *listed, ""])


def _from_share_alike(base: str) -> list[tuple[str, str]]:
    """IRI of an actor and the sort of table that it comes from, sorted."""
    authority = Authority.load()
    return sorted(
        (state_iri(authority.entry(row["id"]), base), sort)
        for sort in SHARE_ALIKE
        for _, row in read_table(authority.folder / f"{sort}.share-alike.csv")
    )
