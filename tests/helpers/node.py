"""Run front-end functions under node: the reader's own, or the one that Playwright brings."""

import json
import shutil
import subprocess
from pathlib import Path

import playwright

SOURCE = Path(__file__).parents[2] / "src" / "rowlight"


def executable():
    """The path of a node that knows ES modules and has a test runner.

    Raises:
        RuntimeError: there is none.
    """
    own = Path(playwright.__file__).parent / "driver" / "node"
    found = shutil.which("node") or (str(own) if own.exists() else None)
    if not found:
        raise RuntimeError("Install Node.js 20 or newer (nodejs.org): the front-end tests need it")
    return found


def evaluate(module, expression, cases):
    """Evaluate `expression` (of `m`, the module, and `c`, a case) for each case; return the results."""
    script = f"""
    import * as m from {json.dumps((SOURCE / module).as_uri())};
    const text = await new Promise((done) => {{
      let all = ""; process.stdin.on("data", (d) => (all += d)).on("end", () => done(all));
    }});
    console.log(JSON.stringify(JSON.parse(text).map((c) => ({expression}))));
    """
    command = [executable(), "--no-warnings", "--input-type=module", "--eval", script]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
