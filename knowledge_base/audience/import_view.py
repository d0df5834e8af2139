"""What `wenan audience import` and `status` print: every number with its name, nothing cleaned away in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from knowledge_base.audience.importing.bots import RULE
from knowledge_base.audience.importing.options import ImportOptions
from knowledge_base.audience.importing.report import REASONS, ImportReport
from knowledge_base.audience.schemas import FIELD_NAMES, SCHEMAS, TABLE_NAMES

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

SHOWN = 12
"""Changed words shown a column; `--format json` has all."""
HINTS = {
    "unasked": "没有同意记录的人不导入：先导入带同意列的用户表，或用 --assume-consent \"理由\" 说明依据（会记下来）。",
    "unknown_action": "不认识的动作用 --action 词=动作 指明。",
    "bad_time": "时间看不懂的，看看例子里的写法。",
}  # fmt: skip


def report_lines(report: ImportReport) -> Iterator[str]:
    """One import, in lines of Chinese."""
    name = TABLE_NAMES[report.kind]
    if report.already:
        yield f"{report.file}：以前原样导入过（{name}，留下 {report.kept:,} 行），这次什么都没有改"
        return
    yield (
        f"{report.file}：{name} {report.rows:,} 行，留下 {report.kept:,} 行、{report.users:,} 人"
        f"；用途 {report.purpose}，依据 {report.basis}；{report.seconds:.1f} 秒"
    )
    yield from _dropped(report)
    yield from _changes(report.changes)
    if report.repaired:
        yield "  改成空或改写：" + "、".join(f"{what} {count:,}" for what, count in report.repaired.items())
    if report.missing:
        yield "  没有填：" + "、".join(
            f"{FIELD_NAMES.get(name, name)} {count:,}" for name, count in report.missing.items()
        )
    if report.personal:
        yield f"  含个人信息的列没有存：{'、'.join(report.personal)}"
    if report.ignored:
        yield f"  用不上的列：{'、'.join(report.ignored)}（要用就加 --map 列名=字段）"
    if report.withdrawn:
        yield f"  {report.withdrawn:,} 人表示不同意，以前导入的数据已删除"
    for note in report.notes:
        yield f"  {note}"


def _dropped(report: ImportReport) -> Iterator[str]:
    for reason, label in REASONS.items():
        if count := report.dropped.get(reason):
            yield f"  丢弃 {label} {count:,} 行" + (f"（{RULE}）" if reason == "bot" else "")
            for example in report.examples.get(reason, []):
                yield f"    例：{example}"
            if reason in HINTS:
                yield f"    {HINTS[reason]}"


def _changes(changes: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    for column, rows in changes.items():
        known = [row for row in rows if row["to"] is not None]
        shown = "、".join(f"{row['from']}→{row['to']} {row['rows']:,}" for row in known[:SHOWN])
        if known:
            yield f"  {column}改写：{shown}" + (f" 等 {len(known)} 种" if len(known) > SHOWN else "")
        unknown = [row for row in rows if row["to"] is None]
        if unknown:
            yield f"  {column}不认识：" + "、".join(f"{row['from']} {row['rows']:,}" for row in unknown[:SHOWN])


def report_json(report: ImportReport) -> dict[str, Any]:
    """All of a report, as plain values."""
    return asdict(report)


def status_json(store: AudienceStore) -> dict[str, Any]:
    """What is there: rows, span, consent, budget, and every import with its report."""
    from knowledge_base.audience.privacy.consent import answered
    from knowledge_base.audience.privacy.dp import Budget

    span = store.span()
    asked = answered(store) if store.path.is_file() else None
    return {
        "purpose": store.purpose,
        "rows": {table: count for table, count in store.counts().items()},
        "first": span[0].isoformat() if span else None,
        "last": span[1].isoformat() if span else None,
        "consent": {
            "granted": int(asked["granted"].sum()) if asked is not None else 0,
            "refused": int((~asked["granted"]).sum()) if asked is not None else 0,
        },
        "epsilon_spent": Budget(store).spent() if store.path.is_file() else 0.0,
        "imports": [
            {
                "file": one.file,
                "kind": one.kind,
                "purpose": one.purpose,
                "basis": one.basis,
                "at": one.at.isoformat(),
                "options": dict(one.options),
                "report": dict(one.report),
            }
            for one in store.imports()
        ],
    }


def status_lines(store: AudienceStore) -> Iterator[str]:
    """The same for people."""
    status = status_json(store)
    yield f"用途：{status['purpose']}"
    yield "数据：" + "、".join(f"{TABLE_NAMES[table]} {status['rows'][table]:,} 行" for table in SCHEMAS)
    if status["first"]:
        yield f"行为时间：{status['first'][:16]} 到 {status['last'][:16]}（UTC）"
    consent = status["consent"]
    yield f"同意记录：同意 {consent['granted']:,} 人，不同意 {consent['refused']:,} 人"
    if status["epsilon_spent"]:
        yield f"隐私预算：已用 ε {status['epsilon_spent']:g}"
    yield f"导入过 {len(status['imports'])} 个文件："
    for one in store.imports():
        yield f"{one.at.astimezone():%Y-%m-%d %H:%M}"
        yield from (f"  {line}" for line in report_lines(ImportReport(**{**one.report, "already": False})))
        if chosen := _chosen(one.options):
            yield f"    当时的选择：{chosen}"


def _chosen(options: Mapping[str, Any]) -> str:
    names = {
        "kind": "--kind", "columns": "--map", "header": "--header", "actions": "--action", "categories": "--category",
        "keep_bots": "--keep-bots", "timezone": "--timezone", "assume": "--assume-consent",
    }  # fmt: skip
    parts = []
    usual = ImportOptions().as_json()
    for key, option in names.items():
        value = options.get(key)
        if value == usual[key]:
            continue
        if isinstance(value, Mapping):
            parts += [f"{option} {name}={meant}" for name, meant in value.items()]
        elif value:
            parts.append(
                option if value is True else f"{option} {','.join(value) if isinstance(value, list) else value}"
            )
    return " ".join(parts)
