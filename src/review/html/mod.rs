//! A plan as one HTML file that opens without a network. Its policy allows only the script and the style
//! inside the file, by their digests. The plan is data in the file, which the script shows as text nodes. No
//! foreign text is ever read as HTML.

mod data;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::standing::headline;
use crate::plan::{Plan, standing};

pub(super) const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const BODY: &str = include_str!("page.html");

/// The plan as a page. `notice` is our own text, for example that names are redacted. It is shown at the
/// head.
pub fn html(plan: &Plan, notice: Option<&'static str>) -> String {
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action \
         'none'",
        content_hash(SCRIPT),
        content_hash(STYLE)
    );
    let mut data = data::of(plan);
    data["notice"] = notice.into();
    [
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
        &format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n"),
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta \
         name=\"color-scheme\" content=\"light dark\">\n",
        "<meta name=\"referrer\" content=\"no-referrer\">\n<title>wpsync plan</title>\n<style>",
        STYLE,
        "</style>\n</head>\n<body>\n<noscript><p>",
        &format!(
            "{} Digest: {}. The changes are drawn by the script in this file; allow it, or use another \
             format.",
            headline(&standing(plan)),
            plan.digest
        ),
        "</p></noscript>\n",
        BODY,
        "<script type=\"application/json\" id=\"plan\">",
        &inert(&data),
        "</script>\n<script>",
        SCRIPT,
        "</script>\n</body>\n</html>\n",
    ]
    .concat()
}

/// JSON that cannot end a script element or begin a comment. JSON has angle brackets only inside strings,
/// where `\u003c` means the same.
fn inert(json: &serde_json::Value) -> String {
    json.to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// The digest by which a content security policy allows a script or a style.
pub(super) fn content_hash(content: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(content))
}
