//! The program's own words in every language, one row each.
//!
//! A row has `{0}`, `{1}` for insertions and `one|many` for a number in `{0}`. The texts of packs
//! are translated in the packs.

use redan_base::SkipReason;
use redan_program::schema::{Risk, Stride};
use redan_threats::{Certainty, ReasonKind};

use crate::data::Shape;

macro_rules! texts {
    ($($name:ident: $en:literal, $ja:literal;)*) => {
        /// A text of the program.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Text { $(#[doc = $en] $name),* }

        impl Text {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name),*];

            fn row(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($en, $ja)),* }
            }
        }
    };
}

texts! {
    ReportTitle: "Threat model of {0}", "{0} の脅威モデル";
    Findings: "{0} finding|{0} findings", "検出 {0} 件";
    FindingsHeading: "Findings", "検出された脅威";
    Summary: "Summary", "概要";
    SummaryLine: "{0} open: {1} confirmed, {2} possible; {3} excepted", "未対応 {0} 件（確定 {1} 件、可能性 {2} 件）、例外 {3} 件";
    ArchitectureRules: "{0} of {1} rules of architecture hold", "アーキテクチャ規則 {1} 件中 {0} 件を満たす";
    ArchitectureBroken: "{0}; broken: {1}", "{0}。違反: {1}";
    LookedAt: "{3} of {4} files read; components: {0}, flows: {1}, entry points: {2}", "{4} ファイル中 {3} ファイルを読み、構成要素 {0} 件、データフロー {1} 件、エントリーポイント {2} 件を検出";
    NoFindings: "No open findings.", "未対応の脅威はありません。";
    Total: "total", "合計";
    WhySeverity: "why {0}", "{0} の理由";
    Questions: "to settle it", "確認事項";
    QuestionsBounded: "there were too many combinations of answers to try: some of these may not matter, others may follow", "回答の組み合わせが多すぎて調べきれませんでした。不要な質問が含まれている可能性や、さらに質問が必要になる可能性があります";
    QuestionsHeading: "Open questions", "未解決の質問";
    Mitigation: "do", "対策";
    For: "for {0}", "{0} 向け";
    Evidence: "evidence", "根拠";
    AlsoSeen: "also", "関連";
    NoPlace: "no place in the files", "該当箇所なし";
    Assets: "at stake", "守るべき資産";
    Excepted: "excepted: {0}", "例外: {0}";
    Until: "until {0}", "{0} まで";
    Expired: "expired on {0}", "{0} に期限切れ";
    System: "System", "システム";
    Overview: "System overview", "システム概要";
    Boundaries: "Boundaries", "境界";
    Components: "Components", "構成要素";
    Flows: "Flows", "データフロー";
    EntryPoints: "Entry points", "エントリーポイント";
    Data: "Data", "データ";
    Technology: "Technology", "技術";
    Name: "Name", "名前";
    Kind: "Kind", "種類";
    Boundary: "Boundary", "境界";
    Protocol: "Protocol", "プロトコル";
    Encrypted: "Encrypted", "暗号化";
    Authenticated: "Authenticated", "認証";
    Carries: "Carries", "データ";
    SeenAt: "Seen at", "検出箇所";
    Crosses: "crosses a boundary", "境界を越える";
    Yes: "yes", "はい";
    No: "no", "いいえ";
    Unknown: "unknown", "不明";
    Drift: "Model and repository differ", "モデルとリポジトリの相違";
    DriftAttribute: "{0}: the model says {1} is {2}, found {3}", "{0}: モデルでは {1} は {2}、実際は {3}";
    DriftMissing: "{0} is in the model but was not found", "{0} はモデルにあるが見つからない";
    DriftDocuments: "Design documents and repository differ", "設計文書とリポジトリの相違";
    DriftDocumentAttribute: "{0}: the documents say {1} is {2}, found {3}", "{0}: 設計文書では {1} は {2}、実際は {3}";
    DriftNotFound: "{0} is documented but was not found", "{0} は設計文書にあるが見つからない";
    DriftNotDocumented: "{0} was found but is not documented", "{0} は実在するが設計文書にない";
    Purpose: "Purpose", "目的";
    Quoted: "“{0}”", "「{0}」";
    Posture: "Security posture", "セキュリティの状況";
    EntryPointsAuthenticated: "entry points that require an authenticated caller", "呼び出し元の認証を必須とするエントリーポイント";
    FlowsEncrypted: "flows that are encrypted", "暗号化されたフロー";
    CrossingFlowsEncrypted: "flows across a boundary that are encrypted", "境界を越えるフローのうち暗号化されたもの";
    FlowsAuthenticated: "flows with an authenticated caller", "呼び出し元を認証するフロー";
    StoresEncrypted: "stores that are encrypted at rest", "保存時に暗号化されるデータストア";
    StoresAuthenticate: "stores that ask for credentials", "クライアントに認証情報を求めるデータストア";
    SensitiveAssets: "Data, the most sensitive first", "データ（機密性の高い順）";
    StoredIn: "in {0}", "保存先: {0}";
    CarriedBy: "on {0}", "経路: {0}";
    Assumptions: "Taken for granted", "前提としたこと";
    AssumedOf: "{0}: {1}", "{0}: {1}";
    DefaultOf: "{1}.{2} is {3} where nothing says otherwise: {0} element|{1}.{2} is {3} where nothing says otherwise: {0} elements", "他に情報がない限り {1}.{2} は {3}: {0} 要素";
    IsEncrypted: "encrypted", "暗号化あり";
    IsAuthenticated: "authenticated", "認証あり";
    NotSeen: "Not seen", "調べていないもの";
    Coverage: "{0} of {1} files read, {2} parsed, {3} facts", "{1} ファイル中 {0} ファイルを読み、{2} を解析、事実 {3} 件";
    CoverageHeading: "Coverage", "解析範囲";
    CoverageOf: "Coverage of {0}", "{0} の解析範囲";
    Languages: "Languages and formats", "言語と形式";
    Files: "files", "ファイル";
    Lines: "lines", "行";
    FilesRead: "read", "読取";
    FilesParsed: "parsed", "解析";
    FilesPartial: "in parts", "一部のみ";
    ErrorBytes: "in error nodes", "エラー節";
    NothingReads: "Kinds of files that nothing reads", "どの抽出器も読まないファイル種別";
    Technologies: "Technologies", "使用技術";
    FoundByPacks: "What the packs found", "各パックが検出した事実";
    LibrariesRecognised: "Well-known libraries that a pack understands", "パックが対応している主要ライブラリ";
    LibrariesUnknown: "Well-known libraries that no pack understands", "どのパックも対応していない主要ライブラリ";
    ImportedBy: "imported by {0} file, first in {1}|imported by {0} files, first in {1}", "{0} ファイルが使用（最初の箇所: {1}）";
    NoneSuch: "none", "なし";
    SkippedFiles: "{0} file skipped|{0} files skipped", "{0} ファイルを対象外";
    AndMore: "and {0} more", "他 {0} 件";
    UnseenFiles: "no extractor looks at: {0}", "対象外のファイル種別: {0}";
    RulesRan: "{0} rule ran|{0} rules ran", "実行したルール {0} 件";
    RulesIdle: "{0} had nothing to look at", "対象がないルール {0} 件";
    RulesDisabled: "{0} disabled", "無効なルール {0} 件";
    Changes: "Exceptions, overrides and disabled rules", "例外・変更・無効化";
    Incomplete: "The analysis is incomplete: something below was not seen, so more threats may exist.", "解析は不完全です。以下に示す未解析の部分に、さらに脅威がある可能性があります。";
    Policy: "Policy", "ポリシー";
    Denied: "failed", "違反";
    Warned: "warning", "警告";
    Derivation: "why it holds", "導出";
    References: "References", "参考";
    Versions: "Made by {0} {1} with {2}", "{0} {1}（{2}）により作成";
    ReasonBase: "the rule's own severity", "ルールの既定値";
    ReasonOverride: "overridden to {0}", "{0} に変更";
    ReasonRaise: "raised to {0}", "{0} に引き上げ";
    ReasonLower: "lowered to {0}", "{0} に引き下げ";
    StrideSpoofing: "Spoofing", "なりすまし";
    StrideTampering: "Tampering", "改ざん";
    StrideRepudiation: "Repudiation", "否認";
    StrideDisclosure: "Information disclosure", "情報漏えい";
    StrideDenial: "Denial of service", "サービス妨害";
    StrideElevation: "Elevation of privilege", "権限昇格";
    RiskInfo: "info", "情報";
    RiskLow: "low", "低";
    RiskMedium: "medium", "中";
    RiskHigh: "high", "高";
    RiskCritical: "critical", "重大";
    Confirmed: "confirmed", "確定";
    Possible: "possible", "可能性あり";
    ShapeActor: "Actors", "アクター";
    ShapeExternal: "Externals", "外部システム";
    ShapeProcess: "Processes", "プロセス";
    ShapeStore: "Stores", "データストア";
    OriginFound: "found", "検出";
    OriginStated: "stated", "モデルに記載";
    OriginDefault: "by default", "既定値";
    OriginAbsent: "absent", "存在しない";
    OriginUnknown: "unknown", "不明";
    OriginComputed: "computed", "計算";
    OriginAbove: "as above", "前述";
    OriginCut: "more is not shown", "以下省略";
    NothingHolds: "nothing gives {0}; `redan why-not` tells what is missing of a rule", "{0} を満たすものはありません。ルールに何が足りないかは `redan why-not` で分かります";
    WhyNotHolds: "{1} holds: {0} match|{1} holds: {0} matches", "{1} は成立しています: {0} 件";
    WhyNotNoRule: "no rule concludes {0}", "{0} を導くルールはありません";
    WhyNotNearest: "nearest, {0} of {1} conditions: {2}", "最も近い組み合わせ（条件 {1} 件中 {0} 件が成立）: {2}";
    WhyNotFirst: "the first that nothing meets", "最初に成立しなくなる条件";
    WhyNotBounded: "the search was cut short; there may be a nearer match", "探索を途中で打ち切ったため、より近い組み合わせがあるかもしれません";
    Rows: "{0} row|{0} rows", "{0} 行";
    NoFacts: "no facts", "事実なし";
    Cleartext: "not encrypted", "暗号化なし";
    Unauthenticated: "not authenticated", "認証なし";
    SkipTooLarge: "too large", "大きすぎる";
    SkipLink: "a link, not followed", "リンク（たどらない）";
    SkipNotRegular: "not a regular file", "通常ファイルではない";
    SkipIgnored: "ignored", "除外指定";
    SkipUnreadable: "not readable", "読めない";
    SkipBinary: "not text", "テキストではない";
    SkipTooDeep: "nested too deeply", "階層が深すぎる";
    SkipTooMany: "too many files", "ファイルが多すぎる";
    SkipBadName: "a name that is not text", "名前が不正";
    SkipSyntax: "not parsed", "構文を解析できない";
    SkipLimit: "a limit was hit", "上限に達した";
    Matrix: "STRIDE matrix", "STRIDE 表";
    MatrixPossible: "not decided", "未決定";
    MatrixExcepted: "excepted", "例外";
    MatrixRuledOut: "ruled out by a fact", "事実により否定";
    MatrixNotMet: "nothing of what the rules look for", "ルールの対象となる状況なし";
    MatrixNoRule: "no rule", "ルールなし";
    MatrixHidden: "{0} more row is in the JSON report|{0} more rows are in the JSON report", "他の {0} 行は JSON レポートにあります";
    MatrixLeftOut: "{0} element was not looked at, because there are too many|{0} elements were not looked at, because there are too many", "要素が多すぎるため、{0} 件は調べていません";
    MatrixOpen: "Not decided, and what to ask", "未決定の項目と確認すべき質問";
    MatrixControls: "Ruled out, and by what", "否定された項目とその根拠";
    MatrixAgainst: "against `{0}`", "`{0}` が成り立たない";
    Rules: "{0} threat|{0} threats", "脅威 {0} 件";
    Library: "The rule library", "ルールライブラリ";
    LibraryLead: "The threats of the packs that come with Redan, a page each.", "Redan に付属するパックの脅威一覧です。脅威ごとに一ページあります。";
    Pack: "Pack", "パック";
    Threat: "Threat", "脅威";
    Severity: "Severity", "深刻度";
    Statement: "What can happen", "何が起こり得るか";
    Logic: "When it is reported", "検出条件";
    Detection: "How to notice it", "発生に気付く方法";
    FalsePositives: "Known false positives", "既知の誤検出";
    WhatToDo: "What to do", "対策";
    WithTechnology: "With {0}", "{0} の場合";
    Examples: "Tests", "テスト";
    MaturityIs: "maturity: {0}", "成熟度: {0}";
    RaisedIf: "raised to {0} if", "次の場合は{0}に引き上げ";
    LoweredIf: "lowered to {0} if", "次の場合は{0}に引き下げ";
    DisabledHere: "disabled", "無効";
    Certainty: "Certainty", "確度";
    Status: "Status", "状態";
    StatusOpen: "open", "未対応";
    Category: "Category", "分類";
    Rule: "Rule", "ルール";
    Reason: "Reason", "理由";
    File: "File", "ファイル";
    Line: "Line", "行";
    Detail: "Detail", "詳細";
    Question: "Question", "質問";
    From: "From", "送信元";
    To: "To", "送信先";
    Number: "Number", "件数";
    FixFirst: "To fix first", "最初に対処すべき脅威";
    ToSettle: "Possible, with the question that settles it", "可能性のある脅威と、判断に必要な質問";
    MoreFindings: "{0} more finding|{0} more findings", "その他の検出 {0} 件";
    LeftOutOfComment: "{0} finding is left out: a comment has at most {1} characters.|{0} findings are left out: a comment has at most {1} characters.", "{0} 件の検出を省略しました。コメントは最大 {1} 文字です。";
    LeftOutOfDocument: "{0} finding is left out: a summary of a CI step has at most {1}.|{0} findings are left out: a summary of a CI step has at most {1}.", "{0} 件の検出を省略しました。CI のステップサマリーは最大 {1} です。";
    IncompleteInShort: "The analysis is incomplete: not everything was seen, so more threats may exist.", "解析は不完全です。調べられなかった部分に、さらに脅威がある可能性があります。";
    MadeBy: "Made by {0} {1}", "{0} {1} により作成";
    SinceHeading: "What changed", "前回からの変更点";
    SinceLine: "{0} new, {1} gone, {2} changed", "新規 {0} 件、解消 {1} 件、変更 {2} 件";
    SinceOtherRules: "{0}; the rules are of another version too, and some of this may come from them", "{0}。ルールのバージョンも異なるため、一部はその影響かもしれません";
    SinceNew: "new", "新規";
    SinceGone: "gone", "解消";
    SinceChanged: "changed", "変更";
    SinceExcepted: "excepted", "例外";
    InternetFacing: "reachable from the internet", "インターネットから到達可能";
    Diagram: "Data-flow diagram", "データフロー図";
    DiagramOf: "Data flows of {0}", "{0} のデータフロー図";
    OtherElements: "elements outside these boundaries", "その他の要素";
    ElementCount: "{0} element|{0} elements", "要素 {0} 件";
    FlowCount: "{0} flow|{0} flows", "フロー {0} 件";
    LeftOut: "{0} element without flows and findings, or beyond the largest number of figures, is not drawn|{0} elements without flows and findings, or beyond the largest number of figures, are not drawn", "フローも検出もない要素と、図の上限を超えた要素、計 {0} 件は図に描いていません";
    FlowsLeftOut: "{0} more flow is not drawn|{0} more flows are not drawn", "他のフロー {0} 件は描いていません";
    LegendActor: "actor, external system", "アクター・外部システム";
    LegendProcess: "process", "プロセス";
    LegendStore: "store", "データストア";
    LegendZone: "trust boundary", "信頼境界";
    LegendFlow: "flow", "フロー";
    LegendCrossing: "flow that crosses a boundary", "境界を越えるフロー";
    LegendConfirmed: "worst severity, number of findings", "最大の深刻度と検出件数";
    LegendPossible: "all of them only possible", "すべて「可能性あり」";
    Legend: "What the symbols mean", "図の凡例";
    SplitDiagram: "The system is too large for one figure. The first shows each trust boundary as one node; the others show what is in them.", "システムが大きいため、図を分割しています。最初の図では信頼境界をそれぞれ 1 つの要素で示し、以降の図でその中身を示します。";
    ZoomIn: "zoom in", "拡大";
    ZoomOut: "zoom out", "縮小";
    ZoomReset: "whole figure", "全体を表示";
    SkipToContent: "skip to the report", "本文へ移動";
    ThreatModel: "Threat model", "脅威モデル";
    StepsAt: "Steps: see", "手順の参照先:";
    ThreatsInTableOnly: "{0} of them has no entry below: see the page (HTML) or the JSON report|{0} of them have no entry below: see the page (HTML) or the JSON report", "うち {0} 件は個別の記載を省略しています。HTML または JSON レポートを参照してください";
    Contents: "Contents", "目次";
    ByCategory: "Open findings by category and severity", "未対応の脅威（分類・深刻度別）";
    MoreLikeIt: "and {0} more of the same rule", "同じルールで他 {0} 件";
    StatusExcepted: "excepted", "例外";
    Passed: "passed", "適合";
    Filter: "Filter the findings", "脅威の絞り込み";
    Search: "Search", "検索";
    Title: "Title", "題名";
    Element: "Component or flow", "構成要素・フロー";
    All: "all", "すべて";
    ResetFilter: "show all", "絞り込みを解除";
    ShownOf: "{0} of {1} findings shown", "{1} 件中 {0} 件を表示";
    PathLabel: "in the diagram", "図の該当箇所";
    Internet: "From the internet", "インターネットから到達";
    Known: "What is known", "属性";
    Trust: "Trust", "信頼度";
    Around: "Inside", "上位の境界";
    Label: "Label", "ラベル";
    HowDerived: "how it was derived", "導出過程";
    QuestionsAbout: "What no file shows and no model states. An answer in a model settles the findings beside it; the questions that settle most come first.", "ファイルからもモデルからも分からなかった事項です。モデルに回答を書くと、横に示した脅威が確定または解消します。影響の大きい質問から順に並べています。";
    ReadAs: "read as", "読み取った形式";
    Messages: "Messages", "メッセージ";
    RulesHeading: "Rules", "ルール";
    RuleRan: "ran", "実行";
    DriftHeading: "Drift", "記述と実装の相違";
    Class: "Class", "機密区分";
    Stores: "Stores", "保存先";
    RuleIdle: "nothing to look at", "対象なし";
    RuleDisabled: "disabled", "無効";
    Packs: "Packs", "パック";
    Version: "Version", "バージョン";
    ReproduceHeading: "How to get this report again", "このレポートの再現方法";
    Reproduce: "With redan {0} and the packs above, in the folder that was scanned. The same input gives the same report.", "上記のパックと redan {0} を用い、解析対象のフォルダーで次を実行します。入力が同じなら、同じレポートになります。";
}

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    japanese: bool,
}

impl Words {
    /// The words of a language; English for those that are not here.
    pub fn of(language: &str) -> Self {
        Self { japanese: language == "ja" || language.starts_with("ja-") }
    }

    /// Whether these words are Japanese.
    pub fn is_japanese(self) -> bool {
        self.japanese
    }

    /// A text without insertions.
    pub fn get(self, text: Text) -> &'static str {
        let (en, ja) = text.row();
        if self.japanese { ja } else { en }
    }

    /// A text with insertions.
    pub fn fill(self, text: Text, values: &[&str]) -> String {
        let mut pattern = self.get(text);
        if let Some((one, many)) = pattern.split_once('|') {
            pattern = if values.first() == Some(&"1") { one } else { many };
        }
        let mut out = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((number, after)) = after.split_once('}') else { break };
            let value = number.parse::<usize>().ok().and_then(|n| values.get(n));
            out.push_str(value.copied().unwrap_or_default());
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// A text with a number in it.
    pub fn count(self, text: Text, number: usize) -> String {
        self.fill(text, &[&number.to_string()])
    }

    /// A STRIDE category.
    pub fn stride(self, stride: Stride) -> &'static str {
        self.get(match stride {
            Stride::Spoofing => Text::StrideSpoofing,
            Stride::Tampering => Text::StrideTampering,
            Stride::Repudiation => Text::StrideRepudiation,
            Stride::InformationDisclosure => Text::StrideDisclosure,
            Stride::DenialOfService => Text::StrideDenial,
            Stride::ElevationOfPrivilege => Text::StrideElevation,
        })
    }

    /// A severity.
    pub fn risk(self, risk: Risk) -> &'static str {
        self.get(match risk {
            Risk::Info => Text::RiskInfo,
            Risk::Low => Text::RiskLow,
            Risk::Medium => Text::RiskMedium,
            Risk::High => Text::RiskHigh,
            Risk::Critical => Text::RiskCritical,
        })
    }

    /// How sure a finding is.
    pub fn certainty(self, certainty: Certainty) -> &'static str {
        self.get(match certainty {
            Certainty::Confirmed => Text::Confirmed,
            Certainty::Possible => Text::Possible,
        })
    }

    /// The heading of the components of a shape.
    pub fn shape(self, shape: Shape) -> &'static str {
        self.get(match shape {
            Shape::Actor => Text::ShapeActor,
            Shape::External => Text::ShapeExternal,
            Shape::Process => Text::ShapeProcess,
            Shape::Store => Text::ShapeStore,
        })
    }

    /// A reason for a severity, without the reason's own text.
    pub fn reason(self, kind: ReasonKind, to: Risk) -> String {
        let text = match kind {
            ReasonKind::Base => Text::ReasonBase,
            ReasonKind::Override => Text::ReasonOverride,
            ReasonKind::Raise => Text::ReasonRaise,
            ReasonKind::Lower => Text::ReasonLower,
        };
        self.fill(text, &[self.risk(to)])
    }

    /// Why a file was not seen.
    pub fn skip(self, reason: SkipReason) -> &'static str {
        self.get(match reason {
            SkipReason::TooLarge => Text::SkipTooLarge,
            SkipReason::Link => Text::SkipLink,
            SkipReason::NotRegular => Text::SkipNotRegular,
            SkipReason::Ignored => Text::SkipIgnored,
            SkipReason::Unreadable => Text::SkipUnreadable,
            SkipReason::Binary => Text::SkipBinary,
            SkipReason::TooDeep => Text::SkipTooDeep,
            SkipReason::TooMany => Text::SkipTooMany,
            SkipReason::BadName => Text::SkipBadName,
            SkipReason::Syntax => Text::SkipSyntax,
            SkipReason::Limit => Text::SkipLimit,
        })
    }

    /// Something that is true, false or unknown.
    pub fn truth(self, value: Option<bool>) -> &'static str {
        self.get(match value {
            Some(true) => Text::Yes,
            Some(false) => Text::No,
            None => Text::Unknown,
        })
    }

    /// Between the items of a list.
    pub fn comma(self) -> &'static str {
        if self.japanese { "、" } else { ", " }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_choose_their_form() {
        let (en, ja) = (Words::of("en"), Words::of("ja"));
        assert_eq!(en.count(Text::Findings, 1), "1 finding");
        assert_eq!(en.count(Text::Findings, 0), "0 findings");
        assert_eq!(ja.count(Text::Findings, 1), "検出 1 件");
        assert_eq!(en.fill(Text::Until, &["2027-06-30"]), "until 2027-06-30");
    }

    #[test]
    fn both_languages_take_the_same_insertions() {
        for text in Text::ALL {
            let (en, ja) = text.row();
            for hole in ["{0}", "{1}", "{2}", "{3}", "{4}"] {
                assert_eq!(en.contains(hole), ja.contains(hole), "{text:?}");
            }
        }
    }
}
