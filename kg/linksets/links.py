"""A proposed or reviewed link from something of the dataset to something outside it, and a set of them from one source."""

import hashlib
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg import terms
from kg.errors import OutsideError

PREDICATES = {  # what a link may say, by its prefixed name
    name: terms.term(name)
    for name in (
        "owl:sameAs",
        "skos:exactMatch",
        "skos:closeMatch",
        "skos:broadMatch",
        "skos:narrowMatch",
        "skos:relatedMatch",
    )
}
EXACT, CLOSE, SAME = "skos:exactMatch", "skos:closeMatch", "owl:sameAs"
SEMAPV = "https://w3id.org/semapv/vocab/"
SSSOM = "https://w3id.org/sssom/"
LONGEST_IRI = 2000  # characters; longer ones are no identifiers


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """One link; proposed by a rule, or reviewed by a person where `justification` says so."""

    subject: str  # IRI of ours
    predicate: str  # a name of PREDICATES
    object: str  # IRI outside
    subject_label: str = ""
    object_label: str = ""
    justification: str = "semapv:UnspecifiedMatching"
    confidence: float = 0.0  # 0 to 1
    comment: str = ""  # what speaks for it
    source: str = ""  # the file or address that gave the object, as the user named it
    reviewer: str = ""


@dataclass(frozen=True, slots=True)
class LinkSet:
    """Links from one source."""

    name: str  # as in its IRI: "coups"
    title: str
    objects: str  # IRI of the outside data set
    source: str  # the file or address as the user named it
    licence: str  # IRI of the licence of the links; they are facts
    links: tuple[Link, ...]  # sorted

    def likely(self, bar: float) -> "LinkSet":
        """Those of which the confidence reaches the bar, and the likeliest alone where two say the same."""
        best: dict[tuple[str, str], Link] = {}
        for link in sorted(self.links, key=lambda link: (-link.confidence, link)):
            if link.confidence >= bar:
                best.setdefault((link.subject, link.object), link)
        return LinkSet(
            self.name, self.title, self.objects, self.source, self.licence, tuple(sorted(best.values()))
        )


def outside_iri(text: str) -> str:
    """The text, if it is an IRI on the web that may stand as the object of a link.

    Raises:
        OutsideError: it is none.
    """
    try:
        iri = NamedNode(text).value
    except ValueError:
        iri = ""
    if not iri.startswith(("http://", "https://")) or len(iri) > LONGEST_IRI:
        raise OutsideError(f"{text[:100]!r} is no IRI that a link can lead to; wanted http://… or https://…")
    return iri


def line(text: str) -> str:
    """Outside text as one short line of printable characters."""
    return terms.label(text).value


def digest(*parts: str) -> str:
    """A short name for what these parts together identify."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def share(confidence: float) -> str:
    """A confidence in its shortest form with up to three digits, as SSSOM and the store write it.

    >>> share(0.855), share(1.0), share(0.0)
    ('0.855', '1', '0')
    """
    return f"{confidence:.3f}".rstrip("0").rstrip(".")
