// @ts-check
import { address } from "./address.js";
import { drawCode, isHereAlone, linksOf, makeToken } from "./share-link.js";

/** @typedef {import("./share-link.js").Use} Use */

/** What there is to say of a link without a token, by what this visitor may share. @type {Record<string, string>} */
const NOTES = {
  plain: "Whoever reaches this server can open it: no password is asked for.",
  tokens: "Whoever opens it is asked for the password.",
  guest:
    "Whoever opens it needs the password, or a link of their own: you came by a link yourself, and only who gave the password can make more.",
};

/**
 * Has a button open the dialog in which a camera's page is shared: as a link and a code and, by whoever gave the password, with a
 * token, so that none is asked for.
 *
 * @param {HTMLElement} button
 * @param {{ camera: string, title: string }} what
 */
export function enableShare(button, { camera, title }) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("share-dialog"));
  const { how = "plain", url } = dialog.dataset;
  const code = /** @type {HTMLImageElement} */ (within("#share-code"));
  const note = within("#share-note");
  const system = within("#share-system");
  const form = /** @type {HTMLFormElement | null} */ (dialog.querySelector("form"));
  let links = linksOf(camera, url);

  /** @param {string} selector */
  function within(selector) {
    return /** @type {HTMLElement} */ (dialog.querySelector(selector));
  }

  async function show() {
    for (const [name, value] of Object.entries(links)) {
      const input = /** @type {HTMLInputElement} */ (within(`#embed-share-${name}`));
      input.value = value;
      /** @type {HTMLElement} */ (input.closest(".field")).hidden = value === "";
    }
    within("#share-here").hidden = !isHereAlone(links.link);
    // Never the code of another link.
    code.hidden = true;
    const own = links;
    const drawn = await drawCode(address(`cameras/${camera}/share.svg`), links.link);
    if (drawn === undefined || own !== links) return;
    code.src = drawn;
    code.hidden = false;
  }

  function toFirst() {
    within("[data-copy=embed-share-link]").focus();
    dialog.scrollTop = 0;
  }

  button.addEventListener("click", () => {
    system.hidden = navigator.share === undefined;
    if (note.textContent === "") note.textContent = NOTES[how] ?? "";
    void show();
    // Browsers from before 2022 have no such element: it stands at the end of the page then.
    if (dialog.showModal === undefined) dialog.setAttribute("open", "");
    else dialog.showModal();
    toFirst();
  });
  const close = () => (dialog.close === undefined ? dialog.removeAttribute("open") : dialog.close());
  within("#share-close").addEventListener("click", close);
  // Nothing but its backdrop is the dialog itself.
  dialog.addEventListener("click", ({ target }) => target === dialog && close());
  system.addEventListener("click", () => {
    // Who closes the system's sheet wants nothing else; where it cannot be had, the link is above.
    navigator.share({ url: links.link, title }).catch(() => {});
  });
  if (form !== null) {
    enableMaking(form, camera, ({ token, uses, words }) => {
      links = linksOf(camera, url, token, uses);
      note.replaceChildren(...words);
      void show();
      toFirst();
    });
  }
}

/**
 * Has a form make links with tokens.
 *
 * @param {HTMLFormElement} form
 * @param {string} camera
 * @param {(made: { token: string, uses: Use[], words: (string | HTMLElement)[] }) => void} onMade
 */
function enableMaking(form, camera, onMade) {
  const lifetime = /** @type {HTMLSelectElement} */ (form.querySelector("select"));
  const problem = /** @type {HTMLElement} */ (form.querySelector("[role=alert]"));
  let isAsking = false;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isAsking) return;
    const chosen = Array.from(/** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input:checked")));
    const uses = /** @type {Use[]} */ (chosen.map(({ value }) => value));
    const deeds = chosen.map((input) => input.labels?.[0]?.textContent?.trim() ?? input.value);
    if (!uses.some((use) => use !== "control")) {
      const first = form.querySelector("[value=push]") === null ? "watch" : "watch, or to send pictures";
      problem.textContent = `Choose to ${first}: there is no page for anything else alone.`;
      return;
    }
    isAsking = true;
    const made = await makeToken(address("api/tokens"), { camera, uses, lifetime: lifetime.value });
    isAsking = false;
    problem.textContent = "error" in made ? made.error : "";
    if ("error" in made) return;
    onMade({ token: made.token, uses, words: wordsOf(made.expiresAt, deeds) });
  });
}

/**
 * What a link is good for, until when, and how to end it.
 *
 * @param {number} expiresAt
 * @param {string[]} deeds
 */
function wordsOf(expiresAt, deeds) {
  const until = new Date(expiresAt).toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
  const all = deeds.length > 1 ? `${deeds.slice(0, -1).join(", ")} and ${deeds.at(-1)}` : deeds.join("");
  const command = Object.assign(document.createElement("code"), { textContent: "stillstream revoke-tokens" });
  return [
    `No password is asked for: whoever has it may ${all}, until ${until}. Before that `,
    command,
    ", run on the server, ends this link and all others.",
  ];
}
