// @ts-check
import { canShow, createRow } from "./control-rows.js";

/**
 * @typedef {import("./control-rows.js").Control} Control
 * @typedef {import("./control-rows.js").Row} Row
 */

/** What is chosen within so long goes together, in milliseconds: a moving slider shows what it does. */
const GATHER_MS = 120;

/**
 * The controls of a camera, in a section of its page that is hidden while there are none.
 *
 * @param {HTMLElement} section
 * @param {string} url
 */
export function createControls(section, url) {
  const list = /** @type {HTMLElement} */ (section.querySelector(".control-list"));
  const message = /** @type {HTMLElement} */ (section.querySelector(".control-message"));
  /** @type {Map<string, Row>} */
  let rows = new Map();
  /** @type {Record<string, number>} Not sent yet. */
  let chosen = {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let sending = false;

  /**
   * @param {string} name
   * @param {number} value
   */
  function choose(name, value) {
    chosen[name] = value;
    if (!sending) timer ??= setTimeout(send, GATHER_MS);
  }

  /** One request at a time: a slow camera is given the newest values next, not all between. */
  async function send() {
    const body = JSON.stringify(chosen);
    [chosen, timer, sending] = [{}, undefined, true];
    const { controls, error = "" } = await ask(url, { method: "PATCH", body });
    // A slider must not go on showing what was refused.
    const truth = controls ?? (await ask(url)).controls;
    sending = false;
    message.textContent = error;
    if (truth !== undefined) show(truth);
    if (Object.keys(chosen).length > 0) timer = setTimeout(send, GATHER_MS);
  }

  /** @param {Control[]} controls */
  function show(controls) {
    const known = controls.filter(canShow);
    if (known.length !== rows.size || !known.every((control) => isAlike(control, rows.get(control.name)?.control))) {
      rows = new Map(known.map((control) => [control.name, createRow(control, choose)]));
      list.replaceChildren(...[...rows.values()].map(({ element }) => element));
    }
    // What was moved on meanwhile stays where it is.
    for (const control of known) if (!(control.name in chosen)) rows.get(control.name)?.show(control);
    section.hidden = known.length === 0;
    document.body.classList.toggle("has-controls", !section.hidden);
  }

  return {
    /** Asks the camera; if it cannot be asked, everything stays as it is. */
    async refresh() {
      const { controls } = await ask(url);
      if (controls === undefined || sending || timer !== undefined) return;
      message.textContent = "";
      show(controls);
    },
  };
}

/**
 * Has a button put picture and controls side by side, where the window is wide.
 *
 * @param {HTMLElement} button
 * @param {HTMLElement} section
 */
export function enableSideBySide(button, section) {
  button.addEventListener("click", () => {
    const beside = document.body.classList.toggle("beside");
    button.setAttribute("aria-pressed", String(beside));
    if (beside) section.scrollIntoView();
  });
}

/**
 * @param {Control} a
 * @param {Control | undefined} b
 */
function isAlike(a, b) {
  const shape = (/** @type {Control | undefined} */ control) =>
    JSON.stringify({ ...control, value: 0, inactive: false, readOnly: false });
  return shape(a) === shape(b);
}

/**
 * @param {string} url
 * @param {RequestInit} [init]
 * @returns {Promise<{ controls?: Control[], error?: string }>}
 */
async function ask(url, init) {
  try {
    return await (await fetch(url, { ...init, cache: "no-store" })).json();
  } catch {
    return { error: "The server cannot be reached." };
  }
}
