"""A filled review file -> verdicts in the journal: everything in it, or nothing when one blank cannot be understood."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from agent.draft import Draft
from agent.fingerprint import copy_sha256
from agent.journal import Journal
from agent.label.read import decode, read_bytes
from agent.label.verify import squash
from agent.review.answers import Answer, Answers, read_verdict
from agent.review.approval import Opinion, judged
from agent.review.page import read_page
from agent.review.sheet import parts_of
from agent.review.text_back import read_text
from agent.review.word import clean
from agent.review.word_back import read_word
from agent.storage.reviews import Review
from agent.word_diff import abridged, as_plain, word_diff
from knowledge_base.errors import BadInputError, UnknownIdError, UsageError
from knowledge_base.workspace import Workspace

EDIT_CHARS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What reading a file came to."""

    new: tuple[Review, ...]
    known: tuple[Review, ...]
    """Said before: the file was read in already, or the same was said on the command line."""
    blank: int
    """Blanks that nobody filled."""


def bring_in(path: Path, journal: Journal, workspace: Workspace, *, name: str = "", role: str = "") -> Brought:
    """Reads DOCX, HTML or text (`-`: from the pipe). `name` and `role` fill in what the file leaves open.

    Raises BadInputError naming the blank; nothing is kept then.
    """
    answers, file = _read(path), str(path)
    filled = [one for one in answers.answers if not one.blank]
    if not filled:
        raise BadInputError("一处结论也没填", file=file, hint="在“结论”里选 通过、改后通过 或 退回，再存一次。")
    names = {one.role: one.name for one in answers.answers if one.name}
    reviews = []
    for one in filled:
        try:
            draft = journal.get(one.draft_id)
        except UnknownIdError as error:
            raise BadInputError(
                f"{one.place}的稿件 {one.draft_id} 不在这个工作区里", file=file, hint="到生成它的工作区里收。"
            ) from error
        opinion = _opinion(one, draft, answers, file, one.name or names.get(one.role or role, "") or name, role)
        try:
            reviews.append(judged(draft, opinion, workspace))
        except UsageError as error:
            raise BadInputError(f"{one.place}：{error.message}", file=file, hint=error.hint) from error
    kept = [(review, journal.record_review(review)) for review in reviews]
    return Brought(
        new=tuple(review for review, new in kept if new),
        known=tuple(review for review, new in kept if not new),
        blank=len(answers.answers) - len(filled),
    )


def _read(path: Path) -> Answers:
    if str(path) == "-":
        return read_text(sys.stdin.read(), "（管道）")
    match path.suffix.lower():
        case ".docx":
            return read_word(path)
        case ".html" | ".htm":
            return read_page(path)
        case ".txt" | ".md":
            return read_text(decode(read_bytes(path), str(path)), str(path))
        case _:
            raise BadInputError(
                "读不了这种审阅文件", file=str(path), hint="能读 docx、html、txt；.doc 请先另存为 .docx。"
            )


def _opinion(one: Answer, draft: Draft, answers: Answers, file: str, name: str, role: str) -> Opinion:
    verdict = read_verdict(one.verdict, file, one.place)
    if verdict is None:
        raise BadInputError(f"{one.place}写了意见，没选结论", file=file, hint="选 通过、改后通过 或 退回。")
    if not copy_sha256(draft.copy).startswith(one.code):
        raise BadInputError(
            f"{one.place}的校验码和稿件库里的 {draft.id} 对不上", file=file, hint="编号那一格不要动；重新生成一份再审。"
        )
    if not name:
        raise BadInputError(f"{one.place}没写姓名", file=file, hint="补上姓名，或加 --by 姓名。")
    changed = _changed(draft, answers.texts.get(draft.id, ""))
    if changed and verdict == "approve":
        raise BadInputError(
            f"{one.place}选了通过，但文案在文件里被改过：{changed[:80]}",
            file=file,
            hint="通过只对原文有效。先用 wenan revise 把改动收进新的一版再送审，或把结论写成 改后通过。",
        )
    comment = "\n".join(part for part in (one.comment, f"在审阅单里改了文字：{changed}" if changed else "") if part)
    return Opinion(verdict=verdict, name=name, role=one.role or role, comment=comment, origin=answers.origin)


def _changed(draft: Draft, text: str) -> str:
    """The words typed over in the file, as a marked difference; empty when there are none or it cannot be told."""
    shown = squash(clean("".join(part.text for part in parts_of(draft))))
    now = squash(clean(text))
    if not now or now == shown:
        return ""
    marked = as_plain(abridged(word_diff(shown, now)))
    return marked if len(marked) <= EDIT_CHARS else marked[:EDIT_CHARS] + "…"
