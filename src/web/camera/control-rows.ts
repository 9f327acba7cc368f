export interface Control {
  name: string;
  type: string;
  min: number;
  max: number;
  step: number;
  default: number;
  value: number;
  menu: { value: number; name: string }[];
  inactive: boolean;
  readOnly: boolean;
}

interface Field {
  input: HTMLInputElement | HTMLSelectElement | HTMLButtonElement | HTMLFieldSetElement;
  read: () => number;
  write: (value: number) => void;
}

export interface Row {
  /** As it was when the row was made. */
  control: Control;
  element: HTMLElement;
  show: (control: Control) => void;
}

/** What is not here cannot be shown. */
const FIELDS: Record<string, (control: Control) => Field> = {
  integer: slider,
  number: slider,
  boolean: checkbox,
  menu: select,
  button,
  bitmask: checkboxes,
};

export function canShow({ type }: Control) {
  return type in FIELDS;
}

/** What shows a control, and tells `choose` what people do to it. */
export function createRow(control: Control, choose: (name: string, value: number) => void): Row {
  const { name, type } = control;
  const { input, read, write } = (FIELDS[type] as typeof slider)(control);
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

  function paint(to: number) {
    write(to);
    value.textContent = String(to);
    reset.hidden = input.disabled || type === "button" || to === control.default;
  }
  function act(to: number) {
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

function slider({ name, min, max, step }: Control) {
  // The value comes last: it is cut to the range there is.
  const input = make("input", { id: `control-${name}`, type: "range", min, max, step, autocomplete: "off" });
  return { input, read: () => input.valueAsNumber, write: write(input) };
}

function select({ name, menu }: Control) {
  const input = make("select", { id: `control-${name}`, autocomplete: "off" });
  input.append(...menu.map(({ value, name }) => make("option", { value, textContent: name })));
  return { input, read: () => Number(input.value), write: write(input) };
}

function checkbox({ name }: Control) {
  const input = make("input", { id: `control-${name}`, type: "checkbox", autocomplete: "off" });
  return {
    input,
    read: () => Number(input.checked),
    write(value: number) {
      input.checked = value !== 0;
    },
  };
}

/** One for each bit that the camera knows, by its number. */
function checkboxes({ name, max }: Control) {
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
    write(value: number) {
      for (const { box, mask } of boxes) box.checked = (value & mask) !== 0;
    },
  };
}

function button(control: Control) {
  const input = make("button", { type: "button", className: "button", textContent: titleOf(control) });
  return { input, read: () => 1, write() {} };
}

function write(input: HTMLInputElement | HTMLSelectElement) {
  return (value: number) => {
    input.value = String(value);
  };
}

function titleOf({ name }: Control) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function presetOf({ type, menu, default: preset }: Control) {
  if (type === "boolean") return preset === 0 ? "off" : "on";
  if (type === "bitmask") return `0x${preset.toString(16)}`;
  return menu.find(({ value }) => value === preset)?.name ?? String(preset);
}

function make<T extends keyof HTMLElementTagNameMap>(tag: T, properties: Record<string, unknown>) {
  return Object.assign(document.createElement(tag), properties);
}
