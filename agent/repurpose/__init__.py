"""One checked draft turned into what other places want: the same person, the same thing, the same proven facts."""
