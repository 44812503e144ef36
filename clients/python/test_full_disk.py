"""A full disk: answers that cannot be recorded are not given; what was acknowledged stays; space heals."""

import os
import subprocess
import time
from pathlib import Path

import pytest

import cupola
from cupola import TINY_CHAT, Arm

NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def can_mount():
    probe = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False)
    return probe.returncode == 0


class OnSmallDisk(cupola.Server):
    """A server whose data directory is a file system of its own, seen from outside through /proc."""

    def __init__(self, place, megabytes):
        place.mkdir()
        super().__init__(place / "data")
        self.place = place
        self.mount = f"mount -t tmpfs -o size={megabytes}m tmpfs {place}"

    def wrapped(self, command):
        return [*NAMESPACE, "sh", "-c", f'{self.mount} && exec "$@"', "sh", *command]

    @property
    def client(self):
        client = super().client
        inside = f"/proc/{self.process.pid}/root"
        return client | {"ca_bundle_file": inside + client["ca_bundle_file"]}

    def look_inside(self):
        self.data_dir = Path(f"/proc/{self.process.pid}/root{self.place}") / "data"


@pytest.mark.skipif(not can_mount(), reason="needs a mount of its own (unprivileged user namespaces)")
def test_a_full_disk(tmp_path):
    server = OnSmallDisk(tmp_path / "disk", 64)
    server.start()
    try:
        server.look_inside()
        arm = Arm(server)
        model = arm.deploy("full", TINY_CHAT)
        told = [model.chat("hello", max_tokens=5).json()["usage"] for _ in range(3)]

        filler = server.data_dir / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
            except OSError:
                pass
        refused = None
        for _ in range(400):
            answer = model.chat("hello", max_tokens=5)
            if answer.status_code != 200:
                refused = answer
                break
            told.append(answer.json()["usage"])
        assert refused is not None, "the disk is full, and 400 answers were recorded"
        assert refused.status_code in (503, 507), refused.text
        said = refused.json()["error"]["message"].lower()
        assert "disk" in said or "space" in said, said

        filler.unlink()
        deadline = time.monotonic() + 20
        while (answer := model.chat("hello", max_tokens=5)).status_code != 200:
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.2)
        told.append(answer.json()["usage"])
        usage_url = f"/subscriptions/{arm.client['subscription_id']}/providers/Cupola.Billing/usage?endpoint=full"
        billed = arm.get(usage_url)
        assert billed.status_code == 200, f"{billed.text}\n{server.said()}"
        meters = {row["meter"]: int(row["quantity"]) for row in billed.json()["value"]}
        assert meters["requests"] >= len(told)
        assert meters["completion_tokens"] >= sum(one["completion_tokens"] for one in told)
    finally:
        os.kill(server.process.pid, 9)
        server.process.wait(10)
