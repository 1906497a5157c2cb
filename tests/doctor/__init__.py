"""``doctor`` over machines made of files; ``computer.py`` builds them."""
