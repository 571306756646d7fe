//! The relations of the pack `core` that reports read by name, beside kinds and threats. An analysis derives them only where its
//! report shows them; a pack without them leaves a section empty.

/// The rules of architecture: name and text.
pub(crate) const RULE: &str = "core.architecture_rule";
/// What each of them was checked on.
pub(crate) const CHECKED: &str = "core.rule_checked";
/// What breaks it.
pub(crate) const BROKEN: &str = "core.rule_broken";
/// Words for components in diagrams of others.
pub(crate) const ANNOTATION: &str = "core.annotation";
/// The same for flows.
pub(crate) const FLOW_ANNOTATION: &str = "core.flow_annotation";
/// Names of components there.
pub(crate) const DFD_NAME: &str = "core.dfd_name";
/// Flows that are not there.
pub(crate) const DFD_OMITS: &str = "core.dfd_omits";

/// Files that say how the system is built.
pub const DESIGN_DOCUMENT: &str = "core.design_document";

/// The components that names in them stand for.
pub(crate) const DOCUMENTED_AS: &str = "core.documented_as";
/// What documents know of all files when they are evaluated by themselves: from which relation, and as which.
pub const HANDED_ON: [(&str, &str); 2] =
    [(DESIGN_DOCUMENT, "core.known_document"), (DOCUMENTED_AS, "core.known_as")];
/// What they say that the system is there for.
pub(crate) const PURPOSE: &str = "core.purpose";
/// What rules took for granted, and of which element.
pub(crate) const ASSUMED: &str = "core.assumed";

/// What every report reads.
pub const REPORT: &[&str] = &[RULE, CHECKED, BROKEN, DESIGN_DOCUMENT, DOCUMENTED_AS, ASSUMED];

/// Well-known libraries that code imports and a pack understands: registry, name, sort, file.
pub(crate) const RECOGNISED: &str = "core.library_recognised";
/// Those that none understands.
pub(crate) const NOT_UNDERSTOOD: &str = "core.library_not_understood";

/// What `redan model --coverage` reads besides.
pub const COVERAGE: &[&str] = &[RECOGNISED, NOT_UNDERSTOOD];

/// What `redan model` reads besides.
pub const MODEL: &[&str] = &[ANNOTATION, FLOW_ANNOTATION, DFD_NAME, DFD_OMITS, PURPOSE];
