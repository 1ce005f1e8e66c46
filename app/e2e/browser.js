// What the journeys share: a browser, and pages that report every error and
// every violation of the content security policy.
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';

export const base = process.env.CAIRN_URL;
if (!base) throw new Error('CAIRN_URL must name a running Cairn');

const shots = new URL('shots/', import.meta.url).pathname;

export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

export const launch = () => chromium.launch({ executablePath, args });

// visit opens a page of its own context. Its .troubles collects what went
// wrong: errors of scripts, messages of the console, violations of the policy.
export async function visit(browser, options = {}) {
  const context = await browser.newContext({
    baseURL: base, locale: 'en-GB', viewport: { width: 1280, height: 900 }, acceptDownloads: true, ...options,
  });
  const page = await context.newPage();
  page.troubles = [];
  page.setDefaultTimeout(15000);
  page.on('pageerror', (error) => page.troubles.push(`script: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.troubles.push(`console: ${message.text()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} blocked ${event.blockedURI || event.sample}`);
    });
  });
  return page;
}

export async function shoot(page, name) {
  await mkdir(shots, { recursive: true });
  await page.screenshot({ path: `${shots}${name}.png`, fullPage: true });
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

// photograph and contract are a picture and a document that no Cairn has seen
// before: the browser paints them, with a number drawn for each.
export async function photograph(browser) {
  const page = await painted(browser);
  const bytes = await page.screenshot({ type: 'jpeg', quality: 90 });
  await page.context().close();
  return { name: 'north-ridge.jpg', mimeType: 'image/jpeg', buffer: bytes };
}

export async function contract(browser) {
  const page = await painted(browser);
  const bytes = await page.pdf();
  await page.context().close();
  return { name: 'rental-contract.pdf', mimeType: 'application/pdf', buffer: bytes };
}

async function painted(browser) {
  const page = await (await browser.newContext({ viewport: { width: 800, height: 600 } })).newPage();
  await page.setContent(`<body style="background:linear-gradient(#cfe0e6,#efe7d6)"><h1>${crypto.randomUUID()}</h1></body>`);
  return page;
}

// whenComplete waits on a proof page until its proof is complete.
export async function whenComplete(page) {
  await page.locator('.steps li:last-child.done').waitFor({ timeout: 90000 });
}
