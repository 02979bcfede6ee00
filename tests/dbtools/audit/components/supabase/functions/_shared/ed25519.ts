/** Called by the node's functions; no node sends these headers. */
export function verifyNode(headers: Headers): string | null {
  return headers.get("X-Node-Key");
}
