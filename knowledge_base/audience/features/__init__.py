"""One row of numbers a person, computed as of a cut-off time so that nothing later leaks in."""
