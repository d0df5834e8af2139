"""What a reviewer can do to one draft of a campaign. Each act is kept at once, and only if nobody was faster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agent.campaign.plan_file import CampaignPlan
from agent.campaign.review_rewrite import rewrite
from agent.campaign.review_store import UNDONE, Book, Entry
from agent.campaign.unit_work import verdict_on
from agent.checks import check
from agent.copies import ArticleCopy, Copy, MomentsCopy, Section, Title, fields
from agent.draft import Draft
from agent.ids import new_id
from agent.links import resolve_link
from agent.review.approval import Opinion, judged
from agent.storage.reviews import Verdict
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.workspace import Workspace

MARK = "## "
_NOTE = "# 改下面的字，存盘关掉就重新检查并存成新的一版；“## ”开头的行是栏目名，不要动。全删掉等于不改。"


@dataclass(frozen=True, slots=True)
class Act:
    """Something done, and how it was before."""

    kind: str
    """approve, reject, edit or rewrite."""
    before: Entry
    after: Entry


@dataclass(frozen=True, slots=True)
class Desk:
    """One reviewer at one campaign."""

    book: Book
    plan: CampaignPlan
    workspace: Workspace
    name: str
    role: str

    def decide(self, entry: Entry, verdict: Verdict, reason: str = "") -> Act:
        """Keeps a verdict on the words as read. Raises ChangedError, and UsageError where a reason is missing."""
        assert entry.draft is not None
        if verdict != "approve" and not reason.strip():
            raise UsageError("退回要写原因", hint="写一句要改哪里、为什么。")
        opinion = Opinion(verdict=verdict, name=self.name, role=self.role, comment=reason)
        self.book.record(entry, judged(entry.draft, opinion, self.workspace))
        return Act(verdict, entry, self.book.entry(entry.key))

    def edit(self, entry: Entry, copy: Copy) -> Act:
        """Checks changed copy and keeps it as a new version. Raises ChangedError; BadInputError for no change."""
        draft = entry.draft
        assert draft is not None
        if copy == draft.copy:
            raise BadInputError("一个字也没改，没有存新的一版")
        id = new_id("d")
        context = draft.context
        link = resolve_link(draft.brief, context.products, context.coupon, context.brand, id)
        new = replace(
            draft,
            id=id,
            created_at=datetime.now(UTC),
            copy=copy,
            # Against the same records on the same day: an edit is judged by the rules the draft was judged by.
            findings=check(copy, draft.brief, context),
            context=replace(context, link=link),
            attempts=(),
            parent=draft.id,
            version=draft.version + 1,
        )
        verdict = verdict_on(new, self.plan.quality, None)
        self.book.put_version(entry, new, (verdict.state, verdict.reason, verdict.message))
        return Act("edit", entry, self.book.entry(entry.key))

    def rewrite(self, entry: Entry, note: str) -> Act:
        """Has the draft written anew by the campaign's own model, `note` shown to it.

        Raises ChangedError, ModelError and StopError; then the unit is as it was.
        """
        rewrite(entry, note, self.book, self.plan, self.workspace)
        return Act("rewrite", entry, self.book.entry(entry.key))

    def undo(self, act: Act) -> Entry:
        """Takes an act back. Verdicts stay in the journal with a later one that voids them. Raises ChangedError."""
        now = act.after
        assert now.draft is not None
        if act.kind in ("edit", "rewrite"):
            self.book.point_back(now, act.before)
        else:
            opinion = Opinion(verdict="changes", name=self.name, role=self.role, comment=UNDONE)
            self.book.record(now, judged(now.draft, opinion, self.workspace))
        return self.book.entry(now.key)


def is_open(entry: Entry, role: str) -> bool:
    """Whether a draft still waits for this role's verdict on its present words."""
    if entry.standing is None or entry.draft is None or entry.draft.copy is None:
        return False
    mine = [one for one in entry.standing.valid if one.role == role]
    return not mine or mine[-1].comment == UNDONE


def as_editable(draft: Draft) -> str:
    """The copy as a file for an editor."""
    assert draft.copy is not None
    names = _editable(draft.copy)
    return "\n".join([_NOTE, *(f"{MARK}{label}\n{text}\n" for label, text in names.items())])


def from_editable(text: str, copy: Copy) -> Copy:
    """The copy as somebody left the file. Raises BadInputError when a part's heading is gone."""
    parts: dict[str, str] = {}
    label = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith(MARK) and line[len(MARK) :].strip() in _editable(copy):
            label = line[len(MARK) :].strip()
            parts[label] = ""
        elif label:
            parts[label] += line + "\n"
    found = {name: part.strip("\n").rstrip() for name, part in parts.items()}
    if not any(found.values()):
        return copy
    if absent := [name for name in _editable(copy) if name not in found]:
        raise BadInputError(f"少了“{MARK}{absent[0]}”这一行，不知道哪段是哪段", hint="再改一次，栏目名那几行不要动。")
    if isinstance(copy, ArticleCopy):
        return _article(copy, found)
    if isinstance(copy, MomentsCopy):
        return replace(copy, text=found["正文"], link_text=found.get("链接文案", copy.link_text), citations=())
    return replace(copy, text=found["正文"], citations=())


def _editable(copy: Copy) -> dict[str, str]:
    if not isinstance(copy, ArticleCopy):
        texts = fields(copy)
        return {"正文": texts["text"]} | ({"链接文案": texts["link_text"]} if "link_text" in texts else {})
    named = {"标题": copy.title, "摘要": copy.digest}
    for i, section in enumerate(copy.sections, 1):
        named[f"第 {i} 节小标题"] = section.heading
        named[f"第 {i} 节"] = section.text
    return named | {"结尾行动": copy.cta}


def _article(copy: ArticleCopy, found: dict[str, str]) -> ArticleCopy:
    title = " ".join(found["标题"].split())
    titles = tuple(Title(one.type, title) if one.text == copy.title else one for one in copy.titles)
    sections = tuple(
        Section(" ".join(found[f"第 {i} 节小标题"].split()), found[f"第 {i} 节"])
        for i in range(1, len(copy.sections) + 1)
    )
    return replace(
        copy, title=title, titles=titles, digest=found["摘要"], sections=sections, cta=found["结尾行动"], citations=()
    )
