//! Translates expressions of Entra's attribute mappings to CEL. `[mail]` is a field, `=` and `<>` compare, an
//! omitted argument is `null`, a backslash escapes itself and a quote. `AND` and `OR` are additions: Entra's
//! language does not have them.

/// An expression in CEL, with the original place of each part.
pub(super) struct CelText {
    pub(super) text: String,
    /// Pairs of a place in the CEL text and its place in the original, in characters, ascending.
    places: Vec<(usize, usize)>,
}

impl CelText {
    /// The place in the original text of a place in the CEL text.
    pub(super) fn place(&self, of: usize) -> usize {
        let at = self.places.partition_point(|(place, _)| *place <= of);
        at.checked_sub(1).map_or(0, |at| self.places[at].1)
    }
}

struct Translator<'a> {
    characters: Vec<char>,
    at: usize,
    variable: &'a str,
    made: String,
    length: usize,
    places: Vec<(usize, usize)>,
    /// Whether a value must come next. A comma or a closing bracket then means an omitted argument.
    wants_value: bool,
}

/// The error for an expression in Entra's language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct EntraError {
    /// The place in the expression, in characters from 0.
    pub(super) place: usize,
    message: String,
}

impl EntraError {
    fn new(place: usize, message: impl Into<String>) -> Self {
        Self {
            place,
            message: message.into(),
        }
    }
}

/// Translates an expression.
///
/// # Errors
/// If a bracket or a quote has no end, or if a character or a number is not part of Entra's language.
pub(super) fn translate(text: &str, variable: &str) -> Result<CelText, EntraError> {
    let characters = text.chars().collect();
    let mut translator = Translator {
        characters,
        at: 0,
        variable,
        made: String::new(),
        length: 0,
        places: Vec::new(),
        wants_value: false,
    };
    while translator.at < translator.characters.len() {
        translator.token()?;
    }
    Ok(CelText {
        text: translator.made,
        places: translator.places,
    })
}

impl Translator<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    /// Writes a part of the CEL text. The original of the part starts at `from`.
    fn write(&mut self, part: &str, from: usize) {
        self.places.push((self.length, from));
        self.length += part.chars().count();
        self.made.push_str(part);
    }

    fn token(&mut self) -> Result<(), EntraError> {
        let start = self.at;
        let first = self.characters[start];
        let made = match first {
            _ if first.is_whitespace() => {
                self.at += 1;
                self.write(" ", start);
                return Ok(());
            }
            '[' => self.attribute()?,
            '"' => self.quoted()?,
            '&' => self.hexadecimal()?,
            '(' | ',' | ')' => {
                self.punctuation(first);
                return Ok(());
            }
            '=' | '<' | '>' => {
                let pair = (first, self.peek(1));
                let (made, length) = match pair {
                    ('<', Some('>')) => ("!=", 2),
                    ('<', Some('=')) => ("<=", 2),
                    ('>', Some('=')) => (">=", 2),
                    ('=', Some('=')) => ("==", 2),
                    ('=', _) => ("==", 1),
                    ('<', _) => ("<", 1),
                    _ => (">", 1),
                };
                self.at += length;
                made.to_owned()
            }
            '-' => {
                self.at += 1;
                "-".to_owned()
            }
            _ if first.is_ascii_digit() => self.run(|character| character.is_ascii_digit()),
            _ if first.is_ascii_alphabetic() || first == '_' => self.word(),
            _ => return Err(EntraError::new(start, format!("`{first}` means nothing here"))),
        };
        self.wants_value = false;
        self.write(&made, start);
        Ok(())
    }

    fn punctuation(&mut self, mark: char) {
        let start = self.at;
        if self.wants_value && mark == ','
            || self.wants_value && mark == ')' && self.made.trim_end().ends_with(',')
        {
            self.write("null", start);
        }
        self.at += 1;
        self.wants_value = mark != ')';
        self.write(&mark.to_string(), start);
    }

    fn run(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.peek(0).is_some_and(&belongs) {
            self.at += 1;
        }
        self.characters[start..self.at].iter().collect()
    }

    /// Reads an attribute: `[mail]`.
    fn attribute(&mut self) -> Result<String, EntraError> {
        let start = self.at;
        let end = self.characters[start..]
            .iter()
            .position(|character| *character == ']')
            .ok_or_else(|| EntraError::new(start, "`[` has no `]`"))?;
        let name: String = self.characters[start + 1..start + end].iter().collect();
        if name.trim().is_empty() {
            return Err(EntraError::new(start, "`[]` names no attribute"));
        }
        self.at = start + end + 1;
        Ok(format!("{}[{}]", self.variable, literal(name.trim())))
    }

    /// Reads a text in quotes. A backslash before a backslash or a quote is an escape; any other backslash is
    /// text.
    fn quoted(&mut self) -> Result<String, EntraError> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => return Err(EntraError::new(start, "this quote has no end")),
                (Some('"'), _) => break,
                (Some('\\'), Some(escaped @ ('\\' | '"'))) => {
                    text.push(escaped);
                    self.at += 2;
                }
                (Some(character), _) => {
                    text.push(character);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        Ok(literal(&text))
    }

    /// Reads a hexadecimal number: `&HF7`.
    fn hexadecimal(&mut self) -> Result<String, EntraError> {
        let start = self.at;
        if !matches!(self.peek(1), Some('H' | 'h')) {
            return Err(EntraError::new(
                start,
                "`&` begins a number, as `&HF7`; texts are put together with `Join` or `Append`",
            ));
        }
        self.at += 2;
        let digits = self.run(|character| character.is_ascii_hexdigit());
        if digits.is_empty() {
            return Err(EntraError::new(start, "`&H` has no digits"));
        }
        Ok(format!("0x{digits}"))
    }

    /// Reads a function, `AND`, `OR`, or a word that is a value.
    fn word(&mut self) -> String {
        let word = self.run(|character| character.is_ascii_alphanumeric() || character == '_');
        match word.as_str() {
            "AND" | "And" | "and" => "&&".to_owned(),
            "OR" | "Or" | "or" => "||".to_owned(),
            "True" | "true" => "true".to_owned(),
            "False" | "false" => "false".to_owned(),
            "vbTextCompare" | "vbBinaryCompare" => literal(&word),
            _ => word,
        }
    }
}

/// A text as a CEL literal.
fn literal(text: &str) -> String {
    let mut made = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => made.push_str("\\\""),
            '\\' => made.push_str("\\\\"),
            '\n' => made.push_str("\\n"),
            '\r' => made.push_str("\\r"),
            '\t' => made.push_str("\\t"),
            character => made.push(character),
        }
    }
    made.push('"');
    made
}
