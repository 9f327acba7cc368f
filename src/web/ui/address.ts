/** Returns the absolute URL of a path of this server, whatever prefix a reverse proxy adds. */
export function address(path: string) {
  const url = new URL((document.body.dataset["root"] ?? "./") + path, document.baseURI);
  // A page opened as http://user:password@host may not fetch addresses that repeat the password.
  url.username = "";
  url.password = "";
  return url.href;
}
