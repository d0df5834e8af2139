"""Fields of a model's answer as the types we asked for, with a word on every liberty taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.finding import Finding, Severity

_SURROGATES = re.compile("[\ud800-\udfff]")
_YES = frozenset({"true", "yes", "1", "是", "需要", "要", "转人工"})
_NO = frozenset({"false", "no", "0", "", "否", "不需要", "不要", "无", "不转"})


def problem(rule: str, severity: Severity, message: str, at: str = "") -> Finding:
    return Finding(
        check="parse", rule_id=f"parse.{rule}", severity=severity, status="unparsable", message=message, field=at
    )


@dataclass(slots=True)
class Reader:
    """Reads the fields of one answer and collects what was missing or of another type."""

    data: Mapping[str, Any]
    findings: list[Finding] = field(default_factory=list)
    prefix: str = ""

    def text(self, name: str, *, also: tuple[str, ...] = (), missing: Severity = "block") -> str:
        """A string. Lists of paragraphs are joined; other types count as missing. A missing field is a finding of
        severity `missing`; an empty string is not missing."""
        key, value = self._find(name, also)
        at = self.prefix + name
        if key is None:
            self.findings.append(problem("missing", missing, f"答案里没有 {at}。", at))
            return ""
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            self.findings.append(problem("type", "info", f"{at} 写成了列表，已按段落连起来。", at))
            value = "\n\n".join(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = f"{value:g}" if isinstance(value, float) else str(value)
        if not isinstance(value, str):
            self.findings.append(problem("type", missing, f"{at} 应当是文字，却是{_kind(value)}。", at))
            return ""
        return clean(value)

    def texts(self, name: str, *, missing: Severity = "info") -> tuple[str, ...]:
        """A list of strings; a lone string counts as one item."""
        items = self.items(name, missing=missing)
        at = self.prefix + name
        found: list[str] = []
        for item in items:
            if isinstance(item, dict):
                item = "：".join(str(value) for value in item.values() if isinstance(value, str | int | float))
            if isinstance(item, str | int | float) and not isinstance(item, bool):
                found.append(clean(str(item)).strip())
            else:
                self.findings.append(problem("type", missing, f"{at} 里有一项是{_kind(item)}，没有采用。", at))
        return tuple(filter(None, found))

    def items(self, name: str, *, missing: Severity = "block") -> list[Any]:
        """A list of anything; a lone object or string counts as one item."""
        key, value = self._find(name, ())
        at = self.prefix + name
        if key is None:
            self.findings.append(problem("missing", missing, f"答案里没有 {at}。", at))
            return []
        if isinstance(value, str | dict):
            return [value] if value else []
        if not isinstance(value, list):
            self.findings.append(problem("type", missing, f"{at} 应当是列表，却是{_kind(value)}。", at))
            return []
        return value

    def yes(self, name: str, *, missing: Severity = "warn") -> bool:
        """A boolean, also as a word or 0/1."""
        key, value = self._find(name, ())
        word = str(value).strip().lower()
        if key is not None and (word in _YES or word in _NO) and not isinstance(value, float):
            return word in _YES
        rule, what = ("missing", "没有写") if key is None else ("type", "看不懂")
        self.findings.append(problem(rule, missing, f"答案{what} {name}，当作“否”；请人看一眼。", name))
        return False

    def _find(self, name: str, also: tuple[str, ...]) -> tuple[str | None, Any]:
        for key in (name, *also):
            if self.data.get(key) is not None:
                if key != name:
                    self.findings.append(problem("alias", "info", f"把答案里的 {key} 当作 {name}。", name))
                return key, self.data[key]
        return None, None


def clean(text: str) -> str:
    """Real line breaks for doubly escaped ones, no lone surrogates, no carriage returns."""
    text = _SURROGATES.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\\n", "\n") if "\\n" in text else text


def _kind(value: Any) -> str:
    names = {bool: "是非值", int: "数字", float: "数字", list: "列表", dict: "对象", str: "文字"}
    return names.get(type(value), "空值")
