import { createControls, enableSideBySide } from "../camera/controls.ts";
import { MessagePanel } from "../camera/messages.ts";
import { enableNeighbours } from "../camera/neighbors.ts";
import { publishAddress, showPublishCode } from "../camera/send.ts";
import { enableShare } from "../camera/share.ts";
import { enableStill } from "../camera/snapshot-link.ts";
import { createLivePlayer } from "../player/live-player.ts";
import type { LiveState } from "../player/live-state.ts";
import { address } from "../ui/address.ts";
import { showBadge } from "../ui/badge.ts";
import { enableCopy } from "../ui/copy.ts";
import { enableFullScreen } from "../ui/full-screen.ts";
import { whileShown } from "../ui/page-visibility.ts";
import { enablePictureInPicture } from "../ui/picture-in-picture.ts";
import { createWakeLock } from "../ui/wake-lock.ts";

const name = document.body.dataset["camera"] ?? "";
const title = document.body.dataset["title"] ?? name;
const stage = element("stage");

// The page has no section for controls if the camera's driver has none.
const section = document.getElementById("controls");
const controls = section === null ? undefined : createControls(section, address(`api/cameras/${name}/controls`));
const messages = new MessagePanel(element("messages") as HTMLDetailsElement, address(`api/cameras/${name}/messages`));
let wasOnline = false;

function show(state: LiveState) {
  showBadge(stage, state);
  const { camera } = state;
  if (camera === undefined) return;
  // It may have been unplugged, or replaced.
  if (camera.online && !wasOnline) void controls?.refresh();
  wasOnline = camera.online;
  messages.count(camera.messages);
}

function fillEmbedFields() {
  const stream = address(`cameras/${name}/video_feed`);
  const values: Record<string, string> = {
    stream,
    snapshot: address(`cameras/${name}/snapshot.jpg`),
    page: address(`cameras/${name}`),
    push: address(`cameras/${name}/frames`),
    publish: publishAddress(name),
    html: `<img src="${escapeAttribute(stream)}" alt="${escapeAttribute(title)}">`,
  };
  for (const input of document.querySelectorAll("[data-embed]") as NodeListOf<HTMLInputElement>) {
    input.value = values[input.dataset["embed"] ?? ""] ?? input.value;
  }
}

function escapeAttribute(text: string) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

function element(id: string) {
  return document.getElementById(id) as HTMLElement;
}

document.documentElement.classList.add("js");
const player = createLivePlayer({
  base: address(""),
  camera: name,
  container: element("view"),
  alt: `Live view of ${title}`,
  onState: show,
});
const wakeLock = createWakeLock();
const screen = enableFullScreen(stage, element("full-screen"), wakeLock.want);
fillEmbedFields();
showPublishCode(name);
enableCopy();
enableShare(element("share"), { camera: name, title });
enableStill(element("snapshot") as HTMLAnchorElement, name, player.still);
enablePictureInPicture(element("picture-in-picture"), player);
enableNeighbours(element("view"), () => void screen.toggle());
if (section !== null) enableSideBySide(element("beside"), section);

whileShown(
  () => {
    wasOnline = false;
    messages.start();
  },
  () => messages.stop(),
);
