"""promptfoo's prompts as templates of the workspace: one a prompt, its variables declared, rendered in our sandbox."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import jinja2
from jinja2 import meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from evals.promptfoo_read import Folder, LeftOutError, Notes, items
from evals.raw import FOLDER

ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_SEPARATOR = re.compile(r"^---\s*$", re.MULTILINE)
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_OURS = re.compile(r"\{%-?\s*(?:message|endmessage|data|enddata|line|list|include|import|from|extends)\b")
_ENV = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False)
_ENV.globals = {"range": _ENV.globals["range"]}
# Those that the templates' own environment does not have either: a prompt that needs one is told at the import.
for _name in ("safe", "escape", "e", "forceescape", "format", "pprint", "random", "urlize", "xmlattr", "tojson"):
    _ENV.filters.pop(_name, None)


@dataclass(frozen=True, slots=True)
class Prompt:
    label: str
    messages: tuple[tuple[str, str], ...]
    """(role, nunjucks text)."""
    variables: tuple[str, ...]
    place: str

    def template(self, id: str) -> str:
        """The text of a template file with this id (a path under prompts/)."""
        head = {
            "id": id,
            "version": "1",
            "channel": "reply",
            "form": "service",
            "description": f"从 promptfoo 导入：{self.label}。原样提问，不走文案流程",
            "variables": list(self.variables),
            "schema": f"{FOLDER}/any.schema.json",
        }
        lines = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items())
        body = "\n\n".join(f'{{% message "{role}" %}}\n{text}\n{{% endmessage %}}' for role, text in self.messages)
        return f"---\n{lines}\n---\n{body}\n"


def read_prompts(written: Any, folder: Folder, notes: Notes) -> list[Prompt]:
    """Every prompt that can be asked; the others are in `notes`."""
    found: list[Prompt] = []
    for number, one in enumerate(items(written), 1):
        place = f"prompts[{number}]"
        try:
            for label, text, chat in _texts(one, place, folder, notes):
                found.append(_prompt(label, text, chat, place))
        except LeftOutError as problem:
            notes.leave(place, str(problem))
    return found


def _texts(one: Any, place: str, folder: Folder, notes: Notes) -> list[tuple[str, str, Any]]:
    """(label, text, chat) of one entry: chat is data where the file held data."""
    label = ""
    if isinstance(one, dict):
        for key in one.keys() - {"raw", "id", "label", "file", "path"}:
            notes.leave(f"{place}.{key}", "提示词的这一项这里不支持")
        label = str(one.get("label") or "")
        one = one.get("raw") or one.get("file") or one.get("path") or one.get("id")
    if not isinstance(one, str) or not one.strip():
        raise LeftOutError("提示词是空的，或写法看不懂")
    if not one.startswith("file://"):
        looks_like_file = "\n" not in one and re.search(r"\.(?:txt|md|json|ya?ml|js|py|csv|j2)(?::\w+)?$", one.strip())
        if not looks_like_file:
            return [(label or one.strip()[:20], one, None)]
    parts: list[tuple[str, str, Any]] = []
    for path in folder.paths(re.sub(r"(\.(?:py|js|ts|mjs|cjs)):\w+$", r"\1", one)):
        name = label or path.stem
        if path.suffix.lower() in (".json", ".yaml", ".yml"):
            parts.append((name, "", folder.data(path)))
            continue
        if path.suffix.lower() == ".csv":
            raise LeftOutError(f"{path.name}：CSV 里的提示词请改成 .txt")
        texts = [text.strip() for text in _SEPARATOR.split(folder.text(path)) if text.strip()]
        parts += [(name if len(texts) == 1 else f"{name}-{i}", text, None) for i, text in enumerate(texts, 1)]
    return parts


def _prompt(label: str, text: str, chat: Any, place: str) -> Prompt:
    if chat is None and text.lstrip().startswith("["):
        try:
            chat = json.loads(text)
        except ValueError:
            chat = None
    messages = _chat(chat) if chat is not None else (("user", text),)
    if not any(role == "user" for role, _ in messages):
        raise LeftOutError("没有 user 消息")
    used: set[str] = set()
    for _, content in messages:
        used |= _used(content)
    return Prompt(label, tuple((role, _clean(content)) for role, content in messages), tuple(sorted(used)), place)


def _chat(data: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(data, list):
        raise LeftOutError("对话提示词要写成 [{role, content}]")
    found = []
    for turn in data:
        role = ROLES.get(str(turn.get("role", ""))) if isinstance(turn, dict) else None
        content = turn.get("content") if isinstance(turn, dict) else None
        if role is None or not isinstance(content, str):
            raise LeftOutError("对话提示词里有看不懂的一条：要有 role（system、user、assistant）和文字 content")
        found.append((role, content))
    return tuple(found)


def _used(text: str) -> set[str]:
    if _OURS.search(text):
        raise LeftOutError("用了 include、import 或 wenan 自己的标签，导入的提示词里不能用")
    try:
        _ENV.from_string(text)  # parsing alone would let unknown filters pass
        return set(meta.find_undeclared_variables(_ENV.parse(text)))
    except jinja2.TemplateError as error:
        raise LeftOutError(f"nunjucks 的这种写法这里不认：{error}") from error


def _clean(text: str) -> str:
    return _ODD.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("⟦", "[").replace("⟧", "]").strip("\n")


def fill_text(text: str, values: dict[str, Any]) -> str:
    """Variables of a case in an assertion's value. Raises LeftOutError."""
    try:
        return str(_ENV.from_string(text).render(values))
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise LeftOutError(f"填不进变量：{error}") from error
