import { type Control, canShow, createRow, type Row } from "./control-rows.ts";

/** A moving slider sends its values in batches of this time, so that its effect shows. */
const GATHER_MS = 120;

/** The controls of a camera, in a section of its page that is hidden while there are none. */
export function createControls(section: HTMLElement, url: string) {
  const list = section.querySelector(".control-list") as HTMLElement;
  const message = section.querySelector(".control-message") as HTMLElement;
  let rows: Map<string, Row> = new Map();
  /** Not sent yet. */
  let chosen: Record<string, number> = {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending = false;

  function choose(name: string, value: number) {
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

  function show(controls: Control[]) {
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

/** Makes a button put picture and controls side by side in a wide window. */
export function enableSideBySide(button: HTMLElement, section: HTMLElement) {
  button.addEventListener("click", () => {
    const beside = document.body.classList.toggle("beside");
    button.setAttribute("aria-pressed", String(beside));
    if (beside) section.scrollIntoView();
  });
}

function isAlike(a: Control, b: Control | undefined) {
  const shape = (control: Control | undefined) =>
    JSON.stringify({ ...control, value: 0, inactive: false, readOnly: false });
  return shape(a) === shape(b);
}

async function ask(url: string, init?: RequestInit): Promise<{ controls?: Control[]; error?: string }> {
  try {
    return await (await fetch(url, { ...init, cache: "no-store" })).json();
  } catch {
    return { error: "The server cannot be reached." };
  }
}
