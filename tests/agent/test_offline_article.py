"""Articles of the offline writer, from hand-written blocks."""

from __future__ import annotations

import re
from typing import Any

import pytest

from agent.models.offline import OfflineModel
from agent.models.offline.similar import bare
from tests.agent.offline_blocks import BRAND, KETTLE, RETURNS, SHIPPING, STUDENT, TRAVELLER, answer, request

MODEL = OfflineModel()
SCAFFOLD = re.compile("首先|其次|最后|总之|综上所述|值得一提|众所周知|极致|赋能|甄选|匠心|仪式感")


def written(**options: Any) -> dict[str, Any]:
    return answer(request("公众号文章", policies=(RETURNS, SHIPPING), **options), MODEL)


def body(found: dict[str, Any]) -> str:
    return bare("\n\n".join(f"{s['heading']}\n{s['text']}" for s in found["sections"]))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("persona", [TRAVELLER, STUDENT], ids=["traveller", "student"])
def test_an_article_has_its_parts(persona: str, seed: int) -> None:
    found = written(persona=persona, seed=seed)
    text = body(found)
    assert 300 <= len(text) <= 1500
    assert found["sections"][0]["heading"] == ""
    assert all(section["heading"] for section in found["sections"][1:])
    assert len(found["outline"]) == len(found["sections"])
    assert not SCAFFOLD.search(text)
    assert text.count("！") == 0
    assert not re.search(r"\{\{|None|\0|“”|[，。：；、][，。：；、]", text)
    assert found["cta"]
    assert found["image_brief"]


@pytest.mark.parametrize("seed", range(6))
def test_titles_are_of_five_types_and_fit(seed: int) -> None:
    found = written(seed=seed)
    types = [title["type"] for title in found["titles"]]
    assert len(types) == len(set(types)) == 5
    assert set(types) <= {"场景", "利益", "反差", "清单", "人物", "疑问"}
    assert all(len(bare(title["text"])) <= 32 for title in found["titles"])
    assert found["title"] in [title["text"] for title in found["titles"]]
    assert 0 < len(bare(found["digest"])) <= 54
    for title in found["titles"]:
        if title["type"] == "清单":
            promised = int(re.search(r"\d+", title["text"]).group())  # type: ignore[union-attr]
            assert body(found).count("？") >= promised


def test_every_figure_comes_from_the_blocks() -> None:
    known = set(re.findall(r"\d+(?:\.\d+)?", KETTLE + RETURNS + SHIPPING + TRAVELLER))
    for seed in range(6):
        text = body(written(seed=seed))
        dates = re.sub(r"\d+ 月 \d+ 日", "", text)
        assert set(re.findall(r"\d+(?:\.\d+)?", dates)) <= known


def test_doubts_without_data_are_left_out() -> None:
    for seed in range(6):
        text = body(written(seed=seed))
        assert "烧水吵不吵" not in text
        assert not re.search("没有数据|答不了|没有资料", text)


def test_after_sale_comes_from_the_policies_in_the_brands_address() -> None:
    text = body(written())
    assert "签收后 7 天内可以退，退回运费你出" in text
    formal = body(written(brand=BRAND.replace("称呼读者：你", "称呼读者：您")))
    assert "退回运费您出" in formal


def test_less_material_gives_a_shorter_article() -> None:
    short = body(written(product="编号：x\n名称：竹编小篮\n卖点：\n- 竹子编的，晒得干", persona=""))
    assert 0 < len(short) < 500
    assert not re.search(r"\d+ ?(?:元|厘米)", short.replace(RETURNS, ""))


def test_without_a_product_the_brand_is_told_and_no_fact_of_goods() -> None:
    found = written(product="")
    assert "山脚下开了一间小店" in body(found)
    assert "折叠电水壶" not in body(found)


def test_seeds_tell_the_story_another_way() -> None:
    assert len({body(written(seed=seed)) for seed in range(8)}) == 8


def test_personas_get_different_articles() -> None:
    ours, theirs = body(written()), body(written(persona=STUDENT))
    assert re.search("酒店|高铁|飞机|出差", ours)
    assert not re.search("酒店|高铁|飞机", theirs.replace("酒店房间只有公用水壶", ""))
    assert "住校生" not in theirs
