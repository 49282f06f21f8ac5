// Measures Emmett on PostgreSQL, as svod-bench-peers does its peers: `list`, or a measure.
//
// Tasks at once are promises of one process. The consumer's page and pace are the library's own: 100 messages, then a
// pause, which grows to a second when nothing comes. The log is filled by one writer, for its consumer may pass over
// events whose transactions overlapped.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const beside = (path) => new URL(path, import.meta.url);
const require = createRequire(beside('../../../target/bench/npm/package.json'));
const { CommandHandler, isExpectedVersionConflictError } = require('@event-driven-io/emmett');
const { getPostgreSQLEventStore, readMessagesBatch } = require('@event-driven-io/emmett-postgresql');
const { dumbo } = require('@event-driven-io/dumbo');
const pg = require('pg');

const TASKS = { 'one-1': 1, 'one-8': 8, 'one-256': 256 };
const MEASURES = [...Object.keys(TASKS), 'batched', 'replay', 'catch-up', 'visible'];
const BATCH = 1000;
const EVENTS_OF_STREAM = 4;
const PAGE = 1000;
const WARM_UP_MS = 200;
const SETTLE_MS = 1500;
const CATCH_UP_MAX_MS = 60_000;
const PATIENCE_MS = 30_000;
const PACE_MS = 20;

const ROWS = JSON.parse(readFileSync(beside('rows.json'), 'utf8'));
const WORDS = ROWS.words.split(' ');
const now = () => performance.now();

function activity(number) {
  const word = (_, i) => WORDS[(number * (2 * i + 3) + i * i) % WORDS.length];
  return { number, ...ROWS.activity, content: Array.from({ length: ROWS.words_of_content }, word).join(' ') };
}

const filed = (number) => ({ type: 'Filed', data: activity(number), metadata: ROWS.metadata });
const many = (first, events) => Array.from({ length: events }, (_, i) => filed(first + i));
// A conflict is counted here, so nobody else may try again.
const handle = CommandHandler({
  initialState: () => ({ filed: 0 }),
  evolve: (state) => ({ filed: state.filed + 1 }),
  retry: { retries: 0 },
});

/** Files so many activities on a new record and answers how many conflicts it met. */
async function file(store, first, events = 1) {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      await handle(store, `record-${first}`, (state) => {
        if (state.filed > 0) throw new Error('the record was filed before');
        return many(first, events);
      });
      return conflicts;
    } catch (error) {
      if (!isExpectedVersionConflictError(error)) throw error;
    }
  }
}

async function one(store, tasks, seconds) {
  const next = { number: 0 };
  await busy(store, next, tasks, WARM_UP_MS);
  const start = now();
  const { took, conflicts } = await busy(store, next, tasks, seconds * 1000);
  return { rate: rate(took.length, now() - start), ...quantiles(took), conflicts };
}

async function busy(store, next, tasks, milliseconds) {
  const end = now() + milliseconds;
  const took = [];
  let conflicts = 0;
  const work = async () => {
    for (let start = now(); start < end; start = now()) {
      const number = next.number;
      next.number += 1;
      conflicts += await file(store, number);
      took.push(now() - start);
    }
  };
  await Promise.all(Array.from({ length: tasks }, work));
  return { took, conflicts };
}

async function batched(store, seconds) {
  let first = 0;
  let figures;
  for (const limit of [WARM_UP_MS, seconds * 1000]) {
    const start = now();
    let events = 0;
    for (; now() - start < limit; first += BATCH, events += BATCH) await file(store, first, BATCH);
    figures = { rate: rate(events, now() - start), batch: BATCH };
  }
  return figures;
}

async function replay(url, events) {
  await fill(url, events);
  const pool = dumbo({ connectionString: url });
  const start = now();
  const fold = { read: 0, numbers: 0, letters: 0 };
  for (let after = 0n, more = true; more; ) {
    const page = await readMessagesBatch(pool.execute, { after, batchSize: PAGE });
    for (const { data } of page.messages) {
      fold.read += 1;
      fold.numbers += data.number;
      fold.letters += data.title.length + data.content.length;
    }
    after = page.currentGlobalPosition;
    more = page.areMessagesLeft;
  }
  const took = now() - start;
  await pool.close();
  if (fold.read !== events || fold.numbers !== (events * (events - 1)) / 2 || fold.letters === 0)
    throw new Error(`${fold.read} events of ${events} were read`);
  return { rate: rate(events, took) };
}

/** Starts the library's own consumer from the first event. */
function listen(store, call) {
  const consumer = store.consumer();
  consumer.reactor({
    processorId: 'bench',
    eachMessage: (message) => {
      call(message.data.number);
    },
  });
  // It ends when it is told to; what it says then is of no use.
  consumer.start().catch(() => undefined);
  return consumer;
}

async function catchUp(url, store, events) {
  await fill(url, events);
  let calls = 0;
  const start = now();
  listen(store, () => (calls += 1));
  while (calls < events && now() - start < CATCH_UP_MAX_MS) await sleep(2);
  const handled = Math.min(calls, events);
  return { rate: rate(handled, now() - start), handled };
}

async function visible(store, seconds) {
  const events = Math.floor((seconds * 1000) / PACE_MS);
  const seen = new Map();
  listen(store, (number) => seen.has(number) || seen.set(number, now()));
  await file(store, 0);
  await until(() => seen.size > 0);
  const committed = new Map();
  for (let number = 1, due = now(); number <= events; number += 1) {
    await sleep(Math.max(0, due - now()));
    await file(store, number);
    committed.set(number, now());
    due = Math.max(due + PACE_MS, now());
  }
  await until(() => seen.size > events);
  // A handler may be called before the command has its answer: then nobody waited.
  const took = [...committed].filter(([number]) => seen.has(number)).map(([number, at]) => Math.max(0, seen.get(number) - at));
  return { ...quantiles(took), missed: events - took.length };
}

async function until(done) {
  for (const start = now(); !done() && now() - start < PATIENCE_MS; ) await sleep(2);
}

/** Stores so many events and lets the database learn what it holds. Only here nobody waits for the disk. */
async function fill(url, events) {
  const lenient = new URL(url);
  lenient.searchParams.set('options', '-c synchronous_commit=off');
  const store = getPostgreSQLEventStore(lenient.href);
  for (let first = 0; first < events; first += EVENTS_OF_STREAM)
    await store.appendToStream(`record-${first}`, many(first, Math.min(EVENTS_OF_STREAM, events - first)));
  await store.close();
  const client = new pg.Client(url);
  await client.connect();
  await client.query('ANALYZE');
  await client.end();
  await sleep(SETTLE_MS);
}

const rounded = (figure) => Math.round(figure * 1000) / 1000;
const rate = (events, milliseconds) => rounded((events / milliseconds) * 1000);

function quantiles(took) {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (part) => rounded(sorted[Math.round((sorted.length - 1) * part)]);
  return { p50: at(0.5), p99: at(0.99) };
}

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

async function measured(measure) {
  const url = setting('SVOD_BENCH_PEER_URL');
  const seconds = () => Number(setting('SVOD_BENCH_SECONDS'));
  const events = () => Number(setting('SVOD_BENCH_EVENTS'));
  const store = getPostgreSQLEventStore(url);
  await store.schema.migrate();
  if (measure in TASKS) return one(store, TASKS[measure], seconds());
  if (measure === 'batched') return batched(store, seconds());
  if (measure === 'replay') return replay(url, events());
  if (measure === 'catch-up') return catchUp(url, store, events());
  if (measure === 'visible') return visible(store, seconds());
  throw new Error(`there is no measure ${measure}`);
}

function list() {
  const lock = JSON.parse(readFileSync(beside('package-lock.json'), 'utf8'));
  const { version } = lock.packages['node_modules/@event-driven-io/emmett-postgresql'];
  return [{ peer: 'emmett', version, measures: MEASURES }];
}

if (process.argv.length !== 3) {
  console.error('usage: emmett.mjs list | MEASURE');
  process.exit(1);
}
const answer = process.argv[2] === 'list' ? list() : await measured(process.argv[2]);
// Pools and consumers are not waited for: what they still do is nobody's concern.
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
