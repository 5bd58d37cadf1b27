"""Nanopublications: each claim as one, well-formed by the guidelines' rules, under a name that its content fixes."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, RdfFormat, Store, parse

from kg import terms
from kg.cli import main
from kg.dataset.store import Dataset
from kg.errors import StoreError
from kg.model import Status
from kg.release.about import About
from kg.release.count import count
from kg.release.nanopublish import claims, nanopublication, write_nanopublications
from kg.release.trusty import PLACE, Row, artifact_code
from kg.release.vocabulary import PREFIXES
from tests.kg.datasets import dataset, selected
from tests.kg.extractions import Telling, earlier, echo, renunciation, retold

BASE = "http://localhost:8000/"
RULES = json.loads(Path(__file__).with_name("nanopublication_rules.json").read_text(encoding="utf-8"))
DECLARED = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
NP = PREFIXES["np"]
CODE = (
    "RA_F2s2V-8eP8cEy4UsYbRfI9KxRaDB6Glf-0UWoNmm3o"  # by trustyuri.rdf.RdfHasher of the package nanopub 2.0.1
)


@pytest.fixture(scope="module")
def made() -> Dataset:
    """The three invented articles."""
    return dataset(renunciation(), echo(), earlier())


def accusation(made: Dataset) -> str:
    """The IRI of Mali's accusation."""
    [(claim,)] = selected(made, "SELECT ?c { ?c a cq:Accusation }")
    assert claim
    return claim


def parts(quads: list[Quad]) -> dict[str, set[tuple[object, ...]]]:
    """The triples of each graph, by the last part of its name."""
    found: dict[str, set[tuple[object, ...]]] = {}
    for quad in quads:
        assert isinstance(quad.graph_name, NamedNode)
        found.setdefault(quad.graph_name.value.rpartition("#")[2], set()).add(tuple(quad.triple))
    return found


def wrong(rule: str, store: Store) -> list[Any]:
    """What breaks a rule."""
    answer = store.query(DECLARED + rule)
    assert isinstance(answer, QuerySolutions)
    return list(answer)


@pytest.mark.parametrize("rule", RULES, ids=[rule["rule"] for rule in RULES])
def test_every_nanopublication_is_well_formed(made: Dataset, rule: dict[str, str]) -> None:
    """None of the claims' nanopublications breaks a rule of the guidelines."""
    for claim in claims(made.graphs):
        store = Store()
        store.extend(nanopublication(made.graphs, claim, BASE))
        assert wrong(rule["wrong"], store) == []


SPOILT = {
    0: "INSERT DATA { GRAPH <x:h> { <x:np> a np:Nanopublication } }",
    1: "INSERT { GRAPH ?h { ?np np:hasAssertion <x:a> } } WHERE { GRAPH ?h { ?np a np:Nanopublication } }",
    2: "INSERT { GRAPH ?h { ?np np:hasProvenance <x:a> } } WHERE { GRAPH ?h { ?np a np:Nanopublication } }",
    3: "INSERT { GRAPH ?h { ?np np:hasPublicationInfo <x:a> } } WHERE { GRAPH ?h { ?np a np:Nanopublication } }",
    4: "DELETE { GRAPH ?h { ?np np:hasProvenance ?p } } INSERT { GRAPH ?h { ?np np:hasProvenance ?a } } WHERE { GRAPH ?h { ?np np:hasAssertion ?a ; np:hasProvenance ?p } }",
    5: "DELETE { GRAPH ?a { ?s ?p ?o } } WHERE { GRAPH ?h { ?np np:hasAssertion ?a } GRAPH ?a { ?s ?p ?o } }",
    6: "INSERT DATA { <x:a> a <x:b> }",
    7: "DELETE { GRAPH ?p { ?a ?x ?y } } WHERE { GRAPH ?h { ?np np:hasAssertion ?a ; np:hasProvenance ?p } GRAPH ?p { ?a ?x ?y } }",
    8: "DELETE { GRAPH ?i { ?np ?x ?y } } WHERE { GRAPH ?h { ?np np:hasPublicationInfo ?i } GRAPH ?i { ?np ?x ?y } }",
    9: "DELETE { GRAPH ?i { ?np dcterms:created ?y } } WHERE { GRAPH ?h { ?np np:hasPublicationInfo ?i } GRAPH ?i { ?np dcterms:created ?y } }",
    10: "INSERT DATA { GRAPH <x:g> { <x:a> a <x:b> } }",
    11: "DELETE { GRAPH ?p { ?x oa:exact ?y } } WHERE { GRAPH ?h { ?np np:hasProvenance ?p } GRAPH ?p { ?x oa:exact ?y } }",
}


@pytest.mark.parametrize("number", SPOILT, ids=[RULES[number]["rule"] for number in SPOILT])
def test_each_rule_finds_what_breaks_it(made: Dataset, number: int) -> None:
    """A nanopublication spoilt in that one respect is found, so that the rules above can fail."""
    store = Store()
    store.extend(nanopublication(made.graphs, accusation(made), BASE))
    store.update(DECLARED + SPOILT[number])
    assert wrong(RULES[number]["wrong"], store)


def test_the_assertion_is_what_the_claim_says(made: Dataset) -> None:
    """Its statements are those of the claim's graph and the claim's words, and no others."""
    claim = accusation(made)
    assertion = parts(nanopublication(made.graphs, claim, BASE))["assertion"]
    graph = {tuple(quad.triple) for quad in made.graphs.quads(None, None, None, NamedNode(claim))}
    assert graph
    assert assertion == graph | {(NamedNode(claim), terms.CONTENT, Literal("spying on it", language="en"))}


def test_what_is_said_is_asserted_nowhere_else(made: Dataset) -> None:
    """Provenance and publication info say who said it and where that stands, and nothing of the events that are only said."""
    found = parts(nanopublication(made.graphs, accusation(made), BASE))
    said = {subject for subject, predicate, value in found["assertion"] if value == terms.cq("Espionage")}
    assert len(said) == 1
    outside = found["provenance"] | found["pubinfo"] | found["Head"]
    assert not {subject for subject, _, _ in outside} & said
    [attributed] = [
        v for _, p, v in found["provenance"] if p == NamedNode(PREFIXES["prov"] + "wasAttributedTo")
    ]
    assert attributed == NamedNode(f"{BASE}actor/mali")


def test_every_claim_is_one_nanopublication_of_its_own_name(made: Dataset) -> None:
    """There are as many as VoID counts claims; each is called by its claim and a code of 45 characters."""
    listed = claims(made.graphs)
    assert len(listed) == count(made.graphs, BASE).kinds["cq:Claim"] >= 4
    for claim in listed:
        name = str(nanopublication(made.graphs, claim, BASE)[0].subject)
        assert name.startswith(f"<{claim}/RA")
        assert len(name) == len(claim) + 48


def test_the_code_is_that_of_the_reference_implementation() -> None:
    """The code of a small set of quads is the one that the Python implementation of trusty URIs, module RA, gives for it."""
    name = f"http://kg.example/np/{PLACE}"
    rows: list[Row] = [
        (f"{name}#Head", name, terms.TYPE.value, f"{NP}Nanopublication"),
        (f"{name}#Head", name, f"{NP}hasAssertion", f"{name}#assertion"),
        (
            f"{name}#assertion",
            "http://kg.example/a",
            terms.LABEL.value,
            Literal("Ein \\ Satz\nvon Kelda", language="de-CH"),
        ),
        (f"{name}#assertion", "http://kg.example/a", terms.LABEL.value, Literal("plain")),
        (f"{name}#assertion", "http://kg.example/a", terms.LABEL.value, Literal("plain", language="en")),
        (f"{name}#assertion", "http://kg.example/a", terms.START.value, Literal(7)),
        (f"{name}#assertion", "http://kg.example/a", terms.START.value, "http://kg.example/b"),
    ]
    assert artifact_code(rows) == CODE
    assert artifact_code([*reversed(rows), rows[0]]) == CODE
    assert artifact_code(rows[1:]) != CODE


def test_the_code_can_be_computed_again_from_the_quads(made: Dataset) -> None:
    """Whoever puts a blank in place of the code and hashes again gets the code."""
    for claim in claims(made.graphs):
        quads = nanopublication(made.graphs, claim, BASE)
        code = str(quads[0].subject).rpartition("/")[2].rstrip(">")
        assert artifact_code(blanked(quads, code)) == code


def blanked(quads: list[Quad], code: str) -> list[Row]:
    """The quads with a blank for the code."""

    def blank(node: Any) -> str:
        return str(node.value).replace(code, PLACE)

    return [
        (blank(q.graph_name), blank(q.subject), blank(q.predicate), q.object if isinstance(q.object, Literal) else blank(q.object))
        for q in quads
    ]  # fmt: skip


def test_its_name_follows_what_is_in_it(made: Dataset) -> None:
    """The same articles in another order give the same names; another publisher or a further article gives others."""
    other = dataset(earlier(), echo(), renunciation())
    claim = accusation(made)
    assert nanopublication(other.graphs, claim, BASE) == nanopublication(made.graphs, claim, BASE)
    named = nanopublication(made.graphs, claim, BASE, About(publisher="The Lake Desk"))
    assert named[0].subject != nanopublication(made.graphs, claim, BASE)[0].subject
    assert any(quad.object == Literal("The Lake Desk") for quad in named)


def test_a_claim_that_is_itself_only_said_is_none() -> None:
    """That Mali is said to have accused somebody is no accusation that anybody could cite: only claims held to be made are published."""
    story = Telling("third.txt", "Chad said Mali accused Kelda of theft.", date(2022, 5, 7))
    chad = story.actor("Chad", "State", "TCD", "state/TCD")
    mali = story.actor("Mali", "State", "MLI", "state/MLI")
    story.claim("said", "Mali accused Kelda of theft", chad)
    inner = story.event(
        "Accusation", "accused", agents=(mali,), status=Status.ALLEGED, sources=(chad,), content="theft"
    )
    story.claim("accused", "theft", mali, "Accusation", inner)
    opened = dataset(story.done())
    kinds = {
        kind
        for claim in claims(opened.graphs)
        for kind in selected(opened, f"SELECT ?k {{ <{claim}> a ?k }}")
    }
    assert kinds == {("https://w3id.org/communique/ontology#Statement",)}


def test_a_claim_told_twice_rests_on_both_articles_under_either_name() -> None:
    """Where two articles tell one claim, both are sources, and the other article's own name leads to the same nanopublication."""
    again = retold(renunciation(), id="copy.txt", published=date(2022, 5, 9))
    opened = dataset(renunciation(), again)
    [(claim, alias)] = selected(opened, "SELECT ?c ?a { ?c a cq:Statement . ?a owl:sameAs ?c }")
    assert claim
    assert alias
    quads = nanopublication(opened.graphs, claim, BASE)
    assert nanopublication(opened.graphs, alias, BASE) == quads
    derived = {
        v for _, p, v in parts(quads)["provenance"] if p == NamedNode(PREFIXES["prov"] + "wasDerivedFrom")
    }
    assert len({str(value).partition("#")[0].rstrip(">") for value in derived}) == 2


def test_they_are_written_as_one_trig_file(made: Dataset) -> None:
    """All claims' graphs can be read back from one file, which names its prefixes once."""
    out = io.BytesIO()
    listed = claims(made.graphs)
    assert write_nanopublications(made.graphs, listed, out, BASE) == len(listed)
    assert out.getvalue().count(b"@prefix np:") == 1
    wanted = {quad for claim in listed for quad in nanopublication(made.graphs, claim, BASE)}
    assert set(parse(out.getvalue(), format=RdfFormat.TRIG)) == wanted


@pytest.mark.parametrize(
    "claim", ["http://localhost:8000/event/none", "http://localhost:8000/actor/mali", "x y", "urn:x"]
)
def test_what_is_no_claim_is_named(made: Dataset, claim: str) -> None:
    """An unknown IRI, one that is no claim's, and text that is no IRI are errors that repeat it."""
    with pytest.raises(StoreError, match=claim.replace(".", "[.]")):
        nanopublication(made.graphs, claim, BASE)


def test_the_command_writes_one_or_all(
    made: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`kg nanopublish` writes the claims that are named, or all; an unknown one ends it with exit code 1."""
    monkeypatch.chdir(tmp_path)
    with Dataset.open("kg-data", writable=True) as opened:
        for extraction in (earlier(), renunciation(), echo()):
            opened.ingest(extraction)
    run = CliRunner().invoke
    one = run(main, ["nanopublish", accusation(made)])
    assert one.exit_code == 0, one.stderr
    assert set(parse(one.stdout_bytes, format=RdfFormat.TRIG)) == {
        *nanopublication(made.graphs, accusation(made), BASE)
    }
    everything = run(main, ["nanopublish", "--output", "all.trig"])
    assert everything.stderr == f"{len(claims(made.graphs))} nanopublications\n"
    assert run(main, ["nanopublish", "http://localhost:8000/event/none"]).exit_code == 1
