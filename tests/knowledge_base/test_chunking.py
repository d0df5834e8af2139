"""Chunks stand where they say, lose nothing, and know their headings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.chunking import split

DOCUMENT = """# 使用手册

前言只有一句。

## 清洁 ##

先关电源。

```bash
# 这是命令，不是标题
echo 好
```

### 滤网
每周冲洗一次。

## 保修
凭发票保修一年。
"""


def test_knows_the_heading_path_of_every_chunk() -> None:
    found = [(path, chunk) for _, path, chunk in split(DOCUMENT, "热水壶")]
    assert found == [
        ("热水壶 > 使用手册", "前言只有一句。"),
        ("热水壶 > 使用手册 > 清洁", "先关电源。\n\n```bash\n# 这是命令，不是标题\necho 好\n```"),
        ("热水壶 > 使用手册 > 清洁 > 滤网", "每周冲洗一次。"),
        ("热水壶 > 使用手册 > 保修", "凭发票保修一年。"),
    ]


def test_cuts_at_sentence_ends_and_repeats_whole_clauses() -> None:
    text = "面霜质地轻薄好推开。适合换季敏感肌。不含酒精和香精。早晚各用一次。"
    chunks = [chunk for _, _, chunk in split(text, size=24, overlap=10)]
    assert all(chunk.endswith("。") for chunk in chunks)
    assert chunks[1].startswith("适合换季敏感肌。")


@pytest.mark.parametrize("text", ["", "   \n\n ", "# 只有标题\n## 还有一个"], ids=["empty", "blank", "headings"])
def test_nothing_to_say_makes_no_chunks(text: str) -> None:
    assert split(text, "标题") == []


def test_a_number_stays_whole() -> None:
    text = "价格是 3.5 元一条。" * 30
    assert all("3.5" in chunk or "3" not in chunk for _, _, chunk in split(text, size=15, overlap=0))


TEXTS = st.text(alphabet="面霜。！？，；\n .,ab#`1\u3000\u2028\r", max_size=400)


@given(TEXTS, st.sampled_from([(7, 0), (20, 5), (60, 20), (300, 40)]))
def test_chunks_are_where_they_say_and_fit(text: str, sizes: tuple[int, int]) -> None:
    size, overlap = sizes
    starts = []
    for start, _, chunk in split(text, size=size, overlap=overlap):
        assert text[start : start + len(chunk)] == chunk
        assert chunk == chunk.strip()
        assert 0 < len(chunk) <= size
        starts.append(start)
    assert starts == sorted(starts)


@given(st.text(alphabet="面霜。！？，；\n .,ab1", max_size=400), st.sampled_from([(7, 0), (20, 5), (300, 40)]))
def test_every_visible_character_is_in_a_chunk(text: str, sizes: tuple[int, int]) -> None:
    size, overlap = sizes
    covered: set[int] = set()
    for start, _, chunk in split(text, size=size, overlap=overlap):
        covered |= set(range(start, start + len(chunk)))
    assert {i for i, char in enumerate(text) if not char.isspace()} <= covered
