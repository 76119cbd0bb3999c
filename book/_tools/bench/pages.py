"""The first chapter of this book and the same chapter with default settings, opened in one browser."""

import statistics
from types import SimpleNamespace
from urllib.parse import urlsplit

from _tools.bench import clicks
from _tools.bench.defaults import STAND_INS
from _tools.jupyterlab import LIVE_LENS
from _tools.paths import CHAPTERS, HTML
from _tools.serve import served

CHAPTER = f"notebooks/{CHAPTERS[0]}.html"
TRIES = 3
WAIT = 120_000  # ms; the default page takes its time on a slow line
QUIET = 2_000

MBIT, LATENCY, SLOWER = 1.44, 562, 4
SLOW_LINE = {
    "offline": False,
    "latency": LATENCY,
    "downloadThroughput": MBIT * 1e6 / 8,
    "uploadThroughput": 0.675e6 / 8,
}
PHONE = {"viewport": {"width": 412, "height": 823}, "device_scale_factor": 1.75, "is_mobile": True, "has_touch": True}

# From the start of the page on, click in every frame until the first lens lights another vector.
WATCH = """(patience) => {
    const lit = (lens) => lens.querySelector("tr[data-position][aria-selected=true]")?.dataset.position;
    window.answered = new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error("no lens answered")), patience);
        requestAnimationFrame(function poke() {
            const lens = document.querySelector('.rowlight[data-lens="row"]');
            const before = lens && lit(lens);
            const ids = lens ? [...lens.querySelectorAll("button[data-position]")] : [];
            ids.find((id) => id.dataset.position !== before)?.click();
            if (lens && lit(lens) !== before) resolve(performance.now() / 1000);
            else requestAnimationFrame(poke);
        });
    });
    new PerformanceObserver((list) => { window.largest = list.getEntries().at(-1).startTime / 1000; })
        .observe({ type: "largest-contentful-paint", buffered: true });
}"""

SIZES = (
    "bytes on first view, as sent",
    "requests on first view",
    "third-party requests among them",
    "JavaScript heap",
)
TIMES = tuple(f"{what}, {where}" for where in ("fast line", "slow phone") for what in ("largest paint", "lens answers"))
HEAP = "JavaScript heap, largest of all chapters"
ROWS = (*SIZES, *TIMES, HEAP)
CLICKS = (*clicks.rows("lens in this book"), *clicks.rows("lens on the default page"))


def first_view(browser, address):
    """Open the chapter with an empty cache, do not scroll, and count what it fetches until it is quiet."""
    with browser.new_context() as context:
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        asked, sizes = [], []
        devtools.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
        devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        devtools.send("Network.enable")
        host = urlsplit(address).netloc
        context.route(lambda url: urlsplit(url).netloc not in ("", host), lambda route: route.abort())
        page.goto(f"{address}/{CHAPTER}")
        page.locator(LIVE_LENS).first.wait_for()
        page.wait_for_load_state("networkidle")
        before = -1
        while before != len(asked):  # the widget manager pauses between its requests, longer than "idle" means
            before = len(asked)
            page.wait_for_timeout(QUIET)
        urls = [url for url in asked if urlsplit(url).scheme not in ("data", "blob")]
        foreign = [url for url in urls if urlsplit(url).netloc != host or urlsplit(url).path.startswith(STAND_INS)]
        return SimpleNamespace(kilobytes=sum(sizes) / 1e3, requests=len(urls), foreign=len(foreign), heap=heap(page))


def waiting(browser, address, *, phone):
    """Return how long a reader waits: seconds until the largest paint, and until the first lens answers."""
    with browser.new_context(**(PHONE if phone else {})) as context:
        page = context.new_page()
        if phone:
            devtools = context.new_cdp_session(page)
            devtools.send("Network.enable")
            devtools.send("Network.emulateNetworkConditions", SLOW_LINE)
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.add_init_script(f"({WATCH})({WAIT})")
        page.goto(f"{address}/{CHAPTER}", wait_until="commit", timeout=WAIT)
        answered = page.evaluate("window.answered")
        page.wait_for_load_state("networkidle", timeout=WAIT)
        return page.evaluate("window.largest"), answered


def heap(page):
    """MB of JavaScript objects that the page holds after its garbage has been collected."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    devtools.send("HeapProfiler.collectGarbage")
    metrics = {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}
    return metrics["JSHeapUsedSize"] / 1e6


def report(browser, default_site, line):
    """Sizes, then times on the machine's own line and on a slow phone, then the other chapters' heaps."""
    with served(HTML) as ours, served(default_site()) as theirs:
        views = [first_view(browser, address) for address in (ours, theirs)]
        line(SIZES[0], "KB", *(view.kilobytes for view in views), targets=(64,))
        line(SIZES[1], "", *(view.requests for view in views), targets=(12,))
        line(SIZES[2], "", *(view.foreign for view in views), targets=(0,))
        line(SIZES[3], "MB", *(view.heap for view in views))
        names = iter(TIMES)
        for phone in (False, True):
            tries = [[waiting(browser, address, phone=phone) for address in (ours, theirs)] for _ in range(TRIES)]
            paints, answers = ([[one[kind] for one in site] for site in zip(*tries, strict=True)] for kind in (0, 1))
            line(next(names), "s", *map(statistics.median, paints))
            line(next(names), "s", *map(statistics.median, answers), targets=(2.0,) if phone else ())
        heaps = [chapter_heap(browser, f"{ours}/notebooks/{name}.html") for name in CHAPTERS]
        line(HEAP, "MB", max(heaps), targets=(15,))


def chapter_heap(browser, url):
    """The heap of one chapter, once its lenses live."""
    page = browser.new_page()
    page.goto(url)
    page.locator(".rowlight.rl-live").first.wait_for()
    size = heap(page)
    page.close()
    return size


def report_clicks(browser, default_site, line):
    """Clicks and keys on the last lens of the chapter, on both pages."""
    with served(HTML) as ours, served(default_site()) as theirs:
        for address, where in ((ours, "lens in this book"), (theirs, "lens on the default page")):
            page = browser.new_page()
            page.goto(f"{address}/{CHAPTER}")
            page.locator(LIVE_LENS).nth(1).wait_for()
            clicks.report(line, page.locator(LIVE_LENS).last, where, targets=address == ours)
            page.close()
