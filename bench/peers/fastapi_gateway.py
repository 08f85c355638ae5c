"""The gateway that many teams write first: FastAPI in front of httpx. Keys, a rate limit and whole answers lie in Redis, a table has the prices, and each call leaves a line in the log. Run by uvicorn, one worker."""
import hashlib
import json
import logging
import os
import time
from typing import Any, List

import httpx
import redis.asyncio as redis
from fastapi import Depends, FastAPI, Header, HTTPException, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

UPSTREAM = f"http://127.0.0.1:{os.environ['UPSTREAM']}/v1/chat/completions"
SECONDS_KEPT = 3600
DOLLARS_PER_TOKEN = {"prompt_tokens": 1e-6, "completion_tokens": 2e-6}

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
logging.getLogger("httpx").setLevel(logging.WARNING)
log = logging.getLogger("gateway")
app = FastAPI()
store = redis.Redis(port=int(os.environ["REDIS_PORT"]))
client = httpx.AsyncClient(timeout=120, limits=httpx.Limits(max_connections=2000, max_keepalive_connections=2000))


class Message(BaseModel):
    role: str
    content: Any = None

    class Config:
        extra = "allow"


class Call(BaseModel):
    model: str
    messages: List[Message]
    stream: bool = False

    class Config:
        extra = "allow"


async def tenant(authorization: str = Header("")):
    """Whose key it is, within its calls a minute."""
    name, limit = await store.hmget(f"key:{authorization[7:]}", "tenant", "limit")
    if name is None:
        raise HTTPException(401, "unknown key")
    window = f"calls:{name.decode()}:{int(time.time() // 60)}"
    async with store.pipeline(transaction=False) as pipe:
        calls, _ = await pipe.incr(window).expire(window, 120).execute()
    if calls > int(limit):
        raise HTTPException(429, "rate limit reached")
    return name.decode()


def done(who, model, answer, cache, began):
    usage = answer.get("usage") or {}
    cost = 0 if cache == "hit" else sum(usage.get(kind, 0) * price for kind, price in DOLLARS_PER_TOKEN.items())
    log.info("%s", json.dumps({"tenant": who, "model": model, "cache": cache, "cost": cost, "milliseconds": (time.monotonic() - began) * 1000, **usage}))


@app.post("/v1/chat/completions")
async def chat(call: Call, who: str = Depends(tenant)):
    began = time.monotonic()
    asked = call.dict(exclude_none=True)
    if call.stream:
        upstream = await client.send(client.build_request("POST", UPSTREAM, json=asked), stream=True)
        return StreamingResponse(passed_on(upstream, who, call.model, began), upstream.status_code, media_type=upstream.headers.get("content-type"))
    place = "answer:" + hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    if kept := await store.get(place):
        done(who, call.model, json.loads(kept), "hit", began)
        return Response(kept, media_type="application/json")
    upstream = await client.post(UPSTREAM, json=asked)
    if upstream.status_code == 200:
        await store.set(place, upstream.content, ex=SECONDS_KEPT)
        done(who, call.model, upstream.json(), "miss", began)
    return Response(upstream.content, upstream.status_code, media_type="application/json")


async def passed_on(upstream, who, model, began):
    """The stream as it comes; its last event but one tells the usage."""
    end = b""
    try:
        async for piece in upstream.aiter_raw():
            end = (end + piece)[-1024:]
            yield piece
    finally:
        await upstream.aclose()
        events = [line[6:] for line in end.split(b"\n") if line.startswith(b"data: {")]
        done(who, model, json.loads(events[-1]) if events else {}, "miss", began)
