"""Which of several drafts is kept, and who may be asked which price."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import cli
from agent.campaign.choosing import mean_places
from knowledge_base.base import KnowledgeBase
from knowledge_base.ingest.add import add
from knowledge_base.workspace import Workspace
from tests.agent.campaign.setup import rows, write_plan
from tests.conftest import Ran

Wenan = Callable[..., Ran]


@pytest.mark.parametrize(
    ("rated", "places"),
    [
        ([], []),
        ([(1.0,), (2.0,), (0.5,)], [1, 0, 2]),
        ([(1.0,), (1.0,)], [0.5, 0.5]),
        ([(None,), (0.0,)], [1, 0]),
        ([(1.0, 0.0), (0.0, 100.0)], [0.5, 0.5]),
        ([(3.0, 1.0), (2.0, 2.0), (1.0, 3.0)], [1, 1, 1]),
        ([(None,), (None,)], [0.5, 0.5]),
    ],
    ids=["none", "order", "equal", "no score", "scales weigh alike", "circle", "nobody scored"],
)
def test_places_are_those_of_a_borda_count(rated: list[tuple[float | None, ...]], places: list[float]) -> None:
    assert mean_places(rated) == places


@pytest.fixture
def with_scorers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "campaign", ("evals.campaign_commands:app", "", ""))


@pytest.mark.parametrize("name", ["persona.fit", "facts", "hook"])
def test_scorers_of_the_lab_choose(sample_dir: Path, wenan: Wenan, with_scorers: None, name: str) -> None:
    plan = write_plan(sample_dir, products=["p-oat"], personas=["u-mama"], best_of=2, quality={"scorers": [name]})
    assert wenan("campaign", "run", str(plan)).code == 0
    assert rows(sample_dir, "SELECT count(*) FROM drafts") == [(4,)]


def test_declared_scorers_choose(sample_dir: Path, wenan: Wenan, with_scorers: None) -> None:
    """Of four drafts a unit, the chosen ones are shorter than the rest when brevity is what is asked for."""
    (sample_dir / "brief.py").write_text(
        "def score(sampled):\n    return -len(sampled.draft.copy.text)\n", encoding="utf-8"
    )
    plan = write_plan(
        sample_dir,
        products=["p-oat"],
        best_of=4,
        angles=["scene"],
        quality={"scorers": [f"{sample_dir}/brief.py:score"]},
    )
    ran = wenan("campaign", "run", str(plan))
    assert ran.code == 0, ran.err
    query = (
        "SELECT json_extract(d.brief, '$.persona'), length(json_extract(d.copy, '$.text')), u.key IS NOT NULL "
        "FROM drafts d LEFT JOIN units u ON u.draft_id = d.id"
    )
    found: dict[str, list[tuple[int, int]]] = {}
    for persona, length, chosen in rows(sample_dir, query):
        found.setdefault(persona, []).append((length, chosen))
    assert {len(lengths) for lengths in found.values()} == {4}
    for lengths in found.values():
        assert next(length for length, chosen in lengths if chosen) == min(length for length, _ in lengths)


@pytest.mark.parametrize(
    ("name", "said"),
    [("persona.fit", ""), ("facts", ""), ("没有", "没有评分器"), ("length", "没有高低好坏")],
)
def test_scorers_are_looked_up_before_anything_is_spent(
    sample_dir: Path, wenan: Wenan, with_scorers: None, name: str, said: str
) -> None:
    plan = write_plan(sample_dir, products=["p-oat"], best_of=2, quality={"scorers": [name]})
    ran = wenan("campaign", "plan", str(plan))
    assert ran.code == (3 if said else 0), ran.err
    assert said in ran.err
    if said:
        assert "quality.scorers" in ran.err


SPLIT = """
- id: c-{id}
  name: {name}
  brand: 檐下集
  code: X1
  threshold: "0"
  amount: "5"
  segments: [u-kaoyan]
"""


def with_coupon(folder: Path, name: str) -> None:
    path = folder / "coupons.yaml"
    path.write_text(SPLIT.format(id="x", name=name), encoding="utf-8")
    kb = KnowledgeBase.open(Workspace(folder))
    try:
        assert not add(kb, [path], root=folder).bad
    finally:
        kb.close()


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("高消费能力专享价", True),
        ("老友专享", True),
        ("自习室券", True),
        ("凭学生证减五元券", False),
        ("新客首单减五元", False),
    ],
)
def test_other_prices_for_other_people_are_held_back(sample_dir: Path, wenan: Wenan, name: str, held: bool) -> None:
    with_coupon(sample_dir, name)
    plan = write_plan(
        sample_dir,
        products=["p-oat"],
        personas=["u-kaoyan", "u-mama"],
        angles=["scene"],
        coupon="c-x",
        channels=["post"],
    )
    planned = wenan("campaign", "plan", str(plan))
    assert ("不同的人不同价" in planned.out) == held, planned.out
    assert wenan("campaign", "run", str(plan)).code == 0
    reasons = dict(rows(sample_dir, "SELECT persona, reason FROM units"))
    assert (reasons["u-mama"] == "price_promotion.price_discrimination") == held
    assert reasons["u-kaoyan"] != "price_promotion.price_discrimination"
