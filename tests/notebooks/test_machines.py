"""`make machines`: which chapters run under which settings, what a run says, and what bad input gets."""

import stat

import nbformat
import pytest
from _tools import machines, other_python
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

# The table of settings under which all chapters must agree.
AGREED = {
    "none",
    "ATEN_CPU_CAPABILITY=avx2",
    "OMP_NUM_THREADS=1",
    "OMP_NUM_THREADS=8",
    "ONEDNN_MAX_CPU_ISA=AVX2",
    "ATEN_CPU_CAPABILITY=default",
    "MKL_CBWR=AVX2",
    "ATEN_CPU_CAPABILITY=avx2 MKL_CBWR=AVX2 ONEDNN_MAX_CPU_ISA=AVX2",
    "ATEN_CPU_CAPABILITY=default MKL_CBWR=COMPATIBLE ONEDNN_MAX_CPU_ISA=SSE41 OMP_NUM_THREADS=1",
    "MKL_CBWR=COMPATIBLE",
    "MKL_ENABLE_INSTRUCTIONS=SSE4_2",
}
SIXTEEN = [f"{i:02}" for i in range(1, 17)]
THREADS = "import os; threads = int(os.environ.get('OMP_NUM_THREADS', 0)); print(f'{0.7 + threads / 10:.1f}')"


def notebook(path, *cells):
    """A stored notebook; each cell is (source, what it printed)."""
    code = [
        new_code_cell(source, outputs=[new_output("stream", name="stdout", text=text)] * bool(text), execution_count=1)
        for source, text in cells
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Title"), *code], metadata=kernel), path)
    return path


def test_the_settings_are_the_agreed_ones():
    assert set(machines.SETTINGS) == AGREED
    assert len(machines.SETTINGS) == 11


def test_by_default_three_settings_run_everything_and_all_run_two_chapters():
    plan = machines.plan(SIXTEEN, "abc123")
    assert list(plan) == list(machines.SETTINGS)
    assert [setting for setting, chapters in plan.items() if chapters == SIXTEEN] == list(machines.EVERYWHERE)
    others = [chapters for setting, chapters in plan.items() if setting not in machines.EVERYWHERE]
    assert all(chapters == others[0] for chapters in others)
    assert len(set(others[0])) == 2


def test_the_commit_chooses_the_chapters_and_each_has_its_turn():
    turns = [machines.plan(SIXTEEN, f"{commit:040x}")["MKL_CBWR=AVX2"] for commit in range(16)]
    assert {chapter for turn in turns for chapter in turn} == set(SIXTEEN)
    assert machines.plan(SIXTEEN, "7")["MKL_CBWR=AVX2"] == machines.plan(SIXTEEN, "7")["MKL_CBWR=AVX2"]


def test_without_a_commit_the_first_has_its_turn():
    assert machines.plan(SIXTEEN, "")["MKL_CBWR=AVX2"] == ["01", "09"]
    assert machines.plan(["01"], "")["MKL_CBWR=AVX2"] == ["01"]


def test_everything_and_one_setting():
    assert machines.plan(SIXTEEN, "7", everything=True) == dict.fromkeys(machines.SETTINGS, SIXTEEN)
    assert machines.plan(SIXTEEN, "7", setting="OMP_NUM_THREADS=8") == {"OMP_NUM_THREADS=8": SIXTEEN}


def test_the_environment_is_that_of_the_setting_and_of_no_other(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("MKL_CBWR", "AUTO")
    monkeypatch.setenv("SOMETHING", "else")
    none = machines.environment("none")
    assert not {name for setting in AGREED for name in machines.variables(setting)} & none.keys()
    assert none["SOMETHING"] == "else"
    eight = machines.environment("OMP_NUM_THREADS=8")
    assert eight == none | {"OMP_NUM_THREADS": "8"}
    assert machines.environment(machines.OLDEST)["ONEDNN_MAX_CPU_ISA"] == "SSE41"


def test_a_run_names_notebook_cell_and_both_numbers(tmp_path):
    """The thread count stands for whatever a setting changes: 0.8 under OMP_NUM_THREADS=1, 1.5 under 8, 0.7 else."""
    path = notebook(tmp_path / "01_one.ipynb", ("print('words')", "words\n"), (THREADS, "0.7\n"))
    assert machines.run(path, "none") == []
    assert machines.run(path, "OMP_NUM_THREADS=1") == []
    where = f"{tmp_path.name}/01_one.ipynb, cell 1"
    assert machines.run(path, "OMP_NUM_THREADS=8") == [
        f"{where}: stdout: 0.7 is stored and 1.5 came out",
    ]


def test_an_assertion_that_fails_is_named_and_ends_the_run(tmp_path):
    path = notebook(tmp_path / "01_one.ipynb", ("assert 1 > 2, 'no'", ""), ("print(1)", "1\n"))
    assert machines.run(path, "none") == [
        f"{tmp_path.name}/01_one.ipynb, cell 0: error: more than is stored: 'AssertionError: no'"
    ]


def test_a_kernel_that_dies(tmp_path):
    path = notebook(tmp_path / "01_one.ipynb", ("import os; os._exit(1)", ""))
    assert machines.run(path, "none") == [f"{tmp_path.name}/01_one.ipynb: Kernel died"]


@pytest.fixture
def two_chapters(tmp_path, monkeypatch):
    """A book of two chapters. Each run leaves a line in `runs`."""
    count = "open('runs', 'a').write(f'{threads}\\n'); None"
    for name in ("01_one", "02_two"):
        notebook(tmp_path / f"{name}.ipynb", (THREADS, "0.7\n"), (count, ""))
    monkeypatch.setattr(machines, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(machines, "TEXTS", ["01_one", "02_two"])
    for name in ("SETTING", "ALL", "PYTHON"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_setting_is_one_line_and_runs_each_time(two_chapters, monkeypatch, capsys):
    monkeypatch.setenv("SETTING", "OMP_NUM_THREADS=1")
    for _ in range(2):
        with pytest.raises(SystemExit) as end:
            machines.main()
        assert not end.value.code
    assert capsys.readouterr().out == "pass OMP_NUM_THREADS=1 (2 chapters)\n" * 2
    assert (two_chapters / "runs").read_text() == "1\n" * 4


def test_a_setting_that_fails_says_where_below_its_line(two_chapters, monkeypatch, capsys):
    monkeypatch.setenv("SETTING", "OMP_NUM_THREADS=8")
    with pytest.raises(SystemExit) as end:
        machines.main()
    assert end.value.code
    first, *below = capsys.readouterr().out.splitlines()
    assert first == "FAIL OMP_NUM_THREADS=8 (2 chapters)"
    assert [line.split(": ", 1)[0].strip() for line in below] == [
        f"{two_chapters.name}/{name}.ipynb, cell 0" for name in ("01_one", "02_two")
    ]


@pytest.mark.usefixtures("two_chapters")
def test_everything_is_eleven_lines(monkeypatch, capsys):
    monkeypatch.setenv("ALL", "1")
    monkeypatch.setattr(
        machines, "run", lambda path, setting: [f"{path.stem} {setting}"] if "SSE4_2" in setting else []
    )
    with pytest.raises(SystemExit) as end:
        machines.main()
    assert end.value.code
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" (")[0].split(" ", 1) for line in lines[:10]] == [
        ["pass", each] for each in machines.SETTINGS[:10]
    ]
    assert lines[10].startswith("FAIL MKL_ENABLE_INSTRUCTIONS=SSE4_2")


def test_without_git_it_says_so(two_chapters, monkeypatch, capsys):
    monkeypatch.setattr(machines, "ROOT", two_chapters)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(two_chapters.parent))
    monkeypatch.setattr(machines, "run", lambda _path, _setting: [])
    with pytest.raises(SystemExit):
        machines.main()
    assert capsys.readouterr().out.startswith("No git here, so chapter 1 and one other run under all settings.\n")
    monkeypatch.setenv("PATH", "")
    assert machines.head() == ""


@pytest.mark.usefixtures("two_chapters")
def test_an_unknown_setting_gets_one_sentence(monkeypatch):
    monkeypatch.setenv("SETTING", "OMP_NUM_THREADS=3")
    with pytest.raises(SystemExit) as end:
        machines.main()
    assert end.value.code.startswith("No setting is called 'OMP_NUM_THREADS=3'; these are: none; ")
    assert "\n" not in end.value.code


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture
def python(tmp_path, monkeypatch):
    """Another Python, 3.99, of which only what is asked for here is true; its environment's own is `own`."""
    monkeypatch.setattr(other_python, "ROOT", tmp_path)
    script(
        tmp_path / "own",
        'case "$*" in *pip*) [ ! -e empty ] || { cat empty >&2; exit 1; };; *) echo "$*" > ran; exit 7;; esac',
    )
    makes = "mkdir -p .venv-3.99/bin && cp own .venv-3.99/bin/python"
    return script(tmp_path / "python3.99", f'case "$*" in *venv*) {makes};; *) echo 3.99;; esac')


def test_another_python_runs_the_same_in_an_environment_of_its_own(python, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        other_python.continue_in(python, "_tools.machines")
    assert end.value.code == 7
    assert (tmp_path / "ran").read_text() == "-m _tools.machines\n"


def test_a_python_without_the_packages_gets_one_sentence(python, tmp_path):
    (tmp_path / "empty").write_text("WARNING: slow\nERROR: No matching distribution found for torch==2.13.0\n")
    with pytest.raises(SystemExit) as end:
        other_python.continue_in(python, "_tools.machines")
    assert end.value.code == (
        "Python 3.99 cannot have the packages of requirements.txt: No matching distribution found for torch==2.13.0"
    )


def test_no_such_python_gets_one_sentence(tmp_path):
    for python in ("no-such-python", script(tmp_path / "broken", "exit 1")):
        with pytest.raises(SystemExit) as end:
            other_python.continue_in(python, "_tools.machines")
        assert end.value.code == f"PYTHON is {python!r}, and no such Python runs here."


def test_this_python_needs_no_other():
    assert other_python.continue_in(machines.sys.executable, "_tools.machines") is None
