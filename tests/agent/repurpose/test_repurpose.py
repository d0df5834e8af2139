"""`wenan repurpose`: one draft into seven places, each by its own rules, all by the parent's facts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.checks import ledger
from agent.context import Context
from agent.copies import MomentsCopy
from agent.draft import Draft
from agent.finding import blocking
from agent.journal import Journal
from agent.links import draft_in
from agent.models.scripted import ScriptedModel
from agent.repurpose.limits import check_target, seconds, sms
from agent.repurpose.verb import chosen_targets
from agent.repurpose.write import Tools, repurpose
from agent.tokens import default_counter
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.records import Brand
from knowledge_base.rules import channel_spec
from knowledge_base.rules.targets import target, targets
from knowledge_base.workspace import Workspace
from tests.conftest import Ran

Wenan = Callable[..., Ran]
TODAY = date(2026, 11, 22)


def write(wenan: Wenan, *options: str) -> None:
    ran = wenan(*options, "--today", "2026-11-22")
    assert ran.code == 0, ran.err


def kept(folder: Path, id: str = "last") -> Draft:
    with closing(Journal.open(Workspace(folder))) as journal:
        return journal.get(id)


@pytest.mark.parametrize(
    ("product", "persona", "options"),
    [
        ("p-coffee", "u-kaoyan", ["--kind", "ad"]),
        ("p-soup", "u-coder", ["--kind", "post", "--angle", "优惠"]),
        ("p-handcream", "u-nurse", ["--kind", "post"]),
        ("p-box", "u-designer", ["--kind", "post"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_place_gets_a_text_that_may_leave(
    sample_dir: Path, wenan: Wenan, product: str, persona: str, options: list[str]
) -> None:
    write(wenan, "moments", "-p", product, "-P", persona, *options, "--seed", "2")
    parent = kept(sample_dir)
    ran = wenan("repurpose", parent.id, "--format", "json")
    assert ran.code == 0, ran.err
    made = [kept(sample_dir, entry["id"]) for entry in json.loads(ran.out)["drafts"]]
    assert [draft.brief.format for draft in made] == [place.format for place in targets()]
    for draft, place in zip(made, targets(), strict=True):
        assert draft.parent == parent.id
        assert not blocking(draft.findings)
        assert isinstance(draft.copy, MomentsCopy)
        assert draft.context.products == parent.context.products
        # Every figure and claim has its proof in the parent's own records.
        assert all(entry.verdict != "unsupported" for entry in ledger(draft.copy, draft.brief, draft.context))
        assert draft.context.link is not None
        assert draft_in(draft.context.link) in (draft.id, draft.id[-len(draft_in(draft.context.link)) :])
        spec = channel_spec("moments", place.form, place.format)
        assert spec.text_max is None or len(draft.copy.text) <= spec.text_max
    texts = [draft.copy.text for draft in made if draft.copy is not None and hasattr(draft.copy, "text")]
    assert len(set(texts)) == len(texts)


def test_the_offer_goes_on_and_none_is_made_up(sample_dir: Path, wenan: Wenan) -> None:
    write(wenan, "moments", "-p", "p-soup", "-P", "u-coder", "--kind", "post", "--angle", "优惠", "--seed", "2")
    assert "45 元" in kept(sample_dir).copy.text  # type: ignore[union-attr]
    assert "45元" in wenan("repurpose", "last", "--to", "sms").out
    write(wenan, "moments", "-p", "p-soup", "-P", "u-coder", "--kind", "ad", "--angle", "场景", "--seed", "2")
    assert "45" not in kept(sample_dir).copy.text  # type: ignore[union-attr]
    assert "45" not in wenan("repurpose", "last", "--to", "sms,wecom-1v1,channels-script").out


def test_an_article_becomes_short_forms(sample_dir: Path, wenan: Wenan) -> None:
    write(wenan, "article", "-p", "p-cream", "-P", "u-nurse", "--seed", "1")
    ran = wenan("repurpose", "last", "--to", "wecom-1v1，xhs")
    assert ran.code == 0, ran.err
    assert "#燕麦保湿面霜" in ran.out


def scripted(parent: Draft, folder: Path, place: str, *texts: str) -> tuple[Draft, ScriptedModel]:
    answers = [
        json.dumps({"angle": "场景", "text": text, "link_text": "", "image_brief": []}, ensure_ascii=False)
        for text in texts
    ]
    model = ScriptedModel(answers)
    tools = Tools(workspace=Workspace(folder), model=model, counter=default_counter())
    return asyncio.run(repurpose(parent, target(place), tools, today=TODAY)), model


def test_a_model_sees_the_parent_and_hears_what_was_wrong(sample_dir: Path, wenan: Wenan) -> None:
    write(wenan, "moments", "-p", "p-coffee", "-P", "u-kaoyan", "--seed", "1")
    parent = kept(sample_dir)
    made_up = "冻干黑咖啡，冷水 1 秒化开[[p-coffee]]。"
    draft, model = scripted(parent, sample_dir, "sms", made_up, "冻干黑咖啡，冷水 3 秒化开[[p-coffee]]。")
    assert len(model.history) == 2
    first, second = ("\n".join(message.content for message in request.messages) for request in model.history)
    assert parent.copy is not None
    assert parent.copy.text in first  # type: ignore[union-attr]
    assert "营销短信" in first
    assert "1 秒" in second
    assert not blocking(draft.findings)
    assert len(draft.attempts) == 2


def test_a_note_that_breaks_the_place_is_sent_back(sample_dir: Path, wenan: Wenan) -> None:
    write(wenan, "moments", "-p", "p-coffee", "-P", "u-kaoyan", "--seed", "1")
    long_title = "图书馆没有热水的时候我通常会先把它撕开再慢慢倒进冷水里面去"
    draft, _ = scripted(
        kept(sample_dir), sample_dir, "xhs", *[f"{long_title}\n\n冷水也能化开。\n\n#咖啡 #早八 #图书馆"] * 3
    )
    assert "post.xhs.title" in {finding.rule_id for finding in blocking(draft.findings)}
    assert len(draft.attempts) == 3


def test_an_unfit_parent_is_refused(sample_dir: Path, wenan: Wenan) -> None:
    write(wenan, "moments", "-p", "p-coffee", "-P", "u-kaoyan", "--seed", "1")
    parent = kept(sample_dir)
    bad = replace(parent, copy=None)
    with pytest.raises(BadInputError, match="没有写成"):
        scripted(bad, sample_dir, "sms", "x")
    blocked = replace(parent.findings[0], severity="block") if parent.findings else None
    if blocked is not None:
        with pytest.raises(BadInputError, match="必须改"):
            scripted(replace(parent, findings=(blocked,)), sample_dir, "sms", "x")


BRANDED = Context(brand=Brand(id="b", name="檐下集"))


@given(st.integers(0, 600))
def test_billed_parts_follow_the_length(length: int) -> None:
    found = sms("字" * length, BRANDED, target("sms"), "")
    # 【檐下集】 5, a space and 拒收请回复R 7, room for the link 22.
    assert found.chars == length + 5 + 7 + 22
    assert found.parts == (1 if found.chars <= 70 else -(-found.chars // 67))
    rules = {
        finding.rule_id: finding.severity
        for finding in check_target(MomentsCopy(text="字" * length), BRANDED, target("sms"))
    }
    label = len("（AI 辅助生成，离线模板） ")
    if found.chars + label > 500:
        assert rules == {"post.sms.chars": "block"}
    else:
        assert ("post.sms.parts" in rules) == (found.chars + label > 70)


@pytest.mark.parametrize(
    ("place", "text", "rule"),
    [
        pytest.param("sms", "【檐下集】冻干黑咖啡到货。", "post.sms.signature", id="signature twice"),
        pytest.param("channels-script", "字" * 241, "post.channels-script.seconds", id="61 seconds"),
        pytest.param("xhs", "只有一行", "post.xhs.title", id="no body"),
        pytest.param("xhs", "标题\n\n" + "字" * 1001, "post.xhs.body", id="long body"),
        pytest.param("xhs", "标题\n\n正文\n" + " ".join(f"#话题{i}" for i in range(11)), "post.xhs.tags", id="tags"),
    ],
)
def test_what_a_place_refuses(place: str, text: str, rule: str) -> None:
    found = check_target(MomentsCopy(text=text), BRANDED, target(place))
    assert rule in {finding.rule_id for finding in found if finding.severity == "block"}


def test_sixty_seconds_may_pass() -> None:
    assert seconds("字" * 240, target("channels-script")) == 60
    assert not check_target(MomentsCopy(text="字" * 240), BRANDED, target("channels-script"))


def test_places_are_named_in_any_way() -> None:
    assert [one.id for one in chosen_targets("sms，xhs、sms")] == ["sms", "xhs"]
    assert len(chosen_targets("all")) == 7
    with pytest.raises(UsageError, match="没有「抖音」"):
        chosen_targets("抖音")


def test_every_figure_has_a_source() -> None:
    for place in targets():
        assert place.source.title
        assert place.source.as_of >= date(2026, 1, 1)
        assert channel_spec(place.channel, place.form, place.format)
