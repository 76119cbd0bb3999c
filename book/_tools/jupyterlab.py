"""A live JupyterLab of its own, and a notebook run in it: for the tests and the benchmark."""

import json
import os
import subprocess
import sys
import time
import urllib.request

from playwright.sync_api import expect

PATIENCE = 120_000  # ms
LIVE_LENS = '.rowlight[data-lens="row"].rl-live'


def free_lab(folder):
    """Start JupyterLab on `folder`; return (process, address, token) once it answers."""
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # Keep every cell in the document, so that a test can find it.
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    token, runtime = "a-token-for-the-tests", folder / "runtime"
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ip=127.0.0.1", "--port=0"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder / 'notebooks'}"]
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    environment = os.environ | {
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
    }
    with (folder / "lab.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
    for _ in range(1_200):  # five minutes, for a machine that is busy
        servers = list(runtime.glob("jpserver-*.json"))
        if process.poll() is not None:
            break
        if servers:
            address = json.loads(servers[0].read_text())["url"].rstrip("/")
            try:
                urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=2).close()  # noqa: S310  loopback
            except OSError:
                pass
            else:
                return process, address, token
        time.sleep(0.25)
    process.kill()
    raise RuntimeError(f"JupyterLab did not start:\n{(folder / 'lab.log').read_text()[-3000:]}")


def stop(process):
    """End JupyterLab and the kernels it started."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def open_notebook(page, lab, notebook):
    """Open a notebook in a clean workspace, and wait until it has its kernel."""
    address, token, _ = lab
    page.goto(f"{address}/lab/workspaces/test/tree/{notebook}?reset&token={token}")
    expect(page.locator(".jp-Notebook .jp-CodeCell")).not_to_have_count(0, timeout=PATIENCE)
    wait_for_idle(page)  # before the notebook has its kernel, JupyterLab would ask for one


def open_and_run(page, lab, notebook, widgets):
    """Open a notebook and run all its cells, which show that many widgets."""
    open_notebook(page, lab, notebook)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(page.locator(".rowlight.rl-live")).to_have_count(widgets, timeout=PATIENCE)
    expect(page.locator(".jp-CodeCell .jp-InputPrompt", has_text="*")).to_have_count(0, timeout=PATIENCE)
    wait_for_idle(page)


def wait_for_idle(page):
    """Wait until the kernel has nothing to do."""
    expect(page.locator("#jp-main-statusbar").get_by_text("| Idle")).to_be_visible(timeout=PATIENCE)
