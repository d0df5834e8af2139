"""Markdown and drafts as HTML that WeChat's article editor keeps: inline styles, no lists, no outside links."""
