"""Which kind of record a table or file holds: said by a word in its name, or shown by its columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from knowledge_base.labels import KIND_LABELS
from knowledge_base.records import KINDS, Channel, Kind

KIND_COLUMNS = frozenset({"kind", "类型", "资料类型", "记录类型"})

_WORDS: dict[Kind, str] = {
    "product": "product products 商品 产品 宝贝 货品 单品 goods item items",
    "persona": "persona personas 人设 人群 画像 用户画像 人物卡",
    "brand": "brand brands 品牌",
    "policy": "policy policies faq faqs qa 政策 问答 答疑 常见问题 话术 售后政策 客服知识",
    "coupon": "coupon coupons 优惠券 卡券 券",
    "asset": "asset assets 素材 图片 图库",
    "exemplar": "exemplar exemplars 范文 样稿 旧文 历史文案 往期文案 过稿",
    "passage": "passage passages 资料片段",
}
_CHANNEL_WORDS: dict[Channel, str] = {
    "moments": "moments 朋友圈 朋友圈广告 员工朋友圈",
    "reply": "reply replies 客服 客服回复 评论 评论回复 回复",
    "article": "article articles 公众号 公众号文章 文章 推文 长文",
}
_DECISIVE: tuple[tuple[Kind, tuple[frozenset[str], ...]], ...] = (
    ("policy", (frozenset({"question"}), frozenset({"answer"}))),
    ("coupon", (frozenset({"threshold", "amount", "offer", "code"}), frozenset({"name", "id", "code"}))),
    ("persona", (frozenset({"name"}), frozenset({"needs", "pains", "objections", "language"}))),
    ("exemplar", (frozenset({"channel"}), frozenset({"text"}))),
    ("brand", (frozenset({"name"}), frozenset({"voice", "words_use", "words_avoid", "sign_off", "tones"}))),
    ("asset", (frozenset({"path"}), frozenset({"width", "height", "licence_until", "alt", "product"}))),
    (
        "product",
        (frozenset({"name"}), frozenset({"price", "selling_points", "ingredients", "specs", "id", "category"})),
    ),
    ("passage", (frozenset({"text"}), frozenset({"title"}))),
)
"""For each kind, in order: one target of each group must be among the columns."""


def named_kind(value: object) -> Kind | None:
    """The kind a `kind` cell names, in English or Chinese; None for anything else."""
    text = str(value).strip().lower()
    for kind in KINDS:
        if text in (kind, KIND_LABELS[kind]) or text in _WORDS[kind].split():
            return kind
    return None


def kinds_in_name(name: str) -> list[Kind]:
    """Kinds whose words occur in a file, sheet or folder name, the last-standing word first (商品问答 is 问答)."""
    text = name.lower()
    places: list[tuple[int, int, Kind]] = []
    for kind, words in _WORDS.items():
        ends = [(_ends_at(text, word), len(word)) for word in words.split()]
        end, length = max(ends)
        if end >= 0:
            places.append((end, length, kind))
    return [kind for _, _, kind in sorted(places, reverse=True)]


def shown_by_columns(targets_of: dict[Kind, Collection[str]]) -> Kind | None:
    """The first kind whose telling columns are all there. `targets_of` gives each kind's targets among the columns."""
    for kind, groups in _DECISIVE:
        if all(group & set(targets_of[kind]) for group in groups):
            return kind
    return None


def channel_of(words: Iterable[str]) -> Channel | None:
    """The channel that a cell or path part names."""
    for word in words:
        text = word.strip().lower()
        for channel, names in _CHANNEL_WORDS.items():
            if any(_ends_at(text, name) >= 0 for name in names.split()):
                return channel
    return None


def _ends_at(text: str, word: str) -> int:
    """Where the last occurrence of `word` ends, whole words only for Latin letters; -1 when it does not occur."""
    if not word.isascii():
        place = text.rfind(word)
        return place + len(word) if place >= 0 else -1
    found = [match.end() for match in re.finditer(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text)]
    return found[-1] if found else -1
