"""`wenan campaign export`: what people approved, in the form the next program reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from agent.campaign.export_documents import DOCUMENTS, write_document
from agent.campaign.export_files import Layout, neutral, write_csv, write_jsonl, write_xlsx
from agent.campaign.export_names import creative_names
from agent.campaign.export_pick import Choice, LeftOut, Mailing, pieces_of_drafts, take
from agent.campaign.export_rows import LONG, Piece, general_columns, sheet_problem, value_of
from agent.campaign.plan_file import CampaignPlan
from agent.campaign.recipients import read_recipients
from agent.campaign.recipients_units import resolver
from agent.campaign.review_store import Book
from agent.campaign.units import resolve_cast
from agent.campaign.where import parse_where
from agent.codec import to_plain
from agent.label.implicit import metadata
from agent.log_view import FORM_LABELS
from agent.present import labelled_dict
from agent.review.approval import NotApprovedError, required_roles
from agent.storage.files import write_pieces
from knowledge_base.base import KnowledgeBase
from knowledge_base.console import err
from knowledge_base.errors import UsageError, WenanError
from knowledge_base.rules.ai_labels import metadata_rule
from knowledge_base.rules.exports import Sheet, sheet
from knowledge_base.workspace import Workspace

TABLES = ("csv", "xlsx", "jsonl")
FORMATS = (*TABLES, *DOCUMENTS)
RECORDS = ("html", "jsonl")
"""Forms to look at and to keep, which are no publication and need nobody's approval."""
MOST_SHOWN = 8
TELL_EVERY = 5_000
"""Rows between signs of life: a filled row is checked whole, which takes a millisecond or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One export as asked for."""

    name: str
    format: str = ""
    out: Path | None = None
    choice: Choice = "approved"
    where: str = ""
    backend: str = ""
    """Name of a sheet in exports.yaml."""
    drafts: bool = False
    """A row a draft, also where the plan has recipients."""


def export(order: Order) -> None:
    """Writes the file. Raises NothingToExportError, NotApprovedError, UsageError, StorageError, and Exit(1) when rows
    had to be left out.
    """
    workspace = Workspace.find()
    form, backend, fits = _format(order), sheet(order.backend) if order.backend else None, parse_where(order.where)
    required = required_roles(workspace)
    if required and order.choice != "approved" and (form not in RECORDS or backend):
        raise NotApprovedError(
            f"wenan.toml 要求{'、'.join(required)}审过才能交出去，不能用 --passed、--all",
            hint="先审：wenan campaign review；只想看看用 --format html。",
        )
    with Book(workspace, required) as book:
        id, plan = book.campaign(order.name)
        taken = take(book, id, order.choice, fits)
        if not taken.keys:
            raise NothingToExportError(
                f"没有可以导出的：写好 {taken.seen} 篇，符合条件的 0 篇",
                hint=f"先审：wenan campaign review {id}；没审也要看用 --passed 或 --all。",
            )
        path = order.out or Path(f"{id}{f'-{backend.name}' if backend else ''}.{form}")
        left_out = _write(book, workspace, plan, id, taken.keys, path, form, backend, order)
    if taken.unproved:
        _say(f"其中 {taken.unproved} 篇检查没有全过，是人放行的")
    _report(left_out, path)


class NothingToExportError(WenanError):
    """No draft fits: nobody approved any, or the condition excludes them all."""


def _write(
    book: Book, workspace: Workspace, plan: CampaignPlan, id: str, keys: list[str],
    path: Path, form: str, backend: Sheet | None, order: Order,
) -> list[LeftOut]:  # fmt: skip
    by_person = plan.recipients is not None and not order.drafts and form in TABLES
    by_person = by_person and not (backend and backend.per_draft)
    if backend is not None:
        _check_backend(backend, plan, by_person)
    if not by_person:
        pieces: Iterable[Piece] = pieces_of_drafts(book, keys)
        if backend:
            names = creative_names(book, id, plan, backend)
            pieces = (
                replace(piece, name=names.get(piece.entry.key, ""))
                for piece in pieces
                if piece.draft.brief.form in backend.forms
            )
        rows = _Rows(pieces, [])
        _write_form(path, id, form, backend, {} if backend else general_columns(()), rows)
        _say(f"已写入 {path}：{rows.count:,} 行")
        return rows.left_out
    with closing(KnowledgeBase.open(workspace)) as kb:
        cast = resolve_cast(plan, kb)
        mailing = Mailing(book, id, plan, keys, backend.forms if backend else ())
        recipients = read_recipients(plan, workspace, resolver(cast, kb))
        rows = _Rows(mailing.rows(recipients), mailing.left_out)
        assert plan.recipients is not None
        _write_form(path, id, form, backend, general_columns(plan.recipients.slots), rows)
    _say(f"已写入 {path}：{mailing.people:,} 位收件人，{rows.count:,} 行")
    return rows.left_out


def _write_form(path: Path, id: str, form: str, backend: Sheet | None, columns: Mapping[str, str], rows: _Rows) -> None:
    if form == "jsonl":
        write_jsonl(path, map(_object, rows.pieces(backend)))
        return
    if form in DOCUMENTS:
        write_document(path, id, form, list(rows.pieces(None)))
        return
    heads = {one.name: one.value for one in backend.columns} if backend else dict(columns)
    layout = Layout(
        heads=tuple(heads),
        long=frozenset(i for i, value in enumerate(heads.values()) if value in LONG),
        about={"Label": metadata_rule().label, "ContentProducer": metadata_rule().producer, "ProduceID": id},
    )
    cells = (tuple(value_of(piece, value, backend) for value in heads.values()) for piece in rows.pieces(backend))
    if form == "csv":
        write_csv(path, layout, cells)
    else:
        write_xlsx(path, backend.name if backend else id, layout, cells)


class _Rows:
    """Pieces on their way out: counted, and those a backend would refuse kept back."""

    def __init__(self, source: Iterable[Piece], left_out: list[LeftOut]) -> None:
        self._source, self.left_out, self.count = source, left_out, 0

    def pieces(self, backend: Sheet | None) -> Iterator[Piece]:
        for piece in self._source:
            problem = self._problem(piece, backend)
            if problem:
                row = piece.recipient.row if piece.recipient else None
                self.left_out.append(LeftOut(row, piece.draft.id, problem))
                continue
            self.count += 1
            if self.count % TELL_EVERY == 0 and err().is_terminal:
                _say(f"已写 {self.count:,} 行……")
            yield piece

    def _problem(self, piece: Piece, backend: Sheet | None) -> str:
        for column in backend.columns if backend else ():
            if problem := sheet_problem(column, value_of(piece, column.value, backend)):
                return problem
        return ""


def _check_backend(backend: Sheet, plan: CampaignPlan, by_person: bool) -> None:
    forms = {target.form for target in plan.channels}
    if not forms & set(backend.forms):
        channels = "、".join(FORM_LABELS[form] for form in backend.forms if form in FORM_LABELS)
        raise UsageError(
            f"这个活动没有「{backend.name}」能发的文案",
            hint=f"它发的是{channels}：在计划的 channels 里加上，再写一遍。{backend.note}",
        )
    if backend.slots and not by_person:
        raise UsageError(
            f"「{backend.name}」一人一行，计划里要有 recipients", hint="在计划里写 recipients，或换一种表。"
        )
    slots = plan.recipients.slots if plan.recipients else {}
    if absent := [name for name in backend.slots if name not in slots]:
        raise UsageError(
            f"「{backend.name}」要有{'、'.join(absent)}", hint=f"在 recipients.columns 里写上：{absent[0]}: 列名。"
        )


def _object(piece: Piece) -> dict[str, Any]:
    """Lossless for drafts; a recipient's row says what that person reads, and names its draft."""
    unit = {name: value for name, value in to_plain(piece.entry.unit).items() if value not in ("", None)}
    if piece.recipient is None:
        reviews = to_plain(piece.entry.reviews)
        return {"unit": unit, "state": piece.entry.state, "draft": labelled_dict(piece.draft), "reviews": reviews}
    one = piece.recipient
    return {
        "recipient": {"id": one.identity, "row": one.row, "slots": dict(one.values)},
        "unit": unit,
        "draft_id": piece.draft.id,
        "text": value_of(piece, "text"),
        "copy": to_plain(piece.draft.copy),
        "link": value_of(piece, "link"),
        "label": {"text": value_of(piece, "label"), metadata_rule().key: metadata(piece.draft)},
    }


def _format(order: Order) -> str:
    suffix = order.out.suffix.lower().lstrip(".") if order.out else ""
    wanted = order.format or suffix or "xlsx"
    if wanted not in FORMATS:
        raise UsageError(f"不能导出成「{wanted}」", hint=f"可选：{'、'.join(FORMATS)}。")
    if order.format and suffix and suffix != order.format:
        raise UsageError(
            f"--format {order.format} 和文件名 {order.out} 对不上", hint="去掉 --format，或改文件名的后缀。"
        )
    if order.backend and wanted not in ("csv", "xlsx"):
        raise UsageError("给后台的表只有 csv 和 xlsx", hint="用 --format xlsx。")
    return wanted


def _report(left_out: list[LeftOut], path: Path) -> None:
    """Lists what stayed behind beside the file, the commonest reasons on the terminal. Raises Exit(1) when any did."""
    if not left_out:
        return
    beside = path.with_name(f"{path.stem}-没导出.csv")
    write_pieces(beside, ("\ufeff收件人文件行,稿件编号,原因\r\n", *(_left_line(one) for one in left_out)))
    _say(f"没有导出 {len(left_out):,} 行，逐行原因在 {beside}")
    reasons = Counter(one.reason for one in left_out)
    first = {one.reason: one for one in reversed(left_out)}
    for reason, count in reasons.most_common(MOST_SHOWN):
        row = first[reason].row
        _say(f"  {count:,} 行 · {reason}{f'（例如第 {row} 行）' if row else ''}")
    raise typer.Exit(1)


def _left_line(one: LeftOut) -> str:
    cells = (str(one.row or ""), one.draft, one.reason)
    return ",".join('"' + neutral(cell).replace('"', '""') + '"' for cell in cells) + "\r\n"


def _say(line: str) -> None:
    err().print(line, markup=False, soft_wrap=True)
