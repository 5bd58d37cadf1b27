"""Comunica, the query engine of the JavaScript world, as a client; skipped where it is not installed.

To have it: `npm install --global @comunica/query-sparql`, with a Node that it runs on (22.15 or newer for version 5).
"""

import json
import shutil
import subprocess

import pytest

from .conftest import Served

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
PROGRAM = shutil.which("comunica-sparql")


@pytest.fixture(autouse=True, scope="module")
def _runs() -> None:
    """Skip where it is not there, or ends before it can say which version it is."""
    said = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True) if PROGRAM else None
    if said is None or "Comunica Engine" not in said.stdout + said.stderr:
        pytest.skip("comunica-sparql is not installed, or Node is too old for it")


def ask(query: str, *sources: str, form: str = "application/sparql-results+json") -> str:
    """What Comunica answers to a query over some sources."""
    assert PROGRAM is not None
    command = [PROGRAM, *sources, "-q", query, "-t", form]
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=120).stdout


def test_comunica_finds_out_by_itself_that_this_is_an_endpoint(served: Served) -> None:
    """Without being told the kind of source it reads the service description and sends the whole query."""
    rows = json.loads(ask(f"SELECT ?l {{ ?s <{LABEL}> ?l }} ORDER BY ?l", f"{served.base}/sparql"))
    assert [row["l"]["value"] for row in rows["results"]["bindings"]] == [
        "Norland",
        "Norland & <Sudland> signed",
        "Sudland",
    ]


def test_comunica_constructs(served: Served) -> None:
    """Triples come as N-Triples or Turtle."""
    text = ask(
        f"CONSTRUCT WHERE {{ ?s <{LABEL}> ?l }}", f"sparql@{served.base}/sparql", form="application/n-triples"
    )
    assert text.count(" .\n") == 3


def test_comunica_joins_the_endpoint_with_a_dump_of_it(served: Served) -> None:
    """Two sources in one query: the endpoint, and the Turtle file as a document."""
    query = f"SELECT (COUNT(*) AS ?n) {{ ?s <{LABEL}> ?l }}"
    rows = json.loads(ask(query, f"sparql@{served.base}/sparql", f"file@{served.base}/data?default"))
    assert rows["results"]["bindings"][0]["n"]["value"] in ("3", "6")
