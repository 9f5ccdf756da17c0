import asyncio
import os

from visavis_media.impairment import Impairment


async def stats(page, name):
    return await page.evaluate("name => window.stats(name)", name)


async def test_sim(stage, network):
    loop = asyncio.get_running_loop()
    nurse, physician = await stage.page(), await stage.page()
    t0 = loop.time()
    codec = os.environ.get("CODEC")
    await nurse.evaluate(
        "([codec]) => window.publish('camera', {audio: true, video: {width: 1280, height: 720, frameRate: 30}}, codec, [{rid:'s',scaleResolutionDownBy:4,maxBitrate:150000},{rid:'l',maxBitrate:2500000}])",
        [codec],
    )
    await physician.evaluate("window.subscribe('viewer', 'camera')")
    lastr = 0
    cut = restored = False
    while (t := loop.time() - t0) < 40:
        if t > 10 and not cut:
            cut = True
            network.down = Impairment(delay=0.02, rate=250_000)
            print("CUT")
        if t > 18 and not restored:
            restored = True
            network.down = Impairment(delay=0.02)
            print("BACK")
        s = await stats(nurse, "camera")
        v = await stats(physician, "viewer")
        ob = " ".join(
            f"{x.get('rid')}:{x['bytesSent'] // 1000}k/{x.get('targetBitrate', 0) / 1e3:.0f}/{x.get('frameWidth')}/pli{x.get('pliCount')}/{x.get('keyFramesEncoded')}"
            for x in s
            if x["type"] == "outbound-rtp" and x["kind"] == "video"
        )
        cp = [x for x in s if x["type"] == "candidate-pair" and x.get("nominated")]
        iv = [x for x in v if x["type"] == "inbound-rtp" and x["kind"] == "video"]
        ia = [x for x in v if x["type"] == "inbound-rtp" and x["kind"] == "audio"]
        iv = iv[0] if iv else {}
        ia = ia[0] if ia else {}
        print(
            f"{t:.1f} avail={(cp[0].get('availableOutgoingBitrate', 0) if cp else 0) / 1e3:.0f} {ob} recv={(iv.get('bytesReceived', 0) - lastr) * 8 / 500:.0f} w={iv.get('frameWidth')} dec={iv.get('framesDecoded')} key={iv.get('keyFramesDecoded')} frz={iv.get('freezeCount')}/{iv.get('totalFreezesDuration')} pli={iv.get('pliCount')} nack={iv.get('nackCount')} lost={iv.get('packetsLost')} aud={ia.get('packetsReceived')} conc={ia.get('concealedSamples')}"
        )
        lastr = iv.get("bytesReceived", 0)
        await asyncio.sleep(0.5)
