"""A clock that jumps over days is believed at the second start, or when a person says so."""

from __future__ import annotations

import pytest

from logging_kit.store.clock_check import NOTE, STATE, ClockCheck

DAY = 86_400.0
NOW = 1_795_262_400.0
YEARS = 4 * 365 * DAY


def start(log_dir, newest=None, told=None):
    log_dir.mkdir(exist_ok=True)
    return ClockCheck(log_dir, lambda: newest, [].append if told is None else told.append)


def test_a_folder_without_lines_is_trusted(log_dir):
    assert start(log_dir).is_trusted(NOW)
    assert not (log_dir / NOTE).exists()


@pytest.mark.parametrize("jump", [YEARS, 3 * DAY, -3 * DAY])
@pytest.mark.parametrize("known", [False, True])
def test_a_jump_waits_for_a_second_start(log_dir, jump, known):
    told: list[str] = []
    if known:
        assert start(log_dir).is_trusted(NOW)
    first = start(log_dir, NOW, told)
    assert not first.is_trusted(NOW + jump)
    assert not first.is_trusted(NOW + jump + 900)
    assert len(told) == 1
    assert "the clock says" in (log_dir / NOTE).read_text()
    second = start(log_dir, NOW)
    assert second.is_trusted(NOW + jump + 1_800)
    assert second.is_trusted(NOW + jump + 2_700)
    assert not (log_dir / NOTE).exists()


@pytest.mark.parametrize("own", [NOW - YEARS, NOW - 3 * DAY, NOW + 3 * DAY])
@pytest.mark.parametrize("before", [None, NOW - DAY, NOW])
def test_lines_of_this_process_say_nothing_about_the_clock(log_dir, before, own):
    """A simulation gives its lines times of its choice, and closes segments while it runs."""
    log_dir.mkdir()
    known = [before]
    told: list[str] = []
    check = ClockCheck(log_dir, lambda: known[-1], told.append)
    known.append(own)
    assert check.is_trusted(NOW)
    assert check.is_trusted(NOW + 900)
    assert told == []


def test_a_fault_at_the_start_is_no_answer(log_dir):
    log_dir.mkdir()
    answers = iter([OSError(5, "input/output error"), NOW - YEARS])

    def newest() -> float:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    assert not ClockCheck(log_dir, newest, [].append).is_trusted(NOW)


def test_a_person_confirms(log_dir):
    check = start(log_dir, NOW)
    assert not check.is_trusted(NOW + YEARS)
    (log_dir / NOTE).unlink()
    assert check.is_trusted(NOW + YEARS + 900)


def test_a_clock_that_is_set_right_again_is_trusted(log_dir):
    check = start(log_dir, NOW)
    assert not check.is_trusted(NOW + YEARS)
    assert check.is_trusted(NOW + 900)
    assert not start(log_dir).is_trusted(NOW + YEARS)


def test_two_starts_that_disagree_confirm_nothing(log_dir):
    assert not start(log_dir, NOW).is_trusted(NOW + YEARS)
    assert not start(log_dir, NOW).is_trusted(NOW + 10 * DAY)
    assert start(log_dir, NOW).is_trusted(NOW + 10 * DAY)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"seen":"x"}', '{"seen":true}', "\0" * 9_000])
def test_a_damaged_state_counts_as_none(log_dir, text):
    check = start(log_dir, NOW)
    (log_dir / STATE).write_text(text)
    assert check.is_trusted(NOW + 900)
    (log_dir / STATE).write_text(text)
    assert not start(log_dir, NOW).is_trusted(NOW + YEARS)


def test_a_state_that_is_a_link_is_not_read_and_is_replaced(log_dir, tmp_path):
    other = tmp_path / "other.json"
    other.write_text('{"seen":0}')
    check = start(log_dir, NOW)
    (log_dir / STATE).symlink_to(other)
    assert check.is_trusted(NOW + 900)
    assert other.read_text() == '{"seen":0}'
    assert not (log_dir / STATE).is_symlink()
