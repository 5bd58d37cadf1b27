"""The tables of known actors, places and bodies (`seeds/authority`), and the questions that stages ask of them.

A name is found by its folded key: letter case, accents, dots, hyphens, apostrophes and a leading article do not count.
Two things still do. A name all in capitals ("US", "WHO", "IS") is only found by a word all in capitals, and no name
with a capital in it is found by words without one: "turkey" is not the state, "who" not the health organisation.
"""

import csv
import functools
import itertools
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.errors import TableError

FOLDER = Path(__file__).resolve().parent.parent / "seeds" / "authority"

# Tables of entries, all of one shape (COLUMNS); states.csv has its own.
ENTRY_TABLES = (
    "governments.csv",
    "bodies.csv",
    "bodies.share-alike.csv",
    "groups.csv",
    "places.csv",
    "places.share-alike.csv",
    "people.csv",
)
COLUMNS = [
    *("id", "name", "kind", "aliases", "state", "wikidata", "geonames"),
    *("valid_from", "valid_to", "offices", "weight", "source"),
]
# Tables rank what has no inhabitants by prominence, 1 to 3; this makes it comparable with places of the same name.
RANKS = {"1": 1_000_000, "2": 100_000, "3": 10_000}

# Letters that Unicode does not decompose into a base letter and a mark, and marks that stand inside names.
_LETTERS = str.maketrans(dict(zip("øłđðıə", "olddie", strict=True)) | {"þ": "th", "æ": "ae", "œ": "oe"})
_MARKS = str.maketrans(dict.fromkeys(".'’‘ʻʼ`") | dict.fromkeys("-–,_", " "))
# Spellings of one sound in names that came from other scripts (Mohamed, Muhammad; Yusuf, Youssouf; Zelensky, Zelenskiy),
# and British and American endings (Organisation, Organization); applied in this order.
_SOUNDS = (
    ("ou", "u"),
    ("oo", "u"),
    ("ee", "i"),
    ("ph", "f"),
    ("kh", "k"),
    ("dj", "j"),
    ("th", "t"),
    ("z", "s"),
)
_VOWELS = str.maketrans("yeoq", "iauk")
_ARTICLES = frozenset({"al", "el", "ul"})


@functools.lru_cache(maxsize=1 << 16)
def fold(name: str) -> str:
    """The key by which a name is found.

    >>> fold("The Côte d’Ivoire"), fold("U.S."), fold("Guinea-Bissau")
    ('cote divoire', 'us', 'guinea bissau')
    """
    folded = name.casefold()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded.translate(_MARKS))
        folded = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_LETTERS)
    return " ".join(folded.translate(_MARKS).split()).removeprefix("the ")


def sound(name: str) -> str:
    """A coarser key, the same for the usual spellings of a name of several words; empty for a single word.

    >>> sound("Ibrahim Bubacar Keita") == sound("Ibrahim Boubacar Keïta")
    True
    """
    words = [word for word in fold(name).split() if word not in _ARTICLES]
    return " ".join(map(_sound_of_word, words)) if len(words) > 1 else ""


@functools.lru_cache(maxsize=1 << 16)
def _sound_of_word(word: str) -> str:
    for spelling, sound in _SOUNDS:
        word = word.replace(spelling, sound)
    letters = [letter for letter, _ in itertools.groupby(word.translate(_VOWELS))]
    return "".join(letters)


@dataclass(frozen=True, slots=True)
class Entry:
    """One known actor, place, agreement or coup: a row of a table."""

    id: str  # stable and readable: "state/MLI", "person/assimi-goita"
    name: str
    kind: str  # local name of an ontology class
    aliases: tuple[str, ...] = ()
    state: str | None = None  # ISO 3166-1 alpha-3 of the state that it is or belongs to
    wikidata: str | None = None  # Q…
    geonames: str | None = None
    valid_from: str | None = None  # first known day or year of office or existence: a prefix of an ISO date
    valid_to: str | None = None  # last one; None: no end known when the source was read
    offices: str = ""  # of a person: "President 2013-09-04/2020-08-18; Prime Minister 1994/2000"
    weight: int = 0  # inhabitants of a place or state; for others as many as their rank is worth (RANKS)
    source: str = ""  # keys of sources.csv

    @property
    def iris(self) -> tuple[str, ...]:
        """What it is called in Wikidata and GeoNames."""
        wikidata = (f"http://www.wikidata.org/entity/{self.wikidata}",) if self.wikidata else ()
        return wikidata + ((f"https://sws.geonames.org/{self.geonames}/",) if self.geonames else ())


@dataclass(frozen=True, slots=True)
class Demonym:
    """A word for what or who is of a state."""

    word: str
    state: str  # ISO 3166-1 alpha-3
    adjective: bool  # "Malian", "French"
    singular: bool  # "a Malian", "a Frenchman"
    plural: bool  # "Malians", "the French"


@dataclass(frozen=True, slots=True)
class Head:
    """A common noun that heads phrases for actors."""

    noun: str  # as in the table, singular where it has one
    kind: str  # local name of an ontology class, for the number asked for
    plural: bool
    collective: bool  # a singular that names many: "army", "government"
    title: bool  # it may stand before a name: "president"


@dataclass(frozen=True, slots=True)
class Title:
    """Words that stand before a person's name."""

    title: str
    office: str  # head-of-state, minister, military, courtesy …
    speaks: bool  # its holder speaks for the state


@dataclass(frozen=True, slots=True)
class Metonym:
    """A building or street whose name stands for who works there: "the Kremlin"."""

    name: str
    state: str  # ISO 3166-1 alpha-3
    kind: str  # of what it stands for: Government, Organisation


class Authority:
    """All tables of one folder, ready for look-ups. Use `Authority.load`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rows: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, list[tuple[str, str]]] = {}  # folded name -> (name as written, entry id)
        self._entries: dict[str, Entry] = {}
        self._demonyms: dict[str, list[Demonym]] = {}
        self._adjectives: dict[str, str] = {}
        self._capitals: dict[str, tuple[str, str]] = {}
        self._load_states()
        for table in ENTRY_TABLES:
            self._load_entries(table)
        self._heads = self._load_heads()
        self._titles = self._load_titles()
        self._metonyms = {
            fold(row["name"]): Metonym(row["name"], row["state"], row["kind"])
            for _, row in read_table(folder / "metonyms.csv")
        }

    @staticmethod
    def load(folder: Path = FOLDER) -> "Authority":
        """The tables of a folder, read once in a process.

        Raises:
            TableError: a table is missing or a row has no meaning.
        """
        return _load(folder)

    def lookup(self, name: str) -> tuple[Entry, ...]:
        """All that go by this name, the weightiest first (places and states by inhabitants); often more than one.

        >>> [entry.id for entry in Authority.load().lookup("DR Congo")]
        ['state/COD']
        """
        named = self._names.get(fold(name), ())
        ids = dict.fromkeys(id for written, id in named if _agree(name, written))
        return tuple(sorted((self.entry(id) for id in ids), key=lambda entry: (-entry.weight, entry.id)))

    def similar(self, name: str) -> tuple[Entry, ...]:
        """People, bodies and groups one of whose names, of several words, sounds like this one.

        >>> [entry.name for entry in Authority.load().similar("Ibrahim Bubacar Keita")]
        ['Ibrahim Boubacar Keïta']
        """
        ids = self._sounds.get(sound(name), ())
        return tuple(sorted(map(self.entry, ids), key=lambda entry: (-entry.weight, entry.id)))

    def by_surname(self, word: str) -> tuple[Entry, ...]:
        """All people whose last name this is, by the last word of their names."""
        return tuple(map(self.entry, self._surnames.get(fold(word), ()))) if word[:1].isupper() else ()

    @functools.cached_property
    def _sounds(self) -> dict[str, list[str]]:
        sounds: dict[str, list[str]] = {}
        for id, row in self._rows.items():
            if row[2] != "Place" and row[2] != "Coup":
                for key in dict.fromkeys(sound(name) for name in (row[1], *_split(row[3]))):
                    if key:
                        sounds.setdefault(key, []).append(id)
        return sounds

    @functools.cached_property
    def _surnames(self) -> dict[str, list[str]]:
        surnames: dict[str, list[str]] = {}
        for id, row in self._rows.items():
            if row[2] == "Person":
                words = (name.rpartition(" ")[2] for name in (row[1], *_split(row[3])))
                for word in dict.fromkeys(map(fold, words)):
                    surnames.setdefault(word, []).append(id)
        return surnames

    def entry(self, id: str) -> Entry:
        """The entry of this id.

        Raises:
            KeyError: there is none.
        """
        if id not in self._entries:
            self._entries[id] = _entry(self._rows[id])
        return self._entries[id]

    def get(self, id: str) -> Entry | None:
        """The entry of this id, or None."""
        return self.entry(id) if id in self._rows or id in self._entries else None

    def entries(self) -> Iterator[Entry]:
        """Every entry, in the tables' order."""
        return map(self.entry, [*self._entries, *(id for id in self._rows if id not in self._entries)])

    def state(self, iso3: str) -> Entry:
        """The state of this ISO 3166-1 alpha-3 code.

        Raises:
            KeyError: there is none.
        """
        return self._entries[f"state/{iso3}"]

    def demonyms(self, word: str) -> tuple[Demonym, ...]:
        """The states that a word like "Malian", "Malians" or "Frenchman" speaks of, the most populous first."""
        named = self._demonyms.get(fold(word), ())
        return tuple(demonym for demonym in named if word[:1].isupper() and _agree(word, demonym.word))

    def demonym(self, word: str) -> str | None:
        """The state (ISO 3166-1 alpha-3) a demonym speaks of; of several ("Congolese") the most populous."""
        return next((demonym.state for demonym in self.demonyms(word)), None)

    def adjective(self, iso3: str) -> str | None:
        """The usual adjective of a state: "Malian"."""
        return self._adjectives.get(iso3)

    def capital(self, name: str) -> str | None:
        """The state (ISO 3166-1 alpha-3) whose seat of government has this name, unless a weightier place has it too."""
        written, state = self._capitals.get(fold(name), ("", None))
        if not state or not _agree(name, written):
            return None
        return (
            state if next((e.state for e in self.lookup(name) if e.kind == "Place"), state) == state else None
        )

    def metonym(self, name: str) -> Metonym | None:
        """What a name like "the Kremlin" stands for."""
        metonym = self._metonyms.get(fold(name))
        return metonym if metonym and _agree(name, metonym.name) else None

    def kind_of_head(self, noun: str) -> Head | None:
        """What a noun makes of the phrase that it heads; the singular and the plural may differ.

        >>> authority = Authority.load()
        >>> authority.kind_of_head("soldier").kind, authority.kind_of_head("soldiers").kind
        ('Person', 'ArmedForce')
        """
        return self._heads.get(fold(noun))

    def is_title(self, words: str) -> bool:
        """Whether these words stand before names: "President", "Lt. Col.", "Foreign Minister"."""
        return fold(words) in self._titles

    def title(self, words: str) -> Title | None:
        """The title that these words are."""
        return self._titles.get(fold(words))

    def _load_states(self) -> None:
        rows = sorted(read_table(self.folder / "states.csv"), key=lambda at: -int(at[1]["population"] or 0))
        for line, row in rows:
            state = _state(row)
            if state.id in self._entries:
                raise TableError(str(self.folder / "states.csv"), line, f"{row['iso3']} stands here twice")
            self._entries[state.id] = state
            self._name(state.id, (state.name, *state.aliases))
            if row["adjectives"]:
                self._adjectives[row["iso3"]] = row["adjectives"].partition("|")[0]
            for demonym in _demonyms(row):
                self._demonyms.setdefault(fold(demonym.word), []).append(demonym)
            if row["status"] != "territory":
                for name in _split(row["capital"]):
                    self._capitals.setdefault(fold(name), (name, row["iso3"]))

    def _load_entries(self, table: str) -> None:
        for line, row in _read_rows(self.folder / table):
            if row[0] in self._rows:
                raise TableError(
                    str(self.folder / table), line, f"the id {row[0]} is taken; an id stands once"
                )
            self._rows[row[0]] = row
            self._name(row[0], (row[1], *_split(row[3])))

    def _name(self, id: str, names: Iterable[str]) -> None:
        for name in names:
            self._names.setdefault(fold(name), []).append((name, id))

    def _load_heads(self) -> dict[str, Head]:
        heads: dict[str, Head] = {}
        for _, row in read_table(self.folder / "heads.csv"):
            title, collective = row["title"] == "yes", row["number"] == "collective"
            noun = row["noun"] or row["plural"]
            heads.setdefault(fold(row["plural"]), Head(noun, row["plural_kind"], True, False, title))
            if row["noun"]:
                heads[fold(noun)] = Head(noun, row["kind"], False, collective, title)
        return heads

    def _load_titles(self) -> dict[str, Title]:
        titles: dict[str, Title] = {}
        for _, row in read_table(self.folder / "titles.csv"):
            title = Title(row["title"], row["office"], row["speaks"] == "yes")
            titles.update((fold(words), title) for words in (row["title"], *_split(row["variants"])))
        return titles


@functools.cache
def _load(folder: Path) -> Authority:
    return Authority(folder)


def read_table(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV table with their line numbers, by column.

    Raises:
        TableError: the file is missing, or a row has not as many fields as the heading.
    """
    rows = _rows(path)
    _, heading = next(rows)
    for line, row in rows:
        yield line, dict(zip(heading, row, strict=True))


def _read_rows(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Rows of an entry table as they stand, without the cost of a dictionary each."""
    rows = _rows(path)
    _, heading = next(rows)
    if heading != COLUMNS:
        raise TableError(str(path), 1, f"the heading is {','.join(heading)}; wanted {','.join(COLUMNS)}")
    for line, row in rows:
        yield line, tuple(row)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            width = None
            for row in reader:
                width = width or len(row)
                if len(row) != width:
                    raise TableError(
                        str(path), reader.line_num, f"{len(row)} fields; the heading has {width}"
                    )
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(str(path), None, f"cannot be read: {error}") from error
    if width is None:
        raise TableError(str(path), None, "is empty; wanted a heading and rows")


def _split(field: str) -> list[str]:
    return field.split("|") if field else []


def _entry(row: tuple[str, ...]) -> Entry:
    id, name, kind, aliases, state, wikidata, geonames, valid_from, valid_to, offices, weight, source = row
    return Entry(
        id, name, kind, tuple(_split(aliases)), state or None, wikidata or None, geonames or None,
        valid_from or None, valid_to or None, offices, RANKS.get(weight) or int(weight or 0), source,
    )  # fmt: skip


def _state(row: dict[str, str]) -> Entry:
    return Entry(
        id=f"state/{row['iso3']}",
        name=row["name"],
        kind="State",
        aliases=tuple([row["official"]] * bool(row["official"]) + _split(row["aliases"])),
        state=row["iso3"],
        wikidata=row["wikidata"] or None,
        geonames=row["geonames"] or None,
        valid_from=row["valid_from"] or None,
        valid_to=row["valid_to"] or None,
        weight=int(row["population"] or 0),
        source=row["source"],
    )


def _demonyms(row: dict[str, str]) -> list[Demonym]:
    """One for each word, however many forms it serves: "Swiss" is all three."""
    adjectives, one, many = (_split(row[column]) for column in ("adjectives", "nationals_one", "nationals"))
    words = dict.fromkeys([*adjectives, *one, *many])
    return [Demonym(word, row["iso3"], word in adjectives, word in one, word in many) for word in words]


def _agree(asked: str, written: str) -> bool:
    """Whether letter case and article of the name asked for allow the name as the table has it.

    An article in the table is part of the name ("The Times"); else a capital one only begins a sentence ("The Mali").
    """
    if asked.startswith("The ") != written.startswith("The ") and not asked.startswith("the "):
        return False
    return asked.isupper() if written.isupper() else written.islower() or not asked.islower()
