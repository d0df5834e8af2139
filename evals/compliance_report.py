"""Shows the compliance suite's verdicts: text for people, JSON for programs, Markdown for docs/compliance.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from evals.compliance import FOLDER, GATES, PARTS, Score, Verdict, by_category, failed_gates, rate, score

PART_NAMES = {"seen": "可见部分", "unseen": "未见部分"}
COLUMNS = ("违规", "找到", "召回率", "合规", "误报", "精确率", "指准词")
NAMES = {
    "absolute": "绝对化用语",
    "ai_label": "AI 标识",
    "alcohol": "酒类",
    "belittling": "贬低同行",
    "cosmetics": "化妆品",
    "data_citation": "引证数据",
    "device": "医疗与器械",
    "discrimination": "歧视",
    "education": "教育培训",
    "finance": "金融保险",
    "food": "食品声称",
    "health_food": "保健食品",
    "hidden_ad": "未标广告",
    "inducement": "诱导分享关注",
    "medical": "疾病与医疗用语",
    "minors": "未成年人",
    "moments_words": "朋友圈广告功能词",
    "patent": "专利",
    "plain": "普通店铺文案",
    "price": "价格与赠品",
    "prize": "有奖销售",
    "property": "房产",
    "state_symbols": "国家象征与机关",
    "superstition": "迷信",
}
EVASIONS = {
    "dots": "加点隔开",
    "emoji": "插表情",
    "english": "英文",
    "fullwidth": "全角",
    "homophone": "同音字",
    "inducement": "导流黑话",
    "none": "形似规避",
    "numerals": "数字写法",
    "pinyin": "拼音",
    "spaces": "插空格符号",
    "split": "拆字",
    "traditional": "繁体",
    "zerowidth": "零宽字符",
}


def category_name(category: str) -> str:
    """The Chinese name of a category, e.g. 绝对化用语 or 规避：拼音."""
    kind, _, evasion = category.partition(":")
    return f"规避：{EVASIONS[evasion]}" if kind == "evasion" else NAMES[category]


def table(verdicts: Sequence[Verdict]) -> list[tuple[str, ...]]:
    """Header, one row a category, and the total, as strings."""
    rows: list[tuple[str, ...]] = [("类别", *COLUMNS)]
    rows += [(category_name(name), *_cells(result)) for name, result in by_category(verdicts).items()]
    return [*rows, ("合计", *_cells(score(verdicts)))]


def as_text(verdicts: Sequence[Verdict]) -> str:
    """A tab-separated table a part, then the totals and the gates."""
    blocks = []
    for part in PARTS:
        members = [verdict for verdict in verdicts if verdict.item.part == part]
        if members:
            blocks.append("\n".join([PART_NAMES[part], *("\t".join(row) for row in table(members))]))
    if len(blocks) > 1:
        blocks.append("两部分合计\n" + "\t".join(COLUMNS) + "\n" + "\t".join(_cells(score(verdicts))))
    return "\n\n".join(blocks)


def as_json(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Counts and rates by part and category. Holds no text and no id of any item."""
    return {
        "overall": _json(score(verdicts)),
        "parts": {
            part: {
                "total": _json(score(members)),
                "categories": {name: _json(result) for name, result in by_category(members).items()},
            }
            for part in PARTS
            if (members := [verdict for verdict in verdicts if verdict.item.part == part])
        },
        "failed_gates": list(failed_gates(verdicts)),
    }


def as_markdown(verdicts: Sequence[Verdict]) -> str:
    """The whole of docs/compliance.md: how the suite was made, its size, and both parts' tables."""
    sections = [(FOLDER / "about.md").read_text(encoding="utf-8").strip(), "## 规模", _markdown(_sizes(verdicts))]
    overall = score(verdicts)
    sections += [
        "## 得分",
        f"两部分合计：召回率 {rate(overall.recall)}，精确率 {rate(overall.precision)}"
        f"（门槛：合计各 {GATES['overall']:.0%}，未见部分各 {GATES['unseen']:.0%}）。",
    ]
    for part in PARTS:
        members = [verdict for verdict in verdicts if verdict.item.part == part]
        if members:
            sections += [f"### {PART_NAMES[part]}", _markdown(table(members))]
    return "\n\n".join(sections) + "\n"


def misses(verdicts: Sequence[Verdict], *, show_unseen: bool = False) -> list[str]:
    """One line a wrong verdict, with the reason. The unseen part gives counts by category only, unless asked."""
    wrong = [verdict for verdict in verdicts if not verdict.right and not verdict.item.needs_record]
    shown = [verdict for verdict in wrong if verdict.item.part == "seen" or show_unseen]
    lines = [_miss(verdict) for verdict in shown]
    hidden = Counter((_fault(v), v.item.category) for v in wrong if v.item.part == "unseen" and not show_unseen)
    lines += [
        f"未见部分\t{fault}\t{category_name(name)}\t{count} 条" for (fault, name), count in sorted(hidden.items())
    ]
    return lines


def _miss(verdict: Verdict) -> str:
    item = verdict.item
    rules = " ".join(f"{f.rule_id}({f.severity})" for f in verdict.findings) or "无结果"
    text = item.text.replace("\u200b", "<200B>").replace("\u200c", "<200C>")
    return f"{item.id}\t{_fault(verdict)}\t{item.form}/{item.industry}\t{text}\t{item.reason}\t{rules}"


def _fault(verdict: Verdict) -> str:
    return "误报" if verdict.flagged else "漏报"


def _sizes(verdicts: Sequence[Verdict]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("部分", "违规", "合规", "词族", "行业", "要看资料（不计分）")]
    groups = [(PART_NAMES[part], [v.item for v in verdicts if v.item.part == part]) for part in PARTS]
    for name, items in [*groups, ("合计", [verdict.item for verdict in verdicts])]:
        cells = (
            sum(item.label == "violation" for item in items),
            sum(item.label == "lawful" for item in items),
            len({item.family for item in items}),
            len({item.industry for item in items}),
            sum(item.needs_record for item in items),
        )
        rows.append((name, *(str(cell) for cell in cells)))
    return rows


def _cells(result: Score) -> tuple[str, ...]:
    return (
        str(result.violations),
        str(result.found),
        rate(result.recall),
        str(result.lawful),
        str(result.false_alarms),
        rate(result.precision),
        str(result.on_span),
    )


def _json(result: Score) -> dict[str, Any]:
    return {
        "violations": result.violations,
        "found": result.found,
        "on_span": result.on_span,
        "lawful": result.lawful,
        "false_alarms": result.false_alarms,
        "recall": result.recall,
        "precision": result.precision,
    }


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    head, *body = ("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])
