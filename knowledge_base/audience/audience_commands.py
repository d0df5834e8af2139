"""`wenan audience`: from a shop's exports to what is known of its readers. The commands themselves are in mounts.py."""

from __future__ import annotations

from knowledge_base.audience.mounts import MOUNTS, audience_group
from knowledge_base.chinese_cli import App

HELP = "人群：导入行为数据，看懂分群、意向和消息，用在文案里。"

app = App(cls=audience_group(MOUNTS), no_args_is_help=True, help=HELP)


@app.callback()
def audience() -> None:
    """人群：导入行为数据，看懂分群、意向和消息，用在文案里。"""
