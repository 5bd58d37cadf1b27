"""What the tests of the ontology share."""

from pathlib import Path

import pytest

from kg.ontology import Ontology, load_ontology


@pytest.fixture(scope="session")
def ontology() -> Ontology:
    """The shipped ontology."""
    return load_ontology()


@pytest.fixture(scope="session")
def contract(shared: Path) -> Path:
    """The folder of the contract."""
    return shared / "contract"
