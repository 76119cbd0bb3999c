"""Lighthouse, from Python: what `make audit` and `make bench` ask it."""

import json
import subprocess
from pathlib import Path

from _tools import browser as chromium
from _tools.paths import ROOT

SCRIPT = Path(__file__).parent / "node" / "lighthouse.mjs"
PACKAGES = ROOT / ".venv" / "node"
PATIENCE = 300_000  # ms; for a machine that is busy, against a page that never comes


class NoReportError(RuntimeError):
    """Lighthouse has nothing to say of a page."""


def reports(urls, categories, **options):
    """Yield Lighthouse's report on each page, as on a phone, with these of its categories and its own options.

    Raises:
        NoReportError: Lighthouse did not run, or could not load a page.
    """
    found = chromium.options() or {}
    settings = {"onlyCategories": categories, "maxWaitForFcp": PATIENCE, "maxWaitForLoad": PATIENCE} | options
    asked = {"chrome": found.get("executable_path"), "flags": found.get("args"), "urls": urls, "options": settings}
    # A script that node reads from its input finds packages in the folder where it runs.
    command = ["node", "--input-type=module", "-", json.dumps(asked)]
    options = {"cwd": PACKAGES, "stdout": subprocess.PIPE, "text": True}
    with SCRIPT.open() as script, subprocess.Popen(command, stdin=script, **options) as process:
        for line in process.stdout:
            report = json.loads(line)
            if "runtimeError" in report:
                raise NoReportError(f"{report['requestedUrl']}: {report['runtimeError']['message']}")
            yield report
    if process.returncode:
        raise NoReportError("Lighthouse did not run; node says why above")


def score(report, category):
    """A score, 0 to 100."""
    return round(100 * (report["categories"][category]["score"] or 0))


def faults(report):
    """What kept each score from 100, in Lighthouse's own words."""
    for name, category in report["categories"].items():
        for part in category["auditRefs"]:
            found = report["audits"][part["id"]]
            if part["weight"] and found["score"] is not None and found["score"] < 1:
                yield f"{name}: {found['title']} {found.get('displayValue', '')}".rstrip()
