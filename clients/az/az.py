"""`az` as a process, with a configuration folder of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cupola

# Of the environment that this suite runs in.
AZ = Path(sys.executable).with_name("az")
# No command of the stories takes a fraction of it.
SECONDS = 120


class Az:
    """Runs commands as one person who has one `AZURE_CONFIG_DIR`. A warm one loads its Python modules once."""

    def __init__(self, server, folder, warm=False, **variables):
        self.server = server
        self.folder = Path(folder)
        self.warm = warm
        self.warmed = None
        self.variables = cupola.bare_environment(folder) | {
            "AZURE_CONFIG_DIR": str(self.folder / "azure"),
            "AZURE_CORE_COLLECT_TELEMETRY": "no",
            "AZURE_CORE_NO_COLOR": "yes",
            "AZURE_CORE_SURVEY_MESSAGE": "no",
            "REQUESTS_CA_BUNDLE": server.client["ca_bundle_file"],
            "SSL_CERT_FILE": server.client["ca_bundle_file"],
        }
        self.variables |= variables

    def start(self, *arguments, **more):
        return subprocess.Popen(
            [str(AZ), *arguments],
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            **more,
        )

    def run(self, *arguments):
        if self.warm:
            return self.run_warm(arguments)
        process = self.start(*arguments)
        stdout, stderr = process.communicate(timeout=SECONDS)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    def run_warm(self, arguments):
        if not self.warmed:
            program = [sys.executable, str(Path(__file__).with_name("warm.py"))]
            streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            self.warmed = subprocess.Popen(program, env=self.variables, text=True, cwd=self.folder, **streams)
        said, complained = self.folder / "stdout", self.folder / "stderr"
        job = {"arguments": arguments, "stdout": str(said), "stderr": str(complained), "seconds": SECONDS}
        print(json.dumps(job), file=self.warmed.stdin, flush=True)
        code = self.warmed.stdout.readline()
        assert code, f"the warm az ended during {arguments}"
        return subprocess.CompletedProcess(arguments, int(code), said.read_text(), complained.read_text())

    def end(self):
        if self.warmed:
            self.warmed.stdin.close()
            self.warmed.wait(10)

    def __call__(self, *arguments):
        """What the command printed, read as JSON; None where it prints nothing."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"az {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def fails(self, *arguments):
        """What a command says that must not succeed."""
        done = self.run(*arguments)
        assert done.returncode != 0, f"az {' '.join(arguments)} succeeded:\n{done.stdout}"
        return done.stderr

    def register(self, name="Cupola", **endpoints):
        """`cloud register` and `cloud set`, as section 2 of the contract points `az` at a cloud."""
        endpoints = [f"--endpoint-{key.replace('_', '-')}={value}" for key, value in endpoints.items()]
        self("cloud", "register", "-n", name, "--endpoint-resource-manager", self.server.client["url"], *endpoints)
        self("cloud", "set", "-n", name)
        self("config", "set", "core.instance_discovery=false")
        return self

    def login(self, tenant=None):
        client = self.server.client
        return self(
            *("login", "--service-principal", "-u", client["client_id"], "-p", client["client_secret"]),
            *("--tenant", tenant or client["tenant_id"]),
        )


def path_with(folder):
    """PATH with one folder more, before all others."""
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
