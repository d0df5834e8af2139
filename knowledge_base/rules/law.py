"""The law rules in force: shipped ones, a workspace's own, and its switches; compiled once per content.

`load_rules()` for the shipped rules; `workspace_rules(workspace)` adds `rules/*.yaml` and `[rules]` of wenan.toml:

    [rules]
    "absolute.superlative" = { severity = "warn", reason = "法务 2026-11 确认只提醒" }

The compiled book is kept as JSON in the user's cache folder, named by the hash of everything it was built from; a
missing or damaged one is rebuilt. Nothing executable is ever cached.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from knowledge_base.errors import BadInputError
from knowledge_base.rules.law_model import FORMS, RuleBook, Severity, book_from_data
from knowledge_base.workspace import CONFIG_NAME, Workspace

LAW_DIR = Path(__file__).with_name("law")
LIKENESS_NAME = "likeness.json"
COMPILER = 2
"""Raised when the compiler's output changes its meaning."""
_LEVELS = get_args(Severity)
_NO_SWITCHES = "{}"
_held: ContextVar[RuleBook | None] = ContextVar("held", default=None)


def load_rules() -> RuleBook:
    """The shipped rules."""
    return _book(_shipped())


def workspace_rules(workspace: Workspace) -> RuleBook:
    """Shipped rules plus the workspace's. Raises BadInputError naming file, rule and field."""
    return _workspace_book(_own_files(str(workspace.root / "rules")), _switches(workspace))


def current_rules() -> RuleBook:
    """The rules of the workspace one stands in; looks at file times only, so that each check may ask."""
    if (held := _held.get()) is not None:
        return held
    folder, switches = _found(*_here())
    return _workspace_book(_own_files(folder), switches)


def hold_rules() -> None:
    """From now on `current_rules()` is what it is now, whatever is edited: for a process that serves a single run."""
    _held.set(current_rules())


def current_version() -> str:
    """Version of `current_rules()`; shipped rules are not loaded for it."""
    folder, switches = _found(*_here())
    if _own_files(folder) or switches != _NO_SWITCHES:
        return current_rules().version
    return _shipped_version()


def lint_rules(workspace: Workspace, files: tuple[Path, ...] = ()) -> tuple[str, ...]:
    """Compiles everything afresh; what could be better, in Chinese. Raises BadInputError for what is wrong."""
    from knowledge_base.rules.law_compile import compile_book

    given = files or tuple(sorted((workspace.root / "rules").glob("*.yaml")))
    texts = dict(_shipped())
    for path in given:
        if path.resolve().parent == LAW_DIR:
            continue
        texts[f"rules/{path.name}"] = _read(path)
    book = book_from_data(compile_book(texts, "lint"))
    _switched(book, workspace.section("rules"))
    own = {f"rules/{path.name}" for path in given} if given else set(texts)
    rules = [rule for rule in book.rules if rule.origin in own]
    notes = [f"{rule.id}（{rule.origin}）没有反例，wenan rules test 测不到它" for rule in rules if not rule.bad]
    return tuple(notes)


def _here() -> tuple[str, str, int]:
    """What decides which workspace one stands in: folder, WENAN_HOME and the time of its wenan.toml."""
    here, home = os.getcwd(), os.environ.get("WENAN_HOME", "")  # noqa: PTH109 - half the time
    return here, home, _stamp(here, home)


@lru_cache(maxsize=8)
def _found(here: str, _home: str, _stamped: int) -> tuple[str, str]:
    """The folder of the workspace's own rules, and its switches."""
    workspace = Workspace.find(Path(here))
    return str(workspace.root / "rules"), _switches(workspace)


def _switches(workspace: Workspace) -> str:
    return json.dumps(dict(workspace.section("rules")), ensure_ascii=False, sort_keys=True, default=str)


def _own_files(folder: str) -> tuple[tuple[str, int], ...]:
    """The workspace's rule files in order, with their times. Plain strings: this is asked for every text checked."""
    try:
        with os.scandir(folder) as entries:
            return tuple(sorted((e.path, e.stat().st_mtime_ns) for e in entries if e.name.endswith(".yaml")))
    except OSError:
        return ()


def _stamp(here: str, home: str) -> int:
    """Changes when a wenan.toml at or above appears or changes."""
    for name in _configs(home or here, bool(home)):
        with suppress(OSError):
            return os.stat(name).st_mtime_ns  # noqa: PTH116
    return 0


@lru_cache(maxsize=8)
def _configs(start: str, named: bool) -> tuple[str, ...]:
    """Where wenan.toml may stand: in the folder named outright, or in one and those above it."""
    folder = Path(start).expanduser()
    return tuple(str(one / CONFIG_NAME) for one in ((folder,) if named else (folder, *folder.parents)))


@lru_cache(maxsize=8)
def _workspace_book(own: tuple[tuple[str, int], ...], switches: str) -> RuleBook:
    files = dict(_shipped())
    for path in (Path(name) for name, _ in own):
        files[f"rules/{path.name}"] = _read(path)
    book = _book(tuple(sorted(files.items())))
    wanted = json.loads(switches)
    return _switched(book, wanted) if wanted else book


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError("读不了规则文件", file=f"rules/{path.name}", hint="核对路径，用 UTF-8 保存。") from error


@lru_cache(maxsize=1)
def _shipped() -> tuple[tuple[str, str], ...]:
    return tuple(_read_shipped())


def _read_shipped() -> Iterator[tuple[str, str]]:
    for path in sorted((*LAW_DIR.glob("*.yaml"), LAW_DIR / LIKENESS_NAME)):
        yield path.name, path.read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _shipped_version() -> str:
    return _version(_read_shipped())


@lru_cache(maxsize=8)
def _book(files: tuple[tuple[str, str], ...]) -> RuleBook:
    version = _version(files)
    kept = _cache_file(version)
    with suppress(OSError, ValueError, KeyError, TypeError):
        data = json.loads(kept.read_text(encoding="utf-8"))
        if data["version"] == version:
            return book_from_data(data)
    from knowledge_base.rules.law_compile import compile_book

    data = compile_book(dict(files), version)
    _keep(kept, data)
    return book_from_data(json.loads(json.dumps(data)))


def _version(files: Iterable[tuple[str, str]]) -> str:
    digest = hashlib.sha256(f"{COMPILER}".encode())
    for name, text in files:
        digest.update(f"\0{name}\0{text}".encode())
    return digest.hexdigest()[:16]


def _cache_file(version: str) -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("wenan", appauthor=False)) / f"rules-{COMPILER}-{version}.json"


def _keep(path: Path, data: Mapping[str, Any]) -> None:
    """A read-only home is no reason to fail: the book is only slower to load."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}.tmp")
        fresh.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        fresh.replace(path)


def _switched(book: RuleBook, switches: Mapping[str, Any]) -> RuleBook:
    known = {rule.id for rule in book.rules}
    for name, entry in switches.items():
        if name not in known:
            raise BadInputError(
                f"没有规则 {name}", file=CONFIG_NAME, field=f"rules.{name}", hint="wenan rules list 看编号。"
            )
        if not isinstance(entry, Mapping) or entry.get("severity") not in (*_LEVELS, "off") or not entry.get("reason"):
            raise BadInputError(
                "改规则的严重程度要写 severity 和 reason",
                file=CONFIG_NAME,
                field=f"rules.{name}",
                hint='例如 "规则编号" = { severity = "warn", reason = "谁、为什么" }；还可用 block、info、off。',
            )
    rules = []
    for rule in book.rules:
        entry = switches.get(rule.id)
        if entry is None:
            rules.append(rule)
            continue
        # An "off" rule stays in place, so that rule numbers hold, and says nothing.
        level = entry["severity"]
        severity = {} if level == "off" else dict.fromkeys(entry.get("forms", FORMS), level)
        merged = severity if level == "off" else {**rule.severity, **severity}
        rules.append(replace(rule, severity=merged, reason=str(entry["reason"])))
    text = json.dumps(switches, ensure_ascii=False, sort_keys=True)
    version = hashlib.sha256(f"{book.version}\0{text}".encode()).hexdigest()[:16]
    return replace(book, rules=tuple(rules), version=version)
