# コマンドラインのヘルプの日本語訳。英語の原文は src/args.rs のドキュメントコメントにある。
#
# キーはコマンド名、オプションは「コマンド--オプション」。複数のコマンドに共通のオプションは「any--オプション」。
# 選択肢の説明は属性で書き、どのコマンドでも同じものは values にまとめる。

usage = 使い方
commands = コマンド
arguments = 引数
options = オプション
general-options = 共通オプション
command = コマンド
default = [既定値: { $value }]
possible-values = [指定できる値: { $values }]
possible-values-heading = 指定できる値:
see-more = (詳細は '--help')
see-less = (要約は '-h')

redan = 宣言的な脅威モデリング: リポジトリからアーキテクチャを復元し、STRIDE の脅威を報告する
after-help =
    終了コード: 0 正常、1 ポリシーまたは --fail-on に違反(check ではエラーあり)、2 使い方の誤り、3 解析が不完全、4 内部エラー。
    まず `redan scan .` を実行してください。説明書は docs/ にあります。

scan = リポジトリを調べ、脅威を報告する
model = 復元したアーキテクチャを表示する
report = 解析の結果または保存した結果から、人や他のツール向けのレポートを書く
facts = 事実を表示する。すべての種類とその件数、または一つの種類の内容
query = 条件に合うものをすべて求める。例: `redan query 'a -> b: store where a is exposed'`
explain = 脅威、事実、ルール、エラーコードを説明する
why-not = ルールが成り立たない理由を示す
check = パックの誤りを調べる
fmt = パックのファイルを整形する
test = パックのテストを実行する
lint = パック自体の問題を、構文に対するルールで探す
rules = パックの脅威を一覧・検索・絞り込み、または一つを詳しく表示する
docs = パックの脅威ごとに Markdown のページを書く
new = 新しく書き始めるためのファイルを作る
new-rule = パックの中に、ルールとそのページを作る
new-pack = ルールとそのページを含むパックを作る
completions = シェルの補完スクリプトを出力する
help = このヘルプ、または指定したコマンドのヘルプを表示する

any--config = 最も近い `redan.yaml` の代わりに、この設定ファイルを使う
any--pack = パックを追加する。フォルダーまたは `.redan` ファイル。繰り返し指定できる
any--no-library = Redan に付属するパックを使わない
any--no-cache = すべてのファイルを改めて調べ、次回のために何も保存しない
any--lang = 表示に使う言語
any--color = 色を使う条件
any--quiet = 標準エラー出力に経過を表示しない
any--threads = スレッド数(既定ではコアごとに一つ)
any--log = 実行中の出来事を JSON Lines で FILE に書く
any--help = ヘルプを表示する
any--version = バージョンを表示する

any--path = 対象のリポジトリ
any--untrusted = リポジトリ自身の設定、パック、除外ファイルを一切使わない
any--trust-repository = リポジトリ自身のパックに、例外・変更・ルールの無効化も認める
any--output = 画面に表示せず、FILE に書く
any--format = 出力形式
any--output-format = 出力形式
any--paths = パック: フォルダーまたは `.redan` ファイル。省略すると、設定にあるもの、なければ Redan に付属するもの
any--bindings = 変数の値。例: `service: api` または `service=api`

scan--fail-on = 未対応の確定した脅威に、この深刻度以上のものがあれば終了コード 1 で終わる
scan--baseline = 以前の実行の結果を保存したファイル。それ以降の変化を示し、終了コードも新たな違反だけで決める
scan--matrix = STRIDE 表を付ける: 各要素で各ルールがどうなったかとその理由(HTML と JSON では常に付く)
scan--timings = 各段階と各ルールにかかった時間、再利用したファイル数を標準エラー出力に表示する

report--path = `redan scan --output-format json` の結果を保存したファイル、または調べるリポジトリ
report--links = 行へのリンクに使う、ファイルを閲覧できる場所。例: https://HOST/OWNER/NAME/blob/COMMIT
report--baseline = 以前の実行の結果を保存したファイル。それ以降の変化を示す

model--coverage = モデルの代わりに、何を読み何を理解したか、どの主要ライブラリにパックが対応していないかを、text または json で表示する

facts--kind = 種類または関係。例: `compose_service`。省略するとすべてを件数とともに示す

query--condition = 言語の条件。`and` の代わりに `where` も使える
query--plan = 問い合わせの関係形式と、その評価のしかたを表示する

explain--what = 脅威(`RF-…`)、ルール(`pack.name`)、エラーコード(`RDN0101`)、または事実(`query` と同じ条件、もしくはルールと変数の値)
explain--bindings = どの事実か。例: `c=api`

why-not--rule = ルール: 脅威または関係

check--strict = 警告もエラーとして扱う

fmt--paths = フォルダーまたは `.redan` ファイル。`-` は標準入力を読む
fmt--check = 何も変更しない。変更すべきファイルがあれば終了コード 1 で終わる
fmt--diff = 何も変更しない。変更される内容を表示する

test--filter = 名前にこの文字列を含むテストだけを実行する
test--coverage = テストされていないものを一覧する: 検出例・非検出例・不明例のない脅威と、結果を左右しない条件

lint--with = リントを追加する: `lint` を必要とし `lint_finding` を与えるパック。繰り返し指定できる
lint--only = これらのリントの指摘だけを示す
lint--except = これらのリントの指摘を除く

rules--words = ルールの名前(詳しく表示する)、またはルールの文中にすべて現れる語
rules--stride = この STRIDE 分類のルールに限る
rules--cwe = この CWE 番号のルールに限る
rules--technology = ある技術に関するルールに限る: パック、タグ、または対策が手順を示す技術の名前
rules--in = このパックのルールに限る(Redan に付属しないパックは --pack で追加する)
rules--maturity = この成熟度のルールに限る
rules--severity = 既定の深刻度がこれ以上のルールに限る

docs--names = パックの名前。省略すると、脅威を含むすべてのパック
docs--output = ページを表示せず、脅威ごとに DIR/PACK/NAME.md を、パックごとに索引を書く
docs--summary = この mdBook の目次で、DIR/README.md へのリンクの下にある章を更新する

new-rule--folder = パックのフォルダー、またはその中のフォルダー。なければ作る
new-rule--name = 名前。例: `open_admin_port`
new-pack--folder = パックのフォルダー

completions--shell = シェル

values =
    .en = English
    .ja = 日本語
    .auto = 端末に表示するとき。ただし NO_COLOR が設定されていれば使わない
    .always = 常に使う
    .never = 使わない
    .concise = 1 行に 1 件
    .csv = 脅威ごとに 1 行の表。表計算ソフト向け
    .full = 端末向け: 集計、ソースの抜粋を添えた脅威、調べていないもの
    .github = GitHub Actions の、該当行に付く注釈
    .gitlab = GitLab のコード品質レポート
    .gitlab-sast = GitLab の SAST レポート
    .html = 人が読むページ: 絞り込み、図、明暗の配色、印刷に対応し、通信しない
    .json = すべての内容。形式は文書化され、バージョンがある
    .junit = JUnit XML: ルールごとに一つのテストケース。CI サーバー向け
    .markdown = システム、図、脅威をまとめた文書
    .markdown-comment = プルリクエストへのコメント: 件数、最初に対処すべきもの、残りは折りたたみ
    .pdf = 意思決定者向けの文書: 目次、図、ページ番号、リンク付き
    .rdjson = reviewdog 向けのレビューコメント
    .sarif = SARIF 2.1.0。コードホスティングとエディター向け: 未対応の脅威を GitHub の制限内で
    .sarif-full = SARIF 2.1.0 のすべて: 例外と翻訳も含み、制限なし
    .xlsx = Excel と LibreOffice のワークブック: 脅威、質問、システム、解析範囲
    .text = 人が読む形式
    .mermaid = mermaid のフローチャート
    .dot = Graphviz
    .svg = データフロー図の画像
    .dfd = 他者のデータフロー図と比較するための JSON。docs/json.md を参照
    .info = 情報
    .low = 低
    .medium = 中
    .high = 高
    .critical = 重大
    .spoofing = なりすまし: 他人を装う
    .tampering = 改ざん: 変更してはならないものを変更する
    .repudiation = 否認: 自分の行為を否定する
    .information_disclosure = 情報漏えい: 読んではならないものを読む
    .denial_of_service = サービス妨害: 利用できなくする
    .elevation_of_privilege = 権限昇格: 許された以上のことをする
    .sandbox = 試用段階
    .incubating = 文や条件が変わる可能性がある
    .stable = 安定している

check--output-format =
    出力形式
    .full = ソースの抜粋付き
    .concise = 1 行に 1 件
    .json = JSON
    .sarif = SARIF 2.1.0
