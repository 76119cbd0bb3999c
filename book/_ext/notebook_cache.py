"""The cache of executed notebooks: one for each state of the package, so that a changed helper runs them all again.

Standard library alone, so that a build can ask before it has loaded anything.
"""

import hashlib
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "rowlight"


def source_digest():
    """A digest of everything outside a notebook that its outputs depend on."""
    digest = hashlib.sha256(sys.version.encode())
    package = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".pyi", ".js", ".css", ".html")]
    for path in sorted([*package, ROOT / "requirements.txt", ROOT / "constraints.txt"]):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def fresh_cache_folder():
    """Return the cache of the package as it is now, and remove those of its earlier states."""
    cache = ROOT / "_build" / f".jupyter_cache-{source_digest()}"
    for old in (ROOT / "_build").glob(".jupyter_cache-*"):
        if old != cache:
            shutil.rmtree(old)
    return cache
