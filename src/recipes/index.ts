import { dashboards } from "./dashboards.ts";
import { programs } from "./programs.ts";
import { proxies } from "./proxies.ts";
import type { RecipeGroup } from "./recipe.ts";
import { web } from "./web.ts";

/** Every recipe, in the order of the page: what `/embed` and the README's dashboards are made from. */
export const recipeGroups: readonly RecipeGroup[] = [web, dashboards, programs, proxies];
