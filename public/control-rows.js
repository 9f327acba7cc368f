// @ts-check

/**
 * @typedef {object} Control
 * @property {string} name
 * @property {string} type
 * @property {number} min
 * @property {number} max
 * @property {number} step
 * @property {number} default
 * @property {number} value
 * @property {{ value: number, name: string }[]} menu
 * @property {boolean} inactive
 * @property {boolean} readOnly
 *
 * @typedef {object} Field
 * @property {HTMLInputElement | HTMLSelectElement | HTMLButtonElement | HTMLFieldSetElement} input
 * @property {() => number} read
 * @property {(value: number) => void} write
 *
 * @typedef {object} Row
 * @property {Control} control As it was when the row was made.
 * @property {HTMLElement} element
 * @property {(control: Control) => void} show
 */

/** @type {Record<string, (control: Control) => Field>} What is not here cannot be shown. */
const FIELDS = { integer: slider, number: slider, boolean: checkbox, menu: select, button, bitmask: checkboxes };

/** @param {Control} control */
export function canShow({ type }) {
  return type in FIELDS;
}

/**
 * What shows a control, and tells `choose` what people do to it.
 *
 * @param {Control} control
 * @param {(name: string, value: number) => void} choose
 * @returns {Row}
 */
export function createRow(control, choose) {
  const { name, type } = control;
  const { input, read, write } = /** @type {typeof slider} */ (FIELDS[type])(control);
  const label = make("label", { id: `label-${name}`, htmlFor: input.id, textContent: titleOf(control) });
  // Which a label does not name by itself.
  if (input instanceof HTMLFieldSetElement) input.setAttribute("aria-labelledby", label.id);
  const value = make("span", { className: "control-value", ariaHidden: "true" });
  const resetTitle = `Reset ${titleOf(control)} to ${presetOf(control)}`;
  const reset = make("button", { type: "button", className: "control-reset", textContent: "Reset", title: resetTitle });
  reset.setAttribute("aria-label", resetTitle);
  const element = make("div", { className: `control control-${type}` });
  if (type === "button") element.append(input);
  else element.append(label, reset, ...(FIELDS[type] === slider ? [value] : []), input);

  /** @param {number} to */
  function paint(to) {
    write(to);
    value.textContent = String(to);
    reset.hidden = input.disabled || type === "button" || to === control.default;
  }
  /** @param {number} to */
  function act(to) {
    paint(to);
    choose(name, to);
  }
  input.addEventListener(type === "button" ? "click" : "input", () => act(read()));
  reset.addEventListener("click", () => {
    // The button goes, and would take the focus along.
    const first = input instanceof HTMLFieldSetElement ? input.querySelector("input") : input;
    first?.focus({ preventScroll: true });
    act(control.default);
  });
  return {
    control,
    element,
    show({ value, inactive, readOnly }) {
      input.disabled = inactive || readOnly;
      element.classList.toggle("disabled", input.disabled);
      element.title = inactive ? "Another control governs this one" : readOnly ? "The camera sets this itself" : "";
      paint(value);
    },
  };
}

/** @param {Control} control */
function slider({ name, min, max, step }) {
  // The value comes last: it is cut to the range there is.
  const input = make("input", { id: `control-${name}`, type: "range", min, max, step, autocomplete: "off" });
  return { input, read: () => input.valueAsNumber, write: write(input) };
}

/** @param {Control} control */
function select({ name, menu }) {
  const input = make("select", { id: `control-${name}`, autocomplete: "off" });
  input.append(...menu.map(({ value, name }) => make("option", { value, textContent: name })));
  return { input, read: () => Number(input.value), write: write(input) };
}

/** @param {Control} control */
function checkbox({ name }) {
  const input = make("input", { id: `control-${name}`, type: "checkbox", autocomplete: "off" });
  return {
    input,
    read: () => Number(input.checked),
    /** @param {number} value */
    write(value) {
      input.checked = value !== 0;
    },
  };
}

/**
 * One for each bit that the camera knows, by its number.
 *
 * @param {Control} control
 */
function checkboxes({ name, max }) {
  const input = make("fieldset", { id: `control-${name}` });
  const boxes = [...Array(32).keys()].flatMap((bit) => {
    const mask = 2 ** bit;
    if ((max & mask) === 0) return [];
    const box = make("input", { type: "checkbox", autocomplete: "off" });
    const label = make("label", { title: `0x${mask.toString(16)}` });
    label.append(box, ` ${bit}`);
    input.append(label);
    return { box, mask };
  });
  return {
    input,
    read: () => boxes.reduce((sum, { box, mask }) => sum + (box.checked ? mask : 0), 0),
    /** @param {number} value */
    write(value) {
      for (const { box, mask } of boxes) box.checked = (value & mask) !== 0;
    },
  };
}

/** @param {Control} control */
function button(control) {
  const input = make("button", { type: "button", className: "button", textContent: titleOf(control) });
  return { input, read: () => 1, write() {} };
}

/** @param {HTMLInputElement | HTMLSelectElement} input */
function write(input) {
  return (/** @type {number} */ value) => {
    input.value = String(value);
  };
}

/** @param {Control} control */
function titleOf({ name }) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @param {Control} control */
function presetOf({ type, menu, default: preset }) {
  if (type === "boolean") return preset === 0 ? "off" : "on";
  if (type === "bitmask") return `0x${preset.toString(16)}`;
  return menu.find(({ value }) => value === preset)?.name ?? String(preset);
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} properties
 */
function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
