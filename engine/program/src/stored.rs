//! A checked program as bytes, so that the library is compiled once, when Redan is built, and not at each start.
//!
//! Three parts stand one after the other, each with its length before it: the program without its rules and
//! origins, the rules, the origins. They are of like size and are read on all threads. The format is that of
//! one build and no other: it is never kept in a file.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ir::{Origin, Program, Rule};

/// The bytes of a program. `None` if it holds what has no stored form, which no program does.
pub fn encode(program: &Program) -> Option<Vec<u8>> {
    let rest = Program { rules: Arc::default(), origins: vec![], ..program.clone() };
    let mut out = vec![];
    add(&mut out, &rest)?;
    add(&mut out, program.rules.as_ref())?;
    add(&mut out, &program.origins)?;
    Some(out)
}

/// The program of these bytes; none if they are not those of a program of this build.
pub fn decode(bytes: &[u8]) -> Option<Program> {
    let (rest, bytes) = part(bytes)?;
    let (rules, bytes) = part(bytes)?;
    let (origins, bytes) = part(bytes)?;
    if !bytes.is_empty() {
        return None;
    }
    let (rest, (rules, origins)) = rayon::join(
        || read::<Program>(rest),
        || rayon::join(|| read::<Vec<Rule>>(rules), || read::<Vec<Origin>>(origins)),
    );
    Some(Program { rules: Arc::new(rules?), origins: origins?, ..rest? })
}

fn add(out: &mut Vec<u8>, part: &(impl Serialize + ?Sized)) -> Option<()> {
    let bytes = postcard::to_allocvec(part).ok()?;
    out.extend(u32::try_from(bytes.len()).ok()?.to_le_bytes());
    out.extend(bytes);
    Some(())
}

fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, bytes) = bytes.split_first_chunk::<4>()?;
    bytes.split_at_checked(u32::from_le_bytes(*length) as usize)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (value, left) = postcard::take_from_bytes(bytes).ok()?;
    left.is_empty().then_some(value)
}

/// A function is stored by its name.
pub(crate) mod function {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::functions::{self, Function};

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(crate) fn serialize<S: Serializer>(
        function: &&'static Function,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        function.name.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<&'static Function, D::Error> {
        let name = <&str>::deserialize(deserializer)?;
        functions::function(name).ok_or_else(|| D::Error::custom("no such function"))
    }
}
