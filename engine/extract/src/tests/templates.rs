//! Templates that are filled in from data beside them: what is repeated, chosen and named, where its facts point to, and
//! what stays as it is because nobody knows it yet.

use redan_base::{Limits, MemoryCache, MemoryWorld};

use super::{compiled, show};
use crate::{Event, Extraction, extract};

const PACK: &str = r#"
    set template_folders { "Box.yaml" }
    set template_data { "Box=Box.yaml", "Given=given.yaml" }
    set template_parts { ".tpl" }
    extract thing(kind, name?, image?, ports*, labels*, has*)
      from yaml at . where .kind
      { kind: .kind  name: .name  image: .image  ports: .ports[*]  labels: .labels.entries  has: .keys }
"#;

fn world(files: &[(&str, &str)]) -> MemoryWorld {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

fn ran(
    world: &MemoryWorld,
    limits: &Limits,
    cache: Option<&MemoryCache>,
) -> (Vec<String>, Extraction) {
    let (mut program, sources, extractors) = compiled(PACK);
    for set in &mut program.schema.sets {
        set.declared.name = set.declared.name.replace("test.", "core.");
    }
    let cache = cache.map(|c| c as &dyn redan_base::Cache);
    let (extraction, told) =
        extract(world, &program, &extractors, sources, limits, cache, &|_: Event| {});
    assert!(told.is_empty(), "{told:#?}");
    (show(&program, &extraction), extraction)
}

/// The things of one template, with the text that each points to.
#[track_caller]
fn check(given: &str, template: &str, expected: &[&str]) {
    let files = world(&[
        ("b/Box.yaml", "name: crate\nappVersion: \"1.2\"\n"),
        ("b/given.yaml", given),
        (
            "b/parts/_all.tpl",
            "{{- define \"box.name\" -}}\n{{- .Given.own | default .Box.Name | trunc 8 -}}\n{{- end }}\n\
             {{- define \"box.labels\" }}\napp: {{ include \"box.name\" . }}\ntier: web\n{{- end -}}\n\
             {{- define \"box.later\" }}{{ .Install.Name }}-{{ .Box.Name }}{{ end -}}\n\
             {{- define \"box.thing\" }}\nkind: A\nname: {{ .id }}\n{{- end -}}\n",
        ),
        ("b/t.yaml", template),
    ]);
    let (shown, extraction) = ran(&files, &Limits::default(), None);
    assert_eq!(extraction.coverage.skipped, [], "nothing is skipped");
    assert_eq!(shown, expected);
}

#[test]
fn values_take_the_place_of_their_marks() {
    check(
        "image: {repository: acme/web, tag: ''}\nport: 80\n",
        "kind: A\nname: {{ include \"box.name\" . }}\nimage: \"{{ .Given.image.repository }}:{{ .Given.image.tag | default .Box.AppVersion }}\"\nports: [{{ .Given.port }}, {{ .Given.none }}]\n",
        &[
            "thing kind=A name=crate image=acme/web:1.2 ports=80 ports={{ .Given.none }} has=kind has=name has=image has=ports @b/t.yaml:1 «kind: A\nname: {{ include \"box.name\" . }}\nimage: \"{{ .Given.image.repository }}:{{ .Given.image.tag | default .Box.AppVersion }}\"\nports: [{{ .Given.port }}, {{ .Given.none }}]»",
        ],
    );
}

#[test]
fn a_loop_gives_a_document_for_each_entry_and_each_points_into_its_body() {
    check(
        "apps:\n- {id: web, port: 80}\n- {id: api}\nmore: {zeta: 1, beta: 2}\n",
        "{{- range .Given.apps }}\n---\nkind: A\nname: {{ .id }}\n{{- if .port }}\nports: [{{ .port }}]\n{{- end }}\n{{- end }}\n{{- range $key, $n := .Given.more }}\n---\nkind: B\nname: {{ $key }}-{{ $.Box.Name }}\nports: [{{ $n }}]\n{{- end }}\n{{- range .Given.none }}\n---\nkind: C\n{{- end }}\n",
        &[
            "thing kind=A name=api has=kind has=name @b/t.yaml:3 «kind: A\nname: {{ .id }}»",
            "thing kind=A name=web ports=80 has=kind has=name has=ports @b/t.yaml:3 «kind: A\nname: {{ .id }}\n{{- if .port }}\nports: [{{ .port }}]»",
            "thing kind=B name=beta-crate ports=2 has=kind has=name has=ports @b/t.yaml:11 «kind: B\nname: {{ $key }}-{{ $.Box.Name }}\nports: [{{ $n }}]»",
            "thing kind=B name=zeta-crate ports=1 has=kind has=name has=ports @b/t.yaml:11 «kind: B\nname: {{ $key }}-{{ $.Box.Name }}\nports: [{{ $n }}]»",
        ],
    );
}

#[test]
fn blocks_are_indented_and_parts_may_hold_whole_documents() {
    check(
        "extra: {zone: eu, tags: [a, b]}\napps: [{id: web}]\n",
        "kind: A\nlabels:\n  {{- include \"box.labels\" . | nindent 2 }}\n  {{- toYaml .Given.extra | nindent 2 }}\n---\n{{ range .Given.apps }}{{ include \"box.thing\" . }}{{ end }}\n",
        &[
            "thing kind=A labels=app=crate labels=tier=web labels=zone=eu has=kind has=labels @b/t.yaml:1 «kind: A\nlabels:\n  {{- include \"box.labels\" . | nindent 2 }}\n  {{- toYaml .Given.extra | nindent 2 }}»",
            "thing kind=A name=web has=kind has=name @b/t.yaml:6 «{{ include \"box.thing\" . }}»",
        ],
    );
}

#[test]
fn conditions_choose_by_the_values_that_are_known() {
    check(
        "on: true\noff: false\nmode: b\nscaling: {}\n",
        "kind: A\n{{- if .Given.on }}\nname: on\n{{- else }}\nname: off\n{{- end }}\n{{- if eq .Given.mode \"a\" }}\nimage: a\n{{- else if eq .Given.mode \"b\" }}\nimage: b\n{{- end }}\n{{- with .Given.scaling }}\nports: [1]\n{{- end }}\n",
        &[
            "thing kind=A name=on image=b has=kind has=name has=image @b/t.yaml:1 «kind: A\n{{- if .Given.on }}\nname: on\n{{- else }}\nname: off\n{{- end }}\n{{- if eq .Given.mode \"a\" }}\nimage: a\n{{- else if eq .Given.mode \"b\" }}\nimage: b»",
        ],
    );
}

#[test]
fn a_whole_document_that_is_off_is_kept_for_packs_to_call_optional() {
    check(
        "off: false\napps: [{id: a, on: false}, {id: b, on: true}]\n",
        "# On demand.\n{{- if .Given.off }}\nkind: A\n{{- if .Given.off }}\nname: x\n{{- end }}\n{{- end }}\n{{- range .Given.apps }}\n{{- if .on }}\n---\nkind: B\nname: {{ .id }}\n{{- end }}\n{{- end }}\n",
        &[
            "thing kind=A has=kind @b/t.yaml:3 «kind: A»",
            "thing kind=B name=b has=kind has=name @b/t.yaml:11 «kind: B\nname: {{ .id }}»",
        ],
    );
}

#[test]
fn what_nobody_knows_stays() {
    check(
        "apps: [{id: web}]\n",
        "kind: A\nname: {{ .Install.Name }}-x\nlabels:\n  {{- include \"box.later\" . | nindent 2 }}\n{{- if .Install.Upgrade }}\nimage: new\n{{- else }}\nports: [1]\n{{- end }}\n---\n{{- range .Install.Nodes }}\nkind: B\nname: {{ .id }}\n{{- end }}\n---\nkind: C\nname: {{ include \"box.later\" . }}\nimage: {{ sha256sum .Box.Name }}\n",
        &[
            "thing kind=A name={{ .Install.Name }}-x image=new ports=1 has=kind has=name has=labels has=image has=ports @b/t.yaml:1 «kind: A\nname: {{ .Install.Name }}-x\nlabels:\n  {{- include \"box.later\" . | nindent 2 }}\n{{- if .Install.Upgrade }}\nimage: new\n{{- else }}\nports: [1]»",
            "thing kind=B name={{ .id }} has=kind has=name @b/t.yaml:12 «kind: B\nname: {{ .id }}»",
            "thing kind=C name={{ include \"box.later\" . }} image={{ sha256sum .Box.Name }} has=kind has=name has=image @b/t.yaml:16 «kind: C\nname: {{ include \"box.later\" . }}\nimage: {{ sha256sum .Box.Name }}»",
        ],
    );
}

#[test]
fn a_name_that_is_given_in_a_branch_nobody_decides_is_not_known_after_it() {
    check(
        "",
        "{{- $n := \"a\" }}{{ if .Install.Upgrade }}{{ $n = \"b\" }}{{ end }}{{ if .Box.Name }}{{ $x := 1 }}{{ end -}}\nkind: A\nname: {{ $n }}\nimage: {{ $x }}\n",
        &[
            "thing kind=A name={{ $n }} image={{ $x }} has=kind has=name has=image @b/t.yaml:2 «kind: A\nname: {{ $n }}\nimage: {{ $x }}»",
        ],
    );
}

#[test]
fn a_file_beside_no_data_is_no_template_of_it() {
    let template = "kind: A\nname: {{ .Given.name }}\n";
    let files = world(&[
        ("b/Box.yaml", "name: crate\n"),
        ("b/given.yaml", "name: \"{{ .Given.name }}\"\nkind: A\n"),
        ("b/in/t.yaml", template),
        ("b/inner/Box.yaml", ""),
        ("b/inner/given.yaml", "name: inner\n"),
        ("b/inner/t.yaml", template),
        ("c/given.yaml", "name: web\n"),
        ("c/t.yaml", template),
    ]);
    let (shown, _) = ran(&files, &Limits::default(), None);
    let names: Vec<&str> = shown.iter().filter_map(|s| s.split(" has=").next()).collect();
    assert_eq!(
        names,
        [
            "thing kind=A name={{ .Given.name }}",
            "thing kind=A name={{ .Given.name }}",
            "thing kind=A name=inner",
            "thing kind=A name={{ .Given.name }}",
        ]
    );
}

#[test]
fn bounds_and_mistakes_are_told_and_cost_only_the_filling_in() {
    let loops =
        "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}\nkind: A\nname: {{ include \"a\" . }}\n";
    let grows = format!(
        "kind: A\nname: x\n{}{}# {{{{ . }}}}\n{}",
        "{{ range $.Given.l }}".repeat(7),
        "# some more text\n",
        "{{ end }}".repeat(7)
    );
    let wide = format!("kind: A\n{}", "{{ if .Given.l }}".repeat(50));
    let doubled = format!(
        "{{{{ $a := list 1 }}}}\n{}kind: A\nname: {{{{ toYaml $a }}}}\nimage: {{{{ toJson $a }}}}\n",
        "{{ $a = list $a $a }}\n".repeat(60)
    );
    let names: String = (0..1_001).map(|n| format!("{{{{ $n{n} := 1 }}}}\n")).collect();
    let names = format!("{names}kind: A\n");
    // Nothing to tell: the value is not known, and stays.
    let files = world(&[("Box.yaml", "name: crate\n"), ("t.yaml", &doubled)]);
    let (shown, extraction) = ran(&files, &Limits::default(), None);
    assert_eq!(extraction.coverage.skipped, []);
    assert!(
        shown[0].starts_with("thing kind=A name={{ toYaml $a }} image={{ toJson $a }} "),
        "{shown:?}"
    );
    let texts: [(&str, &str, &str); 8] = [
        (&names, "its template has more than 1000 names", "A"),
        (loops, "its template is nested more than 200 levels deep", "A"),
        (&grows, "its template takes more than 200000 steps", "A"),
        (&wide, "line 2: blocks are nested too deeply, so the template is not filled in", "A"),
        (
            "kind: A\n{{ if .Given.l }}\n",
            "line 2: this block has no end, so the template is not filled in",
            "A",
        ),
        (
            "kind: A\n{{ end }}\n",
            "line 2: this ends a block that was not begun, so the template is not filled in",
            "A",
        ),
        (
            "kind: A\nname: {{ .a | | }}\n",
            "line 2: this expression is not understood, so the template is not filled in",
            "A",
        ),
        (
            "kind: {{ .Given.sort }}\nname: [\n\n",
            "line 4: while parsing a node, did not find expected node content",
            "",
        ),
    ];
    for (text, expected, kind) in texts {
        let files = world(&[
            ("Box.yaml", "name: crate\n"),
            ("given.yaml", "l: [1, 2, 3, 4, 5, 6, 7, 8]\nsort: \"B\\n\\n\\n\"\n"),
            ("t.yaml", text),
        ]);
        let (shown, extraction) = ran(&files, &Limits::default(), None);
        let told: Vec<&str> =
            extraction.coverage.skipped.iter().map(|s| s.detail.as_str()).collect();
        assert!(told.contains(&expected), "{text}: {told:?}");
        assert_eq!(shown.len(), usize::from(!kind.is_empty()), "{text}: {shown:?}");
    }
    let small = Limits { file_bytes: 200, ..Limits::default() };
    let files = world(&[
        ("Box.yaml", "name: crate\n"),
        ("given.yaml", "l: [1, 2, 3, 4, 5, 6, 7, 8]\n"),
        ("t.yaml", "kind: A\n{{ range .Given.l }}# a comment of some length\n{{ end }}\n"),
    ]);
    let (shown, extraction) = ran(&files, &small, None);
    assert_eq!(shown.len(), 1);
    assert_eq!(extraction.coverage.skipped[0].detail, "its template grows to more than 200 bytes");
}

#[test]
fn what_is_kept_of_a_template_counts_as_long_as_its_data_is_the_same() {
    let files = |name: &str, part: &str| {
        world(&[
            ("Box.yaml", "name: crate\n"),
            ("given.yaml", &format!("name: {name}\n")),
            ("_p.tpl", &format!("{{{{ define \"p\" }}}}{part}{{{{ end }}}}")),
            ("t.yaml", "kind: A\nname: {{ .Given.name }}-{{ include \"p\" . }}\n"),
        ])
    };
    let (cache, limits) = (MemoryCache::new(), Limits::default());
    let mut names = vec![];
    for (name, part) in [("a", "x"), ("a", "x"), ("b", "x"), ("b", "y"), ("a", "x")] {
        let (shown, extraction) = ran(&files(name, part), &limits, Some(&cache));
        let name = shown[0].split(" has=").next().unwrap().to_owned();
        names.push((name, extraction.coverage.read - extraction.known));
    }
    let told: Vec<(&str, usize)> = names.iter().map(|(n, again)| (n.as_str(), *again)).collect();
    assert_eq!(
        told,
        [
            ("thing kind=A name=a-x", 3),
            ("thing kind=A name=a-x", 0),
            ("thing kind=A name=b-x", 2),
            ("thing kind=A name=b-y", 1),
            ("thing kind=A name=a-x", 0),
        ]
    );
}
