"""What a lens accepts, checked before anything is drawn.

Every error names the argument, what was given and what is accepted. IPython leaves functions with `__tracebackhide__`
out of a traceback, so that it ends at the caller's own line.
"""

from rowlight.checks.ids import ID_DTYPES as ID_DTYPES
from rowlight.checks.ids import MOST_POSITIONS as MOST_POSITIONS
from rowlight.checks.ids import as_ids as as_ids
from rowlight.checks.names import as_names as as_names
from rowlight.checks.selection import Selection as Selection
from rowlight.checks.selection import as_axes as as_axes
from rowlight.checks.selection import as_selection as as_selection
from rowlight.checks.tables import as_table as as_table
from rowlight.checks.tables import is_dense as is_dense
from rowlight.checks.tables import kind_of as kind_of
from rowlight.checks.tokens import Tokens as Tokens
