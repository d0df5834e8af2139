"""Where records live: Chroma holds the truth, and a local index derived from it answers most questions.

chroma.py    the truth: records, search texts, vectors (local folder or server)
catalog.py   derived: records and their filters, in SQLite
vectors.py   derived: one float32 file for exact scans
lexical.py   derived: BM25 over characters, in tantivy
index.py     the three derived parts as one; state.py says whether they still match the truth
writing.py   changes truth and index together; rebuild.py makes the index anew from the truth
"""
