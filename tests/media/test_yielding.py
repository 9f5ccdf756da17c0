"""On a way too narrow for everything, the face yields to the wound, and comes back when there is room."""

from __future__ import annotations

import asyncio

from visavis_media import rtcp
from visavis_media.control import MediaControl
from visavis_media.testing import OfferedTrack, SyntheticPeer, pack_rtp
from visavis_media.yielding import FLOOR, NO_CAP, Flow, YieldingRule

FACE, DEVICE, CAMERA = 1, 2, 3


def flows(congested: bool = False, **rates: int) -> list[Flow]:
    priorities = {"face": FACE, "device": DEVICE, "camera": CAMERA}
    return [
        Flow(name=name, priority=priorities[name], rate=rate, is_congested=congested) for name, rate in rates.items()
    ]


def test_nobody_is_capped_while_the_way_is_wide() -> None:
    rule = YieldingRule()
    for second in range(30):
        assert rule.look(flows(face=900_000, camera=2_500_000), second) == {"face": NO_CAP, "camera": NO_CAP}


def test_the_face_yields_first_and_the_camera_is_never_capped() -> None:
    rule = YieldingRule()
    rule.look(flows(face=900_000, camera=2_500_000), 0.0)
    caps = rule.look(flows(face=600_000, camera=600_000, congested=True), 1.0)
    assert caps == {"face": FLOOR, "camera": NO_CAP}
    # The camera takes the room; the face stays small although nothing is congested any more.
    assert rule.look(flows(face=FLOOR, camera=1_050_000), 5.0)["face"] == FLOOR


def test_what_the_camera_never_needed_is_left_to_the_face() -> None:
    rule = YieldingRule()
    rule.look(flows(face=900_000, camera=600_000), 0.0)
    assert rule.look(flows(face=900_000, camera=600_000, congested=True), 1.0)["face"] == 900_000


def test_three_kinds_yield_in_their_order() -> None:
    rule = YieldingRule()
    rule.look(flows(face=800_000, device=1_000_000, camera=2_000_000), 0.0)
    caps = rule.look(flows(face=700_000, device=900_000, camera=900_000, congested=True), 1.0)
    assert caps == {"face": FLOOR, "device": 500_000, "camera": NO_CAP}


def test_the_cap_is_lifted_step_by_step_when_the_way_is_free_and_a_link_that_ended_is_forgotten() -> None:
    rule = YieldingRule()
    rule.look(flows(face=900_000, camera=2_500_000), 0.0)
    rule.look(flows(face=500_000, camera=500_000, congested=True), 1.0)
    caps = [rule.look(flows(face=FLOOR, camera=2_500_000), second)["face"] for second in range(12, 50)]
    assert caps == sorted(caps)
    assert caps[9] > 500_000
    assert caps[-1] == NO_CAP
    rule.look(flows(face=500_000, camera=500_000, congested=True), 51.0)
    assert rule.look(flows(face=900_000), 52.0) == {"face": NO_CAP}


def test_alike_priorities_share() -> None:
    rule = YieldingRule()
    pair = [Flow(name=name, priority=1, rate=400_000, is_congested=True) for name in ("one", "two")]
    assert set(rule.look(pair, 0.0).values()) == {NO_CAP}


VIDEO = OfferedTrack(kind="video", codec="VP8/90000", payload_type=96, rtx=97, feedback=("goog-remb", "nack"))


class Source:
    """A publisher of 30 frames a second, and the rate it was last allowed."""

    def __init__(self, peer: SyntheticPeer) -> None:
        self.peer = peer
        self.count = 0
        self.allowed = 0
        self.late = 0.0  # seconds by which its packets come later than when they were made

    def send(self) -> None:
        # Stamped by the clock, as a camera does: a test machine that stands still for a moment is no queue.
        now = asyncio.get_running_loop().time()
        for _ in range(5 if not self.late else 2):  # its own congestion control slows it down
            timestamp = int((now - self.late) * 90_000)
            self.peer.send(pack_rtp(96, self.count, timestamp, 7, bytes(1_000)))
            self.count += 1
        while self.peer.controls:
            packet = self.peer.controls.popleft()
            for part in rtcp.walk(packet):
                self.allowed = rtcp.read_remb(packet, part) or self.allowed


async def test_the_face_of_the_same_end_is_told_to_send_less_and_nobody_elses(control: MediaControl, host: str) -> None:
    sources: dict[str, Source] = {}
    for name, priority, end in (("face", 1, "nurse"), ("camera", 3, "nurse"), ("expert", 1, "desk")):
        peer = SyntheticPeer(host)
        answer = await control.publish("s", name, peer.offer("sendonly", [VIDEO]), priority=priority, end=end)
        await peer.connect(answer.sdp)
        sources[name] = Source(peer)

    async with asyncio.timeout(40):
        while not 0 < sources["face"].allowed < 600_000:
            for source in sources.values():
                source.send()
            # First it shows for some seconds what it needs, then its queue grows.
            if sources["camera"].count > 5 * 120 and sources["face"].allowed > 1_000_000:
                sources["camera"].late += 0.01
            await asyncio.sleep(1 / 30)

    assert sources["camera"].allowed > 1_000_000
    assert sources["expert"].allowed > 1_000_000
    for source in sources.values():
        await source.peer.close()
