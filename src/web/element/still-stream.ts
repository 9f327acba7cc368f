import type { Description } from "../player/describe.ts";
import { createLivePlayer, type LivePlayer } from "../player/live-player.ts";
import type { LiveState } from "../player/live-state.ts";
import { showBadge } from "../ui/badge.ts";
import { createControlBar } from "./element-controls.ts";

/** The server this came from. */
const OWN_SERVER = new URL("../", import.meta.url).href;

/**
 * `<still-stream src="http://192.168.0.5:8080" camera="door">`: a camera, live, on any page.
 *
 * Attributes: `src`, the server's address, by default the one the script came from; `camera`, its
 * name; `query`, what to ask for, such as `width=640&rotate=90`; `fit`, `contain` or `cover`;
 * `controls`, to pause, take a snapshot and fill the screen; `title`, what to call it; `token`,
 * what lets in where the server asks for a password. All may change at any time. All that are on a
 * page share one connection to a server.
 *
 * It says by the event `state` how the picture is: `detail` has `mood` (`live`, `waiting`,
 * `offline`), `state`, `numbers`, `notice` and `stale` (an old picture, which looks like one).
 * Nothing is fetched while it is not seen, or not in a page.
 */
export class StillStream extends HTMLElement {
  static observedAttributes = ["src", "camera", "query", "title", "controls", "token"];

  #root = this.attachShadow({ mode: "open" });
  #player: LivePlayer | undefined;
  #isPaused = false;
  #isRestarting = false;

  connectedCallback() {
    this.#restart();
  }

  disconnectedCallback() {
    this.#stop();
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null) {
    if (before !== after && this.isConnected) this.#restart();
  }

  /** Whether it takes no pictures, by its own button or by a script. */
  get paused() {
    return this.#isPaused;
  }

  set paused(paused) {
    this.#isPaused = Boolean(paused);
    this.#player?.pause(this.#isPaused);
    if (this.#player !== undefined) this.#show(this.#player.state);
  }

  /** How the picture is; undefined while it is in no page. */
  get state(): LiveState | undefined {
    return this.#player?.state;
  }

  /** Once for all that changes in one go. */
  #restart() {
    if (this.#isRestarting) return;
    this.#isRestarting = true;
    queueMicrotask(() => {
      this.#isRestarting = false;
      this.#stop();
      if (!this.isConnected) return;
      this.#root.adoptedStyleSheets = [styleSheet()];
      this.#start();
    });
  }

  #start() {
    const container = document.createElement("div");
    container.className = "view";
    const notice = document.createElement("p");
    notice.className = "notice";
    this.#root.append(container);
    container.append(badge(), notice);
    const camera = this.getAttribute("camera") ?? "";
    const base = serverOf(this.getAttribute("src"));
    if (camera === "" || base === undefined) {
      const words =
        camera === ""
          ? "Set the attribute camera to the name of a camera."
          : "The attribute src is not a URL of a server.";
      this.#show({ mood: "offline", state: "offline", numbers: "", notice: words, card: false, stale: true });
      return;
    }
    const query = this.getAttribute("query");
    const token = this.getAttribute("token")?.trim() ?? "";
    const name = this.title === "" ? camera : this.title;
    this.#player = createLivePlayer({
      base,
      camera,
      container,
      token,
      alt: `Live view of ${name}`,
      ...(query !== null && { query: query.replace(/^\?/, "") }),
      onState: (state) => this.#show(state),
    });
    this.#player.pause(this.#isPaused);
    if (this.hasAttribute("controls")) {
      const snapshot = { url: `${base}cameras/${encodeURIComponent(camera)}/snapshot.jpg`, name: `${camera}.jpg` };
      container.append(createControlBar(this, { ...snapshot, token, take: this.#player.still }));
    }
  }

  #stop() {
    this.#player?.close();
    this.#player = undefined;
    this.#root.replaceChildren();
  }

  #show(description: Description) {
    const container = this.#root.querySelector(".view");
    if (!(container instanceof HTMLElement)) return;
    const paused = { mood: "waiting" as const, state: "paused", notice: "", stale: true };
    const { mood, state, numbers, notice, card, stale } = { ...description, ...(this.#isPaused && paused) };
    showBadge(container, { mood, state, numbers, notice, card, stale });
    this.dispatchEvent(new CustomEvent("state", { detail: { mood, state, numbers, notice, stale } }));
  }
}

function badge() {
  const element = document.createElement("p");
  element.className = "badge";
  const [state, numbers] = [document.createElement("span"), document.createElement("span")];
  state.className = "badge-state";
  state.setAttribute("role", "status");
  numbers.className = "badge-numbers";
  element.append(state, numbers);
  return element;
}

/** The server's address with a slash at its end; undefined for what is none. */
function serverOf(src: string | null) {
  if (src === null || src.trim() === "") return OWN_SERVER;
  try {
    const url = new URL(src.trim().replace(/\/*$/, "/"), document.baseURI);
    return /^https?:$/.test(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

if (customElements.get("still-stream") === undefined) customElements.define("still-stream", StillStream);

let sheet: CSSStyleSheet | undefined;

/**
 * Returns the styles of the element. As a sheet of the script's own: a page's policy for styles
 * does not forbid it (CSP 3 is about elements and attributes), and the page's styles do not reach
 * it.
 */
function styleSheet(): CSSStyleSheet {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(ELEMENT_STYLES);
  }
  return sheet;
}
