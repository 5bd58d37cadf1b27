"""Every error that the project raises on purpose.

CommuniqueError
├── ArticleError      one article cannot be read or stored: it is listed, the rest of the batch goes on
├── TableError        a row of a shipped table is wrong: stops, naming file and line
├── StoreError        the dataset cannot be opened or written
├── SettingsError     an option or environment variable has no meaning
└── OutsideError      an outside service cannot be asked, or what comes from outside cannot be used
"""


class CommuniqueError(Exception):
    """Root of the tree; its message is meant for the user."""


class ArticleError(CommuniqueError):
    """An article that cannot be read; `place` is its file and, in JSON Lines, its line."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


class TableError(CommuniqueError):
    """A row of a table or a term of the ontology that has no meaning."""

    def __init__(self, file: str, line: int | None, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")


class StoreError(CommuniqueError):
    """The dataset cannot be opened, read or written."""


class SettingsError(CommuniqueError):
    """A setting that cannot be used."""


class OutsideError(CommuniqueError):
    """An outside service or file does not give what was asked of it."""
