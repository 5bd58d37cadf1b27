"""Stage: statistics → the dataset's description in VoID and DCAT, as `/.well-known/void` serves it and a release holds it.

`…/void#dataset` is the default graph, what is held to be so and what a plain query counts; `#everything` adds the graphs of
the articles (`#articles`) and of what is only said (`#claims`). Nothing anonymous, no moment of writing: the description's
day is that of the newest article.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from kg import terms
from kg.linksets.links import PREDICATES
from kg.release.about import About
from kg.release.count import Links, Statistics
from kg.release.vocabulary import (
    MEDIA_TYPES,
    PREFIXES,
    Distribution,
    Statement,
    iri,
    publisher_of,
    term,
    text,
    triples,
)
from kg.terms import Node

PARTS = {
    "dataset": "What is held to be so",
    "articles": "What each article tells, and where",
    "claims": "What is only said, planned, denied or supposed",
    "everything": "All graphs",
}
FORMATS = {  # W3C's names of the serialisations, by media type (www.w3.org/ns/formats)
    "text/turtle": "Turtle",
    "application/n-triples": "N-Triples",
    "application/rdf+xml": "RDF_XML",
    "application/ld+json": "JSON-LD",
    "application/n-quads": "N-Quads",
    "application/trig": "TriG",
}
SERVED = {  # what the server's /dump.* holds: suffix → media type and part
    "ttl": ("text/turtle", "dataset"),
    "nt": ("application/n-triples", "dataset"),
    "rdf": ("application/rdf+xml", "dataset"),
    "nq": ("application/n-quads", "everything"),
    "trig": ("application/trig", "everything"),
    "jsonld": ("application/ld+json", "everything"),
}


def served(base: str) -> list[Distribution]:
    """The dumps at a server's addresses; their size is known only once they are written."""
    return [
        Distribution(f"dump.{suffix}", f"{base}dump.{suffix}", media_type, PARTS[part], part=part)
        for suffix, (media_type, part) in SERVED.items()
    ]


def describe_dataset(
    statistics: Statistics, base: str, about: About, distributions: Iterable[Distribution]
) -> list[Triple]:
    """VoID and DCAT of a dataset of this size that can be had in these files or from these addresses, sorted."""
    page = f"{base}.well-known/void"
    files = [file for file in distributions if file.part]
    return triples(
        [
            *_page(page),
            *_catalog(page, base, about),
            *_about(page, statistics, base, about),
            *_access(page, base),
            *_sizes(page, statistics, base),
            *_partitions(page, statistics),
            *(s for links in statistics.links for s in _linkset(page, links)),
            *(s for file in files for s in _distribution(page, file, about)),
        ]
    )


def _page(page: str) -> Iterator[Statement]:
    description, dataset = NamedNode(page), NamedNode(f"{page}#dataset")
    yield description, "rdf:type", term("void:DatasetDescription")
    yield description, "dcterms:title", text("Description of the dataset")
    yield description, "foaf:primaryTopic", dataset
    for part in PARTS:
        yield description, "foaf:topic", NamedNode(f"{page}#{part}")


def _about(page: str, statistics: Statistics, base: str, about: About) -> Iterator[Statement]:
    for part, title in PARTS.items():
        node = NamedNode(f"{page}#{part}")
        yield node, "rdf:type", term("void:Dataset")
        yield node, "rdf:type", term("dcat:Dataset")
        yield node, "dcterms:title", text(f"{about.title}: {title[0].lower()}{title[1:]}")
        yield node, "dcterms:publisher", publisher_of(about, base)
        if licence := iri(about.licence):
            yield node, "dcterms:license", licence
        if issued := about.issued or statistics.last:
            yield node, "dcterms:issued", terms.day(issued)
    dataset = NamedNode(f"{page}#dataset")
    yield dataset, "dcterms:description", text(about.description)
    yield dataset, "foaf:homepage", NamedNode(base)
    yield dataset, "dcat:landingPage", NamedNode(base)
    yield dataset, "dcterms:conformsTo", NamedNode(terms.CQ.rstrip("#"))
    yield from _period(dataset, NamedNode(f"{page}#period"), statistics)


def _period(dataset: NamedNode, period: NamedNode, statistics: Statistics) -> Iterator[Statement]:
    if statistics.first and statistics.last:
        yield dataset, "dcterms:temporal", period
        yield period, "rdf:type", term("dcterms:PeriodOfTime")
        yield period, "dcat:startDate", terms.day(statistics.first)
        yield period, "dcat:endDate", terms.day(statistics.last)


def _catalog(page: str, base: str, about: About) -> Iterator[Statement]:
    """The catalog that DCAT wants around data sets and services, and who publishes it."""
    catalog, publisher = NamedNode(f"{page}#catalog"), publisher_of(about, base)
    yield catalog, "rdf:type", term("dcat:Catalog")
    yield catalog, "dcterms:title", text(about.title)
    yield catalog, "dcterms:description", text(about.description)
    yield catalog, "dcterms:publisher", publisher
    yield catalog, "foaf:homepage", NamedNode(base)
    yield catalog, "dcat:service", NamedNode(f"{page}#sparql")
    for part in PARTS:
        yield catalog, "dcat:dataset", NamedNode(f"{page}#{part}")
    yield publisher, "rdf:type", term("foaf:Agent")
    yield publisher, "foaf:name", Literal(about.publisher or base)


def _access(page: str, base: str) -> Iterator[Statement]:
    dataset, service = NamedNode(f"{page}#dataset"), NamedNode(f"{page}#sparql")
    endpoint = NamedNode(f"{base}sparql")
    yield dataset, "void:sparqlEndpoint", endpoint
    yield dataset, "void:uriSpace", Literal(base)
    yield service, "rdf:type", term("dcat:DataService")
    yield service, "dcterms:title", text("SPARQL endpoint")
    yield service, "dcat:endpointURL", endpoint
    yield service, "dcat:servesDataset", dataset


def _sizes(page: str, statistics: Statistics, base: str) -> Iterator[Statement]:
    nodes = {part: NamedNode(f"{page}#{part}") for part in PARTS}
    sizes = {
        "dataset": statistics.triples,
        "articles": statistics.article_triples,
        "claims": statistics.claim_triples,
        "everything": statistics.all_triples,
    }
    for part, size in sizes.items():
        yield nodes[part], "void:triples", Literal(size)
        if part != "everything":
            yield nodes["everything"], "void:subset", nodes[part]
    yield nodes["articles"], "void:documents", Literal(statistics.articles)
    dataset = nodes["dataset"]
    yield dataset, "void:entities", Literal(statistics.entities)
    yield dataset, "void:distinctSubjects", Literal(statistics.subjects)
    yield dataset, "void:distinctObjects", Literal(statistics.objects)
    yield dataset, "void:classes", Literal(len(statistics.classes))
    yield dataset, "void:properties", Literal(len(statistics.properties))
    for example in statistics.examples:
        yield (
            nodes["articles" if "/article/" in example else "dataset"],
            "void:exampleResource",
            NamedNode(example),
        )
    for vocabulary in {_namespace(name) for name in (*statistics.classes, *statistics.properties)}:
        yield dataset, "void:vocabulary", NamedNode(vocabulary)


def _partitions(page: str, statistics: Statistics) -> Iterator[Statement]:
    """One a class and one a property. The classes' own superclasses count their subclasses nowhere: `a` is the narrowest."""
    dataset = NamedNode(f"{page}#dataset")
    for kind, number in statistics.classes.items():
        part = NamedNode(f"{page}#class-{_short(kind)}")
        yield dataset, "void:classPartition", part
        yield part, "void:class", NamedNode(kind)
        yield part, "void:entities", Literal(number)
    for name, number in statistics.properties.items():
        part = NamedNode(f"{page}#property-{_short(name)}")
        yield dataset, "void:propertyPartition", part
        yield part, "void:property", NamedNode(name)
        yield part, "void:triples", Literal(number)


def _linkset(page: str, links: Links) -> Iterator[Statement]:
    space = _short(links.space)
    linkset = NamedNode(f"{page}#links-{links.predicate.partition(':')[2]}-{space}")
    target, whole = NamedNode(f"{page}#target-{space}"), NamedNode(f"{page}#links")
    dataset = NamedNode(f"{page}#dataset")
    yield dataset, "void:subset", whole
    yield whole, "rdf:type", term("void:Dataset")
    yield whole, "rdf:type", term("dcat:Dataset")
    yield whole, "dcterms:title", text("All links to other data sets")
    yield whole, "void:subset", linkset
    yield linkset, "rdf:type", term("void:Linkset")
    yield linkset, "dcterms:title", text(f"Links to {links.space} ({links.predicate})")
    yield linkset, "void:linkPredicate", PREDICATES[links.predicate]
    yield linkset, "void:subjectsTarget", dataset
    yield linkset, "void:objectsTarget", target
    yield linkset, "void:triples", Literal(links.number)
    yield linkset, "void:distinctSubjects", Literal(links.subjects)
    yield target, "rdf:type", term("void:Dataset")
    yield target, "void:uriSpace", Literal(links.space)


def _distribution(page: str, file: Distribution, about: About) -> Iterator[Statement]:
    node, address = NamedNode(f"{page}#file-{quote(file.name, safe='')}"), NamedNode(file.address)
    whole, media = NamedNode(f"{page}#{file.part}"), NamedNode(MEDIA_TYPES + file.media_type)
    yield whole, "dcat:distribution", node
    if file.media_type in FORMATS:
        yield whole, "void:dataDump", address
        yield whole, "void:feature", NamedNode(f"http://www.w3.org/ns/formats/{FORMATS[file.media_type]}")
    facts: list[tuple[str, Node]] = [
        ("rdf:type", term("dcat:Distribution")),
        ("dcterms:title", text(file.title)),
        ("dcat:downloadURL", address),
        ("dcat:accessURL", address),
        ("dcat:mediaType", media),
    ]
    if file.compressed:
        facts.append(("dcat:compressFormat", NamedNode(f"{MEDIA_TYPES}application/gzip")))
    if licence := iri(about.licence):
        facts.append(("dcterms:license", licence))
    if file.size is not None:
        facts.append(("dcat:byteSize", Literal(str(file.size), datatype=term("xsd:nonNegativeInteger"))))
    for predicate, value in facts:
        yield node, predicate, value
    if file.sha256:
        yield from _checksum(node, file.sha256)


def _checksum(file: NamedNode, sha256: str) -> Iterator[Statement]:
    checksum = NamedNode(f"{file.value}-checksum")
    yield file, "spdx:checksum", checksum
    yield checksum, "rdf:type", term("spdx:Checksum")
    yield checksum, "spdx:algorithm", term("spdx:checksumAlgorithm_sha256")
    yield checksum, "spdx:checksumValue", Literal(sha256, datatype=term("xsd:hexBinary"))


def _namespace(name: str) -> str:
    return name[: max(name.rfind("#"), name.rfind("/")) + 1] or name


def _short(name: str) -> str:
    """A term or space as part of a fragment: its local name where it is ours, else one that nothing else can have.

    >>> _short("https://w3id.org/communique/ontology#Coup"), _short("http://www.w3.org/2002/07/owl#Class")
    ('Coup', 'owl-Class')
    """
    if name.startswith(terms.CQ):
        return quote(name.removeprefix(terms.CQ), safe="")
    known = {namespace: prefix for prefix, namespace in PREFIXES.items()}
    space = _namespace(name)
    if space in known and name != space:
        return f"{known[space]}-{quote(name.removeprefix(space), safe='')}"
    words = re.sub(r"[^a-z0-9]+", "-", name.partition("//")[2].lower()).strip("-")
    return f"{words[:60]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
