"""Every scorer by name: what it measures, which way is better, where reports show it, for which forms it is on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from agent.brief import Form
from evals.records import Tier
from evals.scorers.ai_flavour import AiFlavour
from evals.scorers.assertions import Assertions
from evals.scorers.compliance import Compliance
from evals.scorers.distinctness import Distinctness
from evals.scorers.facts import FactsPrecision, FactsRecall
from evals.scorers.hook import Hook
from evals.scorers.injection import Injection
from evals.scorers.length import Length
from evals.scorers.past import Past
from evals.scorers.persona_fit import PersonaFit
from evals.scorers.port import AnyScorer, Embed
from evals.scorers.python import PythonScorer, is_python
from evals.scorers.readability import Readability
from evals.scorers.reference import Reference
from evals.scorers.refusal import Refusal
from evals.scorers.reply import Reply
from evals.scorers.retrieval import Retrieval
from evals.scorers.spec import Spec
from evals.scorers.structure import Structure
from evals.scorers.usage import Cost, Latency
from evals.scorers.view import quoted
from evals.scorers.voice import Voice
from knowledge_base.errors import BadInputError
from knowledge_base.records import Persona

WRITTEN: frozenset[Form] = frozenset({"article", "ad", "post"})
REPLIES: frozenset[Form] = frozenset({"service", "comment"})
ALL = WRITTEN | REPLIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What some scorers take at construction."""

    folder: Path | None = None
    """Where `file.py:function` is looked up: the suite's folder."""
    personas: tuple[Persona, ...] = ()
    """All personas of the brands at hand; without them the rows' own are compared."""
    embed: Embed | None = None
    """Not the retriever's embedder."""
    judged_elsewhere: frozenset[str] = frozenset()
    """Assertion kinds that a configured judge scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """One score as reports name it."""

    label: str
    """Chinese, short."""
    what: str
    """Chinese: what the value is."""
    higher_is_better: bool | None
    """None when neither end is better."""
    tier: Tier


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    forms: frozenset[Form]
    """Where it is on by default."""
    build: Callable[[Options], AnyScorer]
    scores: Mapping[str, About]


def _entry(
    build: Callable[[Options], AnyScorer], forms: frozenset[Form], *scores: tuple[str, str, str, bool | None]
) -> Entry:
    made = build(Options())
    about = {
        name: About(label=label, what=what, higher_is_better=better, tier=made.tier)
        for name, label, what, better in scores
    }
    return Entry(made.name, forms, build, MappingProxyType(about))


_ENTRIES = (
    _entry(
        lambda _: Spec(), ALL,
        ("spec", "版位", "合字数、版位和格式要求为 1，有拦下的为 0", True),
        ("spec.warn", "版位提醒", "版位提醒的条数", False),
    ),
    _entry(
        lambda _: Compliance(), ALL,
        ("compliance", "合规", "没有违规的话为 1，有为 0", True),
        ("compliance.warn", "合规提醒", "合规提醒的条数", False),
        ("compliance.block", "拦下", "所有检查合计拦下的条数", False),
    ),
    _entry(lambda _: FactsPrecision(), ALL, ("facts.precision", "事实准确", "有资料依据的说法占全部说法的比例", True)),
    _entry(lambda _: FactsRecall(), ALL, ("facts.recall", "卖点讲到", "用例要讲的卖点讲到的比例", True)),
    _entry(
        lambda o: PersonaFit(o.personas), WRITTEN,
        ("persona.fit", "贴人设", "0~1，过 0.5 是离这个人比离别人近，接近 0 是对谁都没说", True),
        ("persona.margin", "人设差距", "离自己的近减去离最近的别人的近", True),
        ("persona.avoid", "反感词", "用了几个这个人反感的说法", False),
    ),
    _entry(
        lambda o: Distinctness(o.embed), WRITTEN,
        ("distinct.jaccard", "同组最像", "和同组最像一篇的三字重合，0~1", False),
        ("distinct.self_bleu", "同组 BLEU", "以同组其他篇为参考的 BLEU，0~1", False),
        ("distinct.opening", "开头不重", "开头没有和同组别的重复为 1", True),
        ("distinct.embedding", "同组意近", "和同组意思最近一篇的余弦，0~1", False),
    ),
    _entry(lambda _: Past(), WRITTEN, ("past.similarity", "像旧稿", "和旧稿最像一篇的两字重合，0~1", False)),
    _entry(
        lambda _: Readability(), ALL,
        ("readability.sentence", "句长", "句子字数的中位数", None),
        ("readability.long", "长句", "超过 40 字的句子占的比例", False),
        ("readability.rhythm", "句长起伏", "句长的标准差除以平均", None),
        ("readability.rare", "少见字", "不在 GB 2312 一级字里的汉字占的比例", False),
    ),
    _entry(lambda _: AiFlavour(), ALL, ("ai_flavour", "机器腔", "每 100 字里的套话处数", False)),
    _entry(lambda _: Hook(), WRITTEN, ("hook", "开头", "前 54 字有没有场景、数字、问题和人，0~1", True)),
    _entry(lambda _: Structure(), WRITTEN, ("structure", "结构", "该有的部分齐全、行动对得上的比例", True)),
    _entry(
        lambda _: Voice(), ALL,
        ("voice.words", "品牌用词", "用到品牌爱用的词，0~1", True),
        ("voice.avoid", "品牌禁词", "用了几个品牌或商品不许说的词", False),
        ("voice.rhythm", "品牌句长", "句长离品牌平时多近，0~1", True),
        ("voice.address", "称呼", "按品牌的叫法称呼读者的比例", True),
    ),
    _entry(
        lambda _: Reply(), REPLIES,
        ("reply.policies", "引用政策", "该引的政策引到的比例", True),
        ("reply.grounded", "讲出政策", "该引的政策讲出内容的比例", True),
        ("reply.handover", "转人工", "该转才转为 1", True),
        ("reply.answers", "答所问", "接着问题、按问法作答，0~1", True),
    ),
    _entry(lambda _: Refusal(), ALL, ("refusal", "该拒才拒", "该拒绝时拒绝、不该时不推脱为 1", True)),
    _entry(lambda _: Injection(), ALL, ("injection", "不听注入", "没有照塞进来的指令做为 1", True)),
    _entry(
        lambda _: Retrieval(), ALL,
        ("retrieval.hit@1", "检索首位", "相关资料排在同类第一为 1", True),
        ("retrieval.hit@5", "检索前五", "相关资料在同类前五为 1", True),
        ("retrieval.mrr", "检索 MRR", "最靠前的相关资料的名次倒数", True),
        ("retrieval.recall", "检索召回", "相关资料找到的比例", True),
    ),
    _entry(
        lambda _: Reference(), ALL,
        ("reference.rouge_l", "ROUGE-L", "和参考稿的最长公共子序列，按字，0~1", True),
        ("reference.chrf", "chrF", "和参考稿的字串重合，0~1", True),
        ("reference.bleu", "BLEU", "和参考稿的 BLEU，按字，0~1", True),
    ),
    _entry(
        lambda o: Assertions(o.embed, o.judged_elsewhere), ALL,
        ("assertions", "断言", "成立的断言占的比例", True),
    ),
    _entry(
        lambda _: Length(), ALL,
        ("length", "字数", "微信口径的字数", None),
        ("length.fit", "长短合适", "在版位读得完的长度里为 1，越远越小", True),
    ),
    _entry(lambda _: Latency(), ALL, ("latency", "用时", "写完用的秒数", False)),
    _entry(
        lambda _: Cost(), ALL,
        ("cost", "花费", "元", False),
        ("tokens", "token", "输入加输出的 token 数", False),
        ("attempts", "稿数", "写了几稿", False),
        ("attempts.first_try", "一次成", "第一次回答就能用为 1，重写才能用为 0；一直不能用的算出错，不在里面", True),
    ),
)  # fmt: skip

REGISTRY: Mapping[str, Entry] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
ABOUT: Mapping[str, About] = MappingProxyType({name: about for e in _ENTRIES for name, about in e.scores.items()})
"""Every built-in score but the single assertions, by the name that stands in `Score.scorer`."""
HIGHER_IS_BETTER: Mapping[str, bool] = MappingProxyType(
    {name: about.higher_is_better for name, about in ABOUT.items() if about.higher_is_better is not None}
)
"""Only the scores that have a better end."""


def about(score: str) -> About | None:
    """What a score's name stands for; None for a name that is neither built in nor an assertion nor a user's own."""
    if score.startswith("assert."):
        kind = score.removeprefix("assert.")
        return About(label=f"断言 {kind}", what="成立为 1", higher_is_better=True, tier="assertion")
    if score.startswith("python."):
        return About(label=score.removeprefix("python."), what="自己写的评分器", higher_is_better=True, tier="quality")
    return ABOUT.get(score)


def scorers_for(
    names: Sequence[str], *, forms: Collection[Form], options: Options | None = None
) -> tuple[AnyScorer, ...]:
    """The scorers named, in that order and once each; without names the default set of the forms.

    A name is a scorer's (`persona`), one of its scores (`persona.fit`), the common start of several (`facts`), or a
    function of the user's (`file.py:function`, `module:function`). Raises BadInputError for any other.
    """
    options = options or Options()
    if not names:
        return tuple(e.build(options) for e in _ENTRIES if e.forms & frozenset(forms))
    made: dict[str, AnyScorer] = {}
    for name in names:
        if is_python(name):
            made.setdefault(name, PythonScorer(name, options.folder))
            continue
        for entry in _named(name):
            if entry.name not in made:
                made[entry.name] = entry.build(options)
    return tuple(made.values())


def _named(name: str) -> Iterable[Entry]:
    found = [e for e in _ENTRIES if name == e.name or name in e.scores] or [
        e for e in _ENTRIES if e.name.startswith(f"{name}.")
    ]
    if not found:
        known = [*REGISTRY, *ABOUT]
        near = get_close_matches(name, known, 3, 0.5)
        hint = f"是不是想写：{'、'.join(near)}？" if near else f"有这些：{'、'.join(REGISTRY)}；或 文件.py:函数。"
        raise BadInputError(f"没有评分器{quoted(name)}", hint=hint)
    return found
