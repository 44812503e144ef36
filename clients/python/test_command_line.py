"""The lines of the README, as they stand there."""

import json
import subprocess

import pytest

import cupola


@pytest.fixture(scope="module")
def shell(server, tmp_path_factory):
    """Runs bash lines as a user who has `cupola` on PATH."""
    place = tmp_path_factory.mktemp("shell")
    (place / "bin").mkdir()
    (place / "bin" / "cupola").symlink_to(cupola.binary().resolve())
    variables = cupola.bare_environment(place) | {"CUPOLA_DATA_DIR": str(server.data_dir)}
    variables["PATH"] = f"{place / 'bin'}:{variables['PATH']}"

    def run(lines, check=True):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines],
            cwd=place,
            env=variables,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )
        if check:
            assert done.returncode == 0, f"{done.stdout}{done.stderr}"
        return done

    return run


def test_first_success(shell):
    done = shell(
        r"""
        printf 'name: first\nmodel_id: azureml://registries/cupola/models/tiny-chat\n' > endpoint.yml
        cupola ml serverless-endpoint create -f endpoint.yml
        TARGET_URI=$(cupola ml serverless-endpoint show -n first --query scoring_uri -o tsv)
        KEY=$(cupola ml serverless-endpoint get-credentials -n first --query primaryKey -o tsv)
        eval "$(cupola env)"
        curl --silent --show-error --no-buffer --cacert "$SSL_CERT_FILE" "$TARGET_URI/chat/completions" \
            -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
            -d '{"messages":[{"role":"user","content":"What is Cupola?"}],"stream":true}'
        """
    )
    events = [line for line in done.stdout.splitlines() if line.startswith("data: ")]
    assert events[-1] == "data: [DONE]"
    text = "".join(
        choice["delta"].get("content") or "" for event in events[:-1] for choice in json.loads(event[6:])["choices"]
    )
    assert text.strip()


def test_keys_are_replaced_one_at_a_time(shell):
    keys = lambda: json.loads(shell("cupola ml serverless-endpoint get-credentials -n first -o json").stdout)
    before = keys()
    shell("cupola ml serverless-endpoint regenerate-keys -n first --key-type secondary")
    after = keys()
    assert after["primaryKey"] == before["primaryKey"]
    assert after["secondaryKey"] != before["secondaryKey"]


def test_an_endpoint_is_changed_in_parts(shell):
    update = lambda words: json.loads(shell(f"cupola ml serverless-endpoint update -n first {words} -o json").stdout)
    assert update("--set tags.team=blue auth_mode=key_and_aad")["auth_mode"] == "KeyAndAAD"
    seen = update("--set rate_limits.requests_per_minute=3 --add tags cost=42")
    assert (seen["auth_mode"], seen["tags"]) == ("KeyAndAAD", {"team": "blue", "cost": "42"})
    assert seen["rate_limits"] == {"requests_per_minute": 3}
    seen = update("--remove rate_limits tags.team --set auth_mode=key")
    assert "rate_limits" not in seen and (seen["auth_mode"], seen["tags"]) == ("Key", {"cost": "42"})
    refused = shell("cupola ml serverless-endpoint update -n first --set rate_limits.tokens=5", check=False)
    assert refused.returncode != 0 and "tokensPerMinute" in refused.stderr


def test_an_account_and_a_deployment(shell):
    done = shell(
        r"""
        cupola cognitiveservices account create -n cli-blue --tags by=test -o none
        cupola cognitiveservices account list-models -n cli-blue --query "[?name=='tiny-chat'].format" -o tsv
        cupola cognitiveservices account deployment create -n cli-blue --deployment-name chat \
            --model-format Cupola --model-name tiny-chat --model-version 1 --sku-name GlobalStandard --sku-capacity 20 -o none
        cupola cognitiveservices account deployment list -n cli-blue --query '[].name' -o tsv
        ENDPOINT=$(cupola cognitiveservices account show -n cli-blue --query properties.endpoint -o tsv)
        KEY=$(cupola cognitiveservices account keys list -n cli-blue --query key2 -o tsv)
        eval "$(cupola env)"
        curl --silent --show-error --fail --cacert "$SSL_CERT_FILE" "${ENDPOINT}openai/v1/chat/completions" \
            -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
            -d '{"model":"chat","messages":[{"role":"user","content":"What is Cupola?"}]}'
        """
    )
    model_format, deployments, answer = done.stdout.split("\n", 2)
    assert (model_format, deployments) == ("Cupola", "chat")
    assert json.loads(answer)["choices"][0]["message"]["content"]


def test_keys_of_an_account_and_its_end(shell):
    keys = lambda: json.loads(shell("cupola cognitiveservices account keys list -n cli-blue").stdout)
    before = keys()
    shell("cupola cognitiveservices account keys regenerate -n cli-blue --key-name key2")
    after = keys()
    assert after["key1"] == before["key1"] and after["key2"] != before["key2"]
    changed = json.loads(shell("cupola cognitiveservices account update -n cli-blue --tags by=nobody").stdout)
    assert changed["tags"] == {"by": "nobody"}
    shell("cupola cognitiveservices account deployment delete -n cli-blue --deployment-name chat")
    missing = shell("cupola cognitiveservices account deployment show -n cli-blue --deployment-name chat", check=False)
    assert missing.returncode == 3
    assert "cupola cognitiveservices account deployment list -n cli-blue" in missing.stderr
    region = changed["location"]
    shell("cupola cognitiveservices account delete -n cli-blue")
    refused = shell("cupola cognitiveservices account create -n cli-blue", check=False)
    assert "FlagMustBeSetForRestore" in refused.stderr
    shell(f"cupola cognitiveservices account purge -n cli-blue -l {region}")
    shell("cupola cognitiveservices account create -n cli-blue -o none")
    shell("cupola cognitiveservices account delete -n cli-blue")
    shell(f"cupola cognitiveservices account purge -n cli-blue -l {region}")


def test_output_in_a_pipe_is_clean(shell):
    for form in ("json", "yaml", "table", "tsv"):
        done = shell(f"cupola ml serverless-endpoint list -o {form} | cat")
        assert "first" in done.stdout
        assert "\x1b" not in done.stdout
    names = shell("cupola ml serverless-endpoint list --query '[].name' -o tsv").stdout.split()
    assert "first" in names


def test_an_error_says_what_to_type_and_ends_with_a_code(shell):
    done = shell("cupola ml serverless-endpoint show -n nobody", check=False)
    assert done.returncode != 0
    assert "cupola ml serverless-endpoint list" in done.stderr


def test_talking_in_the_terminal(shell):
    done = shell("echo 'What is Cupola?' | cupola chat -n first")
    assert done.stdout.strip()


def test_the_end(shell):
    shell("cupola ml serverless-endpoint delete -n first --yes")
    assert "first" not in shell("cupola ml serverless-endpoint list --query '[].name' -o tsv").stdout.split()
