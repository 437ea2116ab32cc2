"""The selection of segments does not depend on the time of their last change."""

from __future__ import annotations

import os
import time

import pytest

from logging_kit.panels.engine.ingest import SegmentCursor


@pytest.mark.parametrize("moment", [0, 978_307_200, 1_795_000_000])
def test_a_segment_of_today_is_read_whatever_its_time_of_change(tmp_path, moment):
    now = time.time()
    folder = tmp_path / "segments"
    folder.mkdir()
    path = folder / f"bot-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now))}-aaaa.log"
    path.write_text("{}\n")
    os.utime(path, (moment, moment))
    pieces, more = SegmentCursor(tmp_path, since=now - 3_600).next_pieces(10**6)
    assert [piece.path for piece in pieces] == [path]
    assert not more
    assert not pieces[0].growing


def test_a_segment_that_all_facts_call_old_is_left_out(tmp_path):
    folder = tmp_path / "segments"
    folder.mkdir()
    path = folder / "bot-20200101T000000Z-aaaa.log"
    path.write_text("{}\n")
    os.utime(path, (1_577_840_000, 1_577_840_000))
    assert SegmentCursor(tmp_path, since=time.time() - 3_600).next_pieces(10**6) == ([], False)
