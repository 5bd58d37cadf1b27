"""Stage: a description → schema.org in JSON-LD, for search engines: only what is held to be so, and claims as claims."""

import json

from pyoxigraph import NamedNode

from kg import terms
from kg.terms import Node
from server.linked.gather import Description, is_article, is_quoted
from server.linked.vocabulary import Vocabulary

_SAME = (terms.SAME_AS, terms.EXACT_MATCH)
# Property of schema.org → ours whose values it takes, for all that the class of schema.org may be.
_TEXTS = {
    "alternateName": terms.ALT_LABEL,
    "headline": terms.HEADLINE,
    "datePublished": terms.PUBLISHED,
    "inLanguage": terms.IN_LANGUAGE,
    "publisher": terms.PUBLISHER,
    "url": terms.ADDRESS,
    "startDate": terms.EARLIEST,
    "endDate": terms.LATEST,
    "text": terms.CONTENT,
}
_ONLY_EVENTS = frozenset({"startDate", "endDate"})


def schema_org(description: Description, title: str, vocabulary: Vocabulary) -> str:
    """The JSON of a script element: no character in it can end the element."""
    record = _record(description, title, vocabulary)
    text = json.dumps(record, ensure_ascii=False, sort_keys=True)
    return (
        text.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def _record(description: Description, title: str, vocabulary: Vocabulary) -> dict[str, object]:
    held: dict[NamedNode, list[Node]] = {}
    for fact in description.facts:
        if fact.subject.value == description.iri and not is_quoted(fact, description.base):
            held.setdefault(fact.predicate, []).append(fact.object)
    kinds = {str(node.value) for node in held.get(terms.TYPE, ())}
    kind = _kind(kinds, is_article(description.iri, description.base), vocabulary)
    record: dict[str, object] = {
        "@context": "https://schema.org",
        "@id": description.iri,
        "@type": kind,
        "name": title,
    }
    for name, predicate in _TEXTS.items():
        if kind == "Event" or name not in _ONLY_EVENTS:
            record |= _field(name, [str(node.value) for node in held.get(predicate, ())])
    return record | _field(
        "sameAs", [str(n.value) for p in _SAME for n in held.get(p, ()) if isinstance(n, NamedNode)]
    )


def _kind(kinds: set[str], article: bool, vocabulary: Vocabulary) -> str:
    if article:
        return "NewsArticle"
    if any(vocabulary.is_a(kind, "Claim") for kind in kinds):
        return "Claim"
    return min((vocabulary.schema[kind] for kind in kinds if kind in vocabulary.schema), default="Thing")


def _field(name: str, values: list[str]) -> dict[str, object]:
    unique = sorted(set(values))
    return {name: unique[0] if len(unique) == 1 else unique} if unique else {}
