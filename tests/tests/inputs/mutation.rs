//! Changes of inputs: of bytes, of parts, and of words that parsers treat specially.

/// Words that parsers treat specially.
const WORDS: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[[[[[[[",
    b"null",
    b"true",
    b"0",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"9223372036854775807",
    b"0.1",
    b".",
    b"..",
    b"=",
    b"%00",
    b"%ff",
    b"&",
    b"+",
    b"\r\n",
    b"\n",
    b"\0",
    "\u{feff}".as_bytes(),
    "\u{202e}".as_bytes(),
    b"\xff\xfe",
    b"AAAA",
    b"AA==",
    b"ffffffffffffffff",
    b"sub",
    b"email",
    b"Username",
    b"UserPoolId",
    b"AuthParameters",
    b"ClientId",
    b"Filter",
    b"us-east-1_",
    b"arn:aws:",
    b"https://",
    b"grant_type=",
];

/// The longest input.
const MAX_BYTES: usize = 1 << 15;

/// A source of changed inputs.
pub(super) struct Mutator {
    state: u64,
    inputs: Vec<Vec<u8>>,
}

impl Mutator {
    pub(super) fn new(seed: u64, inputs: Vec<Vec<u8>>) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, inputs }
    }

    /// Returns an input with one to four changes.
    pub(super) fn next(&mut self) -> Vec<u8> {
        let mut input = self.any_input();
        for _ in 0..=self.below(4) {
            self.change(&mut input);
        }
        input.truncate(MAX_BYTES);
        // Some changed inputs are kept for further changes.
        if self.below(16) == 0 && self.inputs.len() < 200 {
            self.inputs.push(input.clone());
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        match self.below(8) {
            0 => input.truncate(at),
            1 => drop(input.splice(at..at, self.any_word())),
            2 => {
                let end = (at + self.below(16)).min(input.len());
                drop(input.splice(at..end, self.any_word()));
            }
            3 => {
                let end = (at + self.below(64)).min(input.len());
                drop(input.drain(at..end));
            }
            4 => {
                let end = (at + self.below(256)).min(input.len());
                let part = input[at..end].to_vec();
                drop(input.splice(at..at, part.repeat(1 + self.below(8))));
            }
            5 => {
                let other = self.any_input();
                let from = self.below(other.len() + 1);
                drop(input.splice(at.., other[from..].iter().copied()));
            }
            _ => {
                let bit = 1 << self.below(8);
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= bit;
                }
            }
        }
    }

    fn any_input(&mut self) -> Vec<u8> {
        let number = self.below(self.inputs.len());
        self.inputs.get(number).cloned().unwrap_or_default()
    }

    fn any_word(&mut self) -> Vec<u8> {
        WORDS[self.below(WORDS.len())].to_vec()
    }

    /// Returns a random number below a limit, from the high bits of xorshift.
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap() % limit.max(1)
    }
}
