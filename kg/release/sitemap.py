"""Stage: the dataset → what crawlers read: the list of everything that has a page (sitemaps.org, 0.9), and robots.txt (RFC 9309)."""

from collections.abc import Iterable
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from pyoxigraph import Literal

from kg.dataset.graphs import Graphs, rows
from kg.release.count import SELECT

PAGE = 50_000  # addresses a file, the protocol's most
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SITE = ("", "ontology", ".well-known/void")  # pages of the site itself
NOT_FOR_CRAWLERS = ("sparql", "update", "data", "dump.", "reconcile", "metrics", "queries", "?query=")
THINGS = """{ SELECT DISTINCT ?s {
  { ?s a ?kind } UNION { GRAPH ?s { ?s a schema:NewsArticle } } UNION
  { { ?says rdfs:subClassOf* cq:Claim } UNION { BIND(cq:Scenario AS ?says) } ?claim a ?says . GRAPH ?claim { ?s a ?kind } }
  FILTER(STRSTARTS(STR(?s), %s) && !CONTAINS(STR(?s), "#")) } }"""


def sitemap_index(graphs: Graphs, base: str) -> bytes:
    """The sitemap, which names its pages: `sitemap-0.xml` has the site's own, the others actors, events and the like."""
    found = rows(graphs.query(f"{SELECT} (COUNT(*) AS ?n) {{ {THINGS % Literal(base)} }}"))
    pages = -(-int(next(found)["n"].value) // PAGE)
    return _document("sitemapindex", "sitemap", [f"{base}sitemap-{page}.xml" for page in range(pages + 1)])


def sitemap_page(graphs: Graphs, base: str, page: int) -> bytes | None:
    """One page of the sitemap; None where there is none such."""
    if page == 0:
        return _document("urlset", "url", [base + path for path in SITE])
    some = things(graphs, base, PAGE, (page - 1) * PAGE) if page > 0 else []
    return _document("urlset", "url", some) if some else None


def things(graphs: Graphs, base: str, most: int, before: int = 0) -> list[str]:
    """The IRIs of actors, agreements, events, articles and what else has a page; so many after those before.

    In the order in which the database holds them, which is the same for one snapshot; sorting would take a minute.
    """
    part = f"LIMIT {most} OFFSET {before}"
    found = rows(graphs.query(f"{SELECT} ?s {{ {THINGS % Literal(base)} }} {part}"))
    return [row["s"].value for row in found]


def robots(base: str) -> bytes:
    """Everything may be read but what costs the server much; the sitemap is named.

    It holds for the whole host and so must be served at its root, whatever path `base` has.
    """
    path = urlsplit(base).path
    rules = [f"Disallow: {path}{what}" for what in NOT_FOR_CRAWLERS]
    return "\n".join(["User-agent: *", *rules, "", f"Sitemap: {base}sitemap.xml", ""]).encode()


def _document(root: str, element: str, addresses: Iterable[str]) -> bytes:
    lines = [f"<{element}><loc>{escape(_encoded(address))}</loc></{element}>" for address in addresses]
    return "\n".join([f'{HEAD}<{root} xmlns="{NAMESPACE}">', *lines, f"</{root}>", ""]).encode()


def _encoded(iri: str) -> str:
    """An IRI as a URI (RFC 3987, 3.1)."""
    return quote(iri, safe="%/:?#[]@!$&'()*+,;=~")
