"""The terms themselves: described, grouped, complete against the contract and the annotation guidelines."""

import json
import re
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Literal, URIRef

from kg.model import Status
from kg.ontology import CQ, FOLDER, Ontology, event_classes, subclasses

ONTOLOGY = URIRef("https://w3id.org/communique/ontology")
DCTERMS = "http://purl.org/dc/terms/"


def terms(ontology: Ontology) -> list[URIRef]:
    """Everything that the ontology declares in its own namespace."""
    return sorted(
        term for term in set(ontology.subjects(RDF.type)) if isinstance(term, URIRef) and term.startswith(CQ)
    )


def in_english(ontology: Ontology, term: URIRef, described_by: URIRef) -> bool:
    """Whether the term has a description of this kind with the language tag en."""
    found = ontology.objects(term, described_by)
    return any(isinstance(text, Literal) and text.language == "en" for text in found)


@pytest.mark.parametrize("described_by", [RDFS.label, SKOS.definition, SKOS.example])
def test_every_term_is_described(ontology: Ontology, described_by: URIRef) -> None:
    """Every term has a label, a definition and an example, in English."""
    assert [term for term in terms(ontology) if not in_english(ontology, term, described_by)] == []


def test_every_term_used_is_declared(ontology: Ontology) -> None:
    """No statement names a term of the namespace that nothing declares, as a misspelt one would be."""
    used = {
        term for triple in ontology for term in triple if isinstance(term, URIRef) and term.startswith(CQ)
    }
    assert used == set(terms(ontology))


def test_labels_are_unique(ontology: Ontology) -> None:
    """No two classes of events share a label, so that a result that shows labels is not ambiguous."""
    labels = [event_class.label for event_class in event_classes(ontology).values()]
    assert sorted(labels) == sorted(set(labels))


def test_ontology_is_versioned(ontology: Ontology) -> None:
    """The ontology has a version IRI that ends in its version, a title, a description and a licence."""
    version = ontology.value(ONTOLOGY, OWL.versionInfo)
    assert ontology.value(ONTOLOGY, OWL.versionIRI) == ONTOLOGY + f"/{version}"
    assert all(
        (ONTOLOGY, URIRef(DCTERMS + name), None) in ontology for name in ("title", "description", "license")
    )


def test_every_event_class_has_a_plover_type_or_says_why_not(ontology: Ontology) -> None:
    """A class without a PLOVER type explains it in its scope note, and a class with one does not say that it has none."""
    for name, event_class in event_classes(ontology).items():
        notes = " ".join(str(note) for note in ontology.objects(CQ[name], SKOS.scopeNote))
        assert ("No PLOVER type" in notes) == (event_class.plover is None), name


def test_every_class_but_the_groups_has_words(ontology: Ontology) -> None:
    """A class by which an event can be told has lexical entries; only the groups, right beneath cq:Event, have none."""
    classes = event_classes(ontology)
    groups = {name for name, event_class in classes.items() if event_class.parents == ("Event",)}
    assert {name for name, event_class in classes.items() if not event_class.entries} == groups


def test_all_sixteen_plover_types_are_reached(ontology: Ontology) -> None:
    """Each of PLOVER's sixteen types has a class, so that no kind of event data is out of reach."""
    assert len({event_class.plover for event_class in event_classes(ontology).values()} - {None}) == 16


def test_statuses_are_those_of_the_model(ontology: Ontology) -> None:
    """The individuals of cq:Status are exactly the statuses that the pipeline gives."""
    assert set(ontology.subjects(RDF.type, CQ.Status)) == {CQ[status.value] for status in Status}


def test_contract_terms_are_declared(ontology: Ontology, contract: Path) -> None:
    """Every cq: term that the contract names is declared."""
    text = "".join(file.read_text(encoding="utf-8") for file in sorted(contract.iterdir()))
    named = {CQ[name] for name in re.findall(r"\bcq:(\w+)", text)}
    assert named <= set(terms(ontology))


def test_terms_of_the_code_are_declared(ontology: Ontology) -> None:
    """Every term that the code writes or reads by its local name is declared."""
    sources = [
        file.read_text(encoding="utf-8")
        for room in ("kg", "server")
        for file in (FOLDER.parent / room).rglob("*.py")
    ]
    named = {CQ[name] for name in re.findall(r"\bcq(?:\(\"|:)(\w+)\b(?!…)", "".join(sources))}
    assert CQ.reports in named
    assert named <= set(terms(ontology))


def test_contract_kinds_are_actors(ontology: Ontology, contract: Path) -> None:
    """Every kind of actor that the contract's JSON shape names is beneath cq:Actor."""
    schema = json.loads((contract / "extract.schema.json").read_text(encoding="utf-8"))
    description = schema["properties"]["actors"]["items"]["properties"]["kind"]["description"]
    assert set(re.findall(r"[A-Z]\w+", description)) <= subclasses(ontology, "Actor")


def test_guideline_types_are_classes_of_their_group(ontology: Ontology, shared: Path) -> None:
    """Every type of the annotation guidelines is a class with that very name, in the file of its group."""
    guidelines = (shared / "eval" / "GUIDELINES.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| (`.+) \|$", guidelines, re.MULTILINE)
    assert len(rows) == 8
    for group, types in rows:
        declared = (FOLDER / "events" / f"{group}.ttl").read_text(encoding="utf-8")
        for name in re.findall(r"`(\w+)`", types):
            assert f"\ncq:{name} a owl:Class" in declared, f"{group}: {name}"
            assert name in event_classes(ontology)


def test_speech_classes_are_claims(ontology: Ontology) -> None:
    """The classes of the speech group, and no others, are claims."""
    declared = re.findall(
        r"^cq:(\w+) a owl:Class", (FOLDER / "events" / "speech.ttl").read_text(), re.MULTILINE
    )
    claims = {name for name, event_class in event_classes(ontology).items() if event_class.is_claim}
    assert claims == {"Claim", *declared}


def test_cameo_codes_are_two_digit_roots(ontology: Ontology) -> None:
    """Every CAMEO code is one of the twenty roots, 01 to 20, and every class with a PLOVER type has one."""
    roots = {Literal(f"{number:02}") for number in range(1, 21)}
    assert set(ontology.objects(None, CQ.cameo)) <= roots
    assert set(ontology.subjects(CQ.plover)) <= set(ontology.subjects(CQ.cameo))
