// node screenshot.mjs HTML PNG [--dark] [--width=N] [--height=N]: a picture of a report. Without --height, the whole page.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

const [html, png, ...options] = process.argv.slice(2);
if (!html || !png) {
  console.error("usage: node screenshot.mjs HTML PNG [--dark] [--width=N] [--height=N]");
  process.exit(2);
}
const number = (name, fallback) => Number(options.find((o) => o.startsWith(`--${name}=`))?.split("=")[1] ?? fallback);
const height = number("height", 0);
const browser = await launch();
const page = await browser.newPage({
  viewport: { width: number("width", 1280), height: height || 900 },
  colorScheme: options.includes("--dark") ? "dark" : "light",
});
await page.goto(pathToFileURL(resolve(html)).href);
await page.waitForTimeout(400);
await page.screenshot({ path: png, fullPage: height === 0 });
await browser.close();
