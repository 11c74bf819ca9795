"""Script files: what is wrong in them is told line by line, with what to do."""

import pytest

from campaigns.scripts.checking import check_campaign
from campaigns.scripts.errors import ScriptError
from campaigns.scripts.reading import examine_script, parse_script
from tests.support.scripted_talk import EXAMPLES, SMALL, codes, example, small

HEAD = 'script = "s"\ntitle = "T"\n'
STEP = '[[steps]]\nid = "one"\ntext = "Hi"\n'
END = '[[ends]]\nid = "end"\n'


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_examples_are_without_a_finding(path) -> None:
    assert examine_script(path.read_text(encoding="utf-8"))[1] == ()


def test_every_finding_has_its_line() -> None:
    text = (
        HEAD
        + '[[steps]]\nid = "one"\ntext = """\nHello\n[[steps]]\n"""\nnext = "nowhere"\n'
        + '[[steps]]\nid = "two"\n[[steps.branches]]\nwhen = "answers.age > 3"\nto = "two"\n'
        + END
    )
    assert codes(text) == [(3, "nowhere"), (10, "no_next"), (12, "unknown_question")]


def test_each_table_that_cannot_be_read_is_told_of() -> None:
    text = HEAD + STEP + 'next = "end"\ncolour = 1\n' + '[[steps]]\nid = "Two"\n' + END
    text += '[[quotas]]\nname = "q"\nwhen = "fields.city = 1"\ntarget = 3\n'
    script, findings = examine_script(text)
    assert script is None
    assert [each.line for each in findings] == [7, 9, 14]
    assert "is not a known key" in findings[0].text
    assert findings[2].fix == "Equal is written ==."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + STEP + 'next = "end"\n', (0, "no_end")),
        (HEAD + STEP + 'next = "one"\n' + END, (3, "no_exit")),
        (HEAD + STEP + 'next = "end"\n' + STEP.replace("one", "two") + 'next = "end"\n' + END,
         (7, "unreachable")),
        (HEAD + STEP + 'next = "end"\n' + STEP + 'next = "end"\n' + END, (7, "twice")),
        (HEAD + STEP.replace("Hi", "Hi {name}") + 'next = "end"\n' + END, (3, "no_fallback")),
        ("script = ", (1, "toml")),
    ],
)  # fmt: skip
def test_a_script_that_goes_wrong_is_found_out(text: str, expected: tuple[int, str]) -> None:
    assert expected in codes(text)


def test_a_loop_with_an_exit_is_no_fault_and_one_that_asks_nothing_is_told_of() -> None:
    asks = '[[steps.questions]]\nid = "again"\ntext = "?"\nkind = "single"\nchoices = ["Yes"]\n'
    branch = '[[steps.branches]]\nwhen = "{}"\nto = "end"\n'
    loop = HEAD + STEP + 'next = "one"\n'
    assert codes(loop + asks + branch.format("answers.again == 'yes'") + END) == []
    assert codes(loop + branch.format("fields.city == 'Baku'") + END) == [(3, "idle_loop")]


def test_answers_compared_with_what_nobody_can_answer_are_found_out() -> None:
    text = SMALL.replace("answers.nps <= 6", "answers.why == 'x' or answers.later == 1")
    found = codes(text.replace("answers.age < 18", "answers.nps < 3"))
    assert {"unknown_question", "asked_later"} <= {code for _, code in found}
    talk = (EXAMPLES / "term_deposit.toml").read_text(encoding="utf-8")
    findings = examine_script(talk.replace("== 'later'", "== 'Later'"))[1]
    assert [each.code for each in findings] == ["unknown_choice"]
    assert 'Did you mean "later"?' in findings[0].fix


def test_a_campaign_without_the_fields_or_dispositions_is_told_of() -> None:
    found = check_campaign(small(), campaign="spring", fields=["City", "sex"], dispositions=["no"])
    assert {each.code for each in found} == {"unknown_field", "unknown_disposition"}
    assert any('Did you mean "City"?' in each.fix for each in found)
    fitting = {"fields": ["city", "sex"], "dispositions": ["sale"]}
    assert check_campaign(small(), campaign="spring", **fitting) == []


def test_next_written_below_a_question_is_explained() -> None:
    text = SMALL.replace('kind = "number"\n', 'kind = "number"\nnext = "done"\n')
    with pytest.raises(ScriptError, match=r"belongs to the step, .*Write it before the step's"):
        parse_script(text, source="x")


def test_the_examples_ask_what_they_say() -> None:
    survey = example("service_survey")
    assert [each.id for each in survey.questions][:4] == ["takes_part", "age", "nps", "csat"]
    assert sum(each.target for each in survey.quotas) == 360
