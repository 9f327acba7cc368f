/** Messages kept in the page. The server keeps as many. */
const KEPT = 200;

type Message = { at: number; from: string; text: string };

/**
 * The log of a camera's messages. It listens only while it is open: a browser has six connections
 * to a server, and each page holds one for its frames.
 */
export class MessagePanel {
  readonly #details: HTMLDetailsElement;
  readonly #url: string;
  readonly #list: HTMLElement;
  readonly #number: HTMLElement;
  #isShown = false;
  /** If people open or close it, it stays so. */
  #wasTouched = false;
  #events: EventSource | undefined;

  constructor(details: HTMLDetailsElement, url: string) {
    [this.#details, this.#url] = [details, url];
    this.#list = details.querySelector(".message-list") as HTMLElement;
    this.#number = details.querySelector(".messages-count") as HTMLElement;
    details.addEventListener("toggle", () => this.#update());
    details.querySelector("summary")?.addEventListener("click", () => {
      this.#wasTouched = true;
    });
    enablePosting(details, url);
  }

  start(): void {
    this.#isShown = true;
    this.#update();
  }

  stop(): void {
    this.#isShown = false;
    this.#update();
  }

  /** Shows how many messages there are, and opens the log for the first. */
  count(messages: number): void {
    const text = messages > 0 ? String(messages) : "";
    if (this.#number.textContent !== text) this.#number.textContent = text;
    if (messages > 0 && !this.#wasTouched) this.#details.open = true;
  }

  #update(): void {
    if (this.#isShown && this.#details.open) {
      this.#events ??= this.#listen();
    } else {
      this.#events?.close();
      this.#events = undefined;
    }
  }

  #listen(): EventSource {
    this.#list.replaceChildren();
    const source = new EventSource(`${this.#url}/stream?last=${KEPT}`);
    source.addEventListener("message", ({ data }) => this.#add(JSON.parse(data)));
    return source;
  }

  #add({ at, from, text }: Message): void {
    const list = this.#list;
    const follows = list.scrollTop + list.clientHeight > list.scrollHeight - 8;
    const time = make("time", new Date(at).toLocaleTimeString());
    const row = make("li", "");
    row.append(time, make("span", from), make("p", text));
    list.append(row);
    while (list.childElementCount > KEPT) list.firstElementChild?.remove();
    // A reader of older messages stays there.
    if (follows) list.scrollTop = list.scrollHeight;
  }
}

/** Makes the form of a message log post to a URL. */
function enablePosting(section: HTMLElement, url: string): void {
  const form = section.querySelector("form") as HTMLFormElement;
  const input = section.querySelector("input") as HTMLInputElement;
  const note = section.querySelector(".message-note") as HTMLElement;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = input.value;
    if (text === "") return;
    const { delivered, error } = await post(url, text);
    note.textContent = error ?? (delivered === 0 ? "Kept. No client that takes messages is connected." : "");
    if (error === undefined && input.value === text) input.value = "";
  });
}

/** Returns an element with a text, never as HTML. */
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
