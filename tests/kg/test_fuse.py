"""Which tellings within an article are of one happening."""

import pytest

from kg.pipeline import Pipeline
from kg.read import article_from_record

RETOLD = [
    ("Chad", "Killing", "Rebels killed 20 Chadian soldiers on Monday. Chad said 20 troops were killed.", 1),
    ("counts", "Killing", "Rebels killed 20 Chadian soldiers. A mine killed 35 Kenyan soldiers.", 2),
    ("wish", "Clash", "Chad is fighting rebels of the Northern Front. The fighting must end.", 1),
    ("years", "Coup", "Niger had a coup in 2010. The coup of 2023 in Niger was the fifth.", 2),
    ("places", "Seizure", "Rebels seized Gao on Monday. Rebels seized Kidal on Tuesday.", 2),
]


@pytest.mark.parametrize(("name", "type_", "text", "count"), RETOLD, ids=[row[0] for row in RETOLD])
def test_tellings_are_joined_by_who_when_and_how_many(
    pipeline: Pipeline, name: str, type_: str, text: str, count: int
) -> None:
    """A number of people and "the fighting" take up what was told; other years, places or numbers are other happenings."""
    record = {"id": name, "text": text, "published": "2024-03-14"}
    events = pipeline.extract(article_from_record(record, "row")).events
    assert sum(event.type == type_ for event in events) == count


def test_a_killing_has_the_doers_of_the_attack_it_befell_in(pipeline: Pipeline) -> None:
    """Where one sentence tells of deaths in an attack and another who attacked, those who attacked killed."""
    text = "Rebels attacked a convoy near Gao. Five farmers were killed in the attack."
    record = {"id": "killers", "text": text, "published": "2024-03-14"}
    events = pipeline.extract(article_from_record(record, "row")).events
    killing = next(event for event in events if event.type == "Killing")
    assert [doer.text for doer in killing.agents] == ["Rebels"]
