"""promptfoo's assertions as ours. What cannot be decided here becomes kind `unsupported`: scored None, never passed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from evals.promptfoo_read import Folder, LeftOutError, Notes, items
from evals.scorers.assertions import JUDGED, KINDS

Fill = Callable[[str], str]
"""Fills a case's variables into a text; raises LeftOutError."""
UNSUPPORTED = "unsupported"
TAKEN = (
    "contains", "icontains", "contains-all", "contains-any", "icontains-all", "icontains-any", "equals", "starts-with",
    "regex", "is-json", "contains-json", "similar", "cost", "latency", "is-refusal", *sorted(JUDGED),
)  # fmt: skip
WITHOUT_VALUE = frozenset({"is-json", "contains-json", "is-refusal", "cost", "latency"})
WHY = {
    "javascript": "JavaScript 断言，这里不运行程序",
    "python": "Python 断言，这里不运行配置里的程序；可改写成 --scorers 文件.py:函数",
    "ruby": "Ruby 断言，这里不运行程序",
    "webhook": "要连外面的网址，这里不连",
    "is-valid-openai-tools-call": "查工具调用，这里不用工具",
    "perplexity": "要模型给概率，这里没有",
}
IGNORED = {"metric": "指标名不用", "weight": "权重不用，各条一样重"}
_PARTS = {"type", "value", "threshold", "metric", "weight"}
_CSV = re.compile(r"^(?P<kind>(?:not-)?[a-z][a-z0-9-]*)(?:\((?P<threshold>[\d.]+)\))?(?::(?P<value>.*))?$", re.DOTALL)
_CSV_SHORT = {"fn": "javascript", "eval": "javascript", "grade": "llm-rubric"}


def assertion(data: Any, place: str, folder: Folder, fill: Fill, notes: Notes) -> list[dict[str, Any]]:
    """Our assertions for one of promptfoo's; several for an assert-set."""
    if not isinstance(data, Mapping):
        notes.leave(place, "断言要写成“type: …”")
        return [_unsupported(data, "写法看不懂")]
    written = str(data.get("type", ""))
    if written == "assert-set" and data.get("threshold") in (None, 1):
        parts = items(data.get("assert"))
        return [
            one
            for i, part in enumerate(parts, 1)
            for one in assertion(part, f"{place}.assert[{i}]", folder, fill, notes)
        ]
    kind, negated = (written.removeprefix("not-"), True) if written.startswith("not-") else (written, False)
    try:
        if kind not in TAKEN or kind not in KINDS.keys() | JUDGED:
            raise LeftOutError(WHY.get(kind, f"没有「{written}」这种断言"))
        for key in data:
            if key not in _PARTS:
                raise LeftOutError(f"断言里的 {key} 这里不支持，少了它就不是原来的意思")
            if key in IGNORED and data[key] not in (None, 1):
                notes.differ(place, f"{key}：{IGNORED[key]}")
        if data.get("weight") == 0:
            raise LeftOutError("weight 为 0，只看不算；这里没有这种断言")
        value = _value(data.get("value"), kind, folder, fill)
        threshold = _threshold(data.get("threshold"), kind)
    except LeftOutError as problem:
        notes.leave(place, f"{written}：{problem}")
        return [_unsupported(data, str(problem))]
    if kind in JUDGED:
        notes.differ(place, f"{written}：要评委来判，没配评委就没有分（评测集里写 judges）")
    if kind == "similar":
        notes.differ(place, "similar：没有配向量模型时比字面（chrF），和 promptfoo 的向量余弦不同")
    if kind == "cost":
        notes.differ(place, "cost：promptfoo 按美元，这里按元，请核对上限")
    made = {"kind": kind, "value": value, "threshold": threshold, "not": negated or None}
    return [{key: one for key, one in made.items() if one is not None}]


def csv_assertion(text: str) -> dict[str, Any]:
    """What a cell under __expected means: `contains: x`, `similar(0.8): x`, or the very answer."""
    match = _CSV.match(text.strip())
    kind = match["kind"] if match else ""
    bare = kind.removeprefix("not-")
    if match and bare in _CSV_SHORT and match["value"] is not None:
        return {"type": kind.replace(bare, _CSV_SHORT[bare]), "value": match["value"].strip()}
    known = bare in TAKEN or bare in WHY
    if not match or not known or (match["value"] is None and bare not in WITHOUT_VALUE):
        return {"type": "equals", "value": text.strip()}
    found: dict[str, Any] = {"type": kind}
    if match["threshold"]:
        found["threshold"] = float(match["threshold"])
    if match["value"] is not None and match["value"].strip():
        value = match["value"].strip()
        found["value"] = [one.strip() for one in value.split(",")] if bare.endswith(("-all", "-any")) else value
    return found


def _value(value: Any, kind: str, folder: Folder, fill: Fill) -> Any:
    if isinstance(value, str) and value.startswith("file://"):
        (path, *more) = folder.paths(value)
        if more:
            raise LeftOutError(f"{value} 是好几个文件")
        value = folder.data(path)
    if value is None and kind not in WITHOUT_VALUE:
        raise LeftOutError("没有写 value")
    return _filled(value, fill)


def _filled(value: Any, fill: Fill) -> Any:
    if isinstance(value, str):
        return fill(value) if "{{" in value or "{%" in value else value
    if isinstance(value, list):
        return [_filled(one, fill) for one in value]
    return {key: _filled(one, fill) for key, one in value.items()} if isinstance(value, dict) else value


def _threshold(value: Any, kind: str) -> float | None:
    if value is None:
        if kind in ("cost", "latency"):
            raise LeftOutError("没有写 threshold")
        return None
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise LeftOutError(f"threshold「{value}」不是数") from error


def _unsupported(data: Any, why: str) -> dict[str, Any]:
    written = data.get("type", "") if isinstance(data, Mapping) else data
    return {"kind": UNSUPPORTED, "value": f"{written}：{why}"}
