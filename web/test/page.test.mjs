import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { CHROMIUM, launch, templateExists, writePage } from "./browser.mjs";
import { fan, sample } from "./sample.mjs";

// NONZERO_PAGE_FILE: a page that the binary wrote, tested beside those made here.
const GIVEN = process.env.NONZERO_PAGE_FILE;
const SKIP = !CHROMIUM
  ? "no Chromium in /usr/bin: the page is not tested"
  : !GIVEN && !templateExists()
    ? "no page to test: run npm run build, or set NONZERO_PAGE_FILE"
    : false;

const ALL_VIEWS = ["speed-up", "phases", "pe-cycles", "utilisation", "traffic", "energy", "roofline", "fan"];

describe("the page", { skip: SKIP }, () => {
  let browser;
  let folder;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "nonzero-page-"));
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  // Opens a file and answers the page with whatever it complained of or asked for.
  async function open(path, options = {}) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    const complaints = [];
    const requests = [];
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => { complaints.push("a dialog opened"); void dialog.dismiss(); });
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(resolve(path)).href);
    await page.waitForFunction(() => document.querySelectorAll("#page *").length > 0);
    await page.waitForTimeout(150);
    return { page, complaints, requests: requests.filter((url) => !/^(file|data|blob):/.test(url)) };
  }

  async function made(data, options) {
    return open(writePage(join(folder, `${Math.random()}.html`), data), options);
  }

  async function views(page) {
    return page.$$eval(".card:has(.canvas svg)", (cards) => cards.map((card) => card.id));
  }

  // The text of every picture that sticks out of its picture: [picture, text].
  async function escaped(page) {
    return page.$$eval(".canvas > svg", (plots) =>
      plots.flatMap((plot) => {
        const frame = plot.getBoundingClientRect();
        return [...plot.querySelectorAll("text")]
          .filter((text) => text.textContent !== "")
          .map((text) => [text.closest(".card").id, text.textContent, text.getBoundingClientRect()])
          .filter(([, , box]) => box.left < frame.left - 2 || box.right > frame.right + 2 || box.bottom > frame.bottom + 2)
          .map(([id, says]) => `${id}: ${says}`);
      }),
    );
  }

  async function saved(page, id) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(`#${id} .save`)]);
    assert.equal(download.suggestedFilename(), `nonzero-${id}.svg`);
    return readFileSync(await download.path(), "utf8");
  }

  async function sound({ page, complaints, requests }) {
    assert.deepEqual(complaints, []);
    assert.deepEqual(requests, []);
    assert.deepEqual(await escaped(page), []);
    const [scroll, client] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(scroll <= client, `the page is ${scroll} px wide in a window of ${client}`);
  }

  it("written by the binary is complete and quiet", { skip: !GIVEN && "NONZERO_PAGE_FILE is not set" }, async () => {
    const opened = await open(GIVEN);
    await sound(opened);
    const shown = await views(opened.page);
    assert.ok(shown.includes("phases"), `views: ${shown}`);
    assert.ok((await opened.page.$$("#table tbody tr")).length > 0);
    for (const id of shown) assert.match(await saved(opened.page, id), /^<\?xml/);
    await opened.page.close();
  });

  describe("made from sample results", { skip: !templateExists() && "no built page beside the tests" }, () => {
    for (const [what, shape, expected] of [
      ["one result", { gemms: 1, designs: 1 }, ALL_VIEWS.slice(1)],
      ["two designs on one operation", { gemms: 1, designs: 2 }, ALL_VIEWS],
      ["forty results", { gemms: 10, designs: 4 }, ALL_VIEWS],
      ["one design on ten operations", { gemms: 10, designs: 1 }, ALL_VIEWS.slice(1)],
    ]) {
      for (const width of [1280, 390]) {
        it(`shows every view of ${what} at ${width} px, quietly and offline`, async () => {
          const opened = await made(sample(shape), { viewport: { width, height: 900 } });
          await sound(opened);
          assert.deepEqual(await views(opened.page), expected);
          await opened.page.close();
        });
      }
    }

    it("draws every choice of every view", async () => {
      const opened = await made(sample());
      for (const button of await opened.page.$$(".choices button")) await button.click();
      await sound(opened);
      await opened.page.close();
    });

    it("says the speed-up over the first design", async () => {
      const data = sample({ gemms: 1, designs: 2 });
      data.results[0].seconds = 3e-3;
      data.results[1].seconds = 1e-3;
      const { page } = await made(data);
      assert.match(await page.textContent(".highlights"), /sigma is faster than tpu.*3×/);
      assert.match(await page.textContent("#speed-up .canvas"), /3×/);
      await page.close();
    });

    it("draws bars whose lengths are the phases", async () => {
      const data = sample({ gemms: 1, designs: 1 });
      data.results[0].phases = { load: 100, stream: 300 };
      const { page } = await made(data);
      const widths = await page.$$eval("#phases .canvas g[aria-label=bar] rect", (bars) => bars.map((bar) => Number(bar.getAttribute("width"))));
      assert.equal(widths.length, 2);
      assert.ok(Math.abs(widths[1] / widths[0] - 3) < 0.02, String(widths));
      await page.close();
    });

    it("cuts the one bar that would flatten all others, and says so", async () => {
      const data = sample({ gemms: 10, designs: 2 });
      data.results[1].phases = { stream: 1000 * data.results[0].cycles };
      const { page } = await made(data);
      assert.match(await page.textContent("#phases .canvas"), /1000× →/);
      const widths = await page.$$eval("#phases .canvas g[aria-label=bar] rect", (bars) => bars.map((bar) => Number(bar.getAttribute("width"))));
      assert.ok(widths.filter((width) => width > 40).length > 10, "the other bars stay readable");
      await page.close();
    });

    it("saves each picture as an SVG that stands alone", async () => {
      const { page } = await made(sample({ gemms: 2, designs: 4 }), { colorScheme: "dark" });
      for (const id of ALL_VIEWS) {
        const svg = await saved(page, id);
        const verdict = await page.evaluate((text) => {
          const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
          return {
            name: root.tagName,
            width: root.getAttribute("width"),
            ground: root.querySelector("rect")?.getAttribute("fill"),
            shapes: root.querySelectorAll("path, rect, circle, line").length,
          };
        }, svg);
        assert.equal(verdict.name, "svg", `${id} does not parse`);
        assert.match(verdict.width, /^\d+(\.\d+)?mm$/);
        assert.ok(Number.parseFloat(verdict.width) <= 178.01, `${id} is ${verdict.width} wide`);
        assert.equal(verdict.ground, "#ffffff");
        assert.ok(verdict.shapes > 5, `${id} is empty`);
        assert.doesNotMatch(svg, /var\(|currentColor|class=|<style|NaN|href|url\(/, id);
      }
      await page.close();
    });

    it("turns dark on request and with the system", async () => {
      const { page } = await made(sample({ gemms: 1, designs: 2 }));
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const bar = () => page.getAttribute("#phases .canvas g[aria-label=bar] rect", "fill");
      const [light, lightBar] = [await ground(), await bar()];
      await page.click(".theme [data-value=dark]");
      assert.notEqual(await ground(), light);
      assert.notEqual(await bar(), lightBar);
      await page.click(".theme [data-value=auto]");
      assert.equal(await ground(), light);
      await page.emulateMedia({ colorScheme: "dark" });
      await page.waitForSelector("html[data-theme=dark]");
      assert.notEqual(await ground(), light);
      await page.close();
    });

    it("shows a name that looks like markup as text", async () => {
      const data = sample({ gemms: 1, designs: 2 });
      const name = '</script><script>alert("x")</script><img src=x onerror=alert(1)>';
      for (const result of data.results) result.operation.name = name;
      data.title = name;
      const opened = await made(data);
      await sound(opened);
      assert.equal(await opened.page.textContent("h1"), name);
      assert.match(await opened.page.textContent("#table"), /<\/script><script>alert/);
      await opened.page.close();
    });

    it("bears long names, zero cycles and missing fields", async () => {
      const data = sample({ gemms: 3, designs: 3 });
      data.results[0].operation.name = "matrices/a-very-long-path/".repeat(12);
      data.results[1].accelerator = "an-accelerator-with-an-unreasonably-long-name";
      Object.assign(data.results[2], { cycles: 0, seconds: 0, phases: {}, pe_cycles: {}, energy_pj: null, utilisation: null });
      for (const key of ["energy_pj", "area_mm2", "traffic_bytes", "slots", "pe_cycles", "utilisation", "operands", "output", "config", "notes"]) {
        delete data.results[3][key];
      }
      Object.assign(data.results[4], { phases: { load: 0, stream: 0 }, cycles: 0, seconds: 0, energy_pj: { total: 0, low: 0, high: 0, by_component: {} } });
      const opened = await made(data, { viewport: { width: 390, height: 800 } });
      await sound(opened);
      assert.doesNotMatch(await opened.page.textContent("#page"), /NaN|undefined|Infinity/);
      await opened.page.close();
    });

    it("leaves out the views that no result feeds", async () => {
      const data = sample({ gemms: 1, designs: 1 });
      data.views = {};
      data.results = [{ schema: "nonzero.result/1", accelerator: "sigma", operation: { name: "x" }, cycles: 0 }];
      const opened = await made(data);
      await sound(opened);
      assert.deepEqual(await views(opened.page), []);
      await opened.page.close();
    });

    it("draws one adder per FAN adder and fits 128 lanes", async () => {
      const data = sample({ gemms: 1, designs: 1 });
      data.views.fan = fan(128, 0);
      const { page } = await made(data);
      assert.equal(await page.locator("#fan .canvas circle").count(), 127);
      assert.equal(await page.locator("#fan .canvas rect").count(), 128);
      const [scroll, client] = await page.$eval("#fan .canvas", (canvas) => [canvas.scrollWidth, canvas.clientWidth]);
      assert.ok(scroll <= client + 1);
      await page.close();
    });

    it("says so where it is the empty template or of another schema", async () => {
      for (const [data, says] of [["@nonzero-data@", /empty template/], [{ schema: "nonzero.page/9" }, /nonzero\.page\/9/]]) {
        const { page, complaints } = await made(data);
        assert.match(await page.textContent("#page"), says);
        assert.deepEqual(complaints, []);
        await page.close();
      }
    });
  });
});
