"""A Cupola of its own for a benchmark: scratch data directory, free ports, the release binary."""

import json
import os
import pathlib
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary() -> str:
    """The release binary, built when it is missing or out of date."""
    subprocess.run(["cargo", "build", "--quiet", "--release", "--package", "cupola"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return str(target / "release" / "cupola")


class Platform:
    """`with Platform(binary) as platform:` runs a server; `start` and `stop` can be called again on the same data."""

    def __init__(self, program: str):
        self.program = program
        self.folder = tempfile.TemporaryDirectory(prefix="cupola-bench-")
        self.data = pathlib.Path(self.folder.name) / "data"
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()

    def start(self) -> float:
        """Starts the server; returns the seconds from the start of the process to its first answer over http."""
        begun = time.perf_counter()
        self.process = subprocess.Popen(
            [self.program, "serve", "--data-dir", str(self.data), "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0",
             "--log", "warn"],
            stdout=subprocess.PIPE, text=True,
        )
        http = None
        for line in self.process.stdout:
            if line.strip().startswith("http "):
                http = line.split()[1]
                break
        if http is None:
            raise SystemExit("the server did not start")
        while True:
            try:
                urllib.request.urlopen(f"{http}/healthz", timeout=5).read()
                break
            except OSError:
                time.sleep(0.001)
        took = time.perf_counter() - begun
        self.client = json.loads((self.data / "client.json").read_text())
        self.http = http
        return took

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
            self.process.stdout.close()
            self.process = None

    def resident_mib(self) -> float:
        """Resident memory of the server process alone."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise SystemExit("no VmRSS")

    def cli(self, *arguments: str):
        """Runs `cupola ARGUMENTS -o json` against this server and returns what it printed."""
        environment = {**os.environ, "CUPOLA_DATA_DIR": str(self.data)}
        done = subprocess.run([self.program, *arguments, "-o", "json"], env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"cupola {' '.join(arguments)}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def post(self, url: str, body: dict, headers: dict):
        """Posts JSON, trusting the local CA."""
        trust = ssl.create_default_context(cafile=self.client["ca_file"])
        request = urllib.request.Request(
            url, json.dumps(body).encode(), {"content-type": "application/json", **headers}, method="POST"
        )
        return urllib.request.urlopen(request, timeout=60, context=trust)
