"""Lighthouse on every page of the built book, as on a phone: `make audit`. Fails below 100 in any category.

Needs npm (nodejs.org). Lighthouse itself is fetched by npx, at the version named here.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from _tools import browser as chromium
from _tools.paths import HTML
from _tools.serve import served

LIGHTHOUSE = "lighthouse@12.8.2"  # the newest that runs on node 18 and 20
CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]
ROUNDS = 5  # another program can take a processor for a moment: a page that is not perfect gets another turn, later


def audit(url, options, folder):
    """Run Lighthouse with its default settings, which are those of a slow phone; return its report."""
    report = Path(folder) / "report.json"
    flags = " ".join(["--headless=new", *options["args"]])
    command = ["npx", "--yes", LIGHTHOUSE, url, "--quiet", "--output=json", f"--output-path={report}"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={flags}"]
    environment = os.environ | {"CHROME_PATH": options["executable_path"]}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"Lighthouse failed on {url}:\n{done.stdout}{done.stderr}")
    return json.loads(report.read_text("utf-8"))


def scores(report):
    """The four scores, 0 to 100."""
    return [round(100 * (report["categories"][name]["score"] or 0)) for name in CATEGORIES]


def perfect(report):
    """Whether all four scores are 100."""
    return scores(report) == [100] * len(CATEGORIES)


def faults(report):
    """What kept each score from 100, in Lighthouse's own words."""
    for name in CATEGORIES:
        for part in report["categories"][name]["auditRefs"]:
            found = report["audits"][part["id"]]
            if part["weight"] and found["score"] is not None and found["score"] < 1:
                yield f"{name}: {found['title']} {found.get('displayValue', '')}"


def main():
    """Print a line a page; return whether every page is perfect."""
    if not shutil.which("npx"):
        sys.exit("Install Node.js 20 or newer with npm (nodejs.org): Lighthouse runs on it")
    options = chromium.options() or sys.exit("No browser: run `python -m _tools.browser` in book")
    pages = sorted(path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html") if path != HTML / "index.html")
    left = pages or sys.exit("No pages: run `make book`")
    print("| page | " + " | ".join(CATEGORIES) + " | largest paint | turn |\n|---|---|---|---|---|---|---|")
    with served(HTML) as address, tempfile.TemporaryDirectory() as folder:
        for turn in range(1, ROUNDS + 1):
            reports = {}
            for page in left:
                report = reports[page] = audit(f"{address}/{page}", options, folder)
                if turn == ROUNDS or perfect(report):
                    paint = report["audits"]["largest-contentful-paint"]["displayValue"]
                    print(f"| {page} | " + " | ".join(map(str, scores(report))) + f" | {paint} | {turn} |", flush=True)
            left = [page for page in left if not perfect(reports[page])]
    for page in left:
        print("\n".join(f"{page}: {fault}" for fault in faults(reports[page])))
    return not left


if __name__ == "__main__":
    sys.exit(not main())
