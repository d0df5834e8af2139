"""The fact lock: a figure said of a product must stand in that product's records."""

from __future__ import annotations

from agent.brief import Brief
from agent.checks.facts.ledger import ClaimSupport, ledger
from agent.context import Context
from agent.copies import Copy
from agent.finding import Finding

_KINDS = {
    "money": "价格",
    "ratio": "比例",
    "discount": "折扣",
    "offer": "优惠",
    "date": "日期",
    "code": "编号",
    "grade": "指标",
    "absence": "“零添加”说法",
    "time": "时长",
    "month": "时长",
    "workday": "时效",
    "mass": "重量",
    "volume": "容量",
    "length": "尺寸",
    "area": "面积",
    "temperature": "温度",
    "energy": "热量",
    "power": "功率",
    "people": "人数",
    "times": "倍数",
    "age": "年龄",
    "material": "成分或材质",
    "process": "工艺或功能",
    "origin": "产地",
    "attribute": "规格",
    "certificate": "证书或报告",
    "award": "奖项",
    "ranking": "排名",
    "endorsement": "机构或人物背书",
    "comparison": "比较",
    "test": "检测结果",
    "guarantee": "承诺",
    "popularity": "热销说法",
}
_RULES = {"people": "quantity", "times": "quantity", "age": "quantity", "month": "time", "workday": "time"}


def check_facts(copy: Copy, brief: Brief, context: Context) -> tuple[Finding, ...]:
    """One finding for each claim that no record proves, with the nearest true one; soft claims only warn."""
    names = {product.id: product.name for product in context.products}
    return tuple(
        _finding(entry, names.get(entry.subject, ""))
        for entry in ledger(copy, brief, context)
        if entry.verdict == "unsupported"
    )


def _finding(entry: ClaimSupport, product: str) -> Finding:
    claim, fact = entry.claim, entry.fact
    kind = kind_name(claim.dim)
    whose = f"{product}的资料" if product else "资料"
    message = f"{kind}“{claim.text}”在{whose}里找不到。"
    rewrite = ""
    if fact is not None:
        message += f"最接近的是“{fact.claim.text}”（{fact.where}）：改成资料里的说法，或者删掉这一句。"
        # Offer the true figure only where it is certainly about the same thing.
        rewrite = fact.claim.text if claim.values and fact.claim.role == claim.role and claim.role else ""
    elif not claim.firm:
        message += "话没说满也要有依据：补进资料，或者删掉这一句。"
    else:
        message += "有依据就先补进资料（wenan kb add），没有就删掉这一句。"
    return Finding(
        check="facts",
        rule_id=f"facts.unsupported.{_rule(claim.dim)}",
        severity="block" if claim.firm else "warn",
        status="unsupported",
        message=message,
        field=entry.field,
        start=claim.start,
        end=claim.end,
        text=claim.text,
        rewrite=rewrite,
        evidence_ids=(fact.record_id,) if fact else (),
    )


def kind_name(dim: str) -> str:
    """What a dimension is called in Chinese."""
    return _KINDS.get(dim, "数量")


def _rule(dim: str) -> str:
    return "quantity" if dim.startswith("count") else _RULES.get(dim, dim)
