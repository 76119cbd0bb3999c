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
    upstream = torch.tensor(state["upstream"])
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


def test_the_quiz_asks_shows_judges_and_remembers(open_page):
    page = open_page("notebooks/05_optimizers")
    quiz = lens_of(page, "move-quiz")
    quiz.get_by_label("optimizer").select_option(label="Adam")
    status = quiz.get_by_role("status")
    expect(status).to_have_text("step 1 of 4, Adam: the batch reads rows 1 and 2. Which rows will move?")
    assert quiz.locator("tr[data-row='1'] td").all_inner_texts() == ["", "read", "", "", ""]
    for row in (1, 2):
        quiz.get_by_role("button", name=f"row {row}", exact=True).click()
    quiz.get_by_role("button", name="Step", exact=True).click()
    expect(status).to_have_text("step 1 of 4, Adam: reads rows 1 and 2, moves rows 1 and 2")
    quiz.get_by_role("button", name="Next step").click()
    quiz.get_by_role("button", name="row 3", exact=True).click()
    quiz.get_by_role("button", name="Step", exact=True).click()
    expect(status).to_have_text(
        "step 2 of 4, Adam: reads row 3, moves rows 1, 2 and 3; rows 1 and 2 moved without being read (momentum)"
    )
    assert quiz.locator("tr[data-row='1'] td").all_inner_texts() == [
        "stays: wrong",
        "",
        "",
        "moved",
        "not read: momentum",
    ]
    score = quiz.get_by_role("listitem").all_inner_texts()
    assert score == [
        "rows that got a gradient: 3 of 3 right",
        "rows that move on by momentum: 0 of 2 right",
        "rows that stay where they are: 7 of 7 right",
    ]
    page.reload()
    assert lens_of(page, "move-quiz").get_by_role("listitem").all_inner_texts() == score, "kept in the browser"
    quiz.get_by_role("button", name="Forget my score").click()
    expect(quiz.get_by_role("listitem")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('rowlight.move-quiz')") == "{}"


def test_the_quiz_can_be_run_with_the_keyboard_alone(open_page):
    page = open_page("notebooks/05_optimizers")
    quiz = lens_of(page, "move-quiz")
    quiz.get_by_label("optimizer").focus()
    page.keyboard.press("ArrowDown")
    expect(quiz.get_by_role("status")).to_contain_text("step 1 of 4, SGD, momentum 0.9: ")
    page.keyboard.press("Tab")
    expect(quiz.get_by_role("button", name="Step", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(quiz.get_by_role("button", name="row 1", exact=True)).to_be_focused()
    page.keyboard.press("Space")
    expect(quiz.get_by_role("button", name="row 1", exact=True)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(quiz.locator("tr[data-row='1'] td").first).to_have_text("moves: right")


def test_a_browser_that_keeps_nothing_still_has_a_quiz(open_page):
    page = open_page("notebooks/05_optimizers")
    quiz = lens_of(page, "move-quiz")
    page.evaluate("Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })")
    quiz.get_by_role("button", name="Step", exact=True).click()
    expect(quiz.get_by_role("listitem").first).to_contain_text("of 2 right")
    quiz.get_by_role("button", name="Next step").click()
    quiz.get_by_role("button", name="Step", exact=True).click()
    expect(quiz.get_by_role("listitem").first).to_contain_text("of 3 right")


def test_a_trace_is_stepped_through_with_a_slider(open_page):
    page = open_page("notebooks/05_optimizers")
    lens = lens_of(page, "trace")
    slider = lens.get_by_role("slider", name="step")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^step 1 of 4, AdamW: reads rows 1 and 2"))
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(lens.get_by_role("status")).to_contain_text("step 2 of 4, AdamW: reads row 3")
    assert lens.locator("tr[data-row='4'] td").all_inner_texts() == ["", "", "moved", "not read: decay"]
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
