"""`wenan audience messages | topics | mine-faq`: what customers write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge_base.audience.command_parts import Json, opened, show
from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from collections.abc import Iterator

messages_app, topics_app, faq_app = App(), App(), App()
LISTED = 8


@messages_app.command()
def messages(
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="句子...", help="只看这几句；不写就看导入的消息。")
    ] = None,
    as_json: Json = False,
) -> None:
    """每条消息的情感和意图；不写句子时汇总导入的客户消息，按商品和星期，结果留给 wenan audience report。"""
    if texts:
        _judge(texts, as_json)
        return
    from knowledge_base.audience.messages.choose import classifier
    from knowledge_base.audience.messages.insight import customer_messages, judged, moods
    from knowledge_base.audience.messages.labels import TASKS
    from knowledge_base.console import err

    workspace, store = opened("sklearn", "scipy")
    with store:
        frame = customer_messages(store.messages())
        if not frame.height:
            _nothing(as_json)
            return
        kinds = {task: classifier(workspace, task) for task in TASKS}
        with err().status(f"读 {frame.height:,} 条消息……"):
            body = moods(judged(frame, kinds))
            body["cards"] = {task: kinds[task].card.body() for task in TASKS}
        store.save_report("messages", body)
    show(body, _mood_lines(body), as_json)


@topics_app.command()
def topics(as_json: Json = False) -> None:
    """每个商品的客户在说什么，最近一周哪些抱怨变多了。至少 20 人说过的词才列出来。"""
    from knowledge_base.audience.messages.choose import classifier
    from knowledge_base.audience.messages.insight import customer_messages, judged, talk
    from knowledge_base.console import err

    workspace, store = opened("sklearn", "scipy", "statsmodels")
    with store:
        frame = customer_messages(store.messages())
        if not frame.height:
            _nothing(as_json)
            return
        with err().status(f"读 {frame.height:,} 条消息……"):
            body = talk(judged(frame, {"sentiment": classifier(workspace, "sentiment")}))
        store.save_report("topics", body)
    show(body, _topic_lines(body), as_json)


@faq_app.command()
def mine_faq(
    file: Annotated[
        Path | None, typer.Argument(metavar="文件", help="客服记录：用户、时间、角色、内容，最好有会话。")
    ] = None,
    imported: Annotated[bool, typer.Option("--imported", help="用已经导入的消息。")] = False,
    output: Annotated[Path, typer.Option("--output", "-o", help="候选问答写到哪里。")] = Path("候选问答.yaml"),
    least: Annotated[int, typer.Option("--least", min=2, help="至少几个会话问过。")] = 3,
    as_json: Json = False,
) -> None:
    """从客服记录里挑出常问的问题和答法，写成候选，看过改好再 wenan kb add。不会自己加进知识库。"""
    from dataclasses import asdict

    from knowledge_base.audience.extra import need
    from knowledge_base.console import err
    from knowledge_base.errors import UsageError

    need("polars", "sklearn")
    from knowledge_base.audience.messages.choose import classifier
    from knowledge_base.audience.messages.faq import mine, product_names, yaml_of
    from knowledge_base.audience.messages.talks import turns_of_file, turns_of_store
    from knowledge_base.embedders import open_embedder
    from knowledge_base.workspace import Workspace

    if (file is None) != imported:
        raise UsageError("文件和 --imported 要选一个", hint="wenan audience mine-faq 客服记录.csv")
    if output.exists():
        raise UsageError(f"{output} 已经有了，不覆盖", hint="换个名字：-o 另一个.yaml。")
    workspace = Workspace.find()
    turns = turns_of_file(file) if file is not None else turns_of_store(opened()[1])
    with err().status("找常问的问题……"):
        found = mine(
            turns,
            open_embedder(workspace),
            intents=classifier(workspace, "intent"),
            least=least,
            names=product_names(workspace),
        )
    if found:
        temporary = output.with_name(output.name + ".tmp")
        temporary.write_text(yaml_of(found), encoding="utf-8")
        temporary.replace(output)
    body = {"file": output.as_posix() if found else None, "candidates": [asdict(one) for one in found]}
    show(body, [output.as_posix()] if found else [], as_json)
    if found:
        err().print(f"{len(found)} 条候选。逐条看过改好，再运行 wenan kb add {output.as_posix()}", markup=False)
    else:
        err().print(f"没有问题被 {least} 个以上的会话问过，没写文件。", markup=False)


def _judge(texts: list[str], as_json: bool) -> None:
    from knowledge_base.audience.extra import need
    from knowledge_base.audience.messages.choose import classifier
    from knowledge_base.audience.messages.labels import TASKS, name
    from knowledge_base.workspace import Workspace

    need("sklearn")
    said = {task: classifier(Workspace.find(), task).judge(texts) for task in TASKS}
    rows = [
        {
            "text": text,
            **{task: said[task][i].label for task in TASKS},
            **{f"{task}_probability": round(said[task][i].probability, 4) for task in TASKS},
        }
        for i, text in enumerate(texts)
    ]
    show(rows, ("\t".join([r["text"], *(name(task, r[task]) for task in TASKS)]) for r in rows), as_json)


def _nothing(as_json: bool) -> None:
    show({"messages": 0}, ["导入的数据里没有客户消息；先 wenan audience import 消息.csv。"], as_json)


def _mood_lines(body: dict[str, Any]) -> Iterator[str]:
    from knowledge_base.audience.messages.labels import TASK_NAMES, TASKS, name

    def said(counts: dict[str, int], task: Any) -> str:
        total = sum(counts.values())
        return "，".join(f"{name(task, label)} {count:,}（{count / total:.0%}）" for label, count in counts.items())

    yield f"客户消息 {body['messages']:,} 条，{body['people']:,} 人"
    for task in TASKS:
        yield f"{TASK_NAMES[task]}：{said(body[task], task)}"
    if body["items"]:
        yield "按商品（情感）："
    for one in body["items"][:LISTED]:
        yield f"  {one['item']}　{one['messages']:,} 条，{one['people']:,} 人：{said(one['sentiment'], 'sentiment')}"
    hidden = body["suppressed"]
    if any(hidden.values()):
        yield f"不到 {body['k']} 人的没有列：{hidden['items']} 个商品，{hidden['weeks']} 个星期"


def _topic_lines(body: dict[str, Any]) -> Iterator[str]:
    for item, words in body["topics"].items():
        yield f"{item}：{'、'.join(one['word'] for one in words)}"
    if not body["topics"]:
        yield f"没有哪个词有 {body['k']} 人说过"
    risen = body["emerging"]
    yield "变多的抱怨：" + ("" if risen else "没有（和前几周比，多出来的在偶然范围内，或数据不够）")
    for one in risen:
        what = f"「{one['word']}」" if one["word"] else "的抱怨"
        yield (
            f"  {one['item']}{what} {one['week']} 那周 {one['count']}/{one['base']} 条，前 {one['weeks_before']} 周 "
            f"{one['before']}/{one['before_base']} 条，{one['ratio']:.1f} 倍，校正 p={one['p']:.2g}"
        )
    hidden = body["suppressed"]
    if any(hidden.values()):
        yield f"不到 {body['k']} 人的没有列：{hidden['items']} 个商品，{hidden['words']} 个变多的词"
