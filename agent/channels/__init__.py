"""How copy looks where it will be read."""
