"""Speaks the text protocol of NATS over a socket, with the standard library alone.

Usage: raw_client.py <host> <port> <key>. Each line of the input is a JSON list: ["PUB", subject, reply, payload] or
["SUB", subject, queue]. Each line of the output is a JSON list with what the server sent for it: "-ERR …", "MSG <subject> <payload>".
"""

import json
import socket
import sys

host, port, key = sys.argv[1], int(sys.argv[2]), sys.argv[3]
connection = socket.create_connection((host, port), timeout=20)
incoming = connection.makefile("rb")
sids = 0


def send(line, payload=None):
    data = line.encode() + b"\r\n"
    if payload is not None:
        data += payload + b"\r\n"
    connection.sendall(data)


def until_pong():
    """Sends a PING and reads up to the answer: what the server sent before."""
    send("PING")
    seen = []
    while True:
        line = incoming.readline().decode().rstrip("\r\n")
        operation, _, rest = line.partition(" ")
        if operation == "" or operation == "PONG":
            return seen
        if operation == "PING":
            send("PONG")
        elif operation in ("MSG", "HMSG"):
            fields = rest.split(" ")
            payload = incoming.read(int(fields[-1]) + 2)
            seen.append(f"{operation} {fields[0]} {payload[:-2].decode(errors='replace')}")
        elif operation == "-ERR":
            seen.append(line)


def perform(operation, subject, more="", payload=""):
    global sids
    if operation == "PUB":
        body = payload.encode()
        send(" ".join(filter(None, ["PUB", subject, more, str(len(body))])), body)
    else:
        sids += 1
        send(" ".join(filter(None, ["SUB", subject, more, str(sids)])))
    return until_pong()


incoming.readline()
# Verbose: the server says whether it takes the key, before anything else is sent. A line that it has not read would make it reset the connection.
options = {"verbose": True, "pedantic": False, "headers": True, "no_responders": True, "protocol": 1}
send("CONNECT " + json.dumps({**options, "lang": "python-raw", "version": "1", "auth_token": key}))
greeting = incoming.readline().decode().rstrip("\r\n")
print(json.dumps([greeting]), flush=True)
for command in sys.stdin:
    print(json.dumps(perform(*json.loads(command))), flush=True)
