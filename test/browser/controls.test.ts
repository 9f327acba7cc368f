import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import {
  boxOf,
  complaintsOf,
  type OpenTab,
  REFUSED,
  stopTime,
  testInBrowser,
  untilMoving,
} from "../support/browsers/tab.ts";
import { fakeControls } from "../support/cameras/fake-controls.ts";
import { makeScene, reportOf } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { servePages } from "../support/serve-pages.ts";

const BRIGHTNESS = "#control-brightness";
const DESKTOP = { width: 1440, height: 900 };
const SCREENS = [{ width: 390, height: 844 }, { width: 844, height: 390 }, DESKTOP];

async function openDesk(t: TestContext, open: OpenTab, options: Parameters<OpenTab>[1] = {}) {
  const controls = fakeControls();
  const scene = makeScene(t, { controls, title: "Desk" });
  const url = await servePages(t, { cameras: [scene.camera] });
  const page = await open(url, options);
  return { controls, scene, url, page };
}

async function untilShown(page: Page): Promise<void> {
  await page.locator(BRIGHTNESS).waitFor();
}

/** What a label, which is all that some people hear, leads to. */
const labelled = (page: Page, label: string) => page.getByLabel(label, { exact: true });

testInBrowser("the controls of a camera", (test) => {
  test("a slider that is moved sets the camera, with few requests, while the stream goes on", async (t, open) => {
    const { controls, url, page } = await openDesk(t, open);
    await untilShown(page);
    assert.equal(await page.locator(BRIGHTNESS).inputValue(), "128");
    const { restarts } = await reportOf(url);
    await page.locator(BRIGHTNESS).scrollIntoViewIfNeeded();
    const { x, y, width, height } = await boxOf(page, BRIGHTNESS);
    const clock = await stopTime(page);
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.9, y + height / 2, { steps: 10 });
    await page.mouse.up();
    const shown = Number(await page.locator(BRIGHTNESS).inputValue());
    assert.ok(shown > 200, `it is ${shown}`);
    assert.deepEqual(controls.written, []);
    await clock.runFor(120);
    await until("the camera has it", () => controls.value("brightness") === shown);
    assert.deepEqual(controls.written, [{ brightness: shown }]);
    assert.equal(await page.locator(".control-value").first().textContent(), String(shown));
    await untilMoving(page);
    const report = await reportOf(url);
    assert.deepEqual([report.restarts, report.viewers.length], [restarts, 1]);
  });

  test("keys, checkboxes, menus and buttons work, by their labels", async (t, open) => {
    const { controls, page } = await openDesk(t, open);
    await untilShown(page);
    await labelled(page, "Brightness").press("ArrowRight");
    await until("brightness is set", () => controls.value("brightness") === 129);
    await labelled(page, "Gain").press("ArrowLeft");
    await until("gain is set, by its step", () => controls.value("gain") === -4);
    await labelled(page, "White balance automatic").uncheck();
    await until("white balance is set", () => controls.value("white_balance_automatic") === 0);
    await labelled(page, "Contrast").press("ArrowRight");
    await until("contrast is set, by its step", () => controls.value("contrast") === 1.05);
    assert.equal(await page.locator(".control-number .control-value").textContent(), "1.05");
    const bits = page.getByRole("group", { name: "Test pattern", exact: true });
    assert.equal(await bits.getByLabel("2", { exact: true }).isChecked(), true);
    await bits.getByLabel("31", { exact: true }).check();
    await until("the bit is set", () => controls.value("test_pattern") === 0x8000_0004);
    await bits.getByLabel("2", { exact: true }).uncheck();
    await until("the other is not", () => controls.value("test_pattern") === 0x8000_0000);
    await page.getByRole("button", { name: "Pan reset" }).click();
    await until("the button is pushed", () => controls.written.some((values) => values["pan_reset"] === 1));
  });

  test("what another control governs is disabled until it no longer does; what cannot be set stays so", async (t, open) => {
    const { controls, page } = await openDesk(t, open);
    await untilShown(page);
    const time = labelled(page, "Exposure time absolute");
    assert.equal(await time.isDisabled(), true);
    await labelled(page, "Auto exposure").selectOption("Manual Mode");
    await until("the time can be set", () => time.isEnabled());
    assert.equal(controls.value("auto_exposure"), 1);
    assert.equal(await labelled(page, "Power line frequency").isDisabled(), true);
  });

  test("a control is reset to its default, and the focus stays on it", async (t, open) => {
    const { controls, page } = await openDesk(t, open);
    await untilShown(page);
    const reset = page.getByRole("button", { name: "Reset Sharpness to 2" });
    await reset.click();
    await until("sharpness is set", () => controls.value("sharpness") === 2);
    assert.equal(await labelled(page, "Sharpness").inputValue(), "2");
    assert.equal(await reset.isVisible(), false);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "control-sharpness");
    await page.getByRole("button", { name: "Reset Test pattern to 0x0" }).click();
    await until("the bits are set", () => controls.value("test_pattern") === 0);
    assert.equal(await labelled(page, "0").evaluate((box) => box === document.activeElement), true);
  });

  test("a refusal is shown in the server's words, and the slider goes back", async (t, open) => {
    const { controls, page } = await openDesk(t, open);
    await untilShown(page);
    const { write } = controls;
    controls.write = () => Promise.reject(new Error("The camera stopped answering"));
    await labelled(page, "Brightness").press("End");
    const words = 'Controls of camera "Desk" are unavailable: The camera stopped answering.';
    await page.getByRole("alert").filter({ hasText: words }).waitFor();
    await until("it goes back", async () => (await labelled(page, "Brightness").inputValue()) === "128");
    controls.write = write;
    await labelled(page, "Brightness").press("ArrowRight");
    await until("nothing is wrong any more", async () => (await page.locator(".control-message").textContent()) === "");
  });

  test("they come when the camera can be asked, with its values, after it was gone", async (t, open) => {
    const { controls, scene, page } = await openDesk(t, open);
    await untilShown(page);
    scene.fail("the cable is out");
    await page.locator(".badge", { hasText: "offline" }).waitFor();
    await controls.write({ brightness: 7 });
    scene.recover();
    await until("the new value is shown", async () => (await page.locator(BRIGHTNESS).inputValue()) === "7");
  });

  test("there is no section, and no complaint, for a camera without any, or without JavaScript", async (t, open) => {
    const page = await open(await servePages(t, { cameras: [makeScene(t).camera] }));
    const complaints = complaintsOf(page);
    await untilMoving(page);
    assert.equal(await page.locator("#controls, #beside").count(), 0);
    assert.deepEqual(
      complaints.filter((text) => !REFUSED.test(text)),
      [],
    );
    const { page: plain } = await openDesk(t, open, { javaScriptEnabled: false });
    await plain.locator("#view img.picture").first().waitFor();
    assert.equal(await plain.locator("#controls").isVisible(), false);
    assert.equal(await plain.locator("#beside").isVisible(), false);
  });

  test("they fit any window, and the picture stays in sight beside or above them", async (t, open) => {
    const { page } = await openDesk(t, open);
    await untilShown(page);
    for (const screen of SCREENS) {
      await page.setViewportSize(screen);
      const beside = page.locator("#beside");
      const isWide = screen.width > screen.height;
      assert.equal(await beside.isVisible(), isWide);
      if (isWide) await beside.click();
      await page.locator("#control-sharpness").scrollIntoViewIfNeeded();
      const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(scroll <= screen.width, `${scroll} px in a window of ${screen.width}`);
      const view = await boxOf(page, "#view");
      assert.ok(view.y >= -1 && view.y + view.height <= screen.height + 1, `the picture is at ${view.y}`);
      for (const selector of [BRIGHTNESS, "#control-auto_exposure", "#control-test_pattern"]) {
        const { x, width, height } = await boxOf(page, selector);
        assert.ok(x >= 0 && x + width <= screen.width, selector);
        assert.ok(width >= 200 && height >= 36, `${selector} is ${width} x ${height}`);
      }
      if (isWide) await beside.click();
    }
  });
});
