// werift (WebRTC in TypeScript) as a forwarder: RTP packets from a publisher's track to its viewers' senders.
// NACK and transport feedback as the package does them by itself.
import http from 'node:http';
import { readFileSync } from 'node:fs';
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters } from 'werift';

const rooms = new Map();
const feedback = ['nack', 'nack pli', 'ccm fir', 'goog-remb', 'transport-cc'].map((one) => {
  const [type, parameter] = one.split(' ');
  return { type, parameter };
});
const options = {
  iceServers: [],
  iceUseIpv6: false,
  codecs: {
    audio: [new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48000, channels: 2, payloadType: 111 })],
    video: [new RTCRtpCodecParameters({ mimeType: 'video/VP8', clockRate: 90000, payloadType: 96, rtcpFeedback: feedback })],
  },
};

async function answer(pc, offer) {
  await pc.setRemoteDescription({ type: 'offer', sdp: offer });
  await pc.setLocalDescription(await pc.createAnswer());
  return pc.localDescription.sdp;
}

async function publish(name, offer) {
  const room = { viewers: { audio: [], video: [] }, askKeyframe: () => {}, links: [] };
  rooms.set(name, room);
  const pc = new RTCPeerConnection(options);
  room.links.push(pc);
  pc.onTrack.subscribe((track, transceiver) => {
    if (track.kind === 'video') {
      room.askKeyframe = () => room.source && transceiver.receiver.sendRtcpPLI(room.source);
    }
    track.onReceiveRtp.subscribe((packet) => {
      if (track.kind === 'video') room.source = packet.header.ssrc;
      for (const viewer of room.viewers[track.kind]) viewer.writeRtp(packet);
    });
  });
  return answer(pc, offer);
}

async function subscribe(name, offer) {
  const room = rooms.get(name);
  const pc = new RTCPeerConnection(options);
  room.links.push(pc);
  for (const kind of ['audio', 'video']) {
    const track = new MediaStreamTrack({ kind });
    const sender = pc.addTransceiver(track, { direction: 'sendonly' }).sender;
    sender.onPictureLossIndication?.subscribe(() => room.askKeyframe());
    room.viewers[kind].push(track);
  }
  pc.connectionStateChange.subscribe((state) => { if (state === 'connected') room.askKeyframe(); });
  return answer(pc, offer);
}

process.on('unhandledRejection', () => {});
const about = JSON.parse(readFileSync(new URL('./node_modules/werift/package.json', import.meta.url)));
http.createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  const [, what, name] = request.url.split('/');
  try {
    const text = what === 'version' ? `werift ${about.version}, Node ${process.version}`
      : await (what === 'publish' ? publish(name, body) : subscribe(name, body));
    response.end(text);
  } catch (error) { response.statusCode = 500; response.end(String(error.stack)); }
}).listen(Number(process.argv[2]), '127.0.0.1');
