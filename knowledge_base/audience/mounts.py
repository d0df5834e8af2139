"""What `wenan audience` offers: each command's module is imported only when the command is called.

A module that works on audience data adds its commands here, one line each: name -> (where, panel, one line of help).
Rooms above this one extend the same group (see `audience_group`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from knowledge_base.chinese_cli import ChineseCommand, ChineseGroup

if TYPE_CHECKING:
    from typer._click import Command, Context

Mounts = dict[str, tuple[str, str, str]]

DATA, PRIVACY, UNDERSTAND, ACT = "数据", "个人信息", "看懂人群", "用起来"

MOUNTS: Mounts = {
    "import": ("knowledge_base.audience.import_commands:import_app", DATA, "导入行为、订单、用户、消息。"),
    "status": ("knowledge_base.audience.import_commands:status_app", DATA, "现在有什么数据，清洗时改了什么。"),
    "features": ("knowledge_base.audience.features_commands:app", DATA, "每个人的特征：含义、单位、算出来的表。"),
    "synth": ("knowledge_base.audience.synthetic_commands:app", DATA, "造一家虚构的店，带标准答案，用来演示和检验。"),
    "train": ("knowledge_base.audience.train_commands:train_app", UNDERSTAND, "用自己的数据训练，赢了简单规则才用。"),
    "predict": (
        "knowledge_base.audience.predict_commands:predict_app",
        UNDERSTAND,
        "用训练好的模型预测每个人、每群人。",
    ),
    "segments": ("knowledge_base.audience.model_commands:segments_app", UNDERSTAND, "把行为相近的人分成群。"),
    "traits": ("knowledge_base.audience.model_commands:traits_app", UNDERSTAND, "有什么特征的人更可能买。"),
    "lifetime": ("knowledge_base.audience.model_commands:lifetime_app", UNDERSTAND, "顾客还会不会回来，会买几次。"),
    "fairness": ("knowledge_base.audience.model_commands:fairness_app", UNDERSTAND, "对性别、年龄、地区公不公平。"),
    "forget": (
        "knowledge_base.audience.privacy_commands:forget_app",
        PRIVACY,
        "从所有数据里删掉一个人，并证明删干净了。",
    ),
    "lock": ("knowledge_base.audience.lock_commands:lock_app", PRIVACY, "把人群数据加密锁起来。"),
    "unlock": ("knowledge_base.audience.lock_commands:unlock_app", PRIVACY, "解开锁起来的人群数据。"),
    "publish": ("knowledge_base.audience.publish_commands:app", PRIVACY, "给店外的人看的人数：加噪声，预算记着。"),
    "why": ("knowledge_base.audience.privacy_commands:why_app", PRIVACY, "一个人的数据、分群和推荐，逐项说明原因。"),
    "messages": ("knowledge_base.audience.message_commands:messages_app", UNDERSTAND, "客户消息的情感和意图。"),
    "topics": ("knowledge_base.audience.message_commands:topics_app", UNDERSTAND, "客户在说什么，哪些抱怨变多了。"),
    "forecast": ("knowledge_base.audience.insight_commands:forecast_app", UNDERSTAND, "每天订单的预测和误差。"),
    "report": ("knowledge_base.audience.report_commands:app", ACT, "一页讲清楚：漏斗、人群、预测、消息、公平和隐私。"),
    "timing": ("knowledge_base.audience.insight_commands:timing_app", ACT, "什么渠道、几点发最好，证据是什么。"),
    "recommend": ("knowledge_base.audience.recommend_commands:app", ACT, "给人或画像推荐商品、文章和券，说明原因。"),
    "mine-faq": ("knowledge_base.audience.message_commands:faq_app", ACT, "客服记录变成候选问答，等人确认。"),
}


def audience_group(mounts: Mounts) -> type[ChineseGroup]:
    """A Typer group class with lazily imported commands. Names whose module does not exist are an ordinary bug."""

    class AudienceGroup(ChineseGroup):
        def list_commands(self, ctx: Context) -> list[str]:
            return list(mounts)

        def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
            """A stand-in with name and help, enough for `--help` and suggestions."""
            if cmd_name not in mounts:
                return None
            _, panel, text = mounts[cmd_name]
            return ChineseCommand(name=cmd_name, help=text, rich_help_panel=panel, callback=lambda: None)

        def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
            name, *rest = args
            if name not in mounts:
                return super().resolve_command(ctx, args)
            return name, load(mounts, name), rest

    return AudienceGroup


def load(mounts: Mounts, name: str) -> Command:
    """The command itself, its module imported."""
    from typer.main import get_command

    module, _, attribute = mounts[name][0].partition(":")
    command = get_command(getattr(import_module(module), attribute))
    command.name = name
    return command
