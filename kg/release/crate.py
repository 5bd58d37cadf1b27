"""Stage: the files of a release → its RO-Crate (version 1.2): a list of them in JSON-LD, with what each is and its checksum."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from kg.release.about import About
from kg.release.vocabulary import Distribution, iri

METADATA = "ro-crate-metadata.json"
VERSION = "https://w3id.org/ro/crate/1.2"
LICENCE = "LICENCE.md"
PUBLISHER = "#publisher"


def crate(
    files: Iterable[Distribution], folders: Mapping[str, str], about: About, issued: date, base: str
) -> bytes:
    """`ro-crate-metadata.json` for these files, in folders of which each has a title; the same files give the same bytes.

    A folder of which no file is listed stands for all that it holds.
    """
    listed = sorted(files, key=lambda file: file.name)
    entities = [
        _descriptor(),
        _root(listed, folders, about, issued),
        *(_folder(name, title, listed) for name, title in sorted(folders.items())),
        *map(_file, listed),
        *_licence(about),
        _publisher(about, base),
    ]
    document = {"@context": f"{VERSION}/context", "@graph": entities}
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def licence_of(about: About) -> str:
    """The licence that was chosen, or else the note that says what may be done."""
    chosen = iri(about.licence)
    return chosen.value if chosen else LICENCE


def _descriptor() -> dict[str, Any]:
    return {
        "@id": METADATA,
        "@type": "CreativeWork",
        "name": "What this folder holds",
        "about": {"@id": "./"},
        "conformsTo": {"@id": VERSION},
    }


def _root(
    files: list[Distribution], folders: Mapping[str, str], about: About, issued: date
) -> dict[str, Any]:
    top = [quote(file.name) for file in files if "/" not in file.name]
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": about.title,
        "description": about.description,
        "datePublished": issued.isoformat(),
        "license": {"@id": licence_of(about)},
        "publisher": {"@id": _publisher_id(about)},
        "author": {"@id": _publisher_id(about)},
        "hasPart": [{"@id": name} for name in sorted([*top, *(f"{quote(folder)}/" for folder in folders)])],
    }


def _folder(name: str, title: str, files: list[Distribution]) -> dict[str, Any]:
    parts = [{"@id": quote(file.name)} for file in files if file.name.startswith(f"{name}/")]
    described = {
        "@id": f"{quote(name)}/",
        "@type": "Dataset",
        "name": name.capitalize(),
        "description": title,
    }
    return described | ({"hasPart": parts} if parts else {})


def _file(file: Distribution) -> dict[str, Any]:
    return {
        "@id": quote(file.name),
        "@type": ["File", "CreativeWork"] if file.name == LICENCE else "File",
        "name": file.title,
        "description": file.title,
        "encodingFormat": "application/gzip" if file.compressed else file.media_type,
        "contentSize": str(file.size),
        "sha256": file.sha256,
    }


def _licence(about: About) -> Iterator[dict[str, Any]]:
    if chosen := iri(about.licence):
        yield {
            "@id": chosen.value,
            "@type": "CreativeWork",
            "name": about.licence,
            "description": f"The licence of the data; {LICENCE} says to what it applies",
        }


def _publisher(about: About, base: str) -> dict[str, Any]:
    """Who publishes it; the site where nobody is named."""
    named = {"@id": _publisher_id(about), "@type": "Organization", "name": about.publisher or base}
    return named if about.publisher else named | {"url": base}


def _publisher_id(about: About) -> str:
    known = iri(about.publisher)
    return known.value if known else PUBLISHER
