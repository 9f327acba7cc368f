const STORE = "stillstream publish";
const FIELDS = ["source", "size", "fps", "quality"];

export interface Settings {
  /** `environment`, `user`, or the id of a camera. */
  source: string;
  width: number;
  height: number;
  fps: number;
  /** From 0 to 1. */
  quality: number;
}

/**
 * What is chosen in the form, kept in this browser for the next time.
 *
 * @param onChange Told which field was changed.
 */
export function createSettings(form: HTMLFormElement, onChange: (name: string) => void) {
  const fields = FIELDS.map((name) => form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement);
  const output = form.querySelector("output") as HTMLOutputElement;
  const [source] = fields as [HTMLSelectElement];

  function showQuality() {
    output.value = (form.elements.namedItem("quality") as HTMLInputElement).value;
  }

  const kept = load();
  for (const field of fields) choose(field, kept[field.name]);
  showQuality();
  form.addEventListener("submit", (event) => event.preventDefault());
  // A slider tells all the way, a list once it is chosen from.
  form.addEventListener("input", (event) => {
    showQuality();
    save(Object.fromEntries(fields.map((field) => [field.name, field.value])));
    onChange((event.target as HTMLInputElement).name);
  });

  return {
    read(): Settings {
      const [, size = "", fps, quality] = fields.map(({ value }) => value);
      const [width = 640, height = 480] = size.split(" × ").map(Number);
      return { source: source.value, width, height, fps: Number(fps), quality: Number(quality) / 100 };
    },

    /**
     * Chooses the camera that looks the other way; where they do not say which way they look, the
     * next.
     *
     * @param current The one that is open; it faces `user`, `environment` or nothing.
     */
    turn({ facing, deviceId }: { facing: string; deviceId: string }) {
      const values = [...source.options].map(({ value }) => value).slice(2);
      const next = values[(values.indexOf(deviceId) + 1) % values.length];
      const other = facing === "user" ? "environment" : "user";
      choose(source, facing === "" ? next : other);
      source.dispatchEvent(new Event("input", { bubbles: true }));
    },

    /** Lists this device's cameras behind front and back; a computer has neither. */
    listCameras(cameras: MediaDeviceInfo[]) {
      const chosen = source.value;
      const named = cameras.filter(({ deviceId, label }) => deviceId !== "" && label !== "");
      const options = named.map(({ deviceId, label }) =>
        Object.assign(document.createElement("option"), {
          value: deviceId,
          textContent: label,
        }),
      );
      source.replaceChildren(...[...source.options].slice(0, 2), ...options);
      choose(source, chosen);
    },
  };
}

/** Leaves a field as it is when it has no such value. */
function choose(field: HTMLInputElement | HTMLSelectElement, value: unknown) {
  if (typeof value !== "string") return;
  if (field instanceof HTMLSelectElement && ![...field.options].some((option) => option.value === value)) return;
  field.value = value;
}

function load(): Record<string, unknown> {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? "{}") ?? {};
  } catch {
    // Switched off, or not ours.
    return {};
  }
}

function save(values: Record<string, string>) {
  try {
    localStorage.setItem(STORE, JSON.stringify(values));
  } catch {
    // Switched off: then it is chosen again the next time.
  }
}
