/** What a page says above an error's own sentence, and where it leads. */
export interface ErrorPage {
  readonly heading: string;
  /** False for who is answered nothing at all, whatever the path: styles and images neither. */
  readonly isLetIn: boolean;
  /** Left out where nothing else would be answered otherwise. `href` is `/` for the start of ours, else from the page's own address. */
  readonly way?: { readonly label: string; readonly href: string };
}

interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly isLetIn: boolean;
}

/** Once a browser shows the page of a 401, its own question for the password has been answered by nobody. */
export function errorPage({ status, headers, isLetIn }: ErrorAnswer): ErrorPage {
  if (!isLetIn) return { heading: "This server does not let you in", isLetIn };
  const way = { label: "To the cameras", href: "/" };
  if (status === 401 && headers["WWW-Authenticate"]?.startsWith("Bearer")) {
    const heading = "This link does not let you in";
    return { heading, isLetIn, way: { label: "Give the password", href: "?" } };
  }
  if (status === 401) {
    return { heading: "This is not for everybody", isLetIn, way: { label: "Give the password", href: "" } };
  }
  if (status === 429) return { heading: "Wait a moment", isLetIn, way: { label: "Try again", href: "" } };
  return {
    heading: HEADINGS[status] ?? (status >= 500 ? "That did not work" : "That cannot be answered"),
    isLetIn,
    way,
  };
}

const HEADINGS: Readonly<Record<number, string>> = { 403: "That is not allowed", 404: "There is nothing here" };
