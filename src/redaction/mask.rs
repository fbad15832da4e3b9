//! Masks: they show the first letter and hide the length.

/// Masks `ada@example.com` as `a***@e***`, and `Ada Lovelace` as `A***`.
pub(super) fn mask(text: &str) -> String {
    match text.split_once('@') {
        Some((local, domain)) => format!("{}@{}", letter(local), letter(domain)),
        None => letter(text),
    }
}

fn letter(text: &str) -> String {
    text.chars()
        .next()
        .map_or_else(String::new, |first| format!("{first}***"))
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn the_first_letters_stay() {
        for (text, masked) in [
            ("ada@example.com", "a***@e***"),
            ("李小龍", "李***"),
            ("", ""),
            ("@", "@"),
            ("a@b@c", "a***@b***"),
            ("x", "x***"),
        ] {
            assert_eq!(mask(text), masked);
        }
    }
}
