/** Becomes an answer other than 2xx. Its message is for people. */
export class HttpError extends Error {
  override readonly name: string = "HttpError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Hides an error that is the program's own. */
export const INTERNAL_ERROR = "Internal server error. The server's log has the details.";
