"""One line of English for an event: its label, made from its class, its roles and its trigger."""

from collections.abc import Mapping, Sequence

from kg.mint import words_of
from kg.model import Claim, Event, Extraction, Participant, Sentence, Status

OBJECTS = frozenset({"dobj", "obj", "nsubjpass", "nsubj:pass"})
LONGEST = 80  # characters of quoted content


def event_label(event: Event, extraction: Extraction, contents: Sequence[str] = ()) -> str:
    """A sentence where the trigger makes one ("Mali renounced three agreements"), else class and roles.

    What is not asserted says so.
    """
    names = {actor.key: actor.label for actor in extraction.actors}
    things = {agreement.key: agreement.label for agreement in extraction.agreements}
    agents, targets = _list(event.agents, names), _list(event.targets, names)
    objects = targets or _and([things[key] for key in event.concerns])
    verb = _past(event, extraction.sentences) if event.status is Status.ASSERTED else ""
    if agents and verb and objects and not contents:
        return f"{agents} {verb} {objects}"
    return _phrase(event, agents, objects, _list(event.places, names)) + _said(contents)


def claim_label(claim: Claim, extraction: Extraction) -> str:
    """The same for an attribution that is no event of its own."""
    names = {actor.key: actor.label for actor in extraction.actors}
    speaker = _list([claim.speaker] if claim.speaker else [], names)
    return (
        words_of(claim.type).capitalize()
        + (f" by {speaker}" if speaker else "")
        + _said([claim.content.text])
    )


def _phrase(event: Event, agents: str, objects: str, places: str) -> str:
    words = words_of(event.type).capitalize()
    words += f" by {agents}" if agents else ""
    words += f" concerning {objects}" if objects else ""
    words += f" at {places}" if places else ""
    return words + ("" if event.status is Status.ASSERTED else f" ({event.status.lower()})")


def _past(event: Event, sentences: Sequence[Sentence]) -> str:
    """The trigger where it is a verb in the past tense, or its like, with an object; else empty."""
    if not 0 <= event.sentence < len(sentences) or not 0 <= event.head < len(
        sentences[event.sentence].tokens
    ):
        return ""
    sentence = sentences[event.sentence]
    token = sentence.tokens[event.head]
    past = token.tag == "VBD" or (token.tag == "VBN" and token.text.endswith("ed"))
    has_object = any(sentence.tokens[child].dep in OBJECTS for child in sentence.children[event.head])
    return token.text.lower() if past and has_object else ""


def _said(contents: Sequence[str]) -> str:
    if not contents:
        return ""
    words = " ".join(contents[0].split())
    return (
        f": {words}"
        if len(words) <= LONGEST
        else f": {words[:LONGEST].rpartition(' ')[0] or words[:LONGEST]}…"
    )


def _list(participants: Sequence[Participant], names: Mapping[str, str]) -> str:
    return _and(list(dict.fromkeys(names[p.actor] for p in participants)))


def _and(names: Sequence[str]) -> str:
    if len(names) > 3:
        return f"{names[0]}, {names[1]} and {len(names) - 2} others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
