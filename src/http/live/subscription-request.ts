import { parse } from "node:querystring";
import type { Camera } from "../../core/camera.ts";
import { Ladder } from "../../transform/ladder.ts";
import { specForTile, type Tile } from "../../transform/tile-size.ts";
import type { VariantSpec } from "../../transform/transform-spec.ts";
import { variantKey } from "../../transform/variant-key.ts";
import type { Variants } from "../../transform/variants.ts";
import { switchParameter } from "../shared/request.ts";
import { latencyToDefend } from "../streaming/adapt-query.ts";
import type { Feeds } from "../streaming/feed.ts";
import type { Watched } from "../streaming/feed-switch.ts";
import { variantSpecOf } from "../streaming/transform-query.ts";

/** What a client wants to see. */
export interface SubscriptionRequest {
  readonly camera: Camera;
  readonly spec: VariantSpec;
  /** No placeholders. */
  readonly isStrict: boolean;
  /** How old pictures may get on their way, in milliseconds; undefined where the subscription does not adapt. */
  readonly maxLatencyMs: number | undefined;
  readonly tile: Tile;
}

/** What a query asks for of a camera. Throws an HttpError 400 that says what is wrong with it. */
export function readQuery(
  text: string,
  camera: Camera,
): Pick<SubscriptionRequest, "spec" | "isStrict" | "maxLatencyMs"> {
  const request = { query: parse(text) };
  const isStrict = switchParameter(request, "strict");
  return {
    spec: variantSpecOf(request),
    isStrict,
    maxLatencyMs: latencyToDefend(request, camera.isAdaptive && !isStrict),
  };
}

/** Something to watch, and the name of the variant that it shows. */
export interface LiveRendition extends Watched {
  readonly key: string | null;
}

/** Where wishes are granted. */
export interface RenditionSources {
  readonly feeds: Feeds;
  /** The variants of a camera. */
  readonly variants: (camera: Camera) => Variants;
}

/** What suits a request best. Throws a VariantLimitError when what its query asks for is refused. */
export function ladderFor({ camera, spec, tile }: SubscriptionRequest, { variants }: RenditionSources): Ladder {
  const own = variants(camera);
  return new Ladder(camera, own, specForTile(own, camera.lastFrame, spec, tile));
}

/** What its query asks for, whatever the tile. */
export function ladderWithoutTile({ camera, spec }: SubscriptionRequest, { variants }: RenditionSources): Ladder {
  return new Ladder(camera, variants(camera), spec);
}

/** What to watch on a rung. Throws a VariantLimitError when there is no room for it. */
export function renditionAt(ladder: Ladder, rung: number, { feeds }: RenditionSources): LiveRendition {
  return { key: variantKey(ladder.specAt(rung)) || null, feed: feeds.of(ladder.renditionAt(rung)) };
}
