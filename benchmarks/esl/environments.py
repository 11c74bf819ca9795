"""A virtual environment for each library, made on the first run and kept."""

import subprocess
import sys
import venv
from pathlib import Path

DEFAULT = Path(".venv-bench")


def python_of(directory: Path, name: str, packages: tuple[str, ...]) -> Path:
    """Return the interpreter of the environment `name`, with the packages installed.

    Raises RuntimeError with the installer's last words when the package index does not give them.
    """
    environment = directory.absolute() / name
    interpreter = environment / "bin" / "python"
    done = environment / "installed"
    if done.exists() and done.read_text() == "\n".join(packages):
        return interpreter
    print(f"installing {' '.join(packages)} into {environment}", file=sys.stderr, flush=True)
    venv.create(environment, with_pip=True, clear=True)
    # Nothing below is the project's, whatever its .gitignore says.
    (directory / ".gitignore").write_text("*\n")
    run = subprocess.run(
        [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    if run.returncode != 0:
        raise RuntimeError(f"pip could not install {' '.join(packages)}: {run.stderr[-600:]}")
    done.write_text("\n".join(packages))
    return interpreter


def version_of(interpreter: Path, package: str) -> str:
    """The installed version of a package."""
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run(
        [interpreter, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
