"""The `wenan` command: mounts each room's own commands lazily. No logic lives here."""

from __future__ import annotations

import contextlib
import io
import sys
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.main import get_command

from knowledge_base.chinese_cli import App, ChineseCommand, ChineseGroup, explain_usage
from knowledge_base.errors import UsageError, WenanError

if TYPE_CHECKING:
    from typer._click import Command, Context

WRITE, CHECK, SHOW, KNOW, ASK, KEEP = "写文案", "检查与审阅", "排版", "知识库与规则", "提示词、模型与评测", "记录与设置"

COMMANDS: dict[str, tuple[str, str, str]] = {
    "article": ("agent.commands:article_app", WRITE, "写一篇公众号文章。"),
    "moments": ("agent.commands:moments_app", WRITE, "写朋友圈广告或员工朋友圈。"),
    "reply": ("agent.commands:reply_app", WRITE, "写客服回复或评论回复。"),
    "revise": ("agent.log_commands:revise_app", WRITE, "按一句话修改某一稿的某一部分。"),
    "calendar": ("agent.calendar_commands:app", WRITE, "看接下来的节气、节日、大促和品牌日，几号该动笔。"),
    "campaign": ("evals.campaign_commands:app", WRITE, "批量写稿：按计划写、停、接着写。"),
    "repurpose": ("agent.repurpose_commands:app", WRITE, "把一稿改成企微、短信、视频号、小红书等处用的。"),
    "check": ("agent.check_commands:app", CHECK, "查一查现成的文案违不违规。"),
    "facts": ("agent.facts_commands:app", CHECK, "看某一稿的每个事实出自哪里。"),
    "review": ("agent.review_commands:review_app", CHECK, "把稿子做成审阅单，再把批好的读回来。"),
    "approve": ("agent.review_commands:approve_app", CHECK, "通过一稿。"),
    "reject": ("agent.review_commands:reject_app", CHECK, "退回一稿。"),
    "label": ("agent.label_commands:app", CHECK, "核对导出文件的 AI 标识和内容。"),
    "pii": ("knowledge_base.pii_commands:app", CHECK, "查文件里有没有个人信息。"),
    "typeset": ("agent.typeset_commands:typeset_app", SHOW, "把文章排成能贴进公众号编辑器的样子。"),
    "lint": ("agent.lint_commands:app", SHOW, "查编辑器会删掉、改掉什么，给最小的改法。"),
    "image": ("agent.image_commands:app", SHOW, "压图、裁封面、画文字封面、开配图需求单。"),
    "themes": ("agent.typeset_commands:themes_app", SHOW, "看排版主题，照着做一个自己的。"),
    "preview": ("agent.preview_commands:preview_app", SHOW, "看一稿发出来的样子，一按就能复制排版。"),
    "gallery": ("agent.preview_commands:gallery_app", SHOW, "把许多稿子排在一页里比较。"),
    "kb": ("knowledge_base.commands:app", KNOW, "往知识库里加资料、搜索、查看、删除。"),
    "brand": ("agent.brand_commands:app", KNOW, "从品牌自己的旧文章学语气。"),
    "audience": ("agent.audience_commands:app", KNOW, "人群：导入行为数据，看懂分群、意向和消息。"),
    "rules": ("agent.rules_commands:app", KNOW, "查看和试用广告法与渠道规则。"),
    "prompt": ("agent.prompt_commands:app", ASK, "查看、渲染、检查、比较提示词模板。"),
    "models": ("agent.model_commands:app", ASK, "列出和检测可用的模型。"),
    "eval": ("evals.commands:app", ASK, "评测：规则和文案到底好不好。"),
    "log": ("agent.log_commands:app", KEEP, "查看、搜索、导出写过的稿子。"),
    "init": ("agent.setup_commands:init_app", KEEP, "建一个工作区。"),
    "config": ("agent.setup_commands:config_app", KEEP, "查看当前设置。"),
    "demo": ("agent.demo:app", KEEP, "用自带的虚构品牌走一遍全流程。"),
}


class LazyRoot(ChineseGroup):
    """Knows its commands by name and one line of help; imports a command's room only when it is called."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """A stand-in with name and help, enough for `--help`, completion and suggestions."""
        if cmd_name not in COMMANDS:
            return None
        _, panel, text = COMMANDS[cmd_name]
        return ChineseCommand(name=cmd_name, help=text, rich_help_panel=panel, callback=lambda: None)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        name, *rest = args
        if name in COMMANDS:
            return name, _load(name), rest
        if name.startswith("-"):
            return super().resolve_command(ctx, args)
        near = get_close_matches(name, COMMANDS, n=3, cutoff=0.5)
        hint = f"是不是想用：{'、'.join(near)}？" if near else "用 wenan --help 看全部命令。"
        raise UsageError(f"没有命令「{name}」", hint=hint)


def _load(name: str) -> Command:
    module, _, attribute = COMMANDS[name][0].partition(":")
    command = get_command(getattr(import_module(module), attribute))
    command.name = name
    return command


app = App(
    cls=LazyRoot,
    name="wenan",
    help="文案：按商品和人设写微信文案，每个数字都有出处。没有密钥也能用（离线模板）。",
    no_args_is_help=True,
    add_completion=True,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"wenan {version('wenan')}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="显示版本。"),
) -> None:
    """文案：按商品和人设写微信文案，每个数字都有出处。没有密钥也能用（离线模板）。"""


def main(args: list[str] | None = None) -> None:
    """Runs one command line and exits with the code docs/architecture.md lists."""
    _use_safe_encodings()
    sys.exit(run(args))


def run(args: list[str] | None = None) -> int:
    """Runs one command line; explained errors go to stderr, bugs keep their traceback."""
    try:
        return int(get_command(app).main(args, prog_name="wenan", standalone_mode=False) or 0)
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            return 0
        return _explain(explain_usage(error))
    except typer.Abort:
        return 130
    except WenanError as error:
        return _explain(error)
    except BrokenPipeError:
        # The reader of our pipe (head, less) is gone; Python would complain once more at exit.
        with contextlib.suppress(Exception):
            sys.stdout = io.StringIO()
        return 0


def _explain(error: WenanError) -> int:
    from knowledge_base.console import err

    err().print(f"[bold red]出错了[/]：{_plain(error.message)}", soft_wrap=True)
    if error.hint:
        err().print(f"[dim]下一步[/]：{_plain(error.hint)}", soft_wrap=True)
    return error.exit_code


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


def _use_safe_encodings() -> None:
    """Consoles in GBK must not crash on emoji, and files and pipes must hold UTF-8."""
    streams: tuple[Any, ...] = (sys.stdout, sys.stderr)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


if __name__ == "__main__":
    main()
