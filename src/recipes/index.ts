import { dashboards } from "./dashboards.ts";
import { programs } from "./programs.ts";
import { proxies } from "./proxies.ts";
import type { RecipeGroup } from "./recipe.ts";
import { web } from "./web.ts";

/** Lists every recipe in the page's order. */
export const recipeGroups: readonly RecipeGroup[] = [web, dashboards, programs, proxies];
