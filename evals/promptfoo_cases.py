"""promptfoo's tests as cases: defaults merged, lists of values multiplied out, CSV rows read with their __expected."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evals.promptfoo_assert import UNSUPPORTED, assertion, csv_assertion
from evals.promptfoo_prompts import fill_text
from evals.promptfoo_read import Folder, LeftOutError, Notes, items, mapping

MOST_CASES = 20_000
CHANGES_ANSWER = ("transform", "postprocess", "prefix", "suffix", "transformVars")
"""Options after which an assertion would speak of another text than the model's."""
_TEST_PARTS = {"vars", "assert", "description", "options", "threshold", "metadata"}
_EXPECTED = re.compile(r"__expected\d*$")


@dataclass(frozen=True, slots=True)
class Written:
    place: str
    data: Mapping[str, Any]


def read_cases(config: Mapping[str, Any], folder: Folder, notes: Notes) -> list[dict[str, Any]]:
    """Cases as a suite file holds them. Raises LeftOutError for more than `MOST_CASES`."""
    default = mapping(_default(config.get("defaultTest"), folder, notes), "defaultTest", notes)
    common = mapping(default.get("vars"), "defaultTest.vars", notes)
    cases: list[dict[str, Any]] = []
    for test in _tests(config.get("tests"), folder, notes) or [Written("tests", {})]:
        own = mapping(test.data.get("vars"), f"{test.place}.vars", notes)
        for key in test.data.keys() - _TEST_PARTS:
            notes.leave(f"{test.place}.{key}", "用例的这一项这里不支持")
        spoiled = [*_changes(default, "defaultTest", notes), *_changes(test.data, test.place, notes)]
        for place, data in (("defaultTest", default), (test.place, test.data)):
            if data.get("threshold") not in (None, 1):
                notes.leave(f"{place}.threshold", "按权重算总分的门槛；这里每条断言单独算，请改用 gates")
        for values in _combinations({**common, **own}, test.place, folder, notes):
            if len(cases) >= MOST_CASES:
                raise LeftOutError(f"乘出来的用例超过 {MOST_CASES} 条")
            cases.append(_case(len(cases) + 1, values, default, test, spoiled, folder, notes))
    return cases


def _case(
    number: int,
    values: dict[str, Any],
    default: Mapping[str, Any],
    test: Written,
    spoiled: list[str],
    folder: Folder,
    notes: Notes,
) -> dict[str, Any]:
    def fill(text: str) -> str:
        return fill_text(text, values)

    wanted: list[dict[str, Any]] = []
    for place, data in (("defaultTest", default), (test.place, test.data)):
        for i, one in enumerate(items(data.get("assert")), 1):
            found = assertion(one, f"{place}.assert[{i}]", folder, fill, notes)
            # An assertion on changed text says nothing of the answer as it came.
            wanted += (
                [{"kind": UNSUPPORTED, "value": f"{one['kind']}：答案要先经过 {spoiled[0]}"} for one in found]
                if spoiled
                else found
            )
    about = str(test.data.get("description") or "")
    case: dict[str, Any] = {
        "id": f"t{number:03}",
        "brief": {"notes": json.dumps(values, ensure_ascii=False)},
        "expect": {"assertions": wanted} if wanted else {},
        "tags": ["promptfoo"],
        "note": f"{about}（{test.place}）" if about else test.place,
    }
    return {key: value for key, value in case.items() if value}


def _default(written: Any, folder: Folder, notes: Notes) -> Any:
    if isinstance(written, str):
        try:
            return folder.data(folder.paths(written)[0])
        except LeftOutError as problem:
            notes.leave("defaultTest", str(problem))
            return None
    return written


def _tests(written: Any, folder: Folder, notes: Notes, place: str = "tests") -> list[Written]:
    found: list[Written] = []
    for number, one in enumerate(items(written), 1):
        here = f"{place}[{number}]" if isinstance(written, list) else place
        if isinstance(one, Mapping):
            found.append(Written(here, {str(key): value for key, value in one.items()}))
            continue
        try:
            if not isinstance(one, str):
                raise LeftOutError("用例要写成“vars: …”，或一个文件")
            for path in folder.paths(re.sub(r"(\.(?:py|js|ts)):\w+$", r"\1", one)):
                if path.suffix.lower() == ".csv":
                    found += [_row(row, f"{path.name} 第 {line} 行", notes) for line, row in folder.rows(path)]
                else:
                    data = folder.data(path)
                    if isinstance(data, str):
                        raise LeftOutError(f"{path.name}：用例文件要是 CSV、YAML、JSON 或 JSONL")
                    found += _tests(data if isinstance(data, list) else [data], folder, notes, path.name)
        except LeftOutError as problem:
            notes.leave(here, str(problem))
    return found


def _row(row: Mapping[str, str], place: str, notes: Notes) -> Written:
    data: dict[str, Any] = {"vars": {}, "assert": []}
    for column, cell in row.items():
        name = column.strip()
        if _EXPECTED.match(name):
            if cell.strip():
                data["assert"].append(csv_assertion(cell))
        elif name == "__description":
            data["description"] = cell
        elif name.startswith("__"):
            if cell.strip():
                notes.leave(f"{place} {name}", "这一列这里不支持")
        elif name:
            data["vars"][name] = cell
    return Written(place, data)


def _changes(data: Mapping[str, Any], place: str, notes: Notes) -> list[str]:
    """Options that change prompt or answer; each is told."""
    options = mapping(data.get("options"), f"{place}.options", notes)
    found = []
    for key in options:
        notes.leave(
            f"{place}.options.{key}", "这里不支持" + ("；这些用例的断言都不判" if key in CHANGES_ANSWER else "")
        )
        if key in CHANGES_ANSWER:
            found.append(key)
    return found


def _combinations(values: dict[str, Any], place: str, folder: Folder, notes: Notes) -> Iterator[dict[str, Any]]:
    """promptfoo multiplies variables that are lists."""
    choices: list[list[Any]] = []
    for name, value in values.items():
        expanded: list[Any] = []
        for one in value if isinstance(value, list) else [value]:
            try:
                expanded += _loaded(one, folder)
            except LeftOutError as problem:
                notes.leave(f"{place}.vars.{name}", f"{problem}；填成空的")
                expanded.append("")
        choices.append(expanded)
    for chosen in itertools.product(*choices):
        yield {name: "" if one is None else one for name, one in zip(values, chosen, strict=True)}


def _loaded(value: Any, folder: Folder) -> list[Any]:
    if isinstance(value, str) and value.startswith("file://"):
        return [folder.data(path) for path in folder.paths(value)]
    return [value]
