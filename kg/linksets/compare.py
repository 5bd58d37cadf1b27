"""Stage: an actor of ours and what outside services propose for it → proposed links, each with how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from kg.authority import fold, sound
from kg.linksets.confidence import Weights
from kg.linksets.links import CLOSE, EXACT, Link
from kg.linksets.unlinked import Unlinked


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a service proposes for an actor."""

    iri: str
    names: tuple[str, ...]  # the first is shown
    sure: bool  # the service says that this is it
    said: str  # further words of the service: its score, type, description


def compare(
    actor: Unlinked, proposals: Sequence[Proposal], weights: Weights, source: str
) -> tuple[Link, ...]:
    """A link for each proposal. It is exact only where the service is sure and the names are the same and nobody else's."""
    agreed = {proposal.iri: _agreement(actor, proposal) for proposal in proposals}
    namesakes = sum(agreement == "same" for agreement in agreed.values())
    links = []
    for proposal in proposals:
        agreement = agreed[proposal.iri]
        rival = namesakes > (agreement == "same")
        worth = weights.name[agreement] * weights.service["match" if proposal.sure else "candidate"]
        exact = proposal.sure and agreement == "same" and not rival
        grounds = [f"names: {agreement}", *(["another has the same name"] if rival else []), proposal.said]
        link = Link(
            subject=actor.iri,
            predicate=EXACT if exact else CLOSE,
            object=proposal.iri,
            subject_label=actor.names[0],
            object_label=proposal.names[0] if proposal.names else "",
            justification="semapv:LexicalMatching",
            confidence=round(worth * (weights.service["rival"] if rival else 1), 3),
            comment="; ".join(filter(None, grounds)),
            source=source,
        )
        links.append(link)
    return tuple(sorted(links))


def _agreement(actor: Unlinked, proposal: Proposal) -> str:
    """How the names agree: a key of [name]."""
    ours, theirs = ({fold(name) for name in names} for names in (actor.names, proposal.names))
    if ours & theirs:
        return "same"
    if {*filter(None, map(sound, actor.names))} & {*filter(None, map(sound, proposal.names))}:
        return "sound"
    words = [[{*name.split()} for name in names if name] for names in (ours, theirs)]
    return "part" if any(a <= b or b <= a for a in words[0] for b in words[1]) else "other"
