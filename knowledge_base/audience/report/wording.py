"""Titles that say what was found, one a section, in Chinese."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from knowledge_base.audience.report.figures import interval, meaning, number, share, whole

Values = Mapping[str, Any]
Names = Mapping[str, str]
SURE_LABELS = {"unknown"}


def title(name: str, section: Values, names: Names) -> str:
    """The finding of a section that has values; `names`: item -> what people call it."""
    return TITLES[name](section, names)


def _funnel(one: Values, names: Names) -> str:
    steps = one["steps"]
    first, last = steps[0], steps[-1]
    if last["of_first"] is None:
        return f"{first['step']}的有 {whole(first['people'])} 人，{last['step']}的不到 {one['k']} 人"
    lost = min((step for step in steps[1:] if step["of_previous"] is not None), key=lambda step: step["of_previous"])
    before = steps[steps.index(lost) - 1]["step"]
    verb = "买" if last["step"] == "购买" else last["step"]
    where = f"；掉得最多的一步是{before}到{lost['step']}，只留下 {share(lost['of_previous'])}" if len(steps) > 2 else ""
    return f"每 100 个{first['step']}的人，{100 * last['of_first']:.0f} 个{verb}了{where}"


def _segments(one: Values, names: Names) -> str:
    found = one["segments"]
    if not found:
        return "没有一群够大，不显示"
    shares = [row["share"] for row in found]
    ends = f"最大的占 {share(max(shares))}，最小的占 {share(min(shares))}"
    return f"{whole(one['people'])} 人分成 {len(found)} 群，{ends}"


def _propensity(one: Values, names: Names) -> str:
    within = f"{one['days']} 天内" if one.get("days") else ""
    if not one["use"]:
        return f"{within}谁会买，现在还预测不准：没有明显赢过简单规则，不使用"
    return f"预测最看好的 10% 的人，{within}购买率是平均的 {number(one['scores']['lift']['value'], 1)} 倍"


def _traits(one: Values, names: Names) -> str:
    more = next((t for t in one["traits"] if t["verdict"] == "more"), None)
    less = next((t for t in one["traits"] if t["verdict"] == "less"), None)
    said = [
        f"「{trait_name(t['trait'])}」的人购买率是别人的 {number(t['lift']['value'])} 倍" for t in (more, less) if t
    ]
    return "；".join(said) or "没有一个特征的作用超出偶然"


def _messages(one: Values, names: Names) -> str:
    if not one["sentiment"]:
        return f"不到 {one['k']} 人写过消息，不显示"
    bad = one["sentiment"].get("negative", 0) / one["messages"]
    asked = next((label for label in one["intent"] if label not in SURE_LABELS), "")
    from knowledge_base.audience.messages.labels import name

    share_asked = f"占 {share(one['intent'][asked] / one['messages'])}" if asked else ""
    question = f"；来问得最多的是「{name('intent', asked)}」，{share_asked}" if asked else ""
    return f"客户消息里 {share(bad)} 不满{question}"


def _topics(one: Values, names: Names) -> str:
    risen = one["emerging"]
    if not risen:
        return "最近一周没有哪种抱怨明显变多"
    first = risen[0]
    what = f"里提到「{first['word']}」的抱怨" if first["word"] else "的抱怨"
    return f"「{names.get(first['item'], first['item'])}」{what}涨到平时的 {number(first['ratio'], 1)} 倍"


def _recommend(one: Values, names: Names) -> str:
    scores = one["scores"]
    if not scores:
        return "可以检验的人太少，先按热门推荐"
    best, plain = scores.get(one["chosen"], 0.0), scores.get("热门", 0.0)
    if one["chosen"] == "热门" or not plain:
        return "推荐：热门榜已经最准，用它"
    return f"推荐用「{one['chosen']}」最准：nDCG@{one['cut']} {number(best)}，只推热门是 {number(plain)}"


def _timing(one: Values, names: Names) -> str:
    rows = one["timing"]
    if not rows:
        return "行为里没有写渠道，看不出怎么发好"
    first = rows[0]
    if not first["channel"]:
        return "没有「未读」记录，比不出渠道的打开率"
    if not first["channels"]:
        return f"{first['channel']}的打开率最高"
    best, worst = first["channels"][0], first["channels"][-1]
    sure = "" if first["channel_sure"] else "，但和别的渠道差得不多"
    low = f"，最低的是{worst['value']} {share(worst['rate'])}" if len(first["channels"]) > 1 else ""
    return f"{first['channel']}的打开率最高，{share(best['rate'])}{sure}{low}"


def _forecast(one: Values, names: Names) -> str:
    found = one["forecast"]
    if found is None:
        return f"不给订单预测：{one['reason']}"
    total = sum(found["values"])
    error = f"平均每天差 {number(found['error'], 1)} 单（{share(found['share'])}）"
    return f"之后 {len(found['values'])} 天约 {whole(total)} 单，{error}"


def _lifetime(one: Values, names: Names) -> str:
    if not one["use"]:
        return "会不会回来，现在还估不准：没有赢过“照过去的频率”，不使用"
    back = f"买过的 {whole(one['customers'])} 人里约 {share(one['alive'])} 还会回来"
    return f"{back}，{one['days']} 天内约 {whole(one['purchases'])} 次购买"


def _fairness(one: Values, names: Names) -> str:
    broken = [row for row in one["rows"] if row["verdict"] == "breach"]
    if broken:
        return f"{one['what']}：{_groups(broken)}被选中得太少，越过界限"
    watched = [row for row in one["rows"] if row["verdict"] == "watch"]
    if watched:
        return f"{one['what']}：没有越界；{_groups(watched)}要留意"
    return f"{one['what']}：性别、年龄、地区都在界限内"


def _groups(rows: Sequence[Values]) -> str:
    return "、".join(f"{meaning(row['attribute'])}「{row['group']}」" for row in rows[:3])


def privacy_title(one: Values) -> str:
    """The finding about protection."""
    hidden = sum(one["suppressed"].values())
    less = f"，{hidden} 处人太少没有显示" if hidden else ""
    spent, limit = one["epsilon"]["spent"], one["epsilon"]["limit"]
    return f"每个数字背后至少 {one['k']} 人{less}；已用隐私预算 ε {spent:g}（上限 {limit:g}）"


def trait_name(trait: str) -> str:
    """As `audience traits` calls them: the upper third of a number, or the tag itself."""
    found = meaning(trait)
    return found if found == trait or trait == "carts_open" else f"{found}，最高的三分之一"


def lift_text(one: Values) -> str:
    """A ratio with its interval."""
    return f"{interval(one)} 倍"


TITLES: dict[str, Callable[[Values, Names], str]] = {
    "funnel": _funnel, "segments": _segments, "propensity": _propensity, "traits": _traits, "messages": _messages,
    "topics": _topics, "recommend": _recommend, "timing": _timing, "forecast": _forecast, "lifetime": _lifetime,
    "fairness": _fairness,
}  # fmt: skip
