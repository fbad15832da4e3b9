//! OpenSSH's pattern lists: `ada@example.com`, `*@example.com,!temp-*`.

/// Whether a list of patterns covers a text: at least one pattern matches, and no negated pattern does. Upper
/// and lower case differ, as in OpenSSH.
pub(super) fn covers(list: &str, text: &str) -> bool {
    let mut covered = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(negated) if matches(negated.as_bytes(), text.as_bytes()) => return false,
            None if matches(pattern.as_bytes(), text.as_bytes()) => covered = true,
            _ => {}
        }
    }
    covered
}

/// Whether a pattern is a plain name, without wildcards or negation.
pub(super) fn is_name(pattern: &str) -> bool {
    !pattern.is_empty() && !pattern.starts_with('!') && !pattern.contains(['*', '?'])
}

/// Matches a pattern in which `*` is any text and `?` is any one byte. After a mismatch, the last `*` takes
/// one byte more, so the work is at most the pattern's length times the text's length.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut here) = (0, 0);
    let mut star = None;
    while here < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, here));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[here] => {
                at += 1;
                here += 1;
            }
            _ => {
                let Some((star_at, taken)) = star else {
                    return false;
                };
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                here = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_openssh_says() {
        for (list, text, expected) in [
            ("ada", "ada", true),
            ("ada", "Ada", false),
            ("ada,bob", "bob", true),
            ("*@example.com", "ada@example.com", true),
            ("*@example.com,!temp*", "temp1@example.com", false),
            ("!temp*,*", "temp1", false),
            ("!temp*", "ada", false),
            ("a?a", "ada", true),
            ("a?a", "aa", false),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("*", "", true),
            ("", "", true),
            ("", "ada", false),
        ] {
            assert_eq!(covers(list, text), expected, "{list} {text}");
        }
    }
}
