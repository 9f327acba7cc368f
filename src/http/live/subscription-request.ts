import { parse } from "node:querystring";
import type { Selection } from "../../abr/rendition-selector.ts";
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
import { readTransformQuery } from "../streaming/transform-query.ts";

export interface SubscriptionRequest {
  readonly camera: Camera;
  readonly spec: VariantSpec;
  readonly isStrict: boolean;
  /** Undefined if the subscription does not adapt. */
  readonly maxLatencyMs: number | undefined;
  readonly tile: Tile;
}

/** Reads a query. @throws HttpError 400 for a wrong parameter. */
export function readQuery(
  text: string,
  camera: Camera,
): Pick<SubscriptionRequest, "spec" | "isStrict" | "maxLatencyMs"> {
  const request = { query: parse(text) };
  const isStrict = switchParameter(request, "strict");
  return {
    spec: readTransformQuery(request),
    isStrict,
    maxLatencyMs: latencyToDefend(request, camera.isAdaptive && !isStrict),
  };
}

/** `variant` is null for the camera's own frames. */
export interface LiveRendition extends Watched {
  readonly key: string | null;
}

export interface RenditionSources {
  readonly feeds: Feeds;
  readonly variants: (camera: Camera) => Variants;
}

/**
 * Returns the ladder that suits the request's tile. @throws VariantLimitError if its query is
 * refused.
 */
export function ladderFor({ camera, spec, tile }: SubscriptionRequest, { variants }: RenditionSources): Ladder {
  const own = variants(camera);
  return new Ladder(camera, own, specForTile(own, camera.lastFrame, spec, tile));
}

export function ladderWithoutTile({ camera, spec }: SubscriptionRequest, { variants }: RenditionSources): Ladder {
  return new Ladder(camera, variants(camera), spec);
}

/** @throws VariantLimitError if there is no room for it. */
export function plainRendition(ladder: Ladder, sources: RenditionSources): LiveRendition {
  return selectedRendition(ladder, { rung: 0, rendition: ladder.renditionAt(0) }, sources);
}

export function selectedRendition(
  ladder: Ladder,
  { rung, rendition }: Selection,
  { feeds }: RenditionSources,
): LiveRendition {
  return { key: variantKey(ladder.specAt(rung)) || null, feed: feeds.of(rendition) };
}
