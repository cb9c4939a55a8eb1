"""Display: lines where there is no terminal, from the main process alone, and advice on a GPU's share."""

import logging

import pytest

from xlt.training.diagnostics import Message
from xlt.training.display import LINE_EVERY, ProgressDisplay, share_of_a_step
from xlt.training.progress import Progress


@pytest.mark.parametrize(
    ("batch_s", "processes", "device", "said"),
    [
        (240.0, 1, "cpu", "240 s of speech in a step."),
        (60.0, 4, "cpu", "60 s of speech in a step, 15 s for each of 4 processes."),
        (240.0, 1, "cuda", "240 s of speech in a step."),
        (1920.0, 8, "cuda", "1920 s of speech in a step, 240 s for each of 8 GPUs."),
    ],
)
def test_a_share_that_keeps_a_device_busy_is_named(
    batch_s: float, processes: int, device: str, said: str
) -> None:
    assert share_of_a_step(batch_s, processes, device) == said


def test_a_share_too_small_for_a_gpu_says_what_to_raise() -> None:
    said = share_of_a_step(240.0, 8, "cuda")
    assert "30 s for each of 8 GPUs" in said and "--training.batch-s 1920" in said


def test_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(losses=[1.25], wall_s=60.0)
    for main in (True, False):
        display = ProgressDisplay(label="letters", steps=2 * LINE_EVERY, main=main)
        display.open(0)
        display.step(1, progress)
        assert capsys.readouterr().out == ""
        display.step(LINE_EVERY, progress)
        display.evaluation(LINE_EVERY, 1.25, {"dev_cer": 0.5, "dev_blank": 0.1})
        of_a_draw = {"dev_cer": 0.5, "dev_cer_low": 0.42, "dev_cer_high": 0.58}
        display.evaluation(LINE_EVERY, 1.25, of_a_draw)
        display.note("all is well")
        display.close()
        lines = capsys.readouterr().out.splitlines()
        expected = [
            "letters step 50 of 100: loss 1.250, about 1.0 min left",
            "letters step 50: loss 1.250  dev_cer 50.0 %",
            "letters step 50: loss 1.250  dev_cer 50.0 %  (dev_cer of a draw: 42.0 to 58.0 %)",
            "letters: all is well",
        ]
        assert lines == (expected if main else [])


def test_messages_that_matter_are_warnings(caplog: pytest.LogCaptureFixture) -> None:
    display = ProgressDisplay(label="letters", steps=1, main=True)
    with caplog.at_level(logging.WARNING):
        display.messages(WORRYING)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * len(WORRYING)


WORRYING = [Message(code="XLT-T04", step=7, text="the loss rises")]
