"""visavis as it is deployed: the control process and one media worker, behind the two addresses every shim has."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from visavis_media.control import MediaControl
from visavis_media.settings import Limits, MediaSettings


async def main(port: int) -> None:
    limits = Limits()
    control = await MediaControl.start(MediaSettings(host=os.environ["HOST"], limits=limits))

    async def version(_request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"visavis-media {importlib.metadata.version('visavis-media')}")

    async def publish(request: Request) -> PlainTextResponse:
        room = request.path_params["room"]
        await control.open_session(room)
        answer = await control.publish(room, f"{room}-camera", (await request.body()).decode())
        return PlainTextResponse(answer.sdp)

    async def subscribe(request: Request) -> PlainTextResponse:
        room, number = request.path_params["room"], request.path_params["number"]
        offer = (await request.body()).decode()
        answer = await control.subscribe(room, f"{room}-camera", f"{room}-{number}", offer)
        return PlainTextResponse(answer.sdp)

    app = Starlette(
        routes=[
            Route("/version", version, methods=["POST"]),
            Route("/publish/{room}", publish, methods=["POST"]),
            Route("/subscribe/{room}/{number}", subscribe, methods=["POST"]),
        ]
    )
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off", loop="uvloop")
    try:
        await uvicorn.Server(config).serve()
    finally:
        await control.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
