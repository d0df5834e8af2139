"""What we know: records, files -> records, Chroma and hybrid search, channel rules, the sample brand."""
