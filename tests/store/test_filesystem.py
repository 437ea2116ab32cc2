"""Files and folders of others: refused, never followed, never waited for."""

from __future__ import annotations

import os

import pytest

import logging_kit
from logging_kit.exceptions import SettingsError
from logging_kit.store.filesystem import ForeignFileError, open_fd, open_lock, open_to_read

WRITE = os.O_RDWR | os.O_CREAT


@pytest.mark.parametrize("place", ["", "segments", ".journal"])
@pytest.mark.parametrize("mode", [0o777, 0o707, 0o1777])
def test_a_folder_that_others_may_write_is_refused(tmp_path, mode, place):
    log_dir = tmp_path / "logs"
    folder = log_dir / place
    folder.mkdir(parents=True)
    folder.chmod(mode)
    with pytest.raises(SettingsError, match=r"every user may write.*shared_log_dir"):
        logging_kit.setup(log_dir=log_dir, stdout="off", hooks=())
    with logging_kit.setup(log_dir=log_dir, stdout="off", hooks=(), shared_log_dir=True) as log:
        log.info("line")
    assert list(log_dir.glob("segments/bot-*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(tmp_path):
    log_dir = tmp_path / "logs"
    log_dir.mkdir()
    os.chown(log_dir, 65_534, 65_534)
    with pytest.raises(SettingsError, match="belongs to another user"):
        logging_kit.setup(log_dir=log_dir, stdout="off", hooks=())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_not_written(tmp_path):
    path = tmp_path / "file"
    path.write_text("x")
    os.chown(path, 65_534, 65_534)
    with pytest.raises(ForeignFileError, match="another user"):
        open_fd(path, WRITE)
    os.close(open_lock(path))
    assert path.stat().st_uid == os.geteuid()


@pytest.mark.parametrize("kind", ["link", "second name", "pipe", "folder", "loop", "nowhere"])
def test_only_a_regular_file_with_one_name_is_opened(tmp_path, kind):
    path, other = tmp_path / "file", tmp_path / "other"
    other.write_text("precious")
    match kind:
        case "link":
            path.symlink_to(other)
        case "second name":
            path.hardlink_to(other)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to(path)
        case "nowhere":
            path.symlink_to(tmp_path / "new")
    with pytest.raises(ForeignFileError):
        open_fd(path, WRITE)
    if kind != "second name":
        with pytest.raises(OSError):
            open_to_read(path)
    os.close(open_lock(path))
    assert other.read_text() == "precious"
    assert not (tmp_path / "new").exists()
