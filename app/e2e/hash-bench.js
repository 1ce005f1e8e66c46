// How fast a page takes SHA-256, and in how much memory: the worker that pages
// use, under the policy that it is served with, on a file of BENCH_MB (1,024).
// It prints one line per run, and fails below BENCH_LEAST MB/s if that is set.
//
//   node hash-bench.js
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { chromium } from 'playwright-core';
import { renderers, watch } from './processes.js';

const megabytes = Number(process.env.BENCH_MB ?? 1024);
const runs = Number(process.env.BENCH_RUNS ?? 5);
const hasher = await readFile(new URL('../../public/js/hasher.js', import.meta.url));

const server = createServer((request, response) => {
  if (request.url === '/hasher.js') {
    response.setHeader('Content-Type', 'text/javascript');
    response.setHeader('Content-Security-Policy', "default-src 'none'; script-src 'wasm-unsafe-eval'");
    response.end(hasher);
    return;
  }
  response.setHeader('Content-Type', 'text/html');
  response.setHeader('Content-Security-Policy', "default-src 'none'; worker-src 'self'");
  response.end('<!doctype html><title>bench</title><input type="file">');
});
await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });

// inPage digests the chosen file in one worker.
const inPage = () => new Promise((resolve, reject) => {
  window.worker ??= new Worker('/hasher.js');
  const start = performance.now();
  window.worker.onerror = (event) => reject(new Error(event.message));
  window.worker.onmessage = ({ data }) => {
    if (data.error) reject(new Error(data.error));
    if (data.digest) resolve({ digest: data.digest, seconds: (performance.now() - start) / 1000 });
  };
  window.worker.postMessage({ file: document.querySelector('input').files[0] });
});

const folder = await mkdtemp(join(tmpdir(), 'cairn-hash-'));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  const path = join(folder, 'large.bin');
  const file = await open(path, 'w');
  const piece = randomBytes(1 << 20);
  for (let i = 0; i < megabytes; i += 1) await file.write(piece);
  await file.close();
  const expected = createHash('sha256');
  await pipeline(createReadStream(path), expected);
  const want = expected.digest('hex');

  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.setInputFiles('input', path);
  let best = 0;
  for (let run = 1; run <= runs; run += 1) {
    const before = await renderers(browser);
    const memory = watch(browser);
    const { digest, seconds } = await page.evaluate(inPage);
    const most = await memory.stop();
    if (digest !== want) throw new Error(`the digest is ${digest}, not ${want}`);
    const speed = (megabytes * 1.048576) / seconds;
    best = Math.max(best, speed);
    console.log(`run ${run}: ${megabytes} MiB at ${speed.toFixed(0)} MB/s; renderer ${before?.toFixed(0)} MB before, ${most.toFixed(0)} MB at most`);
  }
  if (best < Number(process.env.BENCH_LEAST ?? 0)) throw new Error(`the best run made ${best.toFixed(0)} MB/s`);
} finally {
  await browser.close();
  server.close();
  await rm(folder, { recursive: true });
}
