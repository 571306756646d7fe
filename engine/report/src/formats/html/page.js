'use strict';
// Makes a page better that is whole without it. One listener of each sort for the whole page.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const has = (list, word) => (' ' + list + ' ').includes(' ' + word + ' ');
  const form = document.getElementById('filter');
  const shown = document.getElementById('shown');
  const rows = all('#list > article').map((el) => ({ el, data: el.dataset, text: null }));

  // What is not seen is laid out later. To find where Tab leads, a browser would lay it out finding by finding, which takes minutes
  // where there are thousands; all at once takes a moment.
  const whole = (event) => {
    if (event.key !== 'Tab') return;
    document.documentElement.classList.add('keys');
    removeEventListener('keydown', whole, true);
  };
  addEventListener('keydown', whole, true);

  // --- filter ---------------------------------------------------------------------------------
  const apply = () => {
    if (!form) return;
    const want = Object.fromEntries(new FormData(form));
    const words = want.q.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const d = row.data;
      let fits = (!want.severity || d.severity === want.severity)
        && (!want.certainty || d.certainty === want.certainty)
        && (!want.status || d.status === want.status)
        && (!want.rule || d.rule === want.rule)
        && (!want.since || d.since === want.since)
        && (!want.category || has(d.category, want.category))
        && (!want.el || has(d.el, want.el));
      if (fits && words.length) {
        row.text ??= row.el.textContent.toLowerCase();
        fits = words.every((word) => row.text.includes(word));
      }
      if (row.el.hidden === fits) row.el.hidden = !fits;
      if (fits) count += 1;
    }
    shown.textContent = form.dataset.shown.replace('{0}', count).replace('{1}', rows.length);
  };
  const filter = (query) => {
    form.reset();
    for (const [name, value] of new URLSearchParams(query)) {
      if (form.elements[name]) form.elements[name].value = value;
    }
    apply();
  };
  if (form) {
    form.hidden = false;
    let timer;
    form.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(apply, 120);
    });
    form.addEventListener('reset', () => setTimeout(apply));
    form.addEventListener('submit', (event) => event.preventDefault());
    apply();
  }

  // --- links ----------------------------------------------------------------------------------
  const reveal = (target) => {
    for (let el = target; el; el = el.parentElement) if (el.localName === 'details') el.open = true;
    const article = target.closest('article');
    if (article && article.hidden) filter('');
  };
  const arrive = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    reveal(target);
    target.scrollIntoView();
    if (target.localName === 'article') target.focus({ preventScroll: true });
  };
  addEventListener('hashchange', arrive);
  if (location.hash) arrive();

  // --- diagram --------------------------------------------------------------------------------
  const figures = all('figure svg.dfd');
  for (const tools of all('.tools')) tools.hidden = false;
  for (const svg of figures) svg.closest('.canvas').classList.add('live');
  const size = (svg) => [svg.width.baseVal.value, svg.height.baseVal.value];
  const view = (svg) => svg.viewBox.baseVal;
  const look = (svg, x, y, w, h) => svg.setAttribute('viewBox', [x, y, w, h].join(' '));
  const zoom = (svg, by) => {
    const v = view(svg);
    const w = Math.min(Math.max(v.width * by, 80), size(svg)[0] * 3);
    const h = v.height * (w / v.width);
    look(svg, v.x + (v.width - w) / 2, v.y + (v.height - h) / 2, w, h);
  };
  const pan = (svg, dx, dy) => {
    const v = view(svg);
    look(svg, v.x + dx, v.y + dy, v.width, v.height);
  };
  const fit = (svg) => look(svg, 0, 0, ...size(svg));
  const light = (svg, el) => {
    for (const old of all('.lit', svg)) old.classList.remove('lit');
    svg.classList.toggle('focus', Boolean(el));
    if (!el) return;
    el.classList.add('lit');
    const names = el.dataset.from !== undefined ? [el.dataset.from, el.dataset.to] : [];
    for (const flow of all('.flow', svg)) {
      const ends = [flow.dataset.from, flow.dataset.to];
      if (el.dataset.from === undefined && ends.includes(el.dataset.el)) {
        flow.classList.add('lit');
        names.push(...ends);
      }
    }
    for (const node of all('.node[data-el]', svg)) {
      if (names.includes(node.dataset.el)) node.classList.add('lit');
    }
  };
  const choose = (el) => {
    for (const old of all('.chosen')) old.classList.remove('chosen');
    el.classList.add('chosen');
    const option = form && el.dataset.el.split(' ').find(
      (id) => [...form.elements.el.options].some((o) => o.value === id));
    const said = el.closest('figure').querySelector('.picked');
    said.textContent = el.querySelector('title').textContent;
    if (option) {
      filter('el=' + encodeURIComponent(option));
      const link = document.createElement('a');
      link.href = '#threats';
      link.textContent = shown.textContent;
      said.append(' · ', link);
    }
  };

  document.addEventListener('click', (event) => {
    const on = (selector) => event.target.closest(selector);
    const link = on('[data-filter]');
    if (link && form) filter(link.dataset.filter);
    const button = on('[data-zoom]');
    if (button) {
      const svg = button.closest('figure').querySelector('svg');
      if (button.dataset.zoom === 'fit') fit(svg);
      else zoom(svg, button.dataset.zoom === 'in' ? 0.8 : 1.25);
    }
    const chip = on('[data-show]');
    if (chip) {
      const el = figures.flatMap((svg) => all('[data-el~="' + CSS.escape(chip.dataset.show) + '"]', svg))[0];
      if (el) {
        event.preventDefault();
        reveal(el);
        for (const old of all('.chosen')) old.classList.remove('chosen');
        el.classList.add('chosen');
        light(el.closest('svg'), el);
        el.closest('.canvas').scrollIntoView({ block: 'center' });
        el.closest('.canvas').focus({ preventScroll: true });
      }
    }
    const drawn = on('figure svg [data-el]');
    if (drawn) {
      event.preventDefault();
      if (!dragged) choose(drawn);
    }
  });
  for (const kind of ['pointerover', 'focusin']) {
    document.addEventListener(kind, (event) => {
      const svg = event.target.closest && event.target.closest('figure svg');
      if (svg) light(svg, event.target.closest('[data-el]'));
    });
  }
  document.addEventListener('keydown', (event) => {
    if (!event.target.classList || !event.target.classList.contains('canvas')) return;
    const svg = event.target.querySelector('svg');
    const step = view(svg).width / 10;
    const keys = {
      '+': () => zoom(svg, 0.8), '=': () => zoom(svg, 0.8), '-': () => zoom(svg, 1.25), 0: () => fit(svg),
      ArrowLeft: () => pan(svg, -step, 0), ArrowRight: () => pan(svg, step, 0),
      ArrowUp: () => pan(svg, 0, -step), ArrowDown: () => pan(svg, 0, step),
    };
    if (keys[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
      keys[event.key]();
      event.preventDefault();
    }
  });
  document.addEventListener('wheel', (event) => {
    const svg = event.target.closest('figure svg');
    // Without a key the page scrolls.
    if (!svg || !(event.ctrlKey || event.metaKey)) return;
    zoom(svg, event.deltaY < 0 ? 0.9 : 1.1);
    event.preventDefault();
  }, { passive: false });
  let held = null;
  let dragged = false;
  document.addEventListener('pointerdown', (event) => {
    const svg = event.target.closest('figure svg');
    dragged = false;
    if (svg && event.button === 0) held = { svg, x: event.clientX, y: event.clientY };
  });
  document.addEventListener('pointermove', (event) => {
    if (!held) return;
    const dx = event.clientX - held.x;
    const dy = event.clientY - held.y;
    if (!dragged && Math.hypot(dx, dy) < 4) return;
    dragged = true;
    const share = view(held.svg).width / held.svg.getBoundingClientRect().width;
    pan(held.svg, -dx * share, -dy * share);
    held.x = event.clientX;
    held.y = event.clientY;
  });
  addEventListener('pointerup', () => { held = null; });
  document.addEventListener('dragstart', (event) => {
    if (event.target.closest && event.target.closest('figure svg')) event.preventDefault();
  });

  // --- print ----------------------------------------------------------------------------------
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = all('details:not([open])');
    for (const el of opened) el.open = true;
  });
  addEventListener('afterprint', () => {
    for (const el of opened) el.open = false;
  });
})();
