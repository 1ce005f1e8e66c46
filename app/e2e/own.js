// A Cairn of one's own, for journeys that need other settings than the one they
// all share.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const binary = new URL('../../bin/cairn', import.meta.url).pathname;

// serve starts one on a fresh data folder: { url, data, stop }.
export async function serve(...args) {
  const data = await mkdtemp(join(tmpdir(), 'cairn-'));
  const child = spawn(binary, [
    'serve', '--data', data, '--web-listen', '127.0.0.1:0', '--log-metrics', '', '--log-level', 'warn', ...args,
  ], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  let said = '';
  const ready = new Promise((resolve) => {
    child.stdout.on('data', (text) => {
      said += text;
      if (said.includes('ready in')) resolve(true);
    });
  });
  if (await Promise.race([ready, ended.then(() => false)]) !== true) {
    await rm(data, { recursive: true, force: true });
    throw new Error(`cairn did not start: ${said}`);
  }
  return { url: /http:\/\/127\.0\.0\.1:\d+/.exec(said)[0], data, stop };
}
