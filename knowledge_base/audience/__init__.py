"""What a shop's own behaviour data say about its readers. Computes values; knows nothing of prompts, models or drafts.

importing/   exports -> cleaned, pseudonymous Parquet, with everything that was changed counted and listed
privacy/     consent, pseudonyms, k-anonymity, differential privacy, forgetting, explaining
features/    one row a person as of a cut-off time; catalogue.yaml says what each number means
synthetic/   invented shops whose truth is known, for demos and tests
store.py     the only door to the data, for every other module
"""
