"""Stage: a request's path → the IRI that it asks about and the form that it wants.

The path decides, not the host: a dataset whose IRIs begin with one address may be served from another.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

KINDS = (
    "actor",
    "agreement",
    "article",
    "event",
    "links",
    "scenario",
)  # first step of what the project mints
LONGEST = 400  # characters of a path; what is minted stays far below
_NAME = re.compile(r"[\w~!$&'()*+,;=:@.-]+(?:/[\w~!$&'()*+,;=:@.-]+)*")
_SAFE = "/-._~!$&'()*+,;=:@"  # RFC 3986: pchar and the slash


@dataclass(frozen=True, slots=True)
class Address:
    """What a path names: a thing, or with a suffix a document about it."""

    path: str  # of the thing, without the first slash: "actor/mali"
    suffix: str  # "ttl", "html" …; empty for the thing itself

    def iri(self, base: str) -> str:
        """The thing's IRI."""
        return base + self.path

    def document(self, base: str, suffix: str) -> str:
        """The IRI of a document about the thing."""
        return f"{base}{self.path}.{suffix}"

    def beside(self, suffix: str) -> str:
        """The document as a reference relative to the thing or to another document about it, ready for a header."""
        return "./" + quote(self.path.rpartition("/")[2], safe=_SAFE) + "." + suffix

    def location(self, base: str, suffix: str) -> str:
        """Where the document is, for a redirect: a path, or where the base has a path of its own, which a proxy may cut off, relative."""
        if urlsplit(base).path == "/":
            return "/" + quote(f"{self.path}.{suffix}", safe=_SAFE)
        return self.beside(suffix)


def read_address(path: str, suffixes: tuple[str, ...]) -> Address | None:
    """The address of a path as decoded, or None where nothing of that name can ever be.

    >>> read_address("actor/mali.ttl", ("ttl",))
    Address(path='actor/mali', suffix='ttl')
    >>> read_address("actor/../secret", ()) is None
    True
    """
    if len(path) > LONGEST or not _NAME.fullmatch(path):
        return None
    if any(step.strip(".") == "" for step in path.split("/")):
        return None
    thing, _, suffix = path.rpartition(".")
    return Address(thing, suffix) if thing and suffix in suffixes else Address(path, "")


def local_link(iri: str, base: str, here: Address) -> str:
    """An IRI as a link on a page: of our own relative to the page, so that it leads to wherever the page is served from.

    >>> local_link("http://kg.example/actor/mali", "http://kg.example/", Address("event/x", "html"))
    '../actor/mali'
    """
    if not iri.startswith(base):
        return iri if urlsplit(iri).scheme in ("http", "https") else ""
    path, mark, fragment = iri[len(base) :].partition("#")
    up = "../" * here.path.count("/")
    return up + quote(path, safe=_SAFE) + (mark + quote(fragment, safe=_SAFE) if mark else "")
