"""The marketing calendar: what is coming, when its copy has to be ready, and what to say it with."""
