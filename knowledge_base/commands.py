"""`wenan kb`: what goes into the knowledge base and what is in it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App
from knowledge_base.errors import UnknownIdError, UsageError
from knowledge_base.records import KINDS, Kind

if TYPE_CHECKING:
    from datetime import date

    from knowledge_base.base import KnowledgeBase
    from knowledge_base.ingest.report import AddReport
    from knowledge_base.records import Record

app = App(no_args_is_help=True, help="往知识库里加资料、搜索、查看、删除。")

KindOption = Annotated[str, typer.Option("--kind", help=f"哪一类：{'、'.join(KINDS)}；中文也行，例如 商品。")]
BrandOption = Annotated[str, typer.Option("--brand", help="品牌编号或名字。")]
FormatOption = Annotated[str, typer.Option("--format", "-f", help="text 或 json。")]


def open_kb() -> KnowledgeBase:
    """The knowledge base of the current workspace."""
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.workspace import Workspace

    return KnowledgeBase.open(Workspace.find())


def one_kind(text: str) -> Kind | None:
    """A kind by its English or Chinese name; None when empty. Raises UsageError."""
    from knowledge_base.ingest.kinds import named_kind

    if not text:
        return None
    kind = named_kind(text)
    if kind is None:
        raise UsageError(f"没有「{text}」这一类", hint=f"可选：{'、'.join(KINDS)}。")
    return kind


@app.command("add")
def add_command(
    paths: Annotated[
        list[Path], typer.Argument(metavar="文件或文件夹...", help="表格、文档、网页存档，或装着它们的文件夹。")
    ],
    kind: KindOption = "",
    brand: BrandOption = "",
    column: Annotated[
        list[str] | None, typer.Option("--map", help="列名=字段，可重复；例如 --map 净重=specs，不要某列写 列名=-。")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="有一行不对就什么都不写。")] = False,
    sync: Annotated[bool, typer.Option("--sync", help="文件里已经没有的资料从知识库移走（可恢复）。")] = False,
    keep_pii: Annotated[
        str | None,
        typer.Option("--keep-pii", metavar="原因", help="个人信息照原样存，不隐去；要写明原因，会记下来。"),
    ] = None,
    format: FormatOption = "text",
) -> None:
    """把文件加进知识库。列名自动对应并显示出来；重复加不会变多；坏行列出来，好行照常进。

    手机号、证件号、收件人等个人信息存之前先隐去；品牌资料和政策里的座机、400 电话、门店地址留着。
    自家对外公布的手机号、微信号写进 wenan.toml 的 knowledge_base 一段：public_contacts。
    """
    from contextlib import closing

    from knowledge_base.ingest.add import StrictError, add
    from knowledge_base.ingest.kept import note_kept
    from knowledge_base.ingest.privacy import Hiding
    from knowledge_base.ingest.view import print_report, progress_bar, show_report
    from knowledge_base.workspace import Workspace

    as_json = _json_wanted(format)
    if keep_pii is not None and not keep_pii.strip():
        raise UsageError("--keep-pii 要写明原因", hint='例如 --keep-pii "门店通讯录，员工已同意"。')
    workspace = Workspace.find()
    hiding = Hiding.of(workspace, (keep_pii or "").strip())
    with closing(open_kb()) as kb, progress_bar() as progress:
        try:
            report: AddReport = add(
                kb,
                paths,
                root=workspace.root,
                kind=one_kind(kind),
                brand=brand,
                mapping=_mapping(column or []),
                strict=strict,
                sync=sync,
                hiding=hiding,
                progress=progress,
            )
        except StrictError as error:
            show_report(error.report, written=False)
            raise
    if report.kept_because:
        note_kept(workspace, report.kept_because, paths, report.hidden)
    show_report(report)
    if as_json:
        print_report(report)
    if report.bad and not report.records:
        raise typer.Exit(3)


@app.command("search")
def search_command(
    query: Annotated[str, typer.Argument(metavar="找什么", help="一句话就行。")],
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help=f"哪一类，可重复：{'、'.join(KINDS)}；中文也行，例如 商品。")
    ] = None,
    k: Annotated[int, typer.Option("--k", "-k", min=1, max=200, help="最多几条。")] = 5,
    brand: BrandOption = "",
    category: Annotated[str, typer.Option("--category", help="品类。")] = "",
    on: Annotated[str, typer.Option("--on", help="只要这一天有效的，例如 2026-11-22。")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="说明每条是怎么找到的。")] = False,
    format: FormatOption = "text",
) -> None:
    """按意思和字面一起找。"""
    from contextlib import closing

    from knowledge_base.ingest.view import print_hits

    kinds = tuple(found for text in kind or () if (found := one_kind(text)))
    as_json = _json_wanted(format)
    with closing(open_kb()) as kb:
        hits = kb.search(
            query,
            k=k,
            kinds=kinds,
            brand=brand or None,
            category=category or None,
            on=_day(on),
        )
    print_hits(hits, explain=explain, as_json=as_json)


@app.command("list")
def list_command(
    kind: KindOption = "",
    brand: BrandOption = "",
    removed: Annotated[bool, typer.Option("--removed", help="列出移走的、还能恢复的。")] = False,
    format: FormatOption = "text",
) -> None:
    """列出知识库里有什么。"""
    from contextlib import closing

    from knowledge_base.ingest.view import print_records

    wanted = one_kind(kind)
    with closing(open_kb()) as kb:
        records = [r for r in kb.removed() if wanted in (None, r.kind)] if removed else kb.all(wanted, brand or None)
    print_records(records, as_json=_json_wanted(format))


@app.command("show")
def show_command(
    id: Annotated[str, typer.Argument(metavar="编号", help="资料的编号，或不重名的名字。")],
    format: FormatOption = "text",
) -> None:
    """看一条资料的全部内容和出处。"""
    from contextlib import closing

    from knowledge_base.ingest.view import print_record

    with closing(open_kb()) as kb:
        print_record(_record(kb, id), as_json=_json_wanted(format))


@app.command("rm")
def rm_command(ids: Annotated[list[str], typer.Argument(metavar="编号...", help="要移走的编号。")]) -> None:
    """移走资料。不会真的删掉，kb restore 能恢复。"""
    from contextlib import closing

    from knowledge_base.console import err

    with closing(open_kb()) as kb:
        found = [_record(kb, id).id for id in ids]
        count = kb.remove(found)
    err().print(f"移走 {count} 条；要恢复：wenan kb restore {shlex.join(found)}", markup=False, soft_wrap=True)


@app.command("restore")
def restore_command(ids: Annotated[list[str], typer.Argument(metavar="编号...", help="要恢复的编号。")]) -> None:
    """恢复移走的资料。"""
    from contextlib import closing

    from knowledge_base.console import err
    from knowledge_base.schema import record_name

    with closing(open_kb()) as kb:
        known = {record.id: record_name(record) for record in kb.removed()}
        unknown = [id for id in ids if id not in known]
        if unknown:
            raise UnknownIdError("移走的资料", unknown[0], _near(unknown[0], known))
        count = kb.restore(ids)
    err().print(f"恢复 {count} 条" + ("" if count == len(ids) else "；其余的已经重新加过，没有覆盖"))


@app.command("stats")
def stats_command(format: FormatOption = "text") -> None:
    """每类有多少条，存在哪里，用什么做向量。"""
    from contextlib import closing

    from knowledge_base.ingest.kept import kept_notes
    from knowledge_base.ingest.view import print_stats
    from knowledge_base.workspace import Workspace

    with closing(open_kb()) as kb:
        print_stats(kb.stats(), tuple(kept_notes(Workspace.find())), as_json=_json_wanted(format))


@app.command("export")
def export_command(
    kind: KindOption = "",
    brand: BrandOption = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写到文件；不写就打印。")] = None,
    format: Annotated[str, typer.Option("--format", "-f", help="jsonl、yaml 或 csv；不写按扩展名，默认 jsonl。")] = "",
) -> None:
    """导出资料；导出的文件可以原样再加回来。"""
    from contextlib import closing

    from knowledge_base.ingest.export import export, export_format

    chosen = export_format(format, out)
    with closing(open_kb()) as kb:
        export(kb.all(one_kind(kind), brand or None), chosen, out)


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        name, sign, target = pair.rpartition("=")
        if not sign or not name.strip() or not target.strip():
            raise UsageError(f"--map {pair} 看不懂", hint="写成 列名=字段，例如 --map 到手价=price。")
        mapping[name.strip()] = target.strip()
    return mapping


def _day(text: str) -> date | None:
    from knowledge_base.ingest.coerce import CellError, day

    try:
        return day(text)
    except CellError as error:
        raise UsageError(f"--on {error}") from error


def _json_wanted(format: str) -> bool:
    if format not in ("text", "json"):
        raise UsageError(f"没有格式「{format}」", hint="可选：text、json。")
    return format == "json"


def _record(kb: KnowledgeBase, wanted: str) -> Record:
    """By id, else by a name that only one record has. Raises UnknownIdError with the nearest ids."""
    from knowledge_base.schema import record_name

    record = kb.get(wanted)
    if record is not None:
        return record
    names = {one.id: record_name(one) for one in kb.all()}
    same = [id for id, name in names.items() if name == wanted]
    if len(same) == 1 and (record := kb.get(same[0])):
        return record
    raise UnknownIdError("资料", wanted, tuple(same[:3]) or _near(wanted, names))


def _near(wanted: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """Ids whose id or name looks like what was typed."""
    from difflib import get_close_matches

    by_text = {name: id for id, name in names.items()} | {id: id for id in names}
    return tuple(dict.fromkeys(by_text[text] for text in get_close_matches(wanted, by_text, n=3, cutoff=0.5)))
