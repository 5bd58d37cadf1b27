"""What a page about a thing shows, as its template takes it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A node with its name; `href` is empty where it leads nowhere."""

    text: str
    href: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """How an article tells an event."""

    anchors: tuple[
        str, ...
    ]  # on the article's own page: the report's fragment, and at its first report the passage's
    status: str
    sources: tuple[Link, ...]
    passage: str
    place: Link  # the article, at the passage


@dataclass(frozen=True, slots=True)
class Item:
    """An event, actor or agreement in a list."""

    name: Link
    kind: str
    when: str
    scopes: tuple[Link, ...] = ()  # claims and scenarios in which alone it stands
    tellings: tuple[Telling, ...] = ()
    anchors: tuple[str, ...] = ()  # on an article's page: the fragments of its scenarios


@dataclass(frozen=True, slots=True)
class Section:
    """Items under a heading."""

    heading: str
    items: tuple[Item, ...]
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A page about a thing."""

    title: str
    kinds: tuple[Link, ...]
    facts: tuple[tuple[str, tuple[Link, ...]], ...]
    sections: tuple[Section, ...]
    tellings: tuple[Telling, ...] = ()
