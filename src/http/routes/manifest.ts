import type { RequestHandler } from "express";

/**
 * Lets browsers install the pages as an app (https://www.w3.org/TR/appmanifest/). URLs are
 * relative, for proxies' prefixes.
 */
export function manifestRoute(title: string): RequestHandler {
  const icon = (name: string, size: number, purpose: string) => ({
    src: `public/img/${name}-${size}.png`,
    sizes: `${size}x${size}`,
    type: "image/png",
    purpose,
  });
  const manifest = JSON.stringify({
    name: title,
    short_name: title,
    id: "./",
    start_url: "./",
    scope: "./",
    display: "standalone",
    background_color: "#0d1215",
    theme_color: "#0d1215",
    icons: [
      icon("icon", 192, "any"),
      icon("icon", 512, "any"),
      icon("icon-maskable", 192, "maskable"),
      icon("icon-maskable", 512, "maskable"),
    ],
  });
  return (_request, response) => {
    response.set("Content-Type", "application/manifest+json; charset=utf-8").send(manifest);
  };
}
