"""Answer the tasks of a page as readers do: rightly, and with each mistake that the task knows."""

import random

from rowlight.teaching.grading import grade, read_numbers

TRIES = 20_000


def give(task, state, given):
    """Enter an answer and press Check."""
    kind = state["kind"]
    if kind == "rows":
        while (marked := task.locator("[aria-pressed='true']")).count():
            marked.first.click()
        for row in given:
            task.get_by_role("button", name=f"row {row}", exact=True).click()
    elif kind == "choice":
        task.get_by_role("radio").nth(state["options"].index(given)).check()
    elif kind == "ids":
        for field, id_ in zip(task.get_by_role("textbox").all(), given, strict=True):
            field.fill(str(id_))
    else:
        task.get_by_role("textbox").fill(", ".join(map(str, given)))
    task.get_by_role("button", name="Check").click()


def right_answer(task, state):
    """An answer that is right."""
    kind, answer = state["kind"], state["answer"]
    if kind == "ids":
        solution = task.locator("details strong").text_content()
        return [int(id_) for id_ in read_numbers(solution)]
    if kind == "between":
        return [sum(answer) / 2]
    return [number for number, _ in answer] if kind == "numbers" else answer


def mistakes(task, state):
    """For each known mistake, an answer that makes it, with what should be said to it."""
    for wrong, words in state["wrong"]:
        given = next((one for one in _tries(task, state, wrong) if grade(*_case(state, one)) == (False, words)), None)
        assert given is not None, f"nobody will ever read: {words}"
        yield given, words


def _case(state, given):
    return state["kind"], state["answer"], given, state["wrong"]


def _tries(task, state, wrong):
    """Answers of which one should make a mistake."""
    if state["kind"] == "between":
        low, high = wrong
        return [[low + (high - low) * i / 16] for i in range(17)]
    if state["kind"] == "ids":
        return _ids_to_try(state["answer"], right_answer(task, state), wrong)
    return [[number for number, _ in wrong] if state["kind"] == "numbers" else wrong]


def _ids_to_try(answer, solution, wrong):
    """The ids at the start and those of the solution, with what the mistake asks for and a few changed at random."""
    rng = random.Random(0)  # noqa: S311  cases, not secrets
    named = {index: int(least) for quantity, index, least, _, _ in wrong if quantity == "id"}
    for _ in range(TRIES):
        ids = [*rng.choice([answer["start"], solution])]
        for i in rng.sample(range(len(ids)), rng.randrange(min(len(ids), 4) + 1)):
            ids[i] = rng.randrange(answer["V"])
        yield [named.get(i, id_) for i, id_ in enumerate(ids)]
