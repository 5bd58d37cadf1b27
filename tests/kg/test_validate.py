"""The shapes: what the project writes conforms, and what would break them is found."""

from datetime import date

import pytest

from kg.validate import verdict
from tests.kg.datasets import dataset
from tests.kg.extractions import clashes, earlier, echo, renunciation

PREFIXES = """PREFIX cq: <https://w3id.org/communique/ontology#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> """


def test_what_the_project_writes_conforms_to_the_shapes() -> None:
    """Four articles of all statuses, with their fused events, claims and scenarios, break no shape."""
    day = date(2031, 5, 2)
    with dataset(renunciation(), echo(), earlier(), clashes(1, day, day)) as made:
        found = made.validate()
    assert str(found) == "The dataset conforms to its shapes."
    assert found.conforms


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        (
            "DELETE { GRAPH ?g { ?r cq:status ?s } } WHERE { GRAPH ?g { ?r cq:status ?s } }",
            "exactly one status",
        ),
        (
            "INSERT { GRAPH ?g { ?r cq:attributedTo ?a } } WHERE { ?a a cq:State . GRAPH ?g { ?r cq:status cq:Asserted } }",
            "cannot be cq:Asserted",
        ),
        ("DELETE { ?a rdfs:label ?l } WHERE { ?a a cq:State ; rdfs:label ?l }", "exactly one label"),
        ("INSERT { ?e cq:earliest '9999-01-01'^^xsd:date } WHERE { ?e a cq:Coup }", "not after its latest"),
        ("DELETE { ?c cq:content ?w } WHERE { ?c cq:content ?w }", "needs its content"),
    ],
)
def test_what_breaks_a_shape_is_found_and_explained(update: str, reason: str) -> None:
    """The verdict names the node and says in plain English what would be right."""
    with dataset(renunciation(), earlier()) as made:
        made.update(PREFIXES + update)
        found = made.validate()
    assert not found.conforms
    assert any(reason in violation.message for violation in found.violations)
    assert str(found).count("\n") == len(found.violations) - 1


def test_an_empty_dataset_conforms() -> None:
    """Nothing breaks nothing."""
    assert verdict([]).conforms
