// node-datachannel (libdatachannel) as a forwarder: RTP bytes from a publisher's track to its viewers' tracks.
// No cache for NACK and no transport feedback: the package has none for this use.
import http from 'node:http';
import { readFileSync } from 'node:fs';
import ndc from 'node-datachannel';

const rooms = new Map();
let links = 0;

function connect(offer, onTrack) {
  const pc = new ndc.PeerConnection(`l${links++}`, { iceServers: [], bindAddress: process.env.HOST, mtu: 1280 });
  const tracks = [];
  return new Promise((resolve, reject) => {
    pc.onTrack((track) => { tracks.push(track); onTrack(track); });
    pc.onGatheringStateChange((state) => {
      if (state === 'complete') resolve({ pc, tracks, answer: pc.localDescription().sdp });
    });
    try { pc.setRemoteDescription(offer, 'offer'); } catch (error) { reject(error); }
  });
}

const isControl = (packet) => packet[1] >= 192 && packet[1] <= 223;
const asksKeyframe = (packet) => isControl(packet) && packet[1] === 206 && [1, 4].includes(packet[0] & 31);

async function publish(name, offer) {
  const room = { viewers: { audio: [], video: [] }, camera: null, link: null };
  rooms.set(name, room);
  room.link = await connect(offer, (track) => {
    const kind = track.type();
    if (kind === 'video') room.camera = track;
    track.setMediaHandler(new ndc.RtcpReceivingSession());
    track.onMessage((packet) => {
      if (isControl(packet)) return;
      for (const viewer of room.viewers[kind]) if (viewer.isOpen()) viewer.sendMessageBinary(packet);
    });
  });
  return room.link.answer;
}

async function subscribe(name, offer) {
  const room = rooms.get(name);
  const link = await connect(offer, (track) => {
    const kind = track.type();
    room.viewers[kind].push(track);
    if (kind !== 'video') return;
    track.onOpen(() => room.camera?.requestKeyframe());
    track.onMessage((packet) => { if (asksKeyframe(packet)) room.camera?.requestKeyframe(); });
  });
  (room.links ??= []).push(link);
  return link.answer;
}

const about = JSON.parse(readFileSync(new URL('./node_modules/node-datachannel/package.json', import.meta.url)));
http.createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  const [, what, name] = request.url.split('/');
  try {
    const text = what === 'version' ? `node-datachannel ${about.version}, Node ${process.version}`
      : await (what === 'publish' ? publish(name, body) : subscribe(name, body));
    response.end(text);
  } catch (error) { response.statusCode = 500; response.end(String(error.stack)); }
}).listen(Number(process.argv[2]), '127.0.0.1');
