/* What scripts/build-pages.mjs puts into the bundles. */

/** The file of the worker that decodes and paints, beside the bundle. */
declare const ENGINE_WORKER_FILE: string;

/** The file of the worker that makes JPEGs, beside the bundle. */
declare const ENCODER_WORKER_FILE: string;

/** The file of the element `<still-stream>`, beside the bundle. */
declare const ELEMENT_FILE: string;

/** The styles of the element `<still-stream>`. */
declare const ELEMENT_STYLES: string;
