"""Files -> records: readers, column mapping, cell values, and `add`, which puts them into a knowledge base."""
