//! The catalog as one service has it: where attributes stand, under which URN, and how their values are rewritten. Attributes keep
//! their ids, so that everything but the codec need not know.

/// Where an attribute stands at a service, as a dialect writes it: `[URN:]root`, `[URN:]root.sub`, `root[type eq "work"].sub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) extension: Option<Box<str>>,
    pub(crate) root: Box<str>,
    pub(crate) element_type: Option<Box<str>>,
    pub(crate) sub: Option<Box<str>>,
}

impl Place {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-$".contains(&byte));
        let bad = || format!("`{text}` is not a place: [URN:]name, [URN:]name.part, or name[type eq \"work\"].part");
        let (extension, path) = match text.to_ascii_lowercase().starts_with("urn:").then(|| text.rfind(':')).flatten() {
            Some(at) => (Some(text[..at].into()), &text[at + 1..]),
            None => (None, text),
        };
        let (root, rest) = path.split_at(path.find(['[', '.']).unwrap_or(path.len()));
        let (element_type, rest) = match rest.strip_prefix("[type eq \"").and_then(|rest| rest.split_once("\"]")) {
            Some((word, rest)) => (Some(word.into()), rest),
            None => (None, rest),
        };
        let sub = match rest {
            "" => None,
            rest => Some(rest.strip_prefix('.').filter(|sub| is_name(sub)).ok_or_else(bad)?.into()),
        };
        if !is_name(root) || (element_type.is_some() && sub.is_none()) {
            return Err(bad());
        }
        Ok(Self { extension, root: root.into(), element_type, sub })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_scim_paths_are_written() {
        let place = |extension: Option<&str>, root: &str, element_type: Option<&str>, sub: Option<&str>| {
            Ok(Place {
                extension: extension.map(Into::into),
                root: root.into(),
                element_type: element_type.map(Into::into),
                sub: sub.map(Into::into),
            })
        };
        assert_eq!(Place::parse("external_id"), place(None, "external_id", None, None));
        assert_eq!(Place::parse("urn:a:2.0:User:manager.managerId"), place(Some("urn:a:2.0:User"), "manager", None, Some("managerId")));
        assert_eq!(Place::parse("emails[type eq \"office\"].value"), place(None, "emails", Some("office"), Some("value")));
        for bad in ["", "a.b.c", "a.", ".a", "a[x].b", "emails[type eq \"w\"]", "a b"] {
            assert!(Place::parse(bad).is_err(), "{bad}");
        }
    }
}
