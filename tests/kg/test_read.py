"""Reading: what is an article's text and what is not, when it was published, and what cannot be read."""

import io
import json
import logging
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.articles.clean import markers
from kg.articles.dates import parse_date
from kg.errors import ArticleError, TableError
from kg.model import Article, BlockKind
from kg.read import article_from_record, article_from_text, read
from kg.settings import ROOT

CASES = json.loads((Path(__file__).parent / "read_blocks.json").read_text(encoding="utf-8"))
GOOD = "Arvania expelled the Belmoran envoy on Monday.\n\nBelmora protested against it.\n"
FRENCH = (
    "Le gouvernement de l’Arvanie a renoncé lundi aux accords de défense avec la Belmore, et les troupes qui étaient dans "
    "le pays depuis six ans doivent partir. Le ministre des affaires étrangères a dit que ce n’est pas la fin des relations "
    "entre les deux pays, mais que son gouvernement ne veut plus de bases sur son sol."
)
Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Puts a file into the test's own folder."""

    def put(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return put


def articles(*paths: Path | str) -> list[Article]:
    """The articles that could be read."""
    return [outcome for outcome in read(paths) if isinstance(outcome, Article)]


def refusals(*paths: Path | str) -> list[str]:
    """The messages of those that could not."""
    return [str(outcome) for outcome in read(paths) if isinstance(outcome, ArticleError)]


def row(**fields: Any) -> str:
    """One line of JSON Lines."""
    return json.dumps(fields) + "\n"


def blocks_of(article: Article) -> list[list[str]]:
    """Kind and text of each block."""
    return [[block.kind.value, article.text[block.start : block.end]] for block in article.blocks]


# -- what is read


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_blocks(case: dict[str, Any]) -> None:
    """Each text of the table is cut into the blocks that the table says, for the reason it gives."""
    assert blocks_of(article_from_text("a.txt", case["text"])) == case["blocks"], case["why"]


def test_seed_article() -> None:
    """The seed's headline, day, standfirst and single caption are told from its furniture by the general rules."""
    article = articles(ROOT / "seeds" / "00-mali-france.txt")[0]
    kinds = [block.kind for block in article.blocks]
    assert (article.id, article.published) == ("00-mali-france.txt", date(2022, 5, 5))
    assert article.title == "How Mali’s military fell out with its French ally"
    assert kinds[:4] == [BlockKind.TITLE, BlockKind.PARAGRAPH, BlockKind.CAPTION, BlockKind.PARAGRAPH]
    assert kinds.count(BlockKind.CAPTION) == 1
    assert article.text[article.blocks[-1].start : article.blocks[-1].end].endswith(
        "“spying” and “subversion”."
    )


def test_head_lines_are_metadata() -> None:
    """TITLE:, DATE:, SOURCE: and URL: lines are no blocks, and count for the offsets."""
    text = (
        "TITLE: Envoys out\nDATE: 2023-03-01T10:00:00Z\nSOURCE: The Veil Post\nURL: https://example.org/a\n\n"
        + GOOD
    )
    article = article_from_text("a.txt", text)
    assert (article.title, article.published) == ("Envoys out", date(2023, 3, 1))
    assert (article.source, article.url) == ("The Veil Post", "https://example.org/a")
    assert article.blocks[0].start == text.index("Arvania")


def test_record_fields() -> None:
    """A record's fields are taken over, its title without entities, its text untouched."""
    text = "Belmora&#039;s envoy left.\r\nHe was angry."
    article = article_from_record(
        {
            "id": 7,
            "text": text,
            "title": "Belmora&#039;s envoy",
            "published": "Tue, 02 May 2023 23:00:00 -0500",
        },
        "here",
    )
    assert (article.id, article.title, article.published) == ("7", "Belmora's envoy", date(2023, 5, 2))
    assert article.text == text
    assert blocks_of(article) == [
        ["paragraph", "Belmora&#039;s envoy left."],
        ["paragraph", "He was angry."],
    ]


def test_head_lines_in_a_record() -> None:
    """Head lines are metadata in a record's text too; what the record itself says goes before them."""
    text = f"TITLE: Envoys out\nDATE: 2023-03-01\n\n{GOOD}"
    article = article_from_record({"id": "a", "text": text, "published": "2023-03-04"}, "here")
    assert (article.title, article.published) == ("Envoys out", date(2023, 3, 4))
    assert article.blocks[0].start == text.index("Arvania")


def test_known_title_in_text() -> None:
    """A headline known from its record is a title where the text repeats it, not a sentence."""
    article = article_from_record(
        {"id": "a", "text": "Envoy leaves Arvania\n\nHe left.", "title": "Envoy leaves Arvania | The Post"},
        "here",
    )
    assert blocks_of(article) == [["title", "Envoy leaves Arvania"], ["paragraph", "He left."]]


def test_page(write: Write) -> None:
    """Of an HTML page the article's text, headline and day are read, and its menu is not."""
    body = "".join(
        f"<p>On day {n} of the talks Arvania told Belmora that its troops had to leave the north.</p>"
        for n in range(6)
    )
    page = write(
        "page.html",
        "<html><head><title>Talks end</title><meta property='article:published_time' content='2023-03-01T09:00:00Z'></head>"
        f"<body><nav><a href='/'>Home</a> <a href='/w'>World</a></nav><article><h1>Talks end</h1>{body}</article></body></html>",
    )
    article = articles(page)[0]
    assert (article.id, article.title, article.published) == ("page.html", "Talks end", date(2023, 3, 1))
    assert "Arvania told Belmora" in article.text
    assert "Home" not in article.text


def test_page_without_article(write: Write) -> None:
    """An HTML page without an article's text is refused."""
    assert refusals(write("page.html", "<html><body></body></html>")) == [
        f"{write('page.html', '<html></html>')}: is empty"
    ]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=400))
def test_blocks_hold_for_any_text(text: str) -> None:
    """Whatever the text, its blocks are in order, do not overlap, and have no white space at their ends."""
    if not text.strip():
        return
    article = article_from_text("a.txt", text)
    ends = [0, *(block.end for block in article.blocks)]
    for before, block in zip(ends, article.blocks, strict=False):
        piece = article.text[block.start : block.end]
        assert before <= block.start < block.end
        assert piece == piece.strip()


def test_markers_are_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A row of the table of furniture that does not find its own example stops with file and line."""
    (tmp_path / "markers.csv").write_text(
        "effect,pattern,example,what\ndrop,abc$,abd,nothing\n", encoding="utf-8"
    )
    monkeypatch.setattr("kg.articles.clean.READING", tmp_path)
    markers.cache_clear()
    with pytest.raises(TableError, match=r"markers\.csv:2: .*'abd'"):
        markers()
    monkeypatch.undo()
    markers.cache_clear()


# -- when it was published


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2022-05-05", "2022-05-05"),
        ("2025-02-17T14:15:43.338Z", "2025-02-17"),
        ("Published On 5 May 2022", "2022-05-05"),
        ("Thursday, Feb. 23, 2017 01:51PM EST", "2017-02-23"),
        ("Sept 5th, 2021", "2021-09-05"),
        ("1st of June 2020", "2020-06-01"),
        ("Fri, 05 Aug 2022 00:00:00 GMT", "2022-08-05"),
        ("31 February 2020", None),
        ("05/06/2022", None),
        ("yesterday", None),
    ],
)
def test_parse_date(text: str, day: str | None) -> None:
    """A day is read from the forms in which the web writes them, and never guessed."""
    assert parse_date(text) == (date.fromisoformat(day) if day else None)


@pytest.mark.parametrize(
    ("id", "fields", "text", "day"),
    [
        ("a.txt", {"published": "2020-01-02"}, "3 March 2021\n\nHe left.\n\nShe stayed.", "2020-01-02"),
        ("a.txt", {}, "3 March 2021 Share Save\n\nHe left.\n\nShe stayed.", "2021-03-03"),
        ("a.txt", {}, "PORT VEIL, Dec. 13, 2019 /PRNewswire/ -- He left.\n\nShe stayed.", "2019-12-13"),
        ("a.txt", {"url": "https://example.org/2018/07/09/he-left"}, GOOD, "2018-07-09"),
        ("post_2016-09-12_he-left.txt", {}, GOOD, "2016-09-12"),
        ("a.txt", {}, "A law published on 3 May 2020 was scrapped.\n\nShe stayed.", None),
    ],
)
def test_published(id: str, fields: dict[str, str], text: str, day: str | None) -> None:
    """The day comes from the record, else from the first lines, else from the address or the file's name."""
    article = article_from_record({"id": id, "text": text, **fields}, "here")
    assert article.published == (date.fromisoformat(day) if day else None)


# -- bad input: a clear message each, and the rest goes in


def test_empty_file(write: Write) -> None:
    """An empty file is refused by name."""
    path = write("empty.txt", " \n")
    assert refusals(path, write("good.txt", GOOD)) == [f"{path}: is empty"]


def test_only_head_lines(write: Write) -> None:
    """A file of head lines without a text is refused."""
    path = write("head.txt", "TITLE: Nothing\n")
    assert refusals(path) == [f"{path}: has no text under its head lines"]


def test_binary_file(write: Write) -> None:
    """A binary file is refused as such."""
    path = write("picture.txt", bytes(range(256)) * 8)
    assert refusals(path) == [f"{path}: is binary, no text; wanted plain text, JSON Lines or HTML"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_unicode_encodings(write: Write, encoding: str) -> None:
    """UTF-16 with and without its mark, UTF-32 and a marked UTF-8 are read right."""
    assert articles(write("a.txt", ("Keïta’s men left.\n" + GOOD).encode(encoding)))[0].text.startswith(
        "Keïta’s"
    )


def test_latin_1(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """Latin-1 is read right, and said so."""
    path = write("latin.txt", ("Keïta and Séga met in Port Véil.\n" + GOOD).encode("latin-1"))
    assert articles(path)[0].text.startswith("Keïta and Séga")
    assert f"{path}: is no UTF-8; read as cp1252" in caplog.text


def test_unknown_encoding(write: Write) -> None:
    """An encoding that cannot be told is refused rather than guessed."""
    path = write("cyrillic.txt", "Правительство объявило о выходе из договора".encode("koi8-r"))
    assert refusals(path) == [f"{path}: is in an encoding that cannot be told; save it as UTF-8"]


def test_damaged_utf8(write: Write) -> None:
    """A damaged byte in UTF-8 is refused with its line."""
    path = write("damaged.txt", "Keïta left.\nThe r".encode() + b"\xe9" + b" stayed.")
    assert refusals(path) == [
        f"{path}: line 2 holds a byte (0xe9) that is no UTF-8; mend it or save the file again"
    ]


def test_no_date(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """An article without a date is read and said to have none."""
    path = write("a.txt", GOOD)
    assert articles(path)[0].published is None
    assert f"{path}: has no date" in caplog.text


def test_future_date(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """A date in the future is kept and questioned."""
    day = date.today() + timedelta(days=400)
    path = write("a.txt", f"DATE: {day}\n\n{GOOD}")
    assert articles(path)[0].published == day
    assert f"{path}: is dated {day}, which lies in the future" in caplog.text


def test_date_without_meaning(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """A stated date that is none is named."""
    path = write("a.txt", f"DATE: soon\n\n{GOOD}")
    assert articles(path)[0].published is None
    assert f"{path}: published 'soon' is no date; wanted 2022-05-31" in caplog.text


def test_long_line(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """A line of two million characters is read whole, and said so."""
    path = write("long.txt", "The army took the town. " * 90_000)
    article = articles(path)[0]
    assert [block.end for block in article.blocks] == [len(article.text) - 1]
    assert f"{path}: line 1 has 2160000 characters; read as one paragraph" in caplog.text


def test_other_language(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """An article in another language is known, named and not read as English."""
    path = write("fr.txt", FRENCH)
    article = articles(path)[0]
    assert (article.language, article.blocks) == ("fr", ())
    assert f"{path}: is in French" in caplog.text


def test_other_script(write: Write) -> None:
    """An article in another script is not read as English."""
    assert (
        articles(write("ru.txt", "Правительство объявило о выходе из договора с соседом. " * 3))[0].blocks
        == ()
    )


def test_foreign_names_are_no_language() -> None:
    """A short English text full of foreign names is read: particles of names tell no language."""
    text = (
        "Presidents Juan de la Rosa, Luis de la Vega and Ana de la Torre met Ahmed al Idris, Omar al Tayib, Hind al Noor, Sami al Hadi"
        " and Zaki al Amin yesterday."
    )
    article = article_from_record({"id": "a", "text": text, "language": "en"}, "here")
    assert (article.language, len(article.blocks)) == ("en", 1)


def test_stated_language_yields_to_the_text() -> None:
    """A record that calls an English text French is read all the same."""
    text = "The government of Arvania said that it was leaving the treaty, and that the troops of its ally have to go home."
    assert article_from_record({"id": "a", "text": text, "language": "fr"}, "here").language == "en"


def test_folder_with_one_bad_file(write: Write, tmp_path: Path) -> None:
    """One bad file in a folder is refused; the good ones are read by name, files of other kinds left alone."""
    write("b/good.txt", GOOD)
    write("a.txt", GOOD + "More came.")
    write("b/bad.txt", b"\x00\x01\x02\x03")
    write("b/table.csv", "a,b\n")
    write(".hidden.txt", GOOD)
    assert [article.id for article in articles(tmp_path)] == ["a.txt", "good.txt"]
    assert len(refusals(tmp_path)) == 1


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is refused with the system's reason."""
    assert refusals(tmp_path / "no.txt") == [
        f"{tmp_path / 'no.txt'}: cannot be read: No such file or directory"
    ]


def test_empty_folder(tmp_path: Path) -> None:
    """A folder without articles is refused, saying what was looked for."""
    assert "holds no article; wanted files ending in .txt" in refusals(tmp_path)[0]


def test_rows(write: Write) -> None:
    """Bad rows of JSON Lines are refused by line, and the good ones are read."""
    path = write(
        "rows.jsonl",
        row(id="a", text=GOOD)
        + "{no json\n\n[1]\n"
        + row(id="b")
        + row(id="c", text=5)
        + row(id="d", text=" ")
        + row(id="e", text=GOOD, title=3)
        + row(id="f", text="\ud800")
        + "[" * 100_000
        + "\n"
        + row(id="g", text="Done."),
    )
    reasons = [message.removeprefix(f"{path}:") for message in refusals(path)]
    assert [article.id for article in articles(path)] == ["a", "g"]
    assert [reason.split(":")[0] for reason in reasons] == ["2", "4", "5", "6", "7", "8", "9", "10"]
    assert reasons[0].startswith("2: is no JSON")
    assert reasons[1] == "4: is no JSON object but list; wanted one with `id` and `text`"
    assert reasons[2] == "5: lacks `text`: wanted a string, found none"
    assert reasons[3] == "6: lacks `text`: wanted a string, found int"
    assert reasons[4] == "7: is empty"
    assert reasons[5] == "8: `title` is int; wanted a string"
    assert "U+D800" in reasons[6]
    assert reasons[7].startswith("10: is no JSON")


def test_row_without_id(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """A row without an id is named after its text, the same wherever it stands."""
    one = articles(write("one.jsonl", row(text=GOOD)))[0]
    two = articles(write("two.jsonl", row(id="a", text="He left.") + row(text=GOOD)))[1]
    assert one.id == two.id
    assert one.id.startswith("text-")
    assert "lacks `id`" in caplog.text


def test_rows_in_utf_16(write: Write) -> None:
    """JSON Lines in UTF-16 are read."""
    path = write("rows.jsonl", (row(id="a", text=GOOD) + row(id="b", text="Keïta left.")).encode("utf-16"))
    assert [article.id for article in articles(path)] == ["a", "b"]


@pytest.mark.parametrize("wrapped", [True, False])
def test_json_file(write: Write, wrapped: bool) -> None:
    """A .json file may hold one object or an array of them, over several lines."""
    record = {"id": "a", "text": GOOD}
    path = write("a.json", json.dumps([record] if wrapped else record, indent=1))
    assert [article.id for article in articles(path)] == ["a"]


def test_same_article_twice(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """The same article given twice is read once, and said so."""
    first, second = write("a/x.txt", GOOD), write("b/x.txt", GOOD)
    assert len(articles(first, second)) == 1
    assert refusals(first, second) == []
    assert f"{second}: is the same article as {first}; read once" in caplog.text


def test_same_file_named_twice(write: Write) -> None:
    """A file that is named twice is read once."""
    path = write("x.txt", GOOD)
    assert len(articles(path, path)) == 1


def test_same_id_other_text(write: Write) -> None:
    """Another text under an id that is taken is refused, naming both places."""
    first, second = write("a/x.txt", GOOD), write("b/x.txt", "He left.")
    assert refusals(first, second) == [
        f"{second}: its id 'x.txt' is that of {first}, which has another text; give it its own"
    ]


@pytest.mark.parametrize(("given", "ids"), [(row(id="a", text=GOOD), ["a"]), (GOOD, ["stdin.txt"])])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, given: str, ids: list[str]) -> None:
    """Standard input is JSON Lines where it begins with an object, else one text."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    assert [article.id for article in articles("-")] == ids


def test_corpus(shared: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Of the real corpus no article is lost, and each has text to read."""
    caplog.set_level(logging.CRITICAL)
    found = list(read([shared / "corpus" / "drc-mozambique.jsonl"]))
    assert len(found) == 293
    assert all(isinstance(article, Article) and article.blocks for article in found)
