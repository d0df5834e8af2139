"""A promptfoo configuration as a suite of ours, with a list of everything that could not be taken over.

    prompts     templates under prompts/_promptfoo/, asked as they stand (evals/raw.py)
    providers   openai:* chat models as model names; sampling settings belong in wenan.toml
    tests       cases; variables are JSON in the brief's notes
    assert      assertions; what cannot be decided here is of kind `unsupported` and scores None

Nothing of the configuration is run: no JavaScript, no Python, no shell, no network.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from evals.promptfoo_assert import UNSUPPORTED
from evals.promptfoo_cases import read_cases
from evals.promptfoo_prompts import read_prompts
from evals.promptfoo_read import Folder, LeftOutError, Notes, items
from evals.raw import FOLDER
from knowledge_base.errors import BadInputError

_KNOWN = {
    "evaluateOptions": "并发、重复次数请用 --concurrency、--samples",
    "commandLineOptions": "命令行选项请直接写在 wenan eval run 后面",
    "outputPath": "结果请用 wenan eval report -o 输出",
    "scenarios": "场景请展开成 tests",
    "derivedMetrics": "指标公式这里不算",
    "extensions": "钩子程序这里不运行",
    "nunjucksFilters": "自定义过滤器是程序，这里不运行",
    "transform": "要运行程序",
    "sharing": "结果不上传",
    "redteam": "红队生成这里不做",
    "env": "环境变量不从配置里读；密钥放在环境里",
    "targets": "请改写成 providers",
}
_SILENT = {"description", "prompts", "providers", "tests", "defaultTest", "tags", "$schema", "sharing"}
_CHAT = re.compile(r"openai:(?:chat:)?(?P<model>[\w.:/-]+)$")
_NOT_CHAT = ("embedding", "embeddings", "completion", "responses", "realtime", "image", "assistant", "moderation")
_SETTINGS = {
    "temperature": "temperature",
    "max_tokens": "max_tokens",
    "apiBaseUrl": "base_url",
    "apiKeyEnvar": "api_key_env",
}


@dataclass(frozen=True)
class Imported:
    suite: dict[str, Any]
    templates: Mapping[str, str]
    """Path under prompts/ -> text."""
    notes: Notes
    models: tuple[str, ...]
    settings: tuple[str, ...] = field(default=())
    """Lines for wenan.toml that the configuration's provider settings amount to."""

    @property
    def undecided(self) -> int:
        """Assertions that will score None."""
        return sum(
            one["kind"] == UNSUPPORTED
            for case in self.suite["cases"]
            for one in case.get("expect", {}).get("assertions", ())
        )

    @property
    def assertions(self) -> int:
        return sum(len(case.get("expect", {}).get("assertions", ())) for case in self.suite["cases"])


def import_config(path: Path, name: str, today: date) -> Imported:
    """Reads a promptfoo configuration and the files it names. Raises BadInputError when nothing of it can be asked."""
    folder, notes = Folder(path.parent), Notes()
    try:
        config = folder.data(path)
    except LeftOutError as problem:
        raise BadInputError(
            str(problem), file=path.as_posix(), hint="给一个 promptfooconfig.yaml 或 .json。"
        ) from problem
    if not isinstance(config, Mapping) or "prompts" not in config:
        raise BadInputError(
            "不是 promptfoo 的配置", file=path.as_posix(), field="prompts", hint="要有 prompts、providers 和 tests。"
        )
    for key in config.keys() - _SILENT:
        notes.leave(str(key), _KNOWN.get(str(key), "配置的这一项这里不支持"))
    prompts = read_prompts(config["prompts"], folder, notes)
    if not prompts:
        reasons = "；".join(f"{place} {reason}" for place, reason in notes.left_out)
        raise BadInputError(f"没有一个提示词能用：{reasons}", file=path.as_posix(), field="prompts")
    try:
        cases = read_cases(config, folder, notes)
    except LeftOutError as problem:
        raise BadInputError(str(problem), file=path.as_posix(), field="tests", hint="分成几个配置。") from problem
    models, settings = _models(config.get("providers"), folder, notes)
    templates: dict[str, str] = {}
    for prompt in prompts:
        id = _id(f"{name}-{prompt.label}", templates)
        templates[f"{id}.j2"] = prompt.template(id)
    suite = {
        "name": name,
        "description": str(config.get("description") or "从 promptfoo 导入"),
        "knowledge": "workspace",
        "today": today,
        "defaults": {"channel": "reply", "form": "service", "message": "（promptfoo 用例，变量在 notes）"},
        "prompts": [path.removesuffix(".j2") for path in templates],
        "models": list(models),
        "scorers": ["assertions", "refusal", "length", "latency", "cost"],
        "cases": cases,
    }
    return Imported({key: one for key, one in suite.items() if one != []}, templates, notes, models, settings)


def suite_text(imported: Imported, source: str) -> str:
    """The suite file, with what was left out as a comment at its head."""
    head = [f"# 由 wenan eval import 从 {source} 导入。格式见 docs/evals.md。"]
    if imported.notes.left_out:
        head.append("# 没有导入的：")
        head += [f"#   {_line(place)}：{_line(reason)}" for place, reason in imported.notes.left_out]
    stream = io.StringIO()
    yaml.safe_dump(imported.suite, stream, allow_unicode=True, sort_keys=False, width=10_000)
    return "\n".join(head) + "\n" + stream.getvalue()


def _line(text: str) -> str:
    return " ".join(text.split())


def _models(written: Any, folder: Folder, notes: Notes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    models: list[str] = []
    settings: list[str] = []
    for number, one in enumerate(items(written), 1):
        place = f"providers[{number}]"
        one, config, others = _provider(one)
        for key in others:
            notes.leave(f"{place}.{key}", "模型的这一项这里不支持")
        match = _CHAT.match(str(one))
        model = match["model"] if match else ""
        if not model or model.split(":")[0] in _NOT_CHAT:
            notes.leave(place, f"{one}：只接 openai 的对话模型；在 wenan.toml 建好档案后用 --model 指定")
            continue
        models.append(f"openai:{model}")
        lines = [
            f"{_SETTINGS[key]} = {json.dumps(config[key], ensure_ascii=False)}" for key in config if key in _SETTINGS
        ]
        for key in config:
            if key == "apiKey":
                notes.leave(f"{place}.config.apiKey", "密钥不抄；设成环境变量")
            elif key not in _SETTINGS:
                notes.leave(f"{place}.config.{key}", "模型的这个设置这里不支持")
        if lines:
            notes.differ(f"{place}.config", "取样设置要写进 wenan.toml，下面给出写法；不写就用默认值")
            settings += [f"[models.{_slug(model)}]", 'preset = "openai"', f"model = {json.dumps(model)}", *lines, ""]
    return tuple(dict.fromkeys(models)), tuple(settings)


def _provider(written: Any) -> tuple[Any, Mapping[str, Any], list[str]]:
    """(name, settings, other keys) of `name`, `{id: name, config: …}` or `{name: {config: …}}`."""
    if not isinstance(written, Mapping) or not written:
        return written, {}, []
    data = written
    if "id" not in written:
        name, inner = next(iter(written.items()))
        data = {**(inner if isinstance(inner, Mapping) else {}), "id": name}
    config = data.get("config")
    return (
        data["id"],
        config if isinstance(config, Mapping) else {},
        [str(key) for key in data.keys() - {"id", "label", "config"}],
    )


def _slug(text: str) -> str:
    return re.sub(r"[^\w-]+", "-", text, flags=re.ASCII).strip("-").lower()


def _id(text: str, taken: Mapping[str, str]) -> str:
    """A path under prompts/ that every file system takes, unused so far."""
    base = re.sub(r"[^\w-]+", "-", text).strip("-_")[:60] or "prompt"
    id, number = f"{FOLDER}/{base}", 2
    while f"{id}.j2" in taken:
        id, number = f"{FOLDER}/{base}-{number}", number + 1
    return id
