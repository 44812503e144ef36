//! The bytes of every token, in an order in which those with a common beginning are neighbours.

use crate::scheduler::Token;

/// What a grammar needs to know of a model's tokens.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    pieces: Vec<Piece>,
    bytes: Vec<u8>,
    /// Tokens with text, in the order of their bytes.
    sorted: Vec<Token>,
    /// For each of `sorted`, how many bytes it shares with the one before it.
    shared: Vec<u16>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    begin: u32,
    length: u16,
    ends: bool,
}

impl Vocabulary {
    /// Takes every token in order of its number: its bytes, and whether it ends the turn.
    pub(crate) fn new(tokens: impl IntoIterator<Item = (Vec<u8>, bool)>) -> Self {
        let mut bytes = Vec::new();
        let mut pieces = Vec::new();
        for (piece, ends) in tokens {
            pieces.push(Piece {
                begin: bytes.len() as u32,
                // A token longer than this would be no token; it keeps its place and says nothing.
                length: u16::try_from(piece.len()).unwrap_or(0),
                ends,
            });
            bytes.extend_from_slice(&piece);
        }
        let mut vocabulary = Self {
            pieces,
            bytes,
            sorted: Vec::new(),
            shared: Vec::new(),
        };
        vocabulary.sort();
        vocabulary
    }

    fn sort(&mut self) {
        let mut sorted: Vec<Token> = (0..self.pieces.len())
            .map(Token::at)
            .filter(|token| !self.piece(*token).is_empty() && !self.ends(*token))
            .collect();
        sorted.sort_unstable_by(|a, b| self.piece(*a).cmp(self.piece(*b)));
        let mut shared = Vec::with_capacity(sorted.len());
        let mut before: &[u8] = &[];
        for token in &sorted {
            let piece = self.piece(*token);
            let common = before.iter().zip(piece).take_while(|(a, b)| a == b).count();
            shared.push(common as u16);
            before = piece;
        }
        self.sorted = sorted;
        self.shared = shared;
    }

    /// The bytes of a token; none for one that has no text.
    pub(super) fn piece(&self, token: Token) -> &[u8] {
        let Some(piece) = self.pieces.get(token.index()) else {
            return &[];
        };
        let begin = piece.begin as usize;
        self.bytes
            .get(begin..begin + usize::from(piece.length))
            .unwrap_or(&[])
    }

    /// Whether the token ends the model's turn.
    pub(super) fn ends(&self, token: Token) -> bool {
        self.pieces.get(token.index()).is_some_and(|piece| piece.ends)
    }

    pub(super) fn end_tokens(&self) -> impl Iterator<Item = Token> {
        self.pieces
            .iter()
            .enumerate()
            .filter(|(_, piece)| piece.ends)
            .map(|(index, _)| Token::at(index))
    }

    /// Tokens with text and how many bytes each shares with the one before it.
    pub(super) fn neighbours(&self) -> impl Iterator<Item = (Token, usize)> {
        self.sorted
            .iter()
            .zip(&self.shared)
            .map(|(token, shared)| (*token, usize::from(*shared)))
    }
}
