import assert from "node:assert/strict";
import { test } from "node:test";
import { type Control, ControlError, checkControlValue, findControl } from "../../src/core/controls.ts";

function controlOf(parts: Partial<Control>): Control {
  const usual = { name: "gain", type: "integer", min: 0, max: 10, step: 1, default: 0, value: 0, menu: [] } as const;
  return { ...usual, inactive: false, readOnly: false, ...parts };
}

/** Returns why a control does not take a value; undefined if it does. */
function refusalOf(parts: Partial<Control>, value: number): string | undefined {
  try {
    checkControlValue(controlOf(parts), value);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ControlError);
    assert.equal(error.name, "ControlError");
    return error.message;
  }
}

test("a control is found by its name, and the error for another name has all there are", () => {
  const controls = [controlOf({ name: "gain" }), controlOf({ name: "hue" })];
  assert.equal(findControl(controls, "hue"), controls[1]);
  assert.throws(() => findControl(controls, "focus"), { message: "The camera has no focus; it has gain, hue" });
  assert.throws(() => findControl([], "focus"), { message: "The camera has no focus; nothing of it can be set" });
});

test("a control that can only be read takes no value", () => {
  assert.equal(refusalOf({ readOnly: true }, 1), "gain can be read, not set");
});

test("an integer takes whole numbers of its range, by its steps from the lowest", () => {
  for (const value of [0, 1, 10]) assert.equal(refusalOf({}, value), undefined);
  for (const value of [-1, 11, 0.5, Number.NaN]) {
    assert.equal(refusalOf({}, value), `gain must be a whole number from 0 to 10, got ${value}`);
  }
  const odd = { min: 1, max: 9, step: 2 };
  for (const value of [1, 3, 9]) assert.equal(refusalOf(odd, value), undefined);
  assert.equal(refusalOf(odd, 4), "gain must be a whole number from 1 to 9 in steps of 2, got 4");
});

test("a boolean takes 0 and 1, whatever its step", () => {
  const boolean = { type: "boolean", max: 1, step: 7 } as const;
  for (const value of [0, 1]) assert.equal(refusalOf(boolean, value), undefined);
  for (const value of [-1, 2, 0.5]) assert.notEqual(refusalOf(boolean, value), undefined);
});

test("a number takes everything of its range", () => {
  const number = { type: "number", min: -1, max: 1.5 } as const;
  for (const value of [-1, 0.25, 1.5]) assert.equal(refusalOf(number, value), undefined);
  for (const value of [-1.01, 1.51]) {
    assert.equal(refusalOf(number, value), `gain must be a number from -1 to 1.5, got ${value}`);
  }
});

test("a menu takes its items, which may have gaps", () => {
  const menu = [
    { value: 0, name: "off" },
    { value: 2, name: "60 Hz" },
  ];
  for (const value of [0, 2]) assert.equal(refusalOf({ type: "menu", menu }, value), undefined);
  assert.equal(refusalOf({ type: "menu", menu }, 1), "gain must be one of 0 (off), 2 (60 Hz), got 1");
});

test("a bitmask takes any of its bits", () => {
  const mask = { type: "bitmask", max: 0b1101 } as const;
  for (const value of [0, 1, 4, 8, 13]) assert.equal(refusalOf(mask, value), undefined);
  for (const value of [2, 3, 16, 0.5, -1]) {
    assert.equal(refusalOf(mask, value), `gain must be 0 or a sum of 1, 4, 8, each at most once, got ${value}`);
  }
});

test("a button takes anything: it is pressed", () => {
  for (const value of [0, 1, 99]) assert.equal(refusalOf({ type: "button" }, value), undefined);
});
