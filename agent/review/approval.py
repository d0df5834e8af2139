"""Verdicts in and out of the journal, and the gate that later steps ask.

wenan.toml:

    [review]
    require = ["法务"]      # deliverables need an approval of each of these roles; empty or absent: nothing is required
    roles = ["品牌"]        # further roles that may review; 法务 and 主管 always may

The gate stands before what leaves for publication: `wenan log show --out` and every push to a platform. Drafting,
revising, review files, provenance bundles and the whole-journal export are records of work, not publication, and are
never held up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from agent.copies import plain_text
from agent.draft import Draft
from agent.finding import blocking
from agent.fingerprint import copy_sha256
from agent.ids import handle, new_id
from agent.journal import Journal
from agent.review.standing import VERDICT_NAMES, describe, standing
from agent.storage.reviews import Origin, Review, Verdict
from knowledge_base.errors import BadInputError, UsageError, WenanError
from knowledge_base.workspace import CONFIG_NAME, Workspace

ROLES = ("法务", "主管")
NAME_CHARS = 40
COMMENT_CHARS = 4000


class NotApprovedError(WenanError):
    """The workspace requires approvals that the draft does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a person says, before it is checked and kept."""

    verdict: Verdict
    name: str
    role: str
    comment: str = ""
    origin: Origin = "cli"


def required_roles(workspace: Workspace) -> tuple[str, ...]:
    """Raises BadInputError when wenan.toml says something else than a list of names."""
    return _names(workspace, "require")


def roles(workspace: Workspace) -> tuple[str, ...]:
    """Everybody who may review."""
    return tuple(dict.fromkeys((*ROLES, *required_roles(workspace), *_names(workspace, "roles"))))


def check_role(role: str, workspace: Workspace) -> str:
    """`role` itself. Raises UsageError when nobody reviews under that name."""
    if role not in roles(workspace):
        raise UsageError(
            f"没有角色「{role}」",
            hint=f"可用：{'、'.join(roles(workspace))}；别的角色写进 {CONFIG_NAME} 的 [review] roles。",
        )
    return role


def decide(draft: Draft, opinion: Opinion, journal: Journal, workspace: Workspace) -> tuple[Review, bool]:
    """Keeps a verdict on the draft's present words; the flag tells whether it was new. Raises what `judged` raises."""
    review = judged(draft, opinion, workspace)
    return review, journal.record_review(review)


def judged(draft: Draft, opinion: Opinion, workspace: Workspace) -> Review:
    """The verdict as it would be kept.

    Raises UsageError for an unknown role, a missing name, an approval that needs a reason and has none, or one of
    a draft without copy.
    """
    name, comment = " ".join(opinion.name.split()), opinion.comment.strip()
    check_role(opinion.role, workspace)
    if not name or len(name) > NAME_CHARS:
        raise UsageError("没写是谁审的" if not name else "名字太长", hint="用 --by 写上姓名，例如 --by 李雷。")
    if len(comment) > COMMENT_CHARS:
        raise UsageError(f"意见超过 {COMMENT_CHARS} 字", hint="写要点，细节另附文件。")
    if draft.copy is None and opinion.verdict != "reject":
        raise UsageError(f"{handle(draft.id)} 没写成，没有可以通过的文案", hint="用 wenan log show 看原因，重写一稿。")
    blocked = len(blocking(draft.findings))
    if opinion.verdict == "approve" and blocked and not comment:
        raise UsageError(
            f"{handle(draft.id)} 还有 {blocked} 处必须改的", hint="先改好再审；确要放行，用 --reason 写明理由，会留痕。"
        )
    return Review(
        id=new_id("v"),
        draft_id=draft.id,
        recorded_at=datetime.now(UTC),
        verdict=opinion.verdict,
        name=name,
        role=opinion.role,
        comment=comment,
        content_sha256=copy_sha256(draft.copy),
        origin=opinion.origin,
    )


def require_approval(draft: Draft, journal: Journal, workspace: Workspace) -> None:
    """Raises NotApprovedError unless every role in `[review] require` approved these very words and nobody refused."""
    required = required_roles(workspace)
    if not required:
        return
    now = standing(draft, journal.reviews(draft.id), required)
    if now.approved:
        return
    short = handle(draft.id)
    if now.refused:
        said = now.refused[-1]
        raise NotApprovedError(
            f"{short} 被{said.role} {said.name}判为「{VERDICT_NAMES[said.verdict]}」，不能发出去",
            hint=f"按意见改：wenan revise {short} “怎么改”，再请{said.role}重新审。",
        )
    voided = [role for role in now.missing if any(v.role == role and v.verdict == "approve" for v in now.void)]
    why = f"{'、'.join(voided)}通过的是改动前的文字，已作废" if voided else f"还没有{'、'.join(now.missing)}通过"
    raise NotApprovedError(
        f"{short} {why}，不能发出去（{CONFIG_NAME} 的 [review] require）",
        hint=f"wenan review {short} --format docx 送审，或 wenan approve {short} --by 姓名 --role {now.missing[0]}。",
    )


def review_lines(draft_id: str, journal: Journal) -> tuple[str, ...]:
    """Plain lines of the whole trail for `wenan log show`: what stands, what is void and why. Empty without reviews."""
    draft = journal.get(draft_id)
    return tuple(_lines(draft, journal))


def _lines(draft: Draft, journal: Journal) -> Iterator[str]:
    reviews = journal.reviews(draft.id)
    now = standing(draft, reviews)
    for one in reviews:
        if one in now.void:
            yield f"× {describe(one)}〔已作废：文字改过，审的是 {handle(one.draft_id)}〕"
        elif one in now.valid:
            yield f"{'✓' if one.verdict == 'approve' else '✗'} {describe(one)}"
        else:
            yield f"· {describe(one)}〔后来有新的意见〕"
    finals = journal.finals(draft.id)
    if now.approved and finals and draft.copy is not None:
        published, approved = finals[-1].text.split(), plain_text(draft.copy).split()
        if "".join(published) != "".join(approved):
            yield "! 最后记下的定稿和审过的文字不一样，审批不覆盖改动的地方"


def _names(workspace: Workspace, key: str) -> tuple[str, ...]:
    value = workspace.section("review").get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise BadInputError(
            "应当是一串角色名", file=CONFIG_NAME, field=f"review.{key}", hint=f'写成 {key} = ["法务"]。'
        )
    return tuple(one.strip() for one in value)
