"""What stands in which graph: the default graph, an article's, a claim's."""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import QuerySolutions

from kg.dataset.store import Dataset
from kg.errors import ArticleError
from kg.model import Extraction, Status
from tests.kg.datasets import ask, dataset, dumped, selected
from tests.kg.extractions import Telling, clashes, earlier, echo, renunciation, retold

LEAKY = ("Espionage", "Withdrawal", "Expulsion")  # only alleged, planned or supposed in the invented articles


@pytest.fixture(scope="module")
def told() -> Iterator[Dataset]:
    """The three invented articles together."""
    with dataset(renunciation(), echo(), earlier()) as made:
        yield made


def test_a_plain_query_finds_what_is_asserted(told: Dataset) -> None:
    """One node an event in the default graph, with class, label, roles and days."""
    query = "SELECT ?label ?who ?day { ?e a cq:Coup ; rdfs:label ?label ; cq:agent/rdfs:label ?who ; cq:earliest ?day }"
    assert selected(told, query) == [
        ("Coup by Assimi Goita concerning the president of Mali at Mali", "Assimi Goita", "2021-05-24")
    ]


@pytest.mark.parametrize("kind", LEAKY)
def test_nothing_alleged_planned_or_supposed_is_in_the_default_graph(told: Dataset, kind: str) -> None:
    """What is not asserted is found in a claim's or scenario's graph, and nowhere else."""
    assert not ask(told, f"?e a cq:{kind}")
    assert ask(told, f"GRAPH ?claim {{ ?e a cq:{kind} }}")


def test_articles_graphs_give_no_event_a_type_or_role(told: Dataset) -> None:
    """`GRAPH ?claim { ?e a ?type }` finds claims and scenarios only."""
    query = """SELECT ?g { GRAPH ?g { ?e a ?type } ?type rdfs:subClassOf* cq:Event .
        MINUS { ?g a/rdfs:subClassOf* cq:Claim } MINUS { ?g a cq:Scenario } }"""
    assert selected(told, query) == []
    assert not ask(
        told, "GRAPH ?g { ?article a schema:NewsArticle . ?e cq:agent|cq:target|cq:place|cq:concerns ?x }"
    )


def test_a_claims_graph_holds_what_it_says(told: Dataset) -> None:
    """The accusation's IRI names the graph in which the French army spies."""
    query = """SELECT ?speaker ?deed { ?claim a cq:Accusation ; cq:agent/rdfs:label ?speaker .
        GRAPH ?claim { ?deed a cq:Espionage ; cq:agent ?spy } ?spy cq:ofState/rdfs:label "France"@en }"""
    [(speaker, _)] = selected(told, query)
    assert speaker == "Mali"


def test_what_is_announced_stands_in_its_announcement(told: Dataset) -> None:
    """A plan told on somebody's word stands in the statement whose content tells it."""
    query = """SELECT ?words { ?claim a cq:Statement ; cq:content ?words . GRAPH ?claim { ?e a cq:Withdrawal } }"""
    assert selected(told, query) == [("its soldiers would leave by August",)]


def test_what_is_nobodys_claim_stands_in_a_scenario(told: Dataset) -> None:
    """A condition that nobody voices has a graph of its own, named and labelled in the default graph."""
    query = "SELECT ?label { ?s a cq:Scenario ; rdfs:label ?label . GRAPH ?s { ?e a cq:Expulsion } }"
    assert selected(told, query) == [("Scenario: Expulsion by Mali concerning envoys (hypothetical)",)]


def test_an_attribution_without_a_speech_event_is_a_claim(told: Dataset) -> None:
    """That France said so is an event in the default graph, with speaker, words and passage."""
    query = """SELECT ?who ?words ?exact { ?c a cq:Statement ; cq:agent/rdfs:label ?who ; cq:content ?words .
        GRAPH ?g { ?r cq:reports ?c ; cq:status cq:Asserted ; cq:passage/oa:exact ?exact } } ORDER BY ?who"""
    [(who, words, exact), _] = selected(told, query)
    assert (who, words) == ("France", "its soldiers would leave by August")
    assert str(words) in str(exact)


def test_every_passage_is_the_texts_slice(told: Dataset) -> None:
    """`oa:exact` is what stands at the offsets, and the IRI says the same offsets."""
    texts = {story.article.id: story.article.text for story in (renunciation(), echo(), earlier())}
    query = """SELECT ?id ?p ?exact ?start ?end { GRAPH ?g { ?a a schema:NewsArticle ; dcterms:identifier ?id .
        ?p a cq:Passage ; oa:exact ?exact ; oa:start ?start ; oa:end ?end } }"""
    rows = selected(told, query)
    assert len(rows) >= 9
    for id, passage, exact, start, end in rows:
        assert texts[str(id)][int(str(start)) : int(str(end))] == exact
        assert str(passage).endswith(f"#char={start},{end}")


def test_an_alleging_report_points_to_the_event_that_another_asserts(told: Dataset) -> None:
    """One event, told earliest on Mali's word and then as fact: the default graph has it, both reports are of it."""
    query = """SELECT ?id ?status { ?e a cq:AgreementRenunciation . GRAPH ?g { ?a dcterms:identifier ?id .
        ?r cq:reports ?e ; cq:status ?status } } ORDER BY ?id"""
    statuses = [(id, str(status).partition("#")[2]) for id, status in selected(told, query)]
    assert statuses == [("first.txt", "Asserted"), ("second.txt", "Asserted"), ("zeroth.txt", "Alleged")]


def test_the_report_told_earliest_names_the_event(told: Dataset) -> None:
    """The other articles' names for it stay aliases."""
    query = "SELECT ?alias ?e { ?alias owl:sameAs ?e . ?e a cq:AgreementRenunciation }"
    rows = selected(told, query)
    assert len(rows) == 2
    assert {e for _, e in rows} < {
        q
        for (q,) in selected(
            told, "SELECT ?own { GRAPH ?g { ?a dcterms:identifier 'zeroth.txt' . ?r cq:toldEvent ?own } }"
        )
    }


def test_the_roles_of_a_merely_alleged_account_stay_out_of_the_default_graph() -> None:
    """An article that only alleges adds no role to the event that another asserts."""
    helper = Telling(
        "helper.txt", "Mali says that France helped Assimi Goita to seize power in Mali.", date(2021, 5, 28)
    )
    mali = helper.actor("Mali", "State", "MLI", "state/MLI")
    france = helper.actor("France", "State", "FRA", "state/FRA")
    goita = helper.actor("Assimi Goita", "Person", "MLI")
    day = date(2021, 5, 24)
    helper.event(
        "Coup",
        "seize",
        agents=(goita, france),
        places=(mali,),
        days=(day, day),
        status=Status.ALLEGED,
        sources=(mali,),
    )
    with dataset(helper.done(), earlier()) as made:
        assert selected(made, "SELECT ?who { ?e a cq:Coup ; cq:agent/rdfs:label ?who }") == [
            ("Assimi Goita",)
        ]
        assert len(selected(made, "SELECT ?who { GRAPH ?s { ?e a cq:Coup ; cq:agent ?who } }")) == 2


def test_a_speech_event_that_is_only_alleged_is_no_fact() -> None:
    """That A accused B is itself only said: neither the accusation nor its deed is in the default graph."""
    story = Telling("nested.txt", "The union said Mali accused France of spying.", date(2022, 5, 5))
    union = story.actor("Lake States Union", "InternationalBody")
    mali = story.actor("Mali", "State", "MLI", "state/MLI")
    france = story.actor("France", "State", "FRA", "state/FRA")
    story.claim("said", "Mali accused France of spying", union)
    accusation = story.event("Accusation", "accused", agents=(mali,), targets=(france,), content="of spying",
                             status=Status.ALLEGED, sources=(union,))  # fmt: skip
    story.claim("accused", "of spying", mali, "Accusation", accusation)
    story.event(
        "Espionage", "spying", agents=(france,), status=Status.ALLEGED, sources=(mali,), claim=accusation
    )
    with dataset(story.done()) as made:
        assert not ask(made, "?e a cq:Accusation")
        assert not ask(made, "?e a cq:Espionage")
        assert ask(
            made,
            "?s a cq:Statement . GRAPH ?s { ?a a cq:Accusation ; cq:content ?c } GRAPH ?a { ?e a cq:Espionage }",
        )


def test_what_rests_on_somebodys_word_is_never_asserted() -> None:
    """A report with a source is alleged at best, even if a stage called it asserted."""
    story = earlier()
    sure = replace(story.reports[0], status=Status.ASSERTED)
    with dataset(replace(story, reports=(sure, *story.reports[1:]))) as made:
        assert not ask(made, "?e a cq:AgreementRenunciation")


def test_a_state_is_described_though_only_its_army_is_named() -> None:
    """`cq:ofState` leads to a state with kind, label and links."""
    day = date(2031, 5, 2)
    with dataset(clashes(1, day, day)) as made:
        rows = selected(
            made,
            'SELECT ?name ?link { ?army a cq:ArmedForce ; cq:ofState ?s . ?s a cq:State ; rdfs:label ?name ; skos:exactMatch ?link FILTER(CONTAINS(STR(?link), "wikidata")) }',
        )
        assert (
            rows == [("Democratic Republic of the Congo", "http://www.wikidata.org/entity/Q974")]
            or len(rows) == 1
        )


def test_an_actor_has_one_label_and_all_its_names(told: Dataset) -> None:
    """Whatever articles call it, an actor of the tables keeps the tables' label; the other names are added."""
    query = "SELECT ?label ?alt { ?a a cq:State ; rdfs:label ?label OPTIONAL { ?a skos:altLabel ?alt } } ORDER BY ?label ?alt"
    assert [row for row in selected(told, query) if row[0] == "Mali"] == [
        ("Mali", "Bamako"),
        ("Mali", "Republic of Mali"),
    ]


@pytest.mark.parametrize(("claims", "copies"), [(1, 1), (2, 2), (3, 1), (5, 1)])
def test_an_event_of_many_claims_has_its_class_in_each_and_its_roles_once(claims: int, copies: int) -> None:
    """Where more than a few tell it, copies of roles in every claim's graph would multiply the answers over all graphs."""
    names = ("Kelda", "Orst", "Brun", "Timm", "Vael")[:claims]
    story = Telling(
        "many.txt", " ".join(f"{name} said{n} Zarn attack{n}." for n, name in enumerate(names)), None
    )
    zarn = story.actor("Zarn", "State")
    attack = ""
    for number, name in enumerate(names):
        speaker = story.actor(name, "State")
        saying = story.event("Accusation", f"said{number}", agents=(speaker,), content=f"Zarn attack{number}")
        story.claim(f"said{number}", f"Zarn attack{number}", speaker, "Accusation", saying)
        if attack:
            story.report(attack, Status.ALLEGED, f"attack{number}", (speaker,))
        else:
            attack = story.event(
                "Attack", "attack0", agents=(zarn,), status=Status.ALLEGED, sources=(speaker,), claim=saying
            )
    with dataset(story.done()) as made:
        assert len(selected(made, "SELECT DISTINCT ?g { GRAPH ?g { ?e a cq:Attack } }")) == claims
        assert len(selected(made, "SELECT ?g { GRAPH ?g { ?e a cq:Attack ; cq:agent ?who } }")) == copies


def test_an_actor_of_many_names_keeps_the_shortest_proper_ones() -> None:
    """At most eight alternative names stand, whatever the order in which articles tell them; gone ones give room again."""
    called = [
        f"{word} Front of Kelda"
        for word in ("New", "Old", "Red", "Sea", "Low", "Top", "Far", "Sun", "Ice", "Ash")
    ]
    stories = []
    for number, name in enumerate(called):
        story = Telling(f"{number}.txt", f"{name} was quiet.", None)
        story.actor("Kelda Front", "ArmedGroup", names=(name,))
        stories.append(story.done())
    query = "SELECT ?alt { ?a rdfs:label 'Kelda Front'@en ; skos:altLabel ?alt } ORDER BY ?alt"
    with dataset(*stories) as made, dataset(*reversed(stories)) as turned:
        assert [alt for (alt,) in selected(made, query)] == sorted(called)[:8]
        assert selected(turned, query) == selected(made, query)
        made.delete("9.txt")
        assert [alt for (alt,) in selected(made, query)] == sorted(called[:9])[:8]


def test_unsure_links_are_candidates_and_no_match() -> None:
    """What an actor may be is kept with the article, and links nothing."""
    story = Telling("maybe.txt", "Kelda was quiet.", None)
    story.actor("Kelda", "Place", candidates=("http://www.wikidata.org/entity/Q1",))
    with dataset(story.done()) as made:
        assert ask(made, "GRAPH ?g { ?a cq:toldCandidate ?x }")
        assert not ask(made, "?a skos:exactMatch ?x")


def test_the_contracts_queries_answer(told: Dataset, shared: Path) -> None:
    """Each of the five gives rows; of events one a report, of claims one a claim and passage."""
    rows = {}
    for file in sorted((shared / "contract").glob("*.rq")):
        answer = told.query(file.read_text(encoding="utf-8"))
        assert isinstance(answer, QuerySolutions)
        rows[file.stem] = list(answer)
    reports = selected(told, "SELECT ?r { GRAPH ?g { ?r a cq:Report } }")
    assert len(rows["events"]) == len(reports)
    assert {str(row["type"].value) for row in rows["claims"]} == {"Accusation", "Denial", "Statement"}
    assert len(rows["claims"]) == 4
    assert {row["article"].value for row in rows["events"]} == {"first.txt", "second.txt", "zeroth.txt"}
    contested = {(row["type"].value, row["sayer"].value, row["denier"].value) for row in rows["contested"]}
    assert contested == {("Espionage", "Mali", "France")}
    assert len(rows["contested"]) == 2  # denied in both articles
    assert rows["agreements"]
    assert rows["actors"]


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(HOSTILE, HOSTILE, st.text(max_size=12), st.none() | st.text(st.characters(exclude_categories=["Cs"])))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_hostile_strings_come_back_as_they_went_in(
    name: str, words: str, language: str, title: str | None
) -> None:
    """Quotes, control characters, right-to-left marks and broken language tags neither break nor change a passage."""
    story = Telling(
        "h.txt", f"§ {words}", date(2031, 5, 2), title, language.encode("utf-8", "ignore").decode()
    )
    who = story.actor(name, "ArmedGroup")
    story.claim("§", words, who)
    with dataset(story.done()) as made:
        assert selected(made, "SELECT ?words { ?c a cq:Statement ; cq:content ?words }") == [(words,)]
        assert selected(made, "SELECT ?exact { GRAPH ?g { ?p oa:exact ?exact } }") == [(f"§ {words}",)]
        [(label,)] = selected(made, "SELECT ?label { ?a a cq:ArmedGroup ; rdfs:label ?label }")
        assert label
        assert not any(unicodedata.category(c) == "Cc" for c in label)
        assert not made.ingest(story.done())
        assert made.delete("h.txt")


def faulty() -> list[tuple[str, Extraction]]:
    """Extractions that must not be stored, with the reason."""
    story = renunciation()
    event, claim, actor = story.events[0], story.claims[0], story.actors[1]
    moved = replace(event.passage, start=event.passage.start + 1)
    return [
        ("has no id", retold(story, id=" ")),
        ("is not", replace(story, events=(replace(event, passage=moved), *story.events[1:]), reports=())),
        ("no event class", replace(story, events=(replace(event, type="Quarrel"), *story.events[1:]))),
        ("no event class", replace(story, claims=(replace(claim, type="Mutter"), *story.claims[1:]))),
        ("beneath cq:Actor", replace(story, actors=(replace(actor, kind="Event"), *story.actors))),
        ("not among the actors", replace(story, actors=story.actors[1:])),
        ("not among the events", replace(story, events=story.events[1:])),
        ("not among the agreements", replace(story, agreements=())),
        (
            "before it begins",
            replace(story, events=(replace(event, earliest=date(2022, 6, 1)), *story.events[1:])),
        ),
        (
            "is no IRI",
            replace(
                story, actors=(replace(actor, links=(replace(actor.links[0], iri="Q912"),)), *story.actors)
            ),
        ),
        ("surrogate", retold(story, title="half \ud83d")),
    ]


@pytest.mark.parametrize(("reason", "story"), faulty(), ids=[reason for reason, _ in faulty()])
def test_what_would_break_the_shapes_is_refused_whole(reason: str, story: Extraction) -> None:
    """An unfit extraction is named with article and reason, and leaves the dataset as it was."""
    with dataset(echo()) as made:
        before = dumped(made)
        with pytest.raises(ArticleError, match=reason):
            made.ingest(story)
        assert dumped(made) == before
