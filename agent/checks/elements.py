"""What must not stand in the text of a channel: links, phone numbers, kaomoji, dashes, stray half-width marks and more.

Which elements are forbidden where, and how gravely, is data (knowledge_base/rules/channels.yaml); here is how each is
recognised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from agent.checks.script import find_traditional
from agent.context import Context
from agent.finding import Finding
from knowledge_base.rules import ChannelSpec


class Hit(NamedTuple):
    start: int
    end: int
    message: str
    rewrite: str = ""


_URL = re.compile(
    r"https?://[\w\-./?%&=#:~+]*|www\.[\w\-./?%&=#~+]+|(?<![\w.@-])(?:[a-z0-9-]{1,40}\.){1,4}(?:com|cn|net|org|shop|top|vip|me|io|cc)\b[\w\-./?%&=#~+]*",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<!\d)(?:1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|(?:400|800)[\s-]?\d{3,4}[\s-]?\d{3,4}|0\d{2,3}[\s-]\d{7,8})(?!\d)"
)
_FACE = r"_^`´ωΩ∀▽°･・ﾟ╯╰≧≦￣︶◡òóÒÓ><;=*~～￣ˇ∩皿益Д⊙●□TO|"
_KAOMOJI = re.compile(
    rf"[（(](?=[^（()）\n]{{0,14}}[{re.escape(_FACE)}])[^\u4e00-\u9fffA-Za-z0-9\n()（），。！？、；：]{{2,14}}[)）]"
    r"|(?<![\w:：])[:;=][-'’]?[)(DPp|/\\](?![\w/])|\^[_.\-oO]?\^|(?<![A-Za-z])(?:T[_.]T|QAQ|TAT|QWQ|OTZ|orz)(?![A-Za-z])|>[_.]{1,2}<|-[_.。]-|=[_.]="
)
_DECORATION = "★☆♥♡♪♫●○■□▲△▼▽◆◇※✓✔✕✖☛☞→←↑↓"
_SYMBOLS = re.compile(rf"[{_DECORATION}]{{2,}}|[!！?？]{{2,}}|[~～]{{2,}}|([，、；：,;:*#@&^_=+|])\1+")
_DASH = re.compile(r"[—―–]{1,4}|(?<![-\w])-{2,}(?![-\w])")
_ELLIPSIS = re.compile(r"…+|\.{3,}|。{2,}|．{3,}")
_CJK = "\u4e00-\u9fff"
_MIXED = re.compile(
    rf"(?<=[{_CJK}”》）])[,!?;:()](?!\w//)|[,!?;:()](?=[{_CJK}])|(?<=[{_CJK}])\.(?![\d.])|[Ａ-Ｚａ-ｚ０-９]+"
)
_WIDE = str.maketrans({",": "，", "!": "！", "?": "？", ";": "；", ":": "：", "(": "（", ")": "）", ".": "。"})
_LATIN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z'’-]+(?![A-Za-z0-9])")
_CLICK = re.compile(
    r"(?:请|快|赶快|赶紧|马上|立即|立刻|直接)?(?:点击(?!率)|戳(?:开|这|我|图|链接|下方|进)|点(?:开|一下|这里|此处|图|链接|下方|左下角|右上角|蓝字|我头像|进来)"
    r"|轻触|长按(?:识别|图|二维码)|扫码|扫一扫|识别(?:图中)?二维码|猛戳|滑动查看|上滑)[\u4e00-\u9fff]{0,4}"
)
_INDUCE = re.compile(
    r"集(?:满|够|齐)?\s?\d*\s?个?赞|转发(?:有礼|抽奖|领|免费)|(?:转发|分享)(?!者)[^。！？\n]{0,10}(?:领取|领券|得|抽|送|立减|减\d|免单|解锁|有礼)"
    r"|关注(?!度|点|的是)[^。！？\n]{0,8}(?:领取|领券|领红包|抽奖|有礼|立减|即送|就送)|(?:好友|帮我|帮忙|邀请)[^。！？\n]{0,4}(?:助力|砍价|砍一刀|点赞)"
    r"|助力(?:领|拿|得|免单)|砍价(?:免费|拿|到)|不转(?:发)?不是|拉人头|邀请[^。！？\n]{0,4}(?:好友|朋友|新人)[^。！？\n]{0,6}(?:领|得|返|减|送)"
)


def find_elements(name: str, text: str, spec: ChannelSpec, context: Context) -> Iterator[Finding]:
    """Findings for the forbidden elements of `spec` in one field."""
    for element, severity in spec.elements.items():
        for hit in _DETECTORS[element](text, spec, context):
            yield Finding(
                check="spec",
                rule_id=f"{spec.id}.{element}",
                severity=severity,
                status="spec",
                message=hit.message,
                field=name,
                start=hit.start,
                end=hit.end,
                text=text[hit.start : hit.end],
                rewrite=hit.rewrite,
            )


def _pattern(pattern: re.Pattern[str], message: str) -> Callable[[str, ChannelSpec, Context], Iterator[Hit]]:
    def detect(text: str, _spec: ChannelSpec, _context: Context) -> Iterator[Hit]:
        for m in pattern.finditer(text):
            yield Hit(m.start(), m.end(), message)

    return detect


def _dash(text: str, _spec: ChannelSpec, _context: Context) -> Iterator[Hit]:
    for m in _DASH.finditer(text):
        between = text[m.start() - 1 : m.start()].isdigit() and text[m.end() : m.end() + 1].isdigit()
        yield Hit(m.start(), m.end(), "不能用破折号：数字之间用“~”，句子之间用逗号或冒号。", "~" if between else "，")


def _ellipsis(text: str, _spec: ChannelSpec, _context: Context) -> Iterator[Hit]:
    for i, m in enumerate(_ELLIPSIS.finditer(text)):
        if i or m.group() != "……":
            message = "省略号全文最多一处，把这处换成句号。" if i else "省略号要写成六个点的“……”。"
            yield Hit(m.start(), m.end(), message, "。" if i else "……")


def _mixed_width(text: str, _spec: ChannelSpec, _context: Context) -> Iterator[Hit]:
    for m in _MIXED.finditer(text):
        mark = m.group()
        if mark[0] in ".。" and text[m.end() : m.end() + 1].isalnum():
            continue
        if mark.isalnum():
            half = mark.translate({c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F)})
            yield Hit(m.start(), m.end(), "字母和数字用半角。", half)
        else:
            yield Hit(
                m.start(),
                m.end(),
                f"中文里的标点要用全角，把“{mark}”换成“{mark.translate(_WIDE)}”。",
                mark.translate(_WIDE),
            )


def _traditional(text: str, _spec: ChannelSpec, _context: Context) -> Iterator[Hit]:
    for start, end, simple in find_traditional(text):
        yield Hit(start, end, f"繁体字“{text[start:end]}”换成简体“{simple}”（注册商标除外）。", simple)


def _foreign(text: str, spec: ChannelSpec, context: Context) -> Iterator[Hit]:
    found = list(_LATIN.finditer(text))
    own = _own_latin(context) if found else frozenset()
    in_links = {i for m in _URL.finditer(text) for i in range(*m.span())} if found else set()
    for m in found:
        word = m.group().casefold()
        if m.start() in in_links:
            continue  # already said to be a link
        if word in spec.known_foreign or word in own:
            continue
        message = f"“{m.group()}”是单独的外文或拼音，换成中文；是注册商标或品名的话，先写进商品资料。"
        yield Hit(m.start(), m.end(), message)


def _own_latin(context: Context) -> frozenset[str]:
    words: frozenset[str] = frozenset()
    for product in context.products:
        words |= _latin_words(
            "\n".join(
                (
                    product.name,
                    product.brand,
                    *product.aliases,
                    *(f"{s.name} {s.value}" for s in product.specs),
                    *product.ingredients,
                )
            )
        )
    return words | _latin_words(context.brand.name) if context.brand else words


@lru_cache(maxsize=512)
def _latin_words(text: str) -> frozenset[str]:
    return frozenset(m.group().casefold() for m in _LATIN.finditer(text))


def _function_words(text: str, spec: ChannelSpec, _context: Context) -> Iterator[Hit]:
    for word in spec.function_words:
        at = text.find(word)
        while at >= 0:
            yield Hit(at, at + len(word), f"“{word}”是微信功能词，未经授权不能写进广告，换个说法。")
            at = text.find(word, at + len(word))


_DETECTORS: dict[str, Callable[[str, ChannelSpec, Context], Iterator[Hit]]] = {
    "url": _pattern(_URL, "正文不能放网址，链接放在文字链里。"),
    "phone": _pattern(_PHONE, "正文不能放电话号码，删掉。"),
    "kaomoji": _pattern(_KAOMOJI, "不能用颜文字，删掉。"),
    "symbols": _pattern(_SYMBOLS, "符号不要连用，留一个或删掉。"),
    "dash": _dash,
    "ellipsis": _ellipsis,
    "mixed_width": _mixed_width,
    "traditional": _traditional,
    "foreign": _foreign,
    "function_words": _function_words,
    "click_prompt": _pattern(_CLICK, "不能引导点击，行动交给下面的文字链。"),
    "inducement": _pattern(_INDUCE, "不能用利益引导分享、关注或助力，删掉。"),
}
