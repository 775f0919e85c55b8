"""A page opened in a browser, with all that it complained of and asked for."""

from urllib.parse import urlsplit

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 360, "height": 740}
PATIENCE = 120_000  # milliseconds: a busy machine is no fault of a page
DRAWN = """() => {
  const formulas = document.querySelectorAll("span.math, div.math").length;
  const drawn = document.querySelectorAll("mjx-container").length;
  return drawn >= formulas && window.MathJax?.startup?.promise !== undefined || formulas === 0;
}"""


class Visit:
    """One page in a window of its own."""

    def __init__(self, browser, url, settled="networkidle"):
        self.host = urlsplit(url).netloc
        self.complaints, self.abroad, self.bytes = [], [], 0
        self.context = browser.new_context(viewport=WIDE)
        self.page = self.context.new_page()
        self.page.on("console", self.note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", self.failed)
        self.page.on("response", self.answered)
        self.page.on("request", self.asked)
        self.page.on("requestfinished", self.weigh)
        self.context.set_default_timeout(PATIENCE)
        self.page.goto(url, wait_until=settled)
        self.page.wait_for_function(DRAWN)

    def note(self, message):
        """Keep errors and warnings of the console."""
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def failed(self, request):
        """Keep requests that failed, but not those that ended because the page was left."""
        if "ERR_ABORTED" not in (request.failure or ""):
            self.complaints.append(f"failed: {request.url}")

    def answered(self, response):
        """Keep answers that are errors."""
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.url}")

    def asked(self, request):
        """Keep requests to any other host."""
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.abroad.append(request.url)

    def weigh(self, request):
        """Add up what came."""
        self.bytes += request.sizes()["responseBodySize"]
