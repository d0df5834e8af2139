"""`wenan audience lock` and `unlock`: the data as one encrypted file while nobody works on them."""

from __future__ import annotations

import os
import sys

import typer

from knowledge_base.chinese_cli import App

lock_app, unlock_app = App(), App()
VARIABLE = "WENAN_AUDIENCE_PASSPHRASE"
SHORTEST = 8


@lock_app.command()
def lock_data() -> None:
    """把人群数据（行为、订单、消息、特征、模型、触发）加密成一个文件，原文删掉。解锁之前别的 audience 命令都用不了。

    口令从环境变量 WENAN_AUDIENCE_PASSPHRASE 读，没有就问。忘了口令没有办法找回。
    删掉的原文在磁盘上可能还恢复得出来，怕被人拿走硬盘，请同时开整盘加密。
    """
    from knowledge_base.audience.privacy.lockbox import lock, locked
    from knowledge_base.console import err
    from knowledge_base.errors import UsageError
    from knowledge_base.workspace import Workspace

    _need()
    data = Workspace.find().data
    word = _passphrase(new=not locked(data))
    if len(word) < SHORTEST:
        raise UsageError(f"口令至少 {SHORTEST} 个字符", hint="用几个不相干的词连起来，好记又难猜。")
    with err().status("加密……"):
        found = lock(data, word)
    typer.echo(f"锁好了：{found.files} 个文件，{found.size / 1e6:.1f} MB。口令请另外保管，忘了就打不开。")


@unlock_app.command()
def unlock_data() -> None:
    """解开锁起来的人群数据。口令从环境变量 WENAN_AUDIENCE_PASSPHRASE 读，没有就问。"""
    from knowledge_base.audience.privacy.lockbox import unlock
    from knowledge_base.console import err
    from knowledge_base.workspace import Workspace

    _need()
    word = _passphrase(new=False)
    with err().status("解密……"):
        found = unlock(Workspace.find().data, word)
    typer.echo(f"解开了：{found.files} 个文件，{found.size / 1e6:.1f} MB。用完再运行 wenan audience lock。")


def _passphrase(*, new: bool) -> str:
    from knowledge_base.errors import UsageError

    if word := os.environ.get(VARIABLE, ""):
        return word
    if not sys.stdin.isatty():
        raise UsageError("没有口令", hint=f"在终端里运行，或设置环境变量 {VARIABLE}。")
    try:
        return str(typer.prompt("口令", hide_input=True, confirmation_prompt="再输一遍" if new else False, err=True))
    except typer.Abort as error:
        raise UsageError("没有输入口令", hint="再运行一次。") from error


def _need() -> None:
    from importlib.util import find_spec

    from knowledge_base.audience.extra import MissingExtraError

    if find_spec("cryptography") is None:
        raise MissingExtraError("加密要用 cryptography，现在没有安装", hint='安装：pip install "wenan[encrypt]"')
