"""Measures the Python library eventsourcing on PostgreSQL, as svod-bench-peers does its peers: `list`, or a measure.

Tasks at once are threads of one process. The library has no place for metadata. Its projection runner is measured with
its own table for how far it came, written once an event, as its documents do; only the handler does nothing else.
"""

import json
import os
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import IntegrityError
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner

TASKS = {"one-1": 1, "one-8": 8, "one-256": 256}
MEASURES = [*TASKS, "batched", "replay", "catch-up", "visible"]
BATCH = 1_000
EVENTS_OF_STREAM = 4
PAGE = 1_000
WARM_UP_S = 0.2
SETTLE_S = 1.5
CATCH_UP_MAX_S = 60
PATIENCE_S = 30
PACE_S = 0.02

ROWS = json.loads(Path(__file__).with_name("rows.json").read_text())
WORDS = ROWS["words"].split(" ")


def activity(number):
    words = (WORDS[(number * (2 * i + 3) + i * i) % len(WORDS)] for i in range(ROWS["words_of_content"]))
    return {"number": number, **ROWS["activity"], "content": " ".join(words)}


class Record(Aggregate):
    @event("Filed")
    def __init__(self, activity):
        self.filed = 1

    @event("FiledMore")
    def file(self, activity):
        self.filed += 1


class Records(Application):
    log_section_size = PAGE

    def file(self, first, events=1):
        """Files so many activities on a new record."""
        self.save(record(first, events))


def record(first, events):
    made = Record(activity(first))
    for number in range(first + 1, first + events):
        made.file(activity(number))
    return made


class Seen:
    """The calls of the projection's handler."""

    def __init__(self):
        self.calls = 0
        self.at = {}

    def call(self, number):
        self.at.setdefault(number, time.perf_counter())
        self.calls += 1


SEEN = Seen()


class Nothing(Projection[PostgresTrackingRecorder]):
    name = "nothing"

    def process_event(self, domain_event, tracking):
        SEEN.call(domain_event.activity["number"])
        self.view.insert_tracking(tracking)


def listen(environment):
    return ProjectionRunner(
        application_class=Records, projection_class=Nothing, view_class=PostgresTrackingRecorder, env=environment
    )


def one(app, tasks, seconds):
    busy(app, tasks, WARM_UP_S)
    start = time.perf_counter()
    took, conflicts = busy(app, tasks, seconds)
    elapsed = time.perf_counter() - start
    return {"rate": round(len(took) / elapsed, 3), **quantiles(took), "conflicts": conflicts}


def busy(app, tasks, seconds):
    """So many threads give commands until the time is up."""
    end = time.perf_counter() + seconds
    took, conflicts, failures = [], [], []

    def work(number):
        try:
            while (start := time.perf_counter()) < end:
                while True:
                    try:
                        app.file(number)
                        break
                    except IntegrityError:
                        conflicts.append(number)
                took.append(time.perf_counter() - start)
                number += tasks
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(task,)) for task in range(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return took, len(conflicts)


def batched(app, seconds):
    first = 0
    for limit in (WARM_UP_S, seconds):
        events, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < limit:
            app.file(first, BATCH)
            first += BATCH
            events += BATCH
    return {"rate": round(events / elapsed, 3), "batch": BATCH}


def replay(app, events):
    fill(app, events)
    start = time.perf_counter()
    position, numbers, read, letters = 1, 0, 0, 0
    while page := app.notification_log.select(position, PAGE):
        for notification in page:
            filed = app.mapper.to_domain_event(notification).activity
            read += 1
            numbers += filed["number"]
            letters += len(filed["title"]) + len(filed["content"])
        position = page[-1].id + 1
    elapsed = time.perf_counter() - start
    if read != events or numbers != events * (events - 1) // 2 or not letters:
        raise ValueError(f"{read} events of {events} were read")
    return {"rate": round(events / elapsed, 3)}


def catch_up(app, environment, events):
    fill(app, events)
    start = time.perf_counter()
    with listen(environment):
        while SEEN.calls < events and time.perf_counter() - start < CATCH_UP_MAX_S:
            time.sleep(0.002)
        handled, elapsed = min(SEEN.calls, events), time.perf_counter() - start
    return {"rate": round(handled / elapsed, 3), "handled": handled}


def visible(app, environment, seconds):
    events = int(seconds / PACE_S)
    with listen(environment):
        app.file(0)
        wait(lambda: SEEN.calls >= 1)
        committed = {}
        due = time.perf_counter()
        for number in range(1, events + 1):
            time.sleep(max(0, due - time.perf_counter()))
            app.file(number)
            committed[number] = time.perf_counter()
            due = max(due + PACE_S, committed[number])
        wait(lambda: SEEN.calls > events)
    # A handler may be called before the command has its answer: then nobody waited.
    took = [max(0, SEEN.at[number] - at) for number, at in committed.items() if number in SEEN.at]
    return {**quantiles(took), "missed": events - len(took)}


def wait(done):
    start = time.perf_counter()
    while not done() and time.perf_counter() - start < PATIENCE_S:
        time.sleep(0.002)


def fill(app, events):
    """Stores so many events, many records at once, and lets the database learn what it holds."""
    for first in range(0, events, BATCH):
        last = min(first + BATCH, events)
        streams = range(first, last, EVENTS_OF_STREAM)
        app.save(*(record(stream, min(EVENTS_OF_STREAM, last - stream)) for stream in streams))
    with psycopg.connect(os.environ["SVOD_BENCH_PEER_URL"], autocommit=True) as connection:
        connection.execute("ANALYZE")
    time.sleep(SETTLE_S)


def quantiles(took):
    took = sorted(took)
    return {name: round(took[round((len(took) - 1) * part)] * 1e3, 3) for name, part in (("p50", 0.5), ("p99", 0.99))}


def measured(measure):
    url = urlsplit(os.environ["SVOD_BENCH_PEER_URL"])
    environment = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_HOST": url.hostname,
        "POSTGRES_PORT": str(url.port),
        "POSTGRES_USER": url.username,
        # It takes no empty one.
        "POSTGRES_PASSWORD": url.password or "none",
        "POSTGRES_DBNAME": url.path.lstrip("/"),
    }
    with Records(environment) as app:
        if measure in TASKS:
            return one(app, TASKS[measure], float(os.environ["SVOD_BENCH_SECONDS"]))
        if measure == "batched":
            return batched(app, float(os.environ["SVOD_BENCH_SECONDS"]))
        if measure == "replay":
            return replay(app, int(os.environ["SVOD_BENCH_EVENTS"]))
        if measure == "catch-up":
            return catch_up(app, environment, int(os.environ["SVOD_BENCH_EVENTS"]))
        if measure == "visible":
            return visible(app, environment, float(os.environ["SVOD_BENCH_SECONDS"]))
    raise ValueError(f"there is no measure {measure}")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: eventsourcing_bench.py list | MEASURE")
    if sys.argv[1] == "list":
        answer = [{"peer": "eventsourcing", "version": version("eventsourcing"), "measures": MEASURES}]
    else:
        answer = measured(sys.argv[1])
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
