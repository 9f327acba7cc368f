// @ts-check

/**
 * Has a link to a snapshot keep the picture as it is shown now, under a name with the time; the snapshot where that is
 * not to be had.
 *
 * @param {HTMLAnchorElement} link
 * @param {string} name
 * @param {() => Promise<Blob | undefined>} takeStill
 */
export function enableStill(link, name, takeStill) {
  const { href } = link;
  let isOurs = false;

  link.addEventListener("click", async (event) => {
    link.download = `${name}-${localTime(new Date())}.jpg`;
    if (isOurs) return;
    event.preventDefault();
    const still = await takeStill();
    isOurs = true;
    if (still !== undefined) link.href = URL.createObjectURL(still);
    link.click();
    isOurs = false;
    if (still === undefined) return;
    const taken = link.href;
    link.href = href;
    // The browser may not have begun to keep it.
    setTimeout(() => URL.revokeObjectURL(taken), 10_000);
  });
}

/** By the clock on the wall, in a way that every file system takes. @param {Date} date */
function localTime(date) {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replaceAll(":", "-");
}
