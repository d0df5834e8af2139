"""What may be said of the product: its lines as facts with their source, minus whatever must not be said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from agent.models.offline.blocks import NOTHING, Fields, all_days
from agent.models.offline.lines import ask, shorten, squeeze, tidy
from agent.models.offline.similar import same_question

FactKind = Literal["point", "spec", "ingredient", "answer", "price", "offer", "proof"]

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_REPORT = re.compile(r"报告|检测|认证|备案|注册|测试|证书|核验|专利")
_CODE = re.compile(r"[A-Za-z0-9\u4e00-\u9fff]*\d[A-Za-z0-9\-]{3,}")
_FAQ = re.compile(r"^问[：:]\s*(?P<ask>.+?)\s*答[：:]\s*(?P<answer>.+)$", re.DOTALL)
_SAY_VERB = re.compile(r"^(?:不能说|不要说|不得说|不说|不可说|禁止说|不能|不得|禁止|避免|勿|不宣称|宣称|任何)+")
_SPLIT = re.compile(r"[，、；;,/｜|\s“”\"‘’「」]+")
_PROMISE = re.compile("不会?过敏|一定|一天|永久|百分")
_PRICE = re.compile(r"\s*（.*")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the data say, in the data's words."""

    text: str
    id: str
    kind: FactKind
    proof: str = ""
    """Name of the report whose text carries every figure of this fact; empty when none does."""

    @property
    def citable(self) -> bool:
        """A report shows it, and the words do not name a report themselves."""
        return bool(self.proof) and not _REPORT.search(self.text)

    def marked(self, limit: int = 10_000) -> str:
        """The words, shortened to `limit` characters, with the source marker behind; empty when they do not fit."""
        words = shorten(self.text, limit)
        return mark(words, self.id) if words else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A doubt and the honest answer that the data give."""

    question: str
    answer: str
    id: str

    @property
    def printable(self) -> bool:
        """False when the question holds a promise or a figure that nobody may print, even to deny it."""
        return not _PROMISE.search(self.question)


@dataclass(frozen=True, slots=True)
class Offer:
    """Something cheaper that holds on the day the copy is for."""

    name: str
    text: str
    id: str
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Proof:
    name: str
    number: str
    issuer: str
    text: str
    id: str


@dataclass(frozen=True, slots=True, eq=False)
class Goods:
    """A product as the writer sees it."""

    id: str = ""
    name: str = ""
    category: str = ""
    price: str = ""
    """Bare amount with its unit, e.g. 69 元."""
    price_day: date | None = None
    points: tuple[Fact, ...] = ()
    specs: tuple[Fact, ...] = ()
    ingredients: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()
    answers: tuple[Answer, ...] = ()
    offers: tuple[Offer, ...] = ()
    banned: tuple[str, ...] = ()
    """Terms of the do-not-say list."""

    def __bool__(self) -> bool:
        return bool(self.name)


def mark(words: str, record_id: str) -> str:
    """`words` with the source marker of `record_id` behind them."""
    return f"{words}[[{record_id}]]" if record_id and not set(record_id) & set("[]") else words


@lru_cache(maxsize=512)
def read_goods(product: Fields, today: date | None) -> Goods:
    """The product block as facts. Lines holding a term of its own 不能说 list are dropped."""
    if not product.one("名称"):
        return Goods()
    ident, banned = product.id, ban_terms(product.many("不能说"))

    def allowed(lines: Iterable[str]) -> list[str]:
        return [line for line in lines if not any(term in line for term in banned)]

    proofs = tuple(_proof(row, ident) for row in product.raw("证明"))
    return Goods(
        id=ident,
        name=tidy(product.one("名称")),
        category=tidy(product.one("品类")),
        price=_PRICE.sub("", product.one("价格").replace("(", "（")).strip(),
        price_day=product.day("价格"),
        points=tuple(Fact(line, ident, "point", _proved(line, proofs)) for line in allowed(product.many("卖点"))),
        specs=tuple(Fact(line, ident, "spec", _proved(line, proofs)) for line in allowed(product.many("规格"))),
        ingredients=tuple(allowed(product.many("配料"))),
        uses=tuple(allowed(product.many("使用场景"))),
        proofs=proofs,
        answers=tuple(a for row in product.raw("答疑") if (a := _answer(row, ident))),
        offers=tuple(o for row in product.raw("优惠") if (o := _offer(row, ident, today))),
        banned=banned,
    )


def read_coupon(coupon: Fields, today: date | None) -> Offer | None:
    """The coupon block as an offer; None when it is missing, empty or not valid on `today`."""
    cut, least = coupon.one("减"), coupon.one("门槛")
    amount = _NUMBER.search(cut)
    if coupon is NOTHING or not amount or not float(amount.group()):
        return None
    start, end = _period(coupon.one("有效期"))
    if not _valid(start, end, today):
        return None
    threshold = _NUMBER.search(least)
    text = f"减 {amount.group()} 元"
    if threshold and float(threshold.group()):
        text = f"满 {threshold.group()} 元{text}"
    return Offer(tidy(coupon.one("名称")), text, coupon.id, start, end)


def ban_terms(lines: Iterable[str]) -> tuple[str, ...]:
    """Literal terms of a do-not-say list: `不说“美白”“祛斑”` -> 美白, 祛斑. Whole instructions are no terms."""
    terms = {_SAY_VERB.sub("", part) for line in lines for part in _SPLIT.split(line)}
    return tuple(sorted(term for term in terms if 2 <= len(term) <= 10))


def best_answer(question: str, answers: Iterable[Answer], least: float = 1.05) -> Answer | None:
    """The answer to the question nearest in meaning; None when none comes near."""
    scored = [(same_question(question, a.question) + 0.4 * same_question(question, a.answer), a) for a in answers]
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best and best[0] >= least else None


def _proof(row: str, ident: str) -> Proof:
    """`名称｜编号｜机构｜日期｜说明`; in a row of another order each cell is told by its looks."""
    cells = [tidy(cell) for cell in row.split("｜")]
    row_of_five = (*cells, "", "", "", "")[:5]
    if len(cells) <= 5 and (not row_of_five[3] or all_days(row_of_five[3])):
        return Proof(row_of_five[0], row_of_five[1], row_of_five[2], row_of_five[4], ident)
    rest = [cell for cell in cells[1:] if cell and not all_days(cell)]
    number = next((cell for cell in rest if _CODE.fullmatch(squeeze(cell)) and len(cell) < 40), "")
    issuer = next((c for c in rest if c != number and re.search(r"(?:中心|院|局|所|机构|公司|集团)$", c)), "")
    text = next((cell for cell in rest if cell not in (number, issuer)), "")
    return Proof(cells[0], number, issuer, text, ident)


def _proved(line: str, proofs: Iterable[Proof]) -> str:
    figures = set(_NUMBER.findall(line))
    for proof in proofs:
        if not _REPORT.search(proof.name) or not proof.text:
            continue
        if figures and figures <= set(_NUMBER.findall(proof.text)) and _chars(line) & _chars(proof.text):
            return proof.name
    return ""


def _chars(text: str) -> set[str]:
    han = "".join(char for char in text if "\u4e00" <= char <= "\u9fff")
    return {han[i : i + 2] for i in range(len(han) - 1)}


def _answer(row: str, ident: str) -> Answer | None:
    found = _FAQ.match(" ".join(row.split()))
    if not found:
        return None
    return Answer(ask(tidy(found["ask"])), tidy(found["answer"]), ident)


def _offer(row: str, ident: str, today: date | None) -> Offer | None:
    cells = [cell.strip() for cell in row.split("｜")]
    if len(cells) < 2 or not cells[1]:
        return None
    dated = next((cell for cell in cells[2:] if all_days(cell)), "")
    start, end = _period(dated)
    if not _valid(start, end, today):
        return None
    return Offer(tidy(cells[0]), tidy(cells[1]), ident, start, end)


def _period(text: str) -> tuple[date | None, date | None]:
    days = all_days(text)
    if len(days) >= 2:
        return days[0], days[1]
    if not days:
        return None, None
    return (None, days[0]) if "止" in text or "前" in text else (days[0], None)


def _valid(start: date | None, end: date | None, today: date | None) -> bool:
    """An offer without an end, or judged without a day, is never advertised: nobody could prove it."""
    if today is None or end is None:
        return False
    return (start is None or start <= today) and today <= end
