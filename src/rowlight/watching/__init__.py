"""Watch a training loop: which rows are read, get a gradient, move, and why. Needs torch alone, never a widget."""
