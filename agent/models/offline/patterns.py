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
from typing import NamedTuple

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from knowledge_base.errors import BadInputError

SHIPPED = Path(__file__).resolve().parents[3] / "prompts"
BREAK = "⏎"
REMEMBERED = 4096
_VOID = "\0"
_DECLARED = re.compile(r"^variables:\s*\[(.*)\]\s*$", re.MULTILINE)
_SLOT = re.compile(r"\{\{\s*([a-z]\w*)\s*\}\}")


class Variant(NamedTuple):
    group: str
    text: str


@dataclass(frozen=True, slots=True)
class _Line:
    """A variant of a plain template."""

    group: str
    form: str
    """With %s for each slot."""
    names: tuple[str, ...]
    slots: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Template:
    names: frozenset[str]
    """Slots that the front matter declares."""
    lines: tuple[_Line, ...] | None
    """None for a template that uses more of Jinja than slots."""
    jinja: jinja2.Template


class Patterns:
    """The templates of some folders, earlier folders overriding later ones by path."""

    def __init__(self, folders: tuple[Path, ...] = (SHIPPED,)) -> None:
        self._folders = folders
        self._env = SandboxedEnvironment(
            undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
        )
        self._compiled: dict[str, _Template] = {}
        self._fixed: dict[str, dict[str, list[str]]] = {}

    def variants(self, name: str, slots: Mapping[str, str], group: str = "") -> list[Variant]:
        """Every variant of `offline/{name}.j2` whose slots are all filled, in file order; of one `group` when named.

        Raises BadInputError naming the file when it is missing, broken or asks for an unknown slot.
        """
        template = self._compiled.get(name) or self._compile(name)
        if template.lines is None:
            return [v for v in self._rendered(name, template, slots) if not group or v.group == group]
        filled = {key for key, value in slots.items() if value}
        found = []
        for line in template.lines:
            if group and line.group != group:
                continue
            if line.slots <= filled:
                found.append(Variant(line.group, line.form % tuple([slots[name] for name in line.names])))
            elif unknown := line.slots - slots.keys() - template.names:
                raise _broken(name, f"没有这个变量：{'、'.join(sorted(unknown))}")
        return found

    def _rendered(self, name: str, template: _Template, slots: Mapping[str, str]) -> list[Variant]:
        empty = dict.fromkeys(template.names, _VOID)
        try:
            rendered = template.jinja.render(empty | {key: value or _VOID for key, value in slots.items()})
        except jinja2.TemplateError as error:
            raise _broken(name, str(error.message)) from error
        return [Variant(group, line.replace(BREAK, "\n")) for group, line in _grouped(rendered) if _VOID not in line]

    def groups(self, name: str) -> dict[str, list[str]]:
        """The lines of a template without slots, by group; rendered once."""
        if name not in self._fixed:
            found: dict[str, list[str]] = {}
            for variant in self.variants(name, {}):
                found.setdefault(variant.group, []).append(variant.text)
            self._fixed[name] = found
        return self._fixed[name]

    def for_name(self, name: str, goods: str) -> list[str]:
        """The lines of the first group one of whose words (`咖啡|茶`) the goods' name holds; remembered per name."""
        key = f"{name}\0{goods}"
        if key not in self._fixed:
            if len(self._fixed) > REMEMBERED:
                self._fixed.clear()
            groups = self.groups(name)
            found = next((lines for title, lines in groups.items() if any(w in goods for w in title.split("|"))), [])
            self._fixed[key] = {"": found}
        return self._fixed[key][""]

    def _compile(self, name: str) -> _Template:
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
        names = frozenset(word.strip() for word in declared.group(1).split(",")) if declared else frozenset()
        self._compiled[name] = _Template(names - {""}, _plain(body), template)
        return self._compiled[name]


def _plain(body: str) -> tuple[_Line, ...] | None:
    """The lines of a body that holds nothing but bare slots; filling them needs no Jinja."""
    if "{%" in body or "{#" in body or "{{" in _SLOT.sub("", body):
        return None
    found = []
    for group, line in _grouped(body):
        parts = _SLOT.split(line.replace(BREAK, "\n"))
        form = "%s".join(part.replace("%", "%%") for part in parts[::2])
        found.append(_Line(group, form, tuple(parts[1::2]), frozenset(parts[1::2])))
    return tuple(found)


def _grouped(text: str) -> list[tuple[str, str]]:
    """(group, line) of every line that is a variant."""
    group, found = "", []
    for line in text.splitlines():
        if line.startswith("## "):
            group = line[3:].strip()
        elif line.strip():
            found.append((group, line.strip()))
    return found


def _broken(name: str, reason: str) -> BadInputError:
    return BadInputError(f"套不出文案：{reason}", file=f"prompts/offline/{name}.j2", hint="只能用文件开头列出的变量。")


def _split(source: str) -> tuple[str, str]:
    """Front matter and body."""
    lines = source.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != "---":
        return "", "\n".join(lines)
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :])
