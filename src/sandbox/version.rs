//! Conditional requests (RFC 7644, section 3.14; RFC 9110, section 13).

/// Whether a header's list of entity tags contains a version, by weak comparison. `*` contains every version.
pub(super) fn matches(header: &str, version: &str) -> bool {
    header.trim() == "*" || header.split(',').any(|tag| opaque(tag) == opaque(version))
}

fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_compare_weakly() {
        for header in ["W/\"3\"", "\"3\"", "W/\"1\", W/\"3\"", "*"] {
            assert!(matches(header, "W/\"3\""), "{header}");
        }
        assert!(!matches("W/\"30\"", "W/\"3\""));
    }
}
