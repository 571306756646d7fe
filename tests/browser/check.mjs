// Looks at HTML reports as their readers do: node check.mjs FILE.html…
//
// Needs Chromium (CHROMIUM, or /usr/bin/chromium), `pdftotext` and `npm install` in this folder. With SHOTS set,
// pictures and a PDF of each report are written to that folder for a person to look at.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.SHOTS;
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
  protocolTimeout: 600_000,
});
const settle = () => new Promise((done) => { setTimeout(done, 300); });

async function open(url, { script = true, scheme = 'light', bypass = false } = {}) {
  const page = await browser.newPage();
  const seen = { requests: [], messages: [] };
  page.on('request', (r) => seen.requests.push(r.url()));
  page.on('console', (m) => seen.messages.push(m.text()));
  page.on('pageerror', (e) => seen.messages.push(String(e)));
  await page.setJavaScriptEnabled(script);
  await page.setBypassCSP(bypass);
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.setViewport({ width: 1200, height: 1000 });
  const start = Date.now();
  await page.goto(url, { waitUntil: 'load' });
  return { page, seen, time: Date.now() - start };
}

const visible = (page) => page.$$eval('#list > article', (all) => all.filter((a) => !a.hidden).map((a) => ({ ...a.dataset, id: a.id })));

/** Nothing is fetched, nothing complains, and the filters do what they say. */
async function works(url) {
  const { page, seen, time } = await open(url);
  const all = await visible(page);
  let filtered = 0;
  if (all.length > 0) {
    for (const [name, list] of [['severity'], ['certainty'], ['status'], ['rule'], ['since'], ['category', true], ['el', true]]) {
      const value = all[0][name]?.split(' ')[0];
      if (!value) continue;
      await page.select(`#filter [name=${name}]`, value);
      await settle();
      const fits = (one) => (list ? one[name].split(' ').includes(value) : one[name] === value);
      assert.deepEqual((await visible(page)).map((a) => a.id), all.filter(fits).map((a) => a.id), name);
      await page.click('#filter [type=reset]');
      await settle();
      assert.equal((await visible(page)).length, all.length);
    }
    filtered = await page.evaluate(() => new Promise((done) => {
      const field = document.querySelector('#filter [name=certainty]');
      field.value = 'possible';
      const shown = document.getElementById('shown');
      let start;
      new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => done(Math.round(performance.now() - start))))).observe(shown, { childList: true });
      start = performance.now();
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }));
    await page.click('#filter [type=reset]');
    await settle();
    await page.type('#filter [name=q]', all.at(-1).id.toLowerCase());
    await settle();
    const found = await visible(page);
    assert.ok(found.length >= 1 && found.some((a) => a.id === all.at(-1).id), 'search');
    if (all[0].id !== all.at(-1).id) {
      // A deep link shows its finding, whatever is filtered.
      await page.evaluate((id) => { location.hash = id; }, all[0].id);
      await settle();
      assert.ok((await visible(page)).some((a) => a.id === all[0].id), 'deep link');
      assert.equal(await page.evaluate(() => document.activeElement.id), all[0].id);
    }
    await page.evaluate(() => document.querySelector('#summary .cards [data-filter*="severity"]').click());
    await settle();
    const word = await page.$eval('#filter [name=severity]', (s) => s.value);
    assert.ok(word !== '' && (await visible(page)).every((a) => a.severity === word), 'totals filter');
    await page.click('#filter [type=reset]');
    await settle();
  }
  if (await page.$('figure svg')) {
    const box = () => page.$eval('figure svg', (s) => s.getAttribute('viewBox'));
    const before = await box();
    await page.click('[data-zoom=in]');
    assert.notEqual(await box(), before, 'zoom');
    await page.focus('.canvas');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('0');
    assert.equal((await box()).split(' ').slice(0, 2).join(' '), '0 0', 'reset by key');
    const chosen = await page.evaluate(() => {
      const badged = [...document.querySelectorAll('figure svg a[data-el]')].find((a) => a.querySelector('.badge'));
      badged?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
      return badged?.dataset.el;
    });
    await settle();
    if (chosen) {
      const linked = await visible(page);
      assert.ok(linked.length > 0 && linked.every((a) => a.el.split(' ').includes(chosen)), 'selection');
    }
  }
  assert.deepEqual(seen.messages, []);
  assert.deepEqual(seen.requests.filter((r) => r.split('#')[0] !== url), []);
  await page.close();
  return { findings: all.length, time, filtered };
}

/** Without script everything is there, and nothing that would need it. */
async function isWholeWithoutScript(url) {
  const { page, seen } = await open(url, { script: false });
  assert.equal(await page.$eval('#main', (m) => m.querySelectorAll('article[hidden]').length), 0);
  for (const form of await page.$$('#filter, .tools')) {
    assert.equal(await form.isVisible(), false);
  }
  assert.deepEqual(seen.messages, []);
  await page.close();
}

/** The key Tab leads down the page, from the link that skips to the content on, and never to something that is not seen. */
async function isForKeyboards(url) {
  const { page } = await open(url);
  const seen = [];
  for (let step = 0; step < 120; step += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const el = document.activeElement;
      const order = !globalThis.before || Boolean(globalThis.before.compareDocumentPosition(el) & Node.DOCUMENT_POSITION_FOLLOWING);
      globalThis.before = el;
      const { width, height } = el.getBoundingClientRect();
      const { outlineStyle } = getComputedStyle(el);
      return { el: el.outerHTML.slice(0, 80), end: el === document.body, order, size: width * height, marked: outlineStyle !== 'none' || Boolean(el.closest('svg')) };
    });
    if (at.end) break;
    assert.ok(at.order, `back to ${at.el}`);
    assert.ok(at.size > 0 && at.marked, `not seen: ${at.el}`);
    seen.push(at.el);
  }
  assert.match(seen[0] ?? '', /class="skip"/);
  await page.close();
}

/** No violation of the accessibility rules, everything unfolded. */
async function isAccessible(url, scheme) {
  const { page } = await open(url, { scheme, bypass: true });
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    // What is alike is judged once: a page of thousands of findings takes minutes otherwise.
    for (const one of [...document.querySelectorAll('#list > article')].slice(60)) one.remove();
    for (const row of document.querySelectorAll('tbody tr:nth-child(n+60)')) row.remove();
    for (const one of [...document.querySelectorAll('details')].slice(0, 300)) one.open = true;
    const { violations } = await globalThis.axe.run(document);
    return violations.map((v) => `${v.id}: ${v.nodes.length} × ${v.nodes[0].html} ${v.nodes[0].failureSummary}`);
  });
  assert.deepEqual(found, [], scheme);
  await page.close();
}

/** On paper nothing is folded, cut off or left out. */
async function prints(url, file) {
  const { page } = await open(url);
  await page.emulateMediaType('print');
  const cut = await page.evaluate(() => {
    dispatchEvent(new Event('beforeprint'));
    return [...document.querySelectorAll('article, details:not(.derived) > :not(summary), pre:not(.tree)')]
      .filter((el) => el.textContent.trim() && el.getBoundingClientRect().height === 0).length;
  });
  assert.equal(cut, 0, 'print');
  const ids = await page.$$eval('#list > article', (all) => all.map((a) => a.id));
  const pdf = await page.pdf({ path: file, format: 'A4', timeout: 0 });
  assert.ok(pdf.length > 10_000);
  const text = execFileSync('pdftotext', ['-', '-'], { input: pdf, maxBuffer: 1 << 28 }).toString();
  const told = new Set([...text.matchAll(/redan explain\s+(RF-\w+)/g)].map((m) => m[1]));
  assert.deepEqual(ids.filter((id) => !told.has(id)), [], 'threats on paper');
  await page.close();
  return pdf.length;
}

async function pictures(url, name) {
  for (const scheme of ['light', 'dark']) {
    const { page } = await open(url, { scheme });
    for (const id of ['main', 'system', 'diagram', 'threats', 'matrix', 'questions', 'rules']) {
      await page.evaluate((at) => document.getElementById(at)?.scrollIntoView({ behavior: 'instant' }), id);
      await settle();
      await page.screenshot({ path: join(shots, `${name}-${scheme}-${id}.png`) });
    }
    await page.close();
  }
}

try {
  for (const path of process.argv.slice(2)) {
    const url = pathToFileURL(resolve(path)).href;
    const name = basename(path, '.html');
    const { findings, time, filtered } = await works(url);
    await isForKeyboards(url);
    await isWholeWithoutScript(url);
    await isAccessible(url, 'light');
    await isAccessible(url, 'dark');
    const bytes = await prints(url, shots && join(shots, `${name}.pdf`));
    if (shots) await pictures(url, name);
    console.log(`${path}: ${findings} findings, loaded in ${time} ms, filtered in ${filtered} ms, printed as ${bytes} bytes: fine`);
  }
} finally {
  await browser.close();
}
