"""Sphinx extension: each chapter's executed notebook can be downloaded from its page.

Launch, source and issue buttons appear once pyproject.toml names the public repository,
and are left out, rather than broken, until then. A page without a stored notebook has nothing to
launch; nor has the students' edition, whose notebooks are not those of the repository.
"""

import os
import shutil
import tomllib
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config


def urls(root: Path) -> dict[str, str]:
    """Read the book's public addresses, by name, from the one place that states them."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {name: address.rstrip("/") for name, address in project.get("urls", {}).items()}


def configure_buttons(app: Sphinx, config: Config) -> None:
    """Switch the theme's repository buttons on where there is a repository."""
    options = config.html_theme_options
    address = urls(Path(app.srcdir)).get("Repository")
    if address is None:
        options.pop("repository_url", None)
        options["launch_buttons"] = {}
        return
    options["repository_url"] = address
    options["repository_branch"] = "main"
    options.update(use_repository_button=True, use_issues_button=True, use_source_button=True)
    options["launch_buttons"] = {
        "notebook_interface": "jupyterlab",
        "binderhub_url": "https://mybinder.org",
        "colab_url": "https://colab.research.google.com",
    }


def offer_notebook(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Add the executed notebook to the page's download menu, and launch nothing else."""
    stored = (Path(app.srcdir) / f"{pagename}.ipynb").exists()
    if not stored or os.environ.get("BOOK_STUDENT"):
        drop_buttons(context.get("header_buttons", []), "launch-buttons")
    if not stored:
        drop_buttons(context.get("header_buttons", []), "download-notebook-button")
        return
    entry = {
        "type": "link",
        "url": Path(pagename).name + ".ipynb",
        "text": ".ipynb",
        "tooltip": "Download the executed notebook",
        "icon": "fas fa-code",
        "label": "download-notebook-button",
    }
    for button in context.get("header_buttons", []):
        if button.get("label") == "download-buttons":
            others = [b for b in button["buttons"] if b["label"] != entry["label"]]
            button["buttons"] = [entry, *others]
            return
    context.setdefault("header_buttons", []).append(entry)


def drop_buttons(buttons: list[dict[str, Any]], label: str) -> None:
    """Take buttons of a label out of a list and of the groups in it."""
    buttons[:] = [button for button in buttons if button.get("label") != label]
    for group in buttons:
        drop_buttons(group.get("buttons", []), label)


def copy_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """Put the executed notebooks beside the pages made from their sources."""
    if exception is not None or app.builder.format != "html":
        return
    target = Path(app.outdir) / "notebooks"
    for notebook in sorted((Path(app.srcdir) / "notebooks").glob("*.ipynb")):
        target.mkdir(exist_ok=True)
        shutil.copyfile(notebook, target / notebook.name)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("config-inited", configure_buttons, priority=100)
    app.connect("html-page-context", offer_notebook, priority=900)
    app.connect("build-finished", copy_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
