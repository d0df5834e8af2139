"""A scorer of one's own: `file.py:function` or `package.module:function`, called with what built-in scorers see.

The function takes a `Sampled` and returns a number, True or False, a Score, several Scores, a mapping with value and
optionally passed and explanation, or None where it does not apply. It runs in this process, with this user's rights:
name only files you trust. What goes wrong in it is reported as a score without value, never as a zero.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import math
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from evals.records import Sampled, Score, Tier
from knowledge_base.errors import BadInputError

_HINT = "写成 文件.py:函数 或 模块:函数，函数收一个 Sampled，返回 0 到 1 的数。"


class PythonScorer:
    """`spec` as written in the suite; files are looked up from `folder`. An attribute `tier` of the function counts."""

    def __init__(self, spec: str, folder: Path | None = None) -> None:
        """Raises BadInputError when there is no such file, module or function, or the file cannot be run."""
        self._function = load(spec, folder or Path.cwd())
        self.spec = spec
        self.name = f"python.{spec.rpartition(':')[2]}"
        tier: Tier = getattr(self._function, "tier", "quality")
        self.tier = tier if tier in get_args(Tier) else "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        try:
            return self._scores(self._function(sampled))
        except (Exception, SystemExit) as error:
            return (Score(self.name, None, explanation=f"{self.spec} 出错：{_told(error)}"),)

    def _scores(self, answer: Any) -> tuple[Score, ...]:
        if answer is None:
            return ()
        if isinstance(answer, Score):
            return (self._checked(answer),)
        if isinstance(answer, Mapping):
            return (self._of_mapping(answer),)
        if isinstance(answer, tuple | list):
            return tuple(self._checked(one) for one in answer)
        if isinstance(answer, bool):
            return (Score(self.name, float(answer), answer),)
        return (self._checked(Score(self.name, self._number(answer))),)

    def _of_mapping(self, answer: Mapping[str, Any]) -> Score:
        if "value" not in answer:
            raise TypeError("返回的字典里没有 value")
        value, passed = answer["value"], answer.get("passed")
        if passed is not None and not isinstance(passed, bool):
            raise TypeError("passed 要是 True、False 或 None")
        number = None if value is None else self._number(value)
        return self._checked(Score(self.name, number, passed, str(answer.get("explanation", ""))))

    def _checked(self, score: Any) -> Score:
        if not isinstance(score, Score):
            raise TypeError(f"返回了 {type(score).__name__}，不是分数")
        named = score if score.scorer.startswith("python.") else replace(score, scorer=f"python.{score.scorer}")
        if named.value is None:
            return named
        if not math.isfinite(self._number(named.value)):
            return replace(named, value=None, passed=None, explanation=f"返回了 {named.value}，不是有限的数")
        return replace(named, value=float(named.value))

    def _number(self, value: Any) -> float:
        if isinstance(value, str | bytes) or not hasattr(value, "__float__"):
            raise TypeError(f"返回了 {type(value).__name__}，不是数")
        return float(value)


def is_python(name: str) -> bool:
    """Whether a scorer's name means a function of the user's."""
    return ":" in name


def load(spec: str, folder: Path) -> Callable[[Sampled], Any]:
    """The function a spec names. The last colon parts it, so that C:\\评测\\x.py:f works."""
    place, _, function = spec.rpartition(":")
    if not place or not function.isidentifier():
        raise BadInputError(f"看不懂评分器「{spec}」", hint=_HINT)
    module = _file(spec, place, folder) if place.endswith(".py") else _module(spec, place)
    found = getattr(module, function, None)
    if not callable(found):
        known = [name for name, one in vars(module).items() if callable(one) and not name.startswith("_")][:8]
        raise BadInputError(f"{place} 里没有函数 {function}", hint=f"里面有：{'、'.join(known) or '一个也没有'}。")
    loaded: Callable[[Sampled], Any] = found
    return loaded


def _file(spec: str, place: str, folder: Path) -> ModuleType:
    path = Path(place) if Path(place).is_absolute() else folder / place
    if not path.is_file():
        raise BadInputError("没有这个文件", file=str(path), hint=_HINT)
    name = f"wenan_scorer_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise BadInputError("这个文件不能当 Python 读", file=str(path), hint=_HINT)
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module  # dataclasses in the file look their module up
    try:
        found.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise BadInputError(
            f"评分器 {spec} 打不开：{_told(error)}", file=str(path), hint="改好这个文件再跑。"
        ) from error
    return module


def _module(spec: str, place: str) -> ModuleType:
    try:
        return importlib.import_module(place)
    except (Exception, SystemExit) as error:
        raise BadInputError(f"评分器 {spec} 打不开：{_told(error)}", hint=_HINT) from error


def _told(error: BaseException) -> str:
    """Type, message and the line it came from, on one line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"（{Path(frames[-1].filename).name} 第 {frames[-1].lineno} 行）" if frames else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}{place}"
