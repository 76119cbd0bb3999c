"""What only the chapters of the book use: tasks, figures, printed tables and errors, and the walkthrough's numbers."""

from rowlight.teaching.curves import curves_figure
from rowlight.teaching.figures import figure, house_style
from rowlight.teaching.goal import Goal
from rowlight.teaching.printing import aligned, expect_error
from rowlight.teaching.task import Task

__all__ = ["Goal", "Task", "aligned", "curves_figure", "expect_error", "figure", "house_style"]
