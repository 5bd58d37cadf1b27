"""Stage: the files of a release → its RO-Crate (version 1.2): a list of them in JSON-LD, with what each is and its checksum."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from urllib.parse import quote

from kg.release.vocabulary import About, Distribution, iri

METADATA = "ro-crate-metadata.json"
VERSION = "https://w3id.org/ro/crate/1.2"
LICENCE = "LICENCE.md"


def crate(files: Iterable[Distribution], about: About, issued: date) -> bytes:
    """`ro-crate-metadata.json` for these files; the same files give the same bytes."""
    listed = sorted(files, key=lambda file: file.name)
    entities = [
        _reference(METADATA, "CreativeWork", name="What this folder holds", about="./", conformsTo=VERSION),
        _root(listed, about, issued),
        *_folders(listed),
        *map(_file, listed),
        *_people(about),
    ]
    document = {"@context": f"{VERSION}/context", "@graph": entities}
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _root(files: list[Distribution], about: About, issued: date) -> dict[str, Any]:
    top = dict.fromkeys(_address(file.name).partition("/")[0] for file in files)
    folders = {_address(file.name).partition("/")[0] for file in files if "/" in file.name}
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": about.title,
        "description": about.description,
        "datePublished": issued.isoformat(),
        "license": {"@id": licence_of(about)},
        "hasPart": [{"@id": f"{name}/" if name in folders else name} for name in top],
    }
    if about.creator:
        root |= {role: {"@id": _creator(about)} for role in ("author", "publisher")}
    return root


def licence_of(about: About) -> str:
    """The licence that was chosen, or else the note that says what may be done."""
    chosen = iri(about.licence)
    return chosen.value if chosen else LICENCE


def _folders(files: list[Distribution]) -> Iterator[dict[str, Any]]:
    folders: dict[str, list[str]] = {}
    for file in files:
        folder, slash, _ = _address(file.name).rpartition("/")
        if slash:
            folders.setdefault(folder, []).append(_address(file.name))
    for folder, names in folders.items():
        parts = [{"@id": name} for name in names]
        yield {
            "@id": f"{folder}/",
            "@type": "Dataset",
            "name": folder.capitalize(),
            "description": f"The files of the folder {folder}",
            "hasPart": parts,
        }


def _file(file: Distribution) -> dict[str, Any]:
    return {
        "@id": _address(file.name),
        "@type": "File",
        "name": file.title,
        "description": file.extent or file.title,
        "encodingFormat": "application/gzip" if file.compressed else file.media_type,
        "contentSize": str(file.size),
        "sha256": file.sha256,
    }


def _people(about: About) -> Iterator[dict[str, Any]]:
    if chosen := iri(about.licence):
        yield {
            "@id": chosen.value,
            "@type": "CreativeWork",
            "name": about.licence,
            "description": f"The licence of the data; {LICENCE} says to what it applies",
        }
    if about.creator:
        yield {"@id": _creator(about), "@type": "Organization", "name": about.creator}


def _creator(about: About) -> str:
    known = iri(about.creator)
    return known.value if known else "#publisher"


def _address(name: str) -> str:
    return quote(name)


def _reference(id: str, kind: str, name: str, **others: str) -> dict[str, Any]:
    return {"@id": id, "@type": kind, "name": name} | {key: {"@id": value} for key, value in others.items()}
