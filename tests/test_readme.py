"""Every `wenan` line of README runs as written, on files like those a reader would have."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge_base import sample
from tests.conftest import Ran

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
NEEDS_A_KEY = re.compile(r"--model deepseek|models check")
SETUP = ("wenan init", "wenan demo")


def readme_commands() -> list[str]:
    """Commands of code blocks and of the table, comments off, in reading order."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.S)
    lines = [line.split("  #")[0].split("    #")[0].strip() for block in blocks for line in block.splitlines()]
    lines += re.findall(r"\| `(wenan [^`]+)` \|", README)
    return [line for line in lines if line.startswith("wenan ") and not line.startswith(SETUP)]


@pytest.fixture
def reader(sample_dir: Path) -> Path:
    """The files README speaks of."""
    from docx import Document

    shutil.copy(sample.FOLDER / "exports" / "店铺导出.csv", sample_dir / "商品.csv")
    shutil.copy(sample.FOLDER / "personas.yaml", sample_dir / "人设.yaml")
    shutil.copytree(sample.FOLDER / "articles", sample_dir / "旧文章")
    for name, text in (("售后.docx", "签收 7 天内可以退货。"), ("需求.docx", "推一下冻干黑咖啡，给备考研究生看")):
        document = Document()
        document.add_paragraph(text)
        document.save(str(sample_dir / name))
    plan = re.search(r"```yaml\n(name: 双11预热.*?)```", README, re.S)
    assert plan is not None
    (sample_dir / "双11.yaml").write_text(plan[1], encoding="utf-8")
    event = '{"用户": "U1", "时间": "2026-11-20 10:00:00", "行为": "加购", "商品": "p-oat"}'
    (sample_dir / "events.jsonl").write_text(event + "\n", encoding="utf-8")
    (sample_dir / "终稿.txt").write_text("早八前，冷水三秒一杯。\n", encoding="utf-8")
    return sample_dir


def test_commands_of_readme_run(wenan: Callable[..., Ran], reader: Path) -> None:
    commands = [line for line in readme_commands() if not NEEDS_A_KEY.search(line)]
    assert len(commands) >= 12
    # A shop's exports, as the audience commands take them.
    assert wenan("audience", "synth", ".", "--users", "500").code == 0
    for line in commands:
        ran = wenan(*shlex.split(line)[1:])
        assert ran.code == 0, f"{line}\n{ran.out}{ran.err}"


def test_make_targets_of_readme_exist() -> None:
    makefile = (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make (\w+)", README)) - {"PYTHON"}:
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_links_of_readme_lead_somewhere() -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)", README):
        assert (Path(__file__).parent.parent / link).exists(), link
