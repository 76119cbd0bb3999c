"""What the Training Replay says, in words. `replay_words.js` says the same on a page; a test holds the two together."""

from collections.abc import Mapping, Sequence
from typing import Any

from rowlight.widgets.words import listed


def step_words(run: Mapping[str, Any], at: int, names: Sequence[str]) -> str:
    """'Step 3 of 180: loss 0.6931. The batch reads good and film.', of a run as the page gets it."""
    words = f"Step {run['steps'][at]:,} of {run['steps'][-1]:,}: loss {run['losses'][at]}."
    read = [names[row] for row in run["reads"][at]] if run["reads"] else []
    return f"{words} The batch reads {listed(read)}." if read else words  # no batch follows the last step


def curve_words(losses: Sequence[str]) -> str:
    """'the loss falls from 0.6931 to 0.0023', of losses as printed."""
    first, last = losses[0], losses[-1]
    if first == last:
        return f"the loss begins and ends at {first}"
    return f"the loss {'falls' if float(last) < float(first) else 'rises'} from {first} to {last}"
