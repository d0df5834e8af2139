"""What to show whom: popularity, item-kNN, ALS, content, their hybrid; rules, variety, and a reason for each."""
