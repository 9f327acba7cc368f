const IDLE_MS = 3000;

/**
 * Makes `button` fill the screen with `stage`, and hides the controls while nothing moves. If the
 * browser has no full screen for elements (iPhone), the stage fills the page.
 */
export function enableFullScreen(
  stage: HTMLElement,
  button: HTMLElement,
  onChange: (filling: boolean) => void = () => {},
) {
  const prefixed = stage as HTMLElement & { webkitRequestFullscreen?: () => void };
  const page = document as Document & { webkitFullscreenElement?: Element; webkitExitFullscreen?: () => void };
  const current = () => page.fullscreenElement ?? page.webkitFullscreenElement ?? null;

  button.addEventListener("click", () => void toggle());

  async function toggle() {
    if (stage.classList.contains("filling")) return leave();
    fill(true);
    try {
      if (stage.requestFullscreen !== undefined) await stage.requestFullscreen();
      else prefixed.webkitRequestFullscreen?.();
    } catch {
      // Refused, as in an iframe without permission: it fills the page instead.
    }
  }
  for (const type of ["fullscreenchange", "webkitfullscreenchange"]) {
    document.addEventListener(type, () => fill(current() !== null));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && stage.classList.contains("filling")) leave();
  });

  function leave() {
    if (!stage.classList.contains("filling")) return;
    if (current() === null) fill(false);
    else if (document.exitFullscreen !== undefined) void document.exitFullscreen();
    else page.webkitExitFullscreen?.();
  }

  function fill(filling: boolean) {
    stage.classList.toggle("filling", filling);
    document.documentElement.classList.toggle("filled", filling);
    button.setAttribute("aria-pressed", String(filling));
    onChange(filling);
    wake();
  }

  let idle: ReturnType<typeof setTimeout> | undefined;
  function wake() {
    stage.classList.remove("resting");
    clearTimeout(idle);
    if (stage.classList.contains("filling")) idle = setTimeout(() => stage.classList.add("resting"), IDLE_MS);
  }
  for (const type of ["pointermove", "pointerdown", "keydown", "focusin"]) stage.addEventListener(type, wake);

  return { toggle, leave };
}
