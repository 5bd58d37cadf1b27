"""A dataset's folder: the writer's database, and the snapshots of it that everybody else reads.

    STORE/data/                the database; one writer at a time holds its lock
    STORE/snapshots/NNNNNNNN/  whole, unchanging copies (hard links), numbered upwards
    STORE/current              a text file that names the newest whole one, replaced in one step

A reader opens what `current` names. A snapshot that has been replaced stays for a while, so that one who has just read
the name still finds it; who has it open keeps it even when its folder goes.
"""

import os
import shutil
from pathlib import Path

from pyoxigraph import Store

KEPT = 3  # generations: the current one and two before it


def data_folder(store: Path) -> Path:
    """The writer's database."""
    return store / "data"


def newest_snapshot(store: Path) -> Path | None:
    """The folder of the current snapshot; None where none has been published."""
    try:
        name = (store / "current").read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return store / "snapshots" / name if name.isdigit() else None


def publish_snapshot(database: Store, store: Path) -> Path:
    """Make the database's present state the current snapshot of the folder, and remove what is long replaced."""
    folder = store / "snapshots"
    folder.mkdir(exist_ok=True)
    name = f"{max((int(other.name) for other in _numbered(folder)), default=0) + 1:08}"
    unfinished = folder / f"{name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    database.backup(str(unfinished))
    unfinished.rename(folder / name)
    _point(store, name)
    _remove_old(folder)
    return folder / name


def _point(store: Path, name: str) -> None:
    """Replace `current` so that whoever reads it finds the old name or the new one, even after a power cut."""
    following = store / "current.next"
    with following.open("w", encoding="ascii") as file:
        file.write(f"{name}\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(following, store / "current")


def _remove_old(folder: Path) -> None:
    for old in sorted(_numbered(folder))[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    newest = max(_numbered(folder)).name
    for torn in folder.glob("*.unfinished"):
        if torn.name.removesuffix(".unfinished") <= newest:
            shutil.rmtree(torn, ignore_errors=True)


def _numbered(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.isdigit()]
