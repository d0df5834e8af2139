"""The report as lines for the terminal and as one web page without scripts and requests."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.brief import ANGLE_NAMES
from agent.campaign.report import QUANTILES, Group, ModelUse, Report, totals
from agent.campaign.report_charts import histogram, plane, stacked
from agent.campaign.rows import STATE_NAMES
from agent.log_view import model_label

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
SEVERITIES = {"block": "必须改", "warn": "建议改"}
NOBODY = "不分人设"
FREE = "不定"


def text_lines(found: Report) -> Iterator[str]:
    """Chinese, plain."""
    states = "，".join(f"{STATE_NAMES[state]} {count:,}" for state, count in found.states.items() if count)
    yield f"{found.campaign}（{found.planned_at} 计划）：{states or '没有单元'}"
    yield f"审阅：通过 {found.approved:,}，退回 {found.refused:,}，还没审 {found.waiting:,}"
    yield ""
    yield "人设 · 角度"
    for (persona, angle), group in found.groups.items():
        who = f"{found.persona(persona)}（{persona}）" if persona else NOBODY
        yield f"  {who} · {angle_name(angle)}：{_group_line(group)}"
    yield from _block("检查发现", (f"{SEVERITIES[s]} {n} 篇 · {r}：{e}" for s, r, e, n in found.findings))
    yield from _block("没通过的原因", (f"{STATE_NAMES[s]} {n} 篇 · {r}：{e}" for s, r, e, n in found.reasons))
    yield from _block("退回的原因", (f"{n} 篇 · {reason}" for reason, n in found.rejections))
    yield from _block("模型", (model_line(found, i) for i in range(len(found.models))))
    yield from _block("没有回答的调用", (f"{n} 次 · {error}" for error, n in found.errors))
    like = found.likeness
    if like.pairs:
        yield ""
        yield f"差异：{len(like.dots)} 篇两两相似度平均 {like.mean:.2f}，最像的："
        for similarity, a, b, first, second in like.pairs[:5]:
            yield f"  {similarity:.2f} {a[-8:]} {first} ／ {b[-8:]} {second}"


def page(found: Report) -> str:
    """HTML. All text is escaped."""
    personas: dict[str, list[Group]] = {}
    angles: dict[str, list[Group]] = {}
    for (persona, angle), group in found.groups.items():
        personas.setdefault(persona, []).append(group)
        angles.setdefault(angle, []).append(group)
    picture, legend = plane(found.likeness.dots, "文案差异图")
    return _environment().get_template("report.html.j2").render(
        report=found,
        state_names=STATE_NAMES,
        severities=SEVERITIES,
        quantiles=[f"{q * 100:g}%" for q in QUANTILES],
        angle_name=angle_name,
        duration=duration,
        nobody=NOBODY,
        persona_name=lambda id: found.persona(id) or NOBODY,
        model_name=model_name,
        cost_text=cost_text,
        by_persona=stacked(
            [(found.persona(id) or NOBODY, _parts(totals(some))) for id, some in personas.items()], "各人设的文案"
        ),
        by_angle=stacked([(angle_name(name), _parts(totals(some))) for name, some in angles.items()], "各角度的文案"),
        by_finding=stacked([(rule, [(severity, n)]) for severity, rule, _, n in found.findings], "检查发现"),
        waits=[(one, _waits(one)) for one in found.models],
        map=picture,
        legend=legend,
        strip=histogram(_strip(found), "每篇和最像它的那篇的相似度", unit=""),
        style=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
    )  # fmt: skip


def angle_name(angle: str) -> str:
    """Chinese; an angle left to the writer has none."""
    return next((name for one, name in ANGLE_NAMES.items() if one == angle), FREE)


def model_line(found: Report, i: int) -> str:
    """One model's calls, cost and waits."""
    one = found.models[i]
    waits = "，".join(f"{q * 100:g}% 在 {duration(s)}内" for q, s in zip(QUANTILES, one.latency, strict=False))
    lost = f"，没等到回答 {one.unsettled}（可能已计费）" if one.unsettled else ""
    return (
        f"{model_name(one)}：调用 {one.calls:,} 次，有回答 {one.answered:,}，失败 {one.failed:,}{lost}；"
        f"{one.tokens:,} 个 token，{cost_text(one.cost)}{'；' + waits if waits else ''}"
    )


def model_name(one: ModelUse) -> str:
    """The offline writer is named as what it is."""
    return model_label(one.name, one.name == "offline")


def cost_text(cost: Decimal | None) -> str:
    """Yuan to a hundredth of a 分, no zeros behind."""
    return "没有标价" if cost is None else f"{cost:.4f}".rstrip("0").rstrip(".") + " 元"


def duration(seconds: float) -> str:
    """Short waits in milliseconds."""
    return f"{seconds * 1000:.0f} 毫秒" if seconds < 1 else f"{seconds:.2f} 秒"


def _waits(one: ModelUse) -> str:
    """How long the answers of a model took, in the unit that `duration` would take for most of them."""
    short = bool(one.waits) and one.waits[-1][0] < 1
    bins = [(bound * 1000, count) for bound, count in one.waits] if short else one.waits
    return histogram(bins, f"{model_name(one)}的回答时间", "毫秒" if short else "秒")


def _strip(found: Report) -> list[tuple[float, int]]:
    """Each draft's likeness to its nearest, in steps of 0.05."""
    steps = 20
    counts = [0] * steps
    for one in found.likeness.nearest:
        counts[min(int(one * steps), steps - 1)] += 1
    return [((i + 1) / steps, count) for i, count in enumerate(counts)] if found.likeness.nearest else []


def _parts(group: Group) -> list[tuple[str, int]]:
    """What became of a group: approved and refused by people, the rest by state. The parts make up the whole."""
    undecided = group.states["passed"] + group.states["needs_review"] - group.approved - group.refused
    left = min(group.states["needs_review"], max(undecided, 0))
    return [
        ("approved", group.approved),
        ("passed", max(undecided, 0) - left),
        ("needs_review", left),
        ("refused", group.refused),
        ("failed", group.states["failed"]),
        ("open", group.states["planned"] + group.states["running"] + group.states["drafted"]),
    ]


def _group_line(group: Group) -> str:
    states = "，".join(f"{STATE_NAMES[state]} {count:,}" for state, count in group.states.items())
    people = f"；人审通过 {group.approved:,}，退回 {group.refused:,}" if group.approved or group.refused else ""
    return f"{group.units:,} 篇（{states}{people}）"


def _block(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield title
        yield from (f"  {line}" for line in found)


@cache
def _environment() -> Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
