"""The report as one HTML file that requests nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge_base.audience.report import figures
from knowledge_base.audience.report.drawn import drawn
from knowledge_base.audience.report.wording import privacy_title, title, trait_name

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
HEADINGS = {
    "funnel": "从阅读到购买", "segments": "人群", "propensity": "谁会买", "traits": "有什么特征的人更会买",
    "messages": "客户的情绪和问题", "topics": "在说什么、什么抱怨变多", "recommend": "推荐得准不准",
    "timing": "什么渠道发", "forecast": "订单预测", "lifetime": "还会不会回来", "fairness": "公平",
}  # fmt: skip


def page(found: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """`found`: from `gather`. `names`: item -> what people call it. Every text is escaped."""
    called = names or {}
    parts = []
    for name, heading in HEADINGS.items():
        section = found["sections"][name]
        missing = "missing" in section
        parts.append(
            {
                "name": name, "heading": heading, "values": section, "missing": missing,
                "title": f"还没有{section['missing']}" if missing else title(name, section, called),
                "drawn": {} if missing else drawn(name, section, called),
            }
        )  # fmt: skip
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=found,
            parts=parts,
            privacy_title=privacy_title(found["privacy"]),
            policy=POLICY,
            style=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
        )
    )


@cache
def _environment() -> Environment:
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "day": figures.day,
        "interval": figures.interval,
        "meaning": figures.meaning,
        "number": figures.number,
        "share": figures.share,
        "trait_name": trait_name,
        "whole": figures.whole,
    }
    return made
