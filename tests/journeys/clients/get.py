"""A foreign AMQP client (pika): takes what lies in a queue. Prints {"body", "routing_key", "headers"} a line."""

import json
import sys
import time

import pika

url, queue, wanted, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
count, deadline = 0, time.monotonic() + seconds
for method, props, body in channel.consume(queue, inactivity_timeout=0.2):
    if method is not None:
        headers = {name: str(value) for name, value in (props.headers or {}).items()}
        print(json.dumps({"body": body.decode("utf-8", "replace"), "routing_key": method.routing_key,
                          "type": props.type, "headers": headers}, ensure_ascii=False))
        channel.basic_ack(method.delivery_tag)
        count += 1
    if count >= wanted:
        break
    if time.monotonic() > deadline:
        sys.exit(f"only {count} of {wanted} messages in {queue}")
channel.cancel()
connection.close()
