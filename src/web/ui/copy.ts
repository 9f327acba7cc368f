/**
 * Makes every button with `data-copy` copy the text of the element that it names: an input's value,
 * or its text.
 */
export function enableCopy() {
  for (const button of document.querySelectorAll("[data-copy]") as NodeListOf<HTMLButtonElement>) {
    const source = document.getElementById(button.dataset["copy"] ?? "") as HTMLElement;
    if (source instanceof HTMLInputElement) source.addEventListener("focus", () => source.select());
    button.addEventListener("click", () => {
      void copy(source).then((copied) => say(button, copied ? "Copied" : "Select"));
    });
  }
}

async function copy(source: HTMLElement) {
  try {
    await navigator.clipboard.writeText(source instanceof HTMLInputElement ? source.value : (source.textContent ?? ""));
    return true;
  } catch {
    // Plain http on a local network has no clipboard: select the text and use the old command.
    select(source);
    return document.execCommand("copy");
  }
}

function select(source: HTMLElement) {
  if (source instanceof HTMLInputElement) {
    source.focus();
    source.setSelectionRange(0, source.value.length);
  } else {
    getSelection()?.selectAllChildren(source);
  }
}

/** Says it on the button, and to screen readers beside it: a dialog hides all that is outside. */
function say(button: HTMLButtonElement, word: string) {
  button.textContent = word;
  button.classList.add("done");
  const said = document.createElement("span");
  said.className = "off-screen";
  said.setAttribute("role", "status");
  button.after(said);
  // A screen reader reads changes, not the first text.
  setTimeout(() => {
    said.textContent = word === "Copied" ? word : "Selected: copy it with the keyboard or the menu";
  }, 50);
  setTimeout(() => {
    button.textContent = "Copy";
    button.classList.remove("done");
    said.remove();
  }, 1600);
}
