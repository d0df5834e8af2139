"""Column names that mean a field, by kind: what Chinese shop back-ends, spreadsheets and colleagues call things.

Names are compared after `header_key`: half-width, lower case, without spaces, brackets and their content, and without
a trailing number. Where several columns of one table mean the same single value, the earlier name here wins.
Targets: a field of the record; `link.url` and the like (one part of a nested value); `specs.NAME` (a named spec);
`period` (start and end in one cell); `offer` (threshold and amount in one cell, 满99减20).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields
from functools import cache

from knowledge_base.labels import FIELD_LABELS
from knowledge_base.records import RECORD_TYPES, Kind

_LINK = {
    "link.url": "链接 商品链接 宝贝链接 商品详情链接 详情链接 购买链接 落地页 网址 h5链接 url href product_url",
    "link.mini_appid": "小程序appid appid",
    "link.mini_path": "小程序路径 小程序页面 页面路径",
    "link.scene": "小程序场景值 场景值 场景参数",
}
_PERIOD = {
    "start": "开始 开始时间 开始日期 生效时间 生效日期 起始时间 start_date",
    "end": "结束 结束时间 结束日期 失效时间 失效日期 截止时间 截止日期 到期时间 end_date expires",
    "period": "有效期 使用时间 使用有效期 活动时间 有效时间 validity",
}
_BRAND = {"brand": "品牌 品牌名 品牌名称 brand_name"}

NAMES: dict[Kind, dict[str, str]] = {
    "product": {
        "id": (
            "id 编号 商品编号 产品编号 商家编码 商品编码 产品编码 货号 商品货号 款号 sku编码 skuid sku spu编码 spuid "
            "spu 商品id 宝贝id 产品id item_id product_id 条码 商品条码 条形码 barcode"
        ),
        "name": "name 名称 商品名称 产品名称 商品名 产品名 品名 宝贝名称 商品标题 宝贝标题 标题 title product_name",
        **_BRAND,
        "category": "类目 品类 分类 所属类目 商品类目 宝贝类目 叶子类目 商品分类 产品类别 类别 category_name",
        "aliases": "别名 简称 商品简称 俗称 又名 short_name",
        "price": "价格 售价 现价 一口价 销售价 销售价格 商品价格 单价 零售价 到手价 券后价 sale_price",
        "currency": "币种 货币",
        "price_date": "价格日期 价格更新时间 价格时间 价格更新日期 更新时间 更新日期",
        "specs": "规格 商品规格 产品规格 规格参数 参数 产品参数 商品参数 规格属性 属性 specification",
        "ingredients": "配料 配料表 成分 成份 成分表 全成分 主要成分 原料 材料",
        "selling_points": "卖点 商品卖点 产品卖点 核心卖点 主打卖点 亮点 产品亮点 特点 优势 features highlights",
        "scenes": "场景 使用场景 适用场景 应用场景",
        "evidence": "证明 资质 证书 检测报告 质检报告 认证 evidence",
        "promotions": "优惠 促销 活动 优惠活动 促销活动 活动内容 促销信息",
        "promotions.start": "活动开始 活动开始时间 活动开始日期 促销开始时间",
        "promotions.end": "活动结束 活动结束时间 活动结束日期 促销结束时间",
        "promotions.price": "活动价 促销价 大促价",
        "do_not_say": "不能说 禁用词 禁用语 禁止宣传 不可宣称 禁宣词 违禁词",
        "faq": "答疑 常见问题 问答 常见问答",
        "note": "备注 商品描述 产品描述 描述 商品简介 产品简介 简介 介绍 详情 商品详情 说明 description desc",
        **_LINK,
    },
    "persona": {
        "id": "id 编号 人设编号 人群编号 persona_id",
        "name": "name 名称 名字 称呼 人设 人设名称 人群 人群名称 画像名称 昵称",
        **_BRAND,
        "who": "是谁 描述 人群描述 基本信息 简介 画像 身份 profile",
        "needs": "需求 诉求 核心需求 need",
        "pains": "痛点 困扰 烦恼 pain pain_points",
        "scenes": "场景 生活场景 使用场景 典型场景",
        "language": "说话习惯 语言 常用语 语言风格 口头禅 tone",
        "avoid": "反感 雷区 忌讳 讨厌 不喜欢",
        "objections": "顾虑 担心 疑虑 异议 抗拒点",
        "evidence": "看重 证据 依据 打动点 信任点 数据依据",
        "channels": "渠道 触达渠道 常用渠道",
    },
    "brand": {
        "id": "id 编号 品牌编号 brand_id",
        "name": "name 名称 品牌 品牌名 品牌名称",
        "voice": "语气 品牌语气 调性 品牌调性 风格",
        "address": "称呼读者 称呼 读者称呼",
        "words_use": "爱用词 常用词 推荐用词",
        "words_avoid": "不用词 禁用词 避免用词",
        "sign_off": "落款 签名 结尾语",
        "story": "故事 品牌故事 品牌介绍 简介",
        "colours": "品牌色 主色 配色 颜色 colors",
        **_LINK,
    },
    "policy": {
        "id": "id 编号 问题编号 faq_id",
        "question": "问 问题 提问 顾客问题 用户问题 常见问题 标准问 标准问题 问法 主题 q",
        "answer": "答 答案 回答 回复 标准答案 标准回复 答复 话术 回复话术 内容 a",
        **_BRAND,
        "category": "类别 分类 类目 问题分类 问题类型 标签",
        "keywords": "关键词 关键字 触发词 相似问 keyword",
        "products": "适用商品 商品 商品编号 关联商品 product product_id",
        "handover": "转人工 是否转人工 人工 需人工",
        **_PERIOD,
    },
    "coupon": {
        "id": "id 编号 优惠券id 优惠券编号 券id 批次号 批次 批次id coupon_id stock_id",
        "name": "name 名称 优惠券名称 券名称 券名 优惠券 活动名称",
        **_BRAND,
        "code": "券码 优惠码 兑换码 口令 coupon_code",
        "threshold": "门槛 使用门槛 门槛金额 满 满额 最低消费 min_amount",
        "amount": "面额 优惠金额 减 减免 减免金额 立减 抵扣金额 优惠 discount",
        "offer": "优惠内容 优惠规则 券规则 使用规则 面额规则",
        "stock": "库存 剩余 剩余数量 剩余库存 数量",
        "segments": "适用人群 人群 可领人群 会员等级",
        "products": "适用商品 商品 商品编号 商品范围 适用范围",
        **_LINK,
        **_PERIOD,
    },
    "asset": {
        "id": "id 编号 素材编号 图片编号",
        "path": "路径 文件 文件路径 文件名 图片 图片路径 素材路径 file filename",
        **_BRAND,
        "product": "商品编号 商品 适用商品 product_id",
        "alt": "画面说明 说明 描述 图片描述 替代文字 description caption",
        "width": "宽 宽度 宽px",
        "height": "高 高度 高px",
        "licence_until": "授权到期 授权截止 授权有效期 版权到期 license_until",
    },
    "exemplar": {
        "id": "id 编号 稿件编号",
        "channel": "渠道 发布渠道 平台",
        "text": "正文 文案 内容 全文 content body",
        "title": "标题 文章标题",
        **_BRAND,
        "product": "商品编号 商品 product_id",
        "persona": "人设编号 人设 人群 persona_id",
    },
    "passage": {
        "id": "id 编号 片段编号",
        "text": "正文 内容 文本 段落 全文 content body",
        "title": "标题 章节 小标题",
        **_BRAND,
        "category": "类别 分类 类目",
        "product": "商品编号 商品 product_id",
    },
}

_SPECS = (
    "净含量 重量 净重 毛重 容量 体积 尺寸 长度 宽度 高度 直径 厚度 型号 颜色 口味 香型 材质 面料 产地 原产地 "
    "保质期 保存方法 贮存条件 储存方法 储存 生产商 生产厂家 适用人群 适用年龄 适用肤质 适用季节 功率 电压 包装 "
    "包装规格 装箱数 件数 食用方法 使用方法 用法 质保 保修期 执行标准 产品标准 咖啡因 热量 度数 酒精度 含量 色号 "
    "码数 尺码"
)
SPEC_NAMES = frozenset(_SPECS.split())
"""Columns that are one named spec of a product each."""

_NUMBERS = (
    "备案号 备案编号 批准文号 注册证号 注册证编号 生产许可证 生产许可证号 生产许可证编号 许可证号 报告编号 "
    "检测报告编号 证书编号 认证编号 专利号 蓝帽子批文 商标注册号"
)
NUMBERED_EVIDENCE = frozenset(_NUMBERS.split())
"""Columns whose cell is the number of a proof; the column's name says what it proves."""

PREFIXES = ("商品", "产品", "宝贝", "货品", "sku", "spu")
"""Words that back-ends put before a column's own name: SKU售价, 宝贝属性."""

_PICTURES = "主图 商品主图 主图链接 商品图片 图片 图片链接 轮播图 详情图 白底图 主图视频"
PICTURES = frozenset(_PICTURES.split())
"""Columns of a product table that belong into a table of assets."""

_BRACKETED = re.compile(r"[(\[{【].*?[)\]}】]")
_NOISE = re.compile(r"[\s_\-*:：/、，,.。?？!！\"'“”]+")
_COUNTER = re.compile(r"(?<=\D)\d{1,2}$")


def header_key(name: str) -> str:
    """How column names are compared: `商品卖点 1（必填）` -> `商品卖点`."""
    text = unicodedata.normalize("NFKC", name).strip().lower()
    text = _NOISE.sub("", _BRACKETED.sub("", text))
    return _COUNTER.sub("", text)


@cache
def field_names(kind: Kind) -> tuple[str, ...]:
    """What a file may say of a record; its source is ours to know."""
    return tuple(one.name for one in fields(RECORD_TYPES[kind]) if one.name != "source")


@cache
def targets(kind: Kind) -> dict[str, tuple[str, int]]:
    """header key -> (target, rank); the least rank wins where columns compete for a single value."""
    found: dict[str, tuple[str, int]] = {}
    for field in field_names(kind):
        found[header_key(field)] = (field, 0)
    for target, names in NAMES[kind].items():
        for rank, name in enumerate(names.split(), 1):
            found.setdefault(header_key(name), (target, rank))
    for field in field_names(kind):
        found.setdefault(header_key(FIELD_LABELS[field]), (field, 99))
    return found


@cache
def known_headers() -> frozenset[str]:
    """Every header key that means something for some kind, to tell a header row from data."""
    keys = {key for kind in NAMES for key in targets(kind)}
    return frozenset(keys | {"kind", "类型", "资料类型"} | SPEC_NAMES | NUMBERED_EVIDENCE)
