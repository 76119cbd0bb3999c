// Lighthouse on several pages in one browser. Takes one JSON argument {chrome, flags, urls, options}, where `options`
// are Lighthouse's own, and prints each report as a line of JSON. lighthouse.py starts it where the packages are.
// biome-ignore lint/correctness/noUnresolvedImports: the package lies in .venv/node
import { launch } from "chrome-launcher";
// biome-ignore lint/correctness/noUnresolvedImports: the package lies in .venv/node
import lighthouse from "lighthouse";

const { chrome, flags, urls, options } = JSON.parse(process.argv[2]);
const running = await launch({ chromePath: chrome, chromeFlags: ["--headless=new", ...flags] });
try {
  for (const url of urls) {
    const { lhr } = await lighthouse(url, { ...options, port: running.port, logLevel: "silent" });
    console.log(JSON.stringify(lhr));
  }
} finally {
  running.kill();
}
