"""Swaps personal data for placeholders and back, inside one process. What it holds is never written anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from knowledge_base.pii.detect import KIND_NAMES, KINDS, PiiKind, find


class Vault:
    """One conversation's or one recipient's hidden values. The same value always gets the same placeholder."""

    def __init__(self, kinds: tuple[PiiKind, ...] = KINDS) -> None:
        self._kinds = kinds
        self._placeholders: dict[tuple[PiiKind, str], str] = {}
        self._values: dict[str, str] = {}
        self._counts: Counter[PiiKind] = Counter()

    def __repr__(self) -> str:
        return f"Vault({dict(self.counts)})"

    @property
    def counts(self) -> Mapping[PiiKind, int]:
        """How many values of each kind were hidden: the only thing about them that may be logged."""
        return dict(self._counts)

    def mask(self, text: str) -> str:
        """`text` with every value found replaced, e.g. 〔手机号1〕. `restore(mask(text)) == text`."""
        parts: list[str] = []
        at = 0
        for span in find(text, self._kinds):
            parts += [text[at : span.start], self._placeholder(span.kind, text[span.start : span.end], text)]
            at = span.end
        return "".join((*parts, text[at:]))

    def restore(self, text: str) -> str:
        """`text` with every placeholder of this vault filled back in."""
        for placeholder, value in self._values.items():
            text = text.replace(placeholder, value)
        return text

    def _placeholder(self, kind: PiiKind, value: str, text: str) -> str:
        if (kind, value) not in self._placeholders:
            self._counts[kind] += 1
            number = self._counts[kind]
            # A customer may type what looks like a placeholder; it must not be filled with somebody's data.
            while (name := f"〔{KIND_NAMES[kind]}{number}〕") in text or name in self._values:
                number += 1
            self._placeholders[kind, value] = name
            self._values[name] = value
        return self._placeholders[kind, value]
