"""A foreign AMQP client (pika): publishes messages and collects the receipts of their sender.

Standard input: one JSON object a line: routing_key, body (an object, or a string of raw text), and optionally
properties (message_id, correlation_id, reply_to, headers, and user_id; null leaves user_id out).
Standard output: one JSON object a line: {"receipt": the parsed body, "raw": its text, "correlation_id": ...}.
"""

import argparse
import json
import sys
import time

import pika

WINDOW_SECONDS = 0.2


def properties(given, user):
    given = dict(given or {})
    given.setdefault("user_id", user)
    headers = given.pop("headers", None)
    return pika.BasicProperties(
        content_type="application/cloudevents+json", delivery_mode=2, headers=headers,
        **{name: value for name, value in given.items() if value is not None})


def publish(channel, user, lines):
    count = 0
    for line in lines:
        if not line.strip():
            continue
        message = json.loads(line)
        body = message["body"]
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        channel.basic_publish(
            "svod.commands", message["routing_key"], text.encode("utf-8", "surrogateescape"),
            properties(message.get("properties"), user), mandatory=False)
        count += 1
    return count


def collect(channel, user, wanted, distinct, deadline):
    """Receipts until there are `wanted`; with `distinct`, until that many messages have one."""
    seen, count = set(), 0
    for method, props, body in channel.consume(f"svod.receipts.{user}", inactivity_timeout=WINDOW_SECONDS):
        if method is not None:
            text = body.decode("utf-8")
            receipt = json.loads(text)
            print(json.dumps({"receipt": receipt, "raw": text, "correlation_id": props.correlation_id},
                             ensure_ascii=False))
            channel.basic_ack(method.delivery_tag)
            count += 1
            seen.add((receipt["data"].get("message_source"), receipt["data"].get("message_id")))
        if (len(seen) if distinct else count) >= wanted:
            break
        if time.monotonic() > deadline:
            sys.exit(f"only {len(seen)} of {wanted} messages have a receipt ({count} receipts)")
    channel.cancel()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--url", required=True)
    options.add_argument("--receipts", type=int, default=0)
    options.add_argument("--distinct", action="store_true")
    options.add_argument("--timeout", type=float, default=60)
    options = options.parse_args()
    parameters = pika.URLParameters(options.url)
    parameters.heartbeat = 30
    user = parameters.credentials.username
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    channel.confirm_delivery()
    sent = publish(channel, user, sys.stdin)
    channel.basic_qos(prefetch_count=500)
    if options.receipts:
        collect(channel, user, options.receipts, options.distinct, time.monotonic() + options.timeout)
    print(f"published {sent}", file=sys.stderr)
    connection.close()


main()
