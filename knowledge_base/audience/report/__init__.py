"""One page about a shop's readers, from what the other commands have found: aggregates only, no person."""
