/** ICE URLs (RFC 7064 for STUN, RFC 7065 for TURN) taken apart. */

export type Transport = "udp" | "tcp" | "tls" | "dtls";

export interface IceUrl {
  /** As announced. */
  readonly url: string;
  readonly kind: "stun" | "turn";
  /** A name or an address, an IPv6 one without its brackets. */
  readonly host: string;
  readonly port: number;
  readonly transport: Transport;
}

const DEFAULT_PORT = 3478;
const DEFAULT_TLS_PORT = 5349;

const FORM =
  /^(stun|turn)(s?):(?:\[([\da-f:.]+)\]|([^\s:?/@[\]]+))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i;

/** Undefined when it has none of the forms. */
export function parseIceUrl(url: string): IceUrl | undefined {
  const found = FORM.exec(url);
  if (!found) return undefined;
  const [, scheme = "", secure = "", ipv6, name, portText, asked] = found;
  const isSecure = secure !== "";
  const host = ipv6 ?? name;
  const port = portText === undefined ? (isSecure ? DEFAULT_TLS_PORT : DEFAULT_PORT) : +portText;
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  const kind = scheme.toLowerCase() === "stun" ? "stun" : "turn";
  const carrier = asked?.toLowerCase() ?? (isSecure ? "tcp" : "udp");
  const transport = carrier === "udp" ? (isSecure ? "dtls" : "udp") : isSecure ? "tls" : "tcp";
  return { url, kind, host, port, transport };
}
