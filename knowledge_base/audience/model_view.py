"""What the model commands print: Chinese tables on stdout, or the same values as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from knowledge_base.console import err, out

Values = Mapping[str, Any]

FIGURES = {
    "auc": "AUC（排序对不对，0.5 是乱猜）", "lift": "前 10% 的提升（倍）", "f1": "F1", "recall": "召回率",
    "precision": "精确率", "ece": "校准误差（说的概率差多少）", "brier": "Brier 分数",
}  # fmt: skip
VERDICTS = {"more": "更可能买", "less": "更少买", "unclear": "看不出"}
FAIR = {"ok": "正常", "watch": "留意（可能是巧合）", "breach": "越界", "too_small": "人太少，不判断"}
ATTRIBUTES = {"gender": "性别", "age_band": "年龄段", "region": "地区"}
STILL_THERE = 0.99
WAYS = {"markov": "二阶马尔可夫链", "boosting": "梯度提升", "gru": "循环网络（GRU）"}


def show(values: Values, form: str, view: Callable[[Values], None]) -> None:
    """As JSON, or through one of the views below."""
    if form == "json":
        out().print(json.dumps(values, ensure_ascii=False, indent=2), markup=False, soft_wrap=True)
    else:
        view(values)


@contextmanager
def working(what: str) -> Iterator[None]:
    """A sign of life on stderr while something takes long."""
    with err().status(f"{what}……"):
        yield


def propensity(card: Values) -> None:
    within = f"（{card['days']} 天内）" if card["days"] else ""
    split = "按时间先后（学早的，考晚的）" if card["split"] == "time" else "按人随机分开（没有先后可用）"
    _line(f"购买意向{within}：{card['name']}，{split}；{card['people']:,} 人，购买占 {card['share']:.1%}")
    verdict = "赢了所有简单规则，可以用" if card["use"] else "没有明显赢过简单规则：不使用，按简单规则来"
    _line(f"结论：{verdict}")
    if card.get("sampling"):
        _line(card["sampling"])
    _table(("没见过的数据上", "值", "95% 区间"), [(FIGURES[k], *_estimate(v)) for k, v in card["scores"].items()])
    _table(("比简单规则 AUC 多", "值", "95% 区间"), [(k, *_estimate(v)) for k, v in card["gains"].items()])
    from knowledge_base.audience.propensity.models import KINDS

    compared = sorted(card["compared"].items(), key=lambda one: -one[1])
    _table(("比较过", "AUC"), [(KINDS[kind].name, f"{area:.3f}") for kind, area in compared])
    _table(("最要紧的特征", "打乱后 AUC 少"), [(_meaning(n), f"{lost:.3f}") for n, lost in card["importance"][:6]])
    for leak in card["leaks"]:
        kept = "坚持使用" if leak["feature"] in card["kept_leaks"] else "已排除"
        _line(f"可疑特征 {leak['feature']}：{leak['reason']}（{kept}）")
    if card.get("not_used"):
        _line(f"敏感属性没有用：{'、'.join(card['not_used'])}（要用就写理由：--use 属性=理由）")
    for name, reason in card["reasons"].items():
        _line(f"用了敏感属性 {name}，理由：{reason}")


def next_action(card: Values) -> None:
    _line(f"下一步动作：用{WAYS[card['kind']]}；学了 {card['fitted']:,} 步，在之后的 {card['checked']:,} 步上检验")
    titles = {"每一步（也可能走了）": "results", "没走的那些步": "going_on", "下次来先做什么": "returning"}
    for title, kept in titles.items():
        if results := card[kept]:
            _table((title, "学了", "对数损失（小好）", "猜中", "前三里有"), [_ranked(one) for one in results])
            _line("")
    if not card["returning"]:
        _line("下次来先做什么：回来的人太少，没有检验，按最常见的说")
    elif not card["returning_chained"]:
        _line("下次来先做什么：看上次最后做了什么，没有肯定赢过最常见的，按最常见的说")
    for note in card["notes"]:
        _line(note)
    _line("预测：wenan audience predict next")


def _ranked(one: Values) -> tuple[str, ...]:
    loss, hits = one["loss"], (one["accuracy"], one["top"])
    return (
        one["name"], f"{one['learnt']:,}", f"{loss['value']:.2f} ({loss['low']:.2f}–{loss['high']:.2f})",
        *(f"{100 * r['value']:.0f}% ({100 * r['low']:.0f}–{100 * r['high']:.0f})" for r in hits),
    )  # fmt: skip


def segments(report: Values) -> None:
    method = {"kmeans": "K-means", "hdbscan": "HDBSCAN"}[report["method"]]
    _line(f"{report['people']:,} 人分成 {len(report['segments'])} 群：{method}，稳定度 {report['stability']:.2f}")
    for note in report["notes"]:
        _line(f"注意：{note}")
    if report["merged"] or report["dropped"]:
        _line(f"人数不够：并入别的群 {report['merged']} 个，不要的 {report['dropped']} 人")
    for one in report["segments"]:
        _line("")
        _line(f"{one['id']}  {one['size']:,} 人（{one['share']:.0%}）")
        for row in one["differences"][:5]:
            more = "高" if row["effect"] > 0 else "低"
            _line(
                f"  {_meaning(row['feature'])}：{row['here']:.3g}，别人 {row['elsewhere']:.3g}"
                f"（{more} {abs(row['effect']):.1f} 个标准差）"
            )
        for row in one["leanings"][:3]:
            label = ATTRIBUTES.get(row["attribute"], row["attribute"])
            _line(f"  {label}「{row['value']}」{row['here']:.0%}，别人 {row['elsewhere']:.0%}")
        for title, kind in (("常做", "sequences"), ("常说", "words")):
            if one[kind]:
                _line(f"  {title}：{'、'.join(row['text'] for row in one[kind])}")


def traits(report: Values) -> None:
    _line(f"最近 {report['days']} 天：{report['people']:,} 人里 {report['base']:.1%} 买了")
    rows = [
        (
            _trait(t["trait"]), f"{t['users']:,}", f"{t['probability']['value']:.1%}", _short(t["lift"]),
            f"{t['q']:.3f}", VERDICTS[t["verdict"]],
        )
        for t in report["traits"]
    ]  # fmt: skip
    _table(("特征", "人数", "购买率", "是没有的人几倍", "校正 p", "结论"), rows)
    if report["too_small"]:
        _line(f"人太少没有列：{'、'.join(_trait(name) for name in report['too_small'])}")
    _line("这是一起出现，不是原因。")


def lifetime(report: Values) -> None:
    names = ("r", "alpha", "a", "b")
    _line(f"{report['customers']:,} 位顾客；" + "，".join(f"{name} {report[name]:.3f}" for name in names))
    check = report["check"]
    _table(
        (f"之后 {check['t']:.0f} 天", "购买次数", "每人平均误差"),
        [
            ("实际", f"{check['actual']:,}", ""),
            ("BG/NBD", f"{check['predicted']:,.0f}", f"{check['error']:.3f}"),
            ("照过去的频率", f"{check['naive']:,.0f}", f"{check['naive_error']:.3f}"),
        ],
    )
    for problem in report["problems"]:
        _line(f"不适用：{problem}")
    if report["alive"] > STILL_THERE:
        _line("数据里看不出有人流失：每个人都当作还在")
    if report["use"]:
        _line(
            f"可以用：平均 {report['alive']:.0%} 的可能还是顾客；"
            f"预计 {report['days']} 天内购买 {report['purchases']:,.0f} 次"
        )
    else:
        _line("结论：不使用这个模型" + ("" if report["problems"] else "，它没有赢过“照过去的频率”"))


def fairness(report: Values) -> None:
    _line(f"{report['what']}：{report['people']:,} 人；选中率之比的界限 {report['policy']['bound']:g}")
    rows = []
    for row in report["rows"]:
        ratio = "基准" if row["reference"] else _short(row["ratio"])
        share = f"{row['rate']['value']:.1%}"
        label = ATTRIBUTES.get(row["attribute"], row["attribute"])
        rows.append((label, row["group"], f"{row['people']:,}", share, ratio, FAIR[row["verdict"]]))
    _table(("属性", "组", "人数", "选中率", "和基准之比", "结论"), rows)
    _line("结论：越界，活动应当停下来" if report["blocks"] else "结论：不阻止")


def _meaning(feature: str) -> str:
    """The catalogue's words, without what follows the semicolon; the name itself for what is no feature."""
    from knowledge_base.audience.features.catalogue import describe
    from knowledge_base.errors import UnknownIdError

    if feature in ATTRIBUTES or "：" in feature:
        return feature
    try:
        return describe(feature).meaning.partition("；")[0]
    except UnknownIdError:
        return feature


def _trait(name: str) -> str:
    meaning = _meaning(name)
    return meaning if meaning == name or name == "carts_open" else f"{meaning}（最高的三分之一）"


def _estimate(one: Values) -> tuple[str, str]:
    return _number(one["value"]), f"{_number(one['low'])}～{_number(one['high'])}"


def _short(one: Values) -> str:
    return "{}（{}～{}）".format(*(_number(one[key], 2) for key in ("value", "low", "high")))


def _number(value: float | None, digits: int = 3) -> str:
    return "—" if value is None else f"{value:.{digits}f}"


def _line(text: str) -> None:
    out().print(text, markup=False, soft_wrap=True)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*row)
    out().print(table, markup=False)
