"""What the story leaves understood of a deed told without a date."""

from datetime import date, timedelta

from kg.dating.clauses import WITHIN_CLAUSE, in_clause, is_before_story, is_narrative
from kg.dating.hang import outermost
from kg.model import BlockKind, Event, Sentence, TimeExpression
from kg.reading import Reading

NEWS = timedelta(days=3)  # a daily's lead tells what came about since the last one, weekends included
WEEK = timedelta(days=7)
LEAD = 2  # paragraphs
ASIDE = frozenset({"relcl", "acl", "appos"})


class Story:
    """The days from which an article tells, paragraph by paragraph."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._days: dict[int, list[tuple[int, date]]] = {}  # by paragraph: where each ends, and the day
        for sentence in reading.sentences:
            for time in reading.times[sentence.index]:
                if (
                    time.earliest
                    and time.earliest <= (reading.published or date.max)
                    and _is_told(sentence, time)
                ):
                    self._days.setdefault(sentence.block, []).append((time.end, time.earliest))
        self._recent = self._latest_of_the_week()
        self._began = min(self._recent.values(), default=None)
        body = [n for n, block in enumerate(reading.article.blocks) if block.kind is BlockKind.PARAGRAPH]
        self._lead_ends = body[LEAD - 1] if len(body) >= LEAD else len(reading.article.blocks)

    def not_before(self, event: Event) -> date | None:
        """The first day on which the deed can have happened: lately if it is the news, else not before what was told last."""
        published = self._reading.published
        if published and self._is_news(event):
            return published - NEWS
        if any(time.kind == "DURATION" for time in self._reading.times[event.sentence]):
            return None  # "for nine years it was an ally" is no step of the story
        return self._last_told(event) or self._episode(event)

    def _last_told(self, event: Event) -> date | None:
        """A story in the past tense goes forward; a flashback ends with its paragraph."""
        here = self._reading.sentences[event.sentence]
        at = event.head
        while in_clause(here, at) and here.tokens[at].tag != "VBD":
            at = here.tokens[at].head
        if not is_narrative(here, at):
            return None
        told = [day for end, day in self._days.get(here.block, ()) if end <= here.tokens[at].start]
        before = [day for _, day in self._days.get(here.block - 1, ())]
        recent = self._recent.get(here.block)
        return told[-1] if told else max([*before, *([recent] if recent else [])], default=None)

    def _episode(self, event: Event) -> date | None:
        """The first day of the week's story, for what is told of it: "Arvania says that ten have been killed"."""
        here = self._reading.sentences[event.sentence]
        at = event.head
        while in_clause(here, at) and here.tokens[at].pos not in ("VERB", "AUX"):
            at = here.tokens[at].head
        told = here.tokens[at].dep == "ccomp" or is_narrative(here, at)
        return self._began if told else None

    def _is_news(self, event: Event) -> bool:
        """Whether the headline or the lead tells it in its main clause: "Arvania has expelled two diplomats"."""
        here = self._reading.sentences[event.sentence]
        if here.block > self._lead_ends or here.kind not in (BlockKind.HEADING, BlockKind.PARAGRAPH):
            return False
        at = event.head
        while here.tokens[at].dep in WITHIN_CLAUSE:
            at = here.tokens[at].head
        return here.tokens[at].head == at and not is_before_story(here, at)

    def _latest_of_the_week(self) -> dict[int, date]:
        """By paragraph the latest day that those before it told, of the week before publication."""
        published, latest, found = self._reading.published, None, {}
        if published is None:
            return {}
        for block in range(len(self._reading.article.blocks)):
            if latest:
                found[block] = latest
            near = [day for _, day in self._days.get(block, ()) if published - day <= WEEK]
            latest = max([*near, *([latest] if latest else [])], default=None)
        return found


def _is_told(here: Sentence, time: TimeExpression) -> bool:
    """Whether a date stands in the story's own clauses, not in one about a person or thing of it, nor as a length of time."""
    if time.kind not in ("DATE", "TIME"):
        return False
    at = outermost(here, time)
    while here.tokens[at].head != at:
        if here.tokens[at].dep in ASIDE:
            return False
        at = here.tokens[at].head
    return True
