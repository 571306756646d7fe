//! What reports look like, and that nothing in them is active.

use redan_program::schema::Risk;

use crate::data::Report;
use crate::formats::{FORMATS, Pages, Style, Writer, format};
use crate::sample::{covered, sample};

pub mod hostile;
mod sarif;
mod schema;

fn written(report: &Report, name: &str) -> String {
    let style = Style { color: false, width: 88 };
    let bytes = format(name).unwrap().write(report, style, unset).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Every form that tells what changed does so for new, changed and gone findings.
#[test]
fn what_changed() {
    for (language, past) in [("en", "gone"), ("ja", "解消")] {
        let mut report = sample(language);
        let mut earlier = sample(language);
        earlier.findings[1].severity = Risk::Low;
        earlier.findings[2].fingerprint.push('0');
        earlier.findings.remove(0);
        report.compare(&earlier);
        for format in FORMATS.iter().filter(|f| f.is_text() && f.tells_changes()) {
            let (with, without) =
                (written(&report, format.name), written(&sample(language), format.name));
            assert_ne!(with, without, "{}", format.name);
        }
        let full = written(&report, "full");
        let part = full.split_once("\n\n●").unwrap().0.rsplit_once("\n\n").unwrap().1;
        assert!(part.contains(past), "{part}");
        insta::assert_snapshot!(format!("what_changed_{language}"), full);
    }
}

/// Pages as they are before they are set.
#[allow(clippy::unnecessary_wraps, reason = "it stands in for a typesetter")]
fn unset(pages: &Pages) -> Result<Vec<u8>, String> {
    Ok(format!("{}{}", pages.text, pages.figures.concat()).into_bytes())
}

#[test]
fn full_in_english() {
    insta::assert_snapshot!(written(&sample("en"), "full"), @r#"
    Threat model of Online shop
      4 of 12 files read; components: 4, flows: 3, entry points: 1

      STRIDE                  critical  high  medium   low  info  total
      Spoofing                       1     ·       ·     ·     ·      1
      Tampering                      1     ·       ·     ·     ·      1
      Repudiation                    ·     ·       ·     ·     ·      ·
      Information disclosure         ·     ·       1     ·     ·      1
      Denial of service              ·     ·       ·     ·     ·      ·
      Elevation of privilege         ·     ·       ·     ·     ·      ·

      2 open: 1 confirmed, 1 possible; 1 excepted
      1 of 2 rules of architecture hold; broken: R04
      The analysis is incomplete: something below was not seen, so more threats may exist.

    ● critical  Unauthenticated write to orders
      RF-1a2b3c4d · stride.unauthenticated_write · confirmed · Spoofing, Tampering
      Anyone who can reach api, with no credentials, can change orders in db through api. As
      a result, records can no longer be trusted.
       ╭─[api/app.js:3:1]
     3 │ app.post('/orders', create)
       · ────────────┬──────────────
       ·             ╰── POST /orders: entry_point
     4 │ app.listen(80)
       ╰────
      also: compose.yml:5  db.technology = "postgresql"
      why critical:
        - the rule's own severity (high)
        - raised to critical: anyone on the internet can reach api
      do: Authenticate every caller (for express)
          Register one middleware before the routers.
          1. Check the signature.
          2. Refuse by default.

    ○ medium  Cleartext traffic from api to db
      RF-22222222 · stride.cleartext_flow · possible · Information disclosure
      An attacker on the network between api and db can read what is sent.
       ╭─[compose.yml:5:7]
     4 │     environment:
     5 │       DB_PASSWORD: ********
       ·       ──────────┬──────────
       ·                 ╰── db.technology = "postgresql"
     6 │   db:
       ╰────
      to settle it: Is the flow api -> db encrypted?

    STRIDE matrix
                      S  T  R  I  D  E
      process api     -  ·  -  -  -  -
      flow api -> db  ✓  -  -  ○  -  -
      ● confirmed  ○ not decided  ◌ excepted  ✓ ruled out by a fact  · nothing of what the rules look for  - no rule
      1 element was not looked at, because there are too many

      Not decided, and what to ask
        - api -> db: stride.cleartext_flow (RF-22222222): Is the flow api -> db encrypted?

      Ruled out, and by what
        - api -> db: stride.unauthenticated_caller: (api -> db).authenticated = true
          [api/app.js:3] (against `not call.authenticated`)

    Exceptions, overrides and disabled rules
      - except stride.cleartext_flow: mTLS is done by the mesh (until 2027-06-30) · 1
        finding

    Model and repository differ
      - db: the model says technology is mysql, found postgresql  [api/app.js:3]

    Design documents and repository differ
      - api -> db: the documents say protocol is https, found http  [api/app.js:3,
        api/app.js:3]
      - cache is documented but was not found  [api/app.js:3]
      - db was found but is not documented  [api/app.js:3]

    Not seen
      4 of 12 files read, 2 parsed, 9 facts
      3 rules ran, 1 had nothing to look at
      no extractor looks at: md (7), png (1)
      1 file skipped: too large
        vendor/big.js (2000000 bytes)
      api/app.js:3: warning[RDN0701] a limit was hit (raise it)
    "#);
}

#[test]
fn full_in_japanese() {
    insta::assert_snapshot!(written(&sample("ja"), "full"), @r#"
    Online shop の脅威モデル
      12 ファイル中 4 ファイルを読み、構成要素 4 件、データフロー 3 件、エントリーポイント 1 件を検出

      STRIDE        重大    高    中    低  情報   合計
      なりすまし       1     ·     ·     ·     ·      1
      改ざん           1     ·     ·     ·     ·      1
      否認             ·     ·     ·     ·     ·      ·
      情報漏えい       ·     ·     1     ·     ·      1
      サービス妨害     ·     ·     ·     ·     ·      ·
      権限昇格         ·     ·     ·     ·     ·      ·

      未対応 2 件（確定 1 件、可能性 1 件）、例外 1 件
      アーキテクチャ規則 2 件中 1 件を満たす。違反: R04
      解析は不完全です。以下に示す未解析の部分に、さらに脅威がある可能性があります。

    ● 重大  orders への認証なしの書き込み
      RF-1a2b3c4d · stride.unauthenticated_write · 確定 · なりすまし、改ざん
      api に到達できる誰かが、認証情報なしで、api を経由して db の orders を変更することがで
      きる。その結果、記録が信頼できなくなる。
       ╭─[api/app.js:3:1]
     3 │ app.post('/orders', create)
       · ────────────┬──────────────
       ·             ╰── POST /orders: entry_point
     4 │ app.listen(80)
       ╰────
      関連: compose.yml:5  db.technology = "postgresql"
      重大 の理由:
        - ルールの既定値 (高)
        - 重大 に引き上げ: インターネットの誰もが api に到達できる
      対策: すべての呼び出し元を認証する（express 向け）
          ルーターより前に認証ミドルウェアを登録する。

    ○ 中  api から db への平文通信
      RF-22222222 · stride.cleartext_flow · 可能性あり · 情報漏えい
      api と db の間のネットワークにいる攻撃者が、送られる内容を読み取ることができる。
       ╭─[compose.yml:5:7]
     4 │     environment:
     5 │       DB_PASSWORD: ********
       ·       ──────────┬──────────
       ·                 ╰── db.technology = "postgresql"
     6 │   db:
       ╰────
      確認事項: フロー api -> db は暗号化されていますか。

    STRIDE 表
                        S  T  R  I  D  E
      プロセス api      -  ·  -  -  -  -
      フロー api -> db  ✓  -  -  ○  -  -
      ● 確定  ○ 未決定  ◌ 例外  ✓ 事実により否定  · ルールの対象となる状況なし  - ルールなし
      要素が多すぎるため、1 件は調べていません

      未決定の項目と確認すべき質問
        - api -> db: stride.cleartext_flow (RF-22222222): フロー api -> db は暗号化されて
          いますか。

      否定された項目とその根拠
        - api -> db: stride.unauthenticated_caller: (api -> db).authenticated = true
          [api/app.js:3] (`not call.authenticated` が成り立たない)

    例外・変更・無効化
      - except stride.cleartext_flow: mTLS is done by the mesh (2027-06-30 まで) · 検出 1
        件

    モデルとリポジトリの相違
      - db: モデルでは technology は mysql、実際は postgresql  [api/app.js:3]

    設計文書とリポジトリの相違
      - api -> db: 設計文書では protocol は https、実際は http  [api/app.js:3、
        api/app.js:3]
      - cache は設計文書にあるが見つからない  [api/app.js:3]
      - db は実在するが設計文書にない  [api/app.js:3]

    調べていないもの
      12 ファイル中 4 ファイルを読み、2 を解析、事実 9 件
      実行したルール 3 件、対象がないルール 1 件
      対象外のファイル種別: md (7)、png (1)
      1 ファイルを対象外: 大きすぎる
        vendor/big.js (2000000 bytes)
      api/app.js:3: warning[RDN0701] a limit was hit (raise it)
    "#);
}

#[test]
fn concise() {
    insta::assert_snapshot!(written(&sample("en"), "concise"), @r#"
    api/app.js:3:1: critical stride.unauthenticated_write Unauthenticated write to orders [RF-1a2b3c4d]
    compose.yml:5:7: medium (possible) stride.cleartext_flow Cleartext traffic from api to db [RF-22222222]
    The analysis is incomplete: something below was not seen, so more threats may exist.
    "#);
    insta::assert_snapshot!(written(&sample("ja"), "concise"), @r#"
    api/app.js:3:1: 重大 stride.unauthenticated_write orders への認証なしの書き込み [RF-1a2b3c4d]
    compose.yml:5:7: 中 (可能性あり) stride.cleartext_flow api から db への平文通信 [RF-22222222]
    解析は不完全です。以下に示す未解析の部分に、さらに脅威がある可能性があります。
    "#);
}

#[test]
fn markdown_in_english() {
    insta::assert_snapshot!(written(&sample("en"), "markdown"), @r#"
    # Threat model of Online shop

    > **The analysis is incomplete: something below was not seen, so more threats may exist.**

    ## Summary

    4 of 12 files read; components: 4, flows: 3, entry points: 1

    2 open: 1 confirmed, 1 possible; 1 excepted

    1 of 2 rules of architecture hold; broken: R04

    | STRIDE | critical | high | medium | low | info |
    | --- | --- | --- | --- | --- | --- |
    | Spoofing | 1 | 0 | 0 | 0 | 0 |
    | Tampering | 1 | 0 | 0 | 0 | 0 |
    | Repudiation | 0 | 0 | 0 | 0 | 0 |
    | Information disclosure | 0 | 0 | 1 | 0 | 0 |
    | Denial of service | 0 | 0 | 0 | 0 | 0 |
    | Elevation of privilege | 0 | 0 | 0 | 0 | 0 |

    ## System overview

    ```mermaid
    flowchart LR
      subgraph b_internet["internet #40;untrusted#41;"]
        c_customer["customer"]
      end
      subgraph b_private["private #40;internal#41;"]
        c_api(["api<br>express"]):::bad
        subgraph b_data["data zone"]
          c_db[("db<br>postgresql")]
        end
      end
      c_mail[/"mail service"/]
      c_api ==>|"postgresql, orders"| c_db
      c_customer ==>|"browse"| c_api
      c_api --> c_mail
      classDef bad stroke:#c0392b,stroke-width:3px
      classDef warn stroke:#d68910,stroke-width:2px
      classDef none fill:none,stroke:none
    ```

    ### Components

    | Name | Kind | Technology | Boundary | Seen at |
    | --- | --- | --- | --- | --- |
    | customer | actor |  | internet (untrusted) | [`api/app.js:3`](<./api/app.js#L3>) |
    | mail service | external |  |  | [`api/app.js:3`](<./api/app.js#L3>) |
    | api | process | express | private (internal) | [`api/app.js:3`](<./api/app.js#L3>) |
    | db | store | postgresql | data zone | [`api/app.js:3`](<./api/app.js#L3>) |

    ### Flows

    | Name | Protocol | Encrypted | Authenticated | Carries | Seen at |
    | --- | --- | --- | --- | --- | --- |
    | api -> db | postgresql | no | unknown | orders | [`api/app.js:3`](<./api/app.js#L3>) |
    | customer -> api |  | unknown | unknown |  | [`api/app.js:3`](<./api/app.js#L3>) |
    | api -> mail |  | unknown | unknown |  | [`api/app.js:3`](<./api/app.js#L3>) |

    ### Entry points

    - POST /orders (component: api) [`api/app.js:3`](<./api/app.js#L3>)

    ### Data

    - orders (class: confidential) 

    ## Findings

    ### critical · Unauthenticated write to orders

    `RF-1a2b3c4d` · `stride.unauthenticated_write` · confirmed · Spoofing, Tampering

    Anyone who can reach api, with no credentials, can change orders in db through api. As a result, records can no longer be trusted.

    **why critical**

    - the rule's own severity (high)
    - raised to critical: anyone on the internet can reach api

    **at stake**

    - orders

    **evidence**

    - [`api/app.js:3`](<./api/app.js#L3>) `POST /orders: entry_point`
    - [`compose.yml:5`](<./compose.yml#L5>) `db.technology = "postgresql"`

    **References**

    - CWE-306
    - OWASP A01:2021
    - <https://owasp.org/a>

    ```text
    app.post('/orders', create)
    app.listen(80)
    ```

    **do**: Authenticate every caller (for express)

    Register one middleware
    before the routers.

    1. Check the signature.
    2. Refuse by default.

    ### medium · Cleartext traffic from api to db

    `RF-22222222` · `stride.cleartext_flow` · possible · Information disclosure

    An attacker on the network between api and db can read what is sent.

    **to settle it**

    - Is the flow api -> db encrypted?

    **at stake**

    - orders

    **evidence**

    - [`compose.yml:5`](<./compose.yml#L5>) `db.technology = "postgresql"`

    **References**

    - CWE-306
    - OWASP A01:2021
    - <https://owasp.org/a>

    ```text
        environment:
          DB_PASSWORD: ********
      db:
    ```

    ## Open questions

    - Is the flow api -> db encrypted?

    ## STRIDE matrix

    | Kind | Name | S | T | R | I | D | E |
    | --- | --- | --- | --- | --- | --- | --- | --- |
    | process | api | - | · | - | - | - | - |
    | flow | api -> db | ✓ | - | - | ○ | - | - |

    ● confirmed, ○ not decided, ◌ excepted, ✓ ruled out by a fact, · nothing of what the rules look for, - no rule

    1 element was not looked at, because there are too many

    ### Not decided, and what to ask

    - api -> db: stride.cleartext_flow (RF-22222222): Is the flow api -> db encrypted?

    ### Ruled out, and by what

    - api -> db: stride.unauthenticated_caller: (api -> db).authenticated = true \[api/app.js:3\] (against \`not call.authenticated\`)

    ## Model and repository differ

    - db: the model says technology is mysql, found postgresql  \[api/app.js:3\]

    ## Design documents and repository differ

    - api -> db: the documents say protocol is https, found http  \[api/app.js:3, api/app.js:3\]
    - cache is documented but was not found  \[api/app.js:3\]
    - db was found but is not documented  \[api/app.js:3\]

    ## Exceptions, overrides and disabled rules

    - except stride.cleartext_flow: mTLS is done by the mesh (until 2027-06-30) · 1 finding

    ## Coverage

    - 4 of 12 files read, 2 parsed, 9 facts
    - 3 rules ran, 1 had nothing to look at
    - no extractor looks at: md (7), png (1)
    - 1 file skipped: too large: vendor/big.js (2000000 bytes)
    - api/app.js:3: warning\[RDN0701\] a limit was hit (raise it)

    ---

    Made by redan 0.1.0 with core 0.1.0
    "#);
}

#[test]
fn model_in_every_form() {
    let report = sample("en");
    let model = |name| {
        crate::model_format(name).map(|f| (f.write)(&report, Style::default())).unwrap_or_default()
    };
    insta::assert_snapshot!(model("text"), @r#"
    System: Online shop

    Purpose
      “A shop that sells tea.”
      api/app.js:3

    Security posture
                                                           yes     no  unknown
      entry points that require an authenticated caller      0      0        1
      flows that are encrypted                               0      1        2
      flows across a boundary that are encrypted             0      1        1
      flows with an authenticated caller                     0      0        3
      stores that are encrypted at rest                      1      0        0
      stores that ask for credentials                        0      0        1
      1 of 2 rules of architecture hold; broken: R04

    Actors
      customer  internet  api/app.js:3

    Externals
      mail service  api/app.js:3

    Processes
      api  express  private  reachable from the internet  api/app.js:3

    Stores
      db  postgresql  data zone  api/app.js:3

    Boundaries
      internet   untrusted
      private    internal
      data zone  unknown    ⊂ private

    Flows
      api -> db        postgresql  write, orders  not encrypted, crosses a boundary  api/app.js:3
      customer -> api                             crosses a boundary                 api/app.js:3
      api -> mail                                                                    api/app.js:3

    Entry points
      POST /orders  component: api  api/app.js:3

    Data, the most sensitive first
      orders  confidential  in db  on api -> db

    Taken for granted
      - the network is trusted: private
      - store.embedded is false where nothing says otherwise: 1 element

    Open questions
      - Is the flow api -> db encrypted?
    "#);
    insta::assert_snapshot!(model("mermaid"), @r#"
    flowchart LR
      subgraph b_internet["internet #40;untrusted#41;"]
        c_customer["customer"]
      end
      subgraph b_private["private #40;internal#41;"]
        c_api(["api<br>express"]):::bad
        subgraph b_data["data zone"]
          c_db[("db<br>postgresql")]
        end
      end
      c_mail[/"mail service"/]
      c_api ==>|"postgresql, orders"| c_db
      c_customer ==>|"browse"| c_api
      c_api --> c_mail
      classDef bad stroke:#c0392b,stroke-width:3px
      classDef warn stroke:#d68910,stroke-width:2px
      classDef none fill:none,stroke:none
    "#);
    insta::assert_snapshot!(model("dot"), @r#"
    digraph system {
      rankdir=LR;
      compound=true;
      node [fontname="sans-serif"];
      subgraph cluster_b_internet {
        label="internet (untrusted)";
        style=dashed;
        c_customer [label="customer", shape=box];
      }
      subgraph cluster_b_private {
        label="private (internal)";
        style=dashed;
        c_api [label="api (express)", shape=ellipse];
        subgraph cluster_b_data {
          label="data zone";
          style=dashed;
          c_db [label="db (postgresql)", shape=cylinder];
        }
      }
      c_mail [label="mail service", shape=box, peripheries=2];
      c_api -> c_db [label="postgresql, orders", style=bold];
      c_customer -> c_api [label="browse", style=bold];
      c_api -> c_mail;
    }
    "#);
}

#[test]
fn coverage_for_a_terminal() {
    let text = |language| {
        let seen = covered(&sample(language), "koa");
        crate::coverage_text(&seen, Style { color: false, width: 88 })
    };
    insta::assert_snapshot!(text("en"), @r#"
    Coverage of Online shop
      4 of 12 files read, 2 parsed, 9 facts
      The analysis is incomplete: something below was not seen, so more threats may exist.

    Languages and formats
      Name        files  lines  read  parsed  in parts  in error nodes
      javascript      3     40     2       1         1          1.25 %

    Kinds of files that nothing reads
      md (7), png (1)

    Not seen
      1 file skipped: too large
        vendor/big.js (2000000 bytes)

    Technologies
      koa: koa

    What the packs found
      express: express_route (8), express_use (1)

    Well-known libraries that a pack understands
      express (npm)

    Well-known libraries that no pack understands
      - koa (npm, web): imported by 3 files, first in api/app.js:3
    "#);
    insta::assert_snapshot!(text("ja"), @r#"
    Online shop の解析範囲
      12 ファイル中 4 ファイルを読み、2 を解析、事実 9 件
      解析は不完全です。以下に示す未解析の部分に、さらに脅威がある可能性があります。

    言語と形式
      名前        ファイル  行  読取  解析  一部のみ  エラー節
      javascript         3  40     2     1         1    1.25 %

    どの抽出器も読まないファイル種別
      md (7)、png (1)

    調べていないもの
      1 ファイルを対象外: 大きすぎる
        vendor/big.js (2000000 bytes)

    使用技術
      koa: koa

    各パックが検出した事実
      express: express_route (8)、express_use (1)

    パックが対応している主要ライブラリ
      express (npm)

    どのパックも対応していない主要ライブラリ
      - koa (npm, web): 3 ファイルが使用（最初の箇所: api/app.js:3）
    "#);
}

#[test]
fn a_finding_is_explained_down_to_its_leaves() {
    let report = sample("en");
    let text = crate::explain_finding(report.findings.first().unwrap(), "en", Style::default());
    let tree = text.split_once("why it holds\n").unwrap().1;
    insta::assert_snapshot!(tree, @r#"
    unauthenticated_write(api, db)  [threat stride.unauthenticated_write]
    ├─ POST /orders: entry_point  [found]
    └─ exposed(api)  [clause of core.exposed]
       └─ api.internet_facing = true  [stated]
    "#);
}

#[test]
fn json_reads_back_as_the_same_report() {
    for language in ["en", "ja"] {
        let report = sample(language);
        let text = written(&report, "json");
        let back: Report = serde_json::from_str(&text).unwrap();
        assert_eq!(back, report);
        assert_eq!(written(&back, "json"), text);
    }
}

#[test]
fn totals_count_open_findings_in_each_category() {
    let summary = sample("en").summary;
    assert_eq!((summary.total, summary.open, summary.excepted), (3, 2, 1));
    assert_eq!((summary.confirmed, summary.possible), (1, 1));
    assert_eq!(summary.by_severity.get(&Risk::Medium), Some(&1));
}

#[test]
fn colour_is_only_colour() {
    for one in FORMATS {
        let Writer::Text(write) = one.report else { continue };
        let plain = write(&sample("en"), Style { color: false, width: 88 });
        let colour = write(&sample("en"), Style { color: true, width: 88 });
        let mut stripped = String::new();
        let mut rest = colour.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            stripped.push_str(before);
            rest = after.split_once('m').map_or("", |(_, r)| r);
        }
        stripped.push_str(rest);
        assert_eq!(stripped, plain, "{}", one.name);
    }
}

#[test]
fn no_secret_leaves_in_any_format() {
    for one in FORMATS.iter().filter(|f| !matches!(f.report, Writer::Bytes(_))) {
        assert!(!written(&sample("en"), one.name).contains("hunter2"), "{}", one.name);
    }
}
