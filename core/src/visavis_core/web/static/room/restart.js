// An ICE restart over HTTP (RFC 9725 §4.3.3): another path for the same link, under the same keys.
// Refuses to know when one is due.

const PATCH_MS = 1500; // a request caught in a dead connection must not hold up the next, which takes a new one
const SENT = /^(a=group:|a=ice-options:|a=ice-ufrag:|a=ice-pwd:|a=mid:|m=)/;

// True: the server has the new credentials. False: it does not hold this link any more. Null: it was not reached.
// `shape` gives the offer what the first one had been given.
export async function restartIce(peer, location, { iceServers, shape }) {
  try {
    peer.setConfiguration({ ...peer.getConfiguration(), iceServers });
    peer.restartIce();
    const offer = await peer.createOffer();
    await peer.setLocalDescription({ type: "offer", sdp: shape(offer.sdp) });
    const response = await fetch(location, {
      method: "PATCH",
      headers: { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*" },
      body: fragmentOf(peer.localDescription.sdp),
      signal: AbortSignal.timeout(PATCH_MS),
    });
    if (response.status >= 400 && response.status < 500) return false;
    if (!response.ok) throw new Error(String(response.status));
    const sdp = answerAgain(peer.remoteDescription.sdp, await response.text());
    await peer.setRemoteDescription({ type: "answer", sdp });
    return true;
  } catch {
    // The former credentials go on until the server is reached.
    if (peer.signalingState === "have-local-offer") {
      await peer.setLocalDescription({ type: "rollback" }).catch(() => undefined);
    }
    return null;
  }
}

// What is sent of the new offer. The first section's credentials speak for all: they share one transport (BUNDLE).
export function fragmentOf(offer) {
  const [session, first] = offer.split(/^(?=m=)/m);
  const lines = `${session}${first ?? ""}`.split(/\r?\n/);
  return `${lines.filter((line) => SENT.test(line)).join("\r\n")}\r\n`;
}

// The former answer with the server's new credentials; its addresses are the same.
export function answerAgain(answer, fragment) {
  let again = answer;
  for (const name of ["ice-ufrag", "ice-pwd"]) {
    const fresh = new RegExp(`^a=${name}:(\\S+)`, "m").exec(fragment)?.[1];
    if (!fresh) throw new Error("the server gave no new credentials");
    again = again.replace(new RegExp(`^a=${name}:\\S+`, "gm"), `a=${name}:${fresh}`);
  }
  return again;
}
