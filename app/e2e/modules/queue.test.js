// The stamp page's queue without a page: files are digested by a stand-in for
// the worker that answers when it is told to.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { beforeEach, test } from 'node:test';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

// The worker, as desk.js uses it. Large files wait for step(), which reads a
// part of them; small ones are answered at once.
let large;
class FakeWorker {
  postMessage({ files, file, saved, stop }) {
    if (files) Promise.all(files.map((f) => f.sum())).then((digests) => this.onmessage({ data: { digests } }));
    else if (stop) this.stopping = true;
    else large.push({ worker: this, file, at: saved?.length ?? 0 });
  }

  terminate() {}
}

// step reads some bytes of a large file, as the worker would: it answers that
// it was stopped, or what it has read, or at the end the digest.
function step(job, bytes) {
  const { worker, file } = job;
  if (worker.stopping) {
    worker.stopping = false;
    large.splice(large.indexOf(job), 1);
    worker.onmessage({ data: { saved: { length: job.at } } });
    return;
  }
  job.at = Math.min(job.at + bytes, file.size);
  worker.onmessage({ data: { read: job.at } });
  if (job.at < file.size) return;
  large.splice(large.indexOf(job), 1);
  file.sum().then((digest) => worker.onmessage({ data: { digest } }));
}

globalThis.Worker = FakeWorker;
globalThis.document = { documentElement: { dataset: { hasher: '/hasher.js' } } };
globalThis.navigator ??= {};
const { Queue } = await import('../../../public/src/queue.js');

const file = (name, size, fails) => ({
  name,
  size,
  sum: async () => (fails ? null : sha256(name)),
  arrayBuffer: async () => { if (fails) throw new Error('gone'); return new TextEncoder().encode(name).buffer; },
  slice: () => ({ arrayBuffer: async () => new ArrayBuffer(31) }),
});
const found = (...files) => files.map((f) => ({ name: f.name, file: f }));

// until waits for what must come, and then a little longer for what must not.
async function until(ready) {
  for (let i = 0; !ready() && i < 1000; i += 1) await new Promise((go) => { setTimeout(go, 10); });
  await new Promise((go) => { setTimeout(go, 30); });
}
const ended = () => until(() => !queue.active);
const begun = (count = 1) => until(() => large.length >= count);
const stopped = () => until(() => large.length === 0);

let posts;
let queue;
beforeEach(() => {
  large = [];
  posts = [];
  queue = new Queue({ post: async (digests) => { posts.push(digests); }, stored: async () => {} });
});
const states = () => queue.items.map((item) => item.state);

test('one post for what is read together, the same content once', async () => {
  queue.add([...found(file('a', 1), file('b', 1)), { name: 'pasted', digest: sha256('a') }]);
  await ended();
  assert.deepEqual(states(), ['done', 'done', 'done']);
  assert.deepEqual(posts.flat().sort(), [sha256('a'), sha256('b')].sort());
});

test('what cannot be read fails alone, and can be tried again', async () => {
  queue.add([...found(file('a', 1), file('gone', 1, true)), { name: 'locked/' }]);
  await ended();
  assert.deepEqual(states(), ['done', 'failed', 'failed']);
  assert.equal(queue.items[1].why, 'unreadable');
  queue.items[1].file = file('gone', 1);
  queue.retry(queue.items[1]);
  await ended();
  assert.equal(queue.items[1].state, 'done');
});

test('a cancelled file goes on from where it was', async () => {
  queue.add(found(file('film', 100e6)));
  await begun();
  step(large[0], 30e6);
  queue.cancel(queue.items[0]);
  step(large[0], 30e6);
  await ended();
  assert.deepEqual([queue.items[0].state, queue.items[0].read], ['cancelled', 30e6]);
  assert.equal(queue.active, false);
  queue.retry(queue.items[0]);
  await begun();
  assert.equal(large[0].at, 30e6);
  step(large[0], 70e6);
  await ended();
  assert.deepEqual(states(), ['done']);
});

test('pause holds everything, and resume takes up what was begun first', async () => {
  queue.add(found(...Array.from({ length: 9 }, (_, i) => file(`film ${i}`, 100e6))));
  await begun();
  const desks = large.length;
  assert.ok(desks >= 1 && desks <= 4, `${desks} at once`);
  for (const job of [...large]) step(job, 10e6);
  queue.pause();
  for (const job of [...large]) step(job, 10e6);
  await stopped();
  assert.equal(large.length, 0);
  assert.equal(queue.active, true, 'what is paused is not finished');
  queue.resume();
  await begun(desks);
  assert.deepEqual(large.map((job) => job.at), Array(desks).fill(10e6));
  while (queue.active) {
    await until(() => large.length > 0 || !queue.active);
    if (large.length > 0) step(large[0], 100e6);
  }
  assert.ok(states().every((state) => state === 'done'));
  assert.equal(new Set(posts.flat()).size, 9);
});

test('cancelling all ends the run; resuming does each file once', async () => {
  queue.add(found(...Array.from({ length: 6 }, (_, i) => file(`film ${i}`, 100e6))));
  await begun();
  queue.cancelAll();
  for (const job of [...large]) step(job, 1e6);
  await ended();
  assert.ok(states().every((state) => state === 'cancelled'), states().join());
  queue.resume();
  while (queue.active) {
    await until(() => large.length > 0 || !queue.active);
    if (large.length > 0) step(large[0], 100e6);
  }
  assert.ok(states().every((state) => state === 'done'), states().join());
  assert.deepEqual(posts.flat().length, 6);
});

test('a refused post fails its files with the sentence, and a retry sends them again', async () => {
  let refuse = true;
  queue = new Queue({ post: async (digests) => { if (refuse) throw new Error('the disk is full'); posts.push(digests); }, stored: async () => {} });
  queue.add(found(file('a', 1)));
  await ended();
  assert.deepEqual([queue.items[0].state, queue.items[0].why], ['failed', 'the disk is full']);
  refuse = false;
  queue.retry(queue.items[0]);
  await ended();
  assert.deepEqual(states(), ['done']);
});

test('at most 10,000 in one post', async () => {
  queue.add(Array.from({ length: 25_000 }, (_, i) => ({ name: `${i}`, digest: sha256(`${i}`) })));
  await ended();
  assert.deepEqual(posts.map((digests) => digests.length), [10_000, 10_000, 5_000]);
});
