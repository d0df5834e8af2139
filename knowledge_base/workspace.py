"""Where the user works: the folder with `wenan.toml`, its hidden data folder, and its settings."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from knowledge_base.errors import BadInputError

CONFIG_NAME = "wenan.toml"
DATA_NAME = ".wenan"
SHIPPED_TEMPLATES = Path(__file__).resolve().parent.parent / "prompts"


@dataclass(frozen=True)
class Workspace:
    root: Path
    config: Mapping[str, Any] = field(default_factory=dict)
    """The parsed wenan.toml; empty when there is none."""

    @classmethod
    def find(cls, start: Path | None = None) -> Workspace:
        """The nearest folder at or above `start` that holds wenan.toml or .wenan; else `start` itself.

        `WENAN_HOME` names the folder outright. Raises BadInputError when wenan.toml cannot be read.
        """
        named = os.environ.get("WENAN_HOME")
        here = Path(named).expanduser() if named else (start or Path.cwd())
        here = here.resolve()
        if not named:
            for folder in (here, *here.parents):
                if (folder / CONFIG_NAME).is_file() or (folder / DATA_NAME).is_dir():
                    here = folder
                    break
        return cls(here, _read_config(here / CONFIG_NAME))

    @cached_property
    def data(self) -> Path:
        """The hidden folder for databases and indexes. Not created by reading it."""
        return self.root / DATA_NAME

    @property
    def templates(self) -> tuple[Path, ...]:
        """Template folders, the workspace's own first."""
        return (self.root / "prompts", SHIPPED_TEMPLATES)

    def section(self, name: str) -> Mapping[str, Any]:
        """A table of wenan.toml; empty when absent. Raises BadInputError when it is not a table."""
        value = self.config.get(name, {})
        if not isinstance(value, Mapping):
            raise BadInputError("应当是一张表", file=CONFIG_NAME, field=name, hint=f"写成 [{name}] 开头的一段。")
        return value

    def relative(self, path: Path) -> str:
        """`path` as users should see it: relative to the workspace where it lies inside, with forward slashes."""
        absolute = path.resolve()
        return (absolute.relative_to(self.root) if absolute.is_relative_to(self.root) else absolute).as_posix()


def _read_config(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        hint = '按提示的行列改好后重试；表名里有中文要加引号，例如 [models."便宜"]。'
        raise BadInputError(f"不是合格的 TOML：{error}", file=str(path), hint=hint) from error
    except UnicodeDecodeError as error:
        raise BadInputError("不是 UTF-8 编码", file=str(path), hint="用 UTF-8 另存后重试。") from error
