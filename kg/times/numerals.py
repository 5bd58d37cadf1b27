"""How many: the numerals before a unit of time, and TIMEX3 durations made of them."""

from collections.abc import Sequence

from kg.times.words import Word

DIGITS = ("n0", "n12", "n23", "n24", "n31", "n59", "n99", "n999", "n9999", "year", "big", "decimal")
FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
SMALLER = {
    "TH": ("TM", 60),
    "Y": ("M", 12),
    "D": ("TH", 24),
}  # where halves are told in the next smaller unit


def amount(words: Sequence[Word]) -> float | None:
    """The number that the words tell; 1 without a numeral before a single unit, None where it is vague.

    >>> amount([])
    1
    """
    kinds = [word.kind for word in words]
    if "vague" in kinds or "recent" in kinds or _is_choice(words):
        return None
    if not any(kind in (*DIGITS, "fraction", "number_word", "multiple", "half") for kind in kinds):
        return None if "units" in kinds or "old" in kinds or "long" in kinds and "units" in kinds else 1
    total = group = 0.0
    for word in words:
        if word.kind in DIGITS:
            group += float(word.value.replace(",", ""))
        elif word.kind == "number_word":
            group += int(word.value)
        elif word.kind == "fraction":
            group += _fraction(word.value)
        elif word.kind == "multiple":
            total, group = total + (group or 1) * int(word.value), 0.0
        elif word.kind == "half":
            group += 0.5
    if "half" in kinds and not any(
        kind in (*DIGITS, "number_word", "multiple") for kind in kinds[: kinds.index("half")]
    ):
        return 1.5 if "and" in kinds else 0.5
    return total + group


def _is_choice(words: Sequence[Word]) -> bool:
    """Between two numbers: "two or three", "10 to 15", "3-4"."""
    for before, word, after in zip(words, words[1:], words[2:], strict=False):
        if word.kind in ("or", "to") or (
            word.kind == "hyphen" and before.kind in DIGITS and after.kind in DIGITS
        ):
            return True
    return False


def _fraction(text: str) -> float:
    if text in FRACTIONS:
        return FRACTIONS[text]
    above, below = text.split("/")
    return int(above) / int(below) if int(below) else 0.0


def units_of(number: float | None, unit: str) -> str | None:
    """The TIMEX3 duration of so many units; "X" for a vague number.

    >>> units_of(9, "Y"), units_of(5.5, "TH"), units_of(None, "D"), units_of(2, "10Y")
    ('P9Y', 'PT5H30M', 'PXD', 'P20Y')
    """
    time, size, letter = "T" if unit[0] == "T" else "", int(unit.lstrip("T")[:-1] or 1), unit[-1]
    if number is None:
        return f"P{time}X{letter}"
    number *= size
    if number == int(number):
        return f"P{time}{int(number)}{letter}"
    if unit in SMALLER and (number * SMALLER[unit][1]).is_integer():
        return _mixed(number, unit)
    return f"P{time}{number:g}{letter}"


def _mixed(number: float, unit: str) -> str:
    smaller, size = SMALLER[unit]
    whole, rest = int(number), round(number % 1 * size)
    begin = f"P{'T' if unit[0] == 'T' else ''}" + (f"{whole}{unit[-1]}" if whole else "")
    between = "T" if smaller[0] == "T" and not begin.startswith("PT") else ""
    return f"{begin}{between}{rest}{smaller[-1]}"
