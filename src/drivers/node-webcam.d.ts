/** node-webcam 0.8.2 has no types of its own. */
declare module "node-webcam" {
  interface Shot {
    readonly location: string | null;
    /** Standard error, for shots into a file. */
    readonly data: unknown;
  }

  interface Webcam {
    /** Begins a shell's command line. */
    bin: string;
    /** One at a time. */
    capture(location: string, callback: (error: Error | null, location?: string) => void): void;
    /** Called before the callback of `capture`. */
    on(type: "capture", listener: (event: { readonly shot: Shot }) => void): void;
  }

  const library: {
    readonly Factory: { create(options: object, type: string): Webcam };
  };
  export = library;
}
