import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const WEB = join(dirname(fileURLToPath(import.meta.url)), "..");
const TEMPLATE = process.env.NONZERO_PAGE_TEMPLATE ?? join(WEB, "dist", "index.html");

export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));

export async function launch() {
  const { chromium } = await import("playwright-core");
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--force-color-profile=srgb"],
  });
}

export function templateExists() {
  return existsSync(TEMPLATE);
}

// What render_page does: the data in place of the placeholder, '<' written so that no text can end the element.
export function writePage(path, data) {
  const json = JSON.stringify(data).replaceAll("<", "\\u003c");
  writeFileSync(path, readFileSync(TEMPLATE, "utf8").replace('"@nonzero-data@"', () => json));
  return path;
}
