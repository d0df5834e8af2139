"""The commands as a copywriter uses them, with the offline writer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agent.campaign.batch_book import BatchBook, BatchState
from knowledge_base.workspace import Workspace
from tests.agent.campaign.setup import rows, write_plan
from tests.conftest import Ran

Wenan = Callable[..., Ran]


def test_plan_spends_nothing_and_says_what_to_mend(sample_dir: Path, wenan: Wenan) -> None:
    plan = write_plan(sample_dir, products="all", dates=["2027-06-01"])
    ran = wenan("campaign", "plan", str(plan))
    assert ran.code == 0, ran.err
    assert "224 篇，224 种提示词" in ran.out
    assert "早于发布日 2027-06-01" in ran.out
    assert "费用：0.00–0.00 元" in ran.out
    assert rows(sample_dir, "SELECT count(*) FROM attempts") == [(0,)]
    found = json.loads(wenan("campaign", "plan", str(plan), "--json").out)
    assert found["units"] == 224
    assert found["tokens"][0] < found["tokens"][1]


def test_tokens_are_counted_once_for_variants(sample_dir: Path, wenan: Wenan) -> None:
    plan = write_plan(sample_dir, variants=50)
    found = json.loads(wenan("campaign", "plan", str(plan), "--json").out)
    assert (found["units"], found["prompts"]) == (1600, 32)


def test_a_sample_prompt_is_the_real_one(sample_dir: Path, wenan: Wenan) -> None:
    ran = wenan("campaign", "plan", str(write_plan(sample_dir)), "--samples")
    assert ran.out.count("[user]") == 3
    assert "坚果燕麦脆" in ran.out


def test_run_again_changes_nothing_and_edits_add_and_retire(sample_dir: Path, wenan: Wenan) -> None:
    plan = write_plan(sample_dir)
    first = wenan("campaign", "run", str(plan))
    assert first.code == 0, first.err
    assert "新增 32，不变 0，收起 0" in first.err
    drafts = rows(sample_dir, "SELECT id FROM drafts ORDER BY id")
    assert len(drafts) == 32
    assert "新增 0，不变 32，收起 0" in wenan("campaign", "run", str(plan)).err
    assert rows(sample_dir, "SELECT id FROM drafts ORDER BY id") == drafts
    write_plan(sample_dir, angles=["scene", "benefit"])
    assert "新增 16，不变 16，收起 16" in wenan("campaign", "run", str(plan)).err
    write_plan(sample_dir)
    assert "新增 0，不变 16，收起 16，恢复 16" in wenan("campaign", "run", str(plan)).err
    status = json.loads(wenan("campaign", "status", "试写", "--json").out)
    assert sum(status["units"].values()) == 32
    assert status["spent"]["unsettled"] == 0


def test_best_of_keeps_all_candidates(sample_dir: Path, wenan: Wenan) -> None:
    plan = write_plan(sample_dir, products=["p-oat"], best_of=3, angles=["scene"])
    assert wenan("campaign", "run", str(plan)).code == 0
    assert rows(sample_dir, "SELECT count(*) FROM drafts") == [(24,)]
    assert rows(sample_dir, "SELECT count(*) FROM units u JOIN drafts d ON d.id = u.draft_id") == [(8,)]


def test_a_clash_is_rewritten_with_the_clash_shown(sample_dir: Path, wenan: Wenan) -> None:
    """Two campaigns that would write the same: the second is told what is there already."""
    one = write_plan(sample_dir, "a.yaml", products=["p-oat"], personas=["u-kaoyan"], angles=["scene"])
    bar = {"similarity": 0.7, "rewrites": 2}
    two = write_plan(
        sample_dir, "b.yaml", products=["p-oat"], personas=["u-kaoyan"], angles=["scene"], variants=6, uniqueness=bar
    )
    assert wenan("campaign", "run", str(one)).code == 0
    assert wenan("campaign", "run", str(two)).code == 0
    texts = [
        json.loads(copy)["text"]
        for (copy,) in rows(
            sample_dir, "SELECT copy FROM drafts d JOIN units u ON d.id = u.draft_id WHERE u.state = 'passed'"
        )
    ]
    assert len(texts) == len(set(texts))


def test_a_cancelled_campaign_waits_to_be_resumed(sample_dir: Path, wenan: Wenan) -> None:
    plan = write_plan(sample_dir)
    assert wenan("campaign", "run", str(plan)).code == 0
    assert wenan("campaign", "cancel", "试写").code == 0
    assert "已叫停" in wenan("campaign", "status").out
    assert wenan("campaign", "resume", "试写").code == 0
    assert "已叫停" not in wenan("campaign", "status").out


def test_an_unknown_campaign_lists_those_there_are(sample_dir: Path, wenan: Wenan) -> None:
    wenan("campaign", "run", str(write_plan(sample_dir, products=["p-oat"], angles=None)))
    ran = wenan("campaign", "status", "没有")
    assert ran.code == 3
    assert "试写" in ran.err


def test_an_unknown_product_names_the_file(sample_dir: Path, wenan: Wenan) -> None:
    ran = wenan("campaign", "run", str(write_plan(sample_dir, products=["航空母舰"])))
    assert ran.code == 3
    assert "campaign.yaml" in ran.err
    assert "航空母舰" in ran.err


def test_the_gallery_shows_one_campaign(sample_dir: Path, wenan: Wenan) -> None:
    assert wenan("campaign", "run", str(write_plan(sample_dir, products=["p-oat"], angles=["scene"]))).code == 0
    assert wenan("moments", "--product", "p-coffee", "--persona", "u-kaoyan").code == 0
    ran = wenan("gallery", "--campaign", "试写", "--out", "g.html")
    assert ran.code == 0, ran.err
    assert "8 稿" in ran.err


@pytest.mark.parametrize(
    ("state", "said"),
    [("building", "还没提交"), ("running", "平台在写"), ("creating", "不知道平台收没收到")],
)
def test_status_names_an_open_batch(sample_dir: Path, wenan: Wenan, state: BatchState, said: str) -> None:
    assert wenan("campaign", "run", str(write_plan(sample_dir, products=["p-oat"]))).code == 0

    async def begun() -> str:
        with closing(BatchBook.open(Workspace(sample_dir))) as book:
            batch = await book.begin("试写", "stub")
            await book.move(batch.id, state, remote="batch_7" if state == "running" else "")
            return batch.id

    id = asyncio.run(begun())
    assert id.startswith("b_")
    ran = wenan("campaign", "status")
    for part in (id, said, "wenan campaign resume 试写 --batch", *(["batch_7"] if state == "running" else [])):
        assert part in ran.out
    assert json.loads(wenan("campaign", "status", "试写", "--json").out)["batches"][0]["state"] == state
