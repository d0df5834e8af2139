"""A verdict as it comes back in a file, and the many ways in which people write 通过."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.storage.reviews import Origin, Verdict
from knowledge_base.errors import BadInputError

BOX = "☐"
OPTIONS: dict[str, Verdict] = {"通过": "approve", "改后通过": "changes", "退回": "reject"}
_TICKS = "☑☒■√✓✔✅●◉vV"
_EMPTY = "☐□○◯"
_PUNCTUATION = re.compile(r"[\s，。！!.、：:；;]")
_WORDS: dict[str, Verdict] = {
    **OPTIONS,
    **dict.fromkeys(("同意", "可以", "可发", "可以发", "批准", "没问题", "无意见", "ok", "okay", "yes"), "approve"),
    **dict.fromkeys(("修改后通过", "修改后可发", "改后可发", "改了再发", "有条件通过"), "changes"),
    **dict.fromkeys(("不通过", "不同意", "驳回", "拒绝", "否", "不可以", "不行", "打回", "no"), "reject"),
}  # fmt: skip
_BOXED = re.compile(
    rf"(?P<mark>(?:[{_TICKS}{_EMPTY}]\s*)+|[\[【(（][\sxX{_TICKS}]*[\]】)）]\s*)"
    rf"(?P<word>改后通过|通过|退回)(?P<after>\s*[{_TICKS}]+(?![{_TICKS}\s]*(?:改后通过|通过|退回)))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One role's blanks for one draft, as filled in."""

    place: str
    """Where in the file, for messages."""
    draft_id: str
    code: str
    role: str
    verdict: str = ""
    """As written; empty when left blank."""
    comment: str = ""
    name: str = ""

    @property
    def blank(self) -> bool:
        """Whether nobody touched it. Whoever typed something unreadable did."""
        return not self.comment.strip() and _BOXED.sub("", self.verdict).strip() == "" and not _chosen(self.verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a file holds."""

    origin: Origin
    answers: tuple[Answer, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    """Draft id -> its copy as it stands in the file now, white space aside; absent where that cannot be told."""


def read_verdict(text: str, file: str, place: str) -> Verdict | None:
    """The verdict that was ticked or typed; None when nothing was. Raises BadInputError naming the place.

    Understands boxes ticked in any of the usual ways, the one option left when the others were deleted, and words.
    """
    boxed = list(_BOXED.finditer(text))
    said = {OPTIONS[one["word"]] for one in boxed if _ticked(one)}
    typed = _PUNCTUATION.sub("", _BOXED.sub("", text)).lower()
    if typed in _WORDS:
        said.add(_WORDS[typed])
    elif typed:
        raise BadInputError(
            f"{place}的结论看不懂：「{text.strip()[:40]}」", file=file, hint="写 通过、改后通过、退回 里的一个。"
        )
    if len(said) > 1:
        raise BadInputError(f"{place}的结论选了不止一个", file=file, hint="只留一个勾。")
    if not said and len(boxed) == 1:
        return OPTIONS[boxed[0]["word"]]
    return next(iter(said), None)


def _chosen(text: str) -> bool:
    boxed = list(_BOXED.finditer(text))
    return len(boxed) == 1 or any(_ticked(one) for one in boxed)


def _ticked(option: re.Match[str]) -> bool:
    return bool(option["after"]) or any(char in _TICKS + "xX" for char in option["mark"])
