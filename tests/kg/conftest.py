"""The pipeline with the real model, loaded once for all tests of the stages."""

import pytest

from kg.pipeline import Pipeline
from kg.settings import Settings


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    """The shipped pipeline."""
    return Pipeline(Settings())
