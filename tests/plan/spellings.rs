//! When two spellings are one name, when two names, and when the second is held because it only looks like
//! the first: on a service that knows no case in names, and on one that does.

use wpsync::plan::{Action, HeldReason};

use crate::support::{Company, group, user};

/// What is declared, what is live, and what becomes of the declared one: `same`, it is the live one;
/// `different`, it is made; else it is held, by this rule. First where names have no case, then where they
/// have.
const SPELLINGS: &[(&str, &str, &str, &str)] = &[
    ("ada", "ada", "same", "same"),
    ("ada", "Ada", "same", "case"),
    ("ADA@EXAMPLE.COM", "ada@example.com", "same", "case"),
    ("\u{c9}lan", "\u{e9}lan", "same", "case"),
    ("\u{3a9}mega", "\u{3c9}mega", "same", "case"),
    (
        "\u{414}\u{418}\u{41c}\u{410}",
        "\u{434}\u{438}\u{43c}\u{430}",
        "same",
        "case",
    ),
    ("\u{ff21}da", "\u{ff41}da", "same", "case"),
    ("\u{1c4}", "\u{1c6}", "same", "case"),
    ("\u{1c5}", "\u{1c6}", "case folding", "case folding"),
    ("mike", "mi\u{212a}e", "case folding", "case folding"),
    ("MIKE", "mi\u{212a}e", "case folding", "case folding"),
    ("mi\u{212a}e", "mi\u{212a}e", "same", "same"),
    ("\u{212b}sa", "\u{e5}sa", "case folding", "case folding"),
    ("\u{212b}sa", "\u{c5}sa", "case folding", "case folding"),
    ("\u{2126}mega", "\u{3c9}mega", "case folding", "case folding"),
    ("ma\u{df}e", "masse", "case folding", "case folding"),
    ("MASSE", "ma\u{df}e", "case folding", "case folding"),
    ("stra\u{1e9e}e", "stra\u{df}e", "case folding", "case folding"),
    ("\u{17f}am", "sam", "case folding", "case folding"),
    ("\u{fb01}n", "fin", "case folding", "case folding"),
    ("\u{149}a", "\u{2bc}na", "case folding", "case folding"),
    ("\u{130}da", "i\u{307}da", "case folding", "case folding"),
    (
        "\u{3b5}\u{3c3}\u{3c2}",
        "\u{3b5}\u{3c3}\u{3c3}",
        "case folding",
        "case folding",
    ),
    (
        "jos\u{e9}",
        "jose\u{301}",
        "the composition of accents",
        "the composition of accents",
    ),
    (
        "JOS\u{c9}",
        "jose\u{301}",
        "the composition of accents",
        "the composition of accents",
    ),
    (
        "n\u{303}o",
        "\u{f1}o",
        "the composition of accents",
        "the composition of accents",
    ),
    (
        "\u{ac00}",
        "\u{1100}\u{1161}",
        "the composition of accents",
        "the composition of accents",
    ),
    (
        "\u{ff41}\u{ff44}\u{ff41}",
        "ada",
        "width or ligature",
        "width or ligature",
    ),
    ("\u{ff41}da", "ADA", "width or ligature", "width or ligature"),
    (
        "\u{ff8a}\u{ff9d}",
        "\u{30cf}\u{30f3}",
        "width or ligature",
        "width or ligature",
    ),
    ("\u{2460}", "1", "width or ligature", "width or ligature"),
    ("\u{2177}", "viii", "width or ligature", "width or ligature"),
    ("x\u{b2}", "x2", "width or ligature", "width or ligature"),
    ("\u{133}s", "ijs", "width or ligature", "width or ligature"),
    ("\u{1d4ea}da", "ada", "width or ligature", "width or ligature"),
    (
        "Team One",
        "team\u{a0}one",
        "width or ligature",
        "width or ligature",
    ),
    (
        "Team One",
        "Team\u{2003}One",
        "width or ligature",
        "width or ligature",
    ),
    (
        "ad\u{200b}a",
        "ada",
        "invisible characters",
        "invisible characters",
    ),
    ("ada", "ada\u{ad}", "invisible characters", "invisible characters"),
    (
        "ada",
        "\u{feff}ada",
        "invisible characters",
        "invisible characters",
    ),
    (
        "ada",
        "a\u{202e}da",
        "invisible characters",
        "invisible characters",
    ),
    (
        "ada",
        "ada\u{fe0f}",
        "invisible characters",
        "invisible characters",
    ),
    (
        "ada",
        "a\u{2060}da",
        "invisible characters",
        "invisible characters",
    ),
    (
        "ada",
        "ada\u{e0041}",
        "invisible characters",
        "invisible characters",
    ),
    (
        "ada",
        "ad\u{34f}a",
        "invisible characters",
        "invisible characters",
    ),
    ("Team One", "Team  One", "spaces", "spaces"),
    ("Team One", " Team One", "spaces", "spaces"),
    ("Team One", "team  one ", "spaces", "spaces"),
    ("p\u{430}ul", "paul", "confusable letters", "confusable letters"),
    ("\u{440}aul", "paul", "confusable letters", "confusable letters"),
    ("\u{440}aul", "PAUL", "confusable letters", "confusable letters"),
    (
        "g\u{3bf}\u{3bf}gle",
        "google",
        "confusable letters",
        "confusable letters",
    ),
    (
        "\u{440}\u{430}y\u{440}\u{430}l",
        "paypal",
        "confusable letters",
        "confusable letters",
    ),
    ("\u{e6}sop", "aesop", "confusable letters", "confusable letters"),
    ("\u{131}da", "ida", "confusable letters", "confusable letters"),
    ("1da", "lda", "different", "different"),
    ("rnike", "mike", "different", "different"),
    ("O0", "OO", "different", "different"),
    ("ada", "bob", "different", "different"),
    ("ada@example.com", "ada@example.org", "different", "different"),
    ("jose", "jos\u{e9}", "different", "different"),
    ("m\u{fc}ller", "mueller", "different", "different"),
    ("ada.b", "adab", "different", "different"),
    ("ada+x@example.com", "ada@example.com", "different", "different"),
];

fn outcome(company: &Company) -> String {
    let draft = company.draft().expect("a plan");
    let creates = draft
        .changes
        .iter()
        .filter(|change| change.action == Action::Create)
        .count();
    match &draft.remainder.held[..] {
        [] if creates == 0 => "same".into(),
        [] => "different".into(),
        [held] => {
            assert_eq!((held.reason, creates), (HeldReason::Lookalike, 0));
            assert!(draft.changes.is_empty(), "nothing happens to either");
            let (_, rule) = held.message.rsplit_once(", by ").expect("a rule");
            rule.to_owned()
        }
        several => panic!("{several:?}"),
    }
}

#[test]
fn sixty_pairs_of_spellings_are_one_name_two_names_or_held() {
    let mut wrong = Vec::new();
    for (declared, live, without_case, with_case) in SPELLINGS {
        for (case_exact, expected) in [(false, without_case), (true, with_case)] {
            let service = || Company {
                case_exact,
                ..Company::default()
            };
            let person = service()
                .wants(user(&[("userName", declared)]))
                .has_user("1", &[("userName", live)]);
            let team = service().wants(group(declared, &[])).has_group("1", live, &[]);
            for found in [outcome(&person), outcome(&team)] {
                if found != **expected {
                    wrong.push(format!(
                        "{declared:?} {live:?} {case_exact}: {found}, not {expected}"
                    ));
                }
            }
        }
    }
    assert!(SPELLINGS.len() >= 60 && wrong.is_empty(), "{wrong:#?}");
}
