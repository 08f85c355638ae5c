#!/usr/bin/env python3
"""Runs the gateway for a while under a little of everything, and says whether it stays as large as it is.

    python3 bench/soak.py [--minutes 6] [--rate 20] [--app FOLDER] [--out artifacts/soak]

Streams, whole answers, hits of the cache, identical calls at once, slow readers, readers who leave, wrong keys, and a provider that fails in every way. Every five
seconds memory, GC heap, handles and threads are sampled. The first third is warm-up; of the rest, the median of the second half may exceed that of the first by a
tenth and a little. Ends with 1 when it grows, or when a call ends in another way than it should. Needs Linux, the .NET SDK and nothing but Python.
"""
import argparse
import asyncio
import collections
import json
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
SAMPLE_SECONDS = 5
# What may be added to a tenth: a collection that is due, a pooled connection, a thread that is injected.
ALLOWED = {"rss_mb": 8.0, "heap_mb": 4.0, "handles": 15, "threads": 6}


async def answer(reader, writer):
    """The provider: a model's name says what it does."""
    try:
        while head := await read_head(reader):
            body = json.loads(await reader.readexactly(int(re.search(r"content-length: (\d+)", head, re.I)[1])))
            if not await play(body, writer):
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def play(body, writer):
    """False when the connection breaks."""
    fault = random.choice(["500", "429", "cut", "garbage", "close"]) if body["model"] == "faulty" else None
    if fault == "close":
        return False
    if fault in ("500", "429"):
        return await send(writer, f"{fault} No", "application/json", [b'{"error":{"message":"no"}}'])
    if not body.get("stream"):
        return await send(writer, "200 OK", "application/json", [b"not json" if fault else json.dumps(completion()).encode()])
    events = [event({"choices": [{"index": 0, "delta": {"content": f"word{i} "}, "finish_reason": None}]}) for i in range(20)]
    events += [event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}), event({"choices": [], "usage": usage()}), b"data: [DONE]\n\n"]
    if fault:
        return await send(writer, "200 OK", "text/event-stream", events[:7] if fault == "cut" else [b"data: {nonsense\n\n"] * 20, is_whole=False)
    return await send(writer, "200 OK", "text/event-stream", events, gap=0.02)


async def send(writer, status, kind, parts, gap=0.0, is_whole=True):
    writer.write(f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n".encode())
    for part in parts:
        writer.write(b"%x\r\n%s\r\n" % (len(part), part))
        await writer.drain()
        if gap:
            await asyncio.sleep(gap)
    if is_whole:
        writer.write(b"0\r\n\r\n")
        await writer.drain()
    return is_whole


def event(chunk):
    return b"data: " + json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", **chunk}).encode() + b"\n\n"


def completion():
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": "word " * 20}, "finish_reason": "stop"}], "usage": usage()}


def usage():
    return {"prompt_tokens": 20, "completion_tokens": 20, "total_tokens": 40}


async def read_head(reader):
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None


async def call(port, method, path, key=None, body=None, leaves=False, pause=0.0):
    """Status and body, on a connection of its own. Whoever leaves does so in the middle of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        data = json.dumps(body).encode() if body is not None else b""
        authorization = f"authorization: Bearer {key}\r\n" if key else ""
        writer.write(f"{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{authorization}content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data)
        await writer.drain()
        status = int((await read_head(reader)).split(" ")[1])
        if leaves:
            await reader.read(200)
            return status, b""
        if pause:
            await asyncio.sleep(pause)
        return status, await reader.read()
    finally:
        writer.close()


class Caller:
    def __init__(self, port, key):
        self.port, self.key, self.outcomes, self.wrong = port, key, collections.Counter(), []

    async def one(self):
        kind = random.choices(["stream", "whole", "hit", "twins", "slow", "leaves", "wrong-key", "revoked", "faulty", "simulator"], [25, 15, 20, 5, 5, 10, 5, 5, 7, 3])[0]
        try:
            ok = await asyncio.wait_for(getattr(self, kind.replace("-", "_"))(), 60)
        except Exception as e:  # whatever it is, it stands in the report
            ok, kind = False, f"{kind}: {e!r}"
        self.outcomes[kind] += 1
        if not ok:
            self.wrong.append(kind)

    async def ask(self, model="mock", prompt=None, stream=True, key=None, **how):
        prompt = prompt or f"prompt {random.getrandbits(64)}"
        return await call(self.port, "POST", "/v1/chat/completions", key or self.key, {"model": model, "stream": stream, "messages": [{"role": "user", "content": prompt + " x" * 150}]}, **how)

    async def stream(self, **how):
        status, body = await self.ask(**how)
        return status == 200 and b"data: [DONE]" in body

    async def whole(self):
        status, body = await self.ask(stream=False)
        return status == 200 and b'"total_tokens"' in body

    async def hit(self):
        return await self.stream(prompt=f"often asked {random.randrange(20)}")

    async def twins(self):
        prompt = f"twins {random.getrandbits(64)}"
        return all(await asyncio.gather(*(self.stream(prompt=prompt) for _ in range(3))))

    async def slow(self):
        return await self.stream(pause=2.0)

    async def leaves(self):
        return (await self.ask(leaves=True))[0] == 200

    async def wrong_key(self):
        return (await self.ask(key="llmc_live_" + "x" * 38))[0] in (401, 429)

    async def revoked(self):
        return (await self.ask(key=self.revoked_key))[0] in (401, 429)

    async def faulty(self):
        status, body = await self.ask(model="faulty", stream=random.random() < 0.5)
        return status in (429, 502, 503) or (status == 200 and (b'"error"' in body or b"data: [DONE]" in body))

    async def simulator(self):
        return await self.stream(model="simulator/lorem-20-10-5")


async def configure(port, admin, upstream):
    async def post(path, body):
        status, text = await call(port, "POST", f"/admin/v1/{path}", admin, body)
        assert status < 300, (path, text)
        return json.loads(re.search(rb"\{.*\}", text, re.S)[0])

    tier = await post("tiers", {"name": "soak", "models": ["*"], "concurrency": 10000, "quotas": [{"unit": "usd", "period": "month", "limit": 1000000}], "cache": {"exact": {"enabled": True, "ttlSeconds": 3600}}})
    tenant = await post("tenants", {"name": "soak", "tier": tier["id"]})
    for name in ("mock", "faulty"):
        provider = await post("providers", {"name": name, "kind": "openai-compatible", "baseUrl": f"http://127.0.0.1:{upstream}/v1", "apiKey": "sk-mock"})
        await post("models", {"name": name, "targets": [{"provider": provider["id"], "model": name}], "prices": {"inputPerMillion": 1, "outputPerMillion": 2}})
    caller = Caller(port, (await post("keys", {"tenant": tenant["id"], "name": "soak"}))["key"])
    revoked = await post("keys", {"tenant": tenant["id"], "name": "revoked"})
    caller.revoked_key = revoked["key"]
    await call(port, "DELETE", f"/admin/v1/keys/{revoked['id']}", admin)
    return caller


async def sample(port, pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    _, metrics = await call(port, "GET", "/metrics")
    heap = sum(float(value) for value in re.findall(r"^dotnet_gc_last_collection_heap_size_bytes\{[^}]*\} (\S+)", metrics.decode(), re.M))
    return {
        "rss_mb": int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024, "heap_mb": heap / 1048576,
        "handles": len(os.listdir(f"/proc/{pid}/fd")), "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
    }


async def soak(port, pid, caller, minutes, rate, samples):
    began, tasks, due = time.monotonic(), set(), time.monotonic() + SAMPLE_SECONDS
    while time.monotonic() - began < minutes * 60:
        task = asyncio.create_task(caller.one())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        await asyncio.sleep(random.expovariate(rate))
        if time.monotonic() >= due:
            samples.append({"seconds": round(time.monotonic() - began), **await sample(port, pid)})
            due += SAMPLE_SECONDS
    await asyncio.gather(*tasks)


def verdict(samples):
    """Lines for people, and whether all is flat."""
    steady = samples[len(samples) // 3:]
    first, second = steady[: len(steady) // 2], steady[len(steady) // 2:]
    lines, is_flat = [], True
    for name, allowed in ALLOWED.items():
        before, after = (statistics.median(row[name] for row in part) for part in (first, second))
        grows = after > before * 1.1 + allowed
        is_flat &= not grows
        lines.append(f"{name:8} {before:8.1f} -> {after:8.1f}  most {max(row[name] for row in steady):8.1f}  {'GROWS' if grows else 'flat'}")
    return lines, is_flat


async def started(log, process):
    """Port and admin key, from the log."""
    while process.poll() is None:
        text = pathlib.Path(log.name).read_text()
        if (port := re.search(r"http://127\.0\.0\.1:(\d+)", text)) and (key := re.search(r"llmc_admin_\w{38}", text)):
            return int(port[1]), key[0]
        await asyncio.sleep(0.2)
    sys.exit(pathlib.Path(log.name).read_text())


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--minutes", type=float, default=6)
    arguments.add_argument("--rate", type=float, default=20, help="calls a second")
    arguments.add_argument("--app", help="a published app; else it is published")
    arguments.add_argument("--out", default=str(REPOSITORY / "artifacts/soak"))
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="llmconsole-soak-") as work:
        app = options.app or f"{work}/app"
        if not options.app:
            subprocess.run(["dotnet", "publish", str(REPOSITORY / "LlmConsole"), "-c", "Release", "-o", app, "-v", "q", "-nologo"], check=True)
        provider = await asyncio.start_server(answer, "127.0.0.1", 0)

        # A small cache is full soon, so that it isn't what grows.
        settings = {"Data__Directory": f"{work}/data", "Bootstrap__AdminKey": "generate", "Cache__MemoryBytes": str(4 * 1048576), "ASPNETCORE_URLS": "http://127.0.0.1:0"}
        os.mkdir(f"{work}/data")
        with open(f"{work}/log", "w") as log:
            process = subprocess.Popen(["dotnet", f"{app}/LlmConsole.dll"], env={**os.environ, **settings}, stdout=log, stderr=log, cwd=app)
            samples = []
            try:
                port, admin = await started(log, process)
                caller = await configure(port, admin, provider.sockets[0].getsockname()[1])
                await soak(port, process.pid, caller, options.minutes, options.rate, samples)
            finally:
                process.terminate()
                process.wait(60)
                provider.close()

                # Its handlers see that their connections are gone.
                await asyncio.sleep(0.2)
        lines, is_flat = verdict(samples)
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "samples.csv").write_text("\n".join([",".join(samples[0]), *(",".join(f"{value:.1f}" for value in row.values()) for row in samples)]) + "\n")
    print(f"{sum(caller.outcomes.values())} calls in {options.minutes:g} minutes: {dict(caller.outcomes)}", *lines, sep="\n")
    print(f"{len(caller.wrong)} ended in another way than they should: {collections.Counter(caller.wrong)}" if caller.wrong else "Every call ended as it should.")
    return 0 if is_flat and not caller.wrong else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
