"""The two questions asked of a message, their answers, and our own examples of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from knowledge_base.errors import UsageError

Task = Literal["sentiment", "intent"]
TASKS: tuple[Task, ...] = get_args(Task)
TASK_NAMES: dict[Task, str] = {"sentiment": "情感", "intent": "意图"}

UNKNOWN = "unknown"
"""What a classifier answers when no label is likely enough. Never counted as one of the labels."""
UNKNOWN_NAME = "拿不准"


@dataclass(frozen=True, slots=True)
class Examples:
    """Labels of a task, and texts that have them. Written by us; nothing comes from a third party's data."""

    labels: Mapping[str, str]
    """Label -> what it is called in Chinese."""
    texts: tuple[str, ...]
    answers: tuple[str, ...]
    """The label of each text."""


@cache
def examples(task: Task) -> Examples:
    """The examples that ship."""
    import yaml

    body = yaml.safe_load(files("knowledge_base.audience.messages").joinpath(f"{task}.yaml").read_text("utf-8"))
    pairs = [(text, label) for label, texts in body["examples"].items() for text in texts]
    return Examples(dict(body["labels"]), tuple(text for text, _ in pairs), tuple(label for _, label in pairs))


def name(task: Task, label: str) -> str:
    """A label in Chinese; itself when a shop trained with labels of its own."""
    return UNKNOWN_NAME if label == UNKNOWN else examples(task).labels.get(label, label)


def canonical(task: Task, label: str) -> str:
    """A label as people write it (投诉抱怨, 0, 1, -1) as the label we use; unknown words stay as they are."""
    word = label.strip()
    numbers = SENTIMENTS if task == "sentiment" else {"risk": RISK}
    by_name = {chinese: key for key, chinese in examples(task).labels.items()}
    return numbers.get(word.lower()) or by_name.get(word) or word


SENTIMENTS = {
    "1": "positive", "1.0": "positive", "pos": "positive", "positive": "positive", "正面": "positive",
    "积极": "positive", "正向": "positive", "满意": "positive",
    "0": "negative", "0.0": "negative", "-1": "negative", "-1.0": "negative", "neg": "negative",
    "negative": "negative", "负面": "negative", "消极": "negative", "负向": "negative", "差评": "negative",
    "neutral": "neutral", "neu": "neutral", "中立": "neutral",
}  # fmt: skip
"""How people write what we call by these names."""

RISK = "medical_or_legal_risk"


def task_of(word: str) -> Task:
    """A task by its English or Chinese name. Raises UsageError."""
    for task in TASKS:
        if word in (task, TASK_NAMES[task]):
            return task
    raise UsageError(f"没有「{word}」这种分类", hint="可选：sentiment（情感）、intent（意图）。")
