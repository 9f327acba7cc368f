/*
 * In a sandbox without `allow-same-origin` the page has no origin, and a browser lets it load no
 * module and open no WebSocket: any stranger's page could be in its place. Then it shows the stream
 * as without scripts. No module, so that it is run there.
 */
if (window.origin === "null") {
  for (const element of document.querySelectorAll("still-stream")) {
    const image = document.createElement("img");
    image.src = element.getAttribute("data-stream") ?? "";
    image.alt = element.getAttribute("aria-label") ?? "";
    element.replaceWith(image);
  }
}
