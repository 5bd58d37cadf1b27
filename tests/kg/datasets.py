"""Datasets in memory for tests, and what they hold as bytes."""

import io
from collections.abc import Iterable

from pyoxigraph import QuerySolutions, Store

from kg.dataset.graphs import Embedded
from kg.dataset.store import Dataset
from kg.model import Extraction


def dataset(*extractions: Extraction) -> Dataset:
    """A dataset of its own in memory, with these articles ingested in this order."""
    made = Dataset(Embedded(Store()), None, True)
    made.bring_ontology()
    for extraction in extractions:
        made.ingest(extraction)
    return made


def dumped(made: Dataset, form: str = "nquads", article: str | None = None) -> bytes:
    """The dump's bytes."""
    out = io.BytesIO()
    made.dump(out, form, article)
    return out.getvalue()


def selected(made: Dataset, where: str) -> list[tuple[str | None, ...]]:
    """The rows of a SELECT over the project's prefixes, values as text, in order."""
    prefixes = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES)
    answer = made.query(prefixes + where)
    assert isinstance(answer, QuerySolutions)
    names = [variable.value for variable in answer.variables]
    return [tuple(_text(row[name]) for name in names) for row in answer]


def ask(made: Dataset, pattern: str) -> bool:
    """Whether the pattern is found."""
    return bool(selected(made, f"SELECT ?any WHERE {{ BIND(1 AS ?any) {pattern} }} LIMIT 1"))


def _text(node: object) -> str | None:
    return str(node.value) if hasattr(node, "value") else None


def forget(made: Dataset, identifiers: Iterable[str]) -> None:
    """Delete articles."""
    for identifier in identifiers:
        assert made.delete(identifier)


PREFIXES = (
    ("cq", "https://w3id.org/communique/ontology#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("oa", "http://www.w3.org/ns/oa#"),
    ("schema", "https://schema.org/"),
)
