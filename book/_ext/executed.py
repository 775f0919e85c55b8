"""Sphinx extension: a page is made anew when its execution has changed, not only its source."""

import hashlib
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def digests(root: Path) -> dict[str, str]:
    """Hash the kept execution of every page that has one."""
    kept = root / "_build" / "executed"
    return {
        path.relative_to(kept).with_suffix("").as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in sorted(kept.rglob("*.json"))
    }


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Name the pages whose execution is another than when they were made."""
    before = getattr(env, "executions", {})
    now = env.executions = digests(Path(app.srcdir))  # kept with the pages
    return [page for page in env.found_docs if now.get(page) != before.get(page)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("env-get-outdated", outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
