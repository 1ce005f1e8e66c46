// A camera that looks at a code: Chromium plays a film of one picture in its place.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { args, executablePath } from './browser.js';
import encode from '../../public/vendor/qr/qr.js';

const [width, height, frames] = [960, 720, 10];

// lookingAt is a browser whose camera sees a code with the text.
export async function lookingAt(text) {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-camera-'));
  const file = join(folder, 'code.y4m');
  await writeFile(file, film(encode(text, 'raw', { ecc: 'low', border: 4 })));
  const browser = await chromium.launch({
    executablePath,
    args: [...args, '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${file}`],
  });
  browser.once('disconnected', () => rm(folder, { recursive: true, force: true }));
  return browser;
}

// blind is a browser without a camera ('none'), or whose camera is not allowed
// ('denied').
export function blind(why) {
  const allowed = why === 'denied' ? ['--deny-permission-prompts', '--use-fake-device-for-media-stream'] : ['--use-fake-ui-for-media-stream'];
  return chromium.launch({ executablePath, args: [...args, ...allowed] });
}

// film is YUV4MPEG2, 4:2:0: the code black on white, in the middle.
function film(modules) {
  const scale = Math.floor(Math.min(width, height) / modules.length);
  const [left, top] = [width, height].map((side) => (side - scale * modules.length) >> 1);
  const luma = Buffer.alloc(width * height, 235);
  modules.forEach((row, y) => row.forEach((dark, x) => {
    if (!dark) return;
    for (let dy = 0; dy < scale; dy++) {
      const from = (top + y * scale + dy) * width + left + x * scale;
      luma.fill(16, from, from + scale);
    }
  }));
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc(width * height / 2, 128)]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), ...Array(frames).fill(frame)]);
}
