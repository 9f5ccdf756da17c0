"""Janus as Debian ships it, its VideoRoom plugin, through its HTTP interface; the configuration is written here.

Knows: the VideoRoom's requests. Refuses to know: what is measured. It is run ICE-lite, as a public server is, which
costs it least; recording, events and other plugins are off.
"""

from __future__ import annotations

import json
import secrets
import time
import urllib.request
from typing import Any

from benchmarks.peers.peer import LoadPeer
from benchmarks.peers.systems.shim import free_port
from benchmarks.peers.systems.system import Ground, System, Unavailable, post

__all__ = ["Janus"]

LIBRARY = "/usr/lib/x86_64-linux-gnu/janus"
START_SECONDS = 15
ANSWER_SECONDS = 10
JOIN_TRIES = 20
MAIN = """general: {{
  configs_folder = "{folder}"
  plugins_folder = "{library}/plugins"
  transports_folder = "{library}/transports"
  events_folder = "{folder}"
  loggers_folder = "{folder}"
  debug_level = 2
  session_timeout = 0
  {loops}
}}
nat: {{ ice_lite = true; ice_enforce_list = "{host}" }}
media: {{ ipv6 = false; rtp_port_range = "20000-60000" }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
events: {{ broadcast = false }}
"""
PLUGINS = "audiobridge duktape echotest lua nosip recordplay sip streaming textroom videocall voicemail"
TRANSPORTS = "mqtt nanomsg pfunix rabbitmq websockets"


class Janus(System):
    def __init__(self, ground: Ground, event_loops: int) -> None:
        super().__init__(ground)
        self.loops = event_loops
        self.port = free_port()
        self.session = ""
        self.rooms: dict[int, int] = {}

    def start(self) -> None:
        folder = self.ground.folder / "janus"
        folder.mkdir(exist_ok=True)
        names = [",".join(f"libjanus_{name}.so" for name in names.split()) for names in (PLUGINS, TRANSPORTS)]
        (folder / "janus.jcfg").write_text(
            MAIN.format(
                folder=folder, library=LIBRARY, host=self.ground.host, plugins=names[0], transports=names[1],
                loops=f"event_loops = {self.loops}" if self.loops else "",
            )
        )  # fmt: skip
        (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")
        (folder / "janus.transport.http.jcfg").write_text(
            f'general: {{ json = "plain"; base_path = "/janus"; http = true; port = {self.port}; ip = "127.0.0.1" }}\n'
            "admin: { admin_http = false }\n"
        )
        self.launch(["janus", "-F", str(folder), "--disable-colors"])
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self.session = str(self._ask("", {"janus": "create"})["data"]["id"])
                break
            except OSError as error:
                if time.monotonic() > end or self.process is None or self.process.poll() is not None:
                    raise Unavailable(f"it did not start: {self.said()}") from error
                time.sleep(0.05)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/janus/info", timeout=5) as answer:
            self.version = f"Janus {json.load(answer)['version_string']}"

    def publish(self, peer: LoadPeer, room: int) -> None:
        handle = self._attach()
        if room not in self.rooms:
            self._message(handle, {"request": "create", "room": room + 1, "publishers": 16, "bitrate": 0,
                                   "audiocodec": "opus", "videocodec": "vp8", "permanent": False})  # fmt: skip
            self.rooms[room] = room + 1
        event = self._message(
            handle,
            {"request": "joinandconfigure", "ptype": "publisher", "room": room + 1, "id": 1, "display": "load"},
            {"type": "offer", "sdp": peer.offer("sendonly")},
        )
        peer.take_description(event["jsep"]["sdp"])

    def subscribe(self, peer: LoadPeer, room: int, number: int) -> None:
        handle = self._attach()
        body = {"request": "join", "ptype": "subscriber", "room": room + 1, "streams": [{"feed": 1}]}
        offer = self._retry(handle, body)["jsep"]["sdp"]
        peer.take_description(offer)
        self._message(handle, {"request": "start"}, {"type": "answer", "sdp": peer.answer(offer)})

    def _retry(self, handle: str, body: dict[str, Any]) -> dict[str, Any]:
        """A publisher whose media has only just come up is not yet known to the room."""
        for _ in range(JOIN_TRIES - 1):
            try:
                return self._message(handle, body)
            except ConnectionError as error:
                if "No such feed" not in str(error):
                    raise
                time.sleep(0.05)
        return self._message(handle, body)

    def _attach(self) -> str:
        body = {"janus": "attach", "plugin": "janus.plugin.videoroom"}
        return str(self._ask(f"/{self.session}", body)["data"]["id"])

    def _message(self, handle: str, body: dict[str, Any], jsep: dict[str, str] | None = None) -> dict[str, Any]:
        """Sends one plugin request; its answer may come at once or as an event."""
        message: dict[str, Any] = {"janus": "message", "body": body}
        if jsep:
            message["jsep"] = jsep
        message["transaction"] = mark = secrets.token_hex(6)
        answer = self._ask(f"/{self.session}/{handle}", message)
        end = time.monotonic() + ANSWER_SECONDS
        while answer["janus"] == "ack" or answer.get("transaction") != mark:
            if time.monotonic() > end:
                raise ConnectionError(f"no answer to {body['request']}")
            address = f"http://127.0.0.1:{self.port}/janus/{self.session}?maxev=1"
            with urllib.request.urlopen(address, timeout=ANSWER_SECONDS) as event:
                answer = json.load(event)
        data: dict[str, Any] = answer.get("plugindata", {}).get("data", {})
        if answer["janus"] == "error" or "error" in data:
            raise ConnectionError(json.dumps(answer)[:500])
        return answer

    def _ask(self, path: str, message: dict[str, Any]) -> dict[str, Any]:
        message.setdefault("transaction", secrets.token_hex(6))
        body = json.dumps(message).encode()
        answer: dict[str, Any] = json.loads(post(f"http://127.0.0.1:{self.port}/janus{path}", body, "application/json"))
        return answer
