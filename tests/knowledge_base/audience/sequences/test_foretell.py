"""What each person does next, and what may be said of groups."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from knowledge_base.audience.sequences.foretell import GONE, THERE, Foretold, aggregates, foretell, table
from knowledge_base.audience.sequences.markov import Markov
from knowledge_base.audience.sequences.predictor import Predictor
from knowledge_base.audience.sequences.returning import Returning
from knowledge_base.audience.sequences.steps import END, NAMES, OWN, steps
from tests.knowledge_base.audience.sequences.hand_made import by_formula
from tests.knowledge_base.audience.sequences.walks import events, long_memory

CODE = {name: code for code, name in enumerate(OWN)}


def crowd(ends: dict[str, int], late: int = 0) -> Foretold:
    """People by their last action: each reads, does it, and comes back to read; `late` further ones still read at the
    end. After 加购 the model has seen nothing but 购买."""
    rows: list[tuple[str, float, str]] = []
    number = 0
    for action, count in ends.items():
        for _ in range(count):
            rows += [(f"u{number:04}", number, "阅读"), (f"u{number:04}", number + 1, action)]
            number += 1
    rows += [(f"late{one:04}", 90_000, "阅读") for one in range(late)] or [("late", 90_000, "阅读")]
    found = steps(events(rows))
    taught = steps(
        events([("t", 0, "阅读"), ("t", 1, "加购"), ("t", 2, "购买"), ("t", 900, "阅读"), ("t", 2000, "阅读")])
    )
    markov = Markov.fit(taught, np.arange(len(taught)))
    back = Returning.fit(np.array([CODE["购买"]]), np.array([CODE["阅读"]]), chained=False)
    return foretell(Predictor(markov=markov, returning=back), found)


def test_each_gets_the_answer_that_fits() -> None:
    found = crowd({"加购": 2}, late=1)
    rows = table(found, {"u0000": "segment:2"}).sort("user").to_dicts()
    late, gone = rows[0], rows[1]
    assert (late["状态"], gone["状态"]) == (THERE, GONE)
    assert late["下一步是离开"] > 0
    assert (gone["下一步"], gone["下一步是离开"], gone["要是没走"]) == ("阅读", 0.0, "购买")
    assert gone["最后动作时间"] == "2026-03-01 08:01"
    assert [one["人群"] for one in rows] == ["", "segment:2", ""]
    for row in rows:
        assert sum(row[f"下一步是{name}"] for name in NAMES) == pytest.approx(1, abs=1e-3)


def test_a_visit_is_the_mean_over_its_steps() -> None:
    """The same as asking row by row."""
    found = crowd({"加购": 1})
    first = foretell(Predictor(markov=_markov()), steps(events([("a", 0, "阅读"), ("a", 1, "点击"), ("a", 2, "收藏")])))
    rows = steps(events([("a", 0, "阅读"), ("a", 1, "点击"), ("a", 2, "收藏")]))
    wanted = _markov().predict_proba(rows, np.arange(3)).mean(axis=0)
    np.testing.assert_allclose(first.visit[0], wanted)
    assert found.visit.sum(axis=1) == pytest.approx(1)


def _markov() -> Markov:
    taught = steps(events([("t", 0, "阅读"), ("t", 1, "点击"), ("t", 2, "收藏"), ("t", 900, "阅读")]))
    return Markov.fit(taught, np.arange(len(taught)))


def test_without_a_chain_for_returns_nothing_is_made_up() -> None:
    found = foretell(Predictor(markov=_markov()), steps(events([("a", 0, "阅读"), ("b", 900, "阅读")])))
    gone, there = table(found, {}).sort("user").to_dicts()
    assert (gone["下一步"], gone["可能"], gone["下一步是阅读"]) == ("", None, None)
    assert gone["要是没走"]
    assert there["下一步"]


def test_groups_below_20_are_in_no_figure() -> None:
    found = crowd({"加购": 60, "收藏": 19})
    names = [one for one in found.names if one.startswith("u")]
    labels = dict.fromkeys(names[:40], "segment:1") | dict.fromkeys(names[40:60], "segment:10")
    labels |= dict.fromkeys(names[60:], "segment:2")
    body = aggregates(found, labels, k=2)
    assert body["k"] == 20
    assert [(one["id"], one["people"]) for one in body["segments"]] == [("segment:1", 40), ("segment:10", 20)]
    assert body["small"] == 1
    # Neither the 19 of segment 2 nor the one person in no segment can be had by subtraction.
    assert body["everybody"]["people"] == 60
    assert body["everybody"]["stopped"] == []
    (stopped,) = body["segments"][0]["stopped"]
    assert (stopped["action"], stopped["people"], stopped["next"]) == ("加购", 40, "购买")
    assert body["segments"][0]["elsewhere"] == body["segments"][1]["in_visit"]


def test_a_count_that_subtraction_would_give_away_is_hidden() -> None:
    found = crowd({"加购": 40, "收藏": 25, "点赞": 3})
    labels = {name: "segment:1" for name in found.names if name.startswith("u")}
    stopped = aggregates(found, labels)["segments"][0]["stopped"]
    assert [(one["action"], one["people"]) for one in stopped] == [("加购", 40)]


@pytest.mark.parametrize(("late", "said"), [(5, None), (25, 25)], ids=["few", "enough"])
def test_how_many_are_still_there(late: int, said: int | None) -> None:
    body = aggregates(crowd({"加购": 30}, late=late), {})
    assert body["everybody"]["there"] == said
    assert body["everybody"]["in_visit"][NAMES[END]] > 0
    assert body["segments"] == []


def test_too_few_people_altogether() -> None:
    assert aggregates(crowd({"加购": 10}), {})["everybody"] is None


def test_what_hardly_ever_follows_is_not_made_up() -> None:
    """Nearly everybody leaves after 购买: what the few others did next is no word on these."""
    taught = steps(
        events([row for n in range(40) for row in ((f"t{n}", n * 99, "阅读"), (f"t{n}", n * 99 + 1, "购买"))])
    )
    predictor = Predictor(markov=Markov.fit(taught, np.arange(len(taught))))
    rows = [row for n in range(30) for row in ((f"a{n}", 0, "阅读"), (f"a{n}", 1, "购买"))]
    found = foretell(predictor, steps(events([*rows, ("z", 9000, "阅读")])))
    one = table(found, {}).sort("user").to_dicts()[0]
    assert (one["要是没走"], one["要是没走的可能"]) == ("", None)
    assert one["做完就走"] >= 0.9
    (stopped,) = aggregates(found, dict.fromkeys((f"a{n}" for n in range(30)), "segment:1"))["segments"][0]["stopped"]
    assert "next" not in stopped
    assert stopped["leaves"] >= 0.9


def test_a_network_answers_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each person's own last row gets the same answer whoever else is asked for."""
    monkeypatch.setitem(sys.modules, "torch", None)
    found = steps(long_memory(12))
    predictor = Predictor(markov=_markov(), gru=by_formula())
    every = foretell(predictor, found)
    np.testing.assert_allclose(every.stay, predictor.predict_proba(found, found.latest()), rtol=1e-6)
