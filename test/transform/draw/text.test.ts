import assert from "node:assert/strict";
import { test } from "node:test";
import { drawText, drawWhole, type Pixels, type TextOptions } from "../../../src/transform/draw/text.ts";

const PLAIN = { size: 24, maxWidth: 600, maxHeight: 400, color: "#ffffff" };

async function draw(text: string, options: Partial<TextOptions> = {}): Promise<Pixels> {
  const pixels = await drawText({ ...PLAIN, text, ...options });
  assert.ok(pixels !== undefined, `${JSON.stringify(text)} can be seen`);
  assert.equal(pixels.data.length, pixels.width * pixels.height * 4);
  return pixels;
}

/** Where there is ink, as a string to compare. */
function ink({ data }: Pixels): string {
  return Buffer.from(data.filter((_, index) => index % 4 === 3)).toString("latin1");
}

test("text is drawn in its size and color, on nothing", async () => {
  const { width, height, data } = await draw("Gate", { color: "#ff8000" });
  assert.ok(width > 40 && width < 80 && height > 15 && height < 30, `${width} x ${height}`);
  const opaque = data.findIndex((value, index) => index % 4 === 3 && value === 255);
  assert.deepEqual([...data.subarray(opaque - 3, opaque + 1)], [255, 128, 0, 255]);
  assert.equal(data[data.length - 1], 0, "its corner is empty");
  const large = await draw("Gate", { size: 96 });
  assert.ok(Math.abs(large.width / width - 4) < 0.4);
});

test("markup is no markup", async () => {
  const plain = await draw("a b c");
  for (const text of ["<b>a</b> & c", "a &amp; b", "</span>", '<span size="100pt">a</span>', "&#x41;", "]]>"]) {
    const { width, height } = await draw(text);
    assert.ok(width > plain.width / 2 && height < 40, text);
    // All its letters are there: it is wider than it would be without any one of them.
    assert.ok(width > (await draw(text.replace(/[<>&;]/, ""))).width, text);
  }
});

test("letters that markup forbids, and halves of letters, do no harm", async () => {
  const plain = await draw("a b");
  for (const text of ["a\u0000b", "a\u001bb", "a\ud800b", "a\udfffb", "a\uffffb", "a\tb"]) {
    assert.equal(ink(await draw(text)), ink(plain), JSON.stringify(text));
  }
});

test("what nobody could see is not drawn", async () => {
  for (const text of ["", "  ", "\n", "\u200b", "\u0000"])
    assert.equal(await drawText({ ...PLAIN, text }), undefined, JSON.stringify(text));
});

test("lines are wrapped at words, long words wherever they must, and nothing is added to them", async () => {
  const line = await draw("one two three");
  const wrapped = await draw("one two three", { maxWidth: 60 });
  assert.ok(wrapped.width <= 60 && wrapped.height > line.height * 2.5, `${wrapped.width} x ${wrapped.height}`);
  const path = await draw("/dev/v4l/by-id/usb-Fake_Camera-video-index0", { maxWidth: 150 });
  assert.ok(path.width <= 150);
  const halves = [await draw("xxxxx"), await draw("xxxxxxxxxx", { maxWidth: 80 })] as const;
  assert.equal(halves[1].width, halves[0].width, "no hyphen");
});

test("of a text that is too long the start is drawn, and an ellipsis", async () => {
  const words = "The camera at the far end of the orchard, beyond the second gate. ".repeat(100);
  const pixels = await draw(words, { maxHeight: 60 });
  assert.ok(pixels.width <= 600 && pixels.height <= 60 && pixels.height > 40, `${pixels.width} x ${pixels.height}`);
  const start = await draw("The camera at the far end", { maxHeight: 60 });
  const firstRow = (from: Pixels) => from.data.subarray(0, start.width * 2);
  assert.deepEqual(firstRow(pixels), firstRow(start));
  assert.equal(await drawText({ ...PLAIN, text: words, maxHeight: 5 }), undefined, "not one line fits");
  assert.equal(await drawText({ ...PLAIN, text: words, maxHeight: -5 }), undefined);
  assert.equal(await drawText({ ...PLAIN, text: words, maxWidth: 1 }), undefined);
});

test("a letter of several characters is not cut apart", async () => {
  const accented = "e\u0301";
  const cut = await draw(accented.repeat(60), { maxWidth: 120, maxHeight: 40 });
  const wholes = await Promise.all(
    Array.from({ length: 12 }, (_, index) => draw(`${accented.repeat(index + 1)}…`, { maxWidth: 120 })),
  );
  assert.ok(wholes.some((whole) => ink(whole) === ink(cut)));
});

test("every script our own font has comes out as letters, right to left where it is so, and joined where they are", async () => {
  const hebrew = await draw("שלום");
  assert.notEqual(ink(hebrew), ink(await draw("םולש")), "the order counts");
  // An Arabic letter alone is another shape than one that joins its neighbor.
  const [together, apart] = [await draw("بب"), await draw("ب\u200cب")];
  assert.notEqual(ink(together), ink(apart));
  for (const text of ["Ünï", "Ωμέγα", "Привет", "Հայ", "ქარ", "ລາວ"]) await draw(text);
});

test("lines are aligned as asked", async () => {
  const [left, centre, right] = await Promise.all(
    (["left", "centre", "right"] as const).map((align) => draw("mmmmmm\ni", { align })),
  );
  const columnOfLast = ({ data, width, height }: Pixels) => {
    const row = data.subarray((height - 2) * width * 4, (height - 1) * width * 4);
    return Math.floor(row.findIndex((value, index) => index % 4 === 3 && value > 128) / 4) / width;
  };
  assert.ok(columnOfLast(left as Pixels) < 0.2);
  assert.ok(Math.abs(columnOfLast(centre as Pixels) - 0.5) < 0.1);
  assert.ok(columnOfLast(right as Pixels) > 0.8);
});

test("an even drawing is as high as a line whatever its letters, and theirs stay where they are", async () => {
  const [low, high, hanging] = await Promise.all(["a", "M", "g"].map((text) => draw(text, { isEven: true })));
  assert.deepEqual(new Set([low?.height, high?.height, hanging?.height]).size, 1);
  assert.ok((low?.height ?? 0) > 20 && (low?.height ?? 0) < 30);
  const rowsOf = ({ data, width }: Pixels) => {
    const rows = Array.from({ length: data.length / width / 4 }, (_, row) => {
      return data.subarray(row * width * 4, (row + 1) * width * 4).some((value, at) => at % 4 === 3 && value > 100);
    });
    return [rows.indexOf(true), rows.lastIndexOf(true)] as const;
  };
  assert.equal(rowsOf(low as Pixels)[1], rowsOf(high as Pixels)[1], "the baseline");
  assert.ok(rowsOf(high as Pixels)[0] < rowsOf(low as Pixels)[0]);
  assert.ok(rowsOf(hanging as Pixels)[1] > rowsOf(low as Pixels)[1]);
  const lines = await draw("one two three", { isEven: true, maxWidth: 75 });
  const apart = await draw("one\ntwo\nthree", { isEven: true });
  assert.equal(lines.height, apart.height, "what makes it even adds no line");
  for (const none of ["", " ", "\u200b"])
    assert.equal(await drawText({ ...PLAIN, text: none, isEven: true }), undefined, JSON.stringify(none));
});

test("a whole drawing has all of its text, broken between words alone, or there is none", async () => {
  const whole = (text: string, options: Partial<TextOptions>) => drawWhole({ ...PLAIN, text, ...options });
  const line = (await whole("one two three", {})) as Pixels;
  assert.equal(ink(line), ink(await draw("one two three")));
  assert.ok(((await whole("one two three", { maxWidth: 70 }))?.height ?? 0) > line.height * 2);
  assert.equal(await whole("one two three", { maxWidth: line.width - 1, maxHeight: line.height }), undefined);
  assert.equal(await whole("onetwothree", { maxWidth: 70 }), undefined);
  assert.equal(await whole("one", { maxWidth: -5, maxHeight: -5 }), undefined);
  assert.equal(await whole("", {}), undefined);
});
