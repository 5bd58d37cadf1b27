"""What each reading of the grammar means: the words of a time and where it stands → a TIMEX3 value.

Without a publication date relative times keep their known part and "X" for the rest ("XXXX-03" for "in March").
"""

from collections.abc import Callable, Mapping, Sequence

from kg.times.anchor import Anchor, Reading, first
from kg.times.dates import (
    read_calendar_day,
    read_day_after,
    read_holiday,
    read_month,
    read_numeric,
    read_some_day,
    read_week_of,
)
from kg.times.lengths import read_ago, read_duration, read_frequency, read_later, read_window
from kg.times.periods import (
    read_century,
    read_decade,
    read_fiscal,
    read_half,
    read_quarter,
    read_range_end,
    read_season,
    read_shifted_unit,
    read_weekend,
    read_year,
)
from kg.times.weekdays import read_clock, read_deictic, read_part_of_day, read_weekday
from kg.times.words import Word

Reader = Callable[[Sequence[Word], Anchor], Reading | None]


def read(reading: str, words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """The meaning of a time; None where the words turn out to be none."""
    return READERS[reading](words, anchor)


def read_no_time(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """Somebody's age dates nothing."""
    return None


def read_reference(words: Sequence[Word], anchor: Anchor) -> Reading | None:
    """The present or future as such."""
    word = first(words, "reference", "future")
    return Reading(word.value) if word else None


READERS: Mapping[str, Reader] = {
    "age": read_no_time,
    "ago": read_ago,
    "calendar_day": read_calendar_day,
    "century": read_century,
    "clock": read_clock,
    "decade": read_decade,
    "day_after": read_day_after,
    "deictic": read_deictic,
    "duration": read_duration,
    "fiscal": read_fiscal,
    "frequency": read_frequency,
    "half": read_half,
    "holiday": read_holiday,
    "later": read_later,
    "month": read_month,
    "numeric": read_numeric,
    "part_of_day": read_part_of_day,
    "quarter": read_quarter,
    "range_end": read_range_end,
    "reference": read_reference,
    "season": read_season,
    "some_day": read_some_day,
    "shifted_unit": read_shifted_unit,
    "week_of": read_week_of,
    "weekday": read_weekday,
    "weekend": read_weekend,
    "window": read_window,
    "year": read_year,
}
