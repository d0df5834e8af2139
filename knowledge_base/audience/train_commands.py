"""`wenan audience train ...`: one line a model that can be trained; each module is imported only when called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.audience.mounts import Mounts, audience_group
from knowledge_base.chinese_cli import App

HELP = "用自己的数据训练；先和简单规则比过，赢了才用。"
HERE, MODELS = "knowledge_base.audience.train_commands", "knowledge_base.audience.model_commands"
TRAIN: Mounts = {
    "propensity": (f"{MODELS}:propensity_app", "模型", "谁最近会买。"),
    "next": (f"{MODELS}:next_app", "模型", "访客下一步会做什么。"),
    "sentiment": (f"{HERE}:sentiment_app", "模型", "消息的情感，用标好的句子。"),
    "intent": (f"{HERE}:intent_app", "模型", "消息的意图，用标好的句子。"),
}

train_app = App(cls=audience_group(TRAIN), no_args_is_help=True, help=HELP)
sentiment_app, intent_app = App(), App()

Labelled = Annotated[Path, typer.Argument(metavar="文件", help="标好的句子：一列 text（文本），一列 label（标签）。")]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON。")]


@train_app.callback()
def train() -> None:
    """用自己的数据训练；先和简单规则比过，赢了才用。"""


@sentiment_app.command()
def sentiment(file: Labelled, as_json: Json = False) -> None:
    """用自己标好的句子训练情感分类器；赢过不用训练的才会用上。"""
    from knowledge_base.audience.insight_commands import train_text

    train_text("sentiment", file, as_json)


@intent_app.command()
def intent(file: Labelled, as_json: Json = False) -> None:
    """用自己标好的句子训练意图分类器；赢过不用训练的才会用上。"""
    from knowledge_base.audience.insight_commands import train_text

    train_text("intent", file, as_json)
