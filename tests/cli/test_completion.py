"""Shell completion works through the lazy command tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WENAN = Path(sys.executable).with_name("wenan")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("wenan mo", "moments"),
        ("wenan kb se", "search"),
        ("wenan moments --ang", "--angle"),
        ("wenan prompt ", "render"),
    ],
)
def test_bash_completion(words: str, expected: str) -> None:
    line = words.split(" ")
    environment = os.environ | {
        "_WENAN_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(line) - 1),
    }
    done = subprocess.run([WENAN], env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    assert expected in done.stdout.split()


def test_results_survive_a_gbk_console(tmp_path: Path) -> None:
    """Emoji and rare characters must not crash a console that cannot show them."""
    environment = os.environ | {"PYTHONIOENCODING": "gbk", "WENAN_HOME": str(tmp_path)}
    done = subprocess.run([WENAN, "models", "list"], env=environment, capture_output=True, check=False)
    assert done.returncode == 0
    assert "离线模板" in done.stdout.decode("utf-8")
