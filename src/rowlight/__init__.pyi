# The public names and the modules that own them: read by lazy_loader at run time, by editors and by type checkers.
from .files.table import read_table as read_table
from .lenses.gradient_lens import GradientLens as GradientLens
from .lenses.move_quiz import MoveQuiz as MoveQuiz
from .lenses.recording import Recording as Recording
from .lenses.row_lens import RowLens as RowLens
from .lenses.trace_lens import TraceLens as TraceLens
from .lenses.training_replay import TrainingReplay as TrainingReplay
from .watching.trace import Step as Step
from .watching.trace import Trace as Trace
from .watching.watch import watch as watch

__version__: str
