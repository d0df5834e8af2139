"""Approvals hold for the words they were given on, and only for those; the gate lets nothing else through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.draft import Draft
from agent.journal import Journal
from agent.review.approval import NotApprovedError, Opinion, decide, require_approval, review_lines
from agent.review.standing import standing
from agent.storage.reviews import Verdict
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.workspace import Workspace
from tests.agent.drafts import moments_draft
from tests.agent.review.shelf import BLOCK, revised, workspace_with

LEGAL = '[review]\nrequire = ["法务"]\n'
BOTH = '[review]\nrequire = ["法务", "主管"]\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return workspace_with(tmp_path, LEGAL)


@pytest.fixture
def journal(workspace: Workspace) -> Iterator[Journal]:
    with closing(Journal.open(workspace)) as opened:
        yield opened


@pytest.fixture
def draft(journal: Journal) -> Draft:
    made = moments_draft()
    journal.save(made)
    return made


def say(draft: Draft, verdict: Verdict, journal: Journal, workspace: Workspace, **more: str) -> bool:
    opinion: dict[str, Any] = {"verdict": verdict, "name": "李雷", "role": "法务", **more}
    return decide(draft, Opinion(**opinion), journal, workspace)[1]


def test_nothing_is_required_without_a_word_in_the_settings(tmp_path: Path, journal: Journal, draft: Draft) -> None:
    require_approval(draft, journal, workspace_with(tmp_path, ""))


def test_the_gate_names_the_next_step(workspace: Workspace, journal: Journal, draft: Draft) -> None:
    with pytest.raises(NotApprovedError, match="还没有法务通过") as caught:
        require_approval(draft, journal, workspace)
    assert caught.value.exit_code == 1
    assert "wenan approve" in caught.value.hint
    say(draft, "approve", journal, workspace)
    require_approval(draft, journal, workspace)


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        (["approve"], True),
        (["reject"], False),
        (["changes"], False),
        (["approve", "reject"], False),
        (["reject", "approve"], True),
        (["approve", "changes", "approve"], True),
    ],
    ids=str,
)
def test_the_latest_word_of_a_role_counts(
    workspace: Workspace, journal: Journal, draft: Draft, said: list[Verdict], passes: bool
) -> None:
    for verdict in said:
        say(draft, verdict, journal, workspace)
    assert standing(draft, journal.reviews(draft.id), ["法务"]).approved is passes


def test_every_required_role_and_nobody_against(tmp_path: Path, journal: Journal, draft: Draft) -> None:
    workspace = workspace_with(tmp_path, BOTH)
    say(draft, "approve", journal, workspace)
    with pytest.raises(NotApprovedError, match="还没有主管通过"):
        require_approval(draft, journal, workspace)
    say(draft, "approve", journal, workspace, role="主管", name="韩梅梅")
    require_approval(draft, journal, workspace)
    only_legal = workspace_with(tmp_path, LEGAL)
    say(draft, "reject", journal, only_legal, role="主管", name="韩梅梅", comment="先别发")
    with pytest.raises(NotApprovedError, match="被主管 韩梅梅判为「退回」"):
        require_approval(draft, journal, only_legal)


def test_changed_words_void_an_approval_and_words_that_come_back_revive_it(
    workspace: Workspace, journal: Journal, draft: Draft
) -> None:
    say(draft, "approve", journal, workspace)
    second = revised(draft, text="图书馆没热水？冷水也能冲。")
    journal.save(second)
    with pytest.raises(NotApprovedError, match="改动前的文字，已作废"):
        require_approval(second, journal, workspace)
    require_approval(draft, journal, workspace)
    assert "已作废" in review_lines(second.id, journal)[0]
    third = revised(second, text=draft.copy.text)  # type: ignore[union-attr]
    journal.save(third)
    require_approval(third, journal, workspace)


def test_what_readers_never_see_voids_nothing(workspace: Workspace, journal: Journal, draft: Draft) -> None:
    say(draft, "approve", journal, workspace)
    second = revised(draft, angle="另一个角度")
    journal.save(second)
    require_approval(second, journal, workspace)


def test_a_blocked_draft_passes_only_with_a_reason(workspace: Workspace, journal: Journal) -> None:
    blocked = moments_draft(findings=(BLOCK,))
    journal.save(blocked)
    with pytest.raises(UsageError, match="还有 1 处必须改的"):
        say(blocked, "approve", journal, workspace)
    say(blocked, "approve", journal, workspace, comment="有检测报告，附后")
    require_approval(blocked, journal, workspace)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"role": "路人"}, "没有角色「路人」"),
        ({"name": "  "}, "没写是谁审的"),
        ({"comment": "长" * 4001}, "超过 4000 字"),
    ],
    ids=["role", "name", "comment"],
)
def test_opinions_that_cannot_be_kept(
    workspace: Workspace, journal: Journal, draft: Draft, more: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        say(draft, "approve", journal, workspace, **more)
    assert journal.reviews(draft.id) == ()


def test_a_draft_without_copy_can_only_be_refused(workspace: Workspace, journal: Journal) -> None:
    empty = moments_draft(copy=None)
    journal.save(empty)
    with pytest.raises(UsageError, match="没写成"):
        say(empty, "approve", journal, workspace)
    assert say(empty, "reject", journal, workspace)
    assert not standing(empty, journal.reviews(empty.id)).approved


def test_saying_the_same_again_is_not_kept_twice(workspace: Workspace, journal: Journal, draft: Draft) -> None:
    assert [say(draft, "approve", journal, workspace) for _ in range(2)] == [True, False]
    assert len(journal.reviews(draft.id)) == 1


def test_an_old_file_does_not_overturn_what_was_said_since(
    workspace: Workspace, journal: Journal, draft: Draft
) -> None:
    assert say(draft, "reject", journal, workspace, origin="docx")
    assert say(draft, "approve", journal, workspace)
    assert not say(draft, "reject", journal, workspace, origin="docx")
    require_approval(draft, journal, workspace)


def test_the_trail_says_when_the_published_text_differs(workspace: Workspace, journal: Journal, draft: Draft) -> None:
    say(draft, "approve", journal, workspace)
    journal.record_final(draft.id, draft.copy.text + "\n")  # type: ignore[union-attr]
    assert len(review_lines(draft.id, journal)) == 1
    journal.record_final(draft.id, "改过的")
    assert "审批不覆盖" in review_lines(draft.id, journal)[-1]


@pytest.mark.parametrize("toml", ['[review]\nrequire = "法务"\n', "[review]\nrequire = [1]\n", "[review]\nroles = 3\n"])
def test_broken_settings_are_named(tmp_path: Path, journal: Journal, draft: Draft, toml: str) -> None:
    workspace = workspace_with(tmp_path, toml)
    with pytest.raises(BadInputError, match=r"review\.(require|roles)"):
        decide(draft, Opinion(verdict="approve", name="李雷", role="法务"), journal, workspace)
