"""The command line itself: help in Chinese, near misses, exit codes, nothing but results on stdout."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from typer.main import get_command

import cli
from tests.conftest import Ran

Wenan = Callable[..., Ran]


def commands_below() -> list[tuple[str, ...]]:
    """Every command and group path of the running program."""
    found: list[tuple[str, ...]] = []
    for name in cli.COMMANDS:
        command = cli._load(name)
        found.append((name,))
        found += [(name, sub) for sub in getattr(command, "commands", {})]
    return found


@pytest.mark.parametrize("path", [(), *commands_below()], ids=" ".join)
def test_every_help_page_is_chinese(wenan: Wenan, path: tuple[str, ...]) -> None:
    ran = wenan(*path, "--help")
    assert ran.code == 0
    assert ran.out.startswith("用法：wenan")
    assert not re.search(r"\b(Usage|Options|Commands|Arguments|Show this|default:)", ran.out)
    assert re.search(r"[\u4e00-\u9fff]{4}", ran.out.split("\n", 2)[2])


def test_root_lists_every_command_with_its_own_first_help_line() -> None:
    for name, (_, _, text) in cli.COMMANDS.items():
        command = cli._load(name)
        assert command.name == name
        assert text.endswith("。")


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["momnets"], 2, "moments"),
        (["zzz"], 2, "wenan --help"),
        (["moments", "--prodcut", "x"], 2, "--product"),
        (["moments", "--n", "many"], 2, "--n"),
        (["moments", "--n", "0"], 2, "--n"),
        (["moments"], 2, "--product"),
        (["reply"], 2, "--message"),
        (["kb", "serach", "x"], 2, "kb --help"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage_errors_name_the_mistake_and_the_way_out(
    wenan: Wenan, workspace_dir: object, args: list[str], code: int, says: str
) -> None:
    ran = wenan(*args)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert re.fullmatch(r"wenan \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise ZeroDivisionError

    command = get_command(cli.app)
    monkeypatch.setattr(cli, "get_command", lambda _: command)
    monkeypatch.setattr(command, "invoke", lambda _: broken())
    with pytest.raises(ZeroDivisionError):
        cli.run(["models", "list"])
