"""Stage: the dataset → its named actors that no link leads from, for outside services to know."""

from dataclasses import dataclass

from kg import terms
from kg.dataset.graphs import Graphs, rows

MOST_NAMES = 5  # of one actor that are asked for
# Only what has a name of its own is compared over articles; and what is a state's is known by its state.
QUERY = f"""PREFIX cq: <{terms.CQ}> PREFIX rdfs: <{terms.PREFIXES["rdfs"]}> PREFIX skos: <{terms.PREFIXES["skos"]}>
PREFIX owl: <{terms.PREFIXES["owl"]}>
SELECT DISTINCT ?actor ?kind ?label ?name ?state WHERE {{
  ?actor a ?kind ; rdfs:label ?label . ?kind rdfs:subClassOf* cq:Actor .
  FILTER NOT EXISTS {{ ?actor owl:sameAs|skos:exactMatch|skos:closeMatch ?link }}
  FILTER EXISTS {{ GRAPH ?article {{ ?actor cq:comparedAs ?actor }} }}
  OPTIONAL {{ ?actor skos:altLabel ?name }} OPTIONAL {{ ?actor cq:ofState/rdfs:label ?state }} }}"""


@dataclass(frozen=True, slots=True)
class Unlinked:
    """An actor that has a name and no link."""

    iri: str
    kind: str  # local name of its class
    names: tuple[str, ...]  # its label first, then others by length and letters
    state: str | None  # name of the state that it belongs to


def unlinked(graphs: Graphs) -> tuple[Unlinked, ...]:
    """Every such actor, by its IRI."""
    labels, kinds, states = dict[str, str](), dict[str, str](), dict[str, str]()
    names: dict[str, set[str]] = {}
    for row in rows(graphs.query(QUERY)):
        iri, label = row["actor"].value, row["label"].value
        labels[iri] = min(label, labels.get(iri, label))
        kinds[iri] = row["kind"].value.removeprefix(terms.CQ)
        names.setdefault(iri, set()).update([row["name"].value] if row["name"] else [])
        if row["state"]:
            states[iri] = row["state"].value
    return tuple(Unlinked(i, kinds[i], _names(labels[i], names[i]), states.get(i)) for i in sorted(labels))


def _names(label: str, others: set[str]) -> tuple[str, ...]:
    rest = sorted(others - {label}, key=lambda name: (-len(name), name))
    return (label, *rest)[:MOST_NAMES]
