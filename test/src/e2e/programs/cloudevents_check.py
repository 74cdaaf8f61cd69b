"""Reads events of the feed with the CloudEvents SDK for Python, and prints each as one line of JSON.

Usage: cloudevents_check.py <server> <subject> <count>. The SDK's reading of the binary mode is that of HTTP; the binding for NATS has the same headers.
"""

import asyncio
import json
import sys

import nats
from cloudevents.core.bindings.http import HTTPMessage, from_binary
from cloudevents.core.formats.json import JSONFormat


async def main(server, subject, count):
    nc = await nats.connect(server)
    subscription = await nc.subscribe(subject)
    await nc.flush()
    print("ready", flush=True)
    for _ in range(count):
        message = await subscription.next_msg(timeout=60)
        event = from_binary(HTTPMessage(headers=dict(message.headers), body=message.data), JSONFormat())
        print(json.dumps({**event.get_attributes(), "data": event.get_data()}, default=str), flush=True)
    await nc.drain()


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
