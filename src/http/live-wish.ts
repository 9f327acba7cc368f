import { parse } from "node:querystring";
import type { Camera } from "../core/camera.ts";
import { keyOf } from "../variants/key.ts";
import { lastPictureOf } from "../variants/last-picture.ts";
import type { VariantSpec } from "../variants/spec.ts";
import { sourceForTile, type Tile, type Tiled } from "../variants/tile.ts";
import type { Variants } from "../variants/variants.ts";
import type { Feeds } from "./feed.ts";
import type { Watched } from "./live-watch.ts";
import { switchParameter } from "./request.ts";
import { variantSpecOf } from "./variant-query.ts";

/** What a client wants to see. */
export interface Wish {
  readonly camera: Camera;
  readonly spec: VariantSpec;
  /** No cards. */
  readonly isStrict: boolean;
  readonly tile: Tile;
}

/** What a query asks for. Throws an HttpError 400 that says what is wrong with it. */
export function readQuery(text: string): Pick<Wish, "spec" | "isStrict"> {
  const request = { query: parse(text) };
  return { spec: variantSpecOf(request), isStrict: switchParameter(request, "strict") };
}

/** Where wishes are granted. */
export interface Granting {
  readonly feeds: Feeds;
  /** The variants of a camera. */
  readonly variants: (camera: Camera) => Variants;
}

/** What suits a wish best. Throws a VariantLimitError when what its query asks for is refused. */
export function watchedFor({ camera, spec, tile }: Wish, granting: Granting): Watched {
  return watched(camera, sourceForTile(granting.variants(camera), camera.lastFrame, spec, tile), granting);
}

/** What its query asks for, whatever the tile. Throws as `watchedFor` does. */
export function watchedWithoutTile({ camera, spec }: Wish, granting: Granting): Watched {
  return watched(camera, { spec, source: granting.variants(camera).of(spec) }, granting);
}

function watched(camera: Camera, { spec, source }: Tiled, { feeds, variants }: Granting): Watched {
  const lastPicture = lastPictureOf(camera, variants(camera), spec);
  return { key: keyOf(spec) || null, feed: feeds.of({ camera, source, lastPicture }) };
}
