"""A text in the reviewer's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which

from knowledge_base.errors import BadInputError, WenanError

HINT = "设置环境变量 EDITOR，例如 EDITOR=nano；用 VS Code 写 EDITOR='code --wait'。"


def edit_text(text: str, suffix: str = ".md") -> str | None:
    """The text as it was saved; None when it was closed unchanged.

    Raises WenanError when no editor starts or it fails, BadInputError when what it saved is no UTF-8.
    """
    command = editor_command()
    with tempfile.TemporaryDirectory(prefix="wenan-") as folder:
        path = Path(folder) / f"文案{suffix}"
        # Notepad tells UTF-8 by this mark.
        encoding = "utf-8-sig" if os.name == "nt" else "utf-8"
        path.write_text(text, encoding=encoding)
        try:
            done = subprocess.run([*command, str(path)], check=False)
            after = path.read_bytes()
        except OSError as error:
            raise WenanError(f"打不开编辑器 {command[0]}：{error.strerror or error}", hint=HINT) from error
    if done.returncode:
        raise WenanError(f"编辑器 {command[0]} 出错退出（{done.returncode}），没有改动", hint=HINT)
    try:
        saved = after.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BadInputError("编辑器存的不是 UTF-8，没有改动", hint="用 UTF-8 存，再改一次。") from error
    return None if saved == text else saved


def editor_command() -> list[str]:
    """VISUAL or EDITOR, split as a shell would, else what the system has. Raises WenanError without any."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if named:
        parts = shlex.split(named, posix=os.name != "nt")
        return [part.strip('"') for part in parts]
    for name in ("notepad.exe",) if sys.platform == "win32" else ("nano", "vim", "vi"):
        if which(name):
            return [name]
    raise WenanError("找不到编辑器", hint=HINT)
