"""The application as any WSGI server runs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from kg.settings import Settings
from server.app import create_app
from server.settings import Limits

from .conftest import EXAMPLE, TOKEN, build_store


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The application over the example."""
    build_store(tmp_path / "store", EXAMPLE)
    application = create_app(Settings(store=str(tmp_path / "store"), write_token=TOKEN), Limits())
    yield application
    application.extensions["communique"].close()


def test_every_endpoint_answers_under_plain_wsgi(app: Flask) -> None:
    """Queries, dumps, graphs, health and the page work without Granian."""
    client = app.test_client()
    for path in (
        "/sparql?query=ASK%7B%7D",
        "/dump.ttl",
        "/dump.nq",
        "/data?default",
        "/health",
        "/metrics",
        "/",
        "/sparql",
    ):
        assert client.get(path).status_code == 200, path
    assert client.get("/sparql?query=ASK%7B").status_code == 400
    assert client.get("/nowhere").status_code == 404


def test_an_update_under_plain_wsgi_is_seen_at_once(app: Flask) -> None:
    """Writing goes the same way."""
    client = app.test_client()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/sparql-update"}
    assert (
        client.post("/update", data="INSERT DATA { <a:b> <a:b> 'there' }", headers=headers).status_code == 204
    )
    assert b"there" in client.get("/sparql?query=SELECT%20*%20%7B%20%3Ca:b%3E%20%3Fp%20%3Fo%20%7D").data


def test_a_store_without_anything_published_is_empty_and_not_an_error(tmp_path: Path) -> None:
    """A server may be started before the first ingest."""
    application = create_app(Settings(store=str(tmp_path / "none")), Limits())
    try:
        answer = application.test_client().get("/sparql?query=ASK%7B%3Fs%20%3Fp%20%3Fo%7D")
    finally:
        application.extensions["communique"].close()
    assert answer.get_json()["boolean"] is False


def test_a_row_cap_is_said_in_a_header_and_in_json(tmp_path: Path) -> None:
    """With a cap, an answer that is cut says so; one that is not cut says nothing."""
    build_store(tmp_path / "store", EXAMPLE)
    application = create_app(Settings(store=str(tmp_path / "store")), Limits(rows=2))
    try:
        client = application.test_client()
        cut = client.get("/sparql", query_string={"query": "SELECT * { ?s a ?o } ORDER BY ?s"})
        whole = client.get("/sparql", query_string={"query": "SELECT * { ?s a ?o } ORDER BY ?s LIMIT 2"})
        csv = client.get("/sparql", query_string={"query": "SELECT * { ?s a ?o }", "format": "csv"})
    finally:
        application.extensions["communique"].close()
    assert cut.get_json()["results"] == whole.get_json()["results"]
    assert (cut.headers["X-Row-Cap"], len(cut.get_json()["warnings"])) == ("2", 1)
    assert ("X-Row-Cap" in whole.headers, "warnings" in whole.get_json()) == (False, False)
    assert (csv.headers["X-Row-Cap"], csv.data.count(b"\r\n")) == ("2", 3)
