"""The derived parts against plain Python: filters, terms, BM25, exact scans, and the two ways to rank densely."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base.errors import StorageError
from knowledge_base.store import lexical, vectors
from knowledge_base.store.catalog import Catalog, name_key
from knowledge_base.store.entry import Entry, encode, from_metadata
from knowledge_base.store.filter import ALWAYS_FROM, ALWAYS_UNTIL, Filter
from knowledge_base.store.lexical import Lexical
from knowledge_base.store.tokens import terms
from knowledge_base.store.vectors import Vectors, top
from tests.knowledge_base.shelf import product, shelf

KINDS = ("product", "policy", "coupon")
BRANDS = ("", "甲", "b's")
CATEGORIES = ("", "食品", "护肤 品")
DATA = '{"id":"x","name":"x","question":"x","answer":"x"}'
DAY = date(2026, 11, 11).toordinal()


def entry(n: int, kind: str, brand: str, category: str, start: int, end: int, text: str = "咖啡") -> Entry:
    return Entry(f"e{n}", kind, brand, category, start, end, "f.csv", n, "-", DATA, text)


ENTRIES = st.lists(
    st.builds(
        lambda *fields: fields,
        st.sampled_from(KINDS),
        st.sampled_from(BRANDS),
        st.sampled_from(CATEGORIES),
        st.sampled_from([ALWAYS_FROM, DAY - 1, DAY, DAY + 1]),
        st.sampled_from([DAY - 1, DAY, DAY + 1, ALWAYS_UNTIL]),
    ),
    max_size=25,
)
FILTERS = st.builds(
    Filter,
    kinds=st.lists(st.sampled_from(KINDS), max_size=2, unique=True).map(tuple),
    brands=st.none() | st.lists(st.sampled_from(BRANDS), min_size=1, max_size=2).map(tuple),
    category=st.none() | st.sampled_from(CATEGORIES),
    on=st.none() | st.just(date.fromordinal(DAY)),
)


def passes(one: Entry, filter: Filter) -> bool:
    """The rule in plain words."""
    if filter.kinds and one.kind not in filter.kinds:
        return False
    if filter.brands is not None and one.brand not in (*filter.brands, ""):
        return False
    if filter.category is not None and one.category != filter.category:
        return False
    return filter.on is None or one.valid_from <= filter.on.toordinal() <= one.valid_until


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=ENTRIES, filter=FILTERS)
def test_catalogue_and_lexical_index_filter_as_the_rule_says(
    tmp_path_factory: pytest.TempPathFactory, fields: list[tuple[str, str, str, int, int]], filter: Filter
) -> None:
    folder = tmp_path_factory.mktemp("filter")
    put = [(n, entry(n, *values)) for n, values in enumerate(fields)]
    wanted = [n for n, one in put if passes(one, filter)]
    catalog = Catalog(folder / "catalog.db")
    catalog.commit(put=put)
    assert catalog.rows(filter).tolist() == wanted
    catalog.close()
    lexical.add(folder / "lexical", put)
    assert sorted(Lexical(folder / "lexical").top("咖啡", filter, 100)[0].tolist()) == wanted


@pytest.mark.parametrize(
    ("text", "ones", "pairs"),
    [
        ("敏感肌", ["敏", "感", "肌"], ["敏感", "感肌"]),
        ("痒", ["痒"], ["痒"]),
        ("ＳＰＦ50＋ 防晒", ["spf50", "防", "晒"], ["spf50", "防晒"]),
        ("48g，每条2g", ["48g", "每", "条", "2g"], ["48g", "每条", "2g"]),
        ("ひらがな한국", list("ひらがな한국"), ["ひら", "らが", "がな", "な한", "한국"]),
        ("𠮷野家", ["𠮷", "野", "家"], ["𠮷野", "野家"]),
        ("！？ \n", [], []),
        ("", [], []),
    ],
    ids=["chinese", "one character", "full width", "units", "kana and hangul", "beyond the BMP", "marks", "empty"],
)
def test_terms(text: str, ones: list[str], pairs: list[str]) -> None:
    assert terms(text) == (ones, pairs)


def bm25(query: list[str], documents: list[list[str]]) -> list[float]:
    """Okapi BM25, k1 1.2, b .75, as Robertson and Lucene define it, over distinct query terms."""
    mean = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        counts = Counter(document)
        score = 0.0
        for term in set(query):
            df = sum(term in other for other in documents)
            idf = math.log(1 + (len(documents) - df + 0.5) / (df + 0.5))
            tf = counts[term]
            score += idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * len(document) / mean))
        scores.append(score)
    return scores


def test_lexical_scores_are_bm25_of_characters_plus_bm25_of_pairs(tmp_path: Path) -> None:
    texts = ["敏感肌换季干痒", "冻干咖啡冷水三秒化开", "敏感肌也能用的面霜，敏感肌专用", "咖啡杯 48g", "干 痒"]
    put = [(n, entry(n, "product", "", "", 1, 2, text)) for n, text in enumerate(texts)]
    lexical.add(tmp_path, put)
    rows, scores = Lexical(tmp_path).top("敏感肌干痒 48g 干", Filter(), 10)
    query, documents = terms("敏感肌干痒 48g 干"), [terms(text) for text in texts]
    parts = [bm25(query[i], [document[i] for document in documents]) for i in (0, 1)]
    wanted = np.asarray(parts).sum(axis=0)
    np.testing.assert_allclose(scores, wanted[rows], rtol=1e-4)
    assert set(rows.tolist()) == set(np.flatnonzero(wanted > 0).tolist())


def test_lexical_forgets_dropped_rows(tmp_path: Path) -> None:
    lexical.add(tmp_path, [(n, entry(n, "product", "", "", 1, 2)) for n in range(4)])
    seen_before = Lexical(tmp_path)
    lexical.add(tmp_path, [(4, entry(4, "product", "", "", 1, 2))], drop=[0, 2])
    assert sorted(Lexical(tmp_path).top("咖啡", Filter(), 9)[0].tolist()) == [1, 3, 4]
    assert sorted(seen_before.top("咖啡", Filter(), 9)[0].tolist()) == [0, 1, 2, 3]


def test_a_whole_article_as_the_query_is_no_trouble(tmp_path: Path) -> None:
    lexical.add(tmp_path, [(0, entry(0, "product", "", "", 1, 2))])
    article = "".join(chr(0x4E00 + n % 9000) for n in range(30_000)) + "咖啡"
    assert len(Lexical(tmp_path).top("咖啡" + article, Filter(), 5)[0]) == 1


@given(st.integers(0, 60), st.integers(0, 80), st.integers(0, 2**32), st.booleans())
def test_top_equals_sorting_everything(size: int, k: int, seed: int, ties: bool) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(0, 4, size).astype(np.float32) if ties else random.random(size, np.float32)
    rows = np.sort(random.choice(1000, size, replace=False)).astype(np.int64)
    wanted = sorted(zip(rows.tolist(), scores.tolist(), strict=True), key=lambda one: (-one[1], one[0]))[:k]
    found_rows, found_scores = top(rows, scores, k)
    assert list(zip(found_rows.tolist(), found_scores.tolist(), strict=True)) == wanted


@pytest.mark.parametrize("share", [0.01, 0.4, 0.9], ids=["few rows", "many rows", "most rows"])
def test_scans_equal_brute_force(tmp_path: Path, share: float) -> None:
    random = np.random.default_rng(5)
    matrix = random.standard_normal((10_000, 16), np.float32)
    vectors.append(tmp_path / "v", 0, matrix[:7000])
    vectors.append(tmp_path / "v", 7000, matrix[7000:])
    rows = np.flatnonzero(random.random(10_000) < share)
    query = matrix[3]
    scan = Vectors(tmp_path / "v", 10_000, 16)
    np.testing.assert_allclose(scan.cosines(query), matrix @ query, atol=1e-4)
    np.testing.assert_allclose(scan.cosines(query, rows), (matrix @ query)[rows], atol=1e-4)


def test_a_crash_in_the_middle_of_an_append_leaves_no_mark(tmp_path: Path) -> None:
    good, torn = np.eye(4, dtype=np.float32), np.full((2, 4), 9, np.float32)
    vectors.append(tmp_path / "v", 0, good[:2])
    with (tmp_path / "v").open("ab") as file:
        file.write(torn.tobytes()[:21])
    vectors.append(tmp_path / "v", 2, good[2:])
    found = Vectors(tmp_path / "v", 4, 4)
    np.testing.assert_array_equal([found.cosines(axis) for axis in good], good)


def test_a_short_vector_file_is_noticed(tmp_path: Path) -> None:
    vectors.append(tmp_path / "v", 0, np.eye(2, 4, dtype=np.float32))
    with pytest.raises(StorageError, match="向量文件"):
        Vectors(tmp_path / "v", 3, 4)


@pytest.mark.parametrize("record", shelf(), ids=lambda record: record.id)
def test_entries_survive_chroma_metadata(record: object) -> None:
    made = encode(record)  # type: ignore[arg-type]
    assert from_metadata(made.id, made.text, made.metadata()) == made
    assert made.record() == record
    assert all(isinstance(value, (str, int)) for value in made.metadata().values())


@pytest.mark.parametrize(
    ("left", "right"),
    [("冻干黑咖啡", "冻干 黑咖啡"), ("SPF50", "ｓｐｆ50"), ("A　b", "ab")],
    ids=["space", "width and case", "ideographic space"],
)
def test_names_alike(left: str, right: str) -> None:
    assert name_key(left) == name_key(right)


def test_the_catalogue_changes_whole_or_not_at_all(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "c.db")
    catalog.commit(put=[(0, encode(product(0)))])
    with pytest.raises(StorageError):
        catalog.commit(put=[(1, encode(product(1))), (1, encode(product(2)))], meta={"version": "x"})
    assert [record.id for record in catalog.records(Filter())] == ["p0"]
    assert catalog.meta("version") == ""
    catalog.close()
