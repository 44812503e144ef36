//! OpenAI-shaped inference: requests, answers, streams, errors.
