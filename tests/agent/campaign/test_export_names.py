"""Names of creatives: readable, different, within the backend's limit, nobody's data in them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.campaign.export_names import named
from knowledge_base.rules.exports import sheet
from tests.agent.campaign.setup import write_plan
from tests.agent.campaign.test_recipients import mailing, write_people
from tests.conftest import Ran

Wenan = Callable[..., Ran]
LIMIT = next(one.max_chars for one in sheet("腾讯广告").columns if one.value == "creative_name") or 0


def names(path: Path) -> list[str]:
    """The first column of the workbook as a person opens it."""
    page = openpyxl.load_workbook(path).active
    assert page is not None
    head, *rows = page.iter_rows(values_only=True)
    assert head[0] == "创意名称"
    return [str(row[0]) for row in rows]


def test_a_buyer_reads_what_it_is(sample_dir: Path, wenan: Wenan) -> None:
    plan = write_plan(sample_dir, products=["p-oat"], personas=["u-kaoyan", "u-mama"], angles=["scene"], variants=2)
    assert wenan("campaign", "run", str(plan)).code == 0
    assert wenan("campaign", "export", "试写", "--all", "--for", "腾讯广告").code == 0
    found = names(sample_dir / "试写-腾讯广告.xlsx")
    assert {"试写-坚果燕麦脆-备考研究生-场景-V1", "试写-坚果燕麦脆-备考研究生-场景-V2"} < set(found)
    assert len(set(found)) == len(found) == 4
    assert not re.search("u-kaoyan|u-mama|p-oat|d-", " ".join(found))
    some = wenan(
        "campaign", "export", "试写", "--all", "--for", "腾讯广告", "--where", "persona=u-mama", "-o", "b.xlsx"
    )
    assert some.code == 0
    assert set(names(sample_dir / "b.xlsx")) < set(found)


def test_days_and_formats_are_named_where_there_are_several(sample_dir: Path, wenan: Wenan) -> None:
    channels = ["ad", {"channel": "ad", "format": "card-16x9"}]
    plan = write_plan(
        sample_dir, products=["p-oat"], personas=["u-mama"], angles=["scene"], channels=channels,
        dates=["2026-12-01", "2026-12-12"],
    )  # fmt: skip
    assert wenan("campaign", "run", str(plan)).code == 0
    assert wenan("campaign", "export", "试写", "--all", "--for", "腾讯广告").code == 0
    found = names(sample_dir / "试写-腾讯广告.xlsx")
    assert len(set(found)) == 4
    assert {one.split("-")[-2] for one in found} == {"1201", "1212"}
    assert sum("310" in one for one in found) == 2


def test_personas_of_the_same_name_stay_apart(sample_dir: Path, wenan: Wenan) -> None:
    """And nothing of a recipient is in a name."""
    write_people(sample_dir)
    plan = mailing(sample_dir, channels=["ad"], one_to_one=True)
    ran = wenan("campaign", "run", str(plan))
    assert ran.code in (0, 1), ran.err
    assert wenan("campaign", "export", "私信", "--all", "--for", "腾讯广告").code == 0
    found = names(sample_dir / "私信-腾讯广告.xlsx")
    assert len(set(found)) == len(found) >= 2
    assert not re.search("小雨|阿强|A83920|0001", " ".join(found))


PART = st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=80)
PARTS = st.lists(
    st.tuples(st.lists(PART, max_size=4), st.sampled_from(["场景-V1", "V1", "痛点-1201-V12"])), max_size=12
)


@given(PARTS, st.integers(24, 70))
def test_all_different_and_within_the_limit(parts: list[tuple[list[str], str]], limit: int) -> None:
    keyed = [(hashlib.sha256(str(number).encode()).hexdigest(), one) for number, one in enumerate(parts)]
    found = named(keyed, limit)
    assert sorted(found) == sorted(key for key, _ in keyed)
    assert len({one.casefold() for one in found.values()}) == len(found)
    assert all(0 < len(one) <= limit for one in found.values())
    for key, (_, tail) in keyed:
        assert tail in found[key]


@pytest.mark.parametrize(
    ("loose", "wanted"),
    [
        (["双11", "坚果燕麦脆", "备考研究生"], "双11-坚果燕麦脆-备考研究生-场景-V1"),
        (
            ["双11", "很长的商品名字" * 20, "备考研究生"],
            "双11-" + ("很长的商品名字" * 20)[: LIMIT - 16] + "-备考研究生-场景-V1",
        ),
        ([], "场景-V1"),
    ],
    ids=["fits", "long product", "nothing"],
)
def test_the_longest_part_is_shortened(loose: list[str], wanted: str) -> None:
    found = named([("a" * 64, (loose, "场景-V1"))], LIMIT)["a" * 64]
    assert found == wanted
    assert len(found) <= LIMIT
