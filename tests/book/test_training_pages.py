"""The lenses of chapters 4 to 6 on their pages: edited, predicted, replayed, by mouse and by keyboard."""

import json
import re

import pytest
import torch
from playwright.sync_api import expect
from torch import nn

from rowlight.teaching.walkthrough import TABLE
from rowlight.widgets.numbers import printed

IDS = [1, 2, 2, 2, 7, 1]


def lens_of(page, kind, place=0):
    lens = page.locator(f'.rowlight[data-lens="{kind}"]').nth(place)
    expect(lens).to_have_class(re.compile("rl-live"))
    return lens


def gradient_shown(lens):
    rows = lens.locator(".rl-gradient tr[data-row]").all()
    return [row.locator("td:not(.rl-uses)").all_inner_texts() for row in rows]


def gradient_expected(ids, upstream):
    table = nn.Embedding.from_pretrained(torch.tensor(TABLE), freeze=False)
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
    for flat, id_ in ((0, 9), (4, 2), (5, 2), (2, 0)):
        change(page, lens, f"{flat // 3},{flat % 3}", id_)
        ids[flat] = id_
        assert gradient_shown(lens) == gradient_expected(ids, upstream)
    counts = torch.tensor(ids).bincount(minlength=10).tolist()
    words = lens.locator(".rl-gradient .rl-uses").all_inner_texts()
    assert words == [{0: "not read", 1: "1 vector"}.get(count, f"sum of {count}") for count in counts]
    lens.get_by_role("button", name="Reset").click()
    assert gradient_shown(lens) == gradient_expected(IDS, upstream)


def test_an_id_lights_its_row_and_the_row_of_its_gradient(open_page):
    page = open_page("notebooks/04_gradients")
    lens = lens_of(page, "gradient")
    lens.locator("button[data-position='1,1']").click()
    for part in ("table", "gradient"):
        lit = lens.locator(f".rl-{part} tr[aria-selected='true']")
        assert [row.get_attribute("data-row") for row in lit.all()] == ["7"]
    expect(lens.locator(".rl-paths path")).to_have_count(2)
    lens.locator(".rl-gradient tr[data-row='2'] button").click()
    expect(lens.get_by_role("status")).to_contain_text("the batch reads row 2 three times")


def quiz_on(page):
    """The Move Quiz, what the page knows of it, its status line and its main button."""
    quiz = lens_of(page, "move-quiz")
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
    assert lens_of(page, "move-quiz").get_by_role("listitem").all_inner_texts() == score, "kept in the browser"
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
    quiz_on(page)[3].click()
    assert page.evaluate(picture) == stored


def test_the_same_step_of_another_optimizer_keeps_the_marks(open_page):
    page = open_page("notebooks/05_optimizers")
    quiz, _, status, go = quiz_on(page)
    other = quiz.get_by_role("button", name="Same step, ")
    expect(other).to_be_disabled()
    quiz.get_by_role("button", name="row 1", exact=True).click()
    go.click()
    score = quiz.get_by_role("listitem").all_inner_texts()
    for name in ("Adam", "AdamW"):
        expect(other).to_have_text(f"Same step, {name}")
        other.click()
        expect(status).to_contain_text(f"{name}, step 1 of 4. ")
        expect(status).to_contain_text("You marked 1 of ")
    assert [cause for cause, _ in row_texts(quiz, 4)[1]] == ["decay"]
    assert quiz.get_by_role("listitem").all_inner_texts() == score, "a mark counts for one optimizer"
    quiz.get_by_role("button", name="Again").click()
    expect(go).to_be_focused()
    expect(status).to_contain_text("AdamW, step 1 of 4. Batch 1 reads")
    expect(quiz.locator("[aria-pressed='true']")).to_have_count(0)


def test_the_quiz_can_be_done_with_the_keyboard_alone(open_page):
    page = open_page("notebooks/05_optimizers")
    quiz, _, status, go = quiz_on(page)
    quiz.get_by_label("optimizer").focus()
    page.keyboard.press("ArrowDown")
    expect(status).to_contain_text("Adam, step 1 of 4. ")
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
    quiz = page.locator('[data-lens="move-quiz"]')
    expect(quiz.locator(".rl-caption")).to_be_visible()
    expect(quiz.get_by_text("0.4805").first).to_be_hidden()
    page.context.close()


def test_a_trace_is_stepped_through_with_a_slider(open_page):
    page = open_page("notebooks/05_optimizers")
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


def test_the_replay_moves_the_rows_through_their_training(open_page):
    page = open_page("notebooks/06_rows_learn")
    lens = lens_of(page, "training-replay")
    state = json.loads(lens.get_attribute("data-state"))
    slider = lens.get_by_role("slider", name="recorded step")
    first = state["runs"][0][1]
    places = torch.tensor(first["changes"]).cumsum(dim=0).reshape(len(first["steps"]), -1, 2)
    marks = lens.locator(".rl-points > g[data-row]")
    for at in (0, 7, len(places) - 1):
        slider.fill(str(at))
        shown = marks.evaluate_all(
            "all => all.map((mark) => mark.getAttribute('transform').match(/-?\\d+/g).map(Number))"
        )
        assert shown == places[at].tolist()
        read = [state["names"][row] for row in first["reads"][at]]
        expect(lens.get_by_role("status")).to_contain_text(
            f"step {first['steps'][at]} of 180: loss {first['losses'][at]}"
        )
        expect(lens.get_by_role("status")).to_contain_text(read[-1])
        lit = lens.locator(".rl-points g[data-lit] text").all_text_contents()
        assert lit == read
    lens.get_by_label("training").select_option("frozen table")
    slider.fill("0")
    before = marks.first.get_attribute("transform")
    losses = dict(state["runs"])["frozen table"]["losses"]
    loss = lens.locator(".rl-loss")
    expect(loss).to_have_attribute("aria-label", re.compile(f"from {losses[0]} to {losses[-1]}$"))
    slider.press("End")
    assert marks.first.get_attribute("transform") == before
    expect(lens.get_by_role("status")).to_contain_text("step 180 of 180")


def test_the_replay_plays_pauses_and_ends(open_page):
    page = open_page("notebooks/06_rows_learn")
    lens = lens_of(page, "training-replay")
    slider = lens.get_by_role("slider", name="recorded step")
    end = slider.get_attribute("max")
    assert slider.input_value() == end
    page.wait_for_timeout(300)
    assert slider.input_value() == end, "nothing moves on its own"
    lens.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    expect(lens.get_by_role("button", name="Pause")).to_be_focused()
    expect(lens.get_by_role("status")).to_have_attribute("aria-live", "off")
    expect(slider).not_to_have_value("0")
    page.keyboard.press("Enter")
    stopped = slider.input_value()
    page.wait_for_timeout(300)
    assert slider.input_value() == stopped != end
    slider.fill(str(int(end) - 2))
    lens.get_by_role("button", name="Play").click()
    expect(slider).to_have_value(end)
    expect(lens.get_by_role("button", name="Play")).to_be_visible()
    assert lens.get_by_role("status").get_attribute("aria-live") is None


def test_another_training_may_be_chosen_while_one_is_played(open_page):
    page = open_page("notebooks/06_rows_learn")
    lens = lens_of(page, "training-replay")
    lens.get_by_role("button", name="Play").click()
    expect(lens.get_by_role("button", name="Pause")).to_be_visible()
    lens.get_by_label("training").select_option("seed 1")
    expect(lens.get_by_role("button", name="Play")).to_be_visible()
    slider = lens.get_by_role("slider", name="recorded step")
    stopped = slider.input_value()
    page.wait_for_timeout(300)
    assert slider.input_value() == stopped


def test_a_reader_who_asks_for_less_motion_gets_one_step_a_press(open_page):
    page = open_page("notebooks/06_rows_learn", reduced_motion="reduce")
    lens = lens_of(page, "training-replay")
    slider = lens.get_by_role("slider", name="recorded step")
    for value in ("0", "1", "2"):
        lens.get_by_role("button", name="Play").click()
        page.wait_for_timeout(200)
        assert slider.input_value() == value


@pytest.mark.parametrize("disk", [False, True], ids=["http", "file"])
def test_without_scripts_the_training_lenses_can_be_read(open_page, disk):
    page = open_page("notebooks/04_gradients", java_script_enabled=False, disk=disk)
    lens = page.locator('[data-lens="gradient"]').first
    assert gradient_shown(lens) == gradient_expected(IDS, torch.ones(6, 4))
    page = open_page("notebooks/05_optimizers", java_script_enabled=False, disk=disk)
    quiz = page.locator('[data-lens="move-quiz"]')
    expect(
        quiz.get_by_text("reads row 3, moves rows 1, 2 and 3; rows 1 and 2 moved without being read (momentum)").first
    ).to_be_visible()
    page = open_page("notebooks/06_rows_learn", java_script_enabled=False, disk=disk)
    lens = page.locator('[data-lens="training-replay"]').first
    expect(lens.get_by_role("status")).to_contain_text("step 180 of 180: loss")
    expect(lens.locator(".rl-points text", has_text="zesty")).to_be_visible()
