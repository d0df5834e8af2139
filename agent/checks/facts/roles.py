"""What a figure is about, read from the words next to it: which kind of money, or which property of the product."""

from __future__ import annotations

import re

from agent.checks.facts.terms import terms

_NEAR_BEFORE = 8
_NEAR_AFTER = 7

# Nearest word before the amount decides; the first match after it decides otherwise.
_MONEY_BEFORE = re.compile(
    r"(?P<original>原价|划线价|吊牌价|日常价|平时价?|市场价|专柜价|门市价|正价)|(?P<threshold>满|买够|凑够|消费达?|单笔|门槛|起送)"
    r"|(?P<reduction>立?减|直降|便宜|优惠|省(?![力心事时电水油劲空地])下?|抵扣?|返现?|少花|补贴|让利|面额)|(?P<fee>运费|邮费|快递费|配送费|上门费|押金|手续费|安装费)"
    r"|(?P<price>到手价?|券后价?|现价|售价|卖|只要|仅需|只需|活动价|拼团价?|会员价|新人价|价)"
)
_MONEY_AFTER = re.compile(
    r"^(?:多|左右)?\s*(?:的|面值)?(?P<reduction>无门槛|优惠券|代金券|抵用券|满减券|红包|立减|券)|^(?P<threshold>以上(?:包邮|可用|减|免运费)?|可用|包邮|免运费|起送)"
    r"|^(?P<fee>运费|邮费|快递费)"
)
_EACH_AFTER = re.compile(
    r"^\s?(?:钱)?\s?(?:[/／每]\s?|一)(?P<unit>条|片|颗|粒|支|枚|袋|包|杯|次|天|抽|张|块|口|顿|日|晚|克|g|ml|毫升)"
)
_EACH_BEFORE = re.compile(
    r"(?:每|平均每?|一|单)(?P<unit>条|片|颗|粒|支|枚|袋|包|杯|次|天|抽|张|顿|日|晚)[^，。\d]{0,6}$"
)

# Property families: a figure of one family never supports a claim of another.
_FAMILIES = {
    "净含量": "净含量|净重|重量|毛重|内容物",
    "容量": "容量|容积",
    "糖": "蔗糖|含糖|糖分|总糖|添加糖|碳水|糖(?!果|水|醋|浆)",
    "蛋白": "蛋白",
    "脂肪": "脂肪|反式",
    "钠": "钠",
    "膳食纤维": "膳食纤维|纤维素",
    "钙": "钙",
    "维生素": "维生素|维C|VC",
    "咖啡因": "咖啡因",
    "热量": "热量|能量|大卡|千卡",
    "保质期": "保质期?|赏味期?|有效期|储存期|开封后",
    "质保": "质保|保修|保换|联保",
    "退换": "退换|退货|换货|包退|包换|无理由|退款",
    "发货": "发货|发出|出库|送达|到货|配送|揽收|签收|物流",
    "保温": "保温|保冷|保冰",
    "续航": "续航|待机|使用时长",
    "充电": "充电|充满|快充",
    "功率": "功率",
    "承重": "承重|载重|能扛",
    "厚": "厚",
    "长": "长(?!久|期|达)",
    "宽": "宽",
    "高": "高(?!达|于|温|端|级)",
    "直径": "直径|口径",
    "溶解": "化开|溶|冲开|泡开",
    "持久": "持妆|持久|留香|长效",
    "检测": "检测|检验|送检|报告",
    "获证": "认证|获证|证书|备案|授权日|批准",
    "上市": "上市|首发|发布|成立|创立|创办",
    "生产": "生产日期|出厂|采收|采摘|压榨|灌装",
    "好评": "好评|满意度|评分",
    "复购": "复购|回购",
    "销量": "销量|已售|售出|卖出|热销|月销|累计销售",
    "烟酰胺": "烟酰胺",
    "神经酰胺": "神经酰胺",
    "玻尿酸": "玻尿酸|透明质酸",
    "果汁": "果汁|果浆|果肉",
    "可可": "可可",
    "温度": "水温|温度|低温|高温",
}
_FAMILY = re.compile("|".join(f"(?P<f{i}>{words})" for i, words in enumerate(_FAMILIES.values())), re.IGNORECASE)
_FAMILY_NAMES = tuple(_FAMILIES)
_SUBSTANCE_DIMS = frozenset({"ratio", "mass", "volume", "concentration"})
_PAPERS = frozenset({"检测", "获证"})
"""Words of proof, not of a property: 报告上是 38.2% may be said of anything."""
_LIST_GAP = re.compile(r"\s?[、和与及跟/＋+]\s?")


def same_role(one: str, other: str) -> bool:
    """Families are equal; substances have one in common: 腰果和巴旦木占 18% is 巴旦木和腰果共占 18%."""
    if one in _PAPERS or other in _PAPERS:
        return True
    return one == other or not set(one.split("、")).isdisjoint(other.split("、"))


def money_role(text: str, start: int, end: int, clause: tuple[int, int]) -> str:
    """Role of the amount text[start:end] within its clause: price unless the words say otherwise."""
    before = text[max(clause[0], start - _NEAR_BEFORE) : start]
    after = text[end : min(clause[1], end + _NEAR_AFTER)]
    if each := _EACH_AFTER.match(after) or _EACH_BEFORE.search(before):
        return f"each:{each['unit']}"
    role = ""
    for match in _MONEY_BEFORE.finditer(before):
        role = match.lastgroup or ""
    if role:
        return role
    behind = _MONEY_AFTER.match(after)
    return (behind.lastgroup if behind else None) or "price"


def family(text: str, start: int, end: int, clause: tuple[int, int], dim: str = "") -> str:
    """Property family named nearest to text[start:end] in its clause; empty when none is.

    Shares and weights may be of a substance instead: 乳木果油 10% gives 乳木果油, a list of them joins with 、.
    """
    if text[max(0, start - 2) : start].strip().endswith("每"):
        return ""  # 每 100g 含糖…: the basis of a figure, not the figure
    best, distance = "", 99
    for match in _FAMILY.finditer(text, clause[0], clause[1]):
        gap = start - match.end() if match.end() <= start else match.start() - end
        # Chinese names the property first, so a word behind the figure has to be clearly nearer to win.
        gap = gap if match.end() <= start else gap + 2
        if 0 <= gap < distance and match.lastgroup:
            best, distance = _FAMILY_NAMES[int(match.lastgroup[1:])], gap
    if dim in _SUBSTANCE_DIMS and (found := _substances(text, start, end, clause)) and found[1] <= distance:
        return found[0]
    return best


def _substances(text: str, start: int, end: int, clause: tuple[int, int]) -> tuple[str, int] | None:
    """Keys of the materials right beside the figure and their distance; listed ones belong together."""
    left = max(0, start - 20)
    left = max(left, *(text.rfind(mark, left, start) + 1 for mark in "，。！？；\n"))
    near = text[left:start]
    listed: list[str] = []
    gap = 99
    last = -1
    for term in terms(near):
        if term.kind not in ("technical", "plain") or len(term.word) < 2:
            continue
        linked = last >= 0 and _LIST_GAP.fullmatch(near[last : term.start])
        listed = [*listed, term.key] if linked else [term.key]
        last, gap = term.end, len(near) - term.end
    if listed and gap <= _NEAR_BEFORE:
        return "、".join(listed), gap
    after = text[end : min(clause[1], end + 6)]
    first = next((t for t in terms(after) if t.kind in ("technical", "plain") and len(t.word) > 1), None)
    return (first.key, first.start + 2) if first and re.fullmatch(r"\s?的?\s?", after[: first.start]) else None
