"""Becomes one `az` command after the other.

Half of a command's time goes into loading Python modules. This process has loaded them; it reads a command from its
standard input, forks, and the child runs the command's own entry point as any other process would.
"""

import importlib
import json
import os
import pkgutil
import runpy
import signal
import sys

# What the commands of the stories load; what is missing here is loaded by the command itself.
MODULES = (
    *("requests", "msal", "msrest", "azure.core.rest", "azure.mgmt.core.policies", "yaml", "tabulate", "javaproperties"),
    *("azure.cli.core", "azure.cli.core.commands", "azure.cli.core.parser", "azure.cli.core.aaz", "azure.cli.core.util"),
    *("azure.cli.core.auth.identity", "azure.cli.core.auth.adal_authentication", "azure.cli.core._profile"),
    *("azure.cli.core.file_util", "azure.cli.core._help", "azure.cli.core.telemetry", "azure.cli.core.extension"),
    *("azure.mgmt.resource.deployments.models", "azure.mgmt.resource.resources.v2024_11_01.models"),
    *("azure.mgmt.resource.resources.v2025_04_01", "azure.mgmt.resource.subscriptions.v2022_12_01.models"),
    *("azure.mgmt.resource.subscriptions", "azure.mgmt.resource.locks.models", "azure.mgmt.authorization.models"),
    *("azure.mgmt.resource.deploymentstacks.models", "azure.mgmt.resource.managedapplications"),
)
COMMANDS = ("cloud", "config", "profile", "resource", "role", "util")


def load():
    names = list(MODULES)
    for command in COMMANDS:
        package = importlib.import_module(f"azure.cli.command_modules.{command}")
        names += [f"{package.__name__}.{found.name}" for found in pkgutil.iter_modules(package.__path__)]
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            pass


def become(job):
    # A command that waits for ever is killed.
    signal.alarm(job["seconds"])
    for number, path in ((0, os.devnull), (1, job["stdout"]), (2, job["stderr"])):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(path, flags, 0o600), number)
    sys.argv = ["az", *job["arguments"]]
    code = 0
    try:
        runpy.run_module("azure.cli", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main():
    load()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
