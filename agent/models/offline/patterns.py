"""The copy templates under prompts/offline: found, compiled once, and rendered into variants.

A template file is Jinja. After its front matter, each line is one variant; `## 名` starts a group of variants that open
alike; ⏎ inside a line is a line break of the copy. A slot that has nothing to say voids the lines that use it, so a
template needs no `if` to guard against missing data. `variables: [a, b]` in the front matter names its slots.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from knowledge_base.errors import BadInputError

SHIPPED = Path(__file__).resolve().parents[3] / "prompts"
BREAK = "⏎"
_VOID = "\0"
_DECLARED = re.compile(r"^variables:\s*\[(.*)\]\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Variant:
    group: str
    text: str


class Patterns:
    """The templates of some folders, earlier folders overriding later ones by path."""

    def __init__(self, folders: tuple[Path, ...] = (SHIPPED,)) -> None:
        self._folders = folders
        self._env = SandboxedEnvironment(
            undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
        )
        self._compiled: dict[str, tuple[jinja2.Template, dict[str, str]]] = {}
        self._fixed: dict[str, dict[str, list[str]]] = {}

    def variants(self, name: str, slots: Mapping[str, str]) -> list[Variant]:
        """Every variant of `offline/{name}.j2` whose slots are all filled, in file order.

        Raises BadInputError naming the file when it is missing, broken or asks for an unknown slot.
        """
        template, empty = self._compiled.get(name) or self._compile(name)
        try:
            rendered = template.render(empty | {key: value or _VOID for key, value in slots.items()})
        except jinja2.TemplateError as error:
            raise BadInputError(
                f"套不出文案：{error.message}", file=f"prompts/offline/{name}.j2", hint="只能用文件开头列出的变量。"
            ) from error
        group, found = "", []
        for line in rendered.splitlines():
            if line.startswith("## "):
                group = line[3:].strip()
            elif line.strip() and _VOID not in line:
                found.append(Variant(group, line.strip().replace(BREAK, "\n")))
        return found

    def groups(self, name: str) -> dict[str, list[str]]:
        """The lines of a template without slots, by group; rendered once."""
        if name not in self._fixed:
            found: dict[str, list[str]] = {}
            for variant in self.variants(name, {}):
                found.setdefault(variant.group, []).append(variant.text)
            self._fixed[name] = found
        return self._fixed[name]

    def _compile(self, name: str) -> tuple[jinja2.Template, dict[str, str]]:
        path = next((f for folder in self._folders if (f := folder / "offline" / f"{name}.j2").is_file()), None)
        if path is None:
            raise BadInputError(
                f"没有离线模板 offline/{name}.j2", hint="重新安装 wenan，或补上工作区 prompts/ 里的文件。"
            )
        try:
            head, body = _split(path.read_text(encoding="utf-8"))
            template = self._env.from_string(body)
        except (jinja2.TemplateError, UnicodeDecodeError) as error:
            raise BadInputError(
                f"离线模板有语法错误：{error}", file=path.as_posix(), hint="按提示改好后重试。"
            ) from error
        declared = _DECLARED.search(head)
        names = [word.strip() for word in declared.group(1).split(",")] if declared else []
        self._compiled[name] = template, dict.fromkeys(filter(None, names), _VOID)
        return self._compiled[name]


def _split(source: str) -> tuple[str, str]:
    """Front matter and body."""
    lines = source.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != "---":
        return "", "\n".join(lines)
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :])
