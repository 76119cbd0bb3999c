"""The same chapters with Jupyter Book's default settings, and local stand-ins for what they fetch elsewhere.

MyST-NB's own defaults name two scripts on other hosts: a loader and the widget manager. The manager then fetches the
front end of each widget package. All of them come from npm here and lie beside the page, so that they count without a
network. Nothing else on the page is changed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from _tools.paths import CHAPTERS, ROOT
from myst_nb.core.config import NbParserConfig

CONFIG = "title: Default settings\nexecute:\n  execute_notebooks: force\n"
LOADER = re.compile(r"require\.js/([\d.]+)/require\.min\.js$")
MANAGER = re.compile(r"(@jupyter-widgets/html-manager@[\d.]+)/")
STATE = re.compile(r'<script type="application/vnd.jupyter.widget-state\+json">(.*?)</script>', re.DOTALL)
CDN = "data-jupyter-widgets-cdn"
STAND_INS = "/npm/"


def write(folder):
    """Write the sources of that book: our chapters, and the shortest settings that run them."""
    (folder / "notebooks").mkdir(parents=True)
    for name in CHAPTERS:
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder / "notebooks")
    first, *others = (f"notebooks/{name}" for name in CHAPTERS)
    chapters = "".join(f"  - file: {name}\n" for name in others)
    (folder / "_config.yml").write_text(CONFIG, "utf-8")
    (folder / "_toc.yml").write_text(f"format: jb-book\nroot: {first}\nchapters:\n{chapters}", "utf-8")


def build_command():
    """The command that builds a book with this environment's Jupyter Book."""
    return [str(Path(sys.executable).parent / "jupyter-book"), "build", "."]


def site(folder):
    """Build that book in `folder`, give its pages the stand-ins, and return the folder to serve."""
    write(folder)
    live = os.environ | {"ROWLIGHT_LIVE_VIEW": "1"}  # these pages fetch the widget manager, and are to come alive
    subprocess.run(build_command(), cwd=folder, env=live, check=True, capture_output=True)
    html = folder / "_build" / "html"
    stand_ins = html / STAND_INS.strip("/")
    urls = NbParserConfig().ipywidgets_js
    manager = next(url for url in urls if MANAGER.search(url))
    loader = next(url for url in urls if LOADER.search(url))
    pack(MANAGER.search(manager)[1], stand_ins)
    local_loader = minified_loader(f"requirejs@{LOADER.search(loader)[1]}", stand_ins)
    for page in (html / "notebooks").glob("*.html"):
        text = page.read_text("utf-8")
        for name in widget_packages(text):
            pack(name, stand_ins)
        text = text.replace(loader, local_loader).replace(urls[manager][CDN], STAND_INS)
        page.write_text(re.sub(r' integrity="[^"]*"', "", text), "utf-8")
    return html


def widget_packages(page):
    """The npm packages, with versions, that the manager will ask for: those of the page's widgets it does not hold."""
    models = [model for state in STATE.findall(page) for model in json.loads(state)["state"].values()]
    wanted = {f"{model['model_module']}@{model['model_module_version']}" for model in models}
    return sorted(name for name in wanted if not name.startswith("@jupyter-widgets/"))


def pack(name, folder):
    """Fetch the npm package `name` (with its version) into a folder of that name."""
    if not (folder / name).exists():
        (folder / name).mkdir(parents=True)
        command = ["npm", "pack", "--silent", name]
        file = subprocess.run(command, cwd=folder / name, check=True, capture_output=True, text=True).stdout.strip()
        with tarfile.open(folder / name / file) as archive:
            archive.extractall(folder / name, filter="data")
        for part in (folder / name / "package").iterdir():
            part.rename(folder / name / part.name)
    return folder / name


def minified_loader(name, folder):
    """Make the short form of the loader, which npm does not hold, with the loader's own tool; return its address."""
    options = ["baseUrl=.", "paths.whole=require", "name=whole", "out=require.min.js"]
    command = ["node", "bin/r.js", "-o", *options]
    subprocess.run(command, cwd=pack(name, folder), check=True, capture_output=True)
    return f"{STAND_INS}{name}/require.min.js"
