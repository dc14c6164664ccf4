//! The pages' own key: what they wrote themselves is known by a keyed hash.

/// The key, the same in every process that serves pages. From it come the marks on forms and notes.
#[derive(Clone)]
pub struct WebKey(pub [u8; 32]);

impl WebKey {
    /// The mark of `parts` used for `purpose`, as hexadecimal text.
    pub(crate) fn mark(&self, purpose: &str, parts: &[&str]) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in [purpose].iter().chain(parts) {
            // With its length before it, no part runs into the next.
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        hex(&hasher.finalize().as_bytes()[..16])
    }

    /// Whether `mark` is that of `parts`; takes as long for a wrong one as for the right one.
    pub(crate) fn is_mark(&self, mark: &str, purpose: &str, parts: &[&str]) -> bool {
        let right = self.mark(purpose, parts);
        let differ = right.bytes().zip(mark.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
        right.len() == mark.len() && differ == 0
    }
}

/// Lower-case hexadecimal text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_of_these_parts_for_this_purpose_by_this_key() {
        let key = WebKey([7; 32]);
        let mark = key.mark("form", &["a", "b"]);
        assert!(key.is_mark(&mark, "form", &["a", "b"]));
        for other in [&["ab", ""][..], &["a", "c"], &["a"], &["a", "b", ""]] {
            assert!(!key.is_mark(&mark, "form", other), "{other:?}");
        }
        assert!(!key.is_mark(&mark, "note", &["a", "b"]));
        assert!(!WebKey([8; 32]).is_mark(&mark, "form", &["a", "b"]));
        assert!(!key.is_mark("", "form", &["a", "b"]));
        assert!(!key.is_mark(&mark[..31], "form", &["a", "b"]));
    }
}
