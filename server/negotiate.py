"""Which format an answer takes: from `?format=`, else from Accept (RFC 9110, 12.5.1)."""

from dataclasses import dataclass
from functools import lru_cache

from server.errors import Refusal


@dataclass(frozen=True, slots=True)
class Format:
    """A serialisation: its short name (also the file suffix), its media type and the types that ask for it."""

    name: str
    media_type: str  # as sent in Content-Type
    asked_as: tuple[str, ...]  # media types in Accept, the first is the canonical one
    graphs: bool = False  # holds named graphs


RESULTS = (
    Format(
        "json", "application/sparql-results+json", ("application/sparql-results+json", "application/json")
    ),
    Format(
        "xml",
        "application/sparql-results+xml",
        ("application/sparql-results+xml", "application/xml", "text/xml"),
    ),
    Format("csv", "text/csv; charset=utf-8", ("text/csv",)),
    Format("tsv", "text/tab-separated-values; charset=utf-8", ("text/tab-separated-values",)),
)
TRIPLES = (
    Format("ttl", "text/turtle; charset=utf-8", ("text/turtle", "application/x-turtle")),
    Format("nt", "application/n-triples", ("application/n-triples", "text/plain")),
    Format("rdf", "application/rdf+xml", ("application/rdf+xml", "application/xml", "text/xml")),
    Format("jsonld", "application/ld+json", ("application/ld+json", "application/json")),
    Format("nq", "application/n-quads", ("application/n-quads", "text/x-nquads"), graphs=True),
    Format("trig", "application/trig", ("application/trig", "application/x-trig"), graphs=True),
)
NAMES = {
    "turtle": "ttl",
    "ntriples": "nt",
    "rdfxml": "rdf",
    "json-ld": "jsonld",
    "nquads": "nq",
    "srj": "json",
    "srx": "xml",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The formats that a client would take, one for rows and one for triples; None where it takes none."""

    results: Format | None
    triples: Format | None


@lru_cache(maxsize=1024)
def choose(accept: str, name: str = "") -> Choice:
    """The best formats for an Accept header, or those that `?format=` names.

    A client that says nothing gets JSON and Turtle. Ties in q go to the more specific range, then to the order of the
    tables above: what the client lists first does not count (RFC 9110).

    Raises:
        Refusal: 400, `?format=` names no format; a media type is understood too.
    """
    if name:
        return _named(name)
    ranges = parse_accept(accept)
    return Choice(_best(ranges, RESULTS), _best(ranges, TRIPLES))


def _named(name: str) -> Choice:
    wanted = name.strip().lower().split(";")[0].strip()
    short = NAMES.get(wanted, wanted)
    found = Choice(_find(RESULTS, short), _find(TRIPLES, short))
    if found.results is None and found.triples is None:
        names = ", ".join(item.name for item in RESULTS + TRIPLES)
        raise Refusal(400, f"format={name!r} is no format", hint=f"Wanted one of {names}, or a media type.")
    return found


def _find(formats: tuple[Format, ...], wanted: str) -> Format | None:
    for item in formats:
        if wanted == item.name or wanted in item.asked_as:
            return item
    if wanted == "json" and formats is TRIPLES:
        return formats[3]
    return formats[2] if wanted == "xml" and formats is TRIPLES else None


def parse_accept(accept: str) -> tuple[tuple[str, float], ...]:
    """Media ranges with their q; what cannot be read is left out, and no header means anything.

    >>> parse_accept("text/turtle;q=0.5, */*;q=0.1, nonsense")
    (('text/turtle', 0.5), ('*/*', 0.1))
    """
    if not accept.strip():
        return (("*/*", 1.0),)
    ranges = []
    for part in accept.lower().split(",")[:64]:
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        if kind.count("/") == 1 and not kind.startswith("/") and not kind.endswith("/"):
            ranges.append((kind, _quality(parameters)))
    return tuple(ranges)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return 0.0
            return min(1.0, quality) if quality >= 0 else 0.0
    return 1.0


def _best(ranges: tuple[tuple[str, float], ...], formats: tuple[Format, ...]) -> Format | None:
    scored = [(_match(ranges, item), -place, item) for place, item in enumerate(formats)]
    (quality, _), _, best = max(scored, key=lambda row: row[:2])
    return best if quality > 0 else None


def _match(ranges: tuple[tuple[str, float], ...], item: Format) -> tuple[float, int]:
    """The q of the most specific range that covers the format, and how specific it is: named, `text/*`, `*/*`.

    Of several names of one format the most wanted counts.
    """
    specificity, quality = max(
        ((_specificity(kind, item), quality) for kind, quality in ranges), default=(0, 0.0)
    )
    return (quality, specificity) if specificity > 0 else (0.0, 0)


def _specificity(kind: str, item: Format) -> int:
    if kind in item.asked_as:
        return 3
    if kind == item.asked_as[0].split("/")[0] + "/*":
        return 2
    return 1 if kind == "*/*" else 0


@lru_cache(maxsize=1024)
def prefers_html(accept: str) -> bool:
    """Whether a browser asks: text/html at least as wanted as anything that we could send instead."""
    ranges = dict(parse_accept(accept)) if accept else {}
    html = max(ranges.get("text/html", 0.0), ranges.get("application/xhtml+xml", 0.0))
    others = (kind for item in RESULTS + TRIPLES for kind in item.asked_as)
    return html > 0 and all(ranges.get(kind, 0.0) <= html for kind in others)


def prefers_text(accept: str) -> bool:
    """Whether errors go out as plain text: the client asks for text and not for JSON."""
    ranges = dict(parse_accept(accept)) if accept else {}
    json_like = max(ranges.get("application/json", 0.0), ranges.get(RESULTS[0].asked_as[0], 0.0))
    text_like = max(ranges.get(kind, 0.0) for kind in ("text/plain", "text/csv", "text/tab-separated-values"))
    return text_like > json_like


@lru_cache(maxsize=1024)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the client takes gzip."""
    for part in accept_encoding.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name in ("gzip", "x-gzip", "*"):
            return _quality(parameters) > 0
    return False
