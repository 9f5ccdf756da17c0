"""How a device's picture and sound are encoded, as three profiles, and the encoders that follow them.

Knows: sizes, rates, codecs and their settings. Refuses to know: devices, networks, and what is looked at.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import msgspec

from visavis_media.bridge_link import SentTrack

__all__ = ["PROFILES", "PictureEncoder", "Profile", "SoundEncoder", "tracks_of"]

RATE = 48_000
BLOCK = 960  # samples of 20 ms
LOWEST_BITRATE = 200_000
REOPEN_SECONDS = 3.0  # between two changes of bitrate, each of which costs a key frame
AS_IT_IS = "minptime=10;stereo=1;sprop-stereo=1;maxaveragebitrate={rate};usedtx=0;useinbandfec=0;cbr=1"


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """`width` x `height` is the largest size sent; a smaller source stays as it is. Bitrates in bits per second."""

    picture: bool = True
    width: int = 0
    height: int = 0
    frames_per_second: int = 0
    bitrate: int = 0
    sound: bool = False
    sound_bitrate: int = 96_000


PROFILES = {
    # Still tissue: every detail, few pictures; when the band narrows, the size stays and the rate of bits falls.
    "sharp": Profile(width=1920, height=1080, frames_per_second=8, bitrate=3_500_000),
    # Gesture and ultrasound: movement must be followed, 25 pictures a second or more.
    "smooth": Profile(width=1280, height=720, frames_per_second=30, bitrate=2_500_000),
    # Heart and lungs: two channels and nothing done to them.
    "auscultation": Profile(picture=False, sound=True, sound_bitrate=128_000),
}
PICTURES = {
    "h264": SentTrack(
        kind="video",
        payload_type=97,
        rtpmap="H264/90000",
        fmtp="level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e028",
    ),
    "vp8": SentTrack(kind="video", payload_type=96, rtpmap="VP8/90000"),
}


def tracks_of(profile: Profile, codec: str) -> list[SentTrack]:
    tracks = []
    if profile.sound:
        fmtp = AS_IT_IS.format(rate=profile.sound_bitrate)
        tracks.append(SentTrack(kind="audio", payload_type=111, rtpmap="opus/48000/2", fmtp=fmtp, clock=RATE))
    if profile.picture:
        tracks.append(PICTURES[codec])
    return tracks


class PictureEncoder:
    """Opened anew when the source's size or the allowed bitrate changes, because the encoders cannot follow either."""

    def __init__(self, profile: Profile, codec: str) -> None:
        self.codec = codec
        self._profile = profile
        self._encoder: Any = None
        self._size = (0, 0)
        self._bitrate = profile.bitrate
        self._opened = 0.0
        self._first = 0.0

    @property
    def size(self) -> tuple[int, int]:
        return self._size

    def encode(self, picture: Any, at: float, *, key: bool, allowed: int) -> bytes:
        """`at`: seconds of a monotonic clock. `allowed`: bits per second, 0 = no limit is known."""
        size = fit(picture.width, picture.height, self._profile)
        bitrate = max(LOWEST_BITRATE, min(self._profile.bitrate, allowed or self._profile.bitrate))
        far = not 0.8 < bitrate / self._bitrate < 1.3
        if self._encoder is None or size != self._size or (far and at - self._opened >= REOPEN_SECONDS):
            self._open(size, bitrate, at)
        shown = picture.reformat(*size, "yuv420p")
        shown.pts = round((at - self._first) * 1000)
        shown.time_base = Fraction(1, 1000)
        kinds = av.video.frame.PictureType
        shown.pict_type = kinds.I if key else kinds.NONE
        return b"".join(bytes(packet) for packet in self._encoder.encode(shown))

    def _open(self, size: tuple[int, int], bitrate: int, at: float) -> None:
        encoder: Any = av.CodecContext.create("libx264" if self.codec == "h264" else "libvpx", "w")
        encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
        encoder.time_base, encoder.framerate = Fraction(1, 1000), Fraction(self._profile.frames_per_second)
        encoder.bit_rate, encoder.gop_size = bitrate, 100_000  # key frames come when somebody asks
        limits = {"maxrate": str(bitrate), "bufsize": str(bitrate // 2)}
        if self.codec == "h264":
            own = {"preset": "superfast", "tune": "zerolatency", "profile": "baseline", "forced-idr": "1"}
        else:
            own = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "error-resilient": "1"}
        encoder.options = own | limits
        self._encoder, self._size, self._bitrate, self._opened, self._first = encoder, size, bitrate, at, at


class SoundEncoder:
    """Opus for any sound: `application=audio`, because the setting for speech takes away what lies below 100 Hz."""

    def __init__(self, bitrate: int) -> None:
        self._resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE, frame_size=BLOCK)
        encoder: Any = av.CodecContext.create("libopus", "w")
        encoder.sample_rate, encoder.layout, encoder.format = RATE, "stereo", "s16"
        encoder.bit_rate = bitrate
        encoder.options = {"application": "audio", "frame_duration": "20", "vbr": "off", "fec": "0", "packet_loss": "0"}
        self._encoder = encoder
        self.samples = 0  # sent so far: the RTP timestamp

    def encode(self, block: Any) -> list[tuple[int, bytes, Any]]:
        """(timestamp, packet, the block's samples) for each 20 ms that are full."""
        done = []
        block.pts = None
        for part in self._resampler.resample(block):
            part.pts = self.samples
            done += [(self.samples, bytes(packet), part) for packet in self._encoder.encode(part)]
            self.samples += part.samples
        return done


def fit(width: int, height: int, profile: Profile) -> tuple[int, int]:
    """The size to send: the source's own, or smaller with its shape kept. Even, as 4:2:0 needs."""
    scale = min(1.0, profile.width / width, profile.height / height)
    return max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2)
