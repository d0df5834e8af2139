"""People decide: review files for legal and the boss, their verdicts, and what those verdicts allow."""
