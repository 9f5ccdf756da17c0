// Where media may be relayed when no direct way is open: asked once per act, before the first offer, because not every
// browser takes a relay afterwards (RFC 9725 §4.6). Refuses to know what the relays are for.

const ASKING_MS = 5000;
const KEPT_WITHOUT_MS = 300_000;
const SPARE_MS = 120_000; // credentials are renewed this long before they end: a restart takes a moment

const known = new Map(); // act's address -> { servers, until }

// The servers for `new RTCPeerConnection({ iceServers })`. Never throws: without relays the direct way is tried.
export async function relaysFor(endpoint) {
  const act = endpoint.split("/").slice(0, 3).join("/");
  const kept = known.get(act);
  if (kept && Date.now() < kept.until) return kept.servers;
  try {
    const response = await fetch(endpoint, { method: "OPTIONS", signal: AbortSignal.timeout(ASKING_MS) });
    if (!response.ok) return kept?.servers ?? [];
    const servers = readLinks(response.headers.get("Link") ?? "");
    known.set(act, { servers, until: endOf(servers) });
    return servers;
  } catch {
    return kept?.servers ?? [];
  }
}

// A `Link` header as ICE servers. Other relations, and what cannot be read, are left out.
export function readLinks(header) {
  const servers = [];
  for (const [, url, rest] of header.matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^",;\s]+))*)/g)) {
    const values = {};
    for (const [, name, quoted, bare] of rest.matchAll(/;\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^",;\s]+))/g)) {
      values[name.toLowerCase()] = quoted ?? bare;
    }
    if (values.rel !== "ice-server") continue;
    const { username, credential } = values;
    servers.push(username === undefined ? { urls: url } : { urls: url, username, credential });
  }
  return servers;
}

// The name of a time-limited credential begins with the second it ends.
function endOf(servers) {
  const ends = servers.map(({ username }) => Number.parseInt(username, 10) * 1000).filter(Number.isFinite);
  return ends.length ? Math.min(...ends) - SPARE_MS : Date.now() + KEPT_WITHOUT_MS;
}
