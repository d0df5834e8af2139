"""Ads and staff posts of the offline writer, from hand-written blocks."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.model import Block, Message, Request
from agent.models.offline import OfflineModel
from agent.models.offline.patterns import SHIPPED
from agent.models.offline.similar import bare
from knowledge_base.errors import BadInputError
from tests.agent.offline_blocks import KETTLE, LINKS, STUDENT, TRAVELLER, answer, likeness, request

MODEL = OfflineModel()
UNFILLED = re.compile(r"\{\{|\}\}|None|\0|（）|“”|[，。：；、][，。：；、]|⏎")


def texts(channel: str, **options: object) -> list[str]:
    return [bare(answer(request(channel, seed=seed, **options), MODEL)["text"]) for seed in range(10)]  # type: ignore[arg-type]


@pytest.mark.parametrize("channel", ["朋友圈广告", "员工朋友圈"])
@pytest.mark.parametrize("persona", [TRAVELLER, STUDENT, ""], ids=["traveller", "student", "nobody"])
def test_ten_seeds_give_ten_unlike_texts(channel: str, persona: str) -> None:
    found = texts(channel, persona=persona)
    assert len(set(found)) == 10
    assert likeness(found) <= 0.6
    assert not any(UNFILLED.search(text) for text in found)


@pytest.mark.parametrize("limit", [30, 40, 60])
def test_ads_keep_to_the_limit_and_hold_no_break(limit: int) -> None:
    spec = f"字数上限：{limit}\n{LINKS}"
    for text in texts("朋友圈广告", spec=spec):
        assert 6 <= len(text) <= limit
        assert "\n" not in text


def test_posts_are_a_few_lines_that_do_not_fold() -> None:
    for text in texts("员工朋友圈"):
        assert 40 <= len(text) <= 120
        assert 3 <= sum(-(-len(line) // 20) for line in text.split("\n")) <= 6


def test_every_fact_carries_its_source() -> None:
    for seed in range(10):
        text = answer(request(seed=seed), MODEL)["text"]
        for figure in re.findall(r"\d+ ?(?:厘米|毫升|分钟|℃|元)", bare(text)):
            assert figure in KETTLE
        if re.search(r"\d", text):
            assert "[[k-1]]" in text


def test_a_template_that_drops_the_persona_changes_the_copy() -> None:
    with_persona, without = texts("朋友圈广告"), texts("朋友圈广告", persona="")
    assert with_persona[0] != without[0]
    assert len(set(with_persona) & set(without)) <= 4  # texts of doubts and proofs need no persona
    assert re.search("箱子|酒店|房间|高铁|飞机", " ".join(with_persona))


def test_personas_get_scenes_and_troubles_of_their_own() -> None:
    ours, theirs = " ".join(texts("朋友圈广告")), " ".join(texts("朋友圈广告", persona=STUDENT))
    assert re.search("酒店|高铁|飞机|出差", ours)
    assert not re.search("酒店|高铁|飞机", theirs)
    assert re.search("宿舍|室友|热水房", theirs)
    assert not re.search("宿舍|室友", ours)
    assert "常出差的销售" not in ours


def test_a_wrong_price_in_the_block_shows_in_the_copy() -> None:
    posts = texts("员工朋友圈")
    assert any("129 元" in text for text in posts)
    changed = texts("员工朋友圈", product=KETTLE.replace("129 元", "199 元"))
    assert any("199 元" in text for text in changed)
    assert not any("129 元" in text for text in changed)


@pytest.mark.parametrize(
    ("today", "shown"),
    [("2026-11-09", False), ("2026-11-10", True), ("2026-11-30", True), ("2026-12-01", False), ("", False)],
    ids=["day before", "first day", "last day", "day after", "no day"],
)
def test_offers_show_only_while_they_hold(today: str, shown: bool) -> None:
    found = texts("朋友圈广告", today=today, angle="优惠")
    assert any("109 元" in text for text in found) is shown
    assert all("11 月 30 日" in text for text in found if "109 元" in text)


def test_a_coupon_that_ran_out_is_not_advertised() -> None:
    for period, shown in (("2026-11-20 至 2026-11-25", True), ("2026-11-01 至 2026-11-11", False)):
        coupon = Block("coupon", "c-1", f"编号：c-1\n名称：试用券\n门槛：100 元\n减：15 元\n有效期：{period}")
        found = [answer(request(seed=s, angle="优惠", extra=(coupon,)), MODEL)["text"] for s in range(6)]
        assert any("满 100 元减 15 元[[c-1]]" in text for text in found) is shown


@pytest.mark.parametrize("angle", ["场景", "痛点", "利益", "证据", "优惠"])
def test_an_angle_that_was_asked_for_is_kept_to(angle: str) -> None:
    for seed in range(10):
        assert answer(request(seed=seed, angle=angle), MODEL)["angle"].startswith(angle)


def test_variants_asked_together_differ() -> None:
    found = [answer(request(seed=i, variant=i), MODEL)["text"] for i in range(5)]
    assert len(set(found)) == 5


def test_another_sample_after_findings_is_another_text() -> None:
    first = answer(request(), MODEL)["text"]
    assert answer(request(sample=1), MODEL)["text"] != first
    blamed = Block("findings", "", "要改：\n- text｜第 1 句｜“折起来”不要写")
    again = [answer(request(seed=s, extra=(blamed,)), MODEL)["text"] for s in range(6)]
    assert not any("折起来" in text for text in again)


def test_past_openings_are_not_repeated() -> None:
    first = bare(answer(request(), MODEL)["text"])
    past = Block("past", "", f"旧稿开头：\n- {first[:30]}")
    for seed in range(8):
        assert bare(answer(request(seed=seed, extra=(past,)), MODEL)["text"])[:8] != first[:8]


def test_words_not_to_be_said_are_not_said() -> None:
    product = KETTLE.replace("- 抗菌", "- 没有提示音").replace("- 600 毫升，烧开约 5 分钟", "- 全网最便宜，国家级品质")
    for text in texts("朋友圈广告", product=product) + texts("员工朋友圈", product=product):
        assert "提示音" not in text
        assert not re.search("最便宜|国家级", text)


def test_ads_use_no_function_words_of_wechat() -> None:
    persona = TRAVELLER.replace("高铁还有十分钟检票", "晚上十点，躺着刷朋友圈").replace(
        "早上六点，", "看微信群 OK 了，"
    )
    for text in texts("朋友圈广告", persona=persona):
        assert not re.search("朋友圈|微信|OK", text)


def test_remarks_can_forbid_the_price() -> None:
    assert not any("元" in text for text in texts("员工朋友圈", notes="别提价格，写得轻一点"))


@pytest.mark.parametrize(
    ("action", "link"),
    [
        ("去逛逛", "去逛逛"),
        ("买一只", "立即购买"),
        ("有问题就咨询", "立即咨询"),
        ("领券", "领取优惠"),
        ("", "了解更多"),
    ],
)
def test_link_text_fits_the_action(action: str, link: str) -> None:
    assert answer(request(action=action), MODEL)["link_text"] == link


@pytest.mark.parametrize("missing", ["product", "persona", "brand", "all"])
@pytest.mark.parametrize("channel", ["朋友圈广告", "员工朋友圈"])
def test_missing_blocks_are_coped_with(channel: str, missing: str) -> None:
    gone = {name: "" for name in ("product", "persona", "brand") if missing in (name, "all")}
    found = answer(request(channel, **gone), MODEL)  # type: ignore[arg-type]
    assert found["text"].strip()
    assert not UNFILLED.search(found["text"])
    if missing == "product":
        assert not re.search(r"\d+ ?(?:元|厘米|毫升)", found["text"])


def test_no_blocks_at_all() -> None:
    completion = asyncio.run(MODEL.complete(Request(messages=(Message("user", "hi"),))))
    assert json.loads(completion.text)["text"]


def test_a_card_with_a_name_and_nothing_else_invents_nothing() -> None:
    for seed in range(4):
        text = answer(request(product="编号：x\n名称：竹编小篮", persona="", seed=seed), MODEL)["text"]
        assert "竹编小篮" in text
        assert not re.search(r"\d", text)


def test_completion_is_labelled_free_and_streamed() -> None:
    pieces: list[str] = []
    wanted = request()
    streamed = Request(messages=wanted.messages, blocks=wanted.blocks, seed=0, on_delta=pieces.append)
    completion = asyncio.run(MODEL.complete(streamed))
    assert completion.model == MODEL.name == "offline"
    assert completion.cost == 0
    assert completion.estimated
    assert completion.output_tokens > 0
    assert "".join(pieces) == completion.text
    assert len(pieces) > 3


def test_the_same_request_gets_the_same_answer() -> None:
    assert answer(request(seed=7)) == answer(request(seed=7), MODEL)


def test_workspace_templates_override(tmp_path: Path) -> None:
    folder = tmp_path
    own = folder / "offline" / "moments" / "ad" / "scene.j2"
    own.parent.mkdir(parents=True)
    own.write_text("---\nid: x\nvariables: [h, f]\n---\n## 自家\n{{ h }}，听我说。{{ f }}。\n", encoding="utf-8")
    model = OfflineModel((folder, SHIPPED))
    found = [bare(answer(request(seed=s, angle="场景"), model)["text"]) for s in range(12)]
    assert "听我说" in found[0]
    assert not any("又是晚上" in text for text in found)


def test_a_broken_template_names_its_file(tmp_path: Path) -> None:
    own = tmp_path / "offline" / "moments" / "ad" / "scene.j2"
    own.parent.mkdir(parents=True)
    for body in ("{{ nonsense }}\n", "{% if %}\n"):
        own.write_text(body, encoding="utf-8")
        with pytest.raises(BadInputError, match="scene"):
            answer(request(angle="场景"), OfflineModel((tmp_path, SHIPPED)))


LINES = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)


@settings(max_examples=60, deadline=None)
@given(points=st.lists(LINES, max_size=5), scenes=st.lists(LINES, max_size=4), seed=st.integers(0, 10**9))
def test_any_lines_give_a_lawful_answer(points: list[str], scenes: list[str], seed: int) -> None:
    def listed(key: str, items: list[str]) -> str:
        return f"\n{key}：\n" + "\n".join("- " + item.replace("\n", "\n  ") for item in items) if items else ""

    product = "编号：x\n名称：竹编小篮\n品类：家居" + listed("卖点", points)
    persona = "编号：u\n称呼：某人" + listed("场景", scenes)
    text = bare(answer(request(product=product, persona=persona, seed=seed), MODEL)["text"])
    assert text
    assert len(text) <= 40
    assert not re.search("朋友圈|微信|——", text)


@pytest.mark.parametrize("channel", ["朋友圈广告", "员工朋友圈"])
@pytest.mark.parametrize("seed", [0, 5, 12])
def test_many_variants_asked_together_hardly_repeat(channel: str, seed: int) -> None:
    found = [answer(request(channel, seed=seed, variant=i), MODEL)["text"] for i in range(30)]
    assert len(set(found[:10])) == 10
    assert len(set(found)) >= 26
