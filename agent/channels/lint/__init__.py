"""What WeChat's article editor would do to a page: rows that say so, fixes, and the page as it would come out."""
