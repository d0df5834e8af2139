"""`wenan audience train propensity|next`, `segments`, `traits`, `lifetime`, `fairness`: what is understood of people.

Heavy libraries are imported inside the commands. Results are kept as cards or reports of audience.db for others.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from knowledge_base.chinese_cli import App

propensity_app, next_app, segments_app, traits_app, lifetime_app, fairness_app = (App() for _ in range(6))


class Form(StrEnum):
    text = "text"
    json = "json"


class Method(StrEnum):
    auto = "auto"
    kmeans = "kmeans"
    hdbscan = "hdbscan"


class Small(StrEnum):
    merge = "merge"
    drop = "drop"


FormOption = Annotated[Form, typer.Option("--format", "-f", help="输出格式。")]
PurposeOption = Annotated[str, typer.Option("--consent-purpose", help="哪个用途的数据。")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="同样的种子得到同样的结果。")]
UseOption = Annotated[
    list[str] | None, typer.Option("--use", help='要用的敏感属性和理由，如 "gender=女装只有女款"；不写就不用。')
]


@propensity_app.command()
def propensity(
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="预测多少天内购买。")] = 14,
    use: UseOption = None,
    keep_leak: Annotated[
        list[str] | None, typer.Option("--keep-leak", help="坚持要用的可疑特征（会记在模型卡上）。")
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--table", help="不用工作区，拿一张表（csv、xlsx、json、parquet）试：只报告。")
    ] = None,
    outcome: Annotated[str, typer.Option("--outcome", help="--table 里的结果列（是/否、yes/no 或 0/1）。")] = "",
    positive: Annotated[str, typer.Option("--positive", help="--table 里结果列的哪个值算“是”。")] = "",
    user: Annotated[str, typer.Option("--user", help="--table 里的用户列；不写就一行一人。")] = "",
    when: Annotated[str, typer.Option("--when", help="--table 里特征算到哪一刻的时间列；有就按时间检验。")] = "",
    purpose: PurposeOption = "营销",
    seed: SeedOption = 0,
    form: FormOption = Form.text,
) -> None:
    """训练购买意向：七种模型按时间先后比较、校准，赢了简单规则才用。"""
    _need()
    if table is not None:
        horizon = days if when else 0
        _try_table(table, outcome, positive, user, when, horizon, use or [], keep_leak or [], seed, form)
        return
    from datetime import timedelta

    from knowledge_base.audience import model_view as view
    from knowledge_base.audience.features.catalogue import catalogue
    from knowledge_base.audience.propensity import keep, snapshots
    from knowledge_base.audience.propensity.choose import train
    from knowledge_base.audience.propensity.examples import examples

    with _open(purpose) as store:
        reasons = snapshots.stated(use or [])
        frame = snapshots.snapshots(store, days, reasons)
        # One moment only: nothing can be checked on later data, so people are drawn instead.
        moments = frame[snapshots.WHEN].n_unique()
        rows = examples(
            frame,
            outcome=snapshots.OUTCOME,
            when=snapshots.WHEN if moments > 1 else None,
            leave_out=() if moments > 1 else (snapshots.WHEN,),
            horizon=timedelta(days=days),
        )
        # The rows hold everything by now; of many people the frame is hundreds of megabytes more.
        learnt_from = frame["user"].unique()
        del frame
        leaks = [feature.name for feature in catalogue() if feature.leaks_after]
        with view.working("比较七种模型"):
            trained = train(
                rows, leaks_after=leaks, keep_leaks=keep_leak or [], recency="recency_days", seed=seed,
            )  # fmt: skip
            data = [f"{one.file} {one.sha256[:12]}" for one in store.imports() if one.purpose == purpose]
            card = keep.keep(store, trained, learnt_from, days=days, moments=moments, reasons=reasons, data=data)
    view.show(card, form, view.propensity)


def _try_table(
    table: Path, outcome: str, positive: str, user: str, when: str, days: int, use: list[str], keep_leak: list[str],
    seed: int, form: Form,
) -> None:  # fmt: skip
    """Columns named like protected attributes are left out unless a reason is stated, as in a workspace."""
    from knowledge_base.audience import model_view as view
    from knowledge_base.audience.fairness import PROTECTED
    from knowledge_base.audience.propensity.choose import train
    from knowledge_base.audience.propensity.snapshots import stated
    from knowledge_base.audience.propensity.table import read_table
    from knowledge_base.errors import UsageError

    if not outcome:
        raise UsageError("--table 要和 --outcome 一起用", hint="--outcome 写结果那一列的名字。")
    reasons = stated(use)
    rows = read_table(table, outcome, user=user, when=when, days=days, positive=positive)
    protected = {one.source for one in rows.encoding.columns if one.source.lower() in PROTECTED} - set(reasons)
    with view.working("比较七种模型"):
        trained = train(rows.without(protected), keep_leaks=keep_leak, seed=seed)
    card = {**trained.card.as_dict(), "days": days, "reasons": reasons, "not_used": sorted(protected)}
    view.show(card, form, view.propensity)


@next_app.command(name="next")
def next_action(purpose: PurposeOption = "营销", seed: SeedOption = 0, form: FormOption = Form.text) -> None:
    """训练下一步动作：马尔可夫链打底，梯度提升、循环网络（装了 torch 才试）赢了才用。"""
    _need()
    from knowledge_base.audience import model_view as view
    from knowledge_base.audience.sequences.choose import train_next
    from knowledge_base.audience.sequences.keep import keep
    from knowledge_base.audience.sequences.steps import steps

    with _open(purpose) as store:
        with view.working("比较马尔可夫链、梯度提升和循环网络"):
            chosen = train_next(steps(store.events()), seed=seed)
        card = keep(store, chosen)
    view.show(card, form, view.next_action)


@segments_app.command()
def segments(
    method: Annotated[Method, typer.Option("--method", help="auto 自己选；kmeans 或 hdbscan 指定。")] = Method.auto,
    count: Annotated[int, typer.Option("--count", "-k", min=0, max=50, help="分几群；0 自己选。")] = 0,
    smallest: Annotated[int, typer.Option("--min", min=2, help="一群至少多少人。")] = 20,
    small: Annotated[
        Small, typer.Option("--small", help="不够人数的群：merge 并入最近的群，drop 不要。")
    ] = Small.merge,
    use: UseOption = None,
    purpose: PurposeOption = "营销",
    seed: SeedOption = 0,
    form: FormOption = Form.text,
) -> None:
    """把行为相近的人分成群，说明每群和别人的区别。"""
    _need()
    from knowledge_base.audience import model_view as view
    from knowledge_base.audience.personas.segmenting import find_segments
    from knowledge_base.audience.propensity.snapshots import stated

    with _open(purpose) as store, view.working("分群"):
        report = find_segments(
            store, reasons=stated(use or []), method=method.value, ks=(count,) if count else (),
            smallest=smallest, small=small.value, seed=seed,
        )  # fmt: skip
    view.show(report, form, view.segments)


@traits_app.command()
def traits(
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="看最近多少天谁买了；特征算到那之前。")] = 28,
    use: UseOption = None,
    smallest: Annotated[int, typer.Option("--min", min=2, help="少于多少人的特征不列。")] = 20,
    purpose: PurposeOption = "营销",
    form: FormOption = Form.text,
) -> None:
    """有某个特征的人更可能买吗：概率、提升、区间，同时比很多特征也不会误判。"""
    _need()
    from datetime import timedelta

    from knowledge_base.audience import model_view as view
    from knowledge_base.audience.features.build import compute, default_cutoff
    from knowledge_base.audience.propensity.snapshots import buyers, stated
    from knowledge_base.audience.trait_columns import traits_of
    from knowledge_base.audience.traits import trait_lifts

    with _open(purpose) as store:
        end = default_cutoff(store)
        start = end - timedelta(days=days)
        frame = compute(store, start)
        bought = frame["user"].is_in(buyers(store, start, end).implode()).to_numpy()
        columns = traits_of(frame["user"], store.users().collect(), frame, stated(use or []))
        report = trait_lifts(columns, bought, smallest=smallest).as_dict() | {"days": days, "people": frame.height}
        store.save_report("traits", report)
    view.show(report, form, view.traits)


@lifetime_app.command()
def lifetime(
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="预计今后多少天的购买次数。")] = 90,
    purpose: PurposeOption = "营销",
    form: FormOption = Form.text,
) -> None:
    """顾客还会不会回来、会买几次（BG/NBD）；对不上数据就直说。"""
    _need()
    from knowledge_base.audience import model_view as view
    from knowledge_base.audience.lifetime_report import lifetime_report

    with _open(purpose) as store, view.working("估计复购规律"):
        report = lifetime_report(store, days)
        store.save_report("lifetime", report)
    view.show(report, form, view.lifetime)


@fairness_app.command()
def fairness(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[名单]", help="csv 或 parquet：user 列是选中的人（原编号或假名）；不写就看购买意向。"),
    ] = None,
    top: Annotated[float, typer.Option("--top", min=0.01, max=0.99, help="按购买意向选前多少。")] = 0.1,
    purpose: PurposeOption = "营销",
    form: FormOption = Form.text,
) -> None:
    """名单或购买意向对性别、年龄段、地区公不公平；越过 wenan.toml 的界限时以 1 退出。"""
    _need()
    from knowledge_base.audience import model_view as view
    from knowledge_base.audience.fairness import Policy
    from knowledge_base.audience.fairness_report import fairness_report

    with _open(purpose) as store:
        section = store.workspace.section("audience").get("fairness", {})
        report = fairness_report(store, file, top, Policy.of(section))
        store.save_report("fairness", report)
    view.show(report, form, view.fairness)
    if report["blocks"]:
        raise typer.Exit(1)


def _need() -> None:
    from knowledge_base.audience.extra import need

    need("polars", "sklearn", "scipy", "skops")


def _open(purpose: str) -> Any:
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.errors import BadInputError
    from knowledge_base.workspace import Workspace

    store = AudienceStore.open(Workspace.find(), purpose)
    if not store.exists:
        raise BadInputError(f"用途「{purpose}」还没有数据", hint="先运行 wenan audience import 文件...。")
    return store
