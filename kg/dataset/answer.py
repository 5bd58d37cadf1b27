"""What a SPARQL query gave → text for a person or a program."""

import io
from collections.abc import Iterable, Sequence
from typing import BinaryIO, TextIO

import pyoxigraph as ox

PREFIXES = {
    "https://w3id.org/communique/ontology#": "cq:",
    "http://www.w3.org/2001/XMLSchema#": "xsd:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs:",
    "http://www.wikidata.org/entity/": "wd:",
}
FORMATS = {
    "json": ox.QueryResultsFormat.JSON,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
    "xml": ox.QueryResultsFormat.XML,
}
Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


def write_answer(answer: Answer, form: str, out: TextIO, base: str) -> None:
    """Write rows or a yes/no in one of FORMATS or as a "table", triples as Turtle.

    In a table IRIs are shortened: to a prefixed name, or to the part after `base`.
    """
    if isinstance(answer, ox.QueryTriples):
        _write_bytes(answer.serialize(format=ox.RdfFormat.TURTLE), out)
    elif form == "table" and isinstance(answer, ox.QuerySolutions):
        names = [variable.value for variable in answer.variables]
        write_table(names, ([_shown(row[name], base) for name in names] for row in answer), out)
    elif form == "table":
        out.write("yes\n" if answer else "no\n")
    elif isinstance(answer, ox.QueryBoolean) and form in ("csv", "tsv"):  # no standard form: the word
        out.write("true\n" if answer else "false\n")
    else:
        _write_bytes(answer.serialize(format=FORMATS[form]), out)
        if form in ("json", "xml"):
            out.write("\n")


def write_table(names: Sequence[str], rows: Iterable[Sequence[str]], out: TextIO) -> None:
    """Write a table with a line under its head, wide as the terminal, or as needed where there is none."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(Text(name))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(file=out, highlight=False, width=None if out.isatty() else 200)
    console.print(table)
    console.print(f"{table.row_count} row{'' if table.row_count == 1 else 's'}")


def _write_bytes(written: bytes | None, out: TextIO) -> None:
    stream: BinaryIO | None = getattr(out, "buffer", None)
    if stream is None or isinstance(out, io.StringIO):
        out.write((written or b"").decode("utf-8"))
        return
    out.flush()
    stream.write(written or b"")


def _shown(term: object, base: str) -> str:
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        iri = term.value
        start = next((start for start in PREFIXES if iri.startswith(start)), None)
        return PREFIXES[start] + iri[len(start) :] if start else iri.removeprefix(base)
    return term.value if isinstance(term, ox.Literal) else str(term)
