"""`wenan audience train ...`: one line a model that can be trained; each module is imported only when called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.audience.command_parts import Json, show
from knowledge_base.audience.mounts import Mounts, audience_group
from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from knowledge_base.audience.messages.labels import Task

HELP = "用自己的数据训练；先和简单规则比过，赢了才用。"
HERE, MODELS = "knowledge_base.audience.train_commands", "knowledge_base.audience.model_commands"
TRAIN: Mounts = {
    "propensity": (f"{MODELS}:propensity_app", "模型", "谁最近会买。"),
    "next": (f"{MODELS}:next_app", "模型", "访客下一步会做什么。"),
    "sentiment": (f"{HERE}:sentiment_app", "模型", "消息的情感，用标好的句子。"),
    "intent": (f"{HERE}:intent_app", "模型", "消息的意图，用标好的句子。"),
}

SHOWN = 6

train_app = App(cls=audience_group(TRAIN), no_args_is_help=True, help=HELP)
sentiment_app, intent_app = App(), App()

TextColumn = Annotated[str, typer.Option("--text", help="文本那一列的名字；不写就按常见的列名找。")]
LabelColumn = Annotated[str, typer.Option("--label", help="标签那一列的名字；情感也可以是 1～5 星。")]
Labelled = Annotated[Path, typer.Argument(metavar="文件", help="标好的句子：一列 text（文本），一列 label（标签）。")]


@train_app.callback()
def train() -> None:
    """用自己的数据训练；先和简单规则比过，赢了才用。"""


@sentiment_app.command()
def sentiment(file: Labelled, text: TextColumn = "", label: LabelColumn = "", as_json: Json = False) -> None:
    """用自己标好的句子训练情感分类器。留出一成来比，赢过不用训练的才会用上。"""
    _train("sentiment", file, text, label, as_json)


@intent_app.command()
def intent(file: Labelled, text: TextColumn = "", label: LabelColumn = "", as_json: Json = False) -> None:
    """用自己标好的句子训练意图分类器。留出一成来比，赢过不用训练的才会用上。"""
    _train("intent", file, text, label, as_json)


def _train(task: Task, file: Path, text: str, label: str, as_json: bool) -> None:
    from knowledge_base.audience.extra import need

    need("polars", "sklearn")
    from knowledge_base.audience.messages.choose import examples_embedder, model_path
    from knowledge_base.audience.messages.labelled import read_labelled, without_rare
    from knowledge_base.audience.messages.labels import TASK_NAMES
    from knowledge_base.audience.messages.trained import LEAST_OF_A_LABEL
    from knowledge_base.audience.messages.trained import train as fit
    from knowledge_base.audience.messages.untrained import ExampleClassifier
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.console import err
    from knowledge_base.embedders import open_embedder
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    texts, labels, rare = without_rare(*read_labelled(file, task, text=text, label=label), LEAST_OF_A_LABEL)
    if rare:
        shown = "、".join(rare[:SHOWN]) + (f" 等 {len(rare)} 种" if len(rare) > SHOWN else "")
        err().print(
            f"不到 {LEAST_OF_A_LABEL} 条的标签没有学：{shown}。补几条，或并到别的类。",
            style="yellow", markup=False, soft_wrap=True,
        )  # fmt: skip
    embedder = open_embedder(workspace)
    plain = ExampleClassifier(task, embedder, remembering=examples_embedder(workspace, embedder))
    # With labels of a shop's own the untrained classifier has no say, and no baseline to be.
    same = set(labels) <= set(plain.shown.labels)
    with AudienceStore.open(workspace) as store:
        with err().status(f"学 {len(texts):,} 句……"):
            model = fit(task, texts, labels, data=file.name, untrained=plain if same else None)
        model.save(model_path(workspace, task))
        store.save_card(f"text-{task}", model.card.body())
    scores = model.card.scores
    lines = [
        f"{TASK_NAMES[task]}分类器：{model.card.rows:,} 条，{model.card.evaluation}",
        f"准确率 {scores['accuracy']:.3f}，宏 F1 {scores['macro_f1']:.3f}；全猜最多的一类 {scores['majority']:.3f}"
        + (f"，不用训练的 {scores['untrained']:.3f}" if "untrained" in scores else ""),
        f"拿不准就不答：答了 {scores['answered']:.0%}，其中对 {scores['accuracy_answered']:.1%}",
        "已经用上。" if model.card.used else "没有赢过基线，仍用不用训练的那个。多标一些再试。",
    ]
    show(model.card.body(), lines, as_json)
