"""Is the difference real? Paired statistics over runs; cases are the clusters, samples are averaged within them."""
