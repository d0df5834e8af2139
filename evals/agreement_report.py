"""Agreement in words and numbers: for the terminal, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from evals.agreement import Agreement
from evals.agreement_bias import Consistency, LengthBias, Position, Share
from evals.agreement_compare import AgainstPeople, People
from evals.judges.calibration import MIN_LABELS, Calibration
from evals.reports.figures import p_value

SIDES = {"a": "甲", "tie": "平", "b": "乙"}
BIAS_GAP = 0.2
"""Spearman's correlation with length that a judge may have above the people's before it is pointed out."""
SURE = 0.05


def as_text(found: Sequence[People], judges: Sequence[tuple[AgainstPeople, str]]) -> str:
    """`judges`: each with the reason for which it only advises, empty when it may decide."""
    lines: list[str] = []
    for crowd in found:
        lines += [*_people(crowd), ""]
    for judge, caution in judges:
        lines += [*_judge(judge, caution), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def as_json(found: Sequence[People], judges: Sequence[tuple[AgainstPeople, str]]) -> Mapping[str, Any]:
    """Plain values; what is not defined is null."""
    plain: Mapping[str, Any] = _finite(
        {
            "people": [asdict(crowd) for crowd in found],
            "judges": [{**asdict(judge), "advisory": bool(caution), "caution": caution} for judge, caution in judges],
        }
    )
    return plain


def kappa_text(found: Agreement) -> str:
    """κ = 0.71 [0.52, 0.84], or why there is none."""
    if found.kappa is None:
        return f"κ 没有：{found.why}"
    kind = "二次加权 κ" if found.weighted else "κ"
    between = "，区间算不出（用例太少）" if found.low is None else f" [{found.low:.2f}, {found.high:.2f}]"
    return f"{kind} = {found.kappa:.2f}{between}"


def _people(crowd: People) -> Iterator[str]:
    kind = "两两比" if crowd.kind == "pair" else "打分"
    who = "、".join(f"{by} {n} 条" for by, n in crowd.by)
    counts = f"{crowd.units} 个对象，标注 {crowd.labels} 条（{who}），跳过 {crowd.skipped} 条"
    yield f"人和人 · {crowd.rubric}（{kind}）：{counts}"
    if len(crowd.by) < 2:
        yield "  只有一个人标过，不知道人和人有多一致；再请一个人标 wenan eval label --by 名字。"
    for a, b, found in crowd.pairs:
        yield f"  {a} 对 {b}：{_figures(found)}"
    if crowd.fleiss is not None:
        yield f"  {len(crowd.by)} 个人一起：Fleiss κ = {crowd.fleiss:.2f}（n={crowd.fleiss_n}，都标过的）"


def _judge(found: AgainstPeople, caution: str) -> Iterator[str]:
    whole = found.whole
    state = f"只供参考：{caution.removesuffix('，只供参考')}" if caution else "可以用来把关"
    yield f"评委 {found.judge}（{' + '.join(found.models)}）：{state}"
    yield f"  对人的共同意见：{_figures(whole)}"
    if whole.n:
        names = [SIDES.get(name, name) for name in whole.categories]
        yield "  各档占比（评委 / 人）：" + "，".join(
            f"{name} {_percent(a)} / {_percent(b)}" for name, a, b in zip(names, whole.first, whole.second, strict=True)
        )
        yield from _table(whole, names)
    for by, one in found.each:
        yield f"  对 {by}：{_figures(one)}"
    for why, n in found.unanswered:
        yield f"  没有结果 {n} 条：{why}"
    yield from _consistency(found.repeats, "对" if found.place is not None else "篇")
    if found.length is not None:
        yield from _length(found.length)
    if found.longer is not None:
        yield from _longer(*found.longer)
    if found.place is not None:
        yield from _place(found.place)


def _figures(found: Agreement) -> str:
    return f"n={found.n}（{found.cases} 个用例），一致 {_percent(found.agreement)}，{kappa_text(found)}"


def _table(found: Agreement, names: Sequence[str]) -> Iterator[str]:
    width = max(4, *(len(str(cell)) + 2 for row in found.table for cell in row))
    yield "  混淆矩阵（行：评委，列：人）"
    yield "  " + " " * width + "".join(_right(name, width) for name in names)
    for name, row in zip(names, found.table, strict=True):
        yield "  " + _right(name, width) + "".join(f"{cell:>{width}}" for cell in row)


def _right(text: str, width: int) -> str:
    """Padded on the left; Chinese characters take two columns."""
    taken = sum(2 if ord(char) > 0x2E7F else 1 for char in text)
    return " " * max(0, width - taken) + text


def _consistency(found: Consistency, unit: str) -> Iterator[str]:
    if found.things == 0:
        yield "  自己前后一致：没有重复问过（加 --repeat 3）"
        return
    more = f"，同一{unit}最高最低平均差 {found.spread:.2f} 档" if found.spread else ""
    yield f"  自己前后一致：{found.same}/{found.things} {unit}每次都给同一个结果{more}"


def _length(found: LengthBias) -> Iterator[str]:
    if found.judge is None:
        yield f"  长度偏好：算不出（n={found.n}，篇数太少，或长度、档位只有一种）"
        return
    people = "人的算不出" if found.people is None else f"人 {found.people:+.2f}"
    yield f"  长度偏好：档位与字数的等级相关，评委 {found.judge:+.2f}，{people}（n={found.n}）"
    if found.people is not None and found.judge - found.people > BIAS_GAP:
        yield "  注意：评委比人更偏爱长的。"


def _longer(judge: Share | None, crowd: Share | None) -> Iterator[str]:
    if judge is None:
        yield "  长度偏好：没有分出胜负而且长短不同的对"
        return
    people = "" if crowd is None else f"；人 {_share(crowd)}"
    yield f"  长度偏好：评委选长的 {_share(judge)}{people}"


def _place(found: Position) -> Iterator[str]:
    if not found.pairs:
        yield "  位置偏好：没有两个顺序都答了的对"
        return
    yield f"  位置偏好：{found.pairs} 对里 {found.swayed} 对换了先后结论就变（算平）"
    if found.first is not None:
        sure = "，明显偏向先看到的" if found.first.p < SURE and found.first.share > 0.5 else ""
        sure = "，明显偏向后看到的" if found.first.p < SURE and found.first.share < 0.5 else sure
        p = p_value(found.first.p)
        p = p if p.startswith("<") else f"= {p}"
        yield f"    单次回答选先看到的 {_share(found.first)}，p {p}{sure}"


def calibration_note(measured: Calibration) -> str:
    """What became of the figures, for stderr."""
    need = MIN_LABELS - measured.labels
    more = f"；再标 {need} 条才能用来把关" if need > 0 else ""
    return f"已记下 {measured.judge} 的校准：{measured.labels} 条{more}。"


def _share(found: Share) -> str:
    return f"{found.k}/{found.n}（{_percent(found.share)}，95% 区间 {_percent(found.low)}–{_percent(found.high)}）"


def _percent(share: float) -> str:
    return "无" if math.isnan(share) else f"{share:.0%}"


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
