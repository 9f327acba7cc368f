import { address } from "../ui/address.ts";
import { drawCode, isHereAlone, linksOf, makeToken, type Use } from "./share-link.ts";

/** What to say of a link without a token, by what this client may share. */
const NOTES: Record<string, string> = {
  plain: "Anyone who reaches this server can open it: no password is set.",
  tokens: "The page asks for the password.",
  guest:
    "The page asks for the password. You opened it by a link yourself: only a user with the password can create more links.",
};

/**
 * Makes a button open the dialog that shares a camera's page: by a link and a code and, for a user
 * with the password, by links with a token, which ask for none.
 */
export function enableShare(button: HTMLElement, { camera, title }: { camera: string; title: string }) {
  const dialog = document.getElementById("share-dialog") as HTMLDialogElement;
  const { how = "plain", url } = dialog.dataset;
  const code = within("#share-code") as HTMLImageElement;
  const note = within("#share-note");
  const system = within("#share-system");
  const form = dialog.querySelector("form") as HTMLFormElement | null;
  let links = linksOf(camera, url);

  function within(selector: string) {
    return dialog.querySelector(selector) as HTMLElement;
  }

  async function show() {
    for (const [name, value] of Object.entries(links)) {
      const input = within(`#embed-share-${name}`) as HTMLInputElement;
      input.value = value;
      (input.closest(".field") as HTMLElement).hidden = value === "";
    }
    within("#share-here").hidden = !isHereAlone(links.link);
    // Never shows the code of another link.
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
    // Browsers from before 2022 have no such element. It stands at the end of the page then.
    if (dialog.showModal === undefined) dialog.setAttribute("open", "");
    else dialog.showModal();
    toFirst();
  });
  enableClosing(dialog, within("#share-close"));
  system.addEventListener("click", () => {
    // Closed, or not available: the link is above.
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

function enableClosing(dialog: HTMLDialogElement, button: HTMLElement) {
  const close = () => (dialog.close === undefined ? dialog.removeAttribute("open") : dialog.close());
  button.addEventListener("click", close);
  // Only a click on its backdrop has the dialog itself as its target.
  dialog.addEventListener("click", ({ target }) => target === dialog && close());
}

/** Makes a form create links with tokens. */
function enableMaking(
  form: HTMLFormElement,
  camera: string,
  onMade: (made: { token: string; uses: Use[]; words: (string | HTMLElement)[] }) => void,
) {
  const lifetime = form.querySelector("select") as HTMLSelectElement;
  const problem = form.querySelector("[role=alert]") as HTMLElement;
  let isAsking = false;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isAsking) return;
    const chosen = Array.from(form.querySelectorAll("input:checked") as NodeListOf<HTMLInputElement>);
    const uses = chosen.map(({ value }) => value) as Use[];
    const deeds = chosen.map((input) => input.labels?.[0]?.textContent?.trim() ?? input.value);
    if (!uses.some((use) => use !== "control")) {
      const first = form.querySelector("[value=push]") === null ? "watch" : "watch or publish";
      problem.textContent = `Choose ${first}: no page is for anything else alone.`;
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

/** Returns what a link allows, until when, and how to end it. */
function wordsOf(expiresAt: number, deeds: string[]) {
  const until = new Date(expiresAt).toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
  const all = deeds.length > 1 ? `${deeds.slice(0, -1).join(", ")} and ${deeds.at(-1)}` : deeds.join("");
  const command = Object.assign(document.createElement("code"), { textContent: "stillstream revoke-tokens" });
  return [
    `Anyone with this link can ${all} without a password, until ${until}. To end it and all other links before, run `,
    command,
    " on the server.",
  ];
}
