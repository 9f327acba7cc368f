/** Messages kept in the page; the server keeps as many. */
const KEPT = 200;

type Message = { at: number; from: string; text: string };

/**
 * The log of a camera's messages. It listens only while it is open: a browser has six connections
 * to a server, and each page holds one for its pictures.
 *
 * @param section A `<details>`.
 */
export function createMessages(section: HTMLElement, url: string) {
  const details = section as HTMLDetailsElement;
  const list = section.querySelector(".message-list") as HTMLOListElement;
  const number = section.querySelector(".messages-count") as HTMLElement;
  const form = section.querySelector("form") as HTMLFormElement;
  const input = section.querySelector("input") as HTMLInputElement;
  const note = section.querySelector(".message-note") as HTMLElement;
  let isShown = false;
  /** What people decide about it stays so. */
  let wasTouched = false;
  let events: EventSource | undefined;

  function update() {
    if (isShown && details.open) events ??= listen();
    else {
      events?.close();
      events = undefined;
    }
  }

  function listen() {
    list.replaceChildren();
    const source = new EventSource(`${url}/stream?last=${KEPT}`);
    source.addEventListener("message", ({ data }) => add(JSON.parse(data)));
    return source;
  }

  function add({ at, from, text }: Message) {
    const follows = list.scrollTop + list.clientHeight > list.scrollHeight - 8;
    const time = make("time", new Date(at).toLocaleTimeString());
    const row = make("li", "");
    row.append(time, make("span", from), make("p", text));
    list.append(row);
    while (list.childElementCount > KEPT) list.firstElementChild?.remove();
    // Who reads what was said before is not to be torn away.
    if (follows) list.scrollTop = list.scrollHeight;
  }

  details.addEventListener("toggle", update);
  details.querySelector("summary")?.addEventListener("click", () => {
    wasTouched = true;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = input.value;
    if (text === "") return;
    const { delivered, error } = await post(url, text);
    note.textContent = error ?? (delivered === 0 ? "Kept. Nobody is connected who takes messages." : "");
    if (error === undefined && input.value === text) input.value = "";
  });

  return {
    start() {
      isShown = true;
      update();
    },
    stop() {
      isShown = false;
      update();
    },
    /** Says how many there are, and opens the log for the first. */
    count(messages: number) {
      const text = messages > 0 ? String(messages) : "";
      if (number.textContent !== text) number.textContent = text;
      if (messages > 0 && !wasTouched) details.open = true;
    },
  };
}

/** @param text As text, whatever it looks like. */
function make(tag: keyof HTMLElementTagNameMap, text: string) {
  return Object.assign(document.createElement(tag), { textContent: text });
}

async function post(url: string, text: string): Promise<{ delivered?: number; error?: string }> {
  try {
    const init = { method: "POST", headers: { "Content-Type": "text/plain; charset=utf-8" }, body: text };
    return await (await fetch(url, init)).json();
  } catch {
    return { error: "The server cannot be reached." };
  }
}
