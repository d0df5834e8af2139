"""Image files as their parts: where an XMP packet lies, and everything else in order. No pixel is decoded."""
