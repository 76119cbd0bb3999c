"""What the Training Replay says, in words. `replay_words.js` says the same on a page; a test holds the two together."""

from rowlight.lenses.recording import Recording
from rowlight.widgets.words import listed


def step_words(recording: Recording, losses: list[str], at: int, names: list[str]) -> str:
    """'step 3 of 180: loss 0.6931; the batch reads good and film', of losses as printed."""
    words = f"step {recording.steps[at]} of {recording.steps[-1]}: loss {losses[at]}"
    if recording.reads is None:
        return words
    return f"{words}; the batch reads {listed([names[row] for row in recording.reads[at]]) or 'nothing'}"


def curve_words(losses: list[str]) -> str:
    """'the loss falls from 0.6931 to 0.0023', of losses as printed."""
    first, last = losses[0], losses[-1]
    if first == last:
        return f"the loss begins and ends at {first}"
    return f"the loss {'falls' if float(last) < float(first) else 'rises'} from {first} to {last}"
