/** node-webcam 0.8.2 has no types of its own. */
declare module "node-webcam" {
  interface Shot {
    readonly location: string | null;
    /** The program's standard error, for shots into a file. */
    readonly data: unknown;
  }

  interface Webcam {
    /** The program, as a shell's command line begins with it. */
    bin: string;
    /** One at a time. */
    capture(location: string, callback: (error: Error | null, location?: string) => void): void;
    /** Called for each image, before the callback of `capture`. */
    on(type: "capture", listener: (event: { readonly shot: Shot }) => void): void;
  }

  const library: {
    readonly Factory: { create(options: object, type: string): Webcam };
  };
  export = library;
}
