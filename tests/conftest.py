"""What all tests share: the project's neighbour with the outside gold, where there is one."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of contract, corpus and gold that lies beside the repository in the workshop."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(
            "needs the shared folder beside the repository, which holds texts that may not be shipped"
        )
    return folder
