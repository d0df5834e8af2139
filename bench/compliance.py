"""Law rules: texts a second with and without the ear for pinyin, load time in a fresh process, growth with length."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
SENTENCES = (
    "早上七点，图书馆门口排着队，我把一条咖啡倒进冷水里，晃三下就能喝。",
    "面料是 60 支长绒棉，洗过十次量过，缩水不到 1%。",
    "周末两天满 199 减 30，12 月 5 日到 6 日，店铺券可以叠加。",
    "不敢说最好吃，只敢说现炒，第一次来的客人先问辣度。",
    "包裹今天到转运中心，明天上午派送，签收前请验货。",
    "孩子放学回家，桌上有一碗热汤，书包一扔就坐下了。",
    "全网最低价、国家级品质这样的话，我们店里不写。",
    "这款面霜质地轻，冬天也不干，敏感肌先在耳后试。",
    "采用国际领先的技术，销量遥遥领先，顶级选材。",
    "zui近有点忙，回复慢，急事打电话，谢谢大家体谅。",
)
LOAD = """
import time
start = time.perf_counter()
from knowledge_base.rules.law import load_rules
book = load_rules()
book.matcher, book.sound_matcher, book.disguise_matcher, book.sounds
print(time.perf_counter() - start)
"""


def texts(count: int, chars: int, seed: int = 7) -> list[str]:
    """Texts of about `chars` characters, put together from the sentences."""
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        text = ""
        while len(text) < chars:
            text += rng.choice(SENTENCES)
        made.append(text[:chars])
    return made


def rate(run: Callable[[str], object], given: Sequence[str]) -> float:
    """Texts a second, the best of three runs."""
    best = 0.0
    for _ in range(3):
        start = time.perf_counter()
        for text in given:
            run(text)
        best = max(best, len(given) / (time.perf_counter() - start))
    return best


def load_seconds(cache: Path, times: int) -> list[float]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "LOCALAPPDATA": str(cache)}
    found = []
    for _ in range(times):
        done = subprocess.run(
            [sys.executable, "-c", LOAD], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        found.append(float(done.stdout))
    return found


def main() -> None:
    from agent.brief import Brief
    from agent.checks import check
    from agent.checks.compliance import examine
    from agent.context import Context
    from agent.copies import ArticleCopy, Section
    from knowledge_base.rules.law import load_rules

    with tempfile.TemporaryDirectory() as folder:
        cold = load_seconds(Path(folder), 1)[0]
        warm = statistics.median(load_seconds(Path(folder), 7))
    print(
        f"load of all rules, imports and automata included: warm {warm * 1000:.0f} ms (target < 150), cold {cold:.2f} s"
    )

    book = load_rules()
    short, long = texts(2000, 40), texts(60, 2000)
    print(f"Moments texts of 40 字: {rate(lambda t: examine(t, 'ad', book=book), short):,.0f}/s (target >= 2,000)")
    print(f"articles of 2,000 字, law rules: {rate(lambda t: examine(t, 'article', book=book), long):,.0f}/s")
    plain = rate(lambda t: examine(t, "article", book=book, sound=False), long)
    print(f"articles of 2,000 字, law rules without pinyin: {plain:,.0f}/s")

    from datetime import date

    brief = Brief(channel="article", form="article", today=date(2026, 11, 22))

    def whole(text: str) -> object:
        parts = tuple(Section(f"第{i}节", text[i * 400 : (i + 1) * 400]) for i in range(5))
        copy = ArticleCopy(
            title="冷水也能化开的咖啡", titles=(), digest="图书馆没有热水的早上", sections=parts, cta="去逛逛"
        )
        return check(copy, brief, Context())

    print(f"articles of 2,000 字, every deterministic check: {rate(whole, long[:30]):,.0f}/s (target >= 60)")

    times = {}
    for size in (10_000, 100_000, 1_000_000):
        text = texts(1, size)[0]
        start = time.perf_counter()
        examine(text, "article", book=book)
        times[size] = time.perf_counter() - start
    growth = times[1_000_000] / times[10_000] / 100
    shown = ", ".join(f"{size // 1000}k 字 {seconds:.3f} s" for size, seconds in times.items())
    print(f"growth: {shown}; 100 times the length costs {growth:.2f} x 100 (1 is linear)")


if __name__ == "__main__":
    main()
