// @ts-check

/** Makes every button with `data-copy` copy the text of the input it names. */
export function enableCopy() {
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-copy]"))) {
    const input = /** @type {HTMLInputElement} */ (document.getElementById(button.dataset.copy ?? ""));
    input.addEventListener("focus", () => input.select());
    button.addEventListener("click", () => {
      void copy(input).then((copied) => say(button, copied ? "Copied" : "Select"));
    });
  }
}

/** @param {HTMLInputElement} input */
async function copy(input) {
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    // Plain http on a local network has no clipboard: select the text and use the old command.
    input.focus();
    input.setSelectionRange(0, input.value.length);
    return document.execCommand("copy");
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {string} word
 */
function say(button, word) {
  button.textContent = word;
  button.classList.add("done");
  setTimeout(() => {
    button.textContent = "Copy";
    button.classList.remove("done");
  }, 1600);
}
