// @ts-check

/**
 * Has a button hand the page's address on: to what the system offers, else to the clipboard.
 *
 * @param {HTMLElement} button
 * @param {{ url: string, title: string }} what
 */
export function enableShare(button, { url, title }) {
  const label = /** @type {HTMLElement} */ (button.querySelector("span"));
  const usual = label.textContent ?? "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  button.addEventListener("click", async () => {
    if (navigator.share !== undefined) {
      try {
        await navigator.share({ url, title });
        return;
      } catch (error) {
        // Who closes the system's sheet wants nothing else.
        if (error instanceof DOMException && error.name === "AbortError") return;
      }
    }
    label.textContent = (await copyText(url)) ? "Copied" : "No clipboard";
    clearTimeout(timer);
    timer = setTimeout(() => {
      label.textContent = usual;
    }, 1600);
  });
}

/**
 * Plain http on a local network has no clipboard: there the old command copies what is selected.
 *
 * @param {string} text
 */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.readOnly = true;
    field.className = "off-screen";
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}
