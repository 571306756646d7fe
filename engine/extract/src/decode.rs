//! From the bytes of a file to its text.

use redan_base::SkipReason;

use crate::tree::Problem;

/// How many bytes are looked at to tell text from anything else.
const LOOKED_AT: usize = 8_192;

/// The text of a file: UTF-8, or UTF-16 that says so. A few bytes of another encoding (a name in a comment) are
/// replaced; more of them, or a NUL, are no text.
pub(crate) fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    match bytes.get(..2) {
        Some([0xff, 0xfe]) => return Ok(utf16(&bytes, u16::from_le_bytes)),
        Some([0xfe, 0xff]) => return Ok(utf16(&bytes, u16::from_be_bytes)),
        _ => {}
    }
    if bytes.get(..LOOKED_AT).unwrap_or(&bytes).contains(&0) {
        return Err((SkipReason::Binary, String::new()));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            let bytes = error.into_bytes();
            let bad = bytes.utf8_chunks().filter(|c| !c.invalid().is_empty()).count();
            if bad > 4 && bad > bytes.len() / 100 {
                return Err((SkipReason::Binary, "not in UTF-8".to_owned()));
            }
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.get(2..).unwrap_or_default().chunks_exact(2);
    let units = units.map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let le: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("aé".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(text(le).unwrap(), "aé");
        let be: Vec<u8> = [0xfe, 0xff]
            .into_iter()
            .chain("aé".encode_utf16().flat_map(u16::to_be_bytes))
            .collect();
        assert_eq!(text(be).unwrap(), "aé");
        assert_eq!(text(b"// caf\xe9".to_vec()).unwrap(), "// caf\u{fffd}");
        assert_eq!(text(b"a\0b".to_vec()).unwrap_err().0, SkipReason::Binary);
        assert_eq!(text(vec![0xc0; 600]).unwrap_err().0, SkipReason::Binary);
    }
}
