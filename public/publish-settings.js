// @ts-check

const STORE = "stillstream publish";
const FIELDS = ["source", "size", "fps", "quality"];

/**
 * @typedef {object} Settings
 * @property {string} source `environment`, `user`, or the id of a camera.
 * @property {number} width
 * @property {number} height
 * @property {number} fps
 * @property {number} quality From 0 to 1.
 */

/**
 * What is chosen in the form, kept in this browser for the next time.
 *
 * @param {HTMLFormElement} form
 * @param {(name: string) => void} onChange Told which field was changed.
 */
export function createSettings(form, onChange) {
  const fields = FIELDS.map(
    (name) => /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name)),
  );
  const output = /** @type {HTMLOutputElement} */ (form.querySelector("output"));
  const [source] = /** @type {[HTMLSelectElement]} */ (fields);

  function showQuality() {
    output.value = /** @type {HTMLInputElement} */ (form.elements.namedItem("quality")).value;
  }

  const kept = load();
  for (const field of fields) choose(field, kept[field.name]);
  showQuality();
  form.addEventListener("submit", (event) => event.preventDefault());
  // A slider tells all the way, a list once it is chosen from.
  form.addEventListener("input", (event) => {
    showQuality();
    save(Object.fromEntries(fields.map((field) => [field.name, field.value])));
    onChange(/** @type {HTMLInputElement} */ (event.target).name);
  });

  return {
    /** @returns {Settings} */
    read() {
      const [, size = "", fps, quality] = fields.map(({ value }) => value);
      const [width = 640, height = 480] = size.split(" × ").map(Number);
      return { source: source.value, width, height, fps: Number(fps), quality: Number(quality) / 100 };
    },

    /**
     * Chooses the camera that looks the other way; where they do not say which way they look, the next.
     *
     * @param {{ facing: string, deviceId: string }} current The one that is open; it faces `user`, `environment` or nothing.
     */
    turn({ facing, deviceId }) {
      const values = [...source.options].map(({ value }) => value).slice(2);
      const next = values[(values.indexOf(deviceId) + 1) % values.length];
      const other = facing === "user" ? "environment" : "user";
      choose(source, facing === "" ? next : other);
      source.dispatchEvent(new Event("input", { bubbles: true }));
    },

    /**
     * Lists this device's cameras behind front and back; a computer has neither.
     *
     * @param {MediaDeviceInfo[]} cameras
     */
    listCameras(cameras) {
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

/**
 * Leaves a field as it is when it has no such value.
 *
 * @param {HTMLInputElement | HTMLSelectElement} field
 * @param {unknown} value
 */
function choose(field, value) {
  if (typeof value !== "string") return;
  if (field instanceof HTMLSelectElement && ![...field.options].some((option) => option.value === value)) return;
  field.value = value;
}

/** @returns {Record<string, unknown>} */
function load() {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? "{}") ?? {};
  } catch {
    // Switched off, or not ours.
    return {};
  }
}

/** @param {Record<string, string>} values */
function save(values) {
  try {
    localStorage.setItem(STORE, JSON.stringify(values));
  } catch {
    // Switched off: then it is chosen again the next time.
  }
}
