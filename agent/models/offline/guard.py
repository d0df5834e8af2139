"""The last look at a text before it leaves: marks, empty words, and whatever brand, persona or channel do not want."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from agent.models.offline.similar import bare

# Words of no content, as the house's taste has them.
EMPTY_WORDS = frozenset(
    {"首先", "其次", "最后", "总之", "综上所述", "值得一提", "不可否认", "众所周知", "不仅", "极致", "赋能", "甄选"}
    | {"匠心", "臻享", "焕新", "守护", "美好生活", "仪式感", "治愈", "家人们", "姐妹们谁懂", "震惊", "最后一天"}
    | {"闭眼入", "神器", "天花板", "必备", "逆袭"}
)
# What no product copy may say without proof, whatever a data line says.
SUPERLATIVES = re.compile(
    r"国家级|最高级|最佳|最好|最优|最强|最低价|最便宜|全网最|全国最|世界级|顶级|第一品牌|唯一|绝对|百分百|100%有效|100%安全|永久|万能|"
    r"零风险|无副作用|根治|治愈|治疗|疗效|药效|特效|秒杀一切|排名第一|销量第一|NO\.?1|No\.?1|TOP ?1"
)
# Moments ads: WeChat's own functions and click prompts.
AD_WORDS = frozenset(
    {"朋友圈", "点赞", "评论", "公众号", "微信", "红包", "点击", "转发", "关注", "分享", "集赞", "助力", "砍价", "扫码"}
)
_NEVER = re.compile("|".join((*map(re.escape, sorted(EMPTY_WORDS)), SUPERLATIVES.pattern)))
_NEVER_IN_ADS = re.compile("|".join(sorted(AD_WORDS)))
_BAD_MARKS = re.compile(
    r"[，。：；、？！][，。：；、！]|。？|？？|（）|“”|\{\{|\}\}|\bNone\b|^[，。：；、？！]|[，：；、](?:\n|$)|“$|（$"
)
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_UNITS = frozenset(
    {"ml", "mL", "ML", "kg", "KG", "mg", "cm", "mm", "km", "dB", "oz", "lb", "kW", "mAh", "Wh", "Hz", "pH", "PH", "AA"}
)
_FOREIGN_MARK = re.compile(r"[,;:!?()\"'~@]|https?|www\.|\d{11}|([^\w\s…“”（）])\1")
_HAN = re.compile(r"[\u4e00-\u9fff]+")


class Guard:
    """Judges candidate texts for one job."""

    def __init__(self, banned: Iterable[tuple[str, ...]], *, ad: bool, latin: str = "") -> None:
        """`banned`: words not to be said, by who forbids them: a brand's list serves all of its jobs."""
        self._ad = ad
        self._banned = [found for words in banned if (found := _any_of(words))]
        # A product's own model names and units may stand in Latin letters; other foreign words may not.
        self._latin = _UNITS | frozenset(_LATIN_WORD.findall(latin))

    def lets_pass(self, text: str) -> bool:
        """False when the text, its markers left out, breaks a rule that a reader or a channel holds against it."""
        plain = bare(text)
        if _NEVER.search(plain) or _BAD_MARKS.search(plain) or any([words.search(plain) for words in self._banned]):
            return False
        if plain.count("“") != plain.count("”") or plain.count("（") != plain.count("）"):
            return False
        if plain.count("……") > 1 or "—" in plain:
            return False
        return not self._ad or (not _NEVER_IN_ADS.search(plain) and self._fits_ad(plain))

    def _fits_ad(self, plain: str) -> bool:
        if _stutters(plain):
            return False
        if _FOREIGN_MARK.search(plain):
            return False
        return all(word in self._latin for word in _LATIN_WORD.findall(plain))


def _stutters(plain: str) -> bool:
    """Three characters in a row said twice in one short text read like a mistake."""
    return echoes(plain) > 0 and echoes(plain, 3) > 0


@lru_cache(maxsize=8192)
def echoes(text: str, length: int = 2) -> int:
    """How many runs of `length` Chinese characters occur twice; an echo in an ad is a wasted place."""
    runs = [run[i : i + length] for run in _HAN.findall(text) for i in range(len(run) - length + 1)]
    return len(runs) - len(set(runs))


@lru_cache(maxsize=4096)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(map(re.escape, filter(None, words)))) if any(words) else None
