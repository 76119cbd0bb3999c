"""What Matplotlib draws, made the same on every machine.

Matplotlib writes six decimals, of which a processor may change the last ones, and names its parts after the bytes of
its floats. It has a setting for neither. Regular expressions, because an XML parser would write the whole file anew.
"""

import hashlib
import re

COORDINATES = re.compile(r'(?<=\s)(?:d|points|transform|viewBox|width|height|r|[xy][12]?|[cdr][xy])="[^"]*"')
NO_TURN = re.compile(r' transform="rotate\(-0 [^"]*"')
DOT = re.compile(r"M (\S+ \S+) \nL \1 ?\n")
LONG = re.compile(r"-?[0-9]+\.[0-9]{3,}")
ID = re.compile(r' id="([^"]*)"')
REFERENCE = re.compile(r'((?:href="|url\()#)([\w.-]+)')


def two_decimals(svg: str) -> str:
    """Round every coordinate to a hundredth of a point, without zeros at its end; text and styles stay as they are."""
    return COORDINATES.sub(lambda values: LONG.sub(_rounded, values[0]), svg)


def shortened(svg: str) -> str:
    """Leave out turns by nothing, and write a stroke of no length, which is how a dot is drawn, as one."""
    return DOT.sub(r"M \1h0", NO_TURN.sub("", svg))


def _rounded(number: re.Match[str]) -> str:
    return f"{round(float(number[0]), 2) + 0.0:.2f}".rstrip("0").rstrip(".")  # + 0.0: there is no -0


def own_ids(svg: str, says: str) -> str:
    """Give what the figure refers to ids of its own, and take away all others.

    An id is a digest of the letters in the figure and in `says`, and a count. Two figures of a page have different
    letters; one figure has the same letters on every machine, although its numbers may differ.
    """
    letters = re.sub("[^a-z]", "", (ID.sub("", REFERENCE.sub("", svg)) + says).lower())
    name = f"f{hashlib.sha256(letters.encode()).hexdigest()[:6]}"
    own = {old: f"{name}-{i}" for i, old in enumerate(dict.fromkeys(old for _, old in REFERENCE.findall(svg)))}
    svg = ID.sub(lambda old: f' id="{own[old[1]]}"' if old[1] in own else "", svg)
    return REFERENCE.sub(lambda reference: reference[1] + own[reference[2]], svg)
