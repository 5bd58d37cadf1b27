"""A release's folder: written aside, then put in its place whole; only an earlier release makes way for it."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from kg.errors import SettingsError

CHECKSUMS = "CHECKSUMS"
OURS = frozenset({"ro-crate-metadata.json", "void.ttl", "README.md", "LICENCE.md"})  # in every release
Written = TypeVar("Written")


def replace_folder(folder: Path, write: Callable[[Path], Written]) -> Written:
    """Let a new folder be written beside, and put it in the place of the old one when it is whole.

    Raises:
        OSError: it cannot be written or put there; what was there stays.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        (beside / "new").mkdir()  # not `beside` itself, which only its owner may read
        written = write(beside / "new")
        if folder.exists():
            os.rename(folder, beside / "old")
        _put(beside / "new", folder, beside / "old")
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return written


def _put(new: Path, folder: Path, old: Path) -> None:
    try:
        os.rename(new, folder)
    except OSError:
        if old.exists():
            os.rename(old, folder)
        raise


def refuse_others(folder: Path) -> None:
    """See that nothing is lost when the folder is replaced: it is new, empty, or a release as it was written.

    Raises:
        SettingsError: it holds something else.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise SettingsError(f"{folder}: is no folder; name a new or an empty one")
    listed = _listed(folder)
    for path in sorted(_files(folder)) if folder.is_dir() else ():
        name = path.relative_to(folder).as_posix()
        if name != CHECKSUMS and (name not in listed or checksum(path) != listed[name]):
            raise SettingsError(
                f"{folder}: holds {name}, which is not of a release or was changed since; name a new or an empty folder"
            )


def checksum(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_checksums(folder: Path) -> None:
    """List all files in the form that `sha256sum -c` reads."""
    names = sorted(path.relative_to(folder).as_posix() for path in _files(folder))
    lines = "".join(f"{checksum(folder / name)}  {name}\n" for name in names)
    (folder / CHECKSUMS).write_text(lines, encoding="ascii", newline="\n")


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path


def _listed(folder: Path) -> dict[str, str]:
    """File → checksum, as a release in the folder says; nothing where there is none."""
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return {}
    listed = {name: code for code, _, name in (line.partition("  ") for line in lines)}
    return listed if listed.keys() >= OURS else {}
