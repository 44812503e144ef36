//! Two books at once: what a deployment may spend, and what one key may spend of it. Both holds, or none.

use super::{Book, Hold, Limits, Refusal, Standing};

/// A book and the limits that hold for it.
#[derive(Debug, Clone, Copy)]
pub struct Allowance<'a> {
    /// What was spent.
    pub book: &'a Book,
    /// What may be.
    pub limits: Limits,
}

/// What one request spends from.
#[derive(Debug, Clone, Copy)]
pub struct Allowances<'a> {
    /// That of the deployment, for all its clients.
    pub deployment: Allowance<'a>,
    /// That of the key, where it has one.
    pub key: Option<Allowance<'a>>,
}

/// Whose limit a request met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The deployment's.
    Deployment,
    /// The key's.
    Key,
}

/// A reservation in every book that counts.
#[derive(Debug)]
#[must_use = "settle the holds when the usage is known"]
pub struct Holds {
    deployment: Hold,
    key: Option<Hold>,
}

impl Allowance<'_> {
    fn standing(&self, now_ms: u64) -> Standing {
        self.book.standing(self.limits, now_ms)
    }
}

impl Allowances<'_> {
    /// Takes one request and `estimate` tokens from each, or from none and says whose limit was met.
    pub fn reserve(&self, estimate: u64, now_ms: u64) -> Result<Holds, (Whose, Refusal)> {
        let refused = |whose| move |refusal| (whose, refusal);
        // The key first: one client that asks too much does not even touch what the others share.
        let key = match &self.key {
            Some(key) => Some(
                key.book
                    .reserve(key.limits, estimate, now_ms)
                    .map_err(refused(Whose::Key))?,
            ),
            None => None,
        };
        match self
            .deployment
            .book
            .reserve(self.deployment.limits, estimate, now_ms)
        {
            Ok(deployment) => Ok(Holds { deployment, key }),
            Err(refusal) => {
                if let (Some(allowance), Some(hold)) = (&self.key, key) {
                    allowance.book.cancel(hold);
                }
                Err((Whose::Deployment, refusal))
            }
        }
    }

    /// Corrects every reservation to what was used.
    pub fn settle(&self, holds: Holds, used_tokens: u64) {
        self.deployment.book.settle(holds.deployment, used_tokens);
        if let (Some(allowance), Some(hold)) = (&self.key, holds.key) {
            allowance.book.settle(hold, used_tokens);
        }
    }

    /// Where the limits stand: of two, the one with less left.
    pub fn standing(&self, now_ms: u64) -> Standing {
        let deployment = self.deployment.standing(now_ms);
        let Some(key) = self.key.map(|key| key.standing(now_ms)) else {
            return deployment;
        };
        let (mut tighter, other) = (deployment, key);
        if other.remaining_tokens < tighter.remaining_tokens {
            tighter.remaining_tokens = other.remaining_tokens;
            tighter.limits.tokens_per_minute = other.limits.tokens_per_minute;
        }
        if other.remaining_requests < tighter.remaining_requests {
            tighter.remaining_requests = other.remaining_requests;
            tighter.limits.requests_per_minute = other.limits.requests_per_minute;
        }
        tighter
    }
}

#[cfg(test)]
mod tests {
    use super::super::Limit;
    use super::*;
    use proptest::prelude::*;

    const WIDE: Limits = Limits {
        tokens_per_minute: 500,
        requests_per_minute: 40,
    };
    const NARROW: Limits = Limits {
        tokens_per_minute: 200,
        requests_per_minute: 25,
    };

    fn pair<'a>(deployment: &'a Book, key: &'a Book) -> Allowances<'a> {
        Allowances {
            deployment: Allowance {
                book: deployment,
                limits: WIDE,
            },
            key: Some(Allowance {
                book: key,
                limits: NARROW,
            }),
        }
    }

    #[test]
    fn a_refusal_names_the_limit_and_takes_from_neither_book() {
        let (deployment, one, other) = (Book::default(), Book::default(), Book::default());
        let (first, second) = (pair(&deployment, &one), pair(&deployment, &other));
        let _held = first.reserve(150, 0).expect("fits");
        let (whose, refusal) = first.reserve(100, 1).expect_err("over the key's");
        assert_eq!(
            (whose, refusal.limit, refusal.used, refusal.allowed),
            (Whose::Key, Limit::Tokens, 150, 200)
        );
        assert_eq!(deployment.standing(WIDE, 1).remaining_tokens, 350);

        let _held = second.reserve(200, 2).expect("fits");
        let alone = Allowances { key: None, ..first };
        let _held = alone.reserve(140, 3).expect("fits");
        let (whose, refusal) = first.reserve(20, 4).expect_err("over the deployment's");
        assert_eq!(
            (whose, refusal.limit, refusal.used),
            (Whose::Deployment, Limit::Tokens, 490)
        );
        let standing = one.standing(NARROW, 4);
        assert_eq!((standing.remaining_tokens, standing.remaining_requests), (50, 24));
    }

    #[test]
    fn what_is_shown_is_the_tighter_of_both() {
        let (deployment, key) = (Book::default(), Book::default());
        let both = pair(&deployment, &key);
        assert_eq!(both.standing(0).limits, NARROW);
        let alone = Allowances { key: None, ..both };
        let _held = alone.reserve(450, 0).expect("fits");
        let standing = both.standing(0);
        assert_eq!(
            (standing.remaining_tokens, standing.limits.tokens_per_minute),
            (50, 500)
        );
        assert_eq!(
            (standing.remaining_requests, standing.limits.requests_per_minute),
            (25, 25)
        );
    }

    proptest! {
        // The model: what each book holds is what is held open through it and what was settled in it.
        #[test]
        fn both_books_hold_what_was_admitted_and_no_more(
            steps in prop::collection::vec((0u64..120, 0u64..150, 0usize..3, any::<bool>()), 1..80)
        ) {
            let (deployment, keys) = (Book::default(), [Book::default(), Book::default()]);
            let allowances = [pair(&deployment, &keys[0]), pair(&deployment, &keys[1]), Allowances { key: None, ..pair(&deployment, &keys[0]) }];
            let (mut tokens, mut requests) = ([0u64; 3], [0u32; 3]);
            let mut open = Vec::new();
            for (estimate, used, whose, settle) in steps {
                if let Ok(holds) = allowances[whose].reserve(estimate, 7) {
                    for at in [whose, 2].into_iter().take(if whose == 2 { 1 } else { 2 }) {
                        tokens[at] += estimate;
                        requests[at] += 1;
                    }
                    open.push((holds, estimate, used, whose));
                    prop_assert!(tokens[0] <= 200 && tokens[1] <= 200 && tokens[2] <= 500);
                    prop_assert!(requests[0] <= 25 && requests[1] <= 25 && requests[2] <= 40);
                }
                if settle && let Some((holds, estimate, used, whose)) = open.pop() {
                    let used = used.min(estimate);
                    allowances[whose].settle(holds, used);
                    for at in [whose, 2].into_iter().take(if whose == 2 { 1 } else { 2 }) {
                        tokens[at] = tokens[at] - estimate + used;
                    }
                }
                for (book, limits, at) in [(&keys[0], NARROW, 0), (&keys[1], NARROW, 1), (&deployment, WIDE, 2)] {
                    let standing = book.standing(limits, 7);
                    prop_assert_eq!(u64::from(standing.remaining_tokens), u64::from(limits.tokens_per_minute) - tokens[at]);
                    prop_assert_eq!(standing.remaining_requests, limits.requests_per_minute - requests[at]);
                }
            }
        }
    }
}
