"""Stage: a description → a document in one of the formats.

Formats with named graphs keep them. The others would make facts out of what is only said, so they leave the graphs of claims
and scenarios out and say where these are.
"""

import re
from collections.abc import Iterator

import pyoxigraph as ox

from kg import terms
from kg.terms import DEFAULT, Fact, Node
from server.engine import GRAPHS
from server.linked.addresses import Address
from server.linked.gather import Description, is_quoted

WITH_GRAPHS = frozenset({"jsonld", "nq", "trig"})
_FOAF = "http://xmlns.com/foaf/0.1/"
_SEE_ALSO, _COMMENT = terms.term("rdfs:seeAlso"), terms.term("rdfs:comment")
_PREFIXES = terms.PREFIXES | {"foaf": _FOAF}
_QUOTED = (
    "What claims and scenarios say of it is quoted, not asserted, and left out here; see the other document."
)
_CUT = "There is more than one document may hold; ask the SPARQL endpoint for the rest."
_PAGED = "There are more pages: ?page={}."
# What XML 1.0 cannot hold, not even as a reference.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def serialise(description: Description, address: Address, suffix: str) -> bytes:
    """The document's bytes; the same description gives the same bytes."""
    with_graphs = suffix in WITH_GRAPHS
    facts = [*_of_itself(description, address, suffix)]
    facts += (fact for fact in description.facts if with_graphs or not is_quoted(fact, description.base))
    if suffix == "rdf":
        facts = [fact._replace(object=_printable(fact.object)) for fact in facts]
    quads = [ox.Quad(*fact) for fact in facts]
    statements = quads if with_graphs else list(dict.fromkeys(quad.triple for quad in quads))
    return ox.serialize(statements, format=GRAPHS[suffix], prefixes=_PREFIXES) or b""


def _of_itself(description: Description, address: Address, suffix: str) -> Iterator[Fact]:
    """What the document is about and what it leaves out."""
    base, document = description.base, ox.NamedNode(address.document(description.base, suffix))
    yield Fact(document, terms.TYPE, ox.NamedNode(_FOAF + "Document"), DEFAULT)
    yield Fact(document, ox.NamedNode(_FOAF + "primaryTopic"), ox.NamedNode(description.iri), DEFAULT)
    quotes = any(is_quoted(fact, base) for fact in description.facts)
    if quotes and suffix not in WITH_GRAPHS:
        yield Fact(document, _COMMENT, terms.label(_QUOTED), DEFAULT)
        for form in ("trig", "nq"):
            yield Fact(document, _SEE_ALSO, ox.NamedNode(address.document(base, form)), DEFAULT)
    if description.cut:
        yield Fact(document, _COMMENT, terms.label(_CUT), DEFAULT)
    if description.more:
        yield Fact(document, _COMMENT, terms.label(_PAGED.format(description.page + 1)), DEFAULT)


def _printable(node: Node) -> Node:
    if not isinstance(node, ox.Literal) or not _NOT_XML.search(node.value):
        return node
    text = _NOT_XML.sub("\ufffd", node.value)
    return (
        ox.Literal(text, language=node.language)
        if node.language
        else ox.Literal(text, datatype=node.datatype)
    )
