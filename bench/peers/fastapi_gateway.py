"""The smallest gateway that many teams write first: FastAPI in front of httpx, keys and a rate limit in Redis. Run by uvicorn, one worker."""
import os
import time

import httpx
import redis.asyncio as redis
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

UPSTREAM = f"http://127.0.0.1:{os.environ['UPSTREAM']}/v1/chat/completions"
app = FastAPI()
store = redis.Redis(port=int(os.environ["REDIS_PORT"]))
client = httpx.AsyncClient(timeout=120, limits=httpx.Limits(max_connections=2000, max_keepalive_connections=2000))


@app.post("/v1/chat/completions")
async def chat(request: Request):
    key = request.headers.get("authorization", "")
    window = f"{key}:{int(time.time() // 60)}"
    async with store.pipeline(transaction=False) as pipe:
        pipe.get(f"key:{key}")
        pipe.incr(window)
        pipe.expire(window, 120)
        known, calls, _ = await pipe.execute()
    if known is None:
        return Response(status_code=401)
    if calls > 10_000_000:
        return Response(status_code=429)
    body = await request.body()
    upstream = await client.send(client.build_request("POST", UPSTREAM, content=body, headers={"content-type": "application/json"}), stream=True)
    if upstream.headers.get("content-type", "").startswith("text/event-stream"):
        return StreamingResponse(upstream.aiter_raw(), media_type="text/event-stream")
    answer = await upstream.aread()
    await upstream.aclose()
    return Response(answer, status_code=upstream.status_code, media_type="application/json")
