//! Sets the pages of a report as PDF.
//!
//! Comes in: [`Pages`], which are texts as JSON and pictures as SVG. Goes out: the bytes of a PDF. The typesetter (typst)
//! runs in a world without files, network, packages and clock: it sees the template, the texts, the pictures and our
//! fonts. Texts are data to the template and never markup. This crate must never know what a finding is.

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests, one of which asks another program"
)]
mod tests;

use std::sync::LazyLock;

use redan_report::Pages;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

/// How a report looks.
const TEMPLATE: &str = include_str!("report.typ");

/// Latin first, so that it is chosen where a font has both; `fonts/README.md` says where they come from.
static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let files: [&'static [u8]; 6] = [
        include_bytes!("../fonts/NotoSans-Regular.ttf"),
        include_bytes!("../fonts/NotoSans-Bold.ttf"),
        include_bytes!("../fonts/NotoSansMono-Regular.ttf"),
        include_bytes!("../fonts/NotoSansSymbols2-Regular.ttf"),
        include_bytes!("../fonts/NotoSansJP-Regular.ttf"),
        include_bytes!("../fonts/NotoSansJP-Bold.ttf"),
    ];
    files.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect()
});

/// The report as PDF, or why it cannot be made.
pub fn pdf(pages: &Pages) -> Result<Vec<u8>, String> {
    let document = set(pages)?;
    let options = PdfOptions {
        // No clock, and no name that could differ: the same report gives the same bytes.
        creator: Smart::Custom(Some("redan".to_owned())),
        timestamp: None,
        tagged: false,
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|e| told(&e));
    typst::comemo::evict(0);
    bytes
}

/// The pages with everything in its place.
fn set(pages: &Pages) -> Result<PagedDocument, String> {
    typst::compile(&Desk::new(pages)?).output.map_err(|e| told(&e))
}

/// What the typesetter has to say, in a line.
fn told(problems: &[SourceDiagnostic]) -> String {
    let texts: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    texts.join("; ")
}

/// All that the typesetter can see.
struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    template: Source,
    files: Vec<(FileId, Bytes)>,
}

impl Desk {
    fn new(pages: &Pages) -> Result<Self, String> {
        let template = Source::new(name("report.typ")?, TEMPLATE.to_owned());
        let mut files = vec![(name("report.json")?, Bytes::from_string(pages.text.clone()))];
        for (number, figure) in pages.figures.iter().enumerate() {
            let id = name(&format!("figure-{number}.svg"))?;
            files.push((id, Bytes::from_string(figure.clone())));
        }
        Ok(Self {
            library: LazyHash::new(Library::builder().build()),
            book: LazyHash::new(FontBook::from_fonts(FONTS.iter())),
            template,
            files,
        })
    }
}

/// The name of a file on the desk.
fn name(file: &str) -> Result<FileId, String> {
    let path = VirtualPath::new(file).map_err(|e| e.to_string())?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() {
            Ok(self.template.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = self.files.iter().find(|(name, _)| *name == id);
        found.map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    /// There is no clock.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
