import type { Description } from "../player/describe.ts";
import { createLivePlayer, type LivePlayer } from "../player/live-player.ts";
import type { LiveState } from "../player/live-state.ts";
import { showBadge } from "../ui/badge.ts";
import { createControlBar } from "./element-controls.ts";

/** The server of this script. */
const OWN_SERVER = new URL("../", import.meta.url).href;

/**
 * `<still-stream src="http://192.168.0.5:8080" camera="door">`: a camera, live, on any page.
 *
 * Attributes: `src`, the server's URL, by default that of the script; `camera`, its name; `query`,
 * parameters such as `width=640&rotate=90`; `fit`, `contain` or `cover`; `controls`, for pause,
 * snapshot and full screen; `title`, its label; `token`, for a server with a password. All may
 * change at any time. All elements on a page share one connection to a server.
 *
 * The event `state` reports its state: `detail` has `mood` (`live`, `waiting`, `offline`), `state`,
 * `numbers`, `notice` and `stale` (an old frame, which looks like one). It loads nothing while it
 * is not seen.
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

  /** Whether it loads no frames, by its own button or by a script. */
  get paused() {
    return this.#isPaused;
  }

  set paused(paused) {
    this.#isPaused = Boolean(paused);
    this.#player?.pause(this.#isPaused);
    if (this.#player !== undefined) this.#show(this.#player.state);
  }

  /** Its state; undefined while it is in no page. */
  get state(): LiveState | undefined {
    return this.#player?.state;
  }

  /** Restarts once for all attributes that change together. */
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

/** Returns the server's URL with a slash at its end; undefined if it is none. */
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
 * Returns the styles of the element, as a sheet of the script's own: no page's policy forbids it
 * (CSP 3 is about elements and attributes), and the page's styles do not reach it.
 */
function styleSheet(): CSSStyleSheet {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(ELEMENT_STYLES);
  }
  return sheet;
}
