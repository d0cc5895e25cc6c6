import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { CHROMIUM, launch, templateExists, writePage } from "./browser.mjs";
import { STUDY, TRAINING, bitSample, diagonalSample, fan, flexagonSample, flipSample, sample, satSample, tileSample } from "./sample.mjs";

// NONZERO_PAGE_FILE: a page that the binary wrote, tested beside those made here.
const GIVEN = process.env.NONZERO_PAGE_FILE;
const SKIP = !CHROMIUM
  ? "no Chromium in /usr/bin: the page is not tested"
  : !GIVEN && !templateExists()
    ? "no page to test: run npm run build, or set NONZERO_PAGE_FILE"
    : false;

const ALL_VIEWS = ["speed-up", "phases", "pe-cycles", "utilisation", "traffic", "energy", "area", "roofline", "fan"];
const FLEXAGON_VIEWS = [
  "speed-up", "dataflow", "network-map", "phases", "pe-cycles", "utilisation", "traffic", "misses", "energy", "area", "roofline", "mrn",
  "study-flexagon-port-1", "study-flexagon-port-2",
];

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

  // Chromium stops a page that saves more than ten files in a row.
  async function* allSaved(page, ids) {
    for (const [i, id] of ids.entries()) {
      if (i > 0 && i % 8 === 0) {
        await page.reload();
        await page.waitForSelector(`#${id} .canvas svg`);
      }
      yield [id, await saved(page, id)];
    }
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
    for await (const [id, svg] of allSaved(opened.page, shown)) assert.match(svg, /^<\?xml/, id);
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

    for (const width of [1280, 390]) {
      it(`shows Flexagon, a mapped network and a study at ${width} px, with every choice`, async () => {
        const opened = await made(flexagonSample(), { viewport: { width, height: 900 } });
        assert.deepEqual(await views(opened.page), FLEXAGON_VIEWS);
        await sound(opened);
        for (const button of await opened.page.$$(".choices button")) {
          await button.click();
          assert.deepEqual(await escaped(opened.page), [], await button.textContent());
        }
        await sound(opened);
        assert.doesNotMatch(await opened.page.textContent("#page"), /NaN|undefined|Infinity/);
        await opened.page.close();
      });
    }

    it("names the dataflow that won each operation and by how much", async () => {
      const { page } = await made(flexagonSample());
      const won = await page.textContent("#dataflow .canvas");
      assert.match(won, /SQ5.*2\.81× over IP\(N\)/s);
      assert.match(won, /MB215.*1\.011× over IP\(N\)/s);
      await page.click("#dataflow [data-value='*']");
      assert.match(await page.textContent("#dataflow .canvas"), /Gust\(M\)\s+3\.04×/);
      await page.close();
    });

    it("divides misses by reads, and speed-up by area", async () => {
      const { page } = await made(flexagonSample());
      assert.match(await page.textContent("#misses .canvas"), /2\u202f%/);
      await page.click("#misses [data-value=l1]");
      assert.match(await page.textContent("#misses .canvas"), /2\.5\u202f%/);
      await page.click("#area [data-value=per-area]");
      // gamma-like has flexagon's area; its times are 53547/17626, 1 and 19965/17800 of flexagon's.
      assert.match(await page.textContent("#area .canvas"), /0\.665×/);
      await page.close();
    });

    it("tells the layers of a mapped network apart by dataflow, and marks conversions", async () => {
      const { page } = await made(flexagonSample());
      const map = await page.textContent("#network-map");
      assert.match(map, /3 layers in their order, 1 conversion/);
      assert.match(map, /Gust\(M\) throughout 1\.06×/);
      assert.match(await page.textContent("#network-map .canvas"), /SQ5.*IP\(M\).*CSR.*R6.*MB215.*Gust\(N\).*CSC/s);
      await page.close();
    });

    it("steps through a merging with buttons and keys", async () => {
      const opened = await made(flexagonSample());
      const { page } = opened;
      const output = () => page.$$eval("#mrn [data-output] [data-coordinate]", (chips) => chips.map((chip) => chip.textContent));
      const left = (leaf) => page.$$eval(`#mrn [data-leaf='${leaf}'] [data-coordinate]`, (chips) => chips.map((chip) => chip.textContent));
      const says = () => page.textContent("#mrn output");
      await page.click("#mrn .choices [data-value='1']");
      assert.equal(await says(), "Cycle 1 of 4");
      assert.deepEqual(await output(), ["013"]);
      assert.deepEqual([await left(0), await left(1)], [["25"], ["120"]]);
      await page.click("#mrn .previous", { force: true });
      assert.equal(await says(), "Cycle 1 of 4");
      await page.click("#mrn .next");
      assert.deepEqual(await output(), ["013", "120"]);
      await page.focus("#mrn .stepper");
      await page.keyboard.press("End");
      assert.equal(await says(), "Cycle 4 of 4");
      assert.deepEqual(await output(), ["013", "120", "25"]);
      await page.keyboard.press("ArrowLeft");
      assert.equal(await says(), "Cycle 3 of 4");
      assert.match(await saved(page, "mrn"), /cycle 3|forward|lets it through/);
      await page.click("#mrn .choices [data-value='0']");
      assert.equal(await says(), "Cycle 1 of 2");
      await sound(opened);
      await page.close();
    });

    it("shows a study that stands alone, its words, tables and bars", async () => {
      const opened = await made({ schema: "nonzero.page/1", title: STUDY.title, command: "nonzero study flexagon-port", results: [], summaries: [], studies: [STUDY] });
      const { page } = opened;
      await sound(opened);
      assert.deepEqual(await views(page), ["study-flexagon-port-1", "study-flexagon-port-2"]);
      const text = await page.textContent("#study-flexagon-port");
      for (const part of ["The first paragraph.", "The second.", "Geometric means", "line-serial", "1.35"]) assert.ok(text.includes(part), part);
      assert.match(await page.textContent("#study-flexagon-port-1 .canvas"), /4\.59×/);
      assert.match(await page.textContent("#study-flexagon-port-2 .canvas"), /31\u202f%/);
      assert.doesNotMatch(await page.textContent("#page"), /0 designs|holds no results/);
      await page.close();
    });

    const alone = (study) => ({ schema: "nonzero.page/1", title: study.title, command: "nonzero train", results: [], summaries: [], studies: [study] });
    const CURVES = ["study-training-1", "study-training-2", "study-training-3", "study-training-4", "study-training-5"];

    for (const width of [1280, 390]) {
      it(`draws curves at ${width} px, each with its name in the legend and at its end`, async () => {
        const opened = await made(alone(TRAINING), { viewport: { width, height: 900 } });
        const { page } = opened;
        await sound(opened);
        assert.deepEqual(await views(page), CURVES);
        assert.match(await page.textContent("#study-training-1 .key"), /dense.*bdwp 2:8.*srste 2:8, a long name/);
        const ends = await page.$$eval("#study-training-1 .canvas svg > text", (all) => all.map((one) => [one.textContent, one.getBoundingClientRect().top]));
        assert.deepEqual(ends.slice(1).map(([name]) => name), ["bdwp 2:8", "dense"]);
        const tops = ends.map(([, top]) => top);
        assert.ok(tops[1] - tops[0] >= 12 && tops[2] - tops[1] >= 12, `the names overlap: ${tops}`);
        assert.doesNotMatch(await page.textContent("#page"), /NaN|undefined|Infinity|Nothing yet/);
        await page.close();
      });
    }

    it("draws a curve through its points, on a linear or a logarithmic axis", async () => {
      const { page } = await made(alone(TRAINING));
      const heights = () => page.$$eval("#study-training-1 .canvas g[aria-label=dot] circle", (dots) => dots.slice(0, 4).map((dot) => Number(dot.getAttribute("cy"))));
      // 2, 0.5 and 0.125 of the dense run: epochs 1, 2 and 4.
      const [one, two, , four] = await heights();
      assert.ok(Math.abs((two - one) / (four - two) - 1.5 / 0.375) < 0.02, String([one, two, four]));
      await page.click("#study-training-1 [data-value=log]");
      const [first, second, , fourth] = await heights();
      assert.ok(Math.abs((second - first) / (fourth - second) - 1) < 0.02, String([first, second, fourth]));
      assert.match(await page.textContent("#study-training-2 .canvas"), /80\u202f%/);
      assert.equal(await page.$("#study-training-2 [data-value=log]"), null);
      const ticks = await page.$$eval("#study-training-4 .canvas g[aria-label='y-axis tick label'] text", (all) => all.map((one) => one.textContent));
      assert.ok(ticks.length > 3 && new Set(ticks).size === ticks.length, `ticks that read alike: ${ticks}`);
      await page.close();
    });

    const widthsOf = (page, id) => page.$$eval(`#${id} .canvas g[aria-label=bar] rect`, (bars) => bars.map((bar) => Number(bar.getAttribute("width"))));

    it("stacks a training step's stages by layer, and sums them with repeats", async () => {
      const opened = await made(satSample(["sat"]));
      const { page } = opened;
      await sound(opened);
      assert.deepEqual((await views(page)).slice(0, 2), ["step", "stages"]);
      // FF of conv1, conv2: 200 + 2 x 300; EW 300; BP 600.
      const [ff, ew, bp] = await widthsOf(page, "step");
      assert.ok(Math.abs(ff / ew - 800 / 300) < 0.02 && Math.abs(bp / ew - 2) < 0.02, String([ff, ew, bp]));
      assert.match(await page.textContent("#step .canvas"), /3\.75\u202fk/);
      assert.match(await page.textContent("#stages .caption"), /drawn once/);
      assert.match(await page.textContent("#stages .key"), /FF, forward.*WUVE, update/);
      await page.close();
    });

    it("compares training steps design by design, at both widths", async () => {
      for (const width of [1280, 390]) {
        const opened = await made(satSample(), { viewport: { width, height: 900 } });
        for (const button of await opened.page.$$("#step .choices button, #stages .choices button")) await button.click();
        await sound(opened);
        await opened.page.click("#step [data-value=relative]");
        assert.match(await opened.page.textContent("#step .canvas"), /0\.61×/);
        await opened.page.close();
      }
    });

    it("lists the offline schedule GEMM by GEMM", async () => {
      const { page } = await made(satSample(["sat"]));
      const rows = await page.$$eval("#schedule tbody tr", (all) => all.map((row) => [...row.children].map((cell) => cell.textContent).join(" | ")));
      assert.deepEqual(rows, [
        "conv1 | FF | output-stationary | 200 | 2\u202fKiB", "WU | weight-stationary | 200 | 2\u202fKiB",
        "conv2 | FF | output-stationary | 300 | 2\u202fKiB", "BP(0,0) | output-stationary | 300 | 2\u202fKiB", "WU | weight-stationary | 900 | 2\u202fKiB",
      ]);
      await page.close();
      const plain = await made(sample({ gemms: 1, designs: 1 }));
      assert.equal(await plain.page.$("#schedule, #stages, #step"), null);
      await plain.page.close();
    });

    it("shows a network's layers on every machine, and their bit columns", async () => {
      for (const width of [1280, 390]) {
        const opened = await made(bitSample(), { viewport: { width, height: 900 } });
        for (const button of await opened.page.$$("#layers .choices button, #bit-columns .choices button")) await button.click();
        await sound(opened);
        assert.equal(await opened.page.locator("#layers .canvas circle").count(), 4);
        await opened.page.click("#bit-columns [data-value=ratio]");
        // 8 * 36864 / 165888 and / 174888
        assert.match(await opened.page.textContent("#bit-columns .canvas"), /1\.78×.*1\.69×/);
        await opened.page.click("#bit-columns [data-value=zero]");
        assert.match(await opened.page.textContent("#bit-columns .canvas"), /3\.78/);
        await opened.page.close();
      }
    });

    // BitWave, "Groups and bit-column format": index 10000111 and 24 bit; five zero columns after the flip.
    it("draws a group bit by bit, before and after its flip", async () => {
      for (const width of [1280, 390]) {
        const opened = await made(flipSample(), { viewport: { width, height: 900 } });
        await sound(opened);
        const { page } = opened;
        assert.deepEqual(await views(page), ["study-flip-1", "study-flip-2", "bit-groups"]);
        assert.match(await page.textContent("#bit-groups .canvas"), /Before: 4 zero columns, 24 bit.*After: 5 zero columns, 20 bit/);
        const ones = await page.$$eval("#bit-groups .canvas rect title", (all) => all.map((one) => one.textContent).filter((says) => /: 1/.test(says)));
        // Signs 2 and 2; magnitudes 3, 4, 5, 4 hold 6 ones, 4, 4, 5, 4 hold 5.
        assert.equal(ones.length, 2 + 6 + 2 + 5);
        // -3 to -4: 011 becomes 100.
        assert.equal(await page.locator("#bit-groups .canvas rect[stroke-width]").count(), 3);
        await page.click("#bit-groups .next");
        assert.match(await page.textContent("#bit-groups .stepper"), /conv2, channel 7/);
        await sound(opened);
        await page.close();
      }
    });

    it("leaves out groups that hold no weights", async () => {
      const data = flipSample();
      data.views.bit_groups = [{ title: "empty", before: [] }, { title: "wrong", before: ["x", 400, 1.5] }];
      const { page, complaints } = await made(data);
      assert.equal(await page.$("#bit-groups"), null);
      assert.deepEqual(complaints, []);
      await page.close();
    });

    // 17 of 36 elements in 3 x 6 slots, 5 of them moved; below, a full column needs three diagonals of overflow.
    it("draws a pattern before and after its compression by diagonals", async () => {
      for (const width of [1280, 390]) {
        const opened = await made(diagonalSample(), { viewport: { width, height: 900 } });
        await sound(opened);
        const { page } = opened;
        assert.deepEqual(await views(page), ["diagonals"]);
        const cells = (colour) => page.$$eval(`#diagonals .canvas path[fill="${colour}"]`, (all) => all.map((one) => one.getAttribute("d").split("M").length - 1));
        assert.match(await page.textContent("#diagonals .canvas"), /Before: 6 × 6.*47.% filled.*After: 3 diagonals.*29.% moved, 5\.6.% of the slots empty/);
        assert.deepEqual(await cells("#332288"), [12, 12]);
        assert.deepEqual(await cells("#cc6677"), [5, 5]);
        await page.click("#diagonals .next");
        assert.match(await page.textContent("#diagonals .stepper"), /four tokens, head 3/);
        assert.match(await page.textContent("#diagonals .canvas"), /3 overflow diagonals/);
        await sound(opened);
        await page.click("#diagonals [data-value=density]");
        assert.match(await page.textContent("#diagonals .canvas"), /DI = column − row/);
        await sound(opened);
        await page.close();
      }
    });

    it("leaves out diagonals whose cells are not as many as their sides say", async () => {
      const data = diagonalSample();
      const [six, four] = data.views.diagonals;
      data.views.diagonals = [{ ...six, after: { ...six.after, home: [100] } }, { ...four, before: { rows: "x" } }, 7];
      const { page, complaints } = await made(data);
      assert.equal(await page.$("#diagonals"), null);
      assert.deepEqual(complaints, []);
      await page.close();
    });

    it("draws where the non-zeros are beside the tiles' workers, times and bytes", async () => {
      for (const width of [1280, 390]) {
        const opened = await made(tileSample(), { viewport: { width, height: 900 } });
        await sound(opened);
        const { page } = opened;
        assert.deepEqual(await views(page), ["tile-map"]);
        const squares = (colour) => page.$$eval(`#tile-map .canvas path[fill="${colour}"]`, (all) => all.reduce((sum, one) => sum + one.getAttribute("d").split("M").length - 1, 0));
        assert.match(await page.textContent("#tile-map .canvas"), /10 non-zeros.*hottiles, parallel.*2 hot with 80.*% of the non-zeros, 2 cold, 2 empty/);
        assert.equal(await squares("#882255"), 2);
        assert.equal(await squares("#88ccee"), 2);
        await page.click("#tile-map [data-value=bytes]");
        assert.equal(await squares("#332288"), 4);
        await page.click("#tile-map [data-value=compared]");
        assert.match(await page.textContent("#tile-map .canvas"), /hot-only.*cold-only/);
        await sound(opened);
        await page.click("#tile-map [data-value=workers]");
        assert.match(await page.textContent("#tile-map .canvas"), /hot 0.*cold 0/);
        await sound(opened);
        await page.click("#tile-map [data-value=types]");
        await page.click("#tile-map .next");
        assert.match(await page.textContent("#tile-map .stepper"), /graph/);
        assert.equal(await squares("#882255"), 1, "a square of four tiles, one of them hot, is partly hot");
        await page.close();
      }
    });

    it("leaves out a tile map whose lists differ in length", async () => {
      const data = tileSample();
      const [split, coarse] = data.views.tile_map;
      data.views.tile_map = [{ ...split, cells: { ...split.cells, nnz: [1] } }, { ...coarse, spy: { rows: 9, columns: 9, nnz: [] } }, 3];
      const { page, complaints } = await made(data);
      assert.equal(await page.$("#tile-map"), null);
      assert.deepEqual(complaints, []);
      await page.close();
    });

    it("saves each picture as an SVG that stands alone", async () => {
      for (const [data, ids] of [[sample({ gemms: 2, designs: 4 }), ALL_VIEWS], [flexagonSample(), FLEXAGON_VIEWS], [alone(TRAINING), CURVES], [satSample(), ["step", "stages"]], [bitSample(), ["layers", "bit-columns", "bit-groups"]], [diagonalSample(), ["diagonals"]], [tileSample(), ["tile-map"]]]) await standAlone(data, ids);
    });

    async function standAlone(data, ids) {
      const { page } = await made(data, { colorScheme: "dark" });
      for await (const [id, svg] of allSaved(page, ids)) {
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
    }

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
