"""`wenan audience train-text | messages | topics | forecast | timing | mine-faq`: what messages and behaviour tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.workspace import Workspace

train_app, messages_app, topics_app = App(), App(), App()
forecast_app, timing_app, faq_app = App(), App(), App()

Json = Annotated[bool, typer.Option("--json", help="给程序读的 JSON。")]


def opened() -> tuple[Workspace, AudienceStore]:
    """The workspace and its data. Raises UsageError when nothing was imported."""
    from knowledge_base.audience.extra import need

    need("polars", "sklearn", "scipy")
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    store = AudienceStore.open(workspace)
    if not store.exists:
        raise UsageError("还没有导入数据", hint="先运行 wenan audience import 文件…；试用可以先 wenan audience synth。")
    return workspace, store


def show(body: Any, lines: list[str], as_json: bool) -> None:
    """Results on stdout, as JSON or as lines."""
    for line in [json.dumps(body, ensure_ascii=False, indent=2, default=str)] if as_json else lines:
        typer.echo(line)


@train_app.command()
def train_text(
    task: Annotated[str, typer.Argument(metavar="分类", help="sentiment（情感）或 intent（意图）。")],
    file: Annotated[Path, typer.Argument(metavar="文件", help="标好的句子：一列 text（文本），一列 label（标签）。")],
    as_json: Json = False,
) -> None:
    """用自己标好的句子训练分类器。留出一成来比，赢过不用训练的才会用上。"""
    from knowledge_base.audience.extra import need

    need("polars", "sklearn")
    from knowledge_base.audience.messages.choose import model_path
    from knowledge_base.audience.messages.labelled import read_labelled
    from knowledge_base.audience.messages.labels import TASK_NAMES, task_of
    from knowledge_base.audience.messages.trained import train
    from knowledge_base.audience.messages.untrained import ExampleClassifier
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.embedders import open_embedder
    from knowledge_base.workspace import Workspace

    workspace, chosen = Workspace.find(), task_of(task)
    texts, labels = read_labelled(file, chosen)
    plain = ExampleClassifier(chosen, open_embedder(workspace))
    # With labels of a shop's own the untrained classifier has no say, and no baseline to be.
    same = set(labels) <= set(plain.shown.labels)
    model = train(chosen, texts, labels, data=file.name, untrained=plain if same else None)
    path = model_path(workspace, chosen)
    model.save(path)
    with AudienceStore.open(workspace) as store:
        store.save_card(f"text-{chosen}", model.card.body())
    scores = model.card.scores
    lines = [
        f"{TASK_NAMES[chosen]}分类器：{model.card.rows} 条，{model.card.evaluation}",
        f"准确率 {scores['accuracy']:.3f}，宏 F1 {scores['macro_f1']:.3f}；全猜最多的一类 {scores['majority']:.3f}"
        + (f"，不用训练的 {scores['untrained']:.3f}" if "untrained" in scores else ""),
        f"拿不准就不答：答了 {scores['answered']:.0%}，其中对 {scores['accuracy_answered']:.1%}",
        "已经用上。" if model.card.used else "没有赢过基线，仍用不用训练的那个。多标一些再试。",
    ]
    show(model.card.body(), lines, as_json)


@messages_app.command()
def messages(
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="句子...", help="只看这几句；不写就看导入的消息。")
    ] = None,
    as_json: Json = False,
) -> None:
    """每条消息的情感和意图；不写句子时汇总导入的客户消息。"""
    from collections import Counter

    from knowledge_base.audience.messages.choose import classifier
    from knowledge_base.audience.messages.labels import TASK_NAMES, TASKS, name

    if texts:
        from knowledge_base.audience.extra import need
        from knowledge_base.workspace import Workspace

        need("sklearn")
        workspace, wanted = Workspace.find(), texts
    else:
        workspace, store = opened()
        wanted = _customer_texts(store)
    kinds = {task: classifier(workspace, task) for task in TASKS}
    said = {task: kind.judge(wanted) for task, kind in kinds.items()}
    if texts:
        rows = [
            {"text": text, **{task: said[task][i].label for task in TASKS}, "score": said["intent"][i].probability}
            for i, text in enumerate(wanted)
        ]
        lines = ["\t".join([r["text"], *(name(task, r[task]) for task in TASKS)]) for r in rows]
        return show(rows, lines, as_json)
    counts = {task: Counter(one.label for one in said[task]).most_common() for task in TASKS}
    lines = [f"客户消息 {len(wanted)} 条"]
    for task in TASKS:
        parts = "，".join(f"{name(task, label)} {count}" for label, count in counts[task])
        lines.append(f"{TASK_NAMES[task]}：{parts}")
    body = {"messages": len(wanted), "cards": {t: kinds[t].card.body() for t in TASKS}}
    return show({**body, **{task: dict(found) for task, found in counts.items()}}, lines, as_json)


@topics_app.command()
def topics(as_json: Json = False) -> None:
    """每个商品的客户在说什么，最近一周哪些抱怨变多了。"""
    import polars as pl

    from knowledge_base.audience.messages.choose import classifier
    from knowledge_base.audience.messages.topics import Message, emerging, terms

    workspace, store = opened()
    frame = store.messages().filter(pl.col("role").cast(pl.String).ne_missing("staff")).drop_nulls(["text", "time"])
    rows = frame.select("text", "time", pl.col("item").fill_null("（没写商品）")).collect().rows()
    said = classifier(workspace, "sentiment").judge([text for text, _, _ in rows])
    found = [Message(t, at, item, one.label == "negative") for (t, at, item), one in zip(rows, said, strict=True)]
    words = terms((one.item, one.text) for one in found)
    risen = emerging(found)
    lines = [f"{item}：{'、'.join(one.word for one in best)}" for item, best in sorted(words.items(), key=str) if best]
    lines.append("变多的抱怨：" + ("" if risen else "没有（和前几周比，多出来的在偶然范围内，或数据不够）"))
    lines += [
        f"  {one.item}{f'「{one.word}」' if one.word else ''} {one.week} 那周 {one.count}/{one.base} 条，"
        f"前 {one.weeks_before} 周 {one.before}/{one.before_base} 条，{one.ratio:.1f} 倍，p={one.p:.2g}"
        for one in risen
    ]
    from dataclasses import asdict

    plain = {str(item): [asdict(one) for one in best] for item, best in words.items()}
    show({"topics": plain, "emerging": [asdict(one) for one in risen]}, lines, as_json)


@forecast_app.command()
def forecast(
    item: Annotated[str, typer.Option("--item", help="只看一个商品；不写是全店。")] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=14, help="往后几天。")] = 7,
    as_json: Json = False,
) -> None:
    """每天订单数的预测和误差；历史不够就不给。"""
    from dataclasses import asdict

    import polars as pl

    from knowledge_base.audience.forecast import TooShort
    from knowledge_base.audience.forecast import forecast as predict
    from knowledge_base.errors import BadInputError

    _, store = opened()
    orders = store.orders().drop_nulls(["time"])
    orders = orders.filter(pl.col("item") == item) if item else orders
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Shanghai").dt.date().alias("day")
    counted = orders.group_by(local).agg(pl.col("order").n_unique().alias("n")).sort("day").collect()
    if counted.height == 0:
        raise BadInputError(f"没有{f'「{item}」的' if item else ''}订单", hint="先导入订单。")
    # The last day is as a rule cut short by the export, and would look like a fall.
    history = counted.upsample("day", every="1d")["n"].fill_null(0).to_list()[:-1]
    found = predict([float(one) for one in history], days)
    if isinstance(found, TooShort):
        return show({"forecast": None, "reason": found.reason}, [f"不给预测：{found.reason}"], as_json)
    lines = [f"{found.method}；过去 {found.tested} 天平均差 {found.error:.1f} 单（{found.share:.0%}）"]
    lines += [
        f"第 {day} 天：{value:.0f}（八成把握 {low:.0f} 到 {high:.0f}）"
        for day, (value, low, high) in enumerate(zip(found.values, found.low, found.high, strict=True), 1)
    ]
    return show({"forecast": asdict(found)}, lines, as_json)


@timing_app.command()
def timing(as_json: Json = False) -> None:
    """什么渠道、几点发，打开的人最多，证据是什么。"""
    from dataclasses import asdict

    from knowledge_base.audience.timing import best_times

    _, store = opened()
    found = best_times(store.events())
    lines = []
    for one in found:
        channel = f"{one.channel}{'' if one.channel_sure else '（和别的差不多）'}" if one.channel else "看不出"
        hour = "看不出" if one.hour is None else f"{one.hour} 点{'' if one.hour_sure else '（和别的差不多）'}"
        lines.append(f"{one.segment}：渠道 {channel}，时间 {hour}" + (f"；{one.note}" if one.note else ""))
        for kind, rates in (("渠道", one.channels), ("时间", one.hours)):
            lines += [
                f"  {kind} {r.value}：{r.opened}/{r.sent}，{r.rate:.1%}（{r.low:.1%}–{r.high:.1%}）" for r in rates[:3]
            ]
    show([asdict(one) for one in found], lines or ["没有写明渠道的行为，算不出来"], as_json)


@faq_app.command()
def mine_faq(
    file: Annotated[
        Path | None, typer.Argument(metavar="文件", help="客服记录：用户、时间、角色、内容，最好有会话。")
    ] = None,
    imported: Annotated[bool, typer.Option("--imported", help="用已经导入的消息。")] = False,
    output: Annotated[Path, typer.Option("--output", "-o", help="候选问答写到哪里。")] = Path("候选问答.yaml"),
    least: Annotated[int, typer.Option("--least", min=2, help="至少几个会话问过。")] = 3,
) -> None:
    """从客服记录里挑出常问的问题和答法，写成候选，看过改好再 wenan kb add。不会自己加进知识库。"""
    from knowledge_base.audience.extra import need
    from knowledge_base.console import err
    from knowledge_base.errors import UsageError

    need("polars", "sklearn")
    from knowledge_base.audience.messages.choose import classifier
    from knowledge_base.audience.messages.faq import mine, yaml_of
    from knowledge_base.audience.messages.talks import turns_of_file, turns_of_store
    from knowledge_base.embedders import open_embedder
    from knowledge_base.workspace import Workspace

    if (file is None) != imported:
        raise UsageError("文件和 --imported 要选一个", hint="wenan audience mine-faq 客服记录.csv")
    if output.exists():
        raise UsageError(f"{output} 已经有了，不覆盖", hint="换个名字：-o 另一个.yaml。")
    workspace = Workspace.find()
    turns = turns_of_file(file) if file is not None else turns_of_store(opened()[1])
    found = mine(turns, open_embedder(workspace), intents=classifier(workspace, "intent"), least=least)
    if not found:
        err().print(f"没有问题被 {least} 个以上的会话问过，没写文件。", markup=False)
        return
    temporary = output.with_name(output.name + ".tmp")
    temporary.write_text(yaml_of(found), encoding="utf-8")
    temporary.replace(output)
    typer.echo(output.as_posix())
    err().print(f"{len(found)} 条候选。逐条看过改好，再运行 wenan kb add {output.as_posix()}", markup=False)


def _customer_texts(store: AudienceStore) -> list[str]:
    import polars as pl

    customers = store.messages().filter(pl.col("role").cast(pl.String).ne_missing("staff"))
    return list(customers.select("text").drop_nulls().collect()["text"])
