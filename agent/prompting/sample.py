"""Two invented jobs per form, one with everything and one with almost nothing, on which lint and diff render templates.

They stand here rather than in the sample brand so that a template's lint result does not depend on anyone's records.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from agent.brief import Angle, Brief, Form, Turn
from agent.context import Context, PastDraft, TrackedLink
from agent.finding import Finding
from knowledge_base.records import (
    Brand,
    Channel,
    ChannelTone,
    Coupon,
    Evidence,
    Exemplar,
    Passage,
    Persona,
    Policy,
    Product,
    Promotion,
    Spec,
)

CHANNEL_OF: dict[Form, Channel] = {
    "article": "article",
    "ad": "moments",
    "post": "moments",
    "service": "reply",
    "comment": "reply",
}
TODAY = date(2026, 11, 22)

PRODUCT = Product(
    id="sample-lamp",
    name="夹子小夜灯",
    brand="sample-brand",
    category="家居",
    price=Decimal("59.00"),
    price_date=date(2026, 11, 1),
    specs=(Spec("重量", "86 克"), Spec("续航", "弱光 20 小时")),
    ingredients=("ABS 外壳", "锂电池"),
    selling_points=("夹在床沿，单手能开", "最弱一档只照亮一页书"),
    scenes=("半夜喂奶不开大灯",),
    evidence=(Evidence("频闪检测报告", "SAMPLE-0001", "示例检测所", date(2026, 3, 5), "可视闪烁指数 0.1"),),
    promotions=(
        Promotion("入冬价", "两盏", date(2026, 11, 20), date(2026, 11, 30), Decimal(99)),
        Promotion("旧活动", "已结束", date(2026, 6, 1), date(2026, 6, 18)),
    ),
    do_not_say=("护眼", "不伤眼"),
    faq=("问：能一边充电一边用吗？答：能。",),
    note="示例商品，不存在。",
)
PERSONA = Persona(
    id="sample-mother",
    name="新手妈妈",
    who="31 岁，孩子四个月，和爱人轮流值夜",
    needs=("一只手能做完的事",),
    pains=("开大灯孩子就醒透了",),
    scenes=("凌晨三点，孩子哼了一声",),
    language=("说短句",),
    avoid=("说教",),
    objections=("灯会不会晃眼？",),
    evidence=("检测报告",),
    channels=("朋友圈",),
)
TONES = tuple(
    ChannelTone(
        channel=channel,
        sentence_chars=14,
        address="你",
        openings=("凌晨三点。",),
        closings=("就这样。",),
        emoji=("🌙",),
        emoji_per_text=0.5,
        favourite_words=("慢慢",),
        quotes=("灯不用太亮。（示例旧文）",),
    )
    for channel in ("article", "moments", "reply")
)
BRAND = Brand(
    id="sample-brand",
    name="示例灯铺",
    voice=("平实", "不催人"),
    address="你",
    words_use=("慢慢",),
    words_avoid=("神器",),
    sign_off="示例灯铺",
    story="示例品牌，不存在。",
    tones=TONES,
)
RICH = Context(
    products=(PRODUCT,),
    persona=PERSONA,
    brand=BRAND,
    coupon=Coupon(
        id="sample-coupon",
        name="新人券",
        code="LAMP5",
        threshold=Decimal(50),
        amount=Decimal(5),
        start=date(2026, 11, 1),
        end=date(2026, 12, 31),
        products=("sample-lamp",),
    ),
    policies=(Policy(id="sample-policy", question="多久发货？", answer="下单后 48 小时内。", category="物流"),),
    passages=(Passage(id="sample-passage", title="说明书 > 充电", text="充满约 2 小时。\n充电时指示灯为橙色。"),),
    exemplars=(Exemplar(id="sample-exemplar", channel="moments", title="旧文", text="灯夹好了。"),),
    past=(PastDraft(id="d_sample", text="凌晨三点，孩子哼了一声。\n后面还有。"),),
    link=TrackedLink(mini_appid="wx0000", mini_path="pages/item"),
)
BARE = Context(products=(Product(id="sample-bare", name="没有资料的商品"),))
FINDING = Finding(
    check="style", rule_id="style.empty", severity="block", status="violation", message="空词，换成动作。",
    field="text", start=0, end=2, text="极致",
)  # fmt: skip


def sample_brief(form: Form, *, angle: Angle | None = None, rich: bool = True, format: str = "") -> Brief:
    reply = CHANNEL_OF[form] == "reply"
    return Brief(
        channel=CHANNEL_OF[form],
        form=form,
        today=TODAY,
        products=("sample-lamp",) if rich else ("sample-bare",),
        persona="sample-mother" if rich else "",
        brand="sample-brand" if rich else "",
        goal="入冬推新" if rich else "",
        angle=angle,
        format=format,
        cta="去逛逛" if rich and not reply else "",
        message="半夜用会晃眼吗？" if reply else "",
        history=(Turn("customer", "想给家里人买盏灯"), Turn("staff", "您说，我帮您看")) if reply and rich else (),
        notes="别提竞品" if rich else "",
        variant=1 if rich else 0,
    )


def sample_jobs(form: Form) -> Iterator[tuple[Brief, Context, tuple[Finding, ...], dict[str, str]]]:
    """Arguments for `render`: everything there, a second attempt at one part, and next to nothing."""
    yield sample_brief(form), RICH, (), {}
    yield sample_brief(form, angle="proof"), RICH, (FINDING,), {"text": "极致好灯。"}
    yield sample_brief(form, rich=False), BARE, (), {}
