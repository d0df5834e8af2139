"""The charts of each section, made from its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from knowledge_base.audience.report import charts
from knowledge_base.audience.report.bars import Bar, Range, bars, diverging, legend, ranges
from knowledge_base.audience.report.figures import feature_value, interval, meaning, number, share, whole
from knowledge_base.audience.report.wording import trait_name

Values = Mapping[str, Any]
Names = Mapping[str, str]
Drawn = dict[str, Any]

MOODS = (("positive", "good"), ("neutral", "plain"), ("unknown", "faint"), ("negative", "bad"))
MOST_EFFECT = 4.0
"""Standard deviations at which the bar of an effect is full; larger ones say so in words."""
ITEMS, TRAITS, TOPICS = 12, 14, 10
FAIR = {"ok": "正常", "watch": "留意", "breach": "越界"}
CLASSES = {"more": "up", "less": "down", "unclear": "quiet", "ok": "quiet", "watch": "watch", "breach": "down"}


def drawn(name: str, section: Values, names: Names) -> Drawn:
    """What the template of a section needs besides its values."""
    make = MAKERS.get(name)
    return make(section, names) if make else {}


def _funnel(one: Values, names: Names) -> Drawn:
    rows = []
    for step in one["steps"]:
        kept = f"上一步的 {share(step['of_previous'])}" if step["of_previous"] is not None else ""
        note = f"{whole(step['people'])} 人" if step["people"] is not None else f"不到 {one['k']} 人"
        rows.append(Bar(step["step"], [("main", step["people"] or 0, note)], note, kept))
    return {
        "steps": bars(rows),
        "weeks": charts.weeks(one["weeks"], (("seen", "c0"), ("bought", "c1")), "每周来过的人和购买的人"),
        "weeks_key": legend([("c0", "来过（有阅读、点击、加购或购买）"), ("c1", "购买")]),
    }


def _segments(one: Values, names: Names) -> Drawn:
    found, personas = one.get("map"), one["personas"]
    rows, names_by_number = [], {}
    for row in one["segments"]:
        number_ = int(row["id"].partition(":")[2])
        called = personas[row["id"]]["name"] if row["id"] in personas else row["id"]
        names_by_number[number_ - 1] = called
        label = f"{number_} {called}" if row["id"] in personas else called
        size = f"{whole(row['size'])} 人，{share(row['share'])}"
        rows.append(Bar(label, [(charts.colour(number_ - 1), row["size"], size)], size))
    return {
        "map": charts.plane(found, names_by_number, "人群分布图") if found else Markup(""),
        "sizes": bars(rows),
        "cards": [_card(row, personas.get(row["id"])) for row in one["segments"]],
    }


def _card(row: Values, persona: Values | None) -> Drawn:
    number_ = int(row["id"].partition(":")[2])
    effects = [
        Bar(
            meaning(each["feature"]),
            [
                (
                    charts.colour(number_ - 1) if each["effect"] > 0 else "plain",
                    each["effect"],
                    f"{each['effect']:+.1f} 个标准差",
                )
            ],
            f"{each['effect']:+.1f}",
            f"{feature_value(each['feature'], each['here'])}，别人 {feature_value(each['feature'], each['elsewhere'])}",
        )
        for each in row["differences"][:6]
    ]
    leanings = [
        f"{meaning(each['attribute'])}「{each['value']}」{share(each['here'])}（别人 {share(each['elsewhere'])}）"
        for each in row["leanings"][:3]
    ]
    return {
        "colour": charts.colour(number_ - 1), "number": number_, "row": row, "persona": persona, "leanings": leanings,
        "effects": diverging(effects, most=MOST_EFFECT),
        "habits": [each["text"] for each in row["sequences"][:4]], "words": [each["text"] for each in row["words"][:6]],
    }  # fmt: skip


def _propensity(one: Values, names: Names) -> Drawn:
    from knowledge_base.audience.propensity.models import KINDS

    lines, points = charts.gains(one["curve"], "累计找到的买家")
    tenth = next((reached for asked, reached in points if asked >= 0.195), None)
    best = max(one["compared"].values(), default=0.5)
    compared = [
        Bar(KINDS[kind].name if kind in KINDS else kind, [("main" if kind == one["kind"] else "plain", area - 0.5, "")],
            number(area, 3))
        for kind, area in sorted(one["compared"].items(), key=lambda pair: -pair[1])
        if area >= 0.5
    ]  # fmt: skip
    rules = [
        Range(f"比「{_rule(rule)}」", gain["value"], gain["low"], gain["high"], f"{gain['value']:+.3f}",
              "up" if gain["low"] > 0 else "quiet", f"{gain['low']:+.3f}～{gain['high']:+.3f}")
        for rule, gain in one["gains"].items()
        if gain["low"] is not None
    ]  # fmt: skip
    reach = max((max(abs(r.low), abs(r.high)) for r in rules), default=0.1)
    weights = [
        Bar(meaning(feature), [("main", lost, "")], f"{lost:.3f}")
        for feature, lost in one["importance"][:8]
        if lost > 0
    ]
    return {
        "gains": lines, "tenth": tenth, "calibration": charts.calibration(one["curve"], "预测和实际的购买率"),
        "compared": bars(compared, most=max(best - 0.5, 0.05) * 1.1),
        "rules": ranges(rules, low=-reach, high=reach, at=((0, "zero"),), ratio=False),
        "importance": bars(weights), "auc": interval(one["scores"]["auc"], 3), "lift": interval(one["scores"]["lift"]),
        "ece": one["scores"]["ece"]["value"],
    }  # fmt: skip


def _rule(name: str) -> str:
    """A baseline's name with the feature it looks at in words."""
    before, sign, rest = name.partition("「")
    return f"{before}{meaning(rest.rstrip('」'))}" if sign else name


def _traits(one: Values, names: Names) -> Drawn:
    shown = one["traits"][:TRAITS]
    rows = [
        Range(
            trait_name(t["trait"]), t["lift"]["value"], t["lift"]["low"], t["lift"]["high"],
            f"{number(t['lift']['value'])} 倍", CLASSES[t["verdict"]],
            f"{whole(t['users'])} 人，购买率 {share(t['probability']['value'])}",
        )
        for t in shown
    ]  # fmt: skip
    ends = [end for row in rows for end in (row.low, row.high)]
    high = max([1.5, *(max(end, 1 / max(end, 0.05)) for end in ends)])
    return {"lifts": ranges(rows, low=1 / high, high=high, at=((1, "zero"),), ratio=True), "count": len(shown)}


def _messages(one: Values, names: Names) -> Drawn:
    from knowledge_base.audience.messages.labels import name

    total = one["messages"] or 1

    def mood(counts: Values) -> list[tuple[str, float, str]]:
        all_ = sum(counts.values()) or 1
        return [
            (kind, counts.get(label, 0) / all_, f"{name('sentiment', label)} {share(counts.get(label, 0) / all_)}")
            for label, kind in MOODS
        ]

    items = [
        Bar(names.get(row["item"], row["item"]), mood(row["sentiment"]),
            f"不满 {share(row['sentiment'].get('negative', 0) / row['messages'])}",
            f"{whole(row['messages'])} 条，{whole(row['people'])} 人")
        for row in sorted(one["items"], key=lambda row: -row["sentiment"].get("negative", 0) / row["messages"])[:ITEMS]
    ]  # fmt: skip
    intents = [
        Bar(name("intent", label), [("faint" if label == "unknown" else "main", count, "")],
            f"{whole(count)} 条，{share(count / total)}")
        for label, count in sorted(one["intent"].items(), key=lambda pair: (pair[0] == "unknown", -pair[1]))
    ]  # fmt: skip
    kinds = [(kind, name("sentiment", label)) for label, kind in MOODS]
    return {
        "weeks": charts.shares(one["weeks"], "sentiment", tuple(reversed(MOODS)), "每周的情感"),
        "items": bars(items, most=1.0), "intents": bars(intents), "key": legend(kinds),
    }  # fmt: skip


def _topics(one: Values, names: Names) -> Drawn:
    rises = [
        {
            "item": names.get(rise["item"], rise["item"]), "word": rise["word"], "week": rise["week"],
            "ratio": number(rise["ratio"], 1),
            "now": f"{rise['count']}/{rise['base']} 条" if rise["count"] is not None else f"不到 {one['k']} 人",
            "before": f"{rise['before']}/{rise['before_base']} 条（{rise['weeks_before']} 周）",
            "p": f"{rise['p']:.2g}",
        }
        for rise in one["emerging"]
    ]  # fmt: skip
    words = [
        (names.get(item, item), [(row["word"], row["people"]) for row in rows[:6]])
        for item, rows in list(one["topics"].items())[:TOPICS]
    ]
    return {"rises": rises, "words": words}


def _recommend(one: Values, names: Names) -> Drawn:
    order = sorted(one["scores"].items(), key=lambda pair: -pair[1])
    keep = [pair for pair in order if not pair[0].startswith("综合") or pair[0] == one["chosen"]]
    rows = [
        Bar(name, [("main" if name == one["chosen"] else "plain", score, "")], number(score, 3),
            f"推得到 {share(one['coverages'].get(name))} 的商品")
        for name, score in keep
    ]  # fmt: skip
    return {"scores": bars(rows)}


def _timing(one: Values, names: Names) -> Drawn:
    def rated(rates: Any) -> Markup:
        rows = [
            Range(f"{rate['value']} 点" if rate["value"].isdecimal() else rate["value"], rate["rate"], rate["low"],
                  rate["high"], share(rate["rate"]), "up" if i == 0 else "quiet", f"{whole(rate['sent'])} 次")
            for i, rate in enumerate(rates)
        ]  # fmt: skip
        if not rows:
            return Markup("")
        low = max(0.0, min(row.low for row in rows) - 0.02)
        return ranges(rows, low=low, high=min(1.0, max(row.high for row in rows) + 0.02), at=(), ratio=False)

    return {"parts": [(row["segment"], rated(row["channels"][:6]), row["note"]) for row in one["timing"][:8]]}


def _forecast(one: Values, names: Names) -> Drawn:
    if one["forecast"] is None:
        return {"chart": Markup("")}
    return {
        "chart": charts.forecast(one["history"], one["days"], one["forecast"], "每天的订单和预测"),
        "key": legend([("c0", "实际"), ("c1", "预测（浅色：八成把握的范围）")]),
    }


def _lifetime(one: Values, names: Names) -> Drawn:
    check = one["check"]
    rows = [
        Bar("实际", [("plain", check["actual"], "")], f"{whole(check['actual'])} 次"),
        Bar("BG/NBD", [("main", check["predicted"], "")], f"{whole(check['predicted'])} 次",
            f"每人差 {number(check['error'])} 次"),
        Bar("照过去的频率", [("plain", check["naive"], "")], f"{whole(check['naive'])} 次",
            f"每人差 {number(check['naive_error'])} 次"),
    ]  # fmt: skip
    return {"check": bars(rows), "days": whole(check["t"])}


def _fairness(one: Values, names: Names) -> Drawn:
    rows = []
    for row in one["rows"]:
        ratio = row["ratio"]
        if not ratio["value"]:
            continue
        # The group that the others are compared with has no interval to itself.
        low, high = (ratio["value"],) * 2 if row["reference"] else (ratio["low"], ratio["high"])
        note = "基准" if row["reference"] else f"{number(ratio['value'])} {FAIR[row['verdict']]}"
        people = f"{whole(row['people'])} 人，选中 {share(row['rate']['value'])}"
        label = f"{meaning(row['attribute'])}：{row['group']}"
        rows.append(Range(label, ratio["value"], low, high, note, CLASSES[row["verdict"]], people))
    bound = one["policy"]["bound"]
    high = max([1.25, *(row.high for row in rows)])
    low = min([bound * 0.8, *(max(row.low, 0.05) for row in rows)])
    return {"ratios": ranges(rows, low=low, high=high, at=((1, "zero"), (bound, "bound")), ratio=True), "bound": bound}


MAKERS: dict[str, Callable[[Values, Names], Drawn]] = {
    "funnel": _funnel, "segments": _segments, "propensity": _propensity, "traits": _traits, "messages": _messages,
    "topics": _topics, "recommend": _recommend, "timing": _timing, "forecast": _forecast, "lifetime": _lifetime,
    "fairness": _fairness,
}  # fmt: skip
