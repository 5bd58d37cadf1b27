"""Reading the ontology's files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kg.errors import TableError
from kg.ontology import CQ, dataset_triples, event_classes, load_ontology, shapes, subclasses

PREFIXES = """@prefix cq: <https://w3id.org/communique/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
HIJACKING = """
cq:Hijacking a owl:Class ;
    rdfs:subClassOf cq:Abduction ;
    rdfs:label "hijacking"@en ;
    cq:plover "ASSAULT" ;
    skos:definition "Somebody takes a vessel or an aircraft with its people."@en ;
    skos:example "Gunmen hijacked the Kelda ferry."@en ;
    cq:verb "hijack obj=target", "commandeer" ;
    cq:noun "hijacking of=target" .
"""
BROKEN = json.loads((Path(__file__).parent / "broken-ontology.json").read_text(encoding="utf-8"))
PRINT_TRIPLES = "from kg.ontology import *; print(*dataset_triples(load_ontology()), sep='\\n')"


def folder_with(tmp_path: Path, name: str, turtle: str) -> Path:
    """A user's folder of ontology files with one file in it."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / name).write_text(PREFIXES + turtle, encoding="utf-8")
    return folder


def test_a_class_of_the_user_joins_the_tree(tmp_path: Path) -> None:
    """A class added in a folder of the user's is an event class with label, PLOVER type and all its superclasses."""
    found = event_classes(load_ontology(folder_with(tmp_path, "sea.ttl", HIJACKING)))["Hijacking"]
    assert (found.label, found.plover, found.is_claim) == ("hijacking", "ASSAULT", False)
    assert found.parents == ("Abduction", "ForceEvent", "Event")


def test_entries_say_where_they_stand(tmp_path: Path) -> None:
    """A class's words come with kind, file and line, in a fixed order."""
    found = event_classes(load_ontology(folder_with(tmp_path, "sea.ttl", HIJACKING)))["Hijacking"]
    assert [(e.kind, e.pattern, e.file, e.line) for e in found.entries] == [
        ("noun", "hijacking of=target", "mine/sea.ttl", 13),
        ("verb", "commandeer", "mine/sea.ttl", 12),
        ("verb", "hijack obj=target", "mine/sea.ttl", 12),
    ]


def test_words_can_be_added_to_a_shipped_class(tmp_path: Path) -> None:
    """A word that a user's file gives to a shipped class is an entry of that class, found in the user's file."""
    folder = folder_with(tmp_path, "words.ttl", 'cq:Protest cq:noun "sit-in" .\n')
    entries = event_classes(load_ontology(folder))["Protest"].entries
    assert [(e.file, e.line) for e in entries if e.pattern == "sit-in"] == [("mine/words.ttl", 5)]


def test_speech_classes_are_claims() -> None:
    """A class beneath cq:Claim says that it is a claim; one of another group does not."""
    classes = event_classes(load_ontology())
    assert classes["Denial"].is_claim
    assert not classes["Attack"].is_claim


def test_every_class_beneath_event_is_found() -> None:
    """The event classes are those beneath cq:Event, by local name in order, without cq:Event itself and without actors."""
    names = list(event_classes(load_ontology()))
    assert names == sorted(names)
    assert {"Coup", "PowerEvent", "Claim"} <= set(names)
    assert not {"Event", "Actor", "Report"} & set(names)


def test_kinds_of_actor_are_a_subtree() -> None:
    """The kinds of actor are found through the tree, however deep, with the root among them."""
    kinds = subclasses(load_ontology(), "Actor")
    assert {"Actor", "State", "Organisation", "ArmedForce"} <= kinds
    assert "Agreement" not in kinds


def test_words_are_left_out_of_the_dataset(tmp_path: Path) -> None:
    """The dataset gets the terms of a class but none of its lexical entries."""
    ontology = load_ontology(folder_with(tmp_path, "sea.ttl", HIJACKING))
    stated = [t.predicate.value for t in dataset_triples(ontology) if str(t.subject) == f"<{CQ.Hijacking}>"]
    assert len(stated) == 6
    assert not {str(CQ.verb), str(CQ.noun)} & set(stated)


def test_dataset_is_the_same_under_any_hash_seed() -> None:
    """The terms come out in the same order in processes with different hash seeds."""
    first, second = (
        subprocess.run(
            [sys.executable, "-c", PRINT_TRIPLES],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    )
    assert first == second
    assert first.count(b"\n") > 500


def test_shapes_are_not_part_of_the_ontology() -> None:
    """The shapes are a graph of their own; the ontology holds none of them."""
    assert len(shapes()) > 100
    assert not any(
        str(subject).startswith("https://w3id.org/communique/shapes")
        for subject in load_ontology().subjects()
    )


@pytest.mark.parametrize("row", BROKEN, ids=[row["id"] for row in BROKEN])
def test_broken_file_is_named(row: dict[str, str], tmp_path: Path) -> None:
    """A mistake in a file stops the loading with file, line and what would be right."""
    with pytest.raises(TableError) as raised:
        load_ontology(folder_with(tmp_path, "broken.ttl", row["turtle"]))
    assert str(raised.value).startswith(row["says"])


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """A file in another encoding stops the loading, by name."""
    folder = folder_with(tmp_path, "latin.ttl", "")
    (folder / "latin.ttl").write_bytes('cq:Coup rdfs:comment "coup d’état" .'.encode("cp1252"))
    with pytest.raises(TableError, match=r"mine/latin.ttl: is not UTF-8 \(byte \d+\)"):
        load_ontology(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A folder that is not there stops the loading, by name."""
    with pytest.raises(TableError, match="nowhere: there is no such folder"):
        load_ontology(tmp_path / "nowhere")


def test_a_circle_of_superclasses_ends(tmp_path: Path) -> None:
    """Classes that are beneath each other do not hang the loading."""
    folder = folder_with(tmp_path, "circle.ttl", "cq:ForceEvent rdfs:subClassOf cq:Attack .\n")
    assert event_classes(load_ontology(folder))["Attack"].parents == ("ForceEvent", "Event")
