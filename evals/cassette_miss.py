"""Why a request has no recording: the nearest one of the same case, and what differs."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import islice

from agent.model import Request
from evals.cassette import Cassette, Recording
from evals.cassette_key import KeyParts

COMPARED = 500
"""Recordings of a case that are looked at; judges file thousands under one name."""
SHOWN = 60
"""Characters of a line that are quoted."""


def difference(cassette: Cassette, suite: str, case_id: str, parts: KeyParts, request: Request) -> str:
    """One Chinese line: which parts of the key changed against the nearest recording of the case."""
    same_case = list(islice(cassette.recordings(suite=suite, case_id=case_id), COMPARED))
    if not same_case:
        return "这条用例还没有录过"
    nearest = min(same_case, key=lambda one: _distance(one.parts, parts))
    return f"和最接近的一条（{nearest.parts.endpoint.model}，{nearest.recorded_at} 录）相比，" + "；".join(
        _differences(cassette, nearest, parts, request)
    )


def _distance(a: KeyParts, b: KeyParts) -> tuple[int, ...]:
    """Fewer and lighter differences first: another prompt of the same model is nearer than another model."""
    return (
        a.endpoint.model != b.endpoint.model,
        a.sample != b.sample,
        a.attempt != b.attempt,
        a.endpoint != b.endpoint,
        a.parameters != b.parameters,
        a.schema != b.schema,
        sum(x != y for x, y in zip(a.messages, b.messages, strict=False)) + abs(len(a.messages) - len(b.messages)),
    )


def _differences(cassette: Cassette, nearest: Recording, parts: KeyParts, request: Request) -> list[str]:
    old, found = nearest.parts, []
    pairs = (
        ("模型", old.endpoint.model, parts.endpoint.model),
        ("接口地址", old.endpoint.base_url, parts.endpoint.base_url),
        ("模型参数", old.endpoint.parameters, parts.endpoint.parameters),
        ("请求参数", old.parameters, parts.parameters),
        ("答案格式（schema）", old.schema[:12], parts.schema[:12]),
        ("采样序号", str(old.sample + 1), str(parts.sample + 1)),
        ("第几次重写", str(old.attempt + 1), str(parts.attempt + 1)),
    )
    found += [f"{name}变了：{_quoted(before)} → {_quoted(after)}" for name, before, after in pairs if before != after]
    if old.messages != parts.messages:
        found.append(_changed_text(cassette.texts(nearest), old, parts, request))
    return found


def _changed_text(texts: tuple[str, ...], old: KeyParts, parts: KeyParts, request: Request) -> str:
    if len(old.messages) != len(parts.messages):
        return f"提示词的消息数变了：{len(old.messages)} → {len(parts.messages)}"
    for i, ((_, before), (_, after)) in enumerate(zip(old.messages, parts.messages, strict=True)):
        if before != after:
            where = f"提示词第 {i + 1} 条（{request.messages[i].role}）"
            return f"{where}{_first_line(texts[i], request.messages[i].content)}"
    return "消息的角色变了"


def _first_line(before: str, after: str) -> str:
    """The first place where two texts differ, by line."""
    old, new = before.splitlines(), after.splitlines()
    for tag, a, _b, c, _d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "delete":
            return f"少了第 {a + 1} 行 {_quoted(old[a])}"
        if tag == "insert":
            return f"多了第 {c + 1} 行 {_quoted(new[c])}"
        if tag == "replace":
            return f"第 {c + 1} 行变了：{_quoted(old[a])} → {_quoted(new[c])}"
    return "的空白变了"


def _quoted(text: str) -> str:
    text = text.strip()
    return f"「{text[:SHOWN]}{'…' if len(text) > SHOWN else ''}」"
