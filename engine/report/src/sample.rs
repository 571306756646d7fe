//! A small report made by hand, for tests; and the same with hostile texts wherever one can stand.

use std::collections::{BTreeMap, BTreeSet};

use redan_base::{Place, Severity, SkipReason, Skipped, Source, Sources, Span};
use redan_program::schema::{Maturity, Risk, Stride};
use redan_threats::{
    Asset, Binding, Certainty, Derivation, Evidence, Exception, Finding, Measure, Origin, Question,
    Reason, ReasonKind, Statement, Status, evidence,
};

use crate::coverage::{CoverageReport, Library};
use crate::data::{
    Account, ArchitectureRule, Assumption, Boundary, ChangeInfo, Component, Coverage, DataAsset,
    DefaultValue, Difference, Drift, Element, Exchange, Flow, LanguageCoverage, Matrix,
    MatrixElement, MatrixState, Model, Note, NoteLabel, Outcome, PackInfo, Posture, Quote, Report,
    RuleInfo, RuleState, SCHEMA_VERSION, Shape, Tally, Tool,
};
use crate::why_not::Seen;

const APP: &str =
    "const app = require('express')()\n\napp.post('/orders', create)\napp.listen(80)\n";
const COMPOSE: &str = "services:\n  api:\n    build: api\n    environment:\n      DB_PASSWORD: hunter2\n  db:\n    image: postgres:16\n";

fn seen(path: &str, text: &str, part: &str, shows: &str) -> Evidence {
    let mut sources = Sources::new();
    let id = sources.add(Source::new(path, text));
    let start = text.find(part).unwrap_or(0);
    let span = Span::new(start, start + part.len());
    let place: Place = sources.place(id, span);
    evidence(&sources, place, shows.to_owned(), false)
}

/// A text that is `hostile` if there is one, else as given.
struct Speech<'a>(Option<&'a str>);

impl Speech<'_> {
    fn say(&self, text: &str) -> String {
        self.0.map_or_else(|| text.to_owned(), str::to_owned)
    }
}

/// The sample in a language.
pub fn sample(language: &str) -> Report {
    make(language, &Speech(None))
}

/// The sample with this text everywhere.
pub fn hostile(text: &str) -> Report {
    make("en", &Speech(Some(text)))
}

fn make(language: &str, s: &Speech<'_>) -> Report {
    let ja = language == "ja";
    let t = |en: &str, japanese: &str| s.say(if ja { japanese } else { en });
    let app = s.say("api/app.js");
    let route = seen(&app, APP, "app.post('/orders', create)", &s.say("POST /orders: entry_point"));
    let password = seen(
        "compose.yml",
        COMPOSE,
        "DB_PASSWORD: hunter2",
        &s.say("db.technology = \"postgresql\""),
    );
    let write = Finding {
        id: "RF-1a2b3c4d".to_owned(),
        fingerprint: "1a2b3c4d00112233445566778899aabb".to_owned(),
        rule: "stride.unauthenticated_write".to_owned(),
        title: t("Unauthenticated write to orders", "orders への認証なしの書き込み"),
        stride: vec![Stride::Spoofing, Stride::Tampering],
        severity: Risk::Critical,
        reasons: vec![
            Reason { kind: ReasonKind::Base, to: Risk::High, because: String::new() },
            Reason {
                kind: ReasonKind::Raise,
                to: Risk::Critical,
                because: t(
                    "anyone on the internet can reach api",
                    "インターネットの誰もが api に到達できる",
                ),
            },
        ],
        certainty: Certainty::Confirmed,
        questions: vec![],
        questions_bounded: false,
        bindings: vec![
            Binding {
                name: "service".to_owned(),
                display: s.say("api"),
                kind: "process".to_owned(),
                technology: Some(s.say("express")),
            },
            Binding {
                name: "target".to_owned(),
                display: s.say("db"),
                kind: "store".to_owned(),
                technology: None,
            },
        ],
        statement: Statement {
            text: t(
                "Anyone who can reach api, with no credentials, can change orders in db through api. As a result, records can no longer be trusted.",
                "api に到達できる誰かが、認証情報なしで、api を経由して db の orders を変更することができる。その結果、記録が信頼できなくなる。",
            ),
            ..Statement::default()
        },
        description: s.say(""),
        assets: vec![Asset { display: s.say("orders"), kind: "data".to_owned() }],
        evidence: vec![route, password],
        derivation: Derivation {
            fact: s.say("unauthenticated_write(api, db)"),
            origin: Origin::Rule,
            rule: Some("threat stride.unauthenticated_write".to_owned()),
            at: None,
            from: vec![
                Derivation {
                    fact: s.say("POST /orders: entry_point"),
                    origin: Origin::Found,
                    ..Derivation::default()
                },
                Derivation {
                    fact: s.say("exposed(api)"),
                    origin: Origin::Rule,
                    rule: Some("clause of core.exposed".to_owned()),
                    at: None,
                    from: vec![Derivation {
                        fact: s.say("api.internet_facing = true"),
                        origin: Origin::Stated,
                        ..Derivation::default()
                    }],
                },
            ],
        },
        mitigations: vec![Measure {
            name: "stride.authenticate_callers".to_owned(),
            title: t("Authenticate every caller", "すべての呼び出し元を認証する"),
            steps: t(
                "Register one middleware\nbefore the routers.\n\n1. Check the signature.\n2. Refuse by default.",
                "ルーターより前に認証ミドルウェアを登録する。",
            ),
            technology: Some(s.say("express")),
            references: vec![s.say("https://owasp.org/")],
        }],
        cwe: vec![306],
        capec: vec![],
        standards: vec![("owasp".to_owned(), vec![s.say("A01:2021")])],
        references: vec![s.say("https://owasp.org/a")],
        tags: vec![s.say("api")],
        status: Status::Open,
        maturity: Maturity::Stable,
    };
    let mut cleartext = write.clone();
    "RF-22222222".clone_into(&mut cleartext.id);
    cleartext.fingerprint = "22222222".repeat(4);
    "stride.cleartext_flow".clone_into(&mut cleartext.rule);
    cleartext.title = t("Cleartext traffic from api to db", "api から db への平文通信");
    cleartext.stride = vec![Stride::InformationDisclosure];
    cleartext.severity = Risk::Medium;
    cleartext.certainty = Certainty::Possible;
    cleartext.questions = vec![Question {
        text: t("Is the flow api -> db encrypted?", "フロー api -> db は暗号化されていますか。"),
        entity: s.say("api -> db"),
        kind: "flow".to_owned(),
        attribute: "encrypted".to_owned(),
    }];
    cleartext.bindings = vec![Binding {
        name: "flow".to_owned(),
        display: s.say("api -> db"),
        kind: "flow".to_owned(),
        technology: None,
    }];
    cleartext.reasons.truncate(1);
    cleartext.statement.text = t(
        "An attacker on the network between api and db can read what is sent.",
        "api と db の間のネットワークにいる攻撃者が、送られる内容を読み取ることができる。",
    );
    cleartext.evidence.remove(0);
    cleartext.mitigations.clear();
    let mut excepted = cleartext.clone();
    "RF-33333333".clone_into(&mut excepted.id);
    excepted.fingerprint = "33333333".repeat(4);
    excepted.evidence.clear();
    excepted.status = Status::Excepted(Exception {
        because: s.say("mTLS is done by the mesh"),
        until: Some("2027-06-30".to_owned()),
        pack: "acme".to_owned(),
    });
    let rule = |finding: &Finding| RuleInfo {
        name: finding.rule.clone(),
        title: s.say("Unauthenticated write to {target}"),
        description: s.say("Anyone who can write."),
        stride: finding.stride.clone(),
        severity: Some(Risk::High),
        cwe: vec![306],
        tags: vec![],
        references: vec![s.say("https://owasp.org/")],
        help: s.say("### Authenticate every caller\n\nRegister one middleware."),
        maturity: Maturity::Stable,
        state: RuleState::Ran,
        findings: 1,
        translations: BTreeMap::new(),
    };
    let spot = write.evidence.first().map(|e| e.spot.clone());
    let mut report = Report {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool: Tool { name: "redan".to_owned(), version: "0.1.0".to_owned() },
        language: language.to_owned(),
        system: s.say("Online shop"),
        complete: false,
        model: Model { words: words(ja), ..model(s, spot.clone()) },
        rules: vec![
            rule(&cleartext),
            RuleInfo { name: "stride.idle".to_owned(), state: RuleState::Idle, ..rule(&write) },
            rule(&write),
        ],
        packs: vec![PackInfo { name: "core".to_owned(), version: "0.1.0".to_owned() }],
        coverage: Coverage {
            listed: 12,
            read: 4,
            parsed: 2,
            with_facts: 2,
            facts: 9,
            languages: BTreeMap::from([("javascript".to_owned(), 1), ("yaml".to_owned(), 1)]),
            groups: vec![LanguageCoverage {
                name: s.say("javascript"),
                files: 3,
                read: 2,
                lines: 40,
                parsed: 1,
                partial: 1,
                parsed_bytes: 2_000,
                error_bytes: 25,
            }],
            found: BTreeMap::from([(
                s.say("express"),
                BTreeMap::from([(s.say("express_route"), 8), ("express_use".to_owned(), 1)]),
            )]),
            unseen: BTreeMap::from([("md".to_owned(), 7), ("png".to_owned(), 1)]),
            skipped: vec![Skipped {
                path: s.say("vendor/big.js"),
                reason: SkipReason::TooLarge,
                detail: s.say("2000000 bytes"),
            }],
            untranslated: BTreeSet::new(),
        },
        diagnostics: vec![Note {
            code: "RDN0701".to_owned(),
            severity: Severity::Warning,
            message: s.say("a limit was hit"),
            help: Some(s.say("raise it")),
            labels: spot
                .clone()
                .map(|spot| NoteLabel { spot, text: s.say("here") })
                .into_iter()
                .collect(),
        }],
        changes: vec![ChangeInfo {
            kind: "except".to_owned(),
            rule: "stride.cleartext_flow".to_owned(),
            because: s.say("mTLS is done by the mesh"),
            until: Some("2027-06-30".to_owned()),
            expired: false,
            findings: 1,
            at: spot.clone(),
        }],
        drift: vec![
            Drift {
                account: Account::Model,
                difference: Difference::Contradiction,
                entity: s.say("db"),
                kind: "store".to_owned(),
                attribute: Some("technology".to_owned()),
                stated: vec![s.say("mysql")],
                found: vec![s.say("postgresql")],
                stated_at: None,
                found_at: spot.clone(),
            },
            Drift {
                account: Account::Document,
                difference: Difference::Contradiction,
                entity: s.say("api -> db"),
                kind: "flow".to_owned(),
                attribute: Some("protocol".to_owned()),
                stated: vec![s.say("https")],
                found: vec![s.say("http")],
                stated_at: spot.clone(),
                found_at: spot.clone(),
            },
            Drift {
                account: Account::Document,
                difference: Difference::NotFound,
                entity: s.say("cache"),
                kind: "store".to_owned(),
                stated_at: spot.clone(),
                ..Drift::default()
            },
            Drift {
                account: Account::Document,
                difference: Difference::NotDocumented,
                entity: s.say("db"),
                kind: "store".to_owned(),
                found_at: spot.clone(),
                ..Drift::default()
            },
        ],
        policy: vec![],
        matrix: Some(matrix(s, spot)),
        architecture_rules: vec![
            ArchitectureRule {
                id: "R01".to_owned(),
                text: s.say("One gateway stands before all services."),
                holds: true,
                checked: vec![s.say("api")],
                broken: vec![],
            },
            ArchitectureRule {
                id: s.say("R04"),
                text: s.say("Services prove to each other who they are."),
                holds: false,
                checked: vec![s.say("api -> db")],
                broken: vec![s.say("api -> db")],
            },
        ],
        exchange: Exchange::default(),
        links: None,
        since: None,
        findings: vec![write, cleartext, excepted],
        summary: crate::data::Summary::default(),
    };
    report.summarise();
    report
}

fn matrix(s: &Speech<'_>, at: Option<redan_threats::Spot>) -> Matrix {
    let outcome = |rule: &str, state: MatrixState| Outcome {
        rule: rule.to_owned(),
        state,
        ..Outcome::default()
    };
    let cells = |own: &[(Stride, MatrixState)]| {
        let mut cells: BTreeMap<Stride, MatrixState> =
            Stride::ALL.map(|stride| (stride, MatrixState::NoRule)).into();
        cells.extend(own.iter().copied());
        cells
    };
    Matrix {
        elements: vec![
            MatrixElement {
                name: s.say("api"),
                kind: "process".to_owned(),
                cells: cells(&[(Stride::Tampering, MatrixState::NotMet)]),
                rules: vec![Outcome {
                    condition: Some(s.say("not api.validates_input")),
                    ..outcome("stride.unvalidated_input", MatrixState::NotMet)
                }],
            },
            MatrixElement {
                name: s.say("api -> db"),
                kind: "flow".to_owned(),
                cells: cells(&[
                    (Stride::Spoofing, MatrixState::RuledOut),
                    (Stride::InformationDisclosure, MatrixState::Possible),
                ]),
                rules: vec![
                    Outcome {
                        findings: vec!["RF-22222222".to_owned()],
                        ..outcome("stride.cleartext_flow", MatrixState::Possible)
                    },
                    Outcome {
                        condition: Some(s.say("not call.authenticated")),
                        facts: vec![Seen { fact: s.say("(api -> db).authenticated = true"), at }],
                        ..outcome("stride.unauthenticated_caller", MatrixState::RuledOut)
                    },
                ],
            },
        ],
        left_out: 1,
    }
}

/// What was seen of the sample, with the texts of a report.
pub fn covered(report: &Report, name: &str) -> CoverageReport {
    let spot = report.findings.first().and_then(Finding::at).map(|e| e.spot.clone());
    let library = |ecosystem: &str, name: &str, files: usize| Library {
        ecosystem: ecosystem.to_owned(),
        sort: "web".to_owned(),
        name: name.to_owned(),
        files,
        at: spot.clone(),
    };
    CoverageReport {
        schema_version: report.schema_version.clone(),
        system: report.system.clone(),
        complete: report.complete,
        coverage: report.coverage.clone(),
        technologies: BTreeMap::from([(name.to_owned(), BTreeSet::from([name.to_owned()]))]),
        recognised: vec![library("npm", "express", 1)],
        not_understood: vec![library("npm", name, 3)],
        language: report.language.clone(),
    }
}

fn model(s: &Speech<'_>, spot: Option<redan_threats::Spot>) -> Model {
    let places: Vec<_> = spot.into_iter().collect();
    let component = |id: &str, name: &str, shape: Shape, boundary: Option<&str>| Component {
        id: id.to_owned(),
        name: s.say(name),
        kind: shape.word().to_owned(),
        shape,
        boundary: boundary.map(str::to_owned),
        places: places.clone(),
        ..Component::default()
    };
    let flow = |id: &str, from: &str, to: &str, crosses: bool| Flow {
        id: id.to_owned(),
        from: format!("c_{from}"),
        to: format!("c_{to}"),
        name: s.say(&format!("{from} -> {to}")),
        crosses,
        places: places.clone(),
        ..Flow::default()
    };
    Model {
        boundaries: vec![
            Boundary {
                id: "b_internet".to_owned(),
                name: s.say("internet"),
                trust: Some("untrusted".to_owned()),
                ..Boundary::default()
            },
            Boundary {
                id: "b_private".to_owned(),
                name: s.say("private"),
                trust: Some(s.say("internal")),
                ..Boundary::default()
            },
            Boundary {
                id: "b_data".to_owned(),
                name: s.say("data zone"),
                inside: Some("b_private".to_owned()),
                ..Boundary::default()
            },
        ],
        components: vec![
            component("c_customer", "customer", Shape::Actor, Some("b_internet")),
            component("c_mail", "mail service", Shape::External, None),
            Component {
                technology: Some(s.say("express")),
                internet_facing: Some(true),
                findings: vec!["RF-1a2b3c4d".to_owned()],
                ..component("c_api", "api", Shape::Process, Some("b_private"))
            },
            Component {
                technology: Some(s.say("postgresql")),
                ..component("c_db", "db", Shape::Store, Some("b_data"))
            },
        ],
        flows: vec![
            Flow {
                protocol: Some(s.say("postgresql")),
                encrypted: Some(false),
                access: vec!["write".to_owned()],
                carries: vec![s.say("orders")],
                findings: vec!["RF-22222222".to_owned()],
                ..flow("f_api_db", "api", "db", true)
            },
            Flow {
                label: Some(s.say("browse")),
                ..flow("f_customer_api", "customer", "api", true)
            },
            flow("f_api_mail", "api", "mail", false),
        ],
        entry_points: vec![Element {
            name: s.say("POST /orders"),
            kind: "entry_point".to_owned(),
            attributes: BTreeMap::from([("component".to_owned(), vec![s.say("api")])]),
            places: places.clone(),
        }],
        data: vec![Element {
            name: s.say("orders"),
            kind: "data".to_owned(),
            attributes: BTreeMap::from([("class".to_owned(), vec!["confidential".to_owned()])]),
            places: vec![],
        }],
        questions: vec![s.say("Is the flow api -> db encrypted?")],
        purpose: places
            .first()
            .map(|at| Quote { text: s.say("A shop that sells tea."), at: at.clone() }),
        assets: vec![DataAsset {
            name: s.say("orders"),
            class: Some("confidential".to_owned()),
            stored_in: vec![s.say("db")],
            carried_by: vec![s.say("api -> db")],
        }],
        posture: Posture {
            entry_points_authenticated: Tally { yes: 0, no: 0, unknown: 1 },
            flows_encrypted: Tally { yes: 0, no: 1, unknown: 2 },
            crossing_flows_encrypted: Tally { yes: 0, no: 1, unknown: 1 },
            flows_authenticated: Tally { yes: 0, no: 0, unknown: 3 },
            stores_encrypted: Tally { yes: 1, no: 0, unknown: 0 },
            stores_authenticate: Tally { yes: 0, no: 0, unknown: 1 },
        },
        assumptions: vec![Assumption {
            id: "the_network_is_trusted".to_owned(),
            text: s.say("the network is trusted"),
            elements: vec![s.say("private")],
        }],
        defaults: vec![DefaultValue {
            kind: "store".to_owned(),
            attribute: "embedded".to_owned(),
            value: s.say("false"),
            elements: 1,
        }],
        words: BTreeMap::new(),
    }
}

/// What packs call the things of the model.
fn words(ja: bool) -> BTreeMap<String, String> {
    let all = [
        ("kind actor", "アクター"),
        ("kind process", "プロセス"),
        ("kind store", "データストア"),
        ("kind flow", "フロー"),
        ("value trust.untrusted", "信頼なし"),
        ("value trust.internal", "内部"),
        ("attribute entry_point.authenticated", "認証"),
        ("value class.confidential", "秘"),
    ];
    let all = all.into_iter().filter(|_| ja);
    all.map(|(key, word)| (key.to_owned(), word.to_owned())).collect()
}
