"""How a prompt is made of a template: fences, filters, front matter, files, values. `agent/render.py` is the way in."""
