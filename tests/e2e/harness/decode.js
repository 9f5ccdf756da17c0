// Reads, inside a page, the code that harness/code.py paints, and the tone that harness/sound.py plays.
// Injected by the harness before any script of the page; it touches nothing but globalThis.harness.
(() => {
  const COLUMNS = 16, ROWS = 4, SYNC = 0b10110010, QUIET = 1 / 64, BLOCK = 1 / 32;
  const WIDTH = 640; // the picture is read at this width, whatever its own

  const crc16 = (octets) => {
    let value = 0xffff;
    for (const octet of octets) {
      value ^= octet << 8;
      for (let bit = 0; bit < 8; bit += 1) value = (value & 0x8000 ? (value << 1) ^ 0x1021 : value << 1) & 0xffff;
    }
    return value;
  };

  const canvas = new OffscreenCanvas(WIDTH, WIDTH);
  const context = canvas.getContext("2d", { willReadFrequently: true });

  const brightness = (picture, height) => {
    const { data } = context.getImageData(0, 0, WIDTH, height);
    const means = [];
    for (let place = 0; place < COLUMNS * ROWS; place += 1) {
      const side = BLOCK * WIDTH;
      const x = QUIET * WIDTH + side * (place % COLUMNS);
      const y = QUIET * WIDTH + side * Math.floor(place / COLUMNS);
      let sum = 0, count = 0;
      for (let row = Math.round(y + side * 0.3); row < Math.round(y + side * 0.7); row += 1) {
        for (let column = Math.round(x + side * 0.3); column < Math.round(x + side * 0.7); column += 1) {
          const at = 4 * (row * WIDTH + column);
          sum += 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
          count += 1;
        }
      }
      means.push(sum / count);
    }
    return means;
  };

  const read = (means) => {
    const known = Array.from({ length: 8 }, (_, at) => (SYNC >> (7 - at)) & 1);
    const white = [], black = [];
    known.forEach((bit, at) => {
      (bit ? white : black).push(means[at]);
      (bit ? black : white).push(means[56 + at]);
    });
    if (Math.min(...white) - Math.max(...black) < 24) return null;
    const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
    const middle = (mean(white) + mean(black)) / 2;
    const octets = [];
    for (let start = 0; start < 64; start += 8) {
      octets.push(means.slice(start, start + 8).reduce((value, one) => value * 2 + (one > middle ? 1 : 0), 0));
    }
    const payload = octets.slice(1, 5);
    if (octets[0] !== SYNC || octets[7] !== (SYNC ^ 0xff) || crc16(payload) !== octets[5] * 256 + octets[6]) return null;
    return { source: payload[0], frame: payload[1] * 65536 + payload[2] * 256 + payload[3] };
  };

  // A <video>, <img>, <canvas> or ImageBitmap -> {source, frame} | null
  const decode = (picture) => {
    const width = picture.videoWidth || picture.naturalWidth || picture.width;
    const full = picture.videoHeight || picture.naturalHeight || picture.height;
    if (!width || !full) return null;
    const height = Math.min(WIDTH, Math.round((full * WIDTH) / width));
    context.drawImage(picture, 0, 0, WIDTH, height);
    return read(brightness(picture, height));
  };

  // Different frames of one source seen in a <video>, until `wanted` of them or `milliseconds` are over.
  const watch = (video, wanted, milliseconds) =>
    new Promise((resolve) => {
      const frames = new Set(), sources = new Set();
      let looked = 0, unread = 0;
      const until = performance.now() + milliseconds;
      const finish = () => resolve({ frames: [...frames], sources: [...sources], looked, unread });
      const deadline = setTimeout(finish, milliseconds);
      const look = () => {
        looked += 1;
        const code = decode(video);
        if (code) { frames.add(code.frame); sources.add(code.source); } else { unread += 1; }
        if (frames.size >= wanted || performance.now() > until) { clearTimeout(deadline); finish(); return; }
        video.requestVideoFrameCallback(look);
      };
      video.requestVideoFrameCallback(look);
    });

  // The loudest frequency (Hz) of a MediaStream's sound and its level (dBFS), listened to for `milliseconds`.
  const listen = async (stream, milliseconds) => {
    const audio = new AudioContext();
    await audio.resume();
    const analyser = new AnalyserNode(audio, { fftSize: 8192, smoothingTimeConstant: 0 });
    audio.createMediaStreamSource(stream).connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    let best = { frequency: 0, level: -Infinity };
    const until = performance.now() + milliseconds;
    while (performance.now() < until) {
      await new Promise((wake) => setTimeout(wake, 50));
      analyser.getFloatFrequencyData(bins);
      const at = bins.reduce((top, level, bin) => (level > bins[top] ? bin : top), 0);
      if (bins[at] > best.level) best = { frequency: (at * audio.sampleRate) / analyser.fftSize, level: bins[at] };
    }
    await audio.close();
    return best;
  };

  globalThis.harness = Object.freeze({ decode, watch, listen });
})();
