/** A command of a service, taken apart. */
export interface ServiceOptions {
  readonly command: "install-service" | "uninstall-service";
  /** Says what would be done, and does nothing. */
  readonly isDryRun: boolean;
  /** Has the system open the port, and start the service when somebody comes. */
  readonly hasSocket: boolean;
  /** What the program itself would be started with. */
  readonly rest: readonly string[];
}

/** Undefined for a command line that is none of a service: the command is its first word that is no option. */
export function parseServiceOptions(argv: readonly string[]): ServiceOptions | undefined {
  const command = argv.find((argument) => argument === "install-service" || argument === "uninstall-service");
  if (command !== "install-service" && command !== "uninstall-service") return undefined;
  if (argv.includes("--help") || argv.includes("-h")) return undefined;
  const own = [command, "--dry-run", ...(command === "install-service" ? ["--socket"] : [])];
  return {
    command,
    isDryRun: argv.includes("--dry-run"),
    hasSocket: argv.includes("--socket"),
    rest: argv.filter((argument) => !own.includes(argument)),
  };
}
