"""Starting: a second start changes nothing; what is in the way is named."""

import socket
import subprocess

import cupola
from cupola import TINY_CHAT, Arm


def steady(arm):
    """Everything that a restart must not change; ports are new at each start of these tests."""
    listed = arm.get(f"/subscriptions/{arm.client['subscription_id']}/resources?$filter=").json()["value"]
    endpoint = arm.endpoint("hello").json()
    endpoint["properties"]["inferenceEndpoint"] = None
    return sorted(one["id"] for one in listed), endpoint, arm.keys("hello")


def test_a_second_start_changes_nothing(own_server):
    first = own_server()
    arm = Arm(first)
    model = arm.deploy("hello", TINY_CHAT)
    assert model.chat("hello").status_code == 200
    before, client, usage = steady(arm), first.client, first.usage("hello")
    first.stop()

    second = own_server()
    arm = Arm(second)
    assert steady(arm) == before
    assert second.usage("hello") == usage
    for name in ("client_id", "client_secret", "subscription_id", "resource_group", "workspace", "tenant_id"):
        assert second.client[name] == client[name], name
    uri = arm.endpoint("hello").json()["properties"]["inferenceEndpoint"]["uri"]
    again = cupola.Deployment(second.client["ca_bundle_file"], uri, model.key)
    assert again.chat("hello").status_code == 200


def run_to_its_end(tmp_path, *arguments):
    command = [str(cupola.binary()), "serve", *arguments]
    return subprocess.run(
        command, env=cupola.bare_environment(tmp_path), capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )


def test_a_port_in_use_is_named_and_leaves_no_trace(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for flag, other in (("--listen", "--http-listen"), ("--http-listen", "--listen")):
            done = run_to_its_end(tmp_path, "--data-dir", str(tmp_path / "data"), flag, address, other, "127.0.0.1:0")
            assert done.returncode != 0
            assert address in done.stderr and flag in done.stderr, done.stderr
    assert not (tmp_path / "data" / "cupola.db").exists()


def test_a_data_directory_in_use_is_named(own_server, tmp_path):
    first = own_server()
    done = run_to_its_end(
        tmp_path, "--data-dir", str(first.data_dir), "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"
    )
    assert done.returncode != 0
    assert str(first.data_dir) in done.stderr and "in use" in done.stderr, done.stderr
    assert Arm(first).get("/subscriptions").status_code == 200, "the first one goes on"


def test_plain_http_is_for_loopback_only(tmp_path):
    done = run_to_its_end(tmp_path, "--data-dir", str(tmp_path / "data"), "--http-listen", "0.0.0.0:0")
    assert done.returncode != 0
    assert "loopback" in done.stderr


def test_secrets_are_readable_by_the_owner_alone(own_server):
    server = own_server()
    assert server.data_dir.stat().st_mode & 0o077 == 0, "nobody else enters the data directory"
    for name in ("client.json", "root.key"):
        assert (server.data_dir / name).stat().st_mode & 0o077 == 0, name
    assert server.client["client_secret"] not in server.said()


def test_it_ends_when_told_although_nobody_reads_what_it_says(tmp_path):
    command = [str(cupola.binary()), "serve", "--data-dir", str(tmp_path / "data")]
    server = subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"],
        env=cupola.bare_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        while b"Stop with" not in server.stdout.readline():
            assert server.poll() is None
        server.stdout.close()
        server.terminate()
        server.wait(25)
    finally:
        server.kill()
        server.wait(10)
