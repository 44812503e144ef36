//! Which texts go into the next batch: some of every request that is being answered, so that one with thousands of texts
//! does not keep the others waiting.
//!
//! Nothing here knows llama.cpp: the encoder is a trait.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use crate::queue::Waiting;
use crate::scheduler::Token;

/// What the collector needs of a model.
pub(crate) trait Encoder {
    /// One vector for each text.
    fn encode(&mut self, texts: &[&[Token]]) -> Result<Vec<Vec<f32>>, EncodeError>;
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the texts could not be computed: {0}")]
pub(crate) struct EncodeError(pub(crate) String);

/// One vector for each text of a request, in its order.
pub(crate) type Vectors = Result<Vec<Vec<f32>>, EncodeError>;

/// A request that is ready to run.
pub(crate) struct Job {
    /// Each fits a batch and has at least one token.
    pub(crate) texts: Vec<Vec<Token>>,
    /// Closed once the client has left.
    pub(crate) reply: oneshot::Sender<Vectors>,
}

impl Waiting for Job {
    fn abandoned(&self) -> bool {
        self.reply.is_closed()
    }
}

/// The bounds of a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Requests whose texts share the batches.
    pub(crate) jobs_max: usize,
    pub(crate) texts_max: usize,
    /// Tokens at which a batch is full; a longer text is a batch alone.
    pub(crate) tokens_max: usize,
}

/// The requests that are being answered.
pub(crate) struct Collector {
    limits: Limits,
    /// The one in front gives the first text of the next batch.
    running: VecDeque<Running>,
}

struct Running {
    job: Job,
    /// Of the texts before `vectors.len()`, all are computed.
    vectors: Vec<Vec<f32>>,
    /// How many texts the batch being made takes.
    taken: usize,
}

impl Running {
    fn next(&self) -> Option<&[Token]> {
        let text = self.job.texts.get(self.vectors.len() + self.taken)?;
        Some(text.as_slice())
    }
}

impl Collector {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            running: VecDeque::with_capacity(limits.jobs_max),
        }
    }

    /// Requests that are being answered.
    pub(crate) fn busy(&self) -> usize {
        self.running.len()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.running.len() < self.limits.jobs_max
    }

    /// Takes a request. Call only when there is room.
    pub(crate) fn admit(&mut self, job: Job) {
        self.running.push_back(Running {
            vectors: Vec::with_capacity(job.texts.len()),
            job,
            taken: 0,
        });
    }

    /// Computes one batch for those who still listen, and answers those that have everything.
    pub(crate) fn step(&mut self, encoder: &mut impl Encoder) {
        self.running.retain(|running| !running.job.abandoned());
        let owners = self.take();
        if !owners.is_empty() {
            let outcome = self.encode(&owners, encoder);
            self.hand_out(&owners, outcome);
        }
        self.answer();
        // The next batch begins with somebody else.
        if !self.running.is_empty() {
            self.running.rotate_left(1);
        }
    }

    /// Chooses the texts of a batch, in rounds of one text for each request, and says whose they are.
    fn take(&mut self) -> Vec<usize> {
        let mut owners = Vec::new();
        let mut tokens = 0;
        loop {
            let before = owners.len();
            for (index, running) in self.running.iter_mut().enumerate() {
                let Some(text) = running.next() else { continue };
                let fits = tokens + text.len() <= self.limits.tokens_max || owners.is_empty();
                if fits && owners.len() < self.limits.texts_max {
                    tokens += text.len();
                    running.taken += 1;
                    owners.push(index);
                }
            }
            if owners.len() == before {
                return owners;
            }
        }
    }

    fn encode(&mut self, owners: &[usize], encoder: &mut impl Encoder) -> Vectors {
        for running in &mut self.running {
            running.taken = 0;
        }
        let mut offsets = vec![0; self.running.len()];
        let mut texts: Vec<&[Token]> = Vec::with_capacity(owners.len());
        for owner in owners {
            let running = &self.running[*owner];
            texts.push(&running.job.texts[running.vectors.len() + offsets[*owner]]);
            offsets[*owner] += 1;
        }
        encoder.encode(&texts)
    }

    fn hand_out(&mut self, owners: &[usize], outcome: Vectors) {
        match outcome {
            Ok(vectors) => {
                for (owner, vector) in owners.iter().zip(vectors) {
                    self.running[*owner].vectors.push(vector);
                }
            }
            Err(error) => {
                // Nobody knows whose text it was, so all that took part are told.
                let running = std::mem::take(&mut self.running);
                for (index, running) in running.into_iter().enumerate() {
                    if owners.contains(&index) {
                        // A client that has left does not miss its answer.
                        let _ = running.job.reply.send(Err(error.clone()));
                    } else {
                        self.running.push_back(running);
                    }
                }
            }
        }
    }

    fn answer(&mut self) {
        let running = std::mem::take(&mut self.running);
        for running in running {
            if running.vectors.len() == running.job.texts.len() {
                // A client that has left does not miss its answer.
                let _ = running.job.reply.send(Ok(running.vectors));
            } else {
                self.running.push_back(running);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives each text its first token as a vector and notes the batches.
    #[derive(Default)]
    struct Notes {
        batches: Vec<Vec<i32>>,
        fails: bool,
    }

    impl Encoder for Notes {
        fn encode(&mut self, texts: &[&[Token]]) -> Vectors {
            self.batches.push(texts.iter().map(|text| text[0].0).collect());
            if self.fails {
                return Err(EncodeError("no".to_owned()));
            }
            Ok(texts.iter().map(|text| vec![text[0].0 as f32]).collect())
        }
    }

    const LIMITS: Limits = Limits {
        jobs_max: 4,
        texts_max: 4,
        tokens_max: 10,
    };

    /// A request with a text for each number, as long as `length` says.
    fn job(numbers: &[i32], length: usize) -> (Job, oneshot::Receiver<Vectors>) {
        let (reply, receiver) = oneshot::channel();
        let texts = numbers
            .iter()
            .map(|number| vec![Token(*number); length])
            .collect();
        (Job { texts, reply }, receiver)
    }

    fn run(collector: &mut Collector, encoder: &mut Notes) {
        while collector.busy() > 0 {
            collector.step(encoder);
        }
    }

    #[test]
    fn a_batch_has_some_of_every_request_and_each_gets_its_own_in_order() {
        let (mut collector, mut encoder) = (Collector::new(LIMITS), Notes::default());
        let (large, mut large_answer) = job(&[1, 2, 3, 4, 5, 6], 2);
        let (small, mut small_answer) = job(&[7], 2);
        collector.admit(large);
        collector.admit(small);
        collector.step(&mut encoder);
        assert_eq!(encoder.batches, [[1, 7, 2, 3]]);
        assert_eq!(small_answer.try_recv(), Ok(Ok(vec![vec![7.0]])));
        run(&mut collector, &mut encoder);
        let expected = (1..=6).map(|number| vec![number as f32]).collect();
        assert_eq!(large_answer.try_recv(), Ok(Ok(expected)));
    }

    #[test]
    fn a_batch_is_full_at_its_tokens_and_a_longer_text_is_one_alone() {
        let (mut collector, mut encoder) = (Collector::new(LIMITS), Notes::default());
        let (first, _first_answer) = job(&[1, 2, 3], 4);
        let (second, _second_answer) = job(&[9], 30);
        collector.admit(first);
        collector.admit(second);
        run(&mut collector, &mut encoder);
        assert_eq!(encoder.batches, [vec![1, 2], vec![9], vec![3]]);
    }

    #[test]
    fn who_left_is_not_computed() {
        let (mut collector, mut encoder) = (Collector::new(LIMITS), Notes::default());
        let (gone, answer) = job(&[1, 2], 9);
        collector.admit(gone);
        collector.step(&mut encoder);
        drop(answer);
        run(&mut collector, &mut encoder);
        assert_eq!(encoder.batches, [[1]]);
    }

    #[test]
    fn a_failure_reaches_those_who_were_in_the_batch() {
        let (mut collector, mut encoder) = (Collector::new(LIMITS), Notes::default());
        encoder.fails = true;
        let (first, mut first_answer) = job(&[1], 10);
        let (second, mut second_answer) = job(&[2], 10);
        collector.admit(first);
        collector.admit(second);
        collector.step(&mut encoder);
        assert!(matches!(first_answer.try_recv(), Ok(Err(_))));
        encoder.fails = false;
        run(&mut collector, &mut encoder);
        assert_eq!(second_answer.try_recv(), Ok(Ok(vec![vec![2.0]])));
    }
}
