"""Which run a person means, and what its suite says of the cases."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path

from evals.database import EvalsDb
from evals.records import Expectation, Run
from evals.suite import load_suite
from knowledge_base.errors import BadInputError, UnknownIdError
from knowledge_base.workspace import Workspace

RUN_FIRST = "先跑一次，例如 wenan eval run moments；用 wenan eval list 看跑过的。"


def find_run(db: EvalsDb, wanted: str) -> Run:
    """The run of an id, `last`, or the newest run of a suite's name or file. Raises UnknownIdError or BadInputError."""
    try:
        return db.run(wanted)
    except UnknownIdError as error:
        if wanted.partition("~")[0] == "last":
            raise BadInputError(
                "还没有跑过评测" if wanted == "last" else f"没有那么早的评测：{wanted}", hint=RUN_FIRST
            ) from error
        name = Path(wanted).stem
        for line in db.runs():
            if line.suite in (wanted, name):
                return db.run(line.id)
        raise BadInputError(f"没有这次评测，也没有跑过评测集「{wanted}」", hint=RUN_FIRST) from error


def expectations(run: Run, workspace: Workspace) -> Mapping[str, Expectation]:
    """What the suite says of each case, empty when its file is gone or has changed since."""
    file = str(run.settings.get("file") or "")
    if not file or not Path(file).is_file():
        return {}
    try:
        suite = load_suite(file, workspace)
    except BadInputError:
        return {}
    return {case.id: case.expect for case in suite.cases} if suite.sha256 == run.suite_sha256 else {}


def labeller(named: str, workspace: Workspace) -> str:
    """Whose labels these are: as named, `labeller` in [eval] of wenan.toml, or the user of this computer."""
    configured = workspace.section("eval").get("labeller", "")
    name = named.strip() or (configured.strip() if isinstance(configured, str) else "")
    if name:
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise BadInputError("不知道你是谁", hint="加 --by 名字。") from error
