"""A kept draft with its whole trail as lines for the terminal, and lists of drafts as a table or tab-separated text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent.brief import ANGLE_NAMES
from agent.context import Retrieved
from agent.draft import Draft
from agent.ids import handle
from agent.present import as_text, escape, finding_line, link_line
from agent.storage.rows import DraftRow, Final
from knowledge_base.hit import Leg
from knowledge_base.labels import KIND_LABELS

if TYPE_CHECKING:
    from rich.table import Table

FORM_LABELS = {
    "article": "文章",
    "ad": "朋友圈广告",
    "post": "员工朋友圈",
    "service": "客服回复",
    "comment": "评论回复",
}
STATUS_LABELS = {"ok": "可发", "blocked": "有必须改的", "unparsable": "没写成"}
_STATUS_STYLES = {"ok": "green", "blocked": "red", "unparsable": "red"}
HEADS = ("编号", "写于", "形式", "商品", "人设", "状态", "模型", "版本", "开头")


def table(rows: tuple[DraftRow, ...]) -> Table:
    """For a terminal; ids by their last digits, which every command accepts."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="dim")
    for head in HEADS:
        shown.add_column(head, no_wrap=True, overflow="ellipsis", ratio=1 if head == "开头" else None)
    for row in rows:
        cells = [escape(cell) for cell in _cells(row, handle(row.id))]
        cells[5] = f"[{_STATUS_STYLES[row.status]}]{cells[5]}[/]"
        shown.add_row(*cells)
    return shown


def tab_separated(rows: tuple[DraftRow, ...]) -> Iterator[str]:
    """For pipes: whole ids, one draft a line."""
    yield "\t".join(HEADS)
    for row in rows:
        yield "\t".join(" ".join(cell.split()) for cell in _cells(row, row.id))


def _cells(row: DraftRow, id: str) -> tuple[str, ...]:
    return (
        id,
        f"{row.created_at.astimezone():%m-%d %H:%M}",
        FORM_LABELS.get(row.form, row.form),
        "、".join(row.products) or "—",
        row.persona or "—",
        STATUS_LABELS[row.status] + (" 已定稿" if row.finals else ""),
        model_label(row.model, row.offline),
        f"v{row.version}",
        row.headline or "—",
    )


def model_label(model: str, offline: bool) -> str:
    """The offline writer is named as what it is, also when a model revised a part of its copy."""
    if not offline:
        return model
    return "离线模板" if model == "offline" else f"离线模板 + {model}"


def trail(
    draft: Draft, versions: tuple[DraftRow, ...], finals: tuple[Final, ...], reviews: tuple[str, ...] = ()
) -> Iterator[str]:
    """Rich-markup lines: the copy first, then where every piece of it came from."""
    brief = draft.brief
    label = escape(model_label(draft.model, draft.offline))
    yield f"[bold]{draft.id}[/]  {FORM_LABELS[brief.form]} · v{draft.version} · {label}"
    yield f"[dim]{draft.created_at.astimezone():%Y-%m-%d %H:%M:%S} · {_asked(draft)}[/]"
    if brief.message:
        yield f"[dim]顾客：[/]{escape(brief.message)}"
    yield ""
    yield escape(as_text(draft)) or "[red]没写成[/]"
    if (line := link_line(draft)) and line not in as_text(draft):
        yield f"[dim]去处：{escape(line)}[/]"
    yield from _section("检查", (finding_line(finding) for finding in draft.findings))
    yield from _section("依据", (_source(one) for one in draft.context.retrieved))
    yield from _section(
        "没放进提示词", (f"{escape(c.what)} {escape(c.id)}（{c.tokens} tokens）" for c in draft.context.cuts)
    )
    yield from _section("调用", _attempts(draft))
    if len(versions) > 1:
        yield from _section("版本", (_version(row, draft.id) for row in versions))
    yield from _section("审阅", (escape(line) for line in reviews))
    for final in finals:
        yield from _section(f"定稿 {final.recorded_at.astimezone():%Y-%m-%d %H:%M}", iter([escape(final.text)]))


def _asked(draft: Draft) -> str:
    brief = draft.brief
    said = {
        "品牌": brief.brand,
        "商品": "、".join(brief.products),
        "人设": brief.persona,
        "目标": brief.goal,
        "角度": ANGLE_NAMES[brief.angle] if brief.angle else "",
        "版位": brief.format,
        "行动": brief.cta,
        "券": brief.coupon,
        "备注": brief.notes,
    }
    parts = [f"{name} {value}" for name, value in said.items() if value]
    return escape(" · ".join([*parts, f"核对日 {brief.today}", f"种子 {brief.seed}"]))


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield f"[bold cyan]{title}[/]"
        yield from (f"  {line}" for line in found)


def _source(one: Retrieved) -> str:
    legs = [f"语义 #{one.dense.rank} {one.dense.score:.3f}"] if one.dense else []
    legs += [_lexical(one.lexical)] if one.lexical else []
    return f"{KIND_LABELS[one.kind]} {escape(one.id)}  {one.score:.3f}  [dim]{' · '.join(legs) or '指名'}[/]"


def _lexical(leg: Leg) -> str:
    return f"字面 #{leg.rank} {leg.score:.2f}"


def _attempts(draft: Draft) -> Iterator[str]:
    for number, one in enumerate(draft.attempts, 1):
        cost = f" · {one.cost} 元" if one.cost is not None else ""
        blocked = sum(f.severity == "block" for f in one.findings)
        left = f" · 必须改 {blocked} 处" if blocked else ""
        yield (
            f"{number}. {escape(one.template_id)}@{escape(one.template_version)} [dim]{one.template_sha256[:12]} · "
            f"提示词 {one.prompt_sha256[:12]} · {escape(one.model)} · {one.input_tokens}+{one.output_tokens} tokens"
            f"{cost} · {one.latency:.2f} 秒{left}[/]"
        )


def _version(row: DraftRow, current: str) -> str:
    mark = "●" if row.id == current else "○"
    when = f"[dim]{row.created_at.astimezone():%m-%d %H:%M}[/]"
    return f"{mark} v{row.version} {handle(row.id)}  {when}  {escape(row.headline)}"
