// Judges reports by the programs that read their formats: node judge.mjs FOLDER [SCHEMAS]
//
// FOLDER holds files named NAME.LANGUAGE.FORMAT, as make.mjs writes them; a format without a judge is a mistake. SCHEMAS holds schemas of others under
// the names that are given below; one that is missing is told. judge.py has the judges that are written in Python.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import Ajv4 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { parse as parseJunit } from 'junit2json';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { parse as parseHtml } from 'parse5';
import puppeteer from 'puppeteer-core';

const [folder, schemas] = process.argv.slice(2);
const root = resolve(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);
const failures = [];
const fail = (file, what) => failures.push(`${file}: ${what}`);
const must = (holds, file, what) => { if (!holds) fail(file, typeof what === 'function' ? what() : what); };
const read = (file) => readFileSync(join(folder, file), 'utf8');

const files = new Map();
for (const part of readdirSync(folder)) {
  if (!['fixtures', 'trees'].includes(part)) continue;
  for (const name of readdirSync(join(folder, part))) {
    const format = name.split('.').at(-1);
    if (format === 'txt') continue;
    if (!files.has(format)) files.set(format, []);
    files.get(format).push(`${part}/${name}`);
  }
}

/** Controls, and characters that reorder, hide or imitate text. */
// eslint-disable-next-line no-control-regex
const deceiving = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;

// --- JSON ---------------------------------------------------------------------------------------
const schema = (name) => {
  const path = schemas && join(schemas, name);
  if (!path || !existsSync(path)) {
    console.log(`no ${name}: not judged by it`);
    return undefined;
  }
  return JSON.parse(readFileSync(path, 'utf8'));
};
const validator = (Kind, one) => {
  if (!one) return () => true;
  const ajv = new Kind({ strict: false, allErrors: false });
  addFormats(ajv);
  return ajv.compile(one);
};
const byFormat = {
  sarif: validator(Ajv4, schema('sarif-2.1.0.json')),
  gitlab: validator(Ajv, {
    // What GitLab documents of a code quality report.
    type: 'array',
    items: {
      type: 'object',
      required: ['description', 'check_name', 'fingerprint', 'location', 'severity'],
      properties: {
        description: { type: 'string', minLength: 1 },
        check_name: { type: 'string', minLength: 1 },
        fingerprint: { type: 'string', minLength: 1 },
        severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
        location: {
          type: 'object',
          required: ['path', 'lines'],
          properties: {
            path: { type: 'string', pattern: '^(?!/|\\./)' },
            lines: { type: 'object', required: ['begin'], properties: { begin: { type: 'integer', minimum: 1 } } },
          },
        },
      },
    },
  }),
  'gitlab-sast': validator(Ajv, schema('sast-report-format.json')),
  rdjson: validator(Ajv4, schema('DiagnosticResult.json')),
  json: validator(Ajv2020, JSON.parse(readFileSync(join(root, 'docs/schema/report-1.json'), 'utf8'))),
};
byFormat['sarif-full'] = byFormat.sarif;

function judgeJson(file, format) {
  const value = JSON.parse(read(file));
  const valid = byFormat[format];
  must(valid(value), file, () => JSON.stringify(valid.errors?.slice(0, 2)));
  if (format === 'gitlab') {
    const prints = value.map((v) => v.fingerprint);
    must(new Set(prints).size === prints.length, file, 'a fingerprint twice');
  }
  // GitLab shows these as its Markdown, reviewdog writes them into comments.
  if (format === 'gitlab-sast') for (const v of value.vulnerabilities) for (const t of [v.description, v.solution ?? '']) tame(file, t);
  if (format === 'rdjson') for (const d of value.diagnostics) tame(file, d.message);
  if (format.startsWith('sarif')) for (const r of value.runs[0].tool.driver.rules) tame(file, r.help.markdown ?? '');
}

/** The multitool takes a file for SARIF by its ending alone. */
function judgeSarif(all) {
  const scratch = mkdtempSync(join(tmpdir(), 'sarif-'));
  const tool = join(dirname(require.resolve('@microsoft/sarif-multitool-linux/package.json')), 'Sarif.Multitool');
  chmodSync(tool, 0o755);
  const number = (file) => file.replaceAll('/', '_');
  for (const file of all) linkSync(join(folder, file), join(scratch, `${number(file)}.sarif`));
  const log = join(scratch, 'out.json');
  const { status, stdout } = spawnSync(tool, ['validate', join(scratch, '*.sarif'), '--rule-kind', 'Sarif;Ghas', '--output', log, '--log', 'ForceOverwrite', '--level', 'Error;Warning'], {
    env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' }, maxBuffer: 1 << 28,
  });
  const said = /([\d,]+) files? scanned/.exec(stdout.toString());
  must(status === 0 || status === 1, 'sarif-multitool', () => `ended with ${status}: ${stdout}`);
  must(Number(said?.[1].replaceAll(',', '')) === all.length && !stdout.includes('skipped entirely'), 'sarif-multitool', () => `did not look at all: ${stdout}`);
  const seen = {};
  for (const run of JSON.parse(readFileSync(log, 'utf8')).runs) {
    for (const result of run.results) {
      const where = result.locations?.[0]?.physicalLocation?.artifactLocation;
      const uri = where?.uri ?? run.artifacts?.[where?.index]?.location?.uri ?? '';
      const level = result.level ?? 'warning';
      seen[`${level} ${result.ruleId}`] = (seen[`${level} ${result.ruleId}`] ?? 0) + 1;
      if (level === 'error') fail(decodeURIComponent(uri.split('/').at(-1)), `${result.ruleId} ${JSON.stringify(result.message)}`);
    }
  }
  console.log('sarif-multitool:', seen);
  rmSync(scratch, { recursive: true });
}

// --- Markdown -----------------------------------------------------------------------------------
const own = /^(<!-- redan-report -->|<details>|<\/details>|<summary>[^<>]*<\/summary>|<details>\n<summary>[^<>]*<\/summary>)$/;
const reference = /^https?:\/\//;
/** Hosts that hostile trees name. */
const foreign = /evil|invalid|127\.0\.0\.1|javascript:|data:|vbscript:/i;

function walk(node, visit, above = []) {
  visit(node, above);
  for (const child of node.children ?? []) walk(child, visit, [...above, node]);
}

const tree = (text) => fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });

/** Nothing in a text of Markdown acts or reaches out but what Redan or a pack wrote. */
function tame(file, text, html = () => false) {
  const root = tree(text);
  walk(root, (node, above) => {
    const told = () => `${node.type} ${JSON.stringify(node.value ?? node.url ?? node.identifier ?? '').slice(0, 120)}`;
    if (node.type === 'html') must(html(node.value), file, told);
    if (['image', 'imageReference', 'footnoteReference', 'footnoteDefinition', 'delete'].includes(node.type)) fail(file, told());
    if (node.type === 'link' || node.type === 'definition') must((reference.test(node.url) || node.url.startsWith('./')) && !foreign.test(node.url.replace(/^(\.|https:\/\/code\.example)\/.*/, '')), file, told);
    if (node.type === 'listItem') must(node.checked === null || node.checked === undefined, file, told);
    if (node.type === 'text' && !above.some((n) => n.type === 'link')) {
      // What a host makes of texts after parsing.
      must(!/(^|[^\w`/.@])@[a-z0-9]/i.test(node.value) && !/(^|[\s(])(#|GH-)\d/.test(node.value), file, () => `mention: ${node.value.slice(0, 120)}`);
    }
    if (node.type === 'table') {
      const width = node.children[0].children.length;
      for (const row of node.children) must(row.children.length === width, file, () => `a row of ${row.children.length} cells in a table of ${width}: ${JSON.stringify(row).slice(0, 300)}`);
    }
  });
  return root;
}

const drawings = [];
function judgeMarkdown(file) {
  const text = read(file);
  const root = tame(file, text, (value) => own.test(value.trim()));
  walk(root, (node) => {
    if (node.type === 'code' && node.lang === 'mermaid') drawings.push([file, node.value]);
  });
  must(!text.includes('\u001b'), file, 'a control code');
}

// --- Terminals and logs ---------------------------------------------------------------------------
function judgeTerminal(file) {
  // eslint-disable-next-line no-control-regex
  const text = read(file).replace(/\u001b\[(\d{1,3}(;\d{1,3})*)?m/g, '');
  const bad = deceiving.exec(text.replaceAll('\n', ' '));
  must(!bad, file, () => `U+${bad[0].codePointAt(0).toString(16)}`);
}

/** The grammar of workflow commands, as the runner reads it. */
function judgeGithub(file) {
  const text = read(file);
  const findings = JSON.parse(read(file.replace(/github$/, 'json'))).findings.filter((f) => f.status.state !== 'excepted').length;
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line !== '');
  for (const line of lines) {
    const command = /^::(\w[\w-]*)(?: ((?:(?!::).)*))?::(.*)$/u.exec(line.trimStart());
    if (!command || !['error', 'warning', 'notice'].includes(command[1])) {
      fail(file, `no annotation: ${line.slice(0, 100)}`);
      continue;
    }
    for (const property of (command[2] ?? '').split(',')) must(/^(file|line|endLine|title)=/.test(property), file, () => `property ${property}`);
    must(!line.includes('##['), file, () => line.slice(0, 100));
  }
  must(lines.length <= findings + 1, file, `${lines.length} commands for ${findings} findings`);
}

// --- HTML -----------------------------------------------------------------------------------------
function judgeHtml(file) {
  const text = read(file);
  const errors = [];
  const document = parseHtml(text, { onParseError: (e) => errors.push(e.code), scriptingEnabled: false });
  must(errors.length === 0, file, () => `errors of syntax: ${[...new Set(errors)]}`);
  const scripts = tameElements(file, document, (value) => /^(#|https?:)/.test(value) && !foreign.test(value.replace(/^#.*/, '').replace(/^https:\/\/code\.example\/.*/, '')));
  must(scripts.length === 1, file, `${scripts.length} scripts`);
}

/** No element or attribute acts or fetches; gives the scripts. */
function tameElements(file, document, link) {
  const scripts = [];
  const open = [document];
  while (open.length > 0) {
    const node = open.pop();
    open.push(...(node.childNodes ?? []));
    if (!node.tagName) continue;
    if (node.tagName === 'script') scripts.push(node);
    must(!/^(img|iframe|object|embed|link|base|image|use|audio|video|source|foreignObject|animate|set|math|template|applet|frame)$/i.test(node.tagName), file, () => `<${node.tagName}>`);
    for (const { name, value } of node.attrs) {
      must(!/^on|^src|^style$|^action$|^formaction$|^srcdoc$|^ping$/i.test(name), file, () => `attribute ${name}`);
      if (name === 'href') must(link(value), file, () => `link ${value}`);
    }
  }
  return scripts;
}

// --- JUnit ------------------------------------------------------------------------------------------
async function judgeJunit(file) {
  const suites = await parseJunit(read(file));
  const cases = (suites?.testsuite ?? []).flatMap((s) => s.testcase ?? []);
  must(suites?.tests === cases.length, file, () => `${suites?.tests} tests are told, ${cases.length} are there`);
  must((suites?.failures ?? 0) === cases.filter((c) => c.failure).length, file, 'failures are counted otherwise');
}

// --- Diagrams ---------------------------------------------------------------------------------------
/** Mermaid itself, in a browser as readers have it: every drawing is parsed, those of hostile trees are drawn. */
async function judgeMermaid() {
  const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'], protocolTimeout: 600_000 });
  const page = await browser.newPage();
  const requests = [];
  await page.setContent('<!doctype html><body></body>');
  page.on('request', (r) => requests.push(r.url()));
  await page.addScriptTag({ path: require.resolve('mermaid/dist/mermaid.min.js') });
  await page.evaluate(() => {
    globalThis.acted = 0;
    globalThis.alert = () => { globalThis.acted += 1; };
    globalThis.mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', maxTextSize: 1e7, maxEdges: 1e5 });
  });
  for (const [file, text] of drawings) {
    const draw = file.startsWith('trees/') && !file.includes('fan');
    const told = await page.evaluate(async (source, whole) => {
      try {
        const { diagramType } = await globalThis.mermaid.parse(source);
        if (!whole) return { diagramType };
        const { svg } = await globalThis.mermaid.render(`d${Math.random().toString(36).slice(2)}`, source);
        document.body.innerHTML = svg;
        const bad = [...document.body.querySelectorAll('script, img, iframe, image, a[href]')].map((e) => e.outerHTML.slice(0, 100));
        const labels = document.querySelectorAll('.node').length;
        document.body.innerHTML = '';
        return { diagramType, bad, labels };
      } catch (error) {
        return { error: String(error.message ?? error) };
      }
    }, text, draw);
    must(!told.error, file, () => `mermaid: ${told.error}`);
    must(told.error || /^flowchart/.test(told.diagramType), file, () => `mermaid sees a ${told.diagramType}`);
    must(!told.bad?.length, file, () => `mermaid draws ${told.bad}`);
    if (told.labels !== undefined) {
      const nodes = new Set([...text.matchAll(/^\s*(\w+)(?:\[|\(|\{|>)/gm)].map((m) => m[1])).size;
      must(told.labels === nodes, file, `mermaid draws ${told.labels} of ${nodes} nodes`);
    }
  }
  must((await page.evaluate(() => globalThis.acted)) === 0, 'mermaid', 'a text acted');
  must(requests.filter((r) => !r.startsWith('data:')).length === 0, 'mermaid', () => `requests ${requests}`);
  await browser.close();
  return drawings.length;
}

/** Graphviz: no complaint, and nothing but labels comes out. Thousands of flows are read, but not laid out, which would take hours. */
function judgeDot(file) {
  if (read(file).length > 200_000) {
    const told = spawnSync('dot', ['-Tcanon', join(folder, file)], { maxBuffer: 1 << 28 });
    must(told.status === 0 && told.stderr.length === 0, file, () => `dot: ${told.stderr.toString().slice(0, 200)}`);
    return;
  }
  const { status, stdout, stderr } = spawnSync('dot', ['-Tdot_json', join(folder, file)], { maxBuffer: 1 << 28 });
  must(status === 0 && stderr.length === 0, file, () => `dot: ${stderr.toString().slice(0, 200)}`);
  if (status !== 0) return;
  const graph = JSON.parse(stdout);
  const bad = [graph, ...(graph.objects ?? []), ...(graph.edges ?? [])].flatMap((o) => Object.keys(o)).filter((k) => /url|href|image|target/i.test(k));
  must(bad.length === 0, file, () => `dot sees ${bad}`);
}

function judgeSvg(file) {
  execFileSync('xmllint', ['--noout', join(folder, file)], { stdio: 'pipe' });
  must(tameElements(file, parseHtml(read(file)), (value) => value.startsWith('#')).length === 0, file, 'a script');
}

// --------------------------------------------------------------------------------------------------
const judges = {
  'concise': judgeTerminal,
  'dot': judgeDot,
  'full': judgeTerminal,
  'github': judgeGithub,
  'html': judgeHtml,
  'junit': judgeJunit,
  'markdown': judgeMarkdown,
  'markdown-comment': judgeMarkdown,
  'mermaid': (file) => drawings.push([file, read(file)]),
  'svg': judgeSvg,
  ...Object.fromEntries(Object.keys(byFormat).map((format) => [format, judgeJson])),
  // A PDF that its reader can read through; a build without the typesetter makes none.
  'pdf': (file) => execFileSync('pdftotext', [join(folder, file), '-']),
  // By judge.py.
  'csv': () => {},
  'xlsx': () => {},
};
for (const [format, names] of [...files].sort()) {
  const before = failures.length;
  const judge = judges[format];
  if (!judge) {
    fail(format, 'no judge for this format');
    continue;
  }
  for (const file of names.sort()) {
    try {
      await judge(file, format);
    } catch (error) {
      fail(file, String(error.stack ?? error).slice(0, 300));
    }
  }
  console.log(`${format}: ${names.length} files, ${failures.length - before} failures`);
}
const before = failures.length;
const drawn = await judgeMermaid();
console.log(`mermaid: ${drawn} drawings, ${failures.length - before} failures`);
judgeSarif([...(files.get('sarif') ?? []), ...(files.get('sarif-full') ?? [])]);
for (const one of failures.slice(0, 200)) console.log(`FAILED ${one}`);
console.log(`${failures.length} failures`);
process.exitCode = failures.length > 0 ? 1 : 0;
