# The words of the program in reports. Keys are those of `Text` in src/texts.rs.
# A variable called $count chooses between singular and plural.

comma = ,{ " " }
space = { " " }
in-brackets = { " " }({ $text })
report-title = Threat model of { $system }
findings =
    { $count ->
        [one] { $count } finding
       *[other] { $count } findings
    }
findings-heading = Findings
summary = Summary
summary-line = { $open } open: { $confirmed } confirmed, { $possible } possible; { $excepted } excepted
architecture-rules = { $holding } of { $all } rules of architecture hold
architecture-broken = { $sum }; broken: { $broken }
looked-at = { $read } of { $listed } files read; components: { $components }, flows: { $flows }, entry points: { $entries }
no-findings = No open findings.
total = total
why-severity = why { $severity }
questions = to settle it
questions-bounded = there were too many combinations of answers to try: some of these may not matter, others may follow
questions-heading = Open questions
mitigation = do
for = for { $technology }
evidence = evidence
also-seen = also
no-place = no place in the files
assets = at stake
excepted = excepted: { $reason }
until = until { $date }
expired = expired on { $date }
system = System
overview = System overview
boundaries = Boundaries
components = Components
flows = Flows
entry-points = Entry points
data = Data
technology = Technology
name = Name
kind = Kind
boundary = Boundary
protocol = Protocol
encrypted = Encrypted
authenticated = Authenticated
carries = Carries
seen-at = Seen at
crosses = crosses a boundary
yes = yes
no = no
unknown = unknown
drift = Model and repository differ
drift-attribute = { $element }: the model says { $attribute } is { $stated }, found { $found }
drift-missing = { $element } is in the model but was not found
drift-documents = Design documents and repository differ
drift-document-attribute = { $element }: the documents say { $attribute } is { $stated }, found { $found }
drift-not-found = { $element } is documented but was not found
drift-not-documented = { $element } was found but is not documented
purpose = Purpose
quoted = “{ $text }”
posture = Security posture
entry-points-authenticated = entry points that require an authenticated caller
flows-encrypted = flows that are encrypted
crossing-flows-encrypted = flows across a boundary that are encrypted
flows-authenticated = flows with an authenticated caller
stores-encrypted = stores that are encrypted at rest
stores-authenticate = stores that ask for credentials
sensitive-assets = Data, the most sensitive first
stored-in = in { $stores }
carried-by = on { $flows }
assumptions = Taken for granted
assumed-of = { $assumption }: { $elements }
default-of =
    { $count ->
        [one] { $kind }.{ $attribute } is { $value } where nothing says otherwise: { $count } element
       *[other] { $kind }.{ $attribute } is { $value } where nothing says otherwise: { $count } elements
    }
is-encrypted = encrypted
is-authenticated = authenticated
not-seen = Not seen
coverage = { $read } of { $listed } files read, { $parsed } parsed, { $facts } facts
coverage-heading = Coverage
coverage-of = Coverage of { $system }
languages = Languages and formats
files = files
lines = lines
files-read = read
files-parsed = parsed
files-partial = in parts
error-bytes = in error nodes
nothing-reads = Kinds of files that nothing reads
technologies = Technologies
found-by-packs = What the packs found
libraries-recognised = Well-known libraries that a pack understands
libraries-unknown = Well-known libraries that no pack understands
imported-by =
    { $count ->
        [one] imported by { $count } file, first in { $place }
       *[other] imported by { $count } files, first in { $place }
    }
none-such = none
skipped-files =
    { $count ->
        [one] { $count } file skipped
       *[other] { $count } files skipped
    }
and-more = and { $count } more
untranslated =
    { $count ->
        [one] { $count } text of packs has no translation and is in English
       *[other] { $count } texts of packs have no translation and are in English
    }
unseen-files = no extractor looks at: { $kinds }
rules-ran =
    { $count ->
        [one] { $count } rule ran
       *[other] { $count } rules ran
    }
rules-idle = { $count } had nothing to look at
rules-disabled = { $count } disabled
changes = Exceptions, overrides and disabled rules
incomplete = The analysis is incomplete: something below was not seen, so more threats may exist.
policy = Policy
denied = failed
warned = warning
derivation = why it holds
references = References
versions = Made by { $tool } { $version } with { $packs }
reason-base = the rule's own severity
reason-override = overridden to { $severity }
reason-raise = raised to { $severity }
reason-lower = lowered to { $severity }
stride-spoofing = Spoofing
stride-tampering = Tampering
stride-repudiation = Repudiation
stride-disclosure = Information disclosure
stride-denial = Denial of service
stride-elevation = Elevation of privilege
risk-info = info
risk-low = low
risk-medium = medium
risk-high = high
risk-critical = critical
confirmed = confirmed
possible = possible
shape-actor = Actors
shape-external = Externals
shape-process = Processes
shape-store = Stores
origin-found = found
origin-stated = stated
origin-default = by default
origin-absent = absent
origin-unknown = unknown
origin-computed = computed
origin-above = as above
origin-cut = more is not shown
nothing-holds = nothing gives { $what }; `redan why-not` tells what is missing of a rule
why-not-holds =
    { $count ->
        [one] { $rule } holds: { $count } match
       *[other] { $rule } holds: { $count } matches
    }
why-not-no-rule = no rule concludes { $rule }
why-not-nearest = nearest, { $met } of { $all } conditions: { $bindings }
why-not-first = the first that nothing meets
why-not-bounded = the search was cut short; there may be a nearer match
rows =
    { $count ->
        [one] { $count } row
       *[other] { $count } rows
    }
no-facts = no facts
cleartext = not encrypted
unauthenticated = not authenticated
skip-too-large = too large
skip-link = a link, not followed
skip-not-regular = not a regular file
skip-ignored = ignored
skip-unreadable = not readable
skip-binary = not text
skip-too-deep = nested too deeply
skip-too-many = too many files
skip-bad-name = a name that is not text
skip-syntax = not parsed
skip-limit = a limit was hit
matrix = STRIDE matrix
matrix-possible = not decided
matrix-excepted = excepted
matrix-ruled-out = ruled out by a fact
matrix-not-met = nothing of what the rules look for
matrix-no-rule = no rule
matrix-hidden =
    { $count ->
        [one] { $count } more row is in the JSON report
       *[other] { $count } more rows are in the JSON report
    }
matrix-left-out =
    { $count ->
        [one] { $count } element was not looked at, because there are too many
       *[other] { $count } elements were not looked at, because there are too many
    }
matrix-open = Not decided, and what to ask
matrix-controls = Ruled out, and by what
matrix-against = against `{ $condition }`
rules =
    { $count ->
        [one] { $count } threat
       *[other] { $count } threats
    }
library = The rule library
library-lead = The threats of the packs that come with Redan, a page each.
pack = Pack
threat = Threat
severity = Severity
statement = What can happen
logic = When it is reported
detection = How to notice it
false-positives = Known false positives
what-to-do = What to do
with-technology = With { $technology }
examples = Tests
maturity-is = maturity: { $maturity }
raised-if = raised to { $severity } if
lowered-if = lowered to { $severity } if
disabled-here = disabled
certainty = Certainty
status = Status
status-open = open
category = Category
rule = Rule
reason = Reason
file = File
line = Line
detail = Detail
question = Question
from = From
to = To
number = Number
fix-first = To fix first
to-settle = Possible, with the question that settles it
more-findings =
    { $count ->
        [one] { $count } more finding
       *[other] { $count } more findings
    }
left-out-of-comment =
    { $count ->
        [one] { $count } finding is left out: a comment has at most { $most } characters.
       *[other] { $count } findings are left out: a comment has at most { $most } characters.
    }
left-out-of-document =
    { $count ->
        [one] { $count } finding is left out: a summary of a CI step has at most { $most }.
       *[other] { $count } findings are left out: a summary of a CI step has at most { $most }.
    }
incomplete-in-short = The analysis is incomplete: not everything was seen, so more threats may exist.
made-by = Made by { $tool } { $version }
since-heading = What changed
since-line = { $new } new, { $gone } gone, { $changed } changed, { $unchanged } unchanged
since-other-rules = { $sum }; the rules are of another version too, and some of this may come from them
since-new = new
since-gone = gone
since-changed = changed
since-unchanged = unchanged
since-excepted = excepted
internet-facing = reachable from the internet
diagram = Data-flow diagram
diagram-of = Data flows of { $system }
other-elements = elements outside these boundaries
element-count =
    { $count ->
        [one] { $count } element
       *[other] { $count } elements
    }
flow-count =
    { $count ->
        [one] { $count } flow
       *[other] { $count } flows
    }
left-out =
    { $count ->
        [one] { $count } element without flows and findings, or beyond the largest number of figures, is not drawn
       *[other] { $count } elements without flows and findings, or beyond the largest number of figures, are not drawn
    }
flows-left-out =
    { $count ->
        [one] { $count } more flow is not drawn
       *[other] { $count } more flows are not drawn
    }
legend-actor = actor, external system
legend-process = process
legend-store = store
legend-zone = trust boundary
legend-flow = flow
legend-crossing = flow that crosses a boundary
legend-confirmed = worst severity, number of findings
legend-possible = all of them only possible
legend = What the symbols mean
split-diagram = The system is too large for one figure. The first shows each trust boundary as one node; the others show what is in them.
zoom-in = zoom in
zoom-out = zoom out
zoom-reset = whole figure
skip-to-content = skip to the report
threat-model = Threat model
steps-at = Steps: see
threats-in-table-only =
    { $count ->
        [one] { $count } of them has no entry below: see the page (HTML) or the JSON report
       *[other] { $count } of them have no entry below: see the page (HTML) or the JSON report
    }
contents = Contents
by-category = Open findings by category and severity
more-like-it = and { $count } more of the same rule
status-excepted = excepted
passed = passed
filter = Filter the findings
search = Search
title = Title
element = Component or flow
all = all
reset-filter = show all
shown-of = { $shown } of { $all } findings shown
path-label = in the diagram
internet = From the internet
known = What is known
trust = Trust
around = Inside
label = Label
how-derived = how it was derived
questions-about = What no file shows and no model states. An answer in a model settles the findings beside it; the questions that settle most come first.
read-as = read as
messages = Messages
rules-heading = Rules
rule-ran = ran
drift-heading = Drift
class = Class
stores = Stores
rule-idle = nothing to look at
rule-disabled = disabled
packs = Packs
version = Version
reproduce-heading = How to get this report again
reproduce = With redan { $version } and the packs above, in the folder that was scanned. The same input gives the same report.
