"""How we judge copy: suites, scorers, statistics and reports over the same `write_draft` that everything else uses."""
