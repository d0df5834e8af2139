"""Law rules on ordinary shop talk: how much of it is blocked, by which rules. Praise of shoppers stands in for copy.

What shoppers wrote about goods, meals and rooms they liked (`reviews`) is as near to plain shop copy as public data
comes: everyday nouns, prices and praise, nothing that a regulator punished. Some of it does hold superlatives that
would be unlawful in an advertisement (最好吃), so the share cannot be nought: findings of words (`absolute`) are told
apart from the rest, and from whole sentences judged by likeness. Skipped when the data is absent.
"""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.data import shared
from bench.retrieval import verdict

SAMPLE = 2000
LEAST, MOST = 12, 60
"""Characters: as long as a line of copy."""
TARGET = 0.15


def main() -> None:
    from agent.checks.compliance import examine

    praise = sorted(set(liked(shared() / "reviews")))
    if not praise:
        print("skipped: no reviews (WENAN_BENCH_DATA)")
        return
    texts = random.Random(7).sample(praise, min(SAMPLE, len(praise)))
    found = [[f for f in examine(text, "ad") if f.severity == "block"] for text in texts]
    blocked = sum(map(bool, found)) / len(texts)
    likely = sum(any(f.rule_id.endswith(".sounds_like") for f in one) for one in found) / len(texts)
    wording = sum(any(f.rule_id.startswith("absolute.") for f in one) for one in found) / len(texts)
    rules = Counter(rule for one in found for rule in {f.rule_id for f in one})
    print(f"{len(texts)} texts: blocked {blocked:.1%} (target <= {TARGET:.0%}) {verdict(blocked <= TARGET)};", end=" ")
    print(f"absolute wording {wording:.1%}, by likeness {likely:.1%}")
    print("most often: " + ", ".join(f"{rule} {count}" for rule, count in rules.most_common(12)))


def liked(folder: Path) -> Iterator[str]:
    """Texts with a good label, of a line's length. Nothing when the data is absent."""
    for rows in _tables(folder):
        for row in rows:
            text = " ".join((row.get("review") or "").split())
            if row.get("label") == "1" and LEAST <= len(text) <= MOST:
                yield text


def _tables(folder: Path) -> Iterator[Iterator[dict[str, str]]]:
    for path in sorted(folder.glob("*.csv")):
        yield csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    for path in sorted(folder.glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".csv"):
                    yield csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig")))


if __name__ == "__main__":
    main()
