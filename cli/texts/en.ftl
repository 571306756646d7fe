# What the commands say. Keys are those of `Said` in src/texts.rs.
# A variable called $count chooses between singular and plural.

error = error
diagnostic-help = help
diagnostic-see = see also
meant = ; did you mean `{ $name }`?
log-unwritable = cannot write the log `{ $path }`: { $why }
unwritable = cannot write `{ $path }`: { $why }
why-folder = it is a folder
why-no-folder = its folder is not there
not-showable = a terminal cannot show the format `{ $format }`: give a file by `--output report.{ $format }`
not-in-this-build = this build has no format `{ $format }`: build it with the feature `pdf`, as in `cargo install --locked --path cli --features pdf`
not-made = cannot make the format `{ $format }`: { $why }
wrote = wrote { $path }
no-folder = `{ $path }` is not a folder; give the folder of a repository
not-there = `{ $path }` is not there; give the folder of a repository
own-configuration-ignored = the repository's own redan.yaml is not used (--untrusted)
named-in-configuration = `{ $path }` is named under `packs` in redan.yaml
pack-unreadable = cannot read the pack `{ $path }`: { $why }
pack-empty = `{ $path }` holds no `.redan` file
matrix-without-form = this output format has no form for --matrix; full, markdown, html and json do
baseline-without-form = `{ $form }` does not tell what changed; these do: { $others }
no-severity = `fail-on: { $word }` in redan.yaml is no severity: info, low, medium, high or critical
verdict = { $open } findings are open ({ $confirmed } confirmed, { $possible } possible), { $excepted } excepted; { $read } of { $listed } files read, { $facts } facts
denied =
    { $count ->
        [one] denied by { $policy }: { $text } ({ $count } finding)
       *[other] denied by { $policy }: { $text } ({ $count } findings)
    }
warned =
    { $count ->
        [one] warning by { $policy }: { $text } ({ $count } finding)
       *[other] warning by { $policy }: { $text } ({ $count } findings)
    }
fail-on = open confirmed findings of severity { $severity } or more
incomplete = the analysis is incomplete: see the diagnostics and the skipped files of the report
untranslated =
    { $count ->
        [one] { $count } text of packs in this report has no translation to `{ $language }` and is shown in English
       *[other] { $count } texts of packs in this report have no translation to `{ $language }` and are shown in English
    }
no-address = `--links { $address }` is no web address: give one as https://HOST/OWNER/NAME/blob/COMMIT
result-language = the texts of the result stay in its language, `{ $language }`; scan with `--lang` for another
result-unreadable = `{ $path }` cannot be read: { $why }; give a folder, or a file that `redan scan --output-format json` wrote
result-unknown = `{ $path }` is no result of Redan: { $why }; make one by `redan scan --output-format json -o result.json`
result-form = `{ $path }` has the form { $form } of results, and this program reads { $own }: scan again
no-relation = there is no threat or relation `{ $name }`
not-understood = the condition could not be understood
no-code = there is no error `{ $code }`; codes are RDN and four digits, as in `{ $example }`
no-finding = there is no finding `{ $id }` in `{ $path }`; `redan scan --output-format concise` lists them (give the repository with --path)
no-item = there is no rule, kind or relation `{ $name }`
item-forms = ; a finding is `RF-…`, an error `RDN…`, a fact a condition as `a -> b`
binding-form = a binding is written `variable=value`; the variables of { $rule } are { $variables }
no-variable = { $rule } has no variable `{ $name }`; it has { $variables }
no-such-name = nothing in this repository is called `{ $name }`
pack-without-threats = the pack `{ $name }` has no threats
no-pack = there is no pack `{ $name }`
wrote-files =
    { $count ->
        [one] wrote { $count } file below { $folder }
       *[other] wrote { $count } files below { $folder }
    }
no-chapter = `{ $path }` has no chapter for the library: add the line `{ $line }`
unreadable = cannot read `{ $path }`: { $why }
checked = { $packs } packs, { $kinds } kinds, { $relations } relations, { $threats } threats
checked-with = { $sum }: { $errors } errors, { $warnings } warnings
no-kind = there is no kind or relation `{ $name }`
kind-is-path = ; a repository is given with --path
kinds-listed = ; `redan facts` alone lists them
facts-found = Found in files
facts-elements = Elements of the model
facts-relations = Relations
facts-hint = `redan facts KIND` prints the members of one.
would-change = would change: { $path }
formatted = formatted { $path }
no-pack-file = no `.redan` file was found
looked-at-changed =
    { $count ->
        [one] { $count } file looked at, { $changed } changed
       *[other] { $count } files looked at, { $changed } changed
    }
looked-at-would =
    { $count ->
        [one] { $count } file looked at, { $changed } would change
       *[other] { $count } files looked at, { $changed } would change
    }
unlisted = cannot list `{ $path }`: { $why }
no-lint = no finding is of the lint `{ $name }`
lint-findings =
    { $count ->
        [one] { $count } finding
       *[other] { $count } findings
    }
no-component = no component was recovered; { $read } of { $listed } files read, { $facts } facts
coverage-form = `--coverage` has no form `{ $format }`; it is written as text or json
bad-rule-name = `{ $name }` is no name of a rule: lower-case letters, digits and `_`, beginning with a letter
exists = `{ $path }` is there already
no-such-threat = no threat of the packs is like this
no-tests = these packs have no tests: write a page beside the rule, or a `test` item
no-test-named = no test has `{ $text }` in its name
test-failed = FAILED  { $name }
test-sum = { $threats } threats: { $fire } fire in a test, { $silent } are kept silent by one, { $unknown } are shown as possible or say why never; { $deciding } of { $conditions } conditions decide a near miss
test-sum-more = { " " }(--coverage lists the others)
never-fires = no test makes these threats fire ({ $count }):
never-silent = no test keeps these threats silent ({ $count }):
never-unknown = no test shows these threats as possible, and no page says why ({ $count }):
never-deciding = no near miss fails at these conditions alone ({ $count }):
tests-ran = { $passed } passed, { $failed } failed
timings = { "      " }time  step
timings-known = , { $known } of { $read } files known from an earlier run
timings-rules = { "      " }time    rows in   rows out   new rows  rule and its plan
timings-others =
    { $count ->
        [one] { $count } other rule; `redan query --plan` shows those of a condition
       *[other] { $count } other rules; `redan query --plan` shows those of a condition
    }
defect = redan: this is a defect of Redan, not of your input.
defect-report = Please report it with the message above and, if you can, the smallest input that shows it.
step-packs = reading packs
step-extract = reading the repository
step-solve = evaluating rules
step-findings = writing up findings
step-files = reading the repository: { $done } of { $total } files
step-groups = evaluating rules: group { $group } of { $groups }
use-value-missing = a value is required for '{ $argument }' but none was supplied
use-value = invalid value '{ $value }' for '{ $argument }'
use-number = '{ $value }' for '{ $argument }' is no whole number
use-unknown = unexpected argument '{ $argument }' found
use-command = unrecognized subcommand '{ $command }'
use-conflict = the argument '{ $argument }' cannot be used with '{ $other }'
use-twice = the argument '{ $argument }' cannot be used multiple times
use-missing = the following required arguments were not provided: { $argument }
use-no-command = a subcommand is required
use-too-many = unexpected value '{ $value }' for '{ $argument }' found; no more were expected
use-no-text = an argument is no valid text (UTF-8)
use-possible = { "[" }possible values: { $values }]
use-meant = tip: did you mean '{ $name }'?
use-usage = Usage: { $usage }
use-help = For more information, try '--help'.
