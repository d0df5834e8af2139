"""What a shop's customers say, counted: sentiment and intent over time and by product, topics, rising complaints.

Everything here is aggregates of at least k people; smaller groups are left out and counted as left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from knowledge_base.audience.messages.labels import TASKS, Task
from knowledge_base.audience.messages.topics import Message, emerging, monday, terms
from knowledge_base.audience.privacy.kanon import K

if TYPE_CHECKING:
    from knowledge_base.audience.messages.verdict import Classifier

NO_ITEM = "（没写商品）"
MOST_ITEMS, MOST_WORDS = 30, 10
WIDE = 200
"""Candidate words looked at a product, before those of too few people are left out."""


def customer_messages(messages: pl.LazyFrame) -> pl.DataFrame:
    """user, time, item, text of what customers wrote; staff is left out."""
    customers = messages.filter(pl.col("role").cast(pl.String).ne_missing("staff"))
    chosen = customers.select("user", "time", pl.col("item").cast(pl.String).fill_null(NO_ITEM), "text")
    return chosen.drop_nulls(["text", "time"]).sort("time", "user", "text").collect()


def judged(frame: pl.DataFrame, classifiers: Mapping[Task, Classifier]) -> pl.DataFrame:
    """`frame` with a column of labels for each task. Equal texts are judged once."""
    texts = frame["text"].unique(maintain_order=True).to_list()
    found: dict[str, list[str]] = {task: [one.label for one in each.judge(texts)] for task, each in classifiers.items()}
    columns: dict[str, list[str]] = {"text": texts, **found}
    return frame.join(pl.DataFrame(columns), on="text", how="left", maintain_order="left")


def moods(frame: pl.DataFrame, k: int = K) -> dict[str, Any]:
    """Of a judged frame: counts of labels, sentiment by week, sentiment and intents by product. Plain JSON values."""
    body: dict[str, Any] = {"messages": frame.height, "people": frame["user"].n_unique()}
    for task in TASKS:
        body[task] = dict(Counter(frame[task].to_list()).most_common())
    weekly = frame.with_columns(week=pl.col("time").dt.truncate("1w").dt.date())
    body["weeks"], small_weeks = _split(weekly, "week", k, ("sentiment",))
    body["weeks"].sort(key=lambda one: one["week"])
    body["items"], small_items = _split(frame.filter(pl.col("item") != NO_ITEM), "item", k, TASKS)
    body["items"] = body["items"][:MOST_ITEMS]
    return {**body, "k": k, "suppressed": {"weeks": small_weeks, "items": small_items}}


def talk(frame: pl.DataFrame, k: int = K) -> dict[str, Any]:
    """Of a frame judged for sentiment: words of each product, and complaints that rise. Plain JSON values."""
    people = _people(frame, "item")
    big = frame.filter(pl.col("item").is_in([item for item, count in people.items() if count >= k]))
    topics = {}
    for item, found in terms(zip(big["item"], big["text"], strict=True), most=WIDE, least=k).items():
        texts = big.filter(pl.col("item") == item)
        kept = [(one, count) for one in found if (count := _saying(texts, one.word)) >= k]
        topics[str(item)] = [{**asdict(one), "people": count} for one, count in kept[:MOST_WORDS]]
    rises = emerging([Message(text, time, item, mood == "negative") for text, time, item, mood in _rows(big)])
    shown, hidden = [], 0
    for one in rises:
        saying = big.filter(pl.col("item") == one.item, pl.col("sentiment") == "negative")
        week = saying.filter(pl.col("time").dt.truncate("1w").dt.date() == one.week)
        count = _saying(week, one.word)
        # A single word of few people may be a name; that a product's complaints rise names nobody.
        if one.word and count < k:
            hidden += 1
            continue
        shown.append({**asdict(one), "week": one.week.isoformat(), "people": count})
    last = max((monday(time) for time in big["time"]), default=None)
    return {
        "topics": {item: words for item, words in topics.items() if words}, "emerging": shown, "k": k,
        "week": last.isoformat() if last else None, "messages": frame.height,
        "suppressed": {"items": len(people) - len(set(big["item"])), "words": hidden},
    }  # fmt: skip


def _split(frame: pl.DataFrame, by: str, k: int, tasks: Sequence[Task]) -> tuple[list[dict[str, Any]], int]:
    found, small = [], 0
    for (value,), part in frame.group_by(by, maintain_order=True):
        people = part["user"].n_unique()
        if people < k:
            small += 1
            continue
        row: dict[str, Any] = {by: str(value), "messages": part.height, "people": people}
        for task in tasks:
            row[task] = dict(Counter(part[task].to_list()).most_common())
        found.append(row)
    return sorted(found, key=lambda one: (-one["messages"], one[by])), small


def _people(frame: pl.DataFrame, by: str) -> dict[str, int]:
    counted = frame.group_by(by).agg(pl.col("user").n_unique())
    return {str(value): int(people) for value, people in counted.iter_rows()}


def _saying(frame: pl.DataFrame, word: str) -> int:
    """How many people used a word; all people for the empty one."""
    said = frame.filter(pl.col("text").str.to_lowercase().str.contains(word.lower(), literal=True)) if word else frame
    return said["user"].n_unique()


def _rows(frame: pl.DataFrame) -> Iterable[tuple[Any, ...]]:
    return frame.select("text", "time", "item", "sentiment").iter_rows()
