// Writes reports to judge: node make.mjs OUT [HOSTILE_GENERATOR]
//
// Every fixture of the packs, the example and hostile trees, in every format and both languages; the example and the trees also beside an
// earlier result that differs. REDAN and FORMATS are the built programs; HOSTILE_GENERATOR is a script that writes hostile trees:
// `python3 GENERATOR FOLDER --only PREFIX`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const [out, generator] = process.argv.slice(2);
const root = resolve(import.meta.dirname, '../..');
const redan = process.env.REDAN ?? join(root, 'target/release/redan');
const fixtures = process.env.FORMATS ?? join(root, 'target/release/formats');
const languages = ['en', 'ja'];
const run = (program, ...parameters) => execFileSync(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
/** `redan` ends with 3 where a tree could not be read whole, which hostile ones cannot. */
const ask = (...parameters) => {
  try {
    return run(redan, ...parameters);
  } catch (error) {
    if (error.status !== 3) throw error;
    return error.stdout.toString();
  }
};

mkdirSync(join(out, 'trees'), { recursive: true });
for (const language of languages) {
  console.log(run(fixtures, join(out, 'fixtures'), '--lang', language).trim());
}
// Which formats there are, the fixtures tell.
const known = readdirSync(join(out, 'fixtures')).filter((name) => name.startsWith('0000.en.')).map((name) => name.slice(8));
const drawn = ['dot', 'mermaid', 'svg'];
const formats = known.filter((name) => !drawn.includes(name));
// A build with the typesetter makes pages of the trees too.
if (process.env.PDF) formats.push('pdf');

const trees = new Map([['example', join(root, 'docs/examples/shop')]]);
if (generator) {
  const cases = ['report/strings', 'report/secrets', 'fs/names', 'fs/html-names', 'fs/csv-names', 'fs/md-names', 'report/fan', 'report/flood'];
  for (const one of cases) {
    const folder = join(out, 'hostile', one.replace('/', '-'));
    if (!existsSync(folder)) run('python3', generator, folder, '--only', one);
    trees.set(one.replace('/', '-'), join(folder, one));
  }
}
for (const [name, tree] of trees) {
  for (const language of languages) {
    const stem = join(out, 'trees', `${name}.${language}`);
    const result = `${stem}.json`;
    ask('scan', tree, '--no-cache', '--lang', language, '--output-format', 'json', '-o', result);
    const save = (base, more) => {
      for (const format of formats) ask('report', result, '--lang', language, '--format', format, '-o', `${base}.${format}`, ...more);
    };
    // `full` with colours is what a terminal gets.
    writeFileSync(`${stem}.colour.full`, ask('scan', tree, '--no-cache', '--color', 'always', '--lang', language));
    for (const format of drawn) ask('model', tree, '--no-cache', '--lang', language, '--format', format, '-o', `${stem}.${format}`);
    // The earlier result had one finding less and one more, and judged two otherwise.
    const earlier = JSON.parse(readFileSync(result, 'utf8'));
    const [first, second, third, fourth] = earlier.findings;
    if (fourth) {
      earlier.findings.shift();
      second.severity = 'low';
      third.certainty = 'possible';
      fourth.fingerprint = '0'.repeat(32);
    }
    const before = join(out, `${name}.${language}.before`);
    writeFileSync(before, JSON.stringify(earlier));
    const links = first ? ['--links', 'https://code.example/blob/main'] : [];
    save(`${stem.replace(`${name}.`, `${name}-since.`)}`, ['--baseline', before, ...links]);
    save(stem, []);
  }
  console.log(`${name}: written`);
}

// A page of 5,000 findings, for the browser.
const many = JSON.parse(readFileSync(join(out, 'trees', 'example.en.json'), 'utf8'));
const copies = many.findings;
many.findings = Array.from({ length: 5_000 }, (_, n) => {
  const id = n.toString(16).padStart(8, '0');
  return { ...copies[n % copies.length], id: `RF-${id}`, fingerprint: id.repeat(4) };
});
writeFileSync(join(out, 'many.json'), JSON.stringify(many));
ask('report', join(out, 'many.json'), '--format', 'html', '-o', join(out, 'many.html'));
