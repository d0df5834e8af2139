"""`wenan audience` with what drafts: the audience's own commands and the ones of this room, one line each."""

from __future__ import annotations

from agent.erasers import register
from knowledge_base.audience.audience_commands import HELP
from knowledge_base.audience.mounts import ACT, DATA, MOUNTS, audience_group
from knowledge_base.chinese_cli import App

DRAFTING = {
    "personas": ("agent.audience.persona_commands:app", ACT, "人群变成画像：每句话都有数字，人改过的保留。"),
    "demo": ("agent.audience.demo:app", DATA, "造一家虚构的店，从导出文件一直走到一条朋友圈。"),
    "watch": ("agent.watch_commands:app", ACT, "盯着行为流，触发条件满足就写一稿放进待审。"),
}

app = App(cls=audience_group(MOUNTS | DRAFTING), no_args_is_help=True, help=HELP)


@app.callback()
def audience() -> None:
    """人群：导入行为数据，看懂分群、意向和消息，用在文案里。"""
    register()
