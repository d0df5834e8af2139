"""Finds or fetches the public data sets that benches measure on. None of it ships or is copied into the project."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FETCHED = HERE / ".data"
INSURANCEQA = "insuranceqa_data==1.1"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Questions over a pool of answers."""

    pool: tuple[str, ...]
    questions: tuple[str, ...]
    relevant: tuple[frozenset[int], ...]
    """Of each question: places in the pool."""


def shared() -> Path:
    """The folder of public data: WENAN_BENCH_DATA, else `shared/data` beside the repository. May not exist."""
    named = os.environ.get("WENAN_BENCH_DATA")
    return Path(named) if named else HERE.parent.parent / "shared" / "data"


def insuranceqa(split: str) -> Ranking | None:
    """InsuranceQA in Chinese, `valid` or `test`, over the full pool; None when it can neither be found nor fetched."""
    folder = _insuranceqa_folder()
    if folder is None:
        return None
    answers = _gzipped(folder / "answers.json.gz")
    places = {id: place for place, id in enumerate(answers)}
    questions = _gzipped(folder / f"{split}.json.gz").values()
    return Ranking(
        pool=tuple(answer["zh"] for answer in answers.values()),
        questions=tuple(question["zh"] for question in questions),
        relevant=tuple(frozenset(places[id] for id in question["answers"]) for question in questions),
    )


def xquad() -> Ranking | None:
    """XQuAD in Chinese as passage retrieval; None when absent."""
    path = shared() / "xquad_zh" / "xquad.zh.json"
    if not path.is_file():
        return None
    paragraphs = [p for d in json.loads(path.read_text(encoding="utf-8"))["data"] for p in d["paragraphs"]]
    asked = [(qa["question"], place) for place, p in enumerate(paragraphs) for qa in p["qas"]]
    return Ranking(
        pool=tuple(p["context"] for p in paragraphs),
        questions=tuple(question for question, _ in asked),
        relevant=tuple(frozenset([place]) for _, place in asked),
    )


def lcqmc() -> list[tuple[str, str, int]] | None:
    """Pairs of the LCQMC test set, 1 when they mean the same; None when absent."""
    path = shared() / "sentence_pairs" / "LCQMC" / "test.txt"
    if not path.is_file():
        return None
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(left, right, int(same)) for left, right, same in rows if same.strip().isdigit()]


def _insuranceqa_folder() -> Path | None:
    spec = find_spec("insuranceqa_data")
    if spec and spec.origin:
        return Path(spec.origin).parent
    target = FETCHED / "insuranceqa"
    if not (target / "insuranceqa_data").is_dir():
        uv = Path(sys.executable).with_name("uv")
        command = [str(uv), "pip", "install", "--quiet", "--target", str(target), INSURANCEQA]
        if (
            not uv.is_file()
            or subprocess.run(command, check=False, env={**os.environ, "VIRTUAL_ENV": sys.prefix}).returncode
        ):
            return None
    return target / "insuranceqa_data"


def _gzipped(path: Path) -> Any:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)
