"""The report counts what the journal holds, and its page stands alone."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.campaign.report import quantile
from agent.campaign.report_charts import histogram, plane, stacked
from agent.campaign.report_map import Dot, likeness
from agent.campaign.unique import jaccard, shingles
from tests.agent.campaign.setup import rows, write_plan
from tests.conftest import Ran

Wenan = Callable[..., Ran]


@pytest.fixture
def reviewed(sample_dir: Path, wenan: Wenan) -> Path:
    plan = write_plan(sample_dir, angles=["scene"])
    assert wenan("campaign", "run", str(plan)).code == 0
    who = ("--by", "李雷", "--role", "主管", "--yes")
    assert wenan("campaign", "approve", "试写", "--where", "state=passed and product=p-oat", *who).code == 0
    reason = ("--reason", "<script>太硬</script>")
    assert wenan("campaign", "reject", "试写", "--where", "persona=u-mama and review=未审", *reason, *who).code == 0
    return sample_dir


def test_figures_are_those_of_the_journal(reviewed: Path, wenan: Wenan) -> None:
    found = json.loads(wenan("campaign", "report", "试写", "--format", "json").out)
    assert sum(found["units"].values()) == 16
    assert sum(group["units"] for group in found["groups"]) == 16
    assert found["approved"] == rows(reviewed, "SELECT count(*) FROM reviews WHERE verdict = 'approve'")[0][0]
    assert found["rejected"] == rows(reviewed, "SELECT count(*) FROM reviews WHERE verdict = 'reject'")[0][0] > 0
    assert found["waiting"] == 16 - found["approved"] - found["rejected"]
    assert found["rejections"] == [{"reason": "<script>太硬</script>", "drafts": found["rejected"]}]
    (model,) = found["models"]
    assert (model["model"], model["calls"]) == ("offline", rows(reviewed, "SELECT count(*) FROM attempts")[0][0])
    assert model["latency"]["p50"] <= model["latency"]["p90"] <= model["latency"]["p99"]
    assert found["likeness"]["drafts"] == 16


def test_the_page_stands_alone_and_escapes(reviewed: Path, wenan: Wenan) -> None:
    assert wenan("campaign", "report", "试写", "--format", "html").code == 0
    page = (reviewed / "试写-报告.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;太硬" in page
    assert not re.search(r"""(?:src|href)=|url\(|@import""", page)
    pictures = re.findall(r"<svg.*?</svg>|<div class=.bars.*?</div>", page, re.S)
    assert len(pictures) >= 5
    for picture in pictures:
        ET.fromstring(picture)
    assert page.count("<circle") == 16
    assert "新手妈妈" in page
    assert "离线模板" in page


def test_the_text_says_the_same(reviewed: Path, wenan: Wenan) -> None:
    ran = wenan("campaign", "report", "试写")
    assert ran.code == 0
    assert "新手妈妈（u-mama） · 场景：2 篇" in ran.out
    assert "退回的原因" in ran.out
    assert "离线模板：调用" in ran.out


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0, 1))
def test_quantiles_are_numpys(values: list[float], q: float) -> None:
    import numpy as np

    assert quantile(sorted(values), q) == pytest.approx(float(np.quantile(values, q)), abs=1e-6)


def test_the_map_puts_like_texts_together() -> None:
    texts = [
        ("a", "g", "甲", "早上七点图书馆门口排着队，带一袋燕麦脆"),
        ("b", "g", "乙", "早上七点图书馆门口排着队，带一袋燕麦片"),
        ("c", "h", "丙", "娃睡着的二十分钟，够冲一杯冻干黑咖啡了"),
        ("d", "h", "丁", "露营的第二天清早，帐篷外面起了大雾"),
    ]
    found = likeness(texts)
    similarity, one, two, *_ = found.pairs[0]
    assert {one, two} == {"a", "b"}
    assert similarity == pytest.approx(jaccard(shingles(texts[0][3]), shingles(texts[1][3])))
    near = _distance(found.dots[0], found.dots[1])
    assert all(near < _distance(found.dots[0], other) for other in found.dots[2:])
    assert all(0 <= dot.x <= 1 and 0 <= dot.y <= 1 for dot in found.dots)
    assert likeness(texts) == found


@pytest.mark.parametrize("texts", [[], ["同"], ["同一句话"] * 3, ["", ""]], ids=["none", "one", "same", "empty"])
def test_maps_of_nearly_nothing(texts: list[str]) -> None:
    found = likeness([(str(i), "", "", text) for i, text in enumerate(texts)])
    assert len(found.dots) == len(texts)
    picture, _ = plane(found.dots, "图")
    ET.fromstring(picture)


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])), st.integers(0, 99))))
def test_charts_are_well_formed_whatever_the_names(pairs: list[tuple[str, int]]) -> None:
    for picture in (
        stacked([(name, [("passed", count)]) for name, count in pairs], "图"),
        histogram([(i + 1.0, count) for i, (_, count) in enumerate(pairs)], "图") if len(pairs) > 1 else "",
        plane([Dot(0.5, 0.5, name, name) for name, _ in pairs], "图")[0],
    ):
        if picture:
            ET.fromstring(picture.replace("\ufffe", "").replace("\uffff", ""))


def _distance(a: Dot, b: Dot) -> float:
    return math.hypot(a.x - b.x, a.y - b.y)
