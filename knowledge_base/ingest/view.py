"""What `wenan kb` prints: tables for people, lines of tab-separated values for pipes, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from knowledge_base.console import err, out
from knowledge_base.hit import Hit, Leg
from knowledge_base.ingest.kept import Kept
from knowledge_base.ingest.privacy import SETTING, told
from knowledge_base.ingest.report import AddReport, MappingNote
from knowledge_base.labels import FIELD_LABELS, KIND_LABELS
from knowledge_base.records import Record
from knowledge_base.schema import dump_record, record_name, search_text

if TYPE_CHECKING:
    from knowledge_base.base import KbStats
    from knowledge_base.ingest.add import Progress

SHOWN_PROBLEMS = 50
SNIPPET_CHARS = 60
WIDEST, NARROWEST = 26, 12
"""Terminal cells of a table's columns: at most for any but the last, at least for the last."""


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """A bar on stderr where that is a terminal; None elsewhere."""
    if not err().is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("入库"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err(), transient=True) as bar:
        task = bar.add_task("入库", total=None)

        def tell(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        yield tell


def show_report(report: AddReport, *, written: bool = True) -> None:
    """Mapping, problems and counts on stderr."""
    for note in report.mappings:
        if not note.exact:
            _show_mapping(note)
    for problem in report.bad[:SHOWN_PROBLEMS]:
        err().print(f"✗ {problem}", style="red", markup=False, soft_wrap=True)
        if problem.hint:
            err().print(f"  下一步：{problem.hint}", style="dim", markup=False, soft_wrap=True)
    if len(report.bad) > SHOWN_PROBLEMS:
        err().print(f"……还有 {len(report.bad) - SHOWN_PROBLEMS} 处，同样没有放进去", style="red")
    if report.skipped:
        names = "、".join(report.skipped[:5]) + (" 等" if len(report.skipped) > 5 else "")
        err().print(f"跳过 {len(report.skipped)} 个不是资料的文件：{names}", style="dim", markup=False, soft_wrap=True)
    kinds = "，".join(f"{KIND_LABELS[kind]} {count}" for kind, count in report.kinds.items())
    err().print(f"读了 {report.files} 个文件：{kinds or '没有资料'}", markup=False, soft_wrap=True)
    if written:
        tail = f"，移走 {report.removed}" if report.removed else ""
        counts = f"新增 {report.added}，更新 {report.changed}，未变 {report.unchanged}{tail}"
        err().print(counts + (f"，有问题 {len(report.bad)} 处" if report.bad else ""))
    if report.hidden:
        _show_hidden(report)


def _show_hidden(report: AddReport) -> None:
    if report.kept_because:
        line, hint = f"按 --keep-pii 原样存了个人信息：{told(report.hidden)}（原因：{report.kept_because}）", ""
    else:
        line = f"存之前隐去了个人信息：{told(report.hidden)}（原文件没有动）"
        hint = f"  是自家对外公布的联系方式，就写进 wenan.toml 的 [knowledge_base] {SETTING}，再加一次。"
    err().print(line, markup=False, soft_wrap=True)
    if hint:
        err().print(hint, style="dim", markup=False, soft_wrap=True)


def print_report(report: AddReport) -> None:
    """As JSON: counts, `bad` with file, row, reason and hint, and `mappings` with table, kind, used and ignored."""
    _print_json(asdict(report))


def _show_mapping(note: MappingNote) -> None:
    err().print(f"{note.table} 认作{KIND_LABELS[note.kind]}（按{note.why}）", markup=False, soft_wrap=True)
    pairs = "  ".join(f"{column}→{_target_label(target)}" for column, target in note.used.items())
    err().print(f"  用上：{pairs}", style="dim", markup=False, soft_wrap=True)
    if note.ignored:
        left = "  ".join(f"{column}（{why}）" if why else column for column, why in note.ignored.items())
        err().print(f"  没用：{left}    要用就加 --map 列名=字段", style="dim", markup=False, soft_wrap=True)


def _target_label(target: str) -> str:
    field, _, part = target.partition(".")
    return FIELD_LABELS.get(field, field) + (f".{part}" if part else "")


def print_hits(hits: Sequence[Hit], *, explain: bool, as_json: bool) -> None:
    """JSON: id, kind, name, score in [0, 1], `dense` and `lexical` (rank and score, or null), source."""
    if as_json:
        _print_json([_hit(one) for one in hits])
        return
    if not hits:
        err().print("没有找到。换个说法，或去掉 --kind、--brand 再试。")
        return
    legs = ("向量", "字面") if explain else ()
    rows: list[tuple[str, ...]] = []
    for hit in hits:
        name = record_name(hit.record)
        text = search_text(hit.record)[: 2 * SNIPPET_CHARS].removeprefix(name)
        snippet = " ".join(text.split())[:SNIPPET_CHARS]
        shown = (_leg(hit.dense), _leg(hit.lexical)) if explain else ()
        rows.append((f"{hit.score:.3f}", KIND_LABELS[hit.record.kind], hit.record.id, name, *shown, snippet))
    _print_table(("分数", "类", "编号", "名称", *legs, "内容"), rows)


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.record.id,
        "kind": hit.record.kind,
        "name": record_name(hit.record),
        "score": round(hit.score, 4),
        "dense": hit.dense and asdict(hit.dense),
        "lexical": hit.lexical and asdict(hit.lexical),
        "source": _place(hit.record),
    }


def _leg(leg: Leg | None) -> str:
    return f"第{leg.rank} {leg.score:.2f}" if leg else "—"


def print_records(records: Sequence[Record], *, as_json: bool) -> None:
    if as_json:
        _print_json([dump_record(record) for record in records])
        return
    if not records:
        err().print("这里没有资料。用 wenan kb add 文件 加进来。")
        return
    rows = [(KIND_LABELS[one.kind], one.id, record_name(one), _place(one)) for one in records]
    _print_table(("类", "编号", "名称", "出处"), rows)


def print_record(record: Record, *, as_json: bool) -> None:
    if as_json:
        _print_json(dump_record(record))
        return
    for field, value in dump_record(record).items():
        if field == "kind":
            value = KIND_LABELS[record.kind]
        elif field == "source":
            value = _place(record)
        label = "出处" if field == "source" else FIELD_LABELS.get(field, field)
        if isinstance(value, list):
            out().print(f"{label}：", markup=False)
            for item in value:
                out().print(f"  - {_inline(item)}", markup=False, soft_wrap=True)
        else:
            out().print(f"{label}：{_inline(value)}", markup=False, soft_wrap=True)


def print_stats(stats: KbStats, kept: Sequence[Kept], *, as_json: bool) -> None:
    """`kept`: where personal data was stored on purpose."""
    if as_json:
        _print_json(asdict(stats) | {"total": stats.total, "kept_personal_data": [asdict(one) for one in kept]})
        return
    counts = "，".join(f"{KIND_LABELS[kind]} {n}" for kind, n in stats.counts.items() if n)  # type: ignore[index]
    rows = (
        ("资料", f"{stats.total} 条" + (f"（{counts}）" if counts else "")),
        ("移走", f"{stats.removed} 条，可恢复"),
        ("来自", f"{stats.files} 个文件"),
        ("版本", stats.version or "还是空的"),
        ("向量", stats.embedder),
        ("存在", stats.place),
    )
    for label, value in rows:
        out().print(f"{label}：{value}", markup=False, soft_wrap=True)
    for one in kept:
        what = f"{'、'.join(one.files)}：{told(one.counts)}" if one.counts else "、".join(one.files)
        out().print(f"原样存了个人信息：{one.at[:10]} {what}（{one.reason}）", markup=False, soft_wrap=True)


def _inline(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"name", "value"}:
        return f"{value['name']}：{value['value']}"
    if isinstance(value, dict):
        return "，".join(f"{FIELD_LABELS.get(key, key)} {_inline(item)}" for key, item in value.items())
    return "、".join(map(_inline, value)) if isinstance(value, list) else str(value)


def _place(record: Record) -> str:
    return f"{record.source.file}:{record.source.row}" if record.source.row else record.source.file


def _print_table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Aligned for a terminal; without a head and with tabs for a pipe, so that `cut -f` and `awk` work."""
    if not out().is_terminal:
        # Written past rich, which would turn the tabs into spaces.
        out().file.writelines("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in rows)
        return
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    needs = [max(cell_len(" ".join(cell.split())) for cell in column) for column in zip(columns, *rows, strict=True)]
    widths = [min(need, WIDEST) for need in needs[:-1]]
    # The last column takes what is left and is cut, so that a long text cannot starve the ids.
    left = out().width - sum(widths) - 3 * len(widths) - 4
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column, width in zip(columns, [*widths, min(needs[-1], max(left, NARROWEST))], strict=True):
        last = column == columns[-1]
        table.add_column(column, width=width, overflow="ellipsis" if last else "fold", no_wrap=last)
    for row in rows:
        table.add_row(*(Text(" ".join(cell.split())) for cell in row))
    out().print(table)


def _print_json(value: Any) -> None:
    out().out(json.dumps(value, ensure_ascii=False, indent=2, default=str), highlight=False)
