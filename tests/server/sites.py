"""Sites for the tests of the pages: the application over the ontology's small dataset, or over articles as ingested."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
from flask import Flask

from kg.ontology import dataset_triples, load_ontology
from kg.settings import Settings
from server.app import create_app
from server.settings import Limits

from .conftest import ROOT, build_store

BASE = Settings().base
QUESTIONS = (
    ROOT / "tests" / "ontology" / "questions.trig"
)  # invented states, in the three kinds of graph of the contract


@contextmanager
def site(store: Path, base: str = BASE) -> Iterator[Flask]:
    """The application over a dataset, while the block runs."""
    application = create_app(Settings(store=str(store), base=base), Limits())
    try:
        yield application
    finally:
        application.extensions["communique"].close()


@contextmanager
def small_site(folder: Path, more: str = "", base: str = BASE) -> Iterator[Flask]:
    """The application over the dataset of the questions, its ontology and more quads in TriG."""
    terms = (ox.Quad(t.subject, t.predicate, t.object) for t in dataset_triples(load_ontology()))
    trig = QUESTIONS.read_text(encoding="utf-8").replace(BASE, base) + more
    build_store(folder / "store", trig, *terms)
    with site(folder / "store", base) as application:
        yield application
