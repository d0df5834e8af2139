"""Persona fit: copy is nearest to the person it was written for; the name of the persona does not help."""

from __future__ import annotations

import pytest

from evals.records import Sampled, Score
from evals.scorers.persona_fit import PersonaFit
from tests.evals.scorers.answers import moments, personas

WRITTEN = {
    "u-kaoyan": "图书馆没热水，热水房又排着队。撕一条，冷水 3 秒化开，早八前能喝上。",
    "u-mama": "娃睡着的二十分钟，不想烧水吵醒她。冷水冲一杯，3 秒化开。",
    "u-designer": "下午四点，稿子第七版。茶水间的机器还在排队，冷水 3 秒化开。",
    "u-breakfast": "凌晨四点半，卷帘门拉到一半，手是凉的。先喝一口，冷水 3 秒化开。",
    "u-teacher": "午睡起来，想喝口热的。配料只有咖啡豆，字也印得大，看得清。",
    "u-nurse": "凌晨两点，护士站的灯亮着。交班前喝一口，冷水 3 秒化开。",
    "u-coder": "凌晨一点，发布还没跑完。出租屋只有一个电水壶，冷水也能冲。",
    "u-camper": "营地中午，帐篷钉到第四根。冷水 3 秒化开，两个娃还在草地上跑。",
}
GENERIC = "精选好豆，口感醇厚，香气浓郁，随时随地享受一杯好咖啡。"


def fit(rows: list[Sampled], scorer: PersonaFit | None = None) -> list[dict[str, Score]]:
    found = (scorer or PersonaFit()).score_group(rows)
    return [{score.scorer: score for score in found[row.case.id, row.sample]} for row in rows]


def value(score: Score) -> float:
    assert score.value is not None
    return score.value


def test_each_text_is_nearest_to_its_own_persona() -> None:
    rows = [moments(text, persona=id, case=id) for id, text in WRITTEN.items()]
    for row, found in zip(rows, fit(rows), strict=True):
        assert found["persona.fit"].passed, (row.case.id, found["persona.fit"].explanation)
        assert value(found["persona.fit"]) > 0.5
        assert value(found["persona.margin"]) > 0
        text = row.draft.copy.text  # type: ignore[union-attr]
        assert found["persona.fit"].evidence
        assert all(len(text[a:b]) >= 3 for _, a, b in found["persona.fit"].evidence)


@pytest.mark.parametrize("reader", sorted(WRITTEN))
def test_the_same_text_for_everybody_fits_only_one(reader: str) -> None:
    rows = [moments(WRITTEN["u-kaoyan"], persona=id, case=id) for id in WRITTEN]
    found = dict(zip(WRITTEN, fit(rows), strict=True))[reader]["persona.fit"]
    assert found.passed is (reader == "u-kaoyan")
    if reader != "u-kaoyan":
        assert "备考研究生" in found.explanation


def test_copy_for_nobody_is_near_zero() -> None:
    for found in fit([moments(GENERIC, persona=id, case=id) for id in WRITTEN]):
        assert value(found["persona.fit"]) < 0.3


def test_naming_the_persona_does_not_help() -> None:
    plain = fit([moments(GENERIC, persona=id, case=id) for id in WRITTEN])[1]
    named = fit([moments(GENERIC + "新手妈妈看过来。", persona=id, case=id) for id in WRITTEN])[1]
    assert value(named["persona.fit"]) <= value(plain["persona.fit"]) + 0.05


def test_words_the_persona_dislikes_are_counted() -> None:
    (found,) = fit([moments("卷王们，上岸必备。图书馆没热水。", persona="u-kaoyan")], PersonaFit(personas()))
    avoided = found["persona.avoid"]
    assert (avoided.value, avoided.passed) == (2.0, False)
    assert len(avoided.evidence) == 2


def test_without_others_there_is_nothing_to_compare() -> None:
    (found,) = fit([moments(WRITTEN["u-mama"], persona="u-mama")])
    assert found["persona.fit"].value is None
    assert found["persona.fit"].explanation


def test_given_personas_let_each_row_stand_alone() -> None:
    rows = [moments(text, persona=id, case=id) for id, text in WRITTEN.items()]
    scorer = PersonaFit(personas())
    together = fit(rows, scorer)
    assert [fit([row], scorer)[0] for row in rows] == together
    assert {scorer.together(row) for row in rows} == {None}
    assert len({PersonaFit().together(row) for row in rows}) == 1


def test_a_case_without_persona_is_left_out() -> None:
    assert PersonaFit(personas()).score_group([moments("冷水 3 秒化开。", persona="")]) == {}
