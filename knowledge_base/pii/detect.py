"""Where personal data stands in a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

PiiKind = Literal[
    "mobile", "landline", "id_card", "bank_card", "email", "address", "wechat", "qq", "plate", "passport", "name"
]
KINDS: tuple[PiiKind, ...] = get_args(PiiKind)
KIND_NAMES: dict[PiiKind, str] = {
    "mobile": "手机号",
    "landline": "座机",
    "id_card": "身份证号",
    "bank_card": "银行卡号",
    "email": "邮箱",
    "address": "地址",
    "wechat": "微信号",
    "qq": "QQ号",
    "plate": "车牌",
    "passport": "护照号",
    "name": "姓名",
}

# Full-width digits, letters and signs are told apart from nothing by a reader, so detectors see them as half-width.
# One character for one character: spans found in the folded text are spans of the original.
FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


@dataclass(frozen=True, slots=True, order=True)
class PiiSpan:
    start: int
    end: int
    """Code points of the original text."""
    kind: PiiKind


def find(text: str, kinds: tuple[PiiKind, ...] = KINDS) -> tuple[PiiSpan, ...]:
    """Non-overlapping spans in reading order; where detectors disagree the stronger proof wins (check digits first)."""
    folded = text.translate(FOLD)
    taken: list[PiiSpan] = []
    for kind, detector in DETECTORS:
        if kind not in kinds:
            continue
        for start, end in detector(folded):
            if all(end <= span.start or start >= span.end for span in taken):
                taken.append(PiiSpan(start, end, kind))
    return tuple(sorted(taken))


ID_CARD = re.compile(r"(?<![0-9A-Za-z])\d{6}(?:18|19|20)\d{9}[\dXx](?![0-9A-Za-z])")
CARD_DIGITS = re.compile(r"(?<![0-9A-Za-z])[3-6]\d{3}(?:[ -]?\d{4}){2,3}(?:[ -]?\d{1,7})?(?![0-9A-Za-z])")
IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?(?![0-9A-Za-z])")
EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}", re.ASCII)
PLATE_HEAD = r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-HJ-NP-Z][·• ]?"
PLATE = re.compile(
    rf"(?<![\u4e00-\u9fff]){PLATE_HEAD}(?:[A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳]|[A-HJ-NP-Z0-9]{{6}})(?![A-Za-z0-9])"
    rf"|车牌号?码?(?:是|为)?[: ]?(?P<value>{PLATE_HEAD}[A-HJ-NP-Z0-9]{{5,6}})(?![A-Za-z0-9])"
)
PASSPORT = re.compile(r"(?<![0-9A-Za-z])(?:[EGDSPH]\d{8}|E[A-HJ-NP-Z]\d{7})(?![0-9A-Za-z])")
WECHAT = re.compile(
    r"(?:微信号?|薇信|威信|[vV]信|(?<![A-Za-z])(?:vx|VX|wx|WX|wechat|WeChat))(?:号|是|为|加|:| )*"
    r"(?P<value>[A-Za-z][-_A-Za-z0-9]{5,19})(?![A-Za-z0-9])"
)
QQ = re.compile(r"(?<![A-Za-z])[qQ]{2}(?:号码?|是|为|:| )*(?P<value>[1-9]\d{4,10})(?!\d)")
PROVINCE = (
    r"(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南"
    r"|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)(?:省|市|自治区|壮族自治区|回族自治区|维吾尔自治区|特别行政区)?"
)
# Verbs that lead up to an address (住, 寄到, 在 ...) are no part of a place's name.
PLACE = r"(?:(?![住寄到在送至于是我你他])[\u4e00-\u9fff])"
REGION = rf"{PLACE}{{2,6}}?(?:自治州|自治县|新区|市|区|县|镇|乡|街道|旗)"
STREET = rf"(?:{PLACE}|[0-9]){{1,10}}?(?:大道|路|街|巷|胡同|弄|村|道|里|小区|花园|公寓|苑|大厦|广场)"
DOOR = r"[A-Za-z0-9一二三四五六七八九十百]{1,6}\s?(?:号楼|号院|号|栋|幢|座|弄|单元|层|楼|室|户)"
ADDRESS = re.compile(
    rf"(?:{PROVINCE}\s?)?(?:{REGION}\s?){{0,4}}{STREET}\s?(?:{DOOR}[ -]?)+(?:\d{{2,4}}室?)?"
    rf"|{PROVINCE}\s?(?:{REGION}\s?){{2,4}}(?:{STREET}|{DOOR})?"
)
ADDRESS_SIGN = re.compile(rf"{DOOR}|{PROVINCE}")
"""Every address has one of these; most texts have none, and looking for them costs a tenth."""
SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒"
    "屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪干解应宗丁宣邓郁单杭洪包诸左石"
    "崔吉龚程邢裴陆荣翁荀羊惠甄曲家封芮储靳邴糜松段富巫乌焦巴弓侯全班仰秋仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司黎乔赖卓蔺屠蒙池"
    "阴胥苍双闻党翟谭贡劳姬申冉雍桑桂牛寿边燕尚农温别庄晏柴瞿阎充慕连茹宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满匡文国寇广阙东欧利师巩聂关荆游"
)
COMPOUND = "(?:欧阳|司马|上官|诸葛|夏侯|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|端木)"
FAMILY = rf"(?:{COMPOUND}|[{SURNAMES}])"
CALLED = (
    "(?:顾客|家长|家人|安心|时光|温馨|全体|常客|成员|相亲|明天|时间|包装|金额|项目|方法|温度|高度|成分|安全|商家|关注)"
)
"""Words that begin like a name and are none."""
NAME = re.compile(
    rf"(?:我叫|我的名字(?:是|叫)|姓名(?:是)?|收[件货]人(?:是|叫)?|联系人(?:是)?|收件|本人(?:叫)?|户主|持卡人)[: ]*"
    rf"(?P<value>{FAMILY}[\u4e00-\u9fff]{{1,2}}?)(?=[^\u4e00-\u9fff]|$|的|电话|手机|地址|住|身份|在|是|想|要|买|收|，|。)"
    # Who a letter or a line of a chat log is addressed to, or comes from: 亲爱的王小明，… / 王小明 2026-11-01 10:22
    rf"|(?:亲爱的|尊敬的|@)(?P<addressed>(?!{CALLED}){FAMILY}[\u4e00-\u9fff]{{1,2}})(?=[，,：:！! ]|[您你]好|$)"
    rf"|^[ \t]*(?P<speaker>(?!{CALLED}){FAMILY}[\u4e00-\u9fff]{{1,2}})(?=[ \t(（\[]+(?:20\d\d[-/.年]\d|\d{{1,2}}:\d\d))"
    rf"|(?:(?<![\u4e00-\u9fff])|(?<=我是)|(?<=我姓)|(?<=叫我))(?P<honoured>{FAMILY}[\u4e00-\u9fff]{{0,2}}?)(?=先生|女士|小姐|太太|老师(?![傅])|阿姨)",
    re.M,
)


def _id_cards(text: str) -> Iterator[tuple[int, int]]:
    for match in ID_CARD.finditer(text):
        from stdnum.cn import ric

        if ric.is_valid(match.group().upper()):
            yield match.span()


def _bank_cards(text: str) -> Iterator[tuple[int, int]]:
    for match in CARD_DIGITS.finditer(text):
        from stdnum import luhn

        digits = re.sub(r"\D", "", match.group())
        if 13 <= len(digits) <= 19 and luhn.is_valid(digits):
            yield match.span()
    for match in IBAN.finditer(text):
        from stdnum import iban

        if iban.is_valid(match.group()):
            yield match.span()


SEVEN_DIGITS = re.compile(r"(?:\d[\s().-]{0,2}){7}")


def _phones(text: str, mobile: bool) -> Iterator[tuple[int, int]]:
    """Numbers that China's numbering plan knows; 400 and 800 lines belong to companies and are let be."""
    if not SEVEN_DIGITS.search(text):
        return
    from phonenumbers import PhoneNumberMatcher, PhoneNumberType, number_type

    wanted = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE} if mobile else {PhoneNumberType.FIXED_LINE}
    for match in PhoneNumberMatcher(text, "CN"):
        if number_type(match.number) in wanted and (mobile or text[match.start] in "0+("):
            yield match.start, match.end


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    if ADDRESS_SIGN.search(text):
        yield from (match.span() for match in ADDRESS.finditer(text))


def _pattern(pattern: re.Pattern[str]) -> Callable[[str], Iterator[tuple[int, int]]]:
    def spans(text: str) -> Iterator[tuple[int, int]]:
        for match in pattern.finditer(text):
            group = next((name for name, value in match.groupdict().items() if value), 0)
            yield match.span(group)

    return spans


DETECTORS: tuple[tuple[PiiKind, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("id_card", _id_cards),
    ("bank_card", _bank_cards),
    ("mobile", lambda text: _phones(text, mobile=True)),
    ("landline", lambda text: _phones(text, mobile=False)),
    ("email", _pattern(EMAIL)),
    ("wechat", _pattern(WECHAT)),
    ("qq", _pattern(QQ)),
    ("plate", _pattern(PLATE)),
    ("passport", _pattern(PASSPORT)),
    ("name", _pattern(NAME)),
    ("address", _addresses),
)
