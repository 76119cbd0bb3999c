"""The lenses of chapters 4 to 7 on their pages: edited, predicted, replayed, by mouse and by keyboard."""

import json
import re

import pytest
import torch
from playwright.sync_api import expect
from torch import nn

from rowlight.teaching.walkthrough import TABLE
from rowlight.widgets.numbers import printed
from rowlight.widgets.words import listed

IDS = [1, 2, 2, 2, 5, 1]
V = 6
SIGNS = torch.tensor([1.0, 1, 1, -1, -1, -1])[:, None].expand(6, 4)  # what the opening lens sends back


def lens_of(page, kind, place=0):
    lens = page.locator(f'.rowlight[data-lens="{kind}"]').nth(place)
    expect(lens).to_have_class(re.compile("rl-live"))
    return lens


def gradient_shown(lens):
    rows = lens.locator(".rl-gradient tr[data-row]").all()
    return [row.locator("td:not(.rl-uses)").all_inner_texts() for row in rows]


def gradient_expected(ids, upstream):
    table = nn.Embedding.from_pretrained(torch.tensor(TABLE[:V]), freeze=False)
    table(torch.tensor(ids)).backward(upstream)
    return [[printed(x, ".4f") for x in row] for row in table.weight.grad.tolist()]


def change(page, lens, at, id_):
    lens.locator(f"button[data-position='{at}']").focus()
    page.keyboard.press("Enter")
    page.keyboard.type(str(id_))
    page.keyboard.press("Enter")


@pytest.mark.parametrize("disk", [False, True], ids=["http", "file"])
@pytest.mark.parametrize("place", [0, 1], ids=["sum", "cross entropy"])
def test_the_gradient_follows_the_ids(open_page, disk, place):
    page = open_page("notebooks/04_gradients", disk=disk)
    lens = lens_of(page, "gradient", place)
    state = json.loads(lens.get_attribute("data-state"))
    upstream = torch.tensor(state["grad_output"])
    ids = list(IDS)
    assert gradient_shown(lens) == gradient_expected(ids, upstream)
    for flat, id_ in ((0, 4), (4, 2), (5, 2), (2, 0)):
        change(page, lens, f"{flat // 3},{flat % 3}", id_)
        ids[flat] = id_
        assert gradient_shown(lens) == gradient_expected(ids, upstream)
    counts = torch.tensor(ids).bincount(minlength=V).tolist()
    words = lens.locator(".rl-gradient .rl-uses").all_inner_texts()
    assert words == [{0: "not read", 1: "1 vector"}.get(count, f"sum of {count}") for count in counts]
    lens.get_by_role("button", name="Reset").click()
    assert gradient_shown(lens) == gradient_expected(IDS, upstream)


def test_an_id_lights_its_row_and_the_row_of_its_gradient(open_page):
    page = open_page("notebooks/04_gradients")
    lens = lens_of(page, "gradient")
    lens.locator("button[data-position='1,1']").click()
    for part in ("gradient", "arriving"):
        lit = lens.locator(f".rl-{part} tr[aria-selected='true']")
        assert [row.get_attribute("data-row") for row in lit.all()] == ["5"]
    expect(lens.locator(".rl-paths path")).to_have_count(2)
    lens.locator(".rl-gradient tr[data-row='2'] button").click()
    expect(lens.get_by_role("status")).to_contain_text("the batch reads row 2 three times")


def quiz_on(page):
    """The Move Quiz of eight settings, what the page knows of it, its status line and its main button."""
    quiz = lens_of(page, "move-quiz", 1)
    return quiz, json.loads(quiz.get_attribute("data-state")), quiz.get_by_role("status"), quiz.locator(".rl-main")


def row_texts(quiz, row):
    """The numbers of a row as they are shown, its bars as (cause, percent), and the words beside them."""
    line = quiz.locator(f"tr[data-row='{row}']")
    bars = line.locator(".rl-bar i").evaluate_all("all => all.map((i) => [i.dataset.cause, i.style.width])")
    return line.locator(".rl-was, .rl-is").all_text_contents(), bars, line.locator(".rl-why").inner_text()


def test_the_quiz_asks_shows_judges_and_remembers(open_page):
    page = open_page("notebooks/05_optimizers")
    quiz, _, status, go = quiz_on(page)
    quiz.get_by_label("optimizer").select_option(label="Adam")
    asks = "Which rows will move? Mark them, then press Step."
    expect(status).to_have_text(f"Adam, step 1 of 4. Batch 1 reads rows 1 and 2 and nothing else. {asks}")
    numbers, bars, why = row_texts(quiz, 1)
    assert (len(numbers), bars, why) == (4, [], ""), "nothing is given away"
    for row in (1, 2):
        quiz.get_by_role("button", name=f"row {row}", exact=True).click()
    expect(quiz.locator(".rl-tally")).to_have_text("Marked: 1, 2.")
    go.click()
    expect(status).to_have_text("Adam, step 1 of 4. Rows 1 and 2 were read and moved 0.2000 each. You marked 2 of 2.")
    go.click()
    quiz.get_by_role("button", name="row 3", exact=True).click()
    quiz.get_by_role("button", name="row 4", exact=True).click()
    go.click()
    expect(status).to_have_text(
        "Adam, step 2 of 4. Row 3 was read and moved 0.1488. Rows 1 and 2 moved too, and this batch did not read them: "
        "0.1340 each (momentum). You marked 1 of 3, and 1 that stays."
    )
    numbers, bars, why = row_texts(quiz, 1)
    assert numbers == ["0.7487", "0.6817", "0.5920", "0.5250", "-0.2160", "-0.1490", "-2.0152", "-1.9482"]
    assert [cause for cause, _ in bars] == ["momentum"]
    assert " ".join(why.split()) == "0.1340 6.0 % of its length momentum, not read missed"
    name = "row 1: momentum, not read, moved 0.1340, 6.0 % of its length, missed"
    expect(quiz.get_by_role("button", name=name, exact=True)).to_be_visible()
    expect(quiz.get_by_role("button", name="row 4: stays, marked, but it stays", exact=True)).to_be_visible()
    score = quiz.get_by_role("listitem").all_inner_texts()
    assert score == [
        "rows that got a gradient: 3 of 3 right",
        "rows that move on by momentum: 0 of 2 right",
        "rows that stay where they are: 6 of 7 right",
    ]
    page.reload()
    assert lens_of(page, "move-quiz", 1).get_by_role("listitem").all_inner_texts() == score, "kept in the browser"
    quiz.get_by_role("button", name="Forget my score").click()
    expect(quiz.get_by_role("listitem")).to_have_count(0)
    expect(go).to_be_focused()
    assert page.evaluate("localStorage.getItem('rowlight.move-quiz')") == "{}"


def test_every_step_of_every_optimizer_is_drawn_from_the_trace(open_page):
    page = open_page("notebooks/05_optimizers")
    quiz, state, status, go = quiz_on(page)
    for trace in state["traces"]:
        quiz.get_by_label("optimizer").select_option(label=trace["name"])
        for at, step in enumerate(trace["steps"]):
            assert status.inner_text().startswith(f"{trace['name']}, step {at + 1} of 4. {step['asks']}")
            heads = quiz.locator("thead tr:nth-child(2) th:is(.rl-wide, .rl-now)").all_inner_texts()
            assert heads == [*(head or "–" for head in step["heads"][:-1]), f"{step['heads'][-1]}, now"]
            go.click()
            assert status.inner_text().startswith(f"{trace['name']}, step {at + 1} of 4. {step['said']}")
            for number, row in zip(state["rows"], step["rows"], strict=True):
                numbers, bars, why = row_texts(quiz, number)
                both = [row["before"], row["after"]] if row["after"] else [row["before"]]
                assert numbers == [text for cell in zip(*both, strict=True) for text in cell]
                assert bars == [[cause, f"{percent:g}%"] for cause, percent, _ in row["parts"]]
                assert row["why"] in why
                reads = quiz.locator(f"tr[data-row='{number}'] .rl-read:not(.rl-narrow)")
                marks = reads.evaluate_all("all => all.map((one) => one.hasAttribute('data-read'))")
                assert marks == [sign == "1" for sign in row["reads"]]
            go.click()  # the next step, and after the last one the first


def test_what_a_batch_reads_stands_beside_its_rows(open_page):
    """The styles of all lenses are on each page, and one of them once took the cells out of their rows."""
    page = open_page("notebooks/05_optimizers")
    cells = lens_of(page, "move-quiz").locator("tbody td.rl-now")
    expect(cells).to_have_count(6)
    for cell in cells.all():
        assert cell.bounding_box()["y"] == cell.locator("..").bounding_box()["y"]


def test_the_page_draws_what_python_has_stored(open_page):
    picture = """() => {
        const table = document.querySelector('[data-lens="move-quiz"] .rl-moves table').cloneNode(true);
        for (const one of table.querySelectorAll(".rl-verdict, .rl-sign")) one.remove();
        for (const one of table.querySelectorAll(".rl-name")) one.replaceWith(...one.childNodes);
        const text = (node) => node.nodeType === 3 ? node.data.trim() : [
            node.tagName,
            [...node.attributes]
                .map((one) => `${one.name}=${one.value.replace(/;$/, "").replace(/\\.0%/g, "%")}`).sort(),
            [...node.childNodes].map(text).filter((child) => child.length),
        ];
        return text(table);
    }"""
    stored = open_page("notebooks/05_optimizers", java_script_enabled=False).evaluate(picture)
    page = open_page("notebooks/05_optimizers")
    lens_of(page, "move-quiz").locator(".rl-main").click()
    assert page.evaluate(picture) == stored


def test_the_same_step_of_another_optimizer_keeps_the_marks(open_page):
    page = open_page("notebooks/05_optimizers")
    quiz, _, status, go = quiz_on(page)
    other = quiz.get_by_role("button", name="Same step, ")
    expect(other).to_be_disabled()
    quiz.get_by_role("button", name="row 1", exact=True).click()
    go.click()
    score = quiz.get_by_role("listitem").all_inner_texts()
    for name in ("SGD with momentum", "SGD with decay"):
        expect(other).to_have_text(f"Same step, {name}")
        other.click()
        expect(status).to_contain_text(f"{name}, step 1 of 4. ")
        expect(status).to_contain_text("You marked 1 of ")
    assert [cause for cause, _ in row_texts(quiz, 4)[1]] == ["decay"]
    assert quiz.get_by_role("listitem").all_inner_texts() == score, "a mark counts for one optimizer"
    quiz.get_by_role("button", name="Again").click()
    expect(go).to_be_focused()
    expect(status).to_contain_text("SGD with decay, step 1 of 4. Batch 1 reads")
    expect(quiz.locator("[aria-pressed='true']")).to_have_count(0)


def test_the_quiz_can_be_done_with_the_keyboard_alone(open_page):
    page = open_page("notebooks/05_optimizers")
    quiz, _, status, go = quiz_on(page)
    quiz.get_by_label("optimizer").focus()
    page.keyboard.press("ArrowDown")
    expect(status).to_contain_text("SGD with momentum, step 1 of 4. ")
    page.keyboard.press("Tab")
    expect(go).to_be_focused()
    page.keyboard.press("Tab")  # the other buttons are off
    row = [quiz.get_by_role("button", name=f"row {i}", exact=True) for i in range(6)]
    expect(row[0]).to_be_focused()
    for key, i in (("ArrowDown", 1), ("End", 5), ("ArrowDown", 5), ("ArrowUp", 4), ("Home", 0), ("ArrowDown", 1)):
        page.keyboard.press(key)
        expect(row[i]).to_be_focused()
    page.keyboard.press("Space")
    expect(row[1]).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("You marked 1 of 2.")
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("aria-label", re.compile("^row 1: gradient, read, moved .*, marked$"))
    page.keyboard.press("Space")
    expect(focused).to_have_attribute("aria-pressed", "true")  # an answer is no longer changed
    page.keyboard.press("Enter")
    expect(status).to_contain_text("step 2 of 4. Batch 2 reads row 3")
    expect(row[1]).to_be_focused()
    expect(row[1]).to_have_attribute("aria-pressed", "false")


def test_a_browser_that_keeps_nothing_still_has_a_quiz(open_page):
    page = open_page("notebooks/05_optimizers")
    quiz, _, _, go = quiz_on(page)
    page.evaluate("Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })")
    go.click()
    expect(quiz.get_by_role("listitem").first).to_contain_text("of 2 right")
    go.click()
    go.click()
    expect(quiz.get_by_role("listitem").first).to_contain_text("of 3 right")


def test_on_paper_stands_the_answer_and_afterwards_the_question(open_page):
    page = open_page("notebooks/05_optimizers")
    quiz, state, status, _ = quiz_on(page)
    step = state["traces"][0]["steps"][0]
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(status).to_have_text(f"SGD, step 1 of 4. {step['said']}")
    assert [cause for cause, _ in row_texts(quiz, 1)[1]] == ["gradient"]
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(status).to_contain_text("Which rows will move?")
    assert row_texts(quiz, 1)[1] == []


def test_the_stored_answer_does_not_show_before_the_question(browser, site):
    def without_script(route):
        response = route.fetch()
        route.fulfill(
            response=response, body=re.sub(r'<script type="module">.*?</script>', "", response.text(), flags=re.DOTALL)
        )

    page = browser.new_context().new_page()
    page.route("**/05_optimizers.html", without_script)
    page.goto(f"{site}/notebooks/05_optimizers.html")
    quiz = page.locator('[data-lens="move-quiz"]').first
    expect(quiz.locator(".rl-caption")).to_be_visible()
    expect(quiz.get_by_text("0.6817").first).to_be_hidden()
    page.context.close()


def test_a_trace_is_stepped_through_with_a_slider(open_page):
    page = open_page("notebooks/06_keep_still")
    lens = lens_of(page, "trace")
    slider = lens.get_by_role("slider", name="step")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^AdamW, step 1 of 4\. Rows 1 and 2 were read"))
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(lens.get_by_role("status")).to_contain_text("AdamW, step 2 of 4. Row 3 was read and moved")
    assert [cause for cause, _ in row_texts(lens, 4)[1]] == ["decay"]
    assert "decay, not read" in row_texts(lens, 4)[2]
    page.keyboard.press("End")
    expect(lens.get_by_role("status")).to_contain_text("step 4 of 4")


def replay_on(page):
    """The replay of praise and blame, what the page knows of it, its slider and its status line."""
    lens = lens_of(page, "training-replay", 1)
    state = json.loads(lens.get_attribute("data-state"))
    return lens, state, lens.get_by_role("slider", name="recorded step"), lens.get_by_role("status")


# What a replay shows: where its points stand, which are filled, its panel, its ring, how many arrows there are.
SHOWN = """root => ({
    points: [...root.querySelectorAll(".rl-point")].flatMap((one) =>
        ["--x", "--y"].map((name) => Number(one.style.getPropertyValue(name)))),
    lit: [...root.querySelectorAll(".rl-point[data-lit]")].map((one) => Number(one.dataset.row)),
    batch: [...root.querySelectorAll(".rl-batch tr")].map((tr) => tr.textContent),
    ring: ["--now", "--height"].map((name) => Number(root.querySelector(".rl-track").style.getPropertyValue(name))),
    past: root.querySelector(".rl-past").getAttribute("points").split(" ").length,
    arrows: (root.querySelector(".rl-arrows").getAttribute("d").match(/M/g) ?? []).length / 2,
    words: root.querySelector("[role=slider]").ariaValueText,
})"""


def expected_at(run, at, names):
    moves = [move.split() for move in run["moves"][at].split("|") if move]
    return {
        "points": [float(number) for number in run["positions"][at].split()],
        "lit": run["reads"][at],
        "batch": [names[row] + far for row, (_, _, far) in zip(run["reads"][at], moves, strict=True)],
        "ring": [float(number) for number in run["curve"].split()[at].split(",")],
        "past": at + 1,
        "arrows": sum(float(dx) ** 2 + float(dy) ** 2 >= 0.25 for dx, dy, _ in moves),
        "words": f"Step {run['steps'][at]} of {run['steps'][-1]}: loss {run['losses'][at]}."
        + (f" The batch reads {listed([names[row] for row in run['reads'][at]])}." if run["reads"][at] else ""),
    }


def test_every_step_of_every_training_is_shown_as_it_was_recorded(open_page):
    page = open_page("notebooks/07_rows_learn")
    lens, state, slider, status = replay_on(page)
    for run in state["runs"]:
        lens.get_by_label("training").select_option(run["name"])
        slider.press("Home")
        for at in range(len(run["steps"])):
            assert lens.evaluate(SHOWN) == expected_at(run, at, state["names"])
            slider.press("ArrowRight")
        expect(status).to_contain_text(f"Step 180 of 180: loss {run['losses'][-1]}")


def test_the_curve_is_a_slider_for_keys_and_for_a_pointer(open_page):
    page = open_page("notebooks/07_rows_learn")
    _, state, slider, _ = replay_on(page)
    last = len(state["runs"][0]["steps"]) - 1
    now = "aria-valuenow"
    expect(slider).to_have_attribute("aria-valuemax", str(last))
    expect(slider).to_have_attribute(now, str(last))
    for key, at in (("Home", 0), ("ArrowUp", 1), ("PageUp", 11), ("ArrowLeft", 10), ("PageDown", 0), ("ArrowDown", 0)):
        slider.press(key)
        expect(slider).to_have_attribute(now, str(at))
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.click(box["x"] + box["width"] / 2, middle)
    expect(slider).to_have_attribute(now, str(last // 2))
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, middle)
    expect(slider).to_have_attribute(now, str(last // 4))
    page.mouse.move(box["x"] - 50, middle)
    expect(slider).to_have_attribute(now, "0")
    page.mouse.up()
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    expect(slider).to_have_attribute(now, "0")


def test_buttons_step_and_stop_at_the_ends(open_page):
    page = open_page("notebooks/07_rows_learn")
    lens, _, slider, _ = replay_on(page)
    back, on = (lens.get_by_role("button", name=name) for name in ("one step back", "one step on"))
    expect(on).to_be_disabled()
    back.click()
    expect(on).to_be_enabled()
    on.press("Enter")
    expect(on).to_be_disabled()
    expect(back).to_be_focused()
    slider.press("Home")
    expect(back).to_be_disabled()


def test_a_row_can_be_followed(open_page):
    page = open_page("notebooks/07_rows_learn")
    lens, state, slider, _ = replay_on(page)
    way = lens.locator(".rl-trails.rl-lit")
    expect(way).to_have_attribute("d", "")
    lens.locator(".rl-point[data-row='3'] svg").click()
    expect(lens.get_by_label("follow a row")).to_have_value("3")
    steps = [step.split()[6:8] for step in state["runs"][0]["positions"]]
    path = "M" + "L".join(f"{float(x):g} {float(y):g}" for x, y in steps)
    expect(way).to_have_attribute("d", path)
    slider.press("Home")
    expect(way).to_have_attribute("d", path.split("L")[0])
    lens.get_by_label("follow a row").select_option("zesty")
    expect(lens.locator(".rl-point[data-followed] bdi")).to_have_text("zesty")
    lens.locator(".rl-point[data-row='12'] svg").click()
    expect(lens.locator(".rl-point[data-followed]")).to_have_count(0)


def test_the_replay_draws_what_python_has_stored(open_page):
    parts = "root => [...root.querySelectorAll('.rl-point, .rl-batch :is(tr, i), .rl-whole, .rl-starts')].map(PART)"
    numbers = "(one.getAttribute('style') ?? '').match(/[0-9.]+/g)?.map(Number)"
    path = "(one.getAttribute('points') ?? one.getAttribute('d') ?? '').match(/[0-9.]+/g)?.map(Number)"
    drawn = parts.replace("PART", f"(one) => [one.textContent, one.matches('[data-lit]'), {numbers}, {path}]")
    stored = open_page("notebooks/07_rows_learn", java_script_enabled=False)
    before = stored.locator('[data-lens="training-replay"]').nth(1).evaluate(drawn)
    live = replay_on(open_page("notebooks/07_rows_learn"))[0]
    assert live.evaluate(drawn) == before
    assert len(before) >= 15


def test_the_replay_plays_pauses_and_ends(open_page):
    page = open_page("notebooks/07_rows_learn")
    lens, _, slider, status = replay_on(page)
    end = slider.get_attribute("aria-valuemax")
    page.wait_for_timeout(300)
    assert slider.get_attribute("aria-valuenow") == end, "nothing moves on its own"
    lens.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    expect(lens.get_by_role("button", name="Pause")).to_be_focused()
    expect(status).to_have_attribute("aria-live", "off")
    expect(slider).not_to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("Enter")
    stopped = slider.get_attribute("aria-valuenow")
    page.wait_for_timeout(300)
    assert slider.get_attribute("aria-valuenow") == stopped != end
    slider.press("End")
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    lens.get_by_role("button", name="Play").click()
    expect(slider).to_have_attribute("aria-valuenow", end)
    expect(lens.get_by_role("button", name="Play")).to_be_visible()
    assert status.get_attribute("aria-live") is None


def test_a_reader_who_asks_for_less_motion_goes_step_by_step(open_page):
    page = open_page("notebooks/07_rows_learn", reduced_motion="reduce")
    lens, _, slider, _ = replay_on(page)
    expect(lens.get_by_role("button", name="Play")).to_be_hidden()
    slider.press("Home")
    for at in ("1", "2"):
        lens.get_by_role("button", name="one step on").click()
        expect(slider).to_have_attribute("aria-valuenow", at)


@pytest.mark.parametrize("disk", [False, True], ids=["http", "file"])
def test_without_scripts_the_training_lenses_can_be_read(open_page, disk):
    page = open_page("notebooks/04_gradients", java_script_enabled=False, disk=disk)
    lens = page.locator('[data-lens="gradient"]').first
    assert gradient_shown(lens) == gradient_expected(IDS, SIGNS)
    page = open_page("notebooks/05_optimizers", java_script_enabled=False, disk=disk)
    quiz = page.locator('[data-lens="move-quiz"]')
    expect(
        quiz.get_by_text("reads row 3, moves rows 1, 2 and 3; rows 1 and 2 moved without being read (momentum)").first
    ).to_be_visible()
    page = open_page("notebooks/07_rows_learn", java_script_enabled=False, disk=disk)
    lens = page.locator('[data-lens="training-replay"]').nth(1)
    expect(lens.get_by_role("status")).to_contain_text("Step 180 of 180: loss")
    expect(lens.locator(".rl-point", has_text="zesty").locator("bdi")).to_be_visible()
    expect(lens.locator(".rl-moment")).to_have_count(2)
    expect(lens.get_by_text("step 90: loss")).to_be_visible()
