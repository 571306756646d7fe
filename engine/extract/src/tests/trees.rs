//! What tree paths find in each format, and exactly where.

use super::check;

#[test]
fn yaml() {
    check(
        r#"
        extract service(name, image?, privileged: bool = false, ports*, env*)
          from yaml in "compose*.yml"
          at services.$name
          { image: .image  privileged: .privileged  ports: .ports[*]  env: .environment[*] | .environment.entries }
        "#,
        "deploy/compose.prod.yml",
        "# naïve\nservices:\n  wéb:\n    image: \"nginx:1\" # x\n    ports: [80, \"443:443\"]\n    environment:\n      - A=b\n\n  # the store\n  db:\n    privileged: yes\n    environment:\n      PASSWORD: x\n      EMPTY:\n  none: {}\n",
        &[
            "service name=wéb image=nginx:1 privileged=false ports=80 ports=443:443 env=A=b @deploy/compose.prod.yml:3 «wéb:\n    image: \"nginx:1\" # x\n    ports: [80, \"443:443\"]\n    environment:\n      - A=b»",
            "service name=db privileged=true env=PASSWORD=x env=EMPTY= @deploy/compose.prod.yml:10 «db:\n    privileged: yes\n    environment:\n      PASSWORD: x\n      EMPTY»",
            "service name=none privileged=false @deploy/compose.prod.yml:15 «none: {}»",
        ],
    );
}

#[test]
fn yaml_documents_anchors_and_merge_keys() {
    check(
        r"
        extract pod(kind, name?, image*)
          from yaml at . where .kind { kind: .kind  name: .metadata.name  image: .spec.containers[*].image }
        ",
        "a.yaml",
        "kind: A\nmetadata: {name: a}\nspec: &spec\n  containers:\n  - image: x\n  - image: y\n---\nbase: &base\n  image: z\nkind: B\nspec:\n  containers:\n  - <<: *base\n    name: q\n  - {<<: *base, image: own}\n---\nkind: C\nspec: {containers: {image: single}}\n---\nother: 1\n",
        &[
            "pod kind=A name=a image=x image=y @a.yaml:1 «kind: A\nmetadata: {name: a}\nspec: &spec\n  containers:\n  - image: x\n  - image: y»",
            "pod kind=B image=z image=own @a.yaml:8 «base: &base\n  image: z\nkind: B\nspec:\n  containers:\n  - <<: *base\n    name: q\n  - {<<: *base, image: own}»",
            "pod kind=C image=single @a.yaml:17 «kind: C\nspec: {containers: {image: single}}»",
        ],
    );
}

#[test]
fn yaml_with_brackets_that_close_at_the_indentation_of_their_key() {
    let extractor = r"
        extract service(name, command*)
          from yaml at services.$name { command: .command[*] }
        ";
    check(
        extractor,
        "compose.yml",
        "services:\n  web:\n    command: [\n      \"run\", # now\n      \"--fast\"\n    ]\n  db: {command: [\n    serve\n  ]}\n",
        &[
            "service name=web command=run command=--fast @compose.yml:2 «web:\n    command: [\n      \"run\", # now\n      \"--fast\"\n    ]»",
            "service name=db command=serve @compose.yml:7 «db: {command: [\n    serve\n  ]}»",
        ],
    );
}

#[test]
fn yaml_with_templates() {
    check(
        r"
        extract box(name, image?)
          from yaml at containers[*] { name: .name  image: .image }
        ",
        "templates/x.yaml",
        "{{- if .Values.on }}\ncontainers:\n  - name: {{ .Chart.Name }}-web\n    image: \"{{ .Values.repo }}:{{ .Values.tag }}\"\n    {{- with .Values.extra }}\n    extra: {{ toYaml . | nindent 4 }}\n    {{- end }}\n{{- end }}\n",
        &[
            "box name={{ .Chart.Name }}-web image={{ .Values.repo }}:{{ .Values.tag }} @templates/x.yaml:3 «name: {{ .Chart.Name }}-web\n    image: \"{{ .Values.repo }}:{{ .Values.tag }}\"\n    {{- with .Values.extra }}\n    extra: {{ toYaml . | nindent 4 }}»",
        ],
    );
}

#[test]
fn yaml_block_scalars() {
    check(
        "extract step(run) from yaml at jobs.*.steps[*].run { run: . }",
        "ci.yml",
        "jobs:\n  a:\n    steps:\n      - run: |\n          echo ${{ secrets.X }}\n          make\n\n      - run: >-\n          a\n          b\n      - uses: x\n",
        &[
            "step run=echo ${{ secrets.X }}\nmake\n @ci.yml:4 «run: |\n          echo ${{ secrets.X }}\n          make»",
            "step run=a b @ci.yml:8 «run: >-\n          a\n          b»",
        ],
    );
}

#[test]
fn json() {
    check(
        r#"
        extract dependency(name, version?) from json in "package.json"
          at dependencies.$name { version: . }
          from json in "package.json" at dev.$name { version: . }
        "#,
        "web/package.json",
        "\u{feff}{\n  // comment\n  \"dependencies\": {\"expr\\u00e9ss\": \"^4\", \"b\": 2, \"n\": null,},\n  /* x */ \"dev\": {\"c\": {}}\n}\n",
        &[
            "dependency name=expréss version=^4 @web/package.json:3 «\"expr\\u00e9ss\": \"^4\"»",
            "dependency name=b version=2 @web/package.json:3 «\"b\": 2»",
            "dependency name=n @web/package.json:3 «\"n\": null»",
            "dependency name=c @web/package.json:4 «\"c\": {}»",
        ],
    );
}

#[test]
fn toml() {
    check(
        r"
        extract dependency(name, version?, features*)
          from toml at dependencies.$name { version: .version | .  features: .features[*] }
        extract bin(name) from toml at bin[*] { name: .name }
        extract dotted(x: int) from toml at a.b { x: .c }
        ",
        "Cargo.toml",
        "a.b.c = 1\n[dependencies]\nserde = { version = \"1\", features = [\"é\", 'x'] }\nregex = \"1.2\"\n[dependencies.log]\nversion = \"0.4\"\n[[bin]]\nname = \"p\"\n[[bin]]\nname = \"q\"\n",
        &[
            "dependency name=serde version=1 features=é features=x @Cargo.toml:3 «serde = { version = \"1\", features = [\"é\", 'x'] }»",
            "dependency name=regex version=1.2 @Cargo.toml:4 «regex = \"1.2\"»",
            "dependency name=log version=0.4 @Cargo.toml:5 «[dependencies.log]\nversion = \"0.4\"»",
            "bin name=p @Cargo.toml:7 «[[bin]]\nname = \"p\"»",
            "bin name=q @Cargo.toml:9 «[[bin]]\nname = \"q\"»",
            "dotted x=1 @Cargo.toml:1 «b.c = 1»",
        ],
    );
}

#[test]
fn hcl() {
    check(
        r"
        extract bucket(name, acl?, key?, tags*, rule*, policy?, vpc?)
          from hcl at resource.aws_s3_bucket.$name
          { acl: .acl  key: .kms_key  tags: .tags.entries  rule: .rule[*].id  policy: .policy  vpc: .vpc }
        extract user(name) from hcl at locals[*].name { name: . }
        ",
        "main.tf",
        "locals { name = \"a\" }\nresource \"aws_s3_bucket\" \"lög\" {\n  acl = \"private\" # c\n  kms_key = aws_kms_key.k.arn\n  tags = { A = \"b\", \"c\" = 3 }\n  rule { id = \"one\" }\n  rule {\n    id = \"two-${var.x}\"\n  }\n}\nresource \"aws_s3_bucket\" \"other\" {\n  rule { id = true }\n  policy = <<EOF\n{\"a\": 1}\nEOF\n  vpc = var.x ? 1 : 2\n}\nlocals {\n  name = \"b\"\n}\n",
        &[
            "bucket name=lög acl=private key=aws_kms_key.k.arn tags=A=b tags=c=3 rule=one rule=two-${var.x} @main.tf:2 «resource \"aws_s3_bucket\" \"lög\" {\n  acl = \"private\" # c\n  kms_key = aws_kms_key.k.arn\n  tags = { A = \"b\", \"c\" = 3 }\n  rule { id = \"one\" }\n  rule {\n    id = \"two-${var.x}\"\n  }\n}»",
            "bucket name=other rule=true policy={\"a\": 1} vpc=var.x ? 1 : 2 @main.tf:11 «resource \"aws_s3_bucket\" \"other\" {\n  rule { id = true }\n  policy = <<EOF\n{\"a\": 1}\nEOF\n  vpc = var.x ? 1 : 2\n}»",
            "user name=a @main.tf:1 «name = \"a\"»",
            "user name=b @main.tf:19 «name = \"b\"»",
        ],
    );
}

#[test]
fn xml() {
    check(
        r#"
        extract dependency(group?, artifact, scope?)
          from xml in "pom.xml" at project.dependencies.dependency[*]
          { group: .groupId  artifact: .artifactId  scope: ."@scope" }
        extract bean(id) from xml in "pom.xml" at **."@id" { id: . }
        "#,
        "pom.xml",
        "<?xml version=\"1.0\"?><!DOCTYPE p\n SYSTEM \"é.dtd\"><project xmlns:x=\"u\">\n <dependencies>\n  <dependency scope=\"test\"><artifactId> é </artifactId></dependency>\n  <x:dependency id=\"7\"><groupId>g</groupId><artifactId>b&amp;c</artifactId></x:dependency>\n </dependencies>\n</project>\n",
        &[
            "dependency artifact=é scope=test @pom.xml:4 «<dependency scope=\"test\"><artifactId> é </artifactId></dependency>»",
            "dependency group=g artifact=b&c @pom.xml:5 «<x:dependency id=\"7\"><groupId>g</groupId><artifactId>b&amp;c</artifactId></x:dependency>»",
            "bean id=7 @pom.xml:5 «id=\"7\"»",
        ],
    );
}

#[test]
fn properties_nest_by_their_dots_like_yaml() {
    let pack = r#"
        extract datasource(url, user?)
          from properties in "application*.properties" at spring.datasource { url: .url  user: .username }
          from yaml in "application*.yml" at spring.datasource { url: .url  user: .username }
    "#;
    check(
        pack,
        "src/application.properties",
        "# c\nspring.datasource.url = jdbc:\\\n   x\nspring.datasource.username:me\n",
        &[
            "datasource url=jdbc:x user=me @src/application.properties:2 «spring.datasource.url = jdbc:\\\n   x»",
        ],
    );
    check(
        pack,
        "application.yml",
        "spring:\n  datasource:\n    url: a\n    username: b\n",
        &["datasource url=a user=b @application.yml:2 «datasource:\n    url: a\n    username: b»"],
    );
    check(
        pack,
        "application-x.yml",
        "spring.datasource:\n  url: a\n",
        &["datasource url=a @application-x.yml:1 «spring.datasource:\n  url: a»"],
    );
}

#[test]
fn properties_one_by_one() {
    check(
        "extract level(name, value) from properties at logging.level.$name { value: . }",
        "a.properties",
        "logging.level.root=WARN\nlogging.other=1\nlogging.level.com.x=DEBUG\n",
        &["level name=root value=WARN @a.properties:1 «logging.level.root=WARN»"],
    );
}

#[test]
fn ini_and_env() {
    check(
        r"
        extract setting(section, key, value) from ini at $section.$key { value: . }
        ",
        "x.ini",
        "top=0\n; c\n[db]\nhost = \"h\"\n[db.x]\nport: 5\n",
        &[
            "setting section=db key=host value=h @x.ini:4 «host = \"h\"»",
            "setting section=db.x key=port value=5 @x.ini:6 «port: 5»",
        ],
    );
    check(
        "extract variable(key, value) from env at $key { value: . }",
        ".env.prod",
        "# c\nexport A=1\nB='x # y' # z\nC=p q # c\nD=\"l1\nl2\\\"\"\nnothing\nE=\n",
        &[
            "variable key=A value=1 @.env.prod:2 «A=1»",
            "variable key=B value=x # y @.env.prod:3 «B='x # y'»",
            "variable key=C value=p q @.env.prod:4 «C=p q»",
            "variable key=D value=l1\nl2\" @.env.prod:5 «D=\"l1\nl2\\\"\"»",
            "variable key=E value= @.env.prod:8 «E=»",
        ],
    );
}

#[test]
fn dockerfile() {
    check(
        r"
        extract base(image, stage?, platform?) from dockerfile at from[*] { image: .image  stage: .as  platform: .flags.platform }
        extract copy(args*, flags?) from dockerfile at copy[*] { args: .args[*]  flags: .flags }
        extract command(words*) from dockerfile at cmd[*] { words: .args[*] }
        extract env(key, value) from dockerfile at env[*].args[*] { key: env_key(.)  value: env_value(.) }
        extract run(text, stage: int) from dockerfile at run[*] { text: .value  stage: .stage }
        extract user(user) from dockerfile at user[*] { user: .args[0] }
        extract script(text) from dockerfile at run[*].heredoc { text: . }
        ",
        "svc/Dockerfile",
        "# syntax\nFROM --platform=linux/amd64 golang:1.22 AS build\nRUN go build \\\n  # comment\n  -o /x && \\\n  true\nfrom scratch\nCOPY --from=build --chown=1:1 /x /y\nENV A=1 B=\"two words\"\nENV OLD some value\nUSER app\nRUN <<EOF\necho a\nUSER root\nEOF\nCMD [\"x\", \"--y\"]\n",
        &[
            "base image=golang:1.22 stage=build platform=linux/amd64 @svc/Dockerfile:2 «FROM --platform=linux/amd64 golang:1.22 AS build»",
            "base image=scratch @svc/Dockerfile:7 «from scratch»",
            "copy args=/x args=/y flags=--from=build --chown=1:1 @svc/Dockerfile:8 «COPY --from=build --chown=1:1 /x /y»",
            "command words=x words=--y @svc/Dockerfile:16 «CMD [\"x\", \"--y\"]»",
            "env key=A value=1 @svc/Dockerfile:9 «A=1»",
            "env key=B value=two words @svc/Dockerfile:9 «B=\"two words\"»",
            "env key=OLD value=some value @svc/Dockerfile:10 «OLD some value»",
            "run text=go build -o /x && true stage=0 @svc/Dockerfile:3 «RUN go build \\\n  # comment\n  -o /x && \\\n  true»",
            "run text=<<EOF stage=1 @svc/Dockerfile:12 «RUN <<EOF\necho a\nUSER root»",
            "user user=app @svc/Dockerfile:11 «USER app»",
            "script text=echo a\nUSER root @svc/Dockerfile:13 «echo a\nUSER root»",
        ],
    );
}

#[test]
fn paths() {
    check(
        r#"
        extract any(x) from json at a.*.b { x: . }
        extract deep(x) from json at **.b { x: . }
        extract quoted(x) from json at "k.e/y" { x: . }
        extract second(x) from json at list[1] { x: . }
        extract element(x) from json at list[*] { x: . }
        extract no_list(x) from json at list.$x
        "#,
        "a.json",
        r#"{"a": {"p": {"b": 1}, "q": {"c": 2}, "r": [{"b": 3}]}, "k.e/y": 4, "list": [5, 6]}"#,
        &[
            "any x=1 @a.json:1 «\"b\": 1»",
            "deep x=1 @a.json:1 «\"b\": 1»",
            "deep x=3 @a.json:1 «\"b\": 3»",
            "quoted x=4 @a.json:1 «\"k.e/y\": 4»",
            "second x=6 @a.json:1 «6»",
            "element x=5 @a.json:1 «5»",
            "element x=6 @a.json:1 «6»",
        ],
    );
}

#[test]
fn mermaid() {
    check(
        r"
        extract node(id, label, shape, group?) from mermaid node
        extract edge(from, to, label?, to_label) from mermaid edge
        ",
        "docs/design.md",
        "# Design\n```mermaid\ngantt\n  A->>B: x\n```\n\n```mermaid\nflowchart LR\n  %% c\n  user((Customer)) -->|HTTPS| web[\"Web <br/> shop\"]\n  subgraph private [Private net]\n    web --> api & jobs\n    subgraph data\n      db[(Orders)]\n    end\n  end\n  api -- reads, writes --> db; jobs -.-> db\n  api-v2 ==> ext{{Ext}}:::red\n  classDef red fill:#f00\n```\n",
        &[
            "node id=user label=Customer shape=circle @docs/design.md:10 «user((Customer))»",
            "node id=web label=Web shop shape=rectangle group=Private net @docs/design.md:10 «web[\"Web <br/> shop\"]»",
            "node id=api label=api shape=rectangle group=Private net @docs/design.md:12 «api»",
            "node id=jobs label=jobs shape=rectangle group=Private net @docs/design.md:12 «jobs»",
            "node id=db label=Orders shape=cylinder group=data @docs/design.md:14 «db[(Orders)]»",
            "node id=api-v2 label=api-v2 shape=rectangle @docs/design.md:18 «api-v2»",
            "node id=ext label=Ext shape=hexagon @docs/design.md:18 «ext{{Ext}}:::red»",
            "edge from=user to=web label=HTTPS to_label=Web shop @docs/design.md:10 «user((Customer)) -->|HTTPS| web[\"Web <br/> shop\"]»",
            "edge from=web to=api to_label=api @docs/design.md:12 «web --> api & jobs»",
            "edge from=web to=jobs to_label=jobs @docs/design.md:12 «web --> api & jobs»",
            "edge from=api to=db label=reads, writes to_label=Orders @docs/design.md:17 «api -- reads, writes --> db»",
            "edge from=jobs to=db to_label=Orders @docs/design.md:17 «jobs -.-> db»",
            "edge from=api-v2 to=ext to_label=Ext @docs/design.md:18 «api-v2 ==> ext{{Ext}}:::red»",
        ],
    );
}
