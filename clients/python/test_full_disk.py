"""A full disk: changes are refused with the reason, answers that cannot be recorded are not given away, nothing that was
acknowledged is lost, and with space again everything goes on."""

import os
import subprocess

import pytest

from cupola import COMMAND_R, TINY_CHAT, Arm


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own with little space. Making one takes root, which CI is."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True).returncode != 0:
        pytest.skip("needs root, to mount a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path):
    """Takes what is left, to the last byte."""
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                pass


def test_a_full_disk_refuses_and_recovers(own_server, small_disk):
    server = own_server(data_dir=small_disk / "data")
    server.bind_simulator(COMMAND_R)
    arm = Arm(server)
    hello = arm.deploy("hello", TINY_CHAT)
    acknowledged = [hello.chat("hello", max_tokens=4)]
    filler = small_disk / "filler"

    fill(filler)
    refused = []
    for number in range(40):
        answer = hello.chat("hello", max_tokens=4)
        if answer.status_code == 200:
            acknowledged.append(answer)
        else:
            refused.append(answer)
    assert refused, "40 answers were recorded on a disk without space"
    for answer in refused:
        assert answer.status_code == 503, answer.text
        assert answer.json()["error"]["message"]
    answers = [arm.put_endpoint(f"full-{number}", TINY_CHAT) for number in range(5)]
    full = [answer for answer in answers if answer.status_code not in (200, 201)]
    assert full, "5 deployments were recorded on a disk without space"
    for answer in full:
        assert answer.status_code == 503, answer.text
        assert "full" in answer.json()["error"]["message"]

    os.remove(filler)
    again = hello.chat("hello", max_tokens=4)
    assert again.status_code == 200, again.text
    acknowledged.append(again)
    assert arm.deploy("after", TINY_CHAT).chat("hello").status_code == 200
    meters = server.usage("hello")
    assert meters["requests"] == len(acknowledged)
    assert meters["completion_tokens"] == sum(answer.json()["usage"]["completion_tokens"] for answer in acknowledged)
    server.kill()

    arm = Arm(own_server(data_dir=small_disk / "data"))
    assert arm.keys("hello")["primaryKey"] == hello.key
