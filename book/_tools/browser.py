"""Find a Chromium for the tests, or get one: `python book/browser.py`.

A reader's machine uses the browser's defaults. Flags that a container needs (running as root) are detected here.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
# The same engine without windows. It needs two thirds of the time, and asks for no icon.
WINDOWLESS = "chromium-headless-shell"
ROOT_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def options(*, windowless=False):
    """Keyword arguments for `playwright.chromium.launch`, or None if there is no browser.

    The system's browser is used where there is one, then Playwright's own. CHROMIUM names another. `windowless`
    prefers the one without windows.
    """
    flags = os.environ.get("CHROMIUM_FLAGS", "").split()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags += ROOT_FLAGS
    names = [WINDOWLESS, *NAMES] if windowless else NAMES
    found = os.environ.get("CHROMIUM") or next((path for path in map(shutil.which, names) if path), None)
    if not found:
        with sync_playwright() as playwright:
            own = Path(playwright.chromium.executable_path)
        found = str(own) if own.exists() else None
    return {"executable_path": found, "args": flags} if found else None


def install():
    """Install Playwright's Chromium, or the system's where that cannot be had."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways += [["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", "chromium", WINDOWLESS]]
        ways = ways[1:] + ways[:1]  # a system package is quicker to check for and leaves nothing in the home folder
    for way in ways:
        subprocess.run(way, check=False)
        if options():
            return


if __name__ == "__main__":
    if not options():
        install()
    if not options():
        sys.exit("No browser was found and none could be installed. Install Chromium, or set CHROMIUM to its path.")
