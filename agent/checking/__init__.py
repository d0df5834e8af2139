"""`wenan check`: texts out of files, their findings, reports, safe fixes and rewrites."""
