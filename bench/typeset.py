"""Typesetting an article of 5,000 字 against the Markdown library's own parse and render, interleaved in one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from agent.channels.lint.check import lint_html
from agent.channels.lint.simulate import simulate
from agent.channels.typeset.article import typeset
from agent.channels.typeset.markdown import parser
from agent.channels.typeset.theme import load_theme

RUNS = 40
TARGET = 3.0
_PROSE = (
    "早上七点开门，门口已经站了{n}个人。一个要一把伞，一个只是进来躲雨。老板把木凳往里挪了挪，说：“坐，不买也行。”"
    "（他总这么说）雨越下越大，屋檐下又多了两双湿透的鞋，谁也没有催谁，水壶在炉子上慢慢响起来。\n\n"
    "凳子是**杉木**的，高42厘米，坐上去*刚好能系鞋带*。三年没修过，漆倒是补过一次；原价128元，现在卖99元，"
    "附一张保养说明。梅雨季别靠墙放，留一掌宽的缝，木头要喘气，这话是隔壁修伞的老人讲的，他讲了三十年。\n\n"
    "后来我们把凳子带回了家，放在阳台的角上。晚饭以后，一个人坐着剥豆子，一个人站着收衣服，天色从蓝变成灰，"
    "楼下的孩子喊第三遍才肯回家。说不上有什么特别，只是那几个月，谁也没有再提换一套新的桌椅。\n\n"
)
_PARTS = (
    "- 凳面厚2.4厘米，不上清漆\n- 四条腿各有一片毛毡\n  - 石板地上会磨损\n\n",
    "> “它最大的用处，是让人愿意多待一会儿。”\n\n",
    "| 款式 | 高 | 承重 |\n|---|:--:|--:|\n| 小凳 | 28 cm | 80 kg |\n| 大凳 | 42 cm | 120 kg |\n\n",
    "==三年没修过==，原价~~128元~~，见[保养说明](https://example.com/care/{n})[^{n}]。\n\n[^{n}]: 杉木会微微发胀。\n\n",
)


def article() -> str:
    """Markdown with 5,000 Chinese characters: prose in sections, and one of the other things in each."""
    text, n = "", 0
    while sum(not c.isascii() for c in text) < 5000:
        n += 1
        text += f"## 第{n}节：先说看得见的\n\n" + (_PROSE + _PARTS[n % len(_PARTS)]).replace("{n}", str(n))
    return text


def interleaved(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Median milliseconds of both, taken in turns after a warm-up."""
    times: tuple[list[float], list[float]] = ([], [])
    for i in range(RUNS + 2):
        for work, taken in zip((one, other), times, strict=True):
            start = time.perf_counter()
            work()
            if i >= 2:
                taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


def main() -> None:
    text, theme = article(), load_theme("bamboo")
    ours, library = interleaved(lambda: typeset(text, theme), lambda: parser().render(text))
    print(
        f"typeset / markdown-it-py render: {ours:.1f} ms / {library:.1f} ms = {ours / library:.2f} (target <= {TARGET})"
    )
    print(f"article: {sum(not c.isascii() for c in text):,} 字, {len(text):,} characters of Markdown")
    html = typeset(text, theme).html
    lint, simulated = interleaved(lambda: lint_html(html), lambda: simulate(html))
    print(f"of its {len(html):,} characters: lint {lint:.1f} ms, simulate {simulated:.1f} ms")


if __name__ == "__main__":
    main()
