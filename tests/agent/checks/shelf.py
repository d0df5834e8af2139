"""Invented products for the tests of the checks: a coffee, a face cream and a lamp, with every kind of figure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from agent.brief import Brief
from agent.context import Context
from agent.copies import MomentsCopy
from knowledge_base.records import Brand, Coupon, Evidence, Persona, Policy, Product, Promotion, Spec

TODAY = date(2026, 11, 8)

COFFEE = Product(
    id="p-coffee",
    name="山醒冻干黑咖啡",
    aliases=("冻干咖啡", "山醒黑咖"),
    brand="山醒",
    category="食品",
    price=Decimal(69),
    price_date=date(2026, 11, 1),
    specs=(
        Spec("净含量", "48g（2g×24条）"),
        Spec("保质期", "18 个月"),
        Spec("咖啡因", "60mg/条"),
        Spec("蔗糖", "0 添加"),
    ),
    ingredients=("云南阿拉比卡咖啡豆",),
    selling_points=("2 克一条，冷水 3 秒化开", "0 蔗糖添加", "零下 40 度真空冻干 36 小时", "每条热量不到 7 千卡"),
    scenes=("图书馆没有热水", "早八前十分钟"),
    evidence=(
        Evidence("第三方检测报告", "SGS-2026-0317", "某检测机构", date(2026, 3, 17), "每 100g 含糖 0.3g，农残未检出"),
    ),
    promotions=(
        Promotion("双十一第二件半价", "第二件半价，限 11 月 1 日至 11 日", date(2026, 11, 1), date(2026, 11, 11)),
        Promotion("会员日", "会员到手 59 元", date(2026, 12, 1), date(2026, 12, 3), Decimal(59)),
    ),
    do_not_say=("提神醒脑",),
    faq=("问：开封后能放多久？答：独立小条，拆开请 2 小时内喝完。", "问：一天喝几条？答：建议每天不超过 3 条。"),
)
CREAM = Product(
    id="p-cream",
    name="澄屿神经酰胺面霜",
    aliases=("澄屿面霜",),
    brand="澄屿",
    category="护肤",
    price=Decimal("168"),
    price_date=date(2026, 11, 1),
    specs=(Spec("净含量", "50ml"), Spec("保质期", "三年"), Spec("限用期", "开封后 12 个月"), Spec("pH", "5.5")),
    ingredients=("神经酰胺 3%", "角鲨烷 5%", "烟酰胺 2%"),
    selling_points=("神经酰胺添加 3%", "上脸 30 秒推开", "0 酒精 0 香精", "28 天实测皮肤含水量提升 21.5%"),
    evidence=(
        Evidence("化妆品备案", "沪G妆网备字2026001234", "上海市药监局", date(2026, 1, 20)),
        Evidence(
            "人体功效报告",
            "TR-20260412",
            "某皮肤检测中心",
            date(2026, 4, 12),
            "32 名受试者连用 28 天，含水量提升 21.5%",
        ),
    ),
    promotions=(Promotion("新客价", "新客到手 139 元", date(2026, 11, 5), date(2026, 11, 20), Decimal(139)),),
    faq=("问：敏感肌能用吗？答：32 名敏感肌受试者 28 天斑贴测试未见不良反应。",),
)
LAMP = Product(
    id="p-lamp",
    name="小汀阅读灯",
    brand="小汀",
    category="家居",
    price=Decimal("259.00"),
    specs=(
        Spec("尺寸", "灯臂 42cm，底座直径 16cm"),
        Spec("功率", "9W"),
        Spec("色温", "2700K-5000K 三档"),
        Spec("显色指数", "Ra95"),
        Spec("续航", "充满可用 40 小时"),
        Spec("净重", "1.2kg"),
        Spec("质保", "两年"),
    ),
    selling_points=("充电 3 小时，最低档可用 40 小时", "40 分钟提醒休息一次", "灯臂可折 180 度"),
    evidence=(Evidence("外观设计专利", "ZL202530012345.6", "国家知识产权局"),),
)
PRODUCTS = (COFFEE, CREAM, LAMP)
COUPON = Coupon(
    id="c-10", name="满 99 减 20", code="SX20", threshold=Decimal(99), amount=Decimal(20),
    start=date(2026, 11, 1), end=date(2026, 11, 30), stock=200,
)  # fmt: skip
POLICIES = (
    Policy(id="f-ship", question="多久发货？", answer="每天 16 点前下单当天发，一般 3-5 天送达，满 59 元包邮。"),
    Policy(id="f-back", question="能退吗？", answer="签收后 7 天内未拆封可以退换，退货运费 10 元由买家承担。"),
)
PERSONA = Persona(id="u-student", name="备考研究生小林", who="24 岁，二线城市，每天在图书馆 12 个小时")
BRAND = Brand(id="b-sx", name="山醒", story="2019 年从昆明一间 30 平的小店开始。")


def ad_brief(*products: str, today: date = TODAY) -> Brief:
    return Brief(channel="moments", form="ad", today=today, products=products, format="single-310", cta="了解更多")


def post_brief(*products: str, today: date = TODAY) -> Brief:
    return Brief(channel="moments", form="post", today=today, products=products)


def shelf_context(*products: Product, coupon: Coupon | None = None, policies: tuple[Policy, ...] = ()) -> Context:
    return Context(products=products or (COFFEE,), persona=PERSONA, brand=BRAND, coupon=coupon, policies=policies)


def moments(text: str, link_text: str = "") -> MomentsCopy:
    return MomentsCopy(text=text, link_text=link_text)
