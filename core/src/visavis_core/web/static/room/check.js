// <visavis-device-check act address cause>: camera, microphone, loudspeaker and network tested in under a minute, each
// result in words with the way out, and kept in the act as `record_equipment_check`.

import { openCamera, wordOf } from "./cameras.js";
import { loadMessages } from "../js/messages.js";

const LISTEN_MS = 3000;
const PROBES = 5;
const DARK = 0.06; // mean luma, 0 to 1
const SILENT = 0.01; // root mean square, 0 to 1
const SMALL_HEIGHT = 480;
const SLOW_MS = 300;

class DeviceCheck extends HTMLElement {
  async connectedCallback() {
    if (this.start) return;
    this.t = await loadMessages("room");
    this.start = this.#button(this.t("check.start"), "button primary");
    this.start.addEventListener("click", () => this.run());
    this.list = Object.assign(document.createElement("ul"), { className: "check-results" });
    this.list.setAttribute("role", "list");
    this.status = document.createElement("p");
    this.status.setAttribute("role", "status");
    this.append(this.start, this.list, this.status);
  }

  async run() {
    this.start.disabled = true;
    this.list.replaceChildren();
    this.#say("running");
    const results = [];
    const keep = (result) => {
      results.push(result);
      this.#show(result);
    };
    let opened = null;
    try {
      opened = await openCamera({ source: "clinical", voice: true });
    } catch (error) {
      keep(this.#result("camera", "insufficient", { detail: this.t(wordOf(error)) }));
      keep(this.#result("microphone", "insufficient", { detail: this.t(wordOf(error)) }));
    }
    if (opened) {
      keep(await this.#camera(opened));
      keep(await this.#microphone(opened));
      for (const track of opened.stream.getTracks()) track.stop();
    }
    keep(await this.#network());
    keep(await this.#speaker());
    await this.#record(results);
    this.start.disabled = false;
    this.start.textContent = this.t("check.again");
  }

  async #camera({ stream, missing }) {
    const track = stream.getVideoTracks()[0];
    if (!track) return this.#result("camera", "insufficient", { detail: this.t(wordOf(missing?.error)) });
    const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true, srcObject: stream });
    await video.play();
    const [width, height] = [video.videoWidth, video.videoHeight];
    const luma = brightness(video);
    video.srcObject = null;
    const measured = { measured: `${width}x${height}`, unit: "px", label: track.label };
    if (luma < DARK) return this.#result("camera", "limited", { ...measured, detail: this.t("check.dark") });
    if (height < SMALL_HEIGHT) return this.#result("camera", "limited", { ...measured, detail: this.t("check.small") });
    return this.#result("camera", "adequate", measured);
  }

  async #microphone({ stream, missing }) {
    const track = stream.getAudioTracks()[0];
    if (!track) return this.#result("microphone", "insufficient", { detail: this.t(wordOf(missing?.error)) });
    this.#say("speak");
    const meter = document.createElement("meter");
    Object.assign(meter, { min: 0, max: 0.3, value: 0 });
    this.status.append(" ", meter);
    const loudest = await listen(stream, (level) => (meter.value = level));
    const decibels = loudest > 0 ? Math.round(20 * Math.log10(loudest)) : -100;
    const measured = { measured: String(decibels), unit: "dB", label: track.label };
    if (loudest < SILENT) return this.#result("microphone", "limited", { ...measured, detail: this.t("check.silent") });
    return this.#result("microphone", "adequate", measured);
  }

  async #network() {
    this.#say("running");
    const times = [];
    for (let i = 0; i < PROBES; i += 1) {
      const began = performance.now();
      try {
        await fetch(`${document.documentElement.dataset.messages}/room.json`, { method: "HEAD", cache: "no-store" });
        times.push(performance.now() - began);
      } catch {
        return this.#result("network", "insufficient", { detail: this.t("check.unreachable") });
      }
    }
    const middle = Math.round(times.sort((a, b) => a - b)[Math.floor(times.length / 2)]);
    const measured = { measured: String(middle), unit: "ms" };
    if (middle > SLOW_MS) return this.#result("network", "limited", { ...measured, detail: this.t("check.slow") });
    return this.#result("network", "adequate", measured);
  }

  // Only a person can say that a sound was heard.
  async #speaker() {
    const stop = playTone();
    this.#say("heard");
    const heard = await new Promise((resolve) => {
      const answers = [["yes", true], ["no", false]].map(([word, value]) => {
        const button = this.#button(this.t(`check.${word}`), "button");
        button.addEventListener("click", () => resolve(value));
        return button;
      });
      this.status.append(" ", ...answers);
      answers[0].focus();
    });
    stop();
    if (heard) return this.#result("speaker", "adequate");
    return this.#result("speaker", "insufficient", { detail: this.t("check.not_heard") });
  }

  async #record(results) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": `check:${crypto.randomUUID()}` };
    try {
      const body = JSON.stringify({ type: "record_equipment_check", results });
      const response = await fetch(this.getAttribute("address"), { method: "POST", headers, body });
      if (!response.ok) throw new Error(String(response.status));
      this.#say("saved");
      this.dispatchEvent(new CustomEvent("checked", { bubbles: true, detail: results }));
    } catch {
      this.#say("not_saved");
    }
  }

  #result(what, verdict, { label = "", measured = "", unit = "", detail = "" } = {}) {
    return { what, label: label.slice(0, 100), verdict, measured, unit, detail };
  }

  #show({ what, verdict, measured, unit, detail }) {
    const row = document.createElement("li");
    row.className = verdict;
    const chip = Object.assign(document.createElement("span"), { className: `chip ${verdict}` });
    chip.textContent = this.t(`adequacy.${verdict}`);
    row.append(`${this.t(`check.${what}`)} `, chip, measured ? ` ${signed(measured)}\u00a0${unit}` : "", detail ? ` ${detail}` : "");
    this.list.append(row);
  }

  #say(word) {
    this.status.textContent = this.t(`check.${word}`);
  }

  #button(word, classes) {
    return Object.assign(document.createElement("button"), { type: "button", className: classes, textContent: word });
  }
}

// As `sign` of locale/typography.py: what is recorded stays in plain characters, what is shown has the signs of figures.
function signed(measured) {
  return measured.replace(/^-(?=\d)/, "−").replace(/(\d)x(?=\d)/g, "$1\u00a0×\u00a0");
}

function brightness(video) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(video, 0, 0, 64, 48);
  const { data } = pen.getImageData(0, 0, 64, 48);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += 0.2126 * data[i] + 0.7152 * data[i + 1] + 0.0722 * data[i + 2];
  return sum / (data.length / 4) / 255;
}

async function listen(stream, show) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  const until = performance.now() + LISTEN_MS;
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    analyser.getFloatTimeDomainData(samples);
    const level = Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);
    loudest = Math.max(loudest, level);
    show(level);
  }
  await context.close();
  return loudest;
}

// Two soft notes, again and again until somebody answers.
function playTone() {
  const context = new AudioContext();
  const play = () => {
    for (const [frequency, at] of [[523, 0], [659, 0.35]]) {
      const note = new OscillatorNode(context, { frequency });
      const volume = new GainNode(context, { gain: 0.2 });
      note.connect(volume).connect(context.destination);
      note.start(context.currentTime + at);
      note.stop(context.currentTime + at + 0.3);
    }
  };
  play();
  const again = setInterval(play, 1500);
  return () => {
    clearInterval(again);
    context.close();
  };
}

customElements.define("visavis-device-check", DeviceCheck);
