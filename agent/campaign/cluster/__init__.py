"""Campaign units drafted by Ray tasks on other machines; the run's own process keeps ledger, budget and knowledge."""
