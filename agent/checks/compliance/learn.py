"""Learns the likeness model from the examples: `python -m agent.checks.compliance.learn`.

Logistic regression with an L2 penalty, both labels weighted alike, solved to the end: the same examples give the same
weights on any machine, up to the last printed digit. For the areas it keeps how often a character or pair stands in the
violations of each.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agent.checks.compliance.fold import fold
from agent.checks.compliance.likeness import features
from knowledge_base.errors import BadInputError
from knowledge_base.rules.law import LAW_DIR, LIKENESS_NAME

EXAMPLES_NAME = "likeness.examples.txt"
THRESHOLD = 0.5
"""Chosen on sentences kept out of the examples: ordinary copy stays below it in 98 of 100 cases."""
_LEAST_SEEN = 2
_STRENGTH = 12.0
"""Inverse of the penalty."""
_DIGITS = 2


class Example(NamedTuple):
    area: str
    """"-" for none in particular."""
    bad: bool
    text: str


def read(path: Path) -> list[Example]:
    """The examples of a file. Raises BadInputError naming the line."""
    area, found = "-", []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("//"):
            continue
        kind, _, text = line.partition(" ")
        if kind == "#":
            area = text
        elif kind in ("V", "L") and text:
            found.append(Example(area, kind == "V", text))
        else:
            raise BadInputError("例句要写成“V 文案”或“L 文案”", file=path.name, row=number, hint="# 开头的是领域。")
    return found


def learn(examples: Sequence[Example]) -> dict[str, Any]:
    """The model as the rules folder keeps it."""
    grams = [features(fold(example.text).text) for example in examples]
    seen = Counter(gram for one in grams for gram in one)
    known = sorted(gram for gram, count in seen.items() if count >= _LEAST_SEEN)
    weights, bias = _fit(grams, [example.bad for example in examples], known)
    counts = _areas(examples, grams)
    names = sorted(counts)
    return {
        "examples": len(examples),
        "bias": round(bias, _DIGITS),
        "threshold": THRESHOLD,
        "areas": {area: counts[area].total() for area in names},
        "grams": known,
        "weights": [round(weights[g], _DIGITS) for g in known],
        "counts": [_code(g, counts, names) for g in known],
    }


def _fit(grams: Sequence[frozenset[str]], bad: Sequence[bool], known: Sequence[str]) -> tuple[dict[str, float], float]:
    import numpy as np
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    place = {gram: i for i, gram in enumerate(known)}
    rows = [sorted(place[g] for g in one if g in place) for one in grams]
    values = np.concatenate([np.full(len(row), 1 / max(1, len(row)) ** 0.5) for row in rows])
    starts = np.cumsum([0, *map(len, rows)])
    x = csr_matrix(
        (values, np.concatenate([np.array(row, dtype=int) for row in rows]), starts), (len(rows), len(known))
    )
    y = np.where(np.array(bad), 1.0, -1.0)
    weigh = np.where(y > 0, len(y) / (2 * (y > 0).sum()), len(y) / (2 * (y < 0).sum()))

    def loss(point: Any) -> tuple[float, Any]:
        w, b = point[:-1], point[-1]
        margin = y * (x @ w + b)
        slope = -_STRENGTH * weigh * y / (1 + np.exp(np.clip(margin, -50, 50)))
        total = _STRENGTH * (weigh * np.logaddexp(0, -margin)).sum() + 0.5 * w @ w
        return float(total), np.append(x.T @ slope + w, slope.sum())

    options = {"maxiter": 4000, "maxfun": 8000, "ftol": 1e-13, "gtol": 1e-7}
    found = minimize(loss, np.zeros(len(known) + 1), jac=True, method="L-BFGS-B", options=options).x
    return dict(zip(known, map(float, found[:-1]), strict=True)), float(found[-1])


def _areas(examples: Sequence[Example], grams: Sequence[frozenset[str]]) -> dict[str, Counter[str]]:
    """How often each character or pair stands in the violations of each area."""
    counts: dict[str, Counter[str]] = {}
    for example, one in zip(examples, grams, strict=True):
        if example.bad and example.area != "-":
            counts.setdefault(example.area, Counter()).update(one)
    return counts


def _code(gram: str, counts: Mapping[str, Counter[str]], names: Sequence[str]) -> str:
    """The counts of one character or pair: a letter for the area and a digit, nine at most, for each."""
    return "".join(
        f"{chr(ord('a') + i)}{min(9, counts[area][gram])}" for i, area in enumerate(names) if counts[area][gram]
    )


def main(folder: Path = LAW_DIR) -> None:
    """Writes the model beside its examples."""
    model = learn(read(folder / EXAMPLES_NAME))
    text = json.dumps(model, ensure_ascii=False, separators=(",", ":"))
    (folder / LIKENESS_NAME).write_text(text + "\n", encoding="utf-8")
    print(f"{model['examples']} 条例句，{len(model['grams'])} 个特征", file=sys.stderr)


if __name__ == "__main__":
    main()
