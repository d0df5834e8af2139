"""`wenan audience predict next`: what people will do next, by the model that `train next` saved."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge_base.audience.mounts import Mounts, audience_group
from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    import polars as pl

    from knowledge_base.audience.sequences.foretell import Foretold
    from knowledge_base.audience.store import AudienceStore

HELP = "用训练好的模型预测。"
PREDICT: Mounts = {
    "next": ("knowledge_base.audience.predict_commands:next_app", "模型", "每个人、每群人下一步会做什么。"),
}

predict_app = App(cls=audience_group(PREDICT), no_args_is_help=True, help=HELP)
next_app = App()


class Form(StrEnum):
    text = "text"
    json = "json"


@predict_app.callback()
def predict() -> None:
    """用训练好的模型预测。"""


@next_app.command(name="next")
def next_action(
    user: Annotated[list[str] | None, typer.Option("--user", help="只看谁（化名或原来的编号），可以写几次。")] = None,
    segment: Annotated[
        list[str] | None, typer.Option("--segment", help="只看哪群，如 3 或 segment:3，可以写几次。")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="每个人一行写到 csv、json、jsonl 或 parquet（编号是化名）。")
    ] = None,
    top: Annotated[int, typer.Option("--top", "-n", min=1, max=9, help="列几样。")] = 3,
    timezone: Annotated[str, typer.Option("--timezone", help="店铺的时区。")] = "Asia/Shanghai",
    purpose: Annotated[str, typer.Option("--consent-purpose", help="哪个用途的数据。")] = "营销",
    form: Annotated[Form, typer.Option("--format", "-f", help="输出格式。")] = Form.text,
) -> None:
    """下一步会做什么：每群人的合计；加 --user 看一个人，加 --out 写出每个人。只有同意了这个用途的人。"""
    from knowledge_base.audience.extra import need

    # A network's weights are reckoned with numpy: torch is needed to train one, never here.
    need("polars", "sklearn", "scipy", "skops")
    from knowledge_base.audience import model_view, predict_view
    from knowledge_base.audience.clock import zone
    from knowledge_base.audience.sequences import exports, foretell, keep
    from knowledge_base.audience.sequences.steps import steps
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.console import err
    from knowledge_base.errors import BadInputError
    from knowledge_base.workspace import Workspace

    zone(timezone)
    if out is not None:
        exports.check(out)
    with AudienceStore.open(Workspace.find(), purpose) as store:
        if not store.exists:
            raise BadInputError(f"用途「{purpose}」还没有数据", hint="先运行 wenan audience import 文件...。")
        predictor, card = keep.load(store)
        with model_view.working("预测每个人的下一步"):
            found = foretell.foretell(predictor, steps(store.events()))
        labels = _segments(store)
        wanted = _wanted(segment or [], set(labels.values()))
        people = foretell.table(found, labels, zone=timezone)
        shown = _people(store, people, user or [])
        if out is not None:
            chosen = people if not user else shown
            chosen = chosen if not wanted else chosen.filter(chosen["人群"].is_in(sorted(wanted)))
            exports.write(store, chosen, out)
        body = _body(store, found, labels, card, wanted) if not user else _card(store, card)
        body |= {"users": list(shown.iter_rows(named=True))} if user else {}
        names = _names(store)
    for line in body["old"]:
        err().print(line, style="yellow", markup=False, soft_wrap=True)
    if form is Form.json:
        model_view.show(body, form, predict_view.people)
    elif user:
        predict_view.people(body, top)
    else:
        predict_view.segments(body, names, top)
    if out is not None:
        err().print(f"已写入 {out}：{chosen.height:,} 人", markup=False, soft_wrap=True)


def _segments(store: AudienceStore) -> dict[str, str]:
    """Pseudonym -> segment:3; empty before there are segments."""
    from knowledge_base.audience import parts
    from knowledge_base.audience.personas.card import PREFIX
    from knowledge_base.audience.personas.segmenting import SEGMENTS

    path = store.folder / SEGMENTS
    if not path.is_file():
        return {}
    rows = parts.scan([path]).collect().iter_rows()
    return {user: f"{PREFIX}{number + 1}" for user, number in rows if number >= 0}


def _wanted(asked: list[str], known: set[str]) -> set[str]:
    from knowledge_base.audience.personas.card import PREFIX
    from knowledge_base.errors import BadInputError

    found = {one if one.startswith(PREFIX) else f"{PREFIX}{one}" for one in asked}
    if not found <= known:
        hint = f"可选：{'、'.join(sorted(known))}。" if known else "先运行 wenan audience segments。"
        raise BadInputError(f"没有人群 {'、'.join(sorted(found - known))}", hint=hint)
    return found


def _people(store: AudienceStore, people: pl.DataFrame, asked: list[str]) -> pl.DataFrame:
    """The rows of those named by pseudonym or original id; original ids go nowhere."""
    from knowledge_base.audience.privacy.forget import find_person
    from knowledge_base.errors import BadInputError

    ids = [find_person(store, one).pseudonym for one in asked]
    known = set(people["user"])
    for word, id in zip(asked, ids, strict=True):
        if id not in known:
            raise BadInputError(
                f"没有「{word}」的动作，说不出下一步",
                hint="只有同意了这个用途、有过阅读点击这类动作的人；编号照导出文件写，或写化名。",
            )
    return people.filter(people["user"].is_in(ids))


def _card(store: AudienceStore, card: dict[str, Any]) -> dict[str, Any]:
    """What is to be known of the model beside anything it says."""
    from knowledge_base.audience.sequences.keep import age

    span = store.span()
    kept = (
        "kind", "made", "people", "fitted", "checked", "results", "over_common", "going_on", "returning",
        "returning_chained", "data", "data_until",
    )  # fmt: skip
    return {
        "model": {name: card.get(name) for name in kept},
        "purpose": store.purpose,
        "until": span[1].isoformat() if span else None,
        "old": list(age(store, card)),
    }


def _body(
    store: AudienceStore, found: Foretold, labels: dict[str, str], card: dict[str, Any], wanted: set[str]
) -> dict[str, Any]:
    from knowledge_base.audience.sequences.foretell import aggregates

    body = aggregates(found, labels)
    rows = [one for one in body["segments"] if not wanted or one["id"] in wanted]
    hidden = sorted(wanted - {one["id"] for one in rows})
    return _card(store, card) | body | {"segments": rows, "too_small": hidden}


def _names(store: AudienceStore) -> dict[str, str]:
    """Segment -> its persona's name, once there are personas."""
    from knowledge_base.audience.personas.keep import load

    kept = load(store.workspace.data)
    return {one.id: one.name for one in kept.cards} if kept else {}
