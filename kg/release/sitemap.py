"""Stage: the dataset → what crawlers read: the list of everything that has a page (sitemaps.org, 0.9), and robots.txt (RFC 9309)."""

from collections.abc import Sequence
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from pyoxigraph import Literal

from kg.graphs import Graphs, rows
from kg.release.count import SELECT

PAGE = 50_000  # addresses a file, the protocol's most
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NOT_FOR_CRAWLERS = ("sparql", "update", "data", "dump.", "reconcile", "metrics", "queries", "?query=")
OWN = '?s { { ?s a ?kind } UNION { GRAPH ?g { ?s a ?kind } } FILTER(STRSTARTS(STR(?s), %s) && !CONTAINS(STR(?s), "#")) }'


def addresses(graphs: Graphs, base: str) -> list[str]:
    """The pages of the site and of every actor, agreement, event and article, sorted; an alias of an event has none of its own."""
    found = rows(graphs.query(f"{SELECT} DISTINCT {OWN % Literal(base)}"))
    return [base, f"{base}ontology", *sorted(row["s"].value for row in found)]


def sitemap_index(number: int, base: str) -> bytes:
    """The sitemap of so many addresses, which names its pages `sitemap-1.xml` and so on."""
    pages = range(1, -(-number // PAGE) + 1)
    lines = [f"<sitemap><loc>{escape(f'{base}sitemap-{page}.xml')}</loc></sitemap>" for page in pages]
    return _document("sitemapindex", lines)


def sitemap_page(listed: Sequence[str], page: int) -> bytes | None:
    """One page of the sitemap, counted from 1; None where there is none such."""
    some = listed[(page - 1) * PAGE : page * PAGE] if page > 0 else ()
    return _document("urlset", [f"<url><loc>{escape(one)}</loc></url>" for one in some]) if some else None


def robots(base: str) -> str:
    """Everything may be read but what costs the server much; the sitemap is named.

    It holds for the whole host and so must be served at its root, whatever path `base` has.
    """
    path = urlsplit(base).path
    rules = [f"Disallow: {path}{what}" for what in NOT_FOR_CRAWLERS]
    return "\n".join(["User-agent: *", *rules, "", f"Sitemap: {base}sitemap.xml", ""])


def _document(element: str, lines: list[str]) -> bytes:
    return "\n".join([f'{HEAD}<{element} xmlns="{NAMESPACE}">', *lines, f"</{element}>", ""]).encode()
