"""Consent, pseudonyms, k-anonymity, noise for published figures, forgetting and explaining a person."""
