"""`wenan init` and `wenan config show`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.chinese_cli import App

init_app = App()
config_app = App(no_args_is_help=True, help="查看当前设置。")

CONFIG_TEMPLATE = """\
# wenan 工作区设置。删掉行首的 # 就生效。密钥只放环境变量，不写在这里。

# [model]
# default = "deepseek"          # 默认模型档案；不写就用离线模板，或按环境变量 WENAN_MODEL

# [models.deepseek]             # 一个模型档案；wenan models list 看全部预设
# preset = "deepseek"           # 中文档案名要加引号：[models."便宜"]
# temperature = 0.8

# [review]
# require = ["法务"]             # 导出成品前要谁通过；不写就不用
# roles = ["法务", "主管"]

# [knowledge_base]
# chroma_url = "http://127.0.0.1:8000"   # 用 Chroma 服务器；不写就存在 .wenan/ 里
"""

PRODUCTS_TEMPLATE = """\
商品编号,商品名称,品牌,类目,售价,价格日期,规格,卖点,使用场景
"""

PERSONAS_TEMPLATE = """\
# 一条一个人设。写得越具体，文案越像写给一个人。
# - id: 夜班护士
#   name: 夜班护士
#   who: 27 岁，三班倒，住医院宿舍
#   needs: [下夜班能马上吃上一口热的]
#   pains: [凌晨四点食堂关了]
#   scenes: [凌晨四点，护士站的灯最亮]
#   language: [说话直接，不爱听口号]
#   objections: [热量高不高]
[]
"""


@init_app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="工作区文件夹；没有就新建。")] = Path(),
) -> None:
    """建一个工作区：设置文件和两张可以直接填的表。已有的文件不动。"""
    from agent.storage.files import write_pieces
    from knowledge_base.console import err

    made = []
    for name, content in (
        ("wenan.toml", CONFIG_TEMPLATE),
        ("资料/products.csv", "\ufeff" + PRODUCTS_TEMPLATE),
        ("资料/personas.yaml", PERSONAS_TEMPLATE),
    ):
        path = folder / name
        if not path.exists():
            write_pieces(path, [content])
            made.append(name)
    err().print(f"工作区：{folder.resolve()}", markup=False, soft_wrap=True)
    for name in made:
        err().print(f"  新建 {name}", markup=False)
    err().print("接着：把商品填进 资料/products.csv（也可以直接用店铺导出的表），再运行", style="dim")
    err().print("  wenan kb add 资料\n  wenan moments --product 商品名 --persona 人设名", style="dim")


@config_app.callback()
def config() -> None:
    """查看当前设置。"""


@config_app.command("show")
def show() -> None:
    """列出生效的设置和它们的来处。密钥只显示有没有。"""
    from agent.models.profiles import describe_profiles
    from agent.tokens import default_counter
    from knowledge_base.console import out
    from knowledge_base.workspace import CONFIG_NAME, Workspace

    workspace = Workspace.find()
    counter = default_counter()
    config = workspace.root / CONFIG_NAME
    rows = [
        ("工作区", str(workspace.root)),
        ("设置文件", str(config) if config.is_file() else "没有（全部用默认值）"),
        ("数据", str(workspace.data)),
        ("提示词", "；".join(str(path) for path in workspace.templates if path.is_dir())),
        ("数 token", counter.name + ("" if counter.exact else "（估算）")),
        *describe_profiles(workspace),
    ]
    width = max(_columns(name) for name, _ in rows)
    for name, value in rows:
        out().print(f"{name}{' ' * (width - _columns(name) + 2)}{value}", markup=False, soft_wrap=True)


def _columns(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)
