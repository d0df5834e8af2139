"""Times of day in words, figures in sentences, and what messages are counted as."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from knowledge_base.audience.messages.verdict import Verdict
from knowledge_base.audience.personas.card import Figure, number_of
from knowledge_base.audience.personas.moments import Rhythm, days_meant, hours_meant, peaks, spoken
from knowledge_base.audience.personas.phrasing import assumes, card
from knowledge_base.audience.personas.profile import Profile
from knowledge_base.audience.personas.talk import Topic, topics

if TYPE_CHECKING:
    from knowledge_base.audience.messages.verdict import TextCard


@pytest.mark.parametrize(
    ("hour", "words"),
    [(0, "凌晨零点"), (3, "凌晨三点"), (7, "早上七点"), (10, "上午十点"), (12, "中午十二点"), (16, "下午四点"),
     (20, "晚上八点"), (23, "夜里十一点")],
)  # fmt: skip
def test_hours_are_spoken(hour: int, words: str) -> None:
    assert spoken(hour) == words


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [("早八来不及吃早饭", 7, 16), ("下午四点有点饿", 16, 7), ("床头看两页书", 22, 12), ("凌晨三点", 3, 22)],
)
def test_words_for_times(text: str, inside: int, outside: int) -> None:
    found = hours_meant(text)
    assert found
    assert all(inside in hours and outside not in hours for hours in found)


@pytest.mark.parametrize(("text", "days"), [("露营的清早", "周末"), ("键盘敲久了手干", "工作日"), ("抽屉里常备", "")])
def test_words_for_days(text: str, days: str) -> None:
    assert days_meant(text) == days


@pytest.mark.parametrize(
    ("here", "elsewhere", "unit", "said"),
    [
        (0.171, 0.0332, "share", "占 17%，别人 3.3%，5.2 倍，n=40"),
        (0.998, 0.0, "share", "占 99.8%，别人 0%，n=40"),
        (0.5, 0.001, "share", "占 50%，别人 0.1%，n=40"),
        (0.2, 0.25, "share", "占 20%，别人 25%，n=40"),
        (1.85, 1.43, "mean", "占 1.85，别人 1.43，n=40"),
    ],
)
def test_figures_in_words(here: float, elsewhere: float, unit: Any, said: str) -> None:
    assert Figure(what="占", here=here, elsewhere=elsewhere, n=40, unit=unit).said() == said


def rhythm(shares: dict[int, float], people: int = 40) -> Rhythm:
    here = tuple(shares.get(hour, 0.0) for hour in range(24))
    return Rhythm(here, (1 / 24,) * 24, tuple(people if share else 0 for share in here), 0.3, 0.3, people)


@pytest.mark.parametrize(
    ("shares", "people", "found"),
    [
        ({16: 0.6, 15: 0.3, 8: 0.1}, 40, (16, 8)),
        ({23: 0.5, 0: 0.4, 7: 0.05}, 40, (23,)),
        ({16: 1.0}, 19, ()),
    ],
    ids=["neighbours are one moment", "midnight is near eleven, rare is no moment", "too few people"],
)
def test_peaks(shares: dict[int, float], people: int, found: tuple[int, ...]) -> None:
    assert peaks(rhythm(shares, people), 20) == found


@pytest.mark.parametrize(("text", "word"), [("宿舍熄灯以后", "宿舍"), ("给孩子擦汗", "孩子"), ("下午四点", "")])
def test_lives_that_behaviour_does_not_show(text: str, word: str) -> None:
    assert assumes(text) == word


@pytest.mark.parametrize(
    ("id", "number"), [("segment:3", 3), ("segment:x", 0), ("u-3", 0), ("segment:", 0), ("segment:³", 0)]
)
def test_numbers_of_ids(id: str, number: int) -> None:
    assert number_of(id) == number


class ByFirstWord:
    """A classifier that answers with the first word of a text."""

    card: TextCard

    def judge(self, texts: Sequence[str]) -> list[Verdict]:
        return [Verdict(text.split()[0], text.split()[0], 1.0) for text in texts]


def test_topics_count_people_of_at_least_k() -> None:
    start = datetime(2026, 11, 1)  # noqa: DTZ001 - UTC, as in the store
    said = (
        [(user, "price 多少钱") for user in range(25)]
        + [(0, "price 再问一次")]
        + [(u, "stock 有吗") for u in range(19)]
    )
    said += [(user, "price 几块") for user in range(100, 110)] + [(user, "other 你好") for user in range(110, 140)]
    rows = [(f"u{user}", start + timedelta(minutes=n), text, "customer") for n, (user, text) in enumerate(said)]
    rows.append(("u0", start, "staff 您好", "staff"))
    messages = pl.DataFrame(rows, schema=["user", "time", "text", "role"], orient="row").lazy()
    members = pl.DataFrame(
        {"user": [f"u{user}" for user in (*range(50), *range(100, 150))], "segment": [0] * 50 + [1] * 50}
    )
    found = topics(messages, members, ByFirstWord(), 20)
    [price] = found[0]
    assert (price.intent, price.people, price.here, price.elsewhere) == ("price", 25, 1.0, 0.25)
    assert [one.intent for one in found[1]] == ["other"]


def test_every_rule_names_a_feature_and_an_intent_that_exist() -> None:
    import yaml

    from knowledge_base.audience.features.catalogue import describe
    from knowledge_base.audience.messages.labels import examples
    from knowledge_base.audience.personas import phrasing

    body = yaml.safe_load(Path(phrasing.PATH).read_text(encoding="utf-8"))
    assert all(describe(rule["feature"]) for rule in body["features"])
    assert set(body["intents"]) <= set(examples("intent").labels)
    assert {field for rows in body["intents"].values() for field in rows} <= {
        "needs",
        "pains",
        "objections",
        "trust",
        "avoid",
    }
    assert not [rule["text"] for rule in body["features"] if any(char.isdigit() for char in rule["text"])]


def profile(*asked: Topic) -> Profile:
    return Profile(
        number=0, size=200, share=0.5, rhythm=None, traits={}, items=(), categories=(), topics=asked, words=(),
        timing=None, reach={},
    )  # fmt: skip


@pytest.mark.parametrize(("elsewhere", "there"), [(0.1, True), (0.35, False)])
def test_what_they_will_not_believe_comes_from_what_they_ask_more_than_others(elsewhere: float, there: bool) -> None:
    made = card(profile(Topic(intent="logistics", people=60, here=0.4, elsewhere=elsewhere)), {}, 1, k=20)
    found = made.of("avoid")
    assert [one.text for one in found] == (["秒发"] if there else [])
    assert all(figure.n == 60 and figure.here == 0.4 for one in found for figure in one.figures)
    # A reader of the card sees why.
    assert any("「秒发」" in one.text for one in made.of("evidence")) is there
