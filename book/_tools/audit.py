"""Lighthouse on the built pages: speed, accessibility, good practice.

A measurement, not a test: the scores depend on the machine. Lighthouse has no Python package,
so Node.js and Chromium have to be there; it is installed below ``_build`` as its lock says.

    python book/_tools/audit.py                         the heaviest pages
    python book/_tools/audit.py book/index.html ...     these
"""

import functools
import gzip
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
HOME = ROOT / "_build" / "audit"
CATEGORIES = ("performance", "accessibility", "best-practices")
ENOUGH = 0.9
HEAVIEST = 3
CHROME_FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"


def heaviest(site: Path = SITE, number: int = HEAVIEST) -> list[str]:
    """List the pages with the longest markup, longest first."""
    pages = [p for p in site.rglob("*.html") if "_static" not in p.parts]
    pages.sort(key=lambda page: page.stat().st_size, reverse=True)
    return [page.relative_to(site).as_posix() for page in pages[:number]]


def install() -> Path:
    """Install Lighthouse as the lock says and give its command."""
    HOME.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "tests" / "audit" / name, HOME)
    environ = os.environ | {"PUPPETEER_SKIP_DOWNLOAD": "1"}
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=HOME, env=environ, check=True, stdout=sys.stderr)
    return HOME / "node_modules" / ".bin" / "lighthouse"


def measure(lighthouse: Path, url: str, chromium: str) -> dict[str, float]:
    """Run Lighthouse on one address; return its scores from 0 to 1."""
    command = [lighthouse, url, "--quiet", "--output=json", "--preset=desktop"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={CHROME_FLAGS}"]
    environ = os.environ | {"CHROME_PATH": chromium}
    done = subprocess.run(command, env=environ, check=True, capture_output=True, text=True)
    report = json.loads(done.stdout)
    for audit in report["audits"].values():
        weighty = audit["scoreDisplayMode"] == "binary" and audit["score"] == 0
        if weighty:
            print(f"  {audit['id']}: {audit['title']}", file=sys.stderr)
    return {name: report["categories"][name]["score"] for name in CATEGORIES}


class Host(http.server.SimpleHTTPRequestHandler):
    """A file server that compresses text, as every host of static pages does."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Send a file, text compressed."""
        path = Path(self.translate_path(self.path))
        if path.suffix not in (".css", ".html", ".js", ".svg") or not path.is_file():
            return super().do_GET()
        content = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main(pages: list[str]) -> int:
    """Measure pages of the built book; fail if one scores less than it should."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
    if chromium is None or shutil.which("npm") is None:
        print("Lighthouse needs Node.js with npm, and Chromium: install both.", file=sys.stderr)
        return 2
    lighthouse = install()
    handler = functools.partial(Host, directory=str(SITE))
    low = 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for page in pages or heaviest():
            scores = measure(lighthouse, f"http://127.0.0.1:{server.server_port}/{page}", chromium)
            print(page, *(f"{name} {score:.2f}" for name, score in scores.items()), sep="  ")
            low += min(scores.values()) < ENOUGH
        server.shutdown()
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
