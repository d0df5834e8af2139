"""Prompt templates on disk: found in the workspace first, then among the shipped ones; compiled once, hashed with
everything they include, and re-read when a file changes.

Jinja's exceptions are translated in agent/prompting/explain.py.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from agent.brief import Form
from agent.prompting.explain import explained
from agent.prompting.fence import FenceExtension, block_names, concat, finalize
from agent.prompting.files import Part, Source, json_object, read_source, read_text, stamp
from agent.prompting.filters import FILTERS
from agent.prompting.front_matter import FrontMatter, parse_matter
from knowledge_base.errors import BadInputError, UsageError

SUFFIX = ".j2"
# Filters that would turn data into trusted or formatted template output.
_NO_FILTERS = ("safe", "escape", "e", "forceescape", "format", "pprint", "random", "urlize", "xmlattr", "tojson")
_FORMATTERS = ("format", "format_map")


class LoudUndefined(jinja2.StrictUndefined):
    """Fails on any use, in Chinese."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if self._undefined_obj is jinja2.utils.missing:
            return f"没有变量 {self._undefined_name}"
        owner = type(self._undefined_obj).__name__
        return f"{owner} 没有 {self._undefined_name} 这一项"


class PromptEnvironment(ImmutableSandboxedEnvironment):
    """Jinja without side effects, whose captured output can be told from values (see agent/prompting/fence.py)."""

    concat = staticmethod(concat)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        # Records are frozen and have no methods that act; asking Jinja's long list for each of their fields costs half
        # of a rendering.
        if attr[:1] != "_" and hasattr(type(obj), "__dataclass_fields__"):
            return True
        return not (isinstance(obj, str) and attr in _FORMATTERS) and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """No str.format at all: on captured output it would print values past `finalize`."""


@dataclass(frozen=True, slots=True)
class Template:
    matter: FrontMatter
    path: Path
    parts: tuple[Part, ...]
    """The template itself, its includes in the order of first use, the schema."""
    sha256: str
    schema: Mapping[str, Any]
    needs: frozenset[str]
    """Variables that the template and its includes use and do not set themselves."""
    blocks: frozenset[str]
    """Names of the data blocks that it can render."""
    compiled: jinja2.Template

    @property
    def form(self) -> Form:
        return self.matter.form


class Library:
    """The templates of some folders, earlier folders overriding later ones by path."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self.folders = folders
        self._env = self._environment()
        self._loaded: dict[str, tuple[tuple[object, ...], Template]] = {}

    def _environment(self) -> PromptEnvironment:
        env = PromptEnvironment(
            loader=jinja2.FunctionLoader(self._included_source),
            extensions=[FenceExtension],
            undefined=LoudUndefined,
            finalize=finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            cache_size=-1,
        )
        env.filters = {name: f for name, f in env.filters.items() if name not in _NO_FILTERS} | FILTERS
        env.globals = {"range": env.globals["range"]}
        return env

    def names(self) -> tuple[str, ...]:
        """Paths of all templates with a head of their own, sorted; partials (`_…`) are left out."""
        found = {
            path.relative_to(folder).as_posix()
            for folder in self.folders
            if folder.is_dir()
            for path in folder.rglob(f"*{SUFFIX}")
        }
        # prompts/offline holds copy templates of the offline model, prompts/judge those of the evaluation.
        return tuple(sorted(n for n in found if "/_" not in f"/{n}" and n.split("/")[0] not in ("offline", "judge")))

    def find(self, name: str) -> Path | None:
        """The file that `name` means, the first folder winning."""
        if ".." in name.split("/") or name.startswith("/") or "\\" in name or ":" in name:
            raise BadInputError(f"模板路径「{name}」不能离开 prompts 文件夹", hint="写成 _shared/product.j2 这样。")
        return next((folder / name for folder in self.folders if (folder / name).is_file()), None)

    def read(self, name: str) -> Source:
        """The template file `name`. Raises BadInputError when it is missing or no clean text."""
        path = self.find(name)
        if path is None:
            looked = "、".join(str(folder) for folder in self.folders)
            raise BadInputError(f"没有模板文件 {name}", hint=f"找过：{looked}。用 wenan prompt list 看有哪些。")
        return read_source(path, name)

    def _included_source(self, name: str) -> tuple[str, str, None]:
        source = self.read(name)
        return source.body, source.file, None

    def load(self, name: str) -> Template:
        """The template `name` (a path under prompts/), from the cache while none of its files changed.

        Raises BadInputError naming file, line and reason.
        """
        return self._load(name, lambda: self.read(name))

    def load_file(self, path: Path) -> Template:
        """A template file anywhere on disk; its includes come from this library."""
        name = path.resolve().as_posix()
        return self._load(name, lambda: read_source(path.resolve(), name))

    def _load(self, key: str, read: Callable[[], Source]) -> Template:
        kept = self._loaded.get(key)
        if kept is not None and kept[0] == self._stamp(kept[1]):
            return kept[1]
        if kept is not None:
            # An include may have changed under other templates too; compiled includes live in the environment.
            self._env = self._environment()
            self._loaded.clear()
        template = self._compile(read())
        self._loaded[key] = (self._stamp(template), template)
        return template

    def _stamp(self, template: Template) -> tuple[object, ...]:
        """Changes when any file of the template changes, appears in an earlier folder or goes away."""
        roots = [os.fspath(folder) for folder in self.folders if folder.is_dir()]
        inside = tuple(stamp(f"{root}/{part.name}") for root in roots for part in template.parts)
        return (stamp(os.fspath(template.path)), *inside)

    def _compile(self, source: Source) -> Template:
        matter = parse_matter(source.head, source.file)
        parts: dict[str, Part] = {}
        blocks: set[str] = set()
        needs = self._scan(source, parts, blocks, ())
        schema_part = self._schema(matter, source.file)
        parts.setdefault(matter.schema, schema_part)
        digest = hashlib.sha256()
        for part in parts.values():
            digest.update(f"{part.name if part.path != source.path else ''}\0{part.text}\0".encode())
        with explained(source.file):
            code = self._env.compile(source.body, source.name, source.file)
        compiled = jinja2.Template.from_code(self._env, code, self._env.make_globals(None))
        return Template(
            matter=matter,
            path=source.path,
            parts=tuple(parts.values()),
            sha256=digest.hexdigest(),
            schema=json_object(schema_part),
            needs=frozenset(needs),
            blocks=frozenset(blocks),
            compiled=compiled,
        )

    def _scan(self, source: Source, parts: dict[str, Part], blocks: set[str], above: tuple[str, ...]) -> set[str]:
        """Variables needed by a file and its includes; adds each file to `parts` in the order of first use, and the
        names of data blocks to `blocks`."""
        if source.name in above:
            raise BadInputError(f"模板互相包含：{' → '.join((*above, source.name))}", file=source.file)
        parts.setdefault(source.name, Part(source.name, source.path, source.text))
        with explained(source.file):
            tree = self._env.parse(source.body, source.name, source.file)
            needs = meta.find_undeclared_variables(tree)
        blocks.update(block_names(tree))
        own = {node.name for node in tree.find_all(nodes.Name) if node.ctx in ("store", "param")}
        for name in _included(tree, source.file, self.find):
            needs |= self._scan(self.read(name), parts, blocks, (*above, source.name)) - own
        return needs

    def _schema(self, matter: FrontMatter, file: str) -> Part:
        path = self.find(matter.schema)
        if path is None:
            raise BadInputError(f"schema 指的文件 {matter.schema} 不存在", file=file, hint="路径从 prompts/ 算起。")
        return Part(matter.schema, path, read_text(path))


@lru_cache(maxsize=16)
def library(folders: tuple[Path, ...]) -> Library:
    """The library of these folders; kept, because compiling costs a hundred times what rendering does."""
    return Library(folders)


def _included(tree: nodes.Template, file: str, exists: Callable[[str], object]) -> Iterator[str]:
    """Names of the files that a template includes or imports, in order; the first that exists of a list of choices.

    Raises BadInputError for a name that is computed: its text could not be hashed or linted beforehand.
    """
    for node in tree.find_all((nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)):
        wanted = node.template  # type: ignore[attr-defined]
        choices = wanted.items if isinstance(wanted, nodes.List | nodes.Tuple) else [wanted]
        names = [choice.value for choice in choices if isinstance(choice, nodes.Const)]
        if len(names) < len(choices) or not all(isinstance(name, str) for name in names):
            hint = "用 {% if %} 分开写几个 include。"
            raise BadInputError("include 的文件名要写死，不能是变量", file=file, row=node.lineno, hint=hint)
        found = next((name for name in names if exists(name)), None)
        if found is not None or not getattr(node, "ignore_missing", False):
            yield found or names[0]


def wrong_channel(template: Template, channel: str, form: str) -> UsageError:
    matter = template.matter
    return UsageError(
        f"模板 {matter.id}@{matter.version} 是给 {matter.channel}/{matter.form} 的，不能写 {channel}/{form}",
        hint="用 wenan prompt list 看每个模板的渠道。",
    )
