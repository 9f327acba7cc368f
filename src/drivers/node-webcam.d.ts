/** What is used of node-webcam 0.8.2, which has no types of its own. */
declare module "node-webcam" {
  interface Shot {
    readonly location: string | null;
    /** What the program wrote to its standard error, for shots that go to a file. */
    readonly data: unknown;
  }

  interface Webcam {
    /** The program, as it stands at the start of a shell's command line. */
    bin: string;
    /** Takes a picture into a file. One at a time. */
    capture(location: string, callback: (error: Error | null, location?: string) => void): void;
    /** Called for each picture, before the callback of `capture`. */
    on(type: "capture", listener: (event: { readonly shot: Shot }) => void): void;
  }

  const library: {
    readonly Factory: { create(options: object, type: string): Webcam };
  };
  export = library;
}
