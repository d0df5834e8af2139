"""Claims in words other than materials: certificates, awards, rankings, people who vouch, comparisons, tests, promises.

Each has a canonical key that `wording_support.py` looks for in the records. Negated ones (没有专利, 不敢说比同类好) and
questions claim nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent.checks.facts import lexicon
from agent.checks.facts.claim import Claim, Spans
from agent.checks.facts.materials import asked, worded_claim

ASSERTIONS_FILE = Path(__file__).with_name("assertions.yaml")
_CERTIFICATE = re.compile(
    "认证|专利(?:号|技术|配方|证书|设计|工艺)?|认可证书|注册证|备案凭证|生产许可证?|经营许可证?|准入证?|合格证|资质证书|证书|蓝帽子?|3C标志|绿色食品|地理标志"
    "|(?:检测|检验|测试|评价|功效|质检|送检|实验|临床|毒理|SGS|CMA|CNAS|第三方|权威)(?:检测|检验|测试|评价)?报告"
)
_AWARD = re.compile(
    r"(?:荣获|获得|斩获|摘得|夺得|拿[过下到了]+|捧回|喜提|入选|入围|获评|被?评为|评选为|荣膺|荣登|登上|登陆|跻身)了?"
    r"(?P<what>[^，。！？；\n]{1,24}?(?:奖项?|称号|金牌|银牌|奖牌|名录|百强|榜单?|名品|老字号|品牌|产品|推荐名单))(?![励金学池状])"
)
_PRIZE = re.compile(
    "(?:[金银铜大]奖|(?:设计|质量|创新|优秀|风味|品质|美味|工业|包装)奖|[特一二三]等奖|红点奖?|iF奖|金点奖|蓝带奖|米其林|世界纪录|吉尼斯|中华老字号|驰名商标|著名商标|国家级非遗)(?![励金学池状])"
)
_RANKING = re.compile(
    r"(?:销量|销售额|口碑|人气|好评|回购率?|复购率?|热度|评分|市占率?|市场占有率|行业|全国|全网|全球|世界|国内|亚洲|同类|类目|全类目|市场|平台|天猫|京东|抖音|淘宝|区域|榜单|品类|领域|赛道|细分)"
    r"[^，。！？；\n]{0,8}?(?:第[一二三四五1-5](?!次|个|批|家店|款|杯|口)|榜首|榜一|前[三五十百\d]+(?:名|强|位)?|领先|冠军|首位|之首|之王|TOP\s?\d+|No\.?\s?1|遥遥领先|断层)"
    r"|销冠|单品(?:冠军|之王|王)|热销榜|回购榜|好评榜|排行榜\S{0,6}(?:第|前|首)|登顶|霸榜|蝉联|TOP\s?\d+|排名第?[一二三前\d]|排(?:在)?(?:行业|全国|全网)",
    re.IGNORECASE,
)
_ORG_END = (
    "大学|学院|医院|研究所|研究院|研究中心|实验室|协会|学会|联合会|药监局|质检院|质检所|检测中心|检测所"
    "|检测院|检测机构|检验所|疾控中心|科学院|中科院|农科院|医科院|航天局|卫健委|市监局|监督局|消协|基金会"
    "|委员会|SGS|FDA|CMA|CNAS|三甲"
)
_VOUCHES = (
    "研发|研制|开发|监制|推荐|力荐|检测|检验|背书|指定|出品|认可|实测|测试|验证|证实|证明|授权|出具|合作|联名"
    "|审核|把关|鉴定|评价|定制|支持|配方"
)
_ORG = re.compile(f"(?:{_ORG_END})(?![证里门])")
_VOUCHED = re.compile(rf"[^，。！？；\n]{{0,10}}?(?:{_VOUCHES})")
_WITH = re.compile(r"(?:[与和由经获受]|经过|联合|携手|通过|交给|送到?|委托)$")
_EXPERTS = (
    "教授|博士|医生|大夫|专家|院士|营养师|明星|网红|博主|主播|达人|主任|设计师|美容师|皮肤科|儿科|中医|教练"
    "|买手|大厨|兽医|药师|影后|影帝|奥运冠军|世界冠军|运动员|航天员|非遗传承人|大师|名厨|主厨|米其林大厨"
    "|育儿师|调香师|咖啡师|老中医"
)
_EXPERT = re.compile(
    rf"(?P<who>(?:{_EXPERTS})们?)(?:[^，。！？；\n不没问]{{0,6}}?)(?P<act>推荐|力荐|强推|代言|研发|研制|监制|同款|都在用|也在用|在用|都用|亲测|背书|认可|安利|种草|指定|调配|调制|设计|都说好|点赞)"
    r"|(?P<say>代言人?|(?:明星|网红|博主|影视|总裁|皇室|御用|国宴|奥运|航天|军工|医院|大牌)同款)"
)
_COMPARED = (
    r"同类(?:产品)?|普通(?:的)?|一般(?:的)?|市面上?(?:的|大多数)?|市售(?:的)?|其他(?:品牌|家|款|产品)?|别家"
    r"|别的(?:品牌|牌子|家)|传统(?:的)?|常规(?:的)?|上一代|前代|旧款|老款|大牌|竞品|同价位|同行"
    r"|行业(?:平均|标准)|国家标准|国标|进口(?:的|货)?|国产(?:的|货)?|市场上"
)
_COMPARISON = re.compile(
    rf"(?:比起?|较|相比|优于|胜过|超过|超越|远超|强过|好过|媲美|不输|不逊于?|堪比|吊打|秒杀|碾压|高于|低于|高出|领先)(?:于)?(?P<what>{_COMPARED})(?P<rest>[^，。！？；\n]{{0,14}})"
    rf"|是(?P<times>{_COMPARED})(?:的)?(?P<more>[^，。！？；\n]{{0,8}}?倍)|(?P<flat>大牌平替|平替)"
)
_TEST = re.compile(
    r"(?:经过?|通过了?|历经|获得?|有|做过|已过|拿到)?(?:了)?(?P<what>(?:双盲|临床|人体|毒理|斑贴|安全性|致敏|功效|兴奋剂|重金属|农残|微生物|放射性|跌落|防水|耐高温|抗摔|盲测|第三方|权威|实验室|SGS|动物|志愿者)\S{0,4}?(?:试验|实验|测试|验证|检测|证实|证明|检验|盲测))"
    r"|(?P<proved>(?:科学|临床|实验|研究|数据|论文)(?:证明|证实|验证|表明|显示))"
    r"|(?P<passed>(?:检测|检验|测试|送检|抽检|质检)(?:全部|均|都|结果)?(?:合格|达标|通过|为?优))"
    r"|(?P<clean>(?:农残|重金属|激素|抗生素|甲醛|荧光剂?|防腐剂|色素|塑化剂|细菌|兴奋剂)(?:均|全部|都|为|检测)*(?:未检出|零检出|0\s?检出|没检出))"
)
_POPULAR = re.compile(
    r"热销|畅销|爆款|卖爆|脱销|卖断货|断货|口碑爆棚|好评如潮|回购王|销量(?:爆|猛|惊人)|回头客|复购率?(?:很|超|极)?高|人手一|供不应求|一抢而空"
)
_NOT = re.compile(
    r"(?:没有?|不|未|无|非|别|并非|不是|不敢说|谈不上|算不上|不能说|不保证|不等于|从不|拒绝|还没|尚未|取消|不再|不支持|不能|不承诺|不提供|不接受)(?:能|敢|会|是|过|做|办|申请|拿|参加|参与|任何|什么|提供|支持|承诺|了|\s){0,4}$"
)
_STRIP = re.compile(
    r"^.*(?:通过了?|获得了?|取得了?|拿到了?|拥有|具备|持有|带有?|荣获|申请了?|经过?|有(?!机)了?|是|得到了?|过了|凭|看|附|和|与|及|、|的|用|靠|据|按|由|送到?|在|到|从|被|把|照着?|按照|根据|依据|这|就)"
)
_OWN_PAPERS = re.compile("身份|体检|录取|毕业|驾驶|结婚|学位|奖状|期末|年终|述职|实习|财务|读书")
_HONOUR = re.compile("奖|称号|牌|名录|百强|榜|名品|老字号|米其林|纪录|吉尼斯|商标|非遗")
_NAMED_SO = re.compile("荣获|获评|被?评为|评选为|荣膺")
_PERSON = re.compile(
    r"员工|老师|教练|选手|[他她我你您]|孩子|儿子|女儿|闺女|娃|同学|同事|朋友|邻居|老板|学生|徒弟|爸|妈"
)
_GATE = re.compile(
    "荣获|获评|评为|评选|荣膺|荣登|跻身|认证|专利|证|许可|蓝帽|绿色食品|地理标志|报告|奖|称号|[金银]牌|名录|百强|榜|名品|老字号|米其林|纪录|商标|非遗|第|前|首|领先|冠军|王|销冠|top|no|排|蝉联"
    "|推荐|力荐|代言|研发|研制|监制|同款|在用|都用|亲测|背书|认可|安利|种草|指定|设计|检|测|验|合作|联名|授权|大学|医院|研究|协会|学会|比|较|优于|超|媲美|堪比|不输|平替|倍|胜过|吊打|秒杀|碾压|高于|低于"
    "|热销|畅销|爆|脱销|断货|好评|回头客|复购|人手一|供不应求|一抢|销|FDA|SGS",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Guarantee:
    name: str
    said: re.Pattern[str]
    proof: re.Pattern[str]


def assertions(text: str, spans: Spans) -> Iterator[Claim]:
    """Claims in words, in no particular order; they may overlap, the earlier given has precedence."""
    for name, m in _promises(text):
        if not _denied(text, m.start()) and not asked(text, m.end(), spans):
            yield worded_claim(text, m.span(), "guarantee", name, spans)
    if not _GATE.search(text):
        return
    for pattern, read in _READERS:
        for m in pattern.finditer(text):
            claim = read(text, m, spans)
            if claim is not None and not _denied(text, claim.start) and not asked(text, m.end(), spans):
                yield claim


def promises(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """(key, span) of every promise of a record that it does not deny."""
    for name, m in _promises(text):
        if not _denied(text, m.start()):
            yield name, m.span()


def guarantee(name: str) -> Guarantee:
    """The promise of that key."""
    return _guarantees()[1][name]


def _promises(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    union, table = _guarantees()
    for found in union.finditer(text):
        for one in table.values():
            if m := one.said.match(text, found.start()):
                yield one.name, m
                break


def _certificate(text: str, m: re.Match[str], spans: Spans) -> Claim | None:
    start = _beginning(text, m.start())
    what = text[start : m.start()]
    if m.group() in ("证书", "专利") and not what and _PERSON.search(text, max(0, start - 10), start):
        return None
    if _OWN_PAPERS.search(what):
        return None
    return worded_claim(text, (start, m.end()), "certificate", f"{what}|{m.group()}", spans)


def _award(text: str, m: re.Match[str], spans: Spans) -> Claim | None:
    if not (_HONOUR.search(m["what"]) or _NAMED_SO.match(m.group())) or _of_people(text, m.start(), m["what"], spans):
        return None
    return worded_claim(text, m.span("what"), "award", m["what"], spans)


def _prize(text: str, m: re.Match[str], spans: Spans) -> Claim | None:
    start = _beginning(text, m.start())
    what = text[start : m.end()]
    if _of_people(text, start, what, spans):
        return None
    return worded_claim(text, (start, m.end()), "award", what, spans)


def _of_people(text: str, start: int, what: str, spans: Spans) -> bool:
    clause = spans.clause(start)
    return bool(_PERSON.search(text, clause[0], start) or lexicon.people().search(what))


def _beginning(text: str, head: int, reach: int = 14) -> int:
    """Where the name that ends in the word at `head` begins: at most `reach` characters back, behind any verb."""
    start = head
    while start > 0 and head - start < reach and (text[start - 1].isalnum() or text[start - 1] in "·-"):
        start -= 1
    cut = _STRIP.match(text[start:head])
    start += cut.end() if cut else 0
    return start + 1 if start < head and text[start] in "项张份个种款" else start


def _ranking(text: str, m: re.Match[str], spans: Spans) -> Claim | None:
    clause = spans.clause(m.start())
    if _PERSON.search(text, clause[0], m.start()) or lexicon.life().search(m.group()):
        return None
    return worded_claim(text, m.span(), "ranking", m.group(), spans)


def _organisation(text: str, m: re.Match[str], spans: Spans) -> Claim | None:
    start = _beginning(text, m.start())
    vouched = _VOUCHED.match(text, m.end(), spans.clause(m.start())[1])
    if not vouched and not _WITH.search(text, max(0, start - 3), start):
        return None
    end = vouched.end() if vouched else m.end()
    if _PERSON.search(text, start, end) or lexicon.life().search(text, m.end(), end):
        return None
    return worded_claim(text, (start, end), "endorsement", text[start : m.end()], spans)


def _expert(text: str, m: re.Match[str], spans: Spans) -> Claim | None:
    key = m["say"] or f"{m['who']}|{m['act']}"
    if m["who"] and _NOT.search(m.group()[: -len(m["act"])]):
        return None
    return worded_claim(text, m.span(), "endorsement", key, spans)


def _comparison(text: str, m: re.Match[str], spans: Spans) -> Claim | None:
    key = m["what"] or m["times"] or m["flat"]
    return worded_claim(text, m.span(), "comparison", f"{key}|{m['rest'] or m['more'] or ''}", spans)


def _test(text: str, m: re.Match[str], spans: Spans) -> Claim | None:
    key = m["what"] or m["proved"] or m["passed"] or m["clean"]
    return worded_claim(text, m.span(), "test", key, spans)


def _popular(text: str, m: re.Match[str], spans: Spans) -> Claim | None:
    return worded_claim(text, m.span(), "popularity", m.group(), spans, firm=False)


_READERS: tuple[tuple[re.Pattern[str], Callable[[str, re.Match[str], Spans], Claim | None]], ...] = (
    (_AWARD, _award),
    (_PRIZE, _prize),
    (_RANKING, _ranking),
    (_ORG, _organisation),
    (_TEST, _test),
    (_CERTIFICATE, _certificate),
    (_EXPERT, _expert),
    (_COMPARISON, _comparison),
    (_POPULAR, _popular),
)


def _denied(text: str, start: int) -> bool:
    return bool(_NOT.search(text, max(0, start - 12), start))


@cache
def _guarantees() -> tuple[re.Pattern[str], dict[str, Guarantee]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(ASSERTIONS_FILE.read_text(encoding="utf-8"), Loader=loader)["guarantees"]
    table = {
        name: Guarantee(name, re.compile(row["said"]), re.compile(row.get("proof", row["said"])))
        for name, row in data.items()
    }
    return re.compile("|".join(f"(?:{one.said.pattern})" for one in table.values())), table
