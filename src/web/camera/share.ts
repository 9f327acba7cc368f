import { address } from "../ui/address.ts";
import { drawCode, isHereAlone, linksOf, makeToken, type Use } from "./share-link.ts";

/** What there is to say of a link without a token, by what this visitor may share. */
const NOTES: Record<string, string> = {
  plain: "Whoever reaches this server can open it: no password is asked for.",
  tokens: "Whoever opens it is asked for the password.",
  guest:
    "Whoever opens it needs the password, or a link of their own: you came by a link yourself, and only who gave the password can make more.",
};

/**
 * Has a button open the dialog in which a camera's page is shared: as a link and a code and, by
 * whoever gave the password, with a token, so that none is asked for.
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

/** Has a form make links with tokens. */
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

/** What a link is good for, until when, and how to end it. */
function wordsOf(expiresAt: number, deeds: string[]) {
  const until = new Date(expiresAt).toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
  const all = deeds.length > 1 ? `${deeds.slice(0, -1).join(", ")} and ${deeds.at(-1)}` : deeds.join("");
  const command = Object.assign(document.createElement("code"), { textContent: "stillstream revoke-tokens" });
  return [
    `No password is asked for: whoever has it may ${all}, until ${until}. Before that `,
    command,
    ", run on the server, ends this link and all others.",
  ];
}
