import { address } from "../ui/address.ts";
import { enableCopy } from "../ui/copy.ts";

// The browser knows of the proxies on its way, and the server may not.
const server = address("").replace(/\/$/, "");
for (const place of document.querySelectorAll("[data-server]")) place.textContent = server;
document.documentElement.classList.add("js");
enableCopy();
