"""One line of English for an event: its label, made from its class, its roles and its trigger."""

import re
from collections.abc import Mapping, Sequence

from kg.mint import words_of
from kg.model import Claim, Event, Extraction, Participant, Span, Status

BREAKS = re.compile(r"[,;:“”\"()\[\]–—]")  # what follows is another part of the sentence
LONGEST = 80  # characters of quoted content


def event_label(event: Event, extraction: Extraction, contents: Sequence[str] = ()) -> str:
    """A sentence where the trigger makes one ("Mali renounced three agreements"), else class and roles.

    What is not asserted says so.
    """
    names = {actor.key: actor.label for actor in extraction.actors}
    things = {agreement.key: agreement.label for agreement in extraction.agreements}
    agents, targets = _list(event.agents, names), _list(event.targets, names)
    objects = targets or _and([things[key] for key in event.concerns])
    if event.status is Status.ASSERTED and not contents and (clause := _clause(event, extraction, agents)):
        return clause
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


def _clause(event: Event, extraction: Extraction, agents: str) -> str:
    """The article's own words from a verb to whom or where it leads ("renounced three agreements"), a passive from whom it befalls."""
    tokens = (
        extraction.sentences[event.sentence].tokens if 0 <= event.sentence < len(extraction.sentences) else ()
    )
    if not 0 <= event.head < len(tokens) or tokens[event.head].pos != "VERB":
        return ""
    trigger, text = event.trigger, extraction.article.text
    things: list[Span] = [m for g in extraction.agreements if g.key in event.concerns for m in g.mentions]
    roles: list[Span | Participant] = [*event.targets, *event.places, *things]
    ends = [span.end for span in roles if trigger.end <= span.start < event.passage.end]
    starts = [
        span.start
        for span in event.targets
        if event.passage.start <= span.start and span.end <= trigger.start
    ]
    passive = any(
        tokens[i].dep == "auxpass" for i in extraction.sentences[event.sentence].children[event.head]
    )
    if passive and starts:
        words = text[max(starts) : trigger.end] + (f" by {agents}" if agents else "")
    elif ends and agents and tokens[event.head].tag in ("VBD", "VBZ", "VBP"):
        words = f"{agents} {text[trigger.start : min(ends)]}"
    else:
        return ""
    words = " ".join(words.split())
    return words if len(words) <= LONGEST and not BREAKS.search(words) else ""


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
