"""What the endpoint says of itself (SPARQL 1.1 Service Description)."""

import pyoxigraph as ox

from server.engine import GRAPHS
from server.settings import Limits
from server.tokens import PREFIXES

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_RDF = PREFIXES["rdf"]
_SEE_ALSO = ox.NamedNode(PREFIXES["rdfs"] + "seeAlso")
_RESULT_FORMATS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
_GRAPH_FORMATS = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "N-Quads", "TriG")


def service_description(endpoint: str, form: str, limits: Limits) -> bytes:
    """The description of the service at this address, in one of the formats for triples."""
    service = ox.NamedNode(endpoint + "#service")
    dataset, graph = ox.NamedNode(endpoint + "#dataset"), ox.NamedNode(endpoint + "#default-graph")
    triples = [
        ox.Triple(service, _rdf("type"), _sd("Service")),
        ox.Triple(service, _sd("endpoint"), ox.NamedNode(endpoint)),
        ox.Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query")),
        ox.Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Update")),
        ox.Triple(service, _sd("defaultDataset"), dataset),
        ox.Triple(dataset, _rdf("type"), _sd("Dataset")),
        ox.Triple(dataset, _SEE_ALSO, ox.NamedNode(endpoint.removesuffix("/sparql") + "/.well-known/void")),
        ox.Triple(dataset, _sd("defaultGraph"), graph),
        ox.Triple(graph, _rdf("type"), _sd("Graph")),
    ]
    names = _RESULT_FORMATS + _GRAPH_FORMATS
    triples += [ox.Triple(service, _sd("resultFormat"), ox.NamedNode(_FORMATS + name)) for name in names]
    triples += [
        ox.Triple(service, _sd("inputFormat"), ox.NamedNode(_FORMATS + name)) for name in _GRAPH_FORMATS
    ]
    if limits.service_allow:
        triples.append(ox.Triple(service, _sd("feature"), _sd("BasicFederatedQuery")))
    prefixes = {"sd": _SD, "formats": _FORMATS, "rdf": _RDF}
    body = ox.serialize(triples, format=GRAPHS[form], prefixes=prefixes)
    return body or b""


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)


def _rdf(name: str) -> ox.NamedNode:
    return ox.NamedNode(_RDF + name)
