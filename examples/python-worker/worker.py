"""A worker of Precedent in Python, written from docs/worker-protocol.md alone.

It runs tasks of the type `poster.print`: one page after the other, with a checkpoint behind each. Usage:

    pip install nats-py
    python worker.py nats://127.0.0.1:16042

Environment: PRECEDENT_ROOT (precedent.v1), PRECEDENT_CELL (main), WORKER_NAME, NATS_TOKEN.
"""

import asyncio
import hashlib
import json
import os
import signal
import sys
import time
import traceback
import uuid

import nats
from nats.errors import NoRespondersError, TimeoutError as NatsTimeout

ROOT = os.environ.get("PRECEDENT_ROOT", "precedent.v1")
CELL = os.environ.get("PRECEDENT_CELL", "main")
TYPE = "poster.print"
VERSION = "1"
SLOTS = 2


class Yielded(Exception):
    """The code stopped at a safe point, and goes on later from its last checkpoint."""


class Stopped(Exception):
    """The code ended because of a stop signal."""


class Lease:
    def __init__(self, job):
        self.id, self.epoch, self.attempt = job["id"], job["epoch"], job["attempt"]
        self.job = job
        self.seq = 0
        self.alive_at = time.monotonic()
        self.stop = asyncio.Event()
        self.yield_ = asyncio.Event()
        self.task = None

    @property
    def key(self):
        return [self.id, self.epoch]


def canonical(state):
    """The JSON text over which the hash of a state is taken."""
    return json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Worker:
    def __init__(self, nc):
        self.nc = nc
        self.session = uuid.uuid4().hex
        self.report_subject = f"{ROOT}.cell.{CELL}.report"
        self.leases = {}
        self.engine_epoch = None
        self.lease_ms, self.heartbeat_ms = 10_000, 2_000
        self.heard_at = time.monotonic()
        self.known = asyncio.Event()
        self.greeting = None
        self.draining = False
        self.ended = asyncio.Event()

    # --- the session -----------------------------------------------------------------------------

    async def open(self):
        await self.nc.subscribe(f"{ROOT}.worker.{self.session}.assign", cb=self.on_assign)
        await self.nc.subscribe(f"{ROOT}.worker.{self.session}.signal", cb=self.on_signal)
        await self.nc.subscribe(f"{ROOT}.cell.{CELL}.roll-call", cb=self.on_leader)
        await self.nc.flush()
        await self.greet()
        asyncio.create_task(self.beat())

    def greet(self):
        """One hello at a time; reports and checkpoints wait for its answer."""
        if self.greeting is None or self.greeting.done():
            self.known.clear()
            self.greeting = asyncio.create_task(self.hello())
        return self.greeting

    async def hello(self):
        pause = 0.1
        while True:
            running = [lease.key for lease in self.leases.values()]
            answer = await self.ask({
                "kind": "hello", "worker": os.environ.get("WORKER_NAME", "python-1"), "version": VERSION,
                "types": [TYPE], "pools": ["default"], "labels": {}, "resources": {}, "slots": SLOTS, "running": running,
            })
            if answer is not None and answer.get("ok"):
                break
            if answer is not None and answer["error"]["code"] == "INVALID_REQUEST":
                sys.exit(f"the hello was refused: {answer['error']['message']}")
            await asyncio.sleep(pause)
            pause = min(2 * pause, 2)
        self.lease_ms, self.heartbeat_ms = answer["leaseMs"], answer["heartbeatMs"]
        for task, epoch in running:
            if [task, epoch] not in answer["keep"]:
                self.lose(task, epoch)
        self.known.set()

    async def beat(self):
        while not self.ended.is_set():
            self.heartbeat()
            await asyncio.sleep(self.heartbeat_ms / 1000)
            if (time.monotonic() - self.heard_at) * 1000 > self.lease_ms:
                for lease in list(self.leases.values()):
                    self.lose(*lease.key)
                self.heard_at = time.monotonic()
                self.greet()

    def heartbeat(self):
        now = time.monotonic()
        quiet = [[*lease.key, round((now - lease.alive_at) * 1000)]
                 for lease in self.leases.values() if lease.job["heartbeatMs"] > 0]
        self.say({"kind": "heartbeat", "running": [lease.key for lease in self.leases.values()],
                  **({"quiet": quiet} if quiet else {})})

    def lose(self, task, epoch):
        """The lease has ended: its code stops, and nothing of it is reported."""
        lease = self.leases.get(task)
        if lease is not None and lease.epoch == epoch:
            lease.task.cancel()
            del self.leases[task]

    # --- messages --------------------------------------------------------------------------------

    def say(self, message):
        if self.nc.is_connected:
            data = json.dumps({**message, "session": self.session}).encode()
            asyncio.create_task(self.nc.publish(self.report_subject, data))

    async def ask(self, message, timeout=2):
        """The answer; `None` when no engine has answered."""
        data = json.dumps({**message, "session": self.session}).encode()
        try:
            answer = await self.nc.request(self.report_subject, data, timeout=timeout)
        except (NoRespondersError, NatsTimeout, nats.errors.Error):
            return None
        self.heard_at = time.monotonic()
        return json.loads(answer.data)

    async def ask_until_answered(self, message):
        pause = 0.1
        while True:
            await self.known.wait()
            answer = await self.ask(message)
            if answer is not None and not ("error" in answer and answer["error"]["code"] in RETRIED):
                return answer
            await asyncio.sleep(pause)
            pause = min(2 * pause, 2)

    async def on_leader(self, msg):
        self.heard_at = time.monotonic()
        epoch = json.loads(msg.data)["epoch"]
        changed, self.engine_epoch = self.engine_epoch not in (None, epoch), epoch
        if changed:
            self.greet()

    async def on_assign(self, msg):
        self.heard_at = time.monotonic()
        for job in json.loads(msg.data)["tasks"]:
            held = self.leases.get(job["id"])
            if held is not None and job["epoch"] <= held.epoch:
                continue
            if held is not None:
                self.lose(*held.key)
            lease = Lease(job)
            if self.draining or job["type"] != TYPE or len(self.leases) >= SLOTS:
                asyncio.create_task(self.settle(lease, {"outcome": "returned"}))
                continue
            self.leases[lease.id] = lease
            lease.task = asyncio.create_task(self.run(lease))

    async def on_signal(self, msg):
        self.heard_at = time.monotonic()
        for each in json.loads(msg.data)["signals"]:
            kind = each["kind"]
            lease = self.leases.get(each.get("id"))
            if lease is not None and lease.epoch != each["epoch"]:
                lease = None
            if kind == "who":
                self.greet()
            elif kind == "ping":
                self.heartbeat()
            elif kind == "drain":
                asyncio.create_task(self.close())
            elif kind == "yield" and lease:
                lease.yield_.set()
            elif kind == "stop" and lease:
                lease.stop.set()

    # --- attempts --------------------------------------------------------------------------------

    async def run(self, lease):
        try:
            end = {"outcome": "completed", "result": await print_poster(self, lease)}
        except Yielded:
            end = {"outcome": "yielded"}
        except Stopped:
            end = {"outcome": "stopped"}
        except Exception as error:  # what the handler throws
            end = {"outcome": "failed", "error": {
                "code": "HANDLER_FAILED", "name": type(error).__name__, "message": str(error),
                "details": {"stack": traceback.format_exc()[-4096:]}}}
        await self.settle(lease, end)

    async def settle(self, lease, end):
        await self.ask_until_answered({"kind": "report", "settled": [{"id": lease.id, "epoch": lease.epoch, **end}]})
        if self.leases.get(lease.id) is lease:
            del self.leases[lease.id]

    async def checkpoint(self, lease, state, fraction):
        """Resolves when the state is durable. A safe point: raises when the task is to yield or to stop."""
        text = canonical(state)
        lease.seq += 1
        answer = await self.ask_until_answered({"kind": "keep", "id": lease.id, "epoch": lease.epoch, "step": {
            "kind": "checkpoint", "seq": lease.seq, "hash": hashlib.sha256(text).hexdigest(), "version": VERSION,
            "bytes": len(text), "state": state, "fraction": fraction}})
        if "error" in answer:
            raise Stopped()
        lease.alive_at = time.monotonic()
        if lease.stop.is_set():
            raise Stopped()
        if lease.yield_.is_set():
            raise Yielded()

    def progress(self, lease, fraction, message):
        lease.alive_at = time.monotonic()
        self.say({"kind": "progress", "id": lease.id, "epoch": lease.epoch, "fraction": fraction, "message": message})

    async def log(self, lease, text):
        chunk = {"id": lease.id, "epoch": lease.epoch, "attempt": lease.attempt, "stream": "log",
                 "at": int(time.time() * 1000), "text": text}
        await self.nc.publish(f"{ROOT}.logs.{lease.id}", json.dumps(chunk).encode())

    async def close(self):
        if self.draining:
            return
        self.draining = True
        self.say({"kind": "draining"})
        for lease in list(self.leases.values()):
            lease.yield_.set()
        await asyncio.gather(*(lease.task for lease in list(self.leases.values())), return_exceptions=True)
        await self.ask({"kind": "bye"}, timeout=0.5)
        self.ended.set()


RETRIED = {"ENGINE_NOT_RUNNING", "JOURNAL_UNAVAILABLE", "JOURNAL_FENCED"}


def resume_state(lease):
    """The state of the last checkpoint, if it is what was stored and this code reads its version."""
    checkpoint = lease.job.get("resume", {}).get("checkpoint")
    if checkpoint is None or checkpoint["version"] != VERSION or "state" not in checkpoint:
        return None
    is_whole = hashlib.sha256(canonical(checkpoint["state"])).hexdigest() == checkpoint["hash"]
    return checkpoint["state"] if is_whole else None


async def print_poster(worker, lease):
    payload = lease.job["task"].get("payload") or {}
    pages, page_ms = payload["pages"], payload.get("pageMs", 50)
    first = (resume_state(lease) or {"page": 0})["page"]
    await worker.log(lease, f"begins behind page {first}\n")
    for page in range(first + 1, pages + 1):
        await asyncio.sleep(page_ms / 1000)
        worker.progress(lease, page / pages, f"page {page}")
        await worker.checkpoint(lease, {"page": page}, page / pages)
    return {"pages": pages, "printed": pages - first, "segments": lease.job.get("resume", {}).get("segments", 0)}


async def main():
    options = {"token": os.environ["NATS_TOKEN"]} if "NATS_TOKEN" in os.environ else {}
    nc = await nats.connect(sys.argv[1], max_reconnect_attempts=-1, **options)
    worker = Worker(nc)
    await worker.open()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, lambda: asyncio.create_task(worker.close()))
    print("ready", flush=True)
    await worker.ended.wait()
    await nc.drain()


asyncio.run(main())
