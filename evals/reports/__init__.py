"""A run as something to decide by: terminal, Markdown, JSON, CSV, JUnit XML and one self-contained web page."""
