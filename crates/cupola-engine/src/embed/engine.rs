//! The engine of an embedding model: one thread that owns the encoder, and what other threads may see of it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::oneshot;

use super::collector::{Collector, Job, Limits};
use crate::engine::EngineSettings;
use crate::llama::encoder::{EncoderModel, EncoderShape, LlamaEncoder};
use crate::llama::purpose::Pooling;
use crate::problem::Problem;
use crate::queue::Queue;
use crate::scheduler::Token;

/// The longest text when nobody says: the memory that a batch needs grows with the square of it.
const CONTEXT_TOKENS_DEFAULT_MAX: u32 = 2048;

/// Tokens at which a batch is full. Each token is compared with all others of the batch, also with those of other texts,
/// so that a larger batch costs more than it saves.
const BATCH_TOKENS_MAX: u32 = 512;

/// Texts in a batch.
const BATCH_TEXTS_MAX: u32 = 64;

/// What the connections and the engine thread share.
pub(crate) struct EmbeddingEngine {
    pooling: Pooling,
    queue: Queue<Job>,
    queue_length_max: usize,
    ready: OnceLock<Ready>,
    busy: AtomicUsize,
    cancelled: Arc<AtomicBool>,
}

/// What is known once the model is loaded.
pub(crate) struct Ready {
    pub(crate) model: Arc<EncoderModel>,
    /// The longest text.
    pub(crate) context_tokens: u32,
}

impl EmbeddingEngine {
    pub(crate) fn new(pooling: Pooling, queue_length_max: usize) -> Self {
        Self {
            pooling,
            queue: Queue::bounded(queue_length_max),
            queue_length_max,
            ready: OnceLock::new(),
            busy: AtomicUsize::new(0),
            cancelled: Arc::new(AtomicBool::new(false)),
        }
    }

    /// `None` until the model is loaded.
    pub(crate) fn ready(&self) -> Option<&Ready> {
        self.ready.get()
    }

    /// Requests that are computed now.
    pub(crate) fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }

    /// Requests that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Takes no more requests and gives up a load that goes on.
    pub(crate) fn close(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.queue.close();
    }

    /// One vector for each text, as the model gives them. Dropping the future cancels the request.
    pub(crate) async fn encode(&self, texts: Vec<Vec<Token>>) -> Result<Vec<Vec<f32>>, Problem> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .push(Job { texts, reply })
            .map_err(|refused| Problem::refused(refused, self.queue_length_max))?;
        let failed = |message: String| Problem::Failed { message };
        match answer.await {
            Ok(vectors) => vectors.map_err(|error| failed(error.to_string())),
            Err(_) => Err(failed("the engine stopped".to_owned())),
        }
    }

    /// Loads the model and serves the queue until it is closed. Runs on a thread of its own.
    pub(crate) fn run(&self, settings: &EngineSettings) -> anyhow::Result<()> {
        let began = tokio::time::Instant::now();
        let model = EncoderModel::load(&settings.model_file, self.pooling, Arc::clone(&self.cancelled))?;
        let model = Arc::new(model);
        let context_tokens = context_tokens(settings, &model);
        let mut encoder = model.encoder(EncoderShape {
            batch_tokens_max: context_tokens.max(BATCH_TOKENS_MAX),
            batch_texts_max: BATCH_TEXTS_MAX,
            threads: settings.threads,
        })?;
        encoder.warm_up()?;
        tracing::info!(
            load_ms = began.elapsed().as_millis() as u64,
            context = context_tokens,
            dimensions = model.dimensions(),
            "the model is loaded"
        );
        // Only this thread sets it, once.
        let _ = self.ready.set(Ready {
            model: Arc::clone(&model),
            context_tokens,
        });
        self.serve(settings.slots as usize, &mut encoder);
        Ok(())
    }

    fn serve(&self, jobs_max: usize, encoder: &mut LlamaEncoder<'_>) {
        let mut collector = Collector::new(Limits {
            jobs_max,
            texts_max: BATCH_TEXTS_MAX as usize,
            tokens_max: BATCH_TOKENS_MAX as usize,
        });
        loop {
            while collector.has_room()
                && let Some(job) = self.queue.pop()
            {
                collector.admit(job);
            }
            self.busy.store(collector.busy(), Ordering::Relaxed);
            if collector.busy() > 0 {
                collector.step(encoder);
                continue;
            }
            match self.queue.wait() {
                Some(job) => collector.admit(job),
                None => return,
            }
        }
    }
}

/// The longest text. An encoder has no positions beyond those that it was trained on, so more cannot be asked for.
fn context_tokens(settings: &EngineSettings, model: &EncoderModel) -> u32 {
    let trained = model.trained_context_tokens();
    let wanted = settings.context_tokens.unwrap_or(CONTEXT_TOKENS_DEFAULT_MAX);
    if settings.context_tokens.is_some_and(|context| context > trained) {
        tracing::warn!(
            trained,
            "the model reads no more tokens than it was trained on; the context is that"
        );
    }
    wanted.min(trained)
}
