/**
 * Has a link to a snapshot keep the picture as it is shown now, under a name with the time; the
 * snapshot where that is not to be had.
 */
export function enableStill(link: HTMLAnchorElement, name: string, takeStill: () => Promise<Blob | undefined>) {
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

/** By the clock on the wall, in a way that every file system takes. */
function localTime(date: Date) {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replaceAll(":", "-");
}
