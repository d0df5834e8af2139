"""Takes out of kept results whatever speaks of fewer than k people, whatever k they were made with.

Each takes the values of one section and k, and returns what may be shown with the number of groups left out.
"""

from __future__ import annotations

from typing import Any

Values = dict[str, Any]


def segments(report: Values, k: int) -> tuple[Values, int]:
    """Small segments go; in the others, categories and phrases of few people."""
    kept, gone = [], 0
    for one in report["segments"]:
        if one["size"] < k:
            gone += 1
            continue
        leanings = [row for row in one["leanings"] if row["here"] * one["size"] >= k]
        phrases = {name: [row for row in one[name] if row["people"] >= k] for name in ("sequences", "words")}
        gone += len(one["leanings"]) - len(leanings) + sum(len(one[name]) - len(rows) for name, rows in phrases.items())
        kept.append({**one, **phrases, "leanings": leanings})
    return {**report, "segments": kept}, gone + int(report.get("merged", 0) or 0)


def traits(report: Values, k: int) -> tuple[Values, int]:
    """Traits that fewer than k people have or lack."""
    people = report.get("people", 0)
    kept = [one for one in report["traits"] if k <= one["users"] <= people - k]
    return {**report, "traits": kept}, len(report["traits"]) - len(kept) + len(report["too_small"])


def messages(report: Values, k: int) -> tuple[Values, int]:
    """Made with k already; held to this k again."""
    found = {name: [one for one in report[name] if one["people"] >= k] for name in ("weeks", "items")}
    gone = sum(len(report[name]) - len(rows) for name, rows in found.items())
    if report["people"] < k:
        return {**report, "weeks": [], "items": [], "sentiment": {}, "intent": {}}, gone + 1
    return {**report, **found}, gone + sum(report["suppressed"].values())


def topics(report: Values, k: int) -> tuple[Values, int]:
    """Words and rises of few people; a product's own rise stays, its small count hidden."""
    words = {item: [one for one in rows if one["people"] >= k] for item, rows in report["topics"].items()}
    gone = sum(len(rows) - len(words[item]) for item, rows in report["topics"].items())
    risen = []
    for one in report["emerging"]:
        if one["people"] >= k:
            risen.append(one)
        elif one["word"]:
            gone += 1
        else:
            risen.append({**one, "people": None, "count": None})
    found = {**report, "topics": {item: rows for item, rows in words.items() if rows}, "emerging": risen}
    return found, gone + sum(report["suppressed"].values())


def fairness(report: Values, k: int) -> tuple[Values, int]:
    """Groups too small to judge."""
    kept = [row for row in report["rows"] if row["people"] >= k and row["verdict"] != "too_small"]
    return {**report, "rows": kept}, len(report["rows"]) - len(kept)


def timing(report: Values, k: int) -> tuple[Values, int]:
    """Rates of fewer than k deliveries."""
    rows, gone = [], 0
    for one in report["timing"]:
        kept = {name: [rate for rate in one[name] if rate["sent"] >= k] for name in ("channels", "hours")}
        gone += sum(len(one[name]) - len(kept[name]) for name in kept)
        rows.append({**one, **kept})
    return {**report, "timing": rows}, gone


def recommend(report: Values, k: int) -> tuple[Values, int]:
    """Scores of a check on fewer than k people."""
    if report.get("users", 0) >= k:
        return report, 0
    return {**report, "scores": {}, "coverages": {}}, 1 if report.get("scores") else 0
