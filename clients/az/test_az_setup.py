"""`eval "$(cupola az-setup)"` in a shell of somebody who never used `az` with this server, nor with any other."""

import json
import os
import subprocess

import cupola
from az import AZ


def shell(server, folder, script):
    variables = cupola.bare_environment(folder) | {
        "PATH": os.pathsep.join([str(AZ.parent), str(cupola.binary().parent), os.environ["PATH"]]),
        "AZURE_CONFIG_DIR": str(folder / "azure"),
        "CUPOLA_DATA_DIR": str(server.data_dir),
    }
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, cwd=folder)


def test_one_line_is_enough(server, tmp_path):
    done = shell(server, tmp_path, 'eval "$(cupola az-setup)" >&2; az group list --query "[].name"')
    assert done.returncode == 0, done.stderr
    assert server.client["resource_group"] in json.loads(done.stdout)


def test_bicep_files_work_at_once(server, group, tmp_path):
    (tmp_path / "main.bicep").write_text("param who string\noutput greeting string = 'Hello, ${who}'\n")
    deploy = f"az deployment group create -g {group} -f main.bicep -p who=Ann --query properties.outputs.greeting.value"
    done = shell(server, tmp_path, f'eval "$(cupola az-setup)" >&2; {deploy}')
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == "Hello, Ann"


def test_without_signing_in(server, tmp_path):
    done = shell(server, tmp_path, 'eval "$(cupola az-setup --no-login)" >&2; az cloud show --query name; az group list')
    assert done.returncode != 0
    assert json.loads(done.stdout) == "Cupola"
    assert "az login" in done.stderr


def test_setting_up_again_changes_nothing(server, tmp_path):
    script = 'eval "$(cupola az-setup)" >&2; ' * 2
    done = shell(server, tmp_path, script + "az account show --query id")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == server.client["subscription_id"]
