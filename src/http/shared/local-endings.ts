/**
 * Endings of names that a local network gives to its devices, and that no stranger can register: neither can a stranger's
 * web page have such a name, nor can a stranger have such a name lead to this server (DNS rebinding). An ending that
 * anybody can register, or that is registered by a stranger (`o2.box`), must never be added.
 */
export const LOCAL_ENDINGS: readonly string[] = [
  // Reserved for this machine, mDNS, home networks and private use: RFC 6761, RFC 6762, RFC 8375, and the resolution
  // of ICANN's board of 2024-07-29 on .internal.
  "localhost",
  "local",
  "home.arpa",
  "internal",
  // Private top-level names that are in wide use, as listed in RFC 6762, appendix G. None of them is delegated, and
  // ICANN defers .home and .corp indefinitely (resolution 2018.02.04.12).
  "lan",
  "home",
  "corp",
  "intranet",
  "private",
  // Not delegated either: pfSense before 2.5.2, UniFi gateways, VMware's networks and many Linux installers.
  "localdomain",
  // Speedport routers of Deutsche Telekom; .ip is not delegated.
  "speedport.ip",
  // FRITZ!Box routers; the vendor owns the name since the decision D2024-0706 of WIPO.
  "fritz.box",
  // Internet Connection Sharing and Hyper-V's Default Switch of Windows; Microsoft owns the name.
  "mshome.net",
  // Gateways of AT&T, which owns both names.
  "attlocal.net",
  "gateway.2wire.net",
];
