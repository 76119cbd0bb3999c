"""The lenses: one stem a lens, its Python, its script and its style together."""
